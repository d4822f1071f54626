package httpauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// S-145: what a security team wants to know raises an event, and nothing else does.
func TestS_145_Events(t *testing.T) {
	t.Parallel()
	var good []string
	listen := func(c *httpauth.Config, _ *providertest.Config) {
		c.Events.SignIn = func(_ ctx, e *httpauth.SignedInEvent) { good = append(good, "in "+e.Token.Subject) }
		c.Events.SignOut = func(_ ctx, e *httpauth.SignedOutEvent) { good = append(good, "out") }
		c.Callbacks.SignIn = func(_ ctx, e *httpauth.SignInEvent) error {
			if e.User.ID == "bob" {
				return httpauth.ErrAccessDenied
			}
			return nil
		}
	}
	a := everything(t, listen)
	in := func() *browser { b := a.browser(); b.signIn("alice"); return b }
	for _, c := range []struct {
		name string
		want []httpauth.ErrorKind
		good string
		do   func()
	}{
		{"sign-in", nil, "in op|alice", func() { in() }},
		{"sign-out", nil, "in op|alice out", func() { in().post("/auth/signout", nil) }},
		{"nothing", nil, "", func() { b := a.browser(); b.get("/who"); b.get("/auth/session"); b.get("/auth/signin") }},
		{"csrf", []httpauth.ErrorKind{httpauth.KindCSRF}, "", func() { a.browser().do(http.MethodPost, "/auth/signout", url.Values{}) }},
		{"csrf of an update", []httpauth.ErrorKind{httpauth.KindCSRF}, "", func() { a.browser().do(http.MethodPost, "/auth/session", `{}`) }},
		{"csrf of a sign-in", []httpauth.ErrorKind{httpauth.KindCSRF}, "", func() { a.browser().post("/auth/signin/op", nil, header{"Origin", "https://evil.com"}) }},
		{"two sessions", []httpauth.ErrorKind{httpauth.KindCookie}, "in op|alice", func() { in().get("/who", header{"Cookie", sessionCookie + "=planted"}) }},
		{"unknown key", []httpauth.ErrorKind{httpauth.KindCookie}, "", func() {
			other := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
				c.Secrets = []string{"another-secret-9876543210-zyxwvutsrqp"}
			}).browser()
			other.signIn("alice")
			a.browser().get("/who", header{"Cookie", sessionCookie + "=" + other.cookies("/")[sessionCookie]})
		}},
		{"changed session", []httpauth.ErrorKind{httpauth.KindCookie}, "in op|alice", func() {
			value := in().cookies("/")[sessionCookie]
			a.browser().get("/who", header{"Cookie", sessionCookie + "=" + value[:len(value)-2] + "AA"})
		}},
		{"mix-up", []httpauth.ErrorKind{httpauth.KindProvider}, "", func() {
			b := a.browser()
			b.get(withParam(t, b.choose(b.start("op", "/"), "alice"), "iss", "https://evil.com"))
		}},
		{"wrong state", []httpauth.ErrorKind{httpauth.KindTransaction}, "", func() {
			b := a.browser()
			b.get(withParam(t, b.choose(b.start("op", "/"), "alice"), "state", "x"))
		}},
		{"replay", []httpauth.ErrorKind{httpauth.KindTransaction}, "in op|alice out", func() {
			b := a.browser()
			back := b.choose(b.start("op", "/"), "alice")
			b.get(back)
			b.post("/auth/signout", nil)
			b.get(back)
		}},
		{"denied by a callback", []httpauth.ErrorKind{httpauth.KindDenied}, "", func() {
			b := a.browser()
			b.get(b.choose(b.start("op", "/"), "bob"))
		}},
		{"denied by the provider", []httpauth.ErrorKind{httpauth.KindDenied}, "", func() {
			b := a.browser()
			b.get(withParam(t, withParam(t, b.choose(b.start("op", "/"), "bob"), "code", ""), "error", "access_denied"))
		}},
		{"redirect", []httpauth.ErrorKind{httpauth.KindRedirect}, "out", func() { a.browser().post("/auth/signout", url.Values{"callbackUrl": {"//evil.com"}}) }},
		{"credentials", []httpauth.ErrorKind{httpauth.KindCredentials}, "", func() {
			a.browser().post("/auth/callback/credentials", url.Values{"username": {"ada"}, "password": {"wrong"}})
		}},
		{"back-channel logout", []httpauth.ErrorKind{httpauth.KindSignOut}, "", func() {
			a.browser().do(http.MethodPost, "/auth/backchannel-logout/op", url.Values{"logout_token": {"x"}})
		}},
		{"front-channel logout", []httpauth.ErrorKind{httpauth.KindSignOut}, "", func() {
			a.browser().get("/auth/frontchannel-logout/op?iss=https://evil.com&sid=x")
		}},
		{"unknown issuer", []httpauth.ErrorKind{httpauth.KindInitiated}, "", func() { a.browser().get("/auth/signin?iss=https://evil.com") }},
	} {
		before := len(a.kinds())
		good = nil
		c.do()
		if got := a.kinds()[before:]; !slices.Equal(got, c.want) || strings.Join(good, " ") != c.good {
			t.Errorf("%s: errors %v and %q, want %v and %q", c.name, got, good, c.want, c.good)
		}
	}
}

