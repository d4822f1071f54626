package httpauth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

func everywhere(c *httpauth.Config, _ *providertest.Config) {
	c.SignOut = httpauth.SignOut{AtProvider: true, Revoke: true}
}

// Whatever else fails, the cookies are gone.
func TestS_154_SignOutDeletesEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, everywhere)
		b := a.browser()
		b.signIn("alice")
		b.start("op", "/")
		b.start("op", "/")
		// The provider hangs, and half of the cookies do not open.
		a.op.Intercept = func(_ string, _ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
		b.setCookie("__Secure-auth.tx.broken", "x", "/auth")
		b.setCookie(sessionCookie+".1", "2.abcdef.x", "/")
		began := time.Now()
		r := b.post("/auth/signout", nil)
		if took := time.Since(began); took > 2100*time.Millisecond || r.StatusCode != http.StatusFound {
			t.Errorf("took %v: %d", took, r.StatusCode)
		}
		own := map[string]bool{}
		for _, c := range r.Cookies() {
			if c.MaxAge > 0 {
				own[c.Name] = true // the transaction of the sign-out itself, and what binds it to the browser
			}
		}
		for name := range b.cookies("/auth/callback/op") {
			if !own[name] {
				t.Errorf("%s is left over", name)
			}
		}
		if who := b.who(); who != "" {
			t.Errorf("signed in as %s", who)
		}
	})
}

func TestS_154_SignOutWithBrokenSession(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.setCookie(sessionCookie, "broken", "/")
	b.post("/auth/signout", nil)
	if c := b.cookies("/")[sessionCookie]; c != "" {
		t.Errorf("cookie %q is left", c)
	}
}

func TestS_155_Revoke(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.SignOut.Revoke = true })
		b := a.browser()
		b.signIn("alice")
		var hints []string
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
			if endpoint != "revoke" {
				return false
			}
			hints = append(hints, r.PostFormValue("token_type_hint")+" "+r.PostFormValue("token")[:3])
			if fails {
				w.WriteHeader(500)
			}
			return fails
		}
		if r := b.post("/auth/signout", nil); r.location() != appURL+"/" || b.who() != "" {
			t.Errorf("failing %v: %s", fails, r.location())
		}
		if !slices.Equal(hints, []string{"refresh_token rt-", "access_token at-"}) {
			t.Errorf("failing %v: revoked %q", fails, hints)
		}
		if slices.Contains(a.kinds(), httpauth.KindSignOut) != fails {
			t.Errorf("failing %v: events %v", fails, a.kinds())
		}
	}
}

func TestS_156_SignOutAtProvider(t *testing.T) {
	t.Parallel()
	a := newApp(t, everywhere)
	b := a.browser()
	b.signIn("alice")
	if c := b.cookies("/"); c["__Secure-auth.id-token"] != "" {
		t.Error("the ID token is sent to application routes")
	}
	r := b.post("/auth/signout", url.Values{"callbackUrl": {"/bye"}})
	where := r.location()
	if !strings.HasPrefix(where, issuer+"/logout?") || param(t, where, "client_id") != "app" ||
		param(t, where, "post_logout_redirect_uri") != appURL+"/auth/signed-out" || strings.Count(param(t, where, "id_token_hint"), ".") != 2 {
		t.Fatalf("sent to %s", where)
	}
	if b.who() != "" {
		t.Error("still signed in while at the provider")
	}
	back := appURL + "/auth/signed-out?state=" + param(t, where, "state")
	if r := b.get(withParam(t, back, "state", "wrong")); r.location() != appURL+"/" {
		t.Errorf("wrong state: %s", r.location())
	}
	if r := b.get(back); r.location() != appURL+"/bye" {
		t.Errorf("right state: %s", r.location())
	}
	if r := b.get(back); r.location() != appURL+"/" {
		t.Errorf("again: %s", r.location())
	}
	// The transaction of a sign-out is none of a sign-in.
	b.signIn("alice")
	state := param(t, b.post("/auth/signout", nil).location(), "state")
	if code := errorOf(t, b.get("/auth/callback/op?code=x&state="+state)); code != "SignInExpired" {
		t.Errorf("as a sign-in: %s", code)
	}
}

// An ID token that no URL of a sign-out takes is not kept: its cookie would only fill
// the headers of the kit's own routes, the sign-out's too.
func TestLargeIDTokenIsNotKept(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 3000} {
		a := newApp(t, everywhere)
		a.op.EditIDToken = func(says map[string]any) { says["groups"] = strings.Repeat("x", size) }
		b := a.browser()
		b.signIn("alice")
		kept := b.cookies("/auth")["__Secure-auth.id-token"] != ""
		where := b.post("/auth/signout", nil).location()
		if small := size < 1000; kept != small || (param(t, where, "id_token_hint") != "") != small || !strings.HasPrefix(where, issuer+"/logout?") {
			t.Errorf("%d bytes: kept %v, then sent to %s", size, kept, where)
		}
	}
}

// A provider without such endpoints is signed out of locally, without a fuss.
func TestSignOutUnsupported(t *testing.T) {
	t.Parallel()
	a := newApp(t, everywhere)
	a.op.EditMetadata = func(m map[string]any) { delete(m, "end_session_endpoint"); delete(m, "revocation_endpoint") }
	b := a.browser()
	b.signIn("alice")
	if r := b.post("/auth/signout", url.Values{"callbackUrl": {"/bye"}}); r.location() != appURL+"/bye" || slices.Contains(a.kinds(), httpauth.KindSignOut) {
		t.Errorf("%s, events %v", r.location(), a.kinds())
	}
}

func TestSignOutEvent(t *testing.T) {
	t.Parallel()
	var got []string
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Events.SignOut = func(_ ctx, e *httpauth.SignedOutEvent) {
			if e.Token == nil {
				got = append(got, "nobody")
			} else {
				got = append(got, e.Token.Subject)
			}
		}
	})
	b := a.browser()
	b.signIn("alice")
	b.post("/auth/signout", nil)
	b.post("/auth/signout", nil)
	if !slices.Equal(got, []string{"op|alice", "nobody"}) {
		t.Errorf("events %v", got)
	}
}

// S-159: what a stateless kit can promise of a copied cookie. It works until its
// end, or until the access token has to be renewed, if that was revoked.
func TestS_159_CopiedCookie(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, everywhere)
		b := a.browser()
		b.signIn("alice")
		thief := b.fork()
		b.post("/auth/signout", nil)
		if thief.who() != "op|alice" {
			t.Error("documented to work until the next refresh")
		}
		for range 6 {
			time.Sleep(15 * time.Second)
			thief.who()
		}
		if who := thief.who(); who != "" {
			t.Errorf("a copy outlives the revoked refresh token: %s", who)
		}
	})
}
