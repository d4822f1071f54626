package serverless_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/example/serverless/platformtest"
)

// way is the whole way of somebody at a provider.
type way struct {
	id           string
	who          platformtest.Person
	within       time.Duration // its access tokens expire
	keepsIDToken bool          // one that says all groups is too large
}

// walk goes the way on a platform.
func (y way) walk(t *testing.T, on http.RoundTripper) {
	t.Helper()
	b := newBrowser(t, on)
	if r := b.get("/me"); r.StatusCode != http.StatusSeeOther && r.StatusCode != http.StatusFound {
		t.Errorf("without a session: %d %s", r.StatusCode, r.body)
	}
	const target = "/me?q=a%2Fb%3Dc&x=1&x=2"
	if s := b.session(b.signIn(y.id, y.who, target)); s.URI != target {
		t.Errorf("the application sees %q", s.URI)
	}
	if session, idToken := b.holds(); session < 2 || idToken != y.keepsIDToken {
		t.Errorf("%s: the session has %d cookies, and an ID token: %v", y.id, session, idToken)
	}
	for range 3 {
		b.renewed(y.within)
	}
	r := b.post("/auth/signout", url.Values{})
	back, err := y.who.SignOut(r.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back, appURL+"/auth/signed-out?") || strings.Contains(r.Header.Get("Location"), "id_token_hint=") != y.keepsIDToken {
		t.Errorf("%s: signed out to %d, %q, %v", y.id, r.StatusCode, back, err)
	}
	if r = b.get(strings.TrimPrefix(back, appURL)); r.Header.Get("Location") != appURL+"/" {
		t.Errorf("%s: back at %d %q", y.id, r.StatusCode, r.Header.Get("Location"))
	}
	if session, idToken := b.holds(); session != 0 || idToken {
		t.Errorf("%s: %d cookies of the session are left, and an ID token: %v", y.id, session, idToken)
	}
	if r := b.get("/"); !strings.Contains(r.body, "Sign in") {
		t.Errorf("%s: after the sign-out: %s", y.id, r.body)
	}
}

// renewed sends requests until one brings the session with a new access token, in all
// of its cookies. That has to be so within some time.
func (b *browser) renewed(within time.Duration) {
	b.t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		r := b.get("/me")
		b.session(r)
		n := written(r)
		if n >= 2 {
			return
		}
		if n > 0 || time.Since(began) >= within {
			b.t.Errorf("the renewed session is in %d cookies", n)
			return
		}
	}
}

// written returns how many of the session's cookies a response sets.
func written(r answer) (n int) {
	for _, line := range r.Header["Set-Cookie"] {
		if strings.HasPrefix(line, "__Host-auth.session") && !strings.Contains(line, "Max-Age=0") {
			n++
		}
	}
	return n
}

// holds returns how many cookies of the session the browser has, and whether it has
// the ID token for the kit's own routes.
func (b *browser) holds() (session int, idToken bool) {
	u, _ := url.Parse(appURL + "/auth/session")
	cookies := b.c.Jar.Cookies(u)
	for _, c := range cookies {
		if c.Name == "__Host-auth.session" || strings.HasPrefix(c.Name, "__Host-auth.session.") {
			session++
		}
	}
	return session, slices.ContainsFunc(cookies, func(c *http.Cookie) bool { return c.Name == "__Secure-auth.id-token" })
}
