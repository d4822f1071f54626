package httpauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// withNotices is an application that the provider can tell of a sign-out.
func withNotices(c *httpauth.Config, op *providertest.Config) {
	c.Revocations = httpauth.NewMemoryRevocations()
	c.SignOut.FrontChannel = true
	op.Clients = []providertest.Client{{
		ID: "app", Secret: "secret",
		BackChannelLogoutURI: appURL + "/auth/backchannel-logout/op", FrontChannelLogoutURI: appURL + "/auth/frontchannel-logout/op",
	}}
}

// S-157: who signs out at the provider is signed out here, with every copy of the
// cookie; others are not, and a sign-in of afterwards counts.
func TestS_157_BackChannelLogout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var notices []string
		a := newApp(t, withNotices, func(c *httpauth.Config, op *providertest.Config) {
			c.Events.SignOut = func(_ ctx, e *httpauth.SignedOutEvent) { notices = append(notices, e.Notice.Subject) }
			op.HTTPClient = &http.Client{}
		})
		a.op.HTTPClient = &http.Client{Transport: a}
		laptop, phone, other := a.browser(), a.browser(), a.browser()
		laptop.signIn("alice")
		phone.signIn("alice")
		other.signIn("bob")
		time.Sleep(time.Minute)
		if err := a.op.SignOut(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		if laptop.who() != "" || phone.who() != "" || other.who() != "op|bob" {
			t.Errorf("signed in: %q, %q, %q", laptop.who(), phone.who(), other.who())
		}
		if len(notices) == 0 || notices[0] != "alice" {
			t.Errorf("events %v", notices)
		}
		time.Sleep(time.Second)
		if laptop.signIn("alice"); laptop.who() != "op|alice" {
			t.Error("a sign-in after it does not count")
		}
	})
}

// One session of several.
func TestS_157_OneSession(t *testing.T) {
	t.Parallel()
	a := newApp(t, withNotices)
	b := a.browser()
	b.signIn("alice")
	notice := a.op.LogoutToken(nil) // of this session
	c := a.browser()
	c.signIn("alice")
	if r := b.do(http.MethodPost, "/auth/backchannel-logout/op", url.Values{"logout_token": {notice}}); r.StatusCode != 200 ||
		r.Header.Get("Cache-Control") != "no-store, private" {
		t.Fatalf("%d %s %v", r.StatusCode, r.body, r.Header)
	}
	if b.who() != "" || c.who() != "op|alice" {
		t.Errorf("signed in: %q, %q", b.who(), c.who())
	}
}

// What is no good notice changes nothing, and is answered as the specification
// says; without a store there is no such route.
func TestS_157_BadNotices(t *testing.T) {
	t.Parallel()
	a := newApp(t, withNotices)
	b := a.browser()
	b.signIn("alice")
	set := func(name string, value any) string {
		return a.op.LogoutToken(func(claims map[string]any) { claims[name] = value })
	}
	for name, form := range map[string]url.Values{
		"none":        {},
		"no token":    {"logout_token": {"x"}},
		"two":         {"logout_token": {a.op.LogoutToken(nil), a.op.LogoutToken(nil)}},
		"wrong iss":   {"logout_token": {set("iss", "https://evil.example")}},
		"wrong aud":   {"logout_token": {set("aud", "other")}},
		"with nonce":  {"logout_token": {set("nonce", "x")}},
		"no event":    {"logout_token": {set("events", map[string]any{})}},
		"wrong event": {"logout_token": {set("events", map[string]any{"https://example.com/event": map[string]any{}})}},
	} {
		if r := b.do(http.MethodPost, "/auth/backchannel-logout/op", form); r.StatusCode != 400 || b.who() != "op|alice" {
			t.Errorf("%s: %d, signed in as %q", name, r.StatusCode, b.who())
		}
	}
	if r := b.get("/auth/backchannel-logout/op?logout_token=" + a.op.LogoutToken(nil)); r.StatusCode != 405 {
		t.Errorf("GET: %d", r.StatusCode)
	}
	if r := b.do(http.MethodPost, "/auth/backchannel-logout/op", `{"logout_token":"x"}`); r.StatusCode != 415 {
		t.Errorf("JSON: %d", r.StatusCode)
	}
	plain := newApp(t).browser()
	for _, path := range []string{"/auth/backchannel-logout/op", "/auth/frontchannel-logout/op"} {
		if r := plain.do(http.MethodPost, path, url.Values{}); r.StatusCode != 404 {
			t.Errorf("%s without a store: %d", path, r.StatusCode)
		}
	}
	broken := newApp(t, withNotices, func(c *httpauth.Config, _ *providertest.Config) { c.Revocations = brokenStore{} })
	if r := broken.browser().do(http.MethodPost, "/auth/backchannel-logout/op", url.Values{"logout_token": {broken.op.LogoutToken(nil)}}); r.StatusCode != 400 {
		t.Errorf("a store that is down: %d", r.StatusCode)
	}
}

// S-158: the page that the provider frames. It takes the session's name, and only
// the provider can frame it.
func TestS_158_FrontChannelLogout(t *testing.T) {
	t.Parallel()
	a := newApp(t, withNotices, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{testProvider("op"), providers.GitHub("id", "secret")}
	})
	var sid string
	a.op.EditIDToken = func(claims map[string]any) { sid, _ = claims["sid"].(string) }
	b := a.browser()
	b.signIn("alice")
	if sid == "" {
		t.Fatal("the provider names no session")
	}
	stranger := a.browser() // in a frame, no cookies come along
	for name, query := range map[string]url.Values{
		"nothing":       {},
		"wrong issuer":  {"iss": {"https://evil.example"}, "sid": {sid}},
		"no issuer":     {"sid": {sid}},
		"wrong session": {"iss": {issuer}, "sid": {"other"}},
		"two sessions":  {"iss": {issuer}, "sid": {sid, "other"}},
	} {
		stranger.get("/auth/frontchannel-logout/op?" + query.Encode())
		if b.who() != "op|alice" {
			t.Fatalf("%s: signed out", name)
		}
	}
	r := stranger.get("/auth/frontchannel-logout/op?" + url.Values{"iss": {issuer}, "sid": {sid}}.Encode())
	if csp := r.Header.Get("Content-Security-Policy"); r.StatusCode != 200 || !strings.HasSuffix(csp, "frame-ancestors "+issuer) {
		t.Errorf("%d %s", r.StatusCode, csp)
	}
	if who := b.who(); who != "" {
		t.Errorf("still signed in as %q", who)
	}
	if r := stranger.get("/auth/frontchannel-logout/github?iss=&sid=x"); r.StatusCode != 404 {
		t.Errorf("a provider without an issuer: %d", r.StatusCode)
	}
}
