package httpauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	if who := b.who(); who != "" {
		t.Fatalf("signed in as %q before signing in", who)
	}
	page := b.get("/auth/signin?callbackUrl=/who")
	found := hidden.FindStringSubmatch(page.body)
	if found == nil || !strings.Contains(page.body, "Continue with Test op") {
		t.Fatalf("sign-in page: %s", page.body)
	}
	start := b.do(http.MethodPost, "/auth/signin/op", url.Values{"csrfToken": {found[1]}, "callbackUrl": {"/who"}})
	back := b.get(b.choose(start.location(), "alice"))
	if back.StatusCode != http.StatusFound || back.location() != appURL+"/who" {
		t.Fatalf("callback: %d %s", back.StatusCode, back.location())
	}
	if who := b.who(); who != "op|alice" {
		t.Fatalf("signed in as %q", who)
	}
	out := b.post("/auth/signout", url.Values{"callbackUrl": {"/bye"}})
	if out.location() != appURL+"/bye" || b.who() != "" {
		t.Fatalf("sign-out: %s, still %q", out.location(), b.who())
	}
	if left := b.cookies("/auth/callback/op"); len(left) != 1 { // the CSRF cookie of the post helper is new
		t.Logf("cookies left: %v", left)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = 30 * time.Second })
		b := a.browser()
		b.signIn("alice")
		time.Sleep(40 * time.Second)
		if b.who() != "op|alice" || a.op.Count("refresh") != 1 {
			t.Fatalf("who %q after %d refreshes: %v", b.who(), a.op.Count("refresh"), a.events)
		}
		if b.who(); a.op.Count("refresh") != 1 {
			t.Fatalf("%d refreshes", a.op.Count("refresh"))
		}
	})
}
