package httpauth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// What went wrong once: sign-ins, and the sessions of before.

// S-161: a sign-in ends the session of before, and not itself, although its
// callback takes longer than a second, so that its own sign-in time is before the
// tombstone.
func TestS_161_SignInDoesNotBuryItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Trigger == httpauth.TriggerSignIn {
					time.Sleep(1200 * time.Millisecond) // a database
				}
				return nil
			}
		})
		b := a.browser()
		b.signIn("alice")
		old := b.cookies("/")[sessionCookie]
		time.Sleep(5 * time.Second)
		b.signIn("bob")
		if who := b.who(); who != "op|bob" {
			t.Errorf("signed in as %q, %v", who, a.kinds())
		}
		if page := b.get("/auth/signin").body; strings.Contains(page, "did not keep") {
			t.Errorf("the sign-in page: %s", page)
		}
		b.setCookie(sessionCookie, old, "/")
		if who := b.who(); who != "" {
			t.Errorf("the session of before is %q", who)
		}
	})
}

// S-160: a sign-in counts at an instance whose clock is behind that of the one at
// which the person has signed out before.
func TestS_160_SignInByASlowerClock(t *testing.T) {
	t.Parallel()
	jar := map[string]string{}
	ahead(t, 5*time.Second, func(t *testing.T) {
		b := newApp(t).browser()
		b.signIn("alice")
		b.post("/auth/signout", nil)
		jar = b.cookies("/")
	})
	if !strings.Contains(fmt.Sprint(jar), "__Host-auth.signed-out") {
		t.Fatal("the sign-out leaves no tombstone, so this shows nothing")
	}
	ahead(t, 0, func(t *testing.T) {
		b := newApp(t).browser()
		for name, value := range jar {
			b.setCookie(name, value, "/")
		}
		b.signIn("alice")
		for range 10 {
			if who := b.who(); who != "op|alice" {
				t.Fatalf("signed in as %q", who)
			}
			time.Sleep(time.Second)
		}
	})
}

// withFormPostProvider has a second provider that answers by a cross-site POST.
func withFormPostProvider(c *httpauth.Config, _ *providertest.Config) {
	c.Providers = []providers.Provider{testProvider("op"), providers.OIDC(providers.Config{
		ID: "apple", ClientID: "app", ClientSecret: "secret", Issuer: issuer, FormPost: true,
	})}
}

// S-160, S-161: a cross-site POST does not show the session that there is. The
// sign-in that it brings ends that session all the same.
func TestS_161_SignInByFormPostEndsTheSessionOfBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, withFormPostProvider)
		b := a.browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		arrive := b.late("/who") // with a renewed token of alice
		back, err := url.Parse(b.choose(withParam(t, b.start("apple", "/"), "response_mode", ""), "bob"))
		if err != nil {
			t.Fatal(err)
		}
		var line []string
		for name, value := range b.cookies("/auth/callback/apple") {
			if strings.Contains(name, ".tx.") || strings.Contains(name, ".browser") { // those with SameSite=None
				line = append(line, name+"="+value)
			}
		}
		crossSite := a.browser()
		crossSite.c.Jar = nil
		r := crossSite.do(http.MethodPost, "/auth/callback/apple", back.Query(), header{"Cookie", strings.Join(line, "; ")})
		b.deliver(r)
		if who := b.who(); who != "apple|bob" {
			t.Fatalf("bob is %q: %s", who, r.location())
		}
		arrive()
		if who := b.who(); who != "" {
			t.Errorf("after the late answer: %q", who)
		}
	})
}

// S-175: an answer of another instance that only prolongs the session, made from
// the cookie of before a change, does not undo the change when it arrives last.
func TestS_175_LateRollDoesNotWin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hours := ages(time.Hour, time.Minute, 24*time.Hour)
		one := newApp(t, hours)
		two := one.beside(hours)
		one.mux.HandleFunc("/update", func(_ http.ResponseWriter, r *http.Request) {
			if err := httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, "admin"); return nil }); err != nil {
				t.Error(err)
			}
		})
		showRole(one)
		b := one.browser()
		b.signIn("alice")
		time.Sleep(2 * time.Minute) // longer than Config.UpdateAge
		old := b.fork()
		b.get("/update")
		time.Sleep(2 * time.Second)
		late := old.visits(two).get("/who")
		if opened(t, late) == nil {
			t.Fatal("the late answer brings no session, so this shows nothing")
		}
		b.deliver(late)
		for range 2 {
			if got := b.get("/role").body; got != "admin" {
				t.Errorf("role %q", got)
			}
			time.Sleep(2 * time.Minute) // the browser holds it too, not only the memory
		}
	})
}

