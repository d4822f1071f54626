package httpauth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// halfMinute makes access tokens live for 30 seconds.
func halfMinute(_ *httpauth.Config, op *providertest.Config) {
	op.AccessTokenLifetime = 30 * time.Second
}

// withAPI adds a handler that calls the provider with the session's access
// token; it answers with the status of the call, or with the error.
func withAPI(a *app) {
	a.mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
		httpauth.SetCommitted(r.Context(), func() bool { return false })
		client, err := httpauth.Client(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		resp, err := client.Get(issuer + "/userinfo")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}

// fork returns a browser with a copy of the cookies: another request that was
// sent before the answer to the first one came.
func (b *browser) fork() *browser {
	other := b.a.browser()
	for name, value := range b.cookies("/") {
		other.setCookie(name, value, "/")
	}
	return other
}

// F-31, and F-33 in small: one refresh for all who come at the same time, who all
// get the same tokens and wait no longer than it takes, and none for those who come
// later with the old cookie. The provider revokes the family of a refresh token that
// is used twice, so a second one would sign out.
func TestF_31_S_80a_OneRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		withAPI(a)
		a.op.Intercept = func(endpoint string, _ http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "refresh" {
				time.Sleep(300 * time.Millisecond)
			}
			return false
		}
		b := a.browser()
		b.signIn("alice")
		late, later := b.fork(), b.fork()
		time.Sleep(31 * time.Second)
		var wg sync.WaitGroup
		sessions := make([]*token.Token, 1000)
		for i := range sessions {
			wg.Go(func() {
				began := time.Now()
				r := b.fork().get("/api")
				if took := time.Since(began); r.StatusCode != 200 || !strings.Contains(r.body, "alice@example.com") || took > 350*time.Millisecond {
					t.Errorf("request %d: %d %s after %v", i, r.StatusCode, r.body, took)
				}
				sessions[i] = opened(t, r)
			})
		}
		wg.Wait()
		if n := a.op.Count("refresh"); n != 1 {
			t.Fatalf("%d refreshes for 1,000 requests", n)
		}
		for i, s := range sessions {
			if s == nil || !s.Account.Equal(sessions[0].Account) {
				t.Fatalf("response %d does not bring the new tokens", i)
			}
		}
		time.Sleep(10 * time.Second)
		if r := late.get("/api"); r.StatusCode != 200 || a.op.Count("refresh") != 1 {
			t.Errorf("late request: %d %s, %d refreshes", r.StatusCode, r.body, a.op.Count("refresh"))
		}
		// A response that cannot deliver the new token may use it all the same.
		if r := later.get("/api", header{"Sec-Fetch-Dest", "image"}); r.StatusCode != 200 || setCookie(r, "auth.session") != "" {
			t.Errorf("an image: %d %s", r.StatusCode, r.body)
		}
		time.Sleep(25 * time.Second) // the successor is due by now; its own successor follows
		if r := later.get("/api"); r.StatusCode != 200 || a.op.Count("refresh") != 2 {
			t.Errorf("later: %d %s, %d refreshes", r.StatusCode, r.body, a.op.Count("refresh"))
		}
	})
}

// F-32, CVE-2026-40155: results never reach another session.
func TestF_32_S_80a_NoMixUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		users := make([]providertest.User, 100)
		for i := range users {
			users[i] = providertest.User{Subject: fmt.Sprintf("user%d", i), Name: fmt.Sprintf("User %d", i)}
		}
		a := newApp(t, halfMinute, func(_ *httpauth.Config, op *providertest.Config) { op.Users = users })
		withAPI(a)
		browsers := make([]*browser, len(users))
		for i, u := range users {
			browsers[i] = a.browser()
			browsers[i].signIn(u.Subject)
		}
		time.Sleep(31 * time.Second)
		var wg sync.WaitGroup
		for i, b := range browsers {
			for range 50 {
				wg.Go(func() {
					if r := b.fork().get("/api"); !strings.Contains(r.body, fmt.Sprintf(`"user%d"`, i)) {
						t.Errorf("user%d got %s", i, r.body)
					}
				})
			}
		}
		wg.Wait()
		if n := a.op.Count("refresh"); n != len(users) {
			t.Errorf("%d refreshes for %d sessions", n, len(users))
		}
	})
}

// S-80c, F-37: a browser that goes away does not end the refresh that it
// started, and its result is not lost.
func TestS_80c_LeaderGoesAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		a.op.Intercept = func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
			if endpoint == "refresh" {
				select {
				case <-time.After(2 * time.Second):
				case <-r.Context().Done():
					return true
				}
			}
			return false
		}
		b := a.browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, appURL+"/who", nil)
		if err != nil {
			t.Fatal(err)
		}
		short, cancel := contextWithTimeout(t, time.Second)
		defer cancel()
		_, _ = b.fork().c.Do(r.WithContext(short))
		time.Sleep(3 * time.Second)
		if who := b.who(); who != "op|alice" || a.op.Count("refresh") != 1 {
			t.Errorf("afterwards: %q, %d refreshes", who, a.op.Count("refresh"))
		}
		if s := b.get("/auth/session").body; strings.Contains(s, "error") {
			t.Errorf("session %s", s)
		}
	})
}

