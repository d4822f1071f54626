package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// cookies tells how large the session becomes with tokens of several sizes.
func (r *report) cookies() {
	r.section("Cookies")
	const name = "__Host-auth.session"
	origin, _ := home()
	ring, err := token.NewKeyring(origin, os.Getenv("AUTH_SECRET"))
	if err != nil {
		ring, err = token.NewKeyring(origin, strings.Repeat("only to measure ", 4))
	}
	if err != nil {
		r.bad("%v", err)
		return
	}
	codec, jar := token.NewCodec(ring.Sealer("session", name)), token.Jar{Name: name, Path: "/", Secure: true}
	for _, size := range []struct {
		what            string
		access, refresh int
	}{
		{"tokens of 40 and 80 bytes", 40, 80},
		{"tokens of 250 and 103 bytes", 250, 103},
		{"tokens of 1,300 and 900 bytes, as JWTs are", 1300, 900},
		{"tokens of 2,200 and 1,600 bytes, as JWTs with many claims are", 2200, 1600},
	} {
		t := sample(size.access, size.refresh)
		sealed, err := codec.Seal(t)
		header := http.Header{}
		if err == nil {
			err = jar.Write(header, nil, sealed, t.ExpiresAt)
		}
		var tooLarge *token.BudgetError
		switch {
		case errors.As(err, &tooLarge):
			r.look("%s: %v", size.what, err)
			continue
		case err != nil:
			r.bad("%s: %v", size.what, err)
			continue
		}
		count, bytes := 0, 0
		for _, line := range header.Values("Set-Cookie") {
			pair, _, _ := strings.Cut(line, ";")
			count, bytes = count+1, bytes+len(pair)+len("; ")
		}
		r.note("%s: %d cookie(s), %d bytes with each request", size.what, count, bytes)
	}
	r.note("Claims of your own come on top, 4 bytes for 3. Proxies take 8 kB of headers, some only 4 kB:\nnginx has large_client_header_buffers and proxy_buffer_size for it.")
}

// sample is a session with tokens of a size. They are random, as real ones are to
// whoever compresses them.
func sample(access, refresh int) *token.Token {
	now := time.Now()
	return &token.Token{
		Claims: claims.Claims{
			Subject: "provider|1234567890", Name: "Ada Lovelace", Email: "ada.lovelace@example.com",
			ExpiresAt: now.Add(8 * time.Hour), IssuedAt: now,
		},
		Account: token.Account{
			Provider: "provider", ID: "1234567890", Type: "oidc", Scope: "openid profile email offline_access",
			AccessToken: random(access), RefreshToken: random(refresh), ExpiresAt: now.Add(time.Hour), Lifetime: time.Hour,
		},
	}
}

// random returns a token of n characters.
func random(n int) token.Secret {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it cannot fail
	return token.NewSecret(base64.RawURLEncoding.EncodeToString(b)[:n])
}
