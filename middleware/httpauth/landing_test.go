package httpauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// keepsNothing returns a browser that has just signed in and kept every cookie but the
// session's.
func keepsNothing(t *testing.T, a *app) *browser {
	t.Helper()
	b := a.browser()
	b.signIn("alice")
	other := a.browser()
	for name, value := range b.cookies("/") {
		if name != sessionCookie {
			other.setCookie(name, value, "/")
		}
	}
	return other
}

// With a sign-in page of the application, which would send people to the provider
// and back for ever, the kit says itself that the browser keeps no session; once,
// for they may want to try again.
func TestSessionNotKeptWithOwnPage(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Pages.SignIn = "/login" })
	b := keepsNothing(t, a)
	r := b.get("/auth/signin?callbackUrl=/x")
	if r.StatusCode != http.StatusBadRequest || !strings.Contains(r.body, "your browser did not keep it") || !strings.Contains(r.body, "Likely causes") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if r := b.get("/auth/signin?callbackUrl=/x"); !strings.HasPrefix(r.location(), appURL+"/login?") {
		t.Errorf("then: %d %s", r.StatusCode, r.location())
	}
}

// An error page of the application is told by a code.
func TestSessionNotKeptWithOwnPages(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Pages.SignIn, c.Pages.Error = "/login", "/oops" })
	if r := keepsNothing(t, a).get("/auth/signin"); r.location() != appURL+"/oops?error=SessionNotKept" {
		t.Errorf("%d %s", r.StatusCode, r.location())
	}
}

// F-3: the sign-in page that says that the provider is out of reach has a status
// that monitors notice.
func TestProviderUnavailableHasItsStatus(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	if r := b.get("/auth/signin?error=ProviderUnavailable"); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.body, "csrfToken") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// Transactions of Connect do not pile up, although the requests that begin them do
// not show those of before, and the last one works.
func TestConnectDoesNotPileUp(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{testProvider("op"), testProvider("other")}
	})
	a.mux.HandleFunc("/connect", func(w http.ResponseWriter, r *http.Request) {
		if err := httpauth.Connect(w, r, "other", "/done"); err != nil {
			t.Error(err)
		}
	})
	b := a.browser()
	b.signIn("alice")
	before, last := len(b.cookies("/auth/callback/other")), ""
	for range 30 {
		last = b.get("/connect").location()
	}
	if n := len(b.cookies("/auth/callback/other")) - before; n > 1 {
		t.Errorf("%d cookies more", n)
	}
	if r := b.get(b.choose(last, "alice")); r.location() != appURL+"/done" {
		t.Errorf("%d %s, %v", r.StatusCode, r.location(), a.kinds())
	}
}

// S-80k: that a young refresh token was refused is told once, when the session ends.
func TestS_80k_ReuseSuspected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var suspected int
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Events.Error = func(_ context.Context, e *httpauth.ErrorEvent) {
				if e.Kind == httpauth.KindReuse && errors.Is(e.Err, httpauth.ErrReuseSuspected) {
					suspected++
				}
			}
		})
		b := a.browser()
		b.signIn("alice")
		a.op.Fail("refresh", providertest.Fault{Status: 400, Body: `{"error":"invalid_grant"}`, Times: providertest.Always})
		time.Sleep(31 * time.Second)
		if b.get("/who"); suspected != 0 {
			t.Error("suspected at the first refusal, which may be a race")
		}
		time.Sleep(70 * time.Second)
		if who := b.who(); who != "" || suspected != 1 {
			t.Errorf("signed in as %q, suspected %d times", who, suspected)
		}
		if b.get("/who"); suspected != 1 {
			t.Errorf("suspected %d times", suspected)
		}
	})
}