// S-80d, S-80i, S-176, F-41: a refresh token that works once is not spent on a response that may not
// bring the next one into the browser.
func TestS_80d_DeliveryAware(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		b := a.browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		b.do(http.MethodHead, "/who", nil)
		b.do(http.MethodOptions, "/who", nil)
		for _, h := range []header{
			{"Upgrade", "websocket"}, {"Sec-Purpose", "prefetch"}, {"Purpose", "prefetch"}, {"X-Moz", "prefetch"},
			{"Sec-Fetch-Dest", "image"}, {"Sec-Fetch-Dest", "script"}, {"Sec-Fetch-Dest", "style"}, {"Sec-Fetch-Dest", "font"}, {"Sec-Fetch-Dest", "video"},
		} {
			if who := b.who(h); who != "op|alice" {
				t.Errorf("%v: signed in as %q", h, who)
			}
		}
		b.get("/auth/providers")
		b.get("/auth/csrf")
		if n := a.op.Count("refresh"); n != 0 {
			t.Fatalf("%d refreshes", n)
		}
		for _, dest := range []string{"document", "empty", ""} {
			b.who(header{"Sec-Fetch-Dest", dest})
		}
		if n := a.op.Count("refresh"); n != 1 {
			t.Errorf("%d refreshes", n)
		}
	})
}

// The outcome for each way in which a refresh can fail: S-80f.
func TestS_80f_KindsOfFailure(t *testing.T) {
	t.Parallel()
	answers := map[string]func(w http.ResponseWriter){
		"500":           func(w http.ResponseWriter) { w.WriteHeader(500) },
		"503 with HTML": func(w http.ResponseWriter) { w.WriteHeader(503); _, _ = io.WriteString(w, "<html>invalid_grant") },
		"429":           func(w http.ResponseWriter) { w.Header().Set("Retry-After", "5"); w.WriteHeader(429) },
		"403 with HTML": func(w http.ResponseWriter) { w.WriteHeader(403) },
		"not JSON": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{")
		},
		"empty":          func(http.ResponseWriter) {},
		"invalid_client": func(w http.ResponseWriter) { jsonError(w, 401, "invalid_client") },
		"unauthorized":   func(w http.ResponseWriter) { jsonError(w, 400, "unauthorized_client") },
		"no token": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{}")
		},
		"temporarily gone": func(w http.ResponseWriter) { jsonError(w, 400, "temporarily_unavailable") },
	}
	for name, write := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute)
				withAPI(a)
				b := a.browser()
				b.signIn("alice")
				broken := true
				a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
					if endpoint == "refresh" && broken {
						write(w)
					}
					return endpoint == "refresh" && broken
				}
				session := b.cookies("/")["__Host-auth.session"]
				time.Sleep(29 * time.Second) // due, but still good
				if r := b.get("/api"); r.StatusCode != 200 {
					t.Errorf("while the token is good: %d %s", r.StatusCode, r.body)
				}
				time.Sleep(time.Minute)
				if r := b.get("/api"); r.StatusCode != 503 || !strings.Contains(r.body, "no valid access token") {
					t.Errorf("after its end: %d %s", r.StatusCode, r.body)
				}
				if s := b.get("/auth/session").body; b.who() != "op|alice" || !strings.Contains(s, `"error":"RefreshUnavailable"`) {
					t.Errorf("the session does not survive: %s", s)
				}
				if b.cookies("/")["__Host-auth.session"] != session {
					t.Error("the cookie was touched")
				}
				broken = false
				time.Sleep(time.Minute)
				if r := b.get("/api"); r.StatusCode != 200 {
					t.Errorf("when the provider is back: %d %s", r.StatusCode, r.body)
				}
			})
		})
	}
}

