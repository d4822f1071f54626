package token_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/token"
)

// sized returns a token whose payload has about n bytes.
func sized(b *testing.B, n int) *token.Token {
	b.Helper()
	tok := newToken()
	tok.Account.AccessToken = token.Secret{}
	tok.Account.RefreshToken = token.Secret{}
	have := 0
	for _, p := range token.Weigh(tok) {
		have += p.Bytes * 3 / 4
	}
	if more := n - have; more > 0 {
		tok.Account.AccessToken = token.NewSecret(strings.Repeat("a", more))
	}
	return tok
}

// sizes runs a benchmark with a session that has no provider tokens, one with
// short ones, and one with a long access token and two cookies.
func sizes(b *testing.B, f func(b *testing.B, tok *token.Token)) {
	for _, n := range []int{300, 900, 3900} {
		b.Run(fmt.Sprintf("bytes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			f(b, sized(b, n))
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	sizes(b, func(b *testing.B, tok *token.Token) {
		c := codec(b, secretA)
		for b.Loop() {
			if _, err := c.Seal(tok); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	sizes(b, func(b *testing.B, tok *token.Token) {
		c := codec(b, secretA)
		sealed := sealToken(b, c, tok)
		b.ReportMetric(float64(len(sealed)), "sealed-bytes")
		for b.Loop() {
			if _, err := c.Open(sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	sizes(b, func(b *testing.B, tok *token.Token) {
		request := browsed(b, sealToken(b, codec(b, secretA), tok))
		for b.Loop() {
			if _, err := hostJar().Read(request); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	sizes(b, func(b *testing.B, tok *token.Token) {
		sealed := sealToken(b, codec(b, secretA), tok)
		request := browsed(b, sealed)
		for b.Loop() {
			if err := hostJar().Write(http.Header{}, request, sealed, tok.ExpiresAt); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRequest is all that a request costs whose session is only read.
func BenchmarkRequest(b *testing.B) {
	sizes(b, func(b *testing.B, tok *token.Token) {
		c := codec(b, secretA)
		request := browsed(b, sealToken(b, c, tok))
		for b.Loop() {
			sealed, err := hostJar().Read(request)
			if err == nil {
				_, err = c.Open(sealed)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRefuse is what an attacker can make an instance do.
func BenchmarkRefuse(b *testing.B) {
	s := sealer(b, secretA)
	good := seal(b, s, strings.Repeat("x", 3000))
	for name, sealed := range map[string]string{
		"form": strings.Repeat(".", 4000), "key": seal(b, sealer(b, secretB), strings.Repeat("x", 3000)), "seal": good[:len(good)-30] + "AAAA" + good[len(good)-26:],
		"size": strings.Repeat("A", 1<<20),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Open(sealed); err == nil {
					b.Fatal("opens")
				}
			}
		})
	}
}

// browsed returns the headers of a request that carries a value, and some
// cookies of the application.
func browsed(b *testing.B, sealed string) http.Header {
	b.Helper()
	response := http.Header{}
	if err := hostJar().Write(response, nil, sealed, time.Now().Add(time.Hour)); err != nil {
		b.Fatal(err)
	}
	kept := browser{"theme": "dark", "_ga": "GA1.1.123456789.1700000000", "lang": "de"}
	kept.take(b, response)
	return kept.request()
}