// showRole adds a handler that answers with the role.
func showRole(a *app) {
	a.mux.HandleFunc("/role", func(w http.ResponseWriter, r *http.Request) {
		s, _ := httpauth.FromContext(r.Context())
		have, _ := role.Get(s)
		_, _ = fmt.Fprint(w, have)
	})
}

// S-175: two different changes in the same millisecond are both kept.
func TestS_175_ChangesInOneMillisecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		showRole(a)
		both := make(chan struct{}) // closed when both have seen the same state
		arrived := make(chan struct{}, 2)
		change := func(set func(*token.Token)) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) {
				err := httpauth.Update(r.Context(), func(tok *token.Token) error {
					select {
					case arrived <- struct{}{}:
						<-both
					default: // tried again
					}
					set(tok)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		}
		a.mux.HandleFunc("/name", change(func(tok *token.Token) { role.Set(tok, "admin") }))
		a.mux.HandleFunc("/add", change(func(tok *token.Token) { count.Set(tok, 1) }))
		a.mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
			s, _ := httpauth.FromContext(r.Context())
			n, _ := count.Get(s)
			_, _ = fmt.Fprint(w, n)
		})
		b := a.browser()
		b.signIn("alice")
		answers := make(chan answer, 2)
		for _, path := range []string{"/name", "/add"} {
			f := b.fork()
			go func() { answers <- f.get(path) }()
		}
		synctest.Wait()
		close(both)
		b.deliver(<-answers)
		b.deliver(<-answers)
		if have, n := b.get("/role").body, b.get("/count").body; have != "admin" || n != "1" {
			t.Errorf("role %q, count %s", have, n)
		}
	})
}

// A client that asks for a change on a connection that cannot bring the cookie hears
// that it was in vain.
func TestUpdateOfAReadOnlyClientIsRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t, becomesAdmin)
	b := a.browser()
	b.signIn("alice")
	r := b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+b.csrf()+`","data":{}}`, header{"X-Auth-Read-Only", "1"})
	if r.StatusCode != http.StatusBadRequest || strings.Contains(r.body, "admin") || setCookie(r, ".session") != "" {
		t.Errorf("%d %s %v", r.StatusCode, r.body, r.Header["Set-Cookie"])
	}
	if s := b.get("/auth/session").body; strings.Contains(s, "admin") || b.who() != "op|alice" {
		t.Errorf("afterwards: %s", s)
	}
}

// A tombstone is found wherever net/http finds its cookie, and a value that looks like
// one is none.
func TestTombstonesAmongOtherCookies(t *testing.T) {
	t.Parallel()
	const name = "__Host-auth.signed-out"
	for line, want := range map[string]bool{
		name + "=1": true, name + ".abc=1": true, "a=1; " + name + ".abc=1; b=2": true, "a=1;" + name + "=1": true,
		"a=1; \t" + name + "=1": true, ";; " + name + "=1;": true, `a="1;` + name + `=1"`: true,
		"": false, "a=" + name + "=1": false, "x" + name + "=1": false, "a=1; b=" + name: false, "auth.signed-out=1": false,
	} {
		for _, lines := range [][]string{{line}, {"a=1; b=2", line}} {
			h := http.Header{"Cookie": lines}
			found := false
			for _, c := range (&http.Request{Header: h}).Cookies() {
				found = found || strings.HasPrefix(c.Name, name)
			}
			if got := httpauth.HasCookie(h, name); got != want || found && !got {
				t.Errorf("%q: %v, net/http %v", lines, got, found)
			}
		}
	}
	if httpauth.HasCookie(http.Header{}, name) {
		t.Error("found in no cookies")
	}
}
