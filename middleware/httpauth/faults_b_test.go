package httpauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter B: the token endpoint misbehaves, at the sign-in and at a
// refresh.

// atTokenEndpoint runs a test of a fault in a bubble: at a sign-in, when the code
// has been sent, and at a refresh by somebody whose access token has expired.
// Whatever the fault is, nothing is sent to any other host.
func atTokenEndpoint(t *testing.T, atSignIn func(t *testing.T, a *app, b *browser, back string), atRefresh func(t *testing.T, a *app, b *browser)) {
	t.Helper()
	t.Run("sign-in", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			defer a.alone(t)()
			defer a.steady(t)()
			b := a.browser()
			atSignIn(t, a, b, b.choose(b.start("op", "/who"), "alice"))
		})
	})
	t.Run("refresh", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, halfMinute)
			a.needs()
			defer a.alone(t)()
			defer a.steady(t)()
			b := a.browser()
			b.signIn("alice")
			time.Sleep(31 * time.Second)
			atRefresh(t, a, b)
		})
	})
}

// alone checks that the provider is the only host that anything is sent to.
func (a *app) alone(t *testing.T) (end func()) {
	t.Helper()
	n := new(atomic.Int64)
	a.http.Transport = astray{a.http.Transport, n}
	return func() {
		t.Helper()
		if n.Load() != 0 {
			t.Errorf("%d requests to another host", n.Load())
		}
	}
}

type astray struct {
	next http.RoundTripper
	n    *atomic.Int64
}

func (e astray) RoundTrip(r *http.Request) (*http.Response, error) {
	if "https://"+r.URL.Host != issuer {
		e.n.Add(1)
	}
	return e.next.RoundTrip(r)
}

// signInFails checks what a person sees of a sign-in that did not work at the
// token endpoint: a page of the kit, and no session. The code was sent once.
func signInFails(t *testing.T, a *app, b *browser, back string) (code string) {
	t.Helper()
	r := b.get(back)
	code = errorOf(t, r)
	page := b.get(r.location())
	if strings.Contains(page.body+r.location()+a.said(), "canary") {
		t.Error("what the provider sent got out")
	}
	if n := a.op.Count("token"); n != 1 || b.who() != "" {
		t.Errorf("%d token requests, signed in as %q", n, b.who())
	}
	return code
}

// said returns what was logged and told to the application so far.
func (a *app) said() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.logged.String() + fmt.Sprintf("%+v", a.events)
}

// failedWith checks that the application was told of an error of a kind.
func (a *app) failedWith(t *testing.T, kinds ...error) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.events {
		var typed *providers.Error
		if errors.As(e.Err, &typed) && slices.Contains(kinds, typed.Kind) {
			return
		}
	}
	t.Errorf("no error of the kinds %v among %v", kinds, a.events)
}

// staysSignedIn checks that a refresh that failed is a passing thing: the request
// that needs a token is refused, the session is not touched, and all is well when
// the provider is.
func staysSignedIn(t *testing.T, a *app, b *browser) {
	t.Helper()
	session := b.cookies("/")[sessionCookie]
	if r := b.get("/needs"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("needs a token: %d", r.StatusCode)
	}
	if s := b.get("/auth/session"); !strings.Contains(s.body, "RefreshUnavailable") || strings.Contains(s.body+a.said(), "canary") {
		t.Errorf("session %s", s.body)
	}
	if n := a.op.Count("refresh"); n != 1 || b.who() != "op|alice" || b.cookies("/")[sessionCookie] != session {
		t.Errorf("%d refreshes, signed in as %q, cookie touched: %v", n, b.who(), b.cookies("/")[sessionCookie] != session)
	}
	a.op.Heal("refresh")
	time.Sleep(30 * time.Second)
	if r := b.get("/needs"); r.StatusCode != http.StatusOK {
		t.Errorf("when it is well again: %d", r.StatusCode)
	}
}

// F-10: statuses that say nothing about the token.
func TestF_10_Statuses(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]providertest.Fault{
		"500": {Status: 500}, "502": {Status: 502, Body: "canary"}, "503": {Status: 503}, "504": {Status: 504}, "408": {Status: 408},
		"403": {Status: 403, ContentType: "text/html", Body: "<html>canary invalid_grant</html>"}, "404": {Status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault.Times = providertest.Always
			atTokenEndpoint(t, func(t *testing.T, a *app, b *browser, back string) {
				a.op.Fail("token", fault)
				if code := signInFails(t, a, b, back); code != "ProviderUnavailable" {
					t.Error(code)
				}
			}, func(t *testing.T, a *app, b *browser) {
				a.op.Fail("refresh", fault)
				staysSignedIn(t, a, b)
				a.failedWith(t, providers.ErrUnavailable)
			})
		})
	}
}

