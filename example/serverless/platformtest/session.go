package platformtest

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sealedauth/auth/token"
)

// Due makes the access token of a browser's session one that is to be renewed, and
// good for three more minutes. The application has this URL and secret.
func Due(tb testing.TB, browser http.CookieJar, app, secret string) {
	tb.Helper()
	at, err := url.Parse(app)
	if err != nil {
		tb.Fatal(err)
	}
	ring, err := token.NewKeyring(app, secret)
	if err != nil {
		tb.Fatal(err)
	}
	jar := token.Jar{Name: "__Host-auth.session", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode}
	codec := token.NewCodec(ring.Sealer("session", jar.Name))
	r, w := http.Request{Header: http.Header{}}, http.Header{}
	for _, c := range browser.Cookies(at) {
		r.AddCookie(c)
	}
	t, err := codec.Read(jar, r.Header)
	if err != nil {
		tb.Fatal(err)
	}
	t.Account.ExpiresAt = time.Now().Add(3 * time.Minute)
	if err := codec.Write(jar, w, r.Header, t); err != nil {
		tb.Fatal(err)
	}
	browser.SetCookies(at, (&http.Response{Header: w}).Cookies())
}