// S-145: refreshes, tried and refused.
func TestS_145_RefreshEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen []error
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Events.Refresh = func(_ ctx, e *httpauth.RefreshEvent) { seen = append(seen, e.Err) }
		})
		b := a.browser()
		b.signIn("alice")
		time.Sleep(40 * time.Second)
		b.who()
		a.op.Fail("refresh", providertest.Fault{Status: 400, Body: `{"error":"invalid_grant"}`, Times: providertest.Always})
		time.Sleep(40 * time.Second)
		b.who()
		if len(seen) != 2 || seen[0] != nil || seen[1] == nil {
			t.Errorf("events %v", seen)
		}
	})
}

// S-172b: rates can be limited: starts by a middleware before the kit's, which sees
// every one of them, and failures by their event, which has the request.
func TestS_172b_LimitsFindTheirPlace(t *testing.T) {
	t.Parallel()
	failures := map[string]int{}
	a := everything(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Events.Error = func(_ ctx, e *httpauth.ErrorEvent) {
			failures[e.Request.Header.Get("X-Client")+" "+string(e.Kind)]++
		}
	})
	starts := 0
	a.around = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			client := r.Header.Get("X-Client")
			starting := r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/auth/signin/")
			if starting {
				starts++
			}
			if starting && starts > 3 || failures[client+" credentials"]+failures[client+" transaction"] > 3 {
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	var status []int
	b := a.browser()
	for range 5 {
		status = append(status, b.post("/auth/signin/op", nil, header{"X-Client", "one"}).StatusCode)
	}
	for range 5 {
		status = append(status, b.post("/auth/callback/credentials", url.Values{"username": {"ada"}, "password": {"wrong"}}, header{"X-Client", "two"}).StatusCode)
	}
	for range 5 {
		status = append(status, b.get("/auth/callback/op?state=x&code=y", header{"X-Client", "three"}).StatusCode)
	}
	if !slices.Equal(status, []int{302, 302, 302, 429, 429, 302, 302, 302, 302, 429, 302, 302, 302, 302, 429}) {
		t.Errorf("answers %v after failures %v", status, failures)
	}
}

// S-133: while the provider is down the application starts, public pages and sessions
// work, and afterwards people can sign in without a restart.
func TestS_133_ProviderIsDownAtTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		a.op.Fail(providertest.Everywhere, noConnection())
		b := a.minted("alice", time.Hour)
		if a.asked() != 0 {
			t.Error("the start has asked the provider")
		}
		if b.who() != "op|alice" || a.browser().get("/auth/signin").StatusCode != http.StatusOK {
			t.Error("sessions or pages do not work")
		}
		stranger := a.browser()
		if code := errorOf(t, stranger.post("/auth/signin/op", nil)); code != "ProviderUnavailable" {
			t.Errorf("a sign-in: %s", code)
		}
		a.op.Heal(providertest.Everywhere)
		time.Sleep(31 * time.Second)
		if stranger.signIn("bob"); stranger.who() != "op|bob" {
			t.Error("after it nobody can sign in")
		}
	})
}

