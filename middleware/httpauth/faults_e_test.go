package httpauth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter E: sign-ins that are interrupted.

// F-45: the instance that started a sign-in is gone when the browser comes back.
// Any other finishes it, a hundred times out of a hundred.
func TestF_45_RestartDuringSignIn(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for run := range 100 {
		b := a.browser()
		back := b.choose(b.start("op", "/who"), "alice")
		b = b.visits(a.beside())
		if r := b.get(back); r.location() != appURL+"/who" || b.who() != "op|alice" {
			t.Fatalf("run %d: leads to %s", run, r.location())
		}
	}
}

// ahead runs f at a time that is d later than the time at which bubbles begin. What
// it leaves behind can then be used by an instance whose clock is right: to that
// one it comes from a clock that is ahead.
func ahead(t *testing.T, d time.Duration, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(d)
		f(t)
	})
}

// F-46: the instance that the browser comes back to has a clock that is five
// minutes off from the one it left. The transaction is accepted: the code is
// redeemed. What follows depends on how far its clock is off from the provider's;
// see TestF_58_ClockOfTheProvider.
func TestF_46_ClocksOfInstances(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{5 * time.Minute, 30 * time.Second, -30 * time.Second, -5 * time.Minute} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			var op *providertest.Server
			var back string
			jar := map[string]string{}
			leave := func(t *testing.T) {
				a := newApp(t)
				b := a.browser()
				back = b.choose(b.start("op", "/who"), "alice")
				op, jar = a.op, b.cookies("/auth/callback/op")
			}
			comeBack := func(t *testing.T) {
				a := newApp(t)
				a.op, a.http.Transport = op, op.Client().Transport
				b := a.browser()
				for name, value := range jar {
					path := "/auth"
					if strings.HasPrefix(name, "__Host-") {
						path = "/"
					}
					b.setCookie(name, value, path)
				}
				if r := b.get(back); r.location() != appURL+"/who" || b.who() != "op|alice" {
					t.Errorf("leads to %s, %v", r.location(), a.events)
				}
			}
			if d < 0 { // the browser comes back to a clock that is behind
				ahead(t, -d, leave)
				ahead(t, 0, comeBack)
				return
			}
			ahead(t, 0, leave)
			ahead(t, d, comeBack)
		})
	}
}

// restarts checks that a page lets somebody start again with one click, and that
// they then get to where they wanted to go.
func restarts(t *testing.T, b *browser, page answer, target string) {
	t.Helper()
	if page.StatusCode != http.StatusOK || strings.Contains(page.body, "goroutine") || !strings.Contains(page.body, `action="/auth/signin/op"`) {
		t.Fatalf("page: %d %s", page.StatusCode, page.body)
	}
	found := hidden.FindStringSubmatch(page.body)
	if found == nil || !strings.Contains(page.body, `name="callbackUrl" value="`+target+`"`) {
		t.Fatalf("the page does not lead to %s: %s", target, page.body)
	}
	again := b.do(http.MethodPost, "/auth/signin/op", url.Values{"csrfToken": {found[1]}, "callbackUrl": {target}})
	if r := b.get(b.choose(again.location(), "alice")); r.location() != target || b.who() != "op|alice" {
		t.Errorf("the second try leads to %s", r.location())
	}
}

// F-47: the browser gives up on the callback after the code was sent, and loads it
// again. The code works once, so the person is told, and starts again with a click.
// If the session had arrived, they go on.
func TestF_47_CallbackIsReloaded(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	back := b.choose(b.start("op", "/who"), "alice")
	lost := a.browser()
	for name, value := range b.cookies("/auth/callback/op") {
		lost.setCookie(name, value, "/")
	}
	if r := lost.get(back); r.location() != appURL+"/who" { // an answer that never arrives
		t.Fatalf("leads to %s", r.location())
	}
	r := b.get(back)
	if code := errorOf(t, r); code != "OAuthCallbackError" || a.op.Count("token") != 2 {
		t.Errorf("%s after %d token requests", code, a.op.Count("token"))
	}
	restarts(t, b, b.get(r.location()), appURL+"/who")
	if r := b.get(back); r.location() != appURL+"/" {
		t.Errorf("with a session: %s", r.location())
	}
}