// F-11: the request is taken and never answered. It costs eight seconds, is not
// repeated, and leaves nothing behind.
func TestF_11_Silence(t *testing.T) {
	t.Parallel()
	quietAfter := func(t *testing.T, before int) {
		t.Helper()
		time.Sleep(time.Second)
		if now := inBubble(); now > before {
			t.Errorf("%d goroutines, %d before", now, before)
		}
	}
	atTokenEndpoint(t, func(t *testing.T, a *app, b *browser, back string) {
		a.op.Fail("token", silence())
		before := inBubble()
		within(t, 8*time.Second, "the sign-in", func() {
			if code := signInFails(t, a, b, back); code != "ProviderUnavailable" {
				t.Error(code)
			}
		})
		quietAfter(t, before)
	}, func(t *testing.T, a *app, b *browser) {
		a.op.Fail("refresh", silence())
		before := inBubble()
		within(t, 8*time.Second, "the refresh", func() { b.get("/needs") })
		quietAfter(t, before)
		if n := a.op.Count("refresh"); n != 1 || b.who() != "op|alice" {
			t.Errorf("%d refreshes, signed in as %q", n, b.who())
		}
	})
}

// F-13: answers with status 200 that are none, and 204. The error is typed, and
// nothing of the answer is passed on.
func TestF_13_Garbage(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]providertest.Fault{
		"invalid":   {Body: "canary"},
		"truncated": {Body: `{"access_token":"canary","token_type":"Bearer"`},
		"array":     {Body: `[{"access_token":"canary","token_type":"Bearer"}]`},
		"null":      {Body: `null`},
		"BOM":       {Body: "\ufeff" + `{"access_token":"canary","token_type":"Bearer"}`},
		"UTF-16":    {Body: "\xfe\xff\x00{\x00}"},
		"NDJSON":    {Body: "{\"access_token\":\"canary\"}\n{\"token_type\":\"Bearer\"}\n"},
		"HTML":      {Body: "<html>canary", ContentType: "text/html"},
		"empty":     {Status: 200},
		"204":       {Status: 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := providers.ErrResponse
			if name == "204" {
				want = providers.ErrUnavailable
			}
			fault.Times = providertest.Always
			atTokenEndpoint(t, func(t *testing.T, a *app, b *browser, back string) {
				a.op.Fail("token", fault)
				signInFails(t, a, b, back)
				a.failedWith(t, want)
			}, func(t *testing.T, a *app, b *browser) {
				a.op.Fail("refresh", fault)
				staysSignedIn(t, a, b)
				a.failedWith(t, want)
			})
		})
	}
}

// F-16: a redirection is not followed, or it would carry code, refresh token and
// client secret to another host.
func TestF_16_Redirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			fault := providertest.Fault{
				Status: status, Header: http.Header{"Location": {"https://attacker.example/canary"}}, Times: providertest.Always,
			}
			atTokenEndpoint(t, func(t *testing.T, a *app, b *browser, back string) {
				a.op.Fail("token", fault)
				signInFails(t, a, b, back)
			}, func(t *testing.T, a *app, b *browser) {
				a.op.Fail("refresh", fault)
				staysSignedIn(t, a, b)
			})
		})
	}
}

// F-18: what stands in a token answer, and what becomes of it: good, refused, or
// good and over already, which makes the next request ask once and not in a loop.
func TestF_18_OddAnswers(t *testing.T) {
	t.Parallel()
	const good, over, bad = "good", "over", "bad"
	for name, tc := range map[string]struct {
		member string
		value  any
		want   string
	}{
		"expires_in -5":      {"expires_in", -5, over},
		"expires_in 0":       {"expires_in", 0, over},
		"expires_in 1e18":    {"expires_in", 1e18, good},
		"expires_in text":    {"expires_in", "3600", good},
		"expires_in absent":  {"expires_in", nil, good},
		"expires_in words":   {"expires_in", "an hour", bad},
		"token_type absent":  {"token_type", nil, bad},
		"token_type mac":     {"token_type", "mac", bad},
		"token_type lower":   {"token_type", "bearer", good},
		"token with CRLF":    {"access_token", "a\r\nX-Canary: 1", bad},
		"token of nothing":   {"access_token", "", bad},
		"refresh token CRLF": {"refresh_token", "a\r\nX-Canary: 1", bad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edit := func(answer map[string]any) {
				if answer[tc.member] = tc.value; tc.value == nil {
					delete(answer, tc.member)
				}
			}
			asks := func(t *testing.T, a *app, b *browser, before int) {
				t.Helper()
				each := 0
				if tc.want == over {
					each = 1
				}
				for i := range 3 {
					if who := b.who(); who != "op|alice" || a.op.Count("refresh") != before+each*(i+1) {
						t.Errorf("request %d: %q, %d refreshes", i, who, a.op.Count("refresh"))
					}
				}
			}
			atTokenEndpoint(t, func(t *testing.T, a *app, b *browser, back string) {
				a.op.EditTokens = edit
				if tc.want == bad {
					signInFails(t, a, b, back)
					a.failedWith(t, providers.ErrResponse)
					return
				}
				if r := b.get(back); r.location() != appURL+"/who" {
					t.Fatalf("leads to %s, %v", r.location(), a.events)
				}
				asks(t, a, b, 0)
			}, func(t *testing.T, a *app, b *browser) {
				a.op.EditTokens = edit
				if tc.want == bad {
					if r := b.get("/needs"); r.StatusCode != http.StatusServiceUnavailable || b.who() != "op|alice" || a.op.Count("refresh") != 1 {
						t.Errorf("%d, signed in as %q, %d refreshes", r.StatusCode, b.who(), a.op.Count("refresh"))
					}
					a.failedWith(t, providers.ErrResponse)
					return
				}
				b.who()
				asks(t, a, b, 1)
			})
		})
	}
}
