package token_test

import (
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// The secrets, the application and the cookie of most tests.
const (
	secretA  = "Zm9yIHRlc3RzIG9ubHkgLSBzZWNyZXQgQSAtIG5vdCByZWFs"
	secretB  = "Zm9yIHRlc3RzIG9ubHkgLSBzZWNyZXQgQiAtIG5vdCByZWFs"
	audience = "https://app.example.com"
	cookie   = "__Host-auth.session"

	// firstDay is the day on which the clock of a synctest bubble starts.
	firstDay = 10957
	oneDay   = 24 * time.Hour
)

var (
	refA  = reference{secretA, audience, "session", cookie}
	nonce = []byte("twelve bytes")
)

// bubble runs a test that has the clock for itself, from midnight on the first
// of January 2000.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func ring(t testing.TB, secrets ...string) *token.Keyring {
	t.Helper()
	k, err := token.NewKeyring(audience, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sealer returns a new one, which has no keys derived yet.
func sealer(t testing.TB, secrets ...string) *token.Sealer {
	t.Helper()
	return ring(t, secrets...).Sealer("session", cookie)
}

// opener and sealing are the sealers of the kit and of the formats of Auth.js.
type (
	opener interface {
		Open(sealed string) ([]byte, error)
	}
	sealing interface {
		Seal(plain []byte) (string, error)
	}
)

func seal(t testing.TB, s sealing, plain string) string {
	t.Helper()
	sealed, err := s.Seal([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func opens(t testing.TB, s opener, sealed, want string) {
	t.Helper()
	if plain, err := s.Open(sealed); err != nil || string(plain) != want {
		t.Errorf("Open(%.60s…) = %.60q, %v; want %.60q", sealed, plain, err, want)
	}
}

// refused fails unless a text does not open, for one of the reasons.
func refused(t testing.TB, s opener, what, sealed string, reasons ...token.Reason) {
	t.Helper()
	plain, err := s.Open(sealed)
	if plain != nil {
		t.Errorf("%s: opens as %.60q", what, plain)
	}
	because(t, what, err, reasons...)
}

// because checks that an error of opening has one of the reasons.
func because(t testing.TB, what string, err error, reasons ...token.Reason) {
	t.Helper()
	var why *token.OpenError
	switch {
	case !errors.As(err, &why) || !errors.Is(err, token.ErrOpen):
		t.Errorf("%s: err = %v, want an OpenError", what, err)
	case len(reasons) > 0 && !slices.Contains(reasons, why.Reason):
		t.Errorf("%s: reason = %s, want %v", what, why.Reason, reasons)
	}
}

// newToken returns a token that can be sealed.
func newToken() *token.Token {
	now := time.Now()
	t := &token.Token{
		Claims: claims.Claims{Subject: "google|42", IssuedAt: now, ExpiresAt: now.Add(30 * oneDay), AuthTime: now, ID: "s1",
			Name: "Ada Lovelace", Email: "ada@example.com", Picture: "https://op.example/ada.png"},
		Account: token.Account{
			Provider: "google", ID: "42", Type: "oidc", AccessToken: token.NewSecret("at-1"), RefreshToken: token.NewSecret("rt-1"),
			TokenType: "Bearer", ExpiresAt: now.Add(time.Hour), Lifetime: time.Hour, Scope: "openid email",
		},
	}
	claims.NewKey[string]("role").Set(t, "admin")
	claims.NewKey[int64]("org").Set(t, 9007199254740993)
	return t
}

// allocated returns the bytes that f allocates. It is for tests that do not run
// in parallel, and takes the least of several runs.
func allocated(f func()) uint64 {
	least := ^uint64(0)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// browser keeps cookies as browsers do as far as these tests need it.
type browser map[string]string

// take keeps and deletes what a response says. Lines that are too long are
// dropped without a word.
func (b browser) take(t testing.TB, response http.Header) {
	t.Helper()
	for _, line := range response["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		switch {
		case err != nil:
			t.Errorf("Set-Cookie: %.80s: %v", line, err)
		case len(line) > 4096:
		case c.MaxAge < 0:
			delete(b, c.Name)
		default:
			b[c.Name] = c.Value
		}
	}
}

// request returns the headers that the browser sends.
func (b browser) request() http.Header {
	var pairs []string
	for name, value := range b {
		pairs = append(pairs, name+"="+value)
	}
	slices.Sort(pairs)
	return cookies(strings.Join(pairs, "; "))
}

// cookies returns a request's headers with these Cookie lines.
func cookies(lines ...string) http.Header {
	return http.Header{"Cookie": slices.DeleteFunc(lines, func(l string) bool { return l == "" })}
}

// names returns the cookies that a response sets and those that it deletes.
func names(t testing.TB, response http.Header) (set, deleted []string) {
	t.Helper()
	for _, line := range response["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatalf("Set-Cookie: %.80s: %v", line, err)
		}
		if c.MaxAge < 0 {
			deleted = append(deleted, c.Name)
			continue
		}
		set = append(set, c.Name)
	}
	return set, deleted
}
