package token_test

import (
	"crypto/cipher"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// vectorSecret sealed most of the vectors.
const vectorSecret = "correct-horse-battery-staple-authjs-test-secret"

// FuzzForeignOpen looks for a text that opens but is not what Auth.js would have
// written. What does open is sealed again and opens to the same.
func FuzzForeignOpen(f *testing.F) {
	for name, text := range authjsFile(f) {
		if text[0] == '"' {
			continue
		}
		for _, vector := range authjsList(f, text) {
			var v struct {
				JWE   string
				State string `json:"state_parameter"`
			}
			if err := json.Unmarshal(vector, &v); err != nil {
				f.Fatal(name, err)
			}
			f.Add(v.JWE)
			f.Add(v.State)
		}
	}
	forms := []foreignReference{
		{token.AuthJS, vectorSecret, "authjs.session-token"}, {token.AuthJS, vectorSecret, sharedCookie}, {token.AuthJS, secretA, sharedCookie},
		{token.NextAuth4, vectorSecret, ""}, {token.NextAuth4, secretA, ""},
	}
	var sealers []*token.ForeignSealer
	for _, r := range forms {
		sealers = append(sealers, r.sealer(f))
		for _, plain := range []string{"", "x", `{"sub":"a","iat":946684800,"exp":4000000000}`} {
			f.Add(r.seal(plain))
		}
	}
	f.Fuzz(func(t *testing.T, sealed string) {
		for i, s := range sealers {
			plain, err := s.Open(sealed)
			if err != nil {
				if plain != nil {
					t.Fatalf("%q and %v", plain, err)
				}
				known(t, err, token.ReasonSize, token.ReasonForm, token.ReasonKey, token.ReasonSeal)
				continue
			}
			if again := forms[i].again(t, sealed, plain); again != sealed {
				t.Fatalf("opens as %q, but nobody would have written it", plain)
			}
			if resealed, err := s.Seal(plain); err != nil {
				if budget := new(token.BudgetError); !errors.As(err, &budget) {
					t.Fatal(err)
				}
			} else if back, err := s.Open(resealed); err != nil || string(back) != string(plain) {
				t.Fatalf("%q comes back as %q, %v", plain, back, err)
			}
		}
	})
}

// again seals what a text opened to under the header and the nonce of the text.
func (r foreignReference) again(t *testing.T, sealed string, plain []byte) string {
	t.Helper()
	header, iv := headerOf(t, sealed), must(b64.DecodeString(strings.Split(sealed, ".")[2]))
	if r.cbc() && strings.Contains(header, `"A256GCM"`) {
		return sealRaw(must(cipher.NewGCM(block(r.key()[:32]))), header, iv, plain)
	}
	return r.sealRaw(header, iv, plain)
}

// FuzzForeignPayload seals any text as if Auth.js had written it. What opens says
// whose it is and when it ends, and can be sealed and opened again.
func FuzzForeignPayload(f *testing.F) {
	for _, name := range []string{"v5", "v4", "check_cookies"} {
		for _, vector := range authjsList(f, authjsFile(f)[name]) {
			var v struct{ Payload json.RawMessage }
			if err := json.Unmarshal(vector, &v); err != nil {
				f.Fatal(err)
			}
			f.Add([]byte(strings.ReplaceAll(compact(v.Payload), `"iat":1795447210`, `"iat":946684800`)), false)
		}
	}
	for _, members := range []string{`,"accessToken":"a","refreshToken":"r","accessTokenExpires":1795447210331,"accessTokenLifetime":3600,"provider":"p","providerAccountId":7`,
		`,"scope":null,"tokenType":"","accessTokenExpires":1.5e9,"accessTokenLifetime":-1,"-":1,"account":{},"v":2,"picture":null,"auth_time":9`} {
		f.Add([]byte(`{"sub":"a","iat":946684800,"exp":4000000000`+members+`}`), true)
	}
	s := foreignForms[0].sealer(f)
	codecs := map[bool]*token.Codec{false: shared(f, token.Members{}, secretA), true: shared(f, token.Members{Seconds: true, TokenType: "-"}, secretA)}
	f.Fuzz(func(t *testing.T, plain []byte, seconds bool) {
		sealed, err := s.Seal(plain)
		if err != nil {
			return // too long
		}
		c := codecs[seconds]
		tok, err := c.Open(sealed)
		if err != nil {
			known(t, err, token.ReasonContent, token.ReasonExpired, token.ReasonFuture)
			return
		}
		o, err := claims.ParseObject(plain)
		if err != nil || tok.Subject == "" || tok.Subject != o.String("sub") || tok.AuthTime.IsZero() || !time.Now().Before(tok.ExpiresAt.Add(15*time.Second)) {
			t.Fatalf("opens as %+v, %v", tok, err)
		}
		if at := tok.Account.ExpiresAt; !at.IsZero() && at.Unix() < 1e8 {
			tok.Account.ExpiresAt = time.Time{} // in milliseconds this would be taken for seconds
		}
		again, err := c.Seal(tok)
		if err != nil {
			if budget := new(token.BudgetError); errors.As(err, &budget) || errors.Is(err, claims.ErrMalformed) && len(plain) > 3000 {
				return // the time of the sign-in is one member more, and escapes are longer
			}
			t.Fatalf("does not seal again: %v", err)
		}
		if back, err := c.Open(again); err != nil || !back.Equal(tok) {
			t.Fatalf("%+v comes back as %+v, %v", tok, back, err)
		}
	})
}

// FuzzForeignRead gives a jar any two Cookie headers. A value comes out only if a
// plainer reader finds the same. Whatever the browser holds, what is written then
// is what is read.
func FuzzForeignRead(f *testing.F) {
	for _, c := range []string{"", "s=a", "s.0=abc; s.1=d", "s.1=d; s.0=abc; s=old", "s.0=abc; s.2=d", "s.0=abc; s.1=d; s.2=xyz; s.3=x", "s.0=abc; s.0=abd", "s.15=x; s.99=y",
		"s-evil=x; s.01=y; s.1x=z; S.0=w", "s.0=; s.1=; s.14=a", "s.0=abc; s.1=def; s.2=ghi; s.3=abc; s.4=def; s.5=ghi; s.6=abc; s.7=def; s.8=ghi; s.9=abc; s.10=def; s.11=g"} {
		f.Add(c, "", uint8(1))
		f.Add("s.0=abc", c, uint8(len(c)))
	}
	j := shortJar()
	f.Fuzz(func(t *testing.T, one, two string, n uint8) {
		request := http.Header{"Cookie": {one, two}}
		got, err := j.Read(request)
		want, ok := plainForeignRead(one + ";" + two)
		if (err == nil) != ok || got != want {
			t.Fatalf("Read = %q, %v; want %q, %v", got, err, want, ok)
		}
		if err != nil && !errors.Is(err, token.ErrNoCookie) && !errors.Is(err, token.ErrConflict) && !errors.Is(err, token.ErrChunks) {
			t.Fatalf("error is %v", err)
		}
		response := http.Header{}
		j.Delete(response, request)
		set, deleted := names(t, response)
		if len(set) > 0 || len(deleted) > 102 || !slices.Contains(deleted, "s") {
			t.Fatalf("Delete sets %q and deletes %q", set, deleted)
		}
		b := browser{}
		for part := range strings.SplitSeq(one+";"+two, ";") {
			if name, value, ok := strings.Cut(strings.Trim(part, " \t"), "="); ok {
				b[name] = value
			}
		}
		fresh := value(int(n)%45 + 1)
		b.take(t, write(t, j, fresh, request))
		reads(t, j, "after Write", b.request(), fresh)
	})
}

// plainForeignRead is the rule of FORMAT.md section 12 for the name "s".
func plainForeignRead(header string) (string, bool) {
	values := map[string]string{}
	for part := range strings.SplitSeq(header, ";") {
		name, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
		if old, seen := values[name]; ok && seen && old != value && (slices.Contains(slots[:15], name) || name == "s.0") {
			return "", false
		}
		if ok {
			values[name] = value
		}
	}
	first, ok := values["s.0"]
	if !ok {
		first, ok = values["s"]
		return first, ok
	}
	whole, last, gap := first, first, false
	for _, name := range slots[1:15] {
		part, ok := values[name]
		switch {
		case len(last) != len(first): // it was the last one
		case !ok:
			gap = true
		case gap:
			return "", false
		default:
			whole, last = whole+part, part
		}
	}
	return whole, len(whole) <= 49152
}
