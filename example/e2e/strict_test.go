package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sealedauth/auth"
)

// S-105: with SameSite=Strict somebody who comes back from the provider, which is on
// another site, is signed in where they land; and so is somebody who follows a link
// from there. Without the step in between, the browser shows no session: the control.
func TestS_105_StrictInBrowser(t *testing.T) {
	t.Parallel()
	s := startService(t, httptest.NewUnstartedServer(nil), func(c *auth.Config) { c.SameSite = http.SameSiteStrictMode })
	elsewhere := strings.TrimSuffix(s.profile, "/userinfo")
	b := newTab(t)
	b.open(s.url + "/members")
	b.click(`form[action$="/signin/op"] button`)
	b.click(`button[value="alice"]`)
	b.until("document.querySelector('h1')?.textContent === 'Members' && location.pathname === '/members'", 10*time.Second)
	if asked := s.navigations(); !slices.ContainsFunc(asked, func(line string) bool { return strings.HasPrefix(line, "GET /auth/continue?") }) {
		t.Errorf("no step in between: %q", asked)
	}
	follow := func(path string) {
		b.open(elsewhere + "/.well-known/openid-configuration")
		script[bool](b, "location.href = '"+s.url+path+"'; true")
	}
	follow("/members")
	b.until("document.querySelector('h1')?.textContent === 'Members' && location.pathname === '/members'", 10*time.Second)
	s.navigations()
	follow("/who") // the first request, from another site, has no session
	b.do(chromedp.WaitReady(chromedp.CSS("body")))
	b.until("location.pathname === '/who' && document.body.textContent.includes('Alice')", 10*time.Second)
	asked := s.navigations()
	if i := slices.IndexFunc(asked, func(line string) bool { return strings.HasPrefix(line, "GET /who ") }); i < 0 || asked[i] != "GET /who 302" {
		t.Errorf("the browser sent the session at once, so that this shows nothing: %q", asked)
	}
	// Who is not signed in gets to the sign-in page.
	stranger := newTab(t)
	stranger.open(elsewhere + "/.well-known/openid-configuration")
	script[bool](stranger, "location.href = '"+s.url+"/members'; true")
	stranger.until("location.pathname === '/auth/signin'", 10*time.Second)
}