// S-148: whatever depends on the session says so to caches, and leaves what others
// say.
func TestS_148_VaryByCookie(t *testing.T) {
	t.Parallel()
	a := everything(t)
	a.mux.HandleFunc("/own", func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("Vary", "Accept-Language") })
	b := a.browser()
	b.signIn("alice")
	for _, who := range []*browser{a.browser(), b} {
		for _, path := range []string{"/who", "/guarded", "/own", "/missing"} {
			if vary := strings.Join(who.get(path).Header["Vary"], ", "); !strings.Contains(vary, "Cookie") || path == "/own" && !strings.Contains(vary, "Accept-Language") {
				t.Errorf("%s: Vary %q", path, vary)
			}
		}
	}
	for before, want := range map[string]string{"Accept": "Accept, Cookie", "*": "*", "cookie": "cookie", "Accept, Cookie": "Accept, Cookie"} {
		w := httptest.NewRecorder()
		w.Header().Set("Vary", before)
		a.auth.Wrap(a.mux).ServeHTTP(w, request(t, appURL+"/who"))
		if got := strings.Join(w.Header()["Vary"], ", "); got != want {
			t.Errorf("Vary %q becomes %q", before, got)
		}
	}
}

// S-165: a CSRF token is of one session. One from before a sign-in or a sign-out, or
// of somebody else, is refused, and the page that follows has a fresh one.
func TestS_165_TokensOfOneSession(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	refused := func(when, old string) {
		t.Helper()
		for _, headers := range [][]header{nil, {{"Sec-Fetch-Site", "same-origin"}}, {{"Origin", appURL}}} {
			before := b.who()
			r := b.do(http.MethodPost, "/auth/signout", url.Values{"csrfToken": {old}}, headers...)
			if errorOf(t, r) != "MissingCSRF" || b.who() != before {
				t.Errorf("%s, with %v: %s", when, headers, r.location())
			}
			fresh := hidden.FindStringSubmatch(b.get("/auth/signout").body)
			if fresh == nil || fresh[1] == old {
				t.Errorf("%s: no fresh token", when)
			}
		}
	}
	stranger := b.csrf()
	b.signIn("alice")
	refused("from before the sign-in", stranger)
	alice := b.csrf()
	b.signIn("bob")
	refused("of the session before", alice)
	bob := b.csrf()
	b.post("/auth/signout", nil)
	refused("from before the sign-out", bob)
	other := b.a.browser()
	other.signIn("alice")
	b.signIn("alice")
	refused("of another session of the same person", other.csrf())
	if r := b.post("/auth/signout", nil); r.location() != appURL+"/" {
		t.Errorf("the right one: %s", r.location())
	}
}

// S-178: a clock that is set back ends nothing: a session from the future is none for
// now, stays in the browser, and counts when its time has come.
func TestS_178_ClockStepsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		ring, err := token.NewKeyring(appURL, testSecret)
		if err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(10 * time.Minute)
		sealed, err := token.NewCodec(ring.Sealer("session", sessionCookie)).Seal(&token.Token{Claims: claims.Claims{
			Subject: "op|alice", ID: "x", AuthTime: later, IssuedAt: later, ExpiresAt: later.Add(time.Hour),
		}})
		if err != nil {
			t.Fatal(err)
		}
		b := a.browser()
		b.setCookie(sessionCookie, sealed, "/")
		if r := b.get("/who"); r.body != "" || len(r.Header["Set-Cookie"]) != 0 || a.lastReason() != token.ReasonFuture {
			t.Errorf("ten minutes early: %q, cookies %v, reason %q", r.body, r.Header["Set-Cookie"], a.lastReason())
		}
		time.Sleep(8*time.Minute + 30*time.Second)
		if who := b.who(); who != "" {
			t.Errorf("90 seconds early: %q", who)
		}
		time.Sleep(31 * time.Second)
		if who := b.who(); who != "op|alice" { // clocks may be a minute apart
			t.Errorf("59 seconds early: %q", who)
		}
	})
}