func jsonError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"error":"`+code+`"}`)
}

// A provider that is down is not asked by every request.
func TestRefreshRestsAfterFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		b := a.browser()
		b.signIn("alice")
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "refresh" {
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(429)
			}
			return endpoint == "refresh"
		}
		time.Sleep(31 * time.Second)
		for range 190 { // 19 seconds
			b.who()
			time.Sleep(100 * time.Millisecond)
		}
		if n := a.op.Count("refresh"); n != 1 {
			t.Errorf("%d requests although asked to wait 20 s", n)
		}
	})
}

// S-80b: a refused refresh token does not end the session at once, since another
// instance may have renewed it; but it does soon.
func TestS_80b_GraceAfterRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		b := a.browser()
		b.signIn("alice")
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "refresh" {
				jsonError(w, 400, "invalid_grant")
			}
			return endpoint == "refresh"
		}
		session := b.cookies("/")["__Host-auth.session"]
		time.Sleep(31 * time.Second)
		r := b.get("/auth/session")
		if !strings.Contains(r.body, `"error":"RefreshTokenError"`) || setCookie(r, "auth.session") != "" {
			t.Errorf("at once: %s %v", r.body, r.Header["Set-Cookie"])
		}
		time.Sleep(5 * time.Second)
		if b.who() != "op|alice" || b.cookies("/")["__Host-auth.session"] != session {
			t.Error("signed out within the grace")
		}
		time.Sleep(6 * time.Second)
		if who := b.who(); who != "" || b.cookies("/")["__Host-auth.session"] != "" {
			t.Errorf("after the grace: signed in as %q", who)
		}
		if n := a.op.Count("refresh"); n != 1 {
			t.Errorf("%d requests", n)
		}
		if r := b.get("/auth/session"); r.body != "null" {
			t.Errorf("afterwards: %s", r.body)
		}
	})
}

// S-80b, F-34: two instances, one session, a provider that revokes the family at
// the second use: in either order of arrival nobody is signed out by the loser,
// as long as the provider allows the winner's token.
func TestS_80b_TwoInstances(t *testing.T) {
	t.Parallel()
	for _, loserLast := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, halfMinute)
			second := newApp(t, halfMinute)
			b := a.browser()
			b.signIn("alice")
			// The second instance has the same secret but asks a provider that
			// has already seen the token spent.
			loser := &browser{t: t, a: second, c: second.browser().c}
			for name, value := range b.cookies("/") {
				loser.setCookie(name, value, "/")
			}
			time.Sleep(31 * time.Second)
			deliver := func(r answer) { b.c.Jar.SetCookies(r.Request.URL, r.Cookies()) }
			lost := loser.get("/who")
			if !loserLast {
				deliver(lost)
			}
			won := b.fork().get("/who")
			deliver(won)
			if loserLast {
				deliver(lost)
			}
			for range 3 {
				time.Sleep(6 * time.Second)
				if who := b.who(); who != "op|alice" {
					t.Fatalf("loser last %v: signed out", loserLast)
				}
			}
			if s := b.get("/auth/session").body; strings.Contains(s, "error") {
				t.Errorf("loser last %v: %s", loserLast, s)
			}
		})
	}
}

// S-33, F-20: the tokens of a refresh belong to the person of the sign-in.
func TestS_33_RefreshOfSomebodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		b := a.browser()
		b.signIn("alice")
		a.op.EditIDToken = func(c map[string]any) { c["sub"] = "mallory" }
		time.Sleep(31 * time.Second)
		if who := b.who(); who != "" || b.cookies("/")["__Host-auth.session"] != "" {
			t.Errorf("still signed in as %q", who)
		}
	})
}

// S-80g: a short outage in the last part of a token's life goes unnoticed.
func TestS_80g_AheadOfExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t) // one hour
		b := a.browser()
		b.signIn("alice")
		time.Sleep(54 * time.Minute)
		if b.who(); a.op.Count("refresh") != 0 {
			t.Error("refreshed six minutes ahead")
		}
		time.Sleep(5 * time.Minute)
		if b.who(); a.op.Count("refresh") != 1 {
			t.Error("not refreshed a minute ahead")
		}
	})
}

// S-67: a provider whose tokens have always expired is asked once for each
// request and not in a loop.
func TestS_67_TokensThatHaveExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = time.Millisecond })
		b := a.browser()
		b.signIn("alice")
		for i := range 3 {
			time.Sleep(time.Second)
			if who := b.who(); who != "op|alice" || a.op.Count("refresh") != i+1 {
				t.Errorf("request %d: %q, %d refreshes", i, who, a.op.Count("refresh"))
			}
		}
	})
}

// panicking is a provider whose refresh is out of order.
type panicking struct{ providers.Provider }

func (panicking) Refresh(context.Context, token.Account) (token.Account, error) {
	panic("out of order")
}

// F-70: a provider that panics fails the refresh and nothing else.
func TestF_70_RefreshPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Providers = []providers.Provider{panicking{testProvider("op")}}
		})
		b := a.browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		if who := b.who(); who != "op|alice" || !slices.Contains(a.kinds(), httpauth.KindProvider) {
			t.Errorf("signed in as %q, events %v", who, a.kinds())
		}
	})
}

func TestRefreshEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Events.Refresh = func(_ ctx, e *httpauth.RefreshEvent) {
				got = append(got, fmt.Sprintf("%s %v %s", e.Provider, errors.Is(e.Err, providers.ErrUnavailable), e.Request.URL.Path))
			}
		})
		b := a.browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		b.who()
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(503)
			return true
		}
		time.Sleep(31 * time.Second)
		b.who()
		if want := "[op false /who op true /who]"; fmt.Sprint(got) != want {
			t.Errorf("events %v, want %s", got, want)
		}
	})
}