// F-48: the back button, or a bookmark, a day later.
func TestF_48_OldCallback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		b := a.browser()
		back := b.choose(b.start("op", "/who"), "alice")
		b.get(back)
		b.post("/auth/signout", nil)
		time.Sleep(24 * time.Hour)
		for range 3 {
			r := b.get(back)
			if code := errorOf(t, r); code != "SignInExpired" && code != "CookiesRequired" {
				t.Errorf("leads to %s", r.location())
			}
			if page := b.get(r.location()); page.StatusCode != http.StatusOK || strings.Contains(page.body, "goroutine") {
				t.Errorf("page: %s", page.body)
			}
		}
		if n := a.op.Count("token"); n != 1 {
			t.Errorf("%d token requests", n)
		}
		restarts(t, b, b.get("/auth/signin?error=SignInExpired"), appURL+"/")
	})
}

// F-49: twenty tabs, each with a double click, at two providers. The newest five
// sign-ins work, the others say what is wrong, and the header stays small.
func TestF_49_TabsAndDoubleClicks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
			c.Providers = []providers.Provider{testProvider("op"), testProvider("other")}
		})
		b := a.browser()
		var backs []string
		for i := range 20 {
			for range 2 {
				backs = append(backs, b.choose(b.start([]string{"op", "other"}[i%2], fmt.Sprintf("/tab%d", i)), "alice"))
				time.Sleep(time.Millisecond)
			}
			size := 0
			for name, value := range b.cookies("/auth/callback/op") {
				size += len(name) + len(value) + 3
			}
			if size > 8<<10 {
				t.Fatalf("the Cookie header has %d bytes", size)
			}
		}
		for i, back := range backs {
			r := b.get(back)
			if i < len(backs)-5 {
				if code := errorOf(t, r); code != "SignInExpired" {
					t.Errorf("number %d: %s", i, code)
				}
				continue
			}
			if want := fmt.Sprintf("%s/tab%d", appURL, i/2); r.location() != want || b.who() == "" {
				t.Errorf("number %d: leads to %s", i, r.location())
			}
		}
	})
}

// F-50: the provider sends the browser back after 16 minutes.
func TestF_50_SignInTakesTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		b := a.browser()
		back := b.choose(b.start("op", "/far"), "alice")
		time.Sleep(16 * time.Minute)
		r := b.get(back)
		if code := errorOf(t, r); code != "SignInExpired" || a.op.Count("token") != 0 {
			t.Errorf("%s after %d token requests", code, a.op.Count("token"))
		}
		page := b.get(r.location())
		if !strings.Contains(page.body, "This sign-in has expired") {
			t.Errorf("page: %s", page.body)
		}
		restarts(t, b, page, appURL+"/far")
	})
}

// F-51: a browser that keeps no cookies gets to a page that says so, on which it
// stays, wherever it starts.
func TestF_51_NoRedirectLoop(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.mux.Handle("/private", a.auth.Require()(http.NotFoundHandler()))
	b := a.browser()
	csrf := b.csrf()
	back := b.choose(b.start("op", "/private"), "alice")
	b.c.Jar = nil
	html := header{"Accept", "text/html"}
	for name, visit := range map[string]func() answer{
		"a page":       func() answer { return b.get("/private", html) },
		"the sign-in":  func() answer { return b.do(http.MethodPost, "/auth/signin/op", url.Values{"csrfToken": {csrf}}, html) },
		"the callback": func() answer { return b.get(back, html) },
	} {
		r, redirects := visit(), 0
		for ; r.StatusCode == http.StatusFound && redirects < 10; redirects++ {
			r = b.get(r.location(), html)
		}
		if redirects > 2 || r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d redirects, then %d", name, redirects, r.StatusCode)
		}
		if name != "a page" && !strings.Contains(r.body, "Your browser sent no cookies") {
			t.Errorf("%s: %s", name, r.body)
		}
	}
}

// F-52: a profile that no cookie holds. The person is told, the log says what is
// too large, and no part of a session is set.
func TestF_52_ProfileTooLarge(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) {
		op.Users = []providertest.User{{Subject: "alice", Name: strings.Repeat("a", 20<<10)}}
	})
	b := a.browser()
	r := b.get(b.choose(b.start("op", "/"), "alice"))
	if code := errorOf(t, r); code != "SessionTooLarge" || setCookie(r, ".session") != "" || len(sessionCookies(b)) != 0 {
		t.Errorf("%s with %v", code, r.Header["Set-Cookie"])
	}
	if page := b.get(r.location()); page.StatusCode != http.StatusInternalServerError || !strings.Contains(page.body, "more data than fits") {
		t.Errorf("page: %d %s", page.StatusCode, page.body)
	}
	if !slices.Contains(a.kinds(), httpauth.KindBudget) || !strings.Contains(a.said(), "largest parts: name") {
		t.Errorf("log: %s", a.said())
	}
}
