package httpauth_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// Faults of the letter D: what handlers do with the response, and the orders in
// which answers arrive. The simulation (make simulate) goes through all orders of
// steps; these are the ones of the plan, a hundred times each.

// served puts the application itself behind a real socket, and returns how
// browsers get there.
func (a *app) served(t *testing.T) http.RoundTripper {
	t.Helper()
	server := httptest.NewUnstartedServer(a.auth.Wrap(a.mux))
	server.Config.ErrorLog = discardLog()
	server.Start()
	transport := through("tcp", server.Listener.Addr().String())
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return transport
}

// through returns a transport that takes every request to one address.
func through(network, address string) *http.Transport {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return &http.Transport{DialContext: dial, DialTLSContext: dial}
}

// F-41: handlers that stream, take the connection over, panic, or answer at once.
// Where the refresh token was spent the response brings the new one, or the next
// request does; where it cannot, it was not spent.
func TestF_41_HandlersWithTheirOwnWays(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		handler   http.HandlerFunc
		header    header
		refreshes int
		brings    bool
	}{
		"stream": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for range 3 {
				_, _ = io.WriteString(w, "data: x\n\n")
				_ = http.NewResponseController(w).Flush()
			}
		}, header{"Accept", "text/event-stream"}, 1, true},
		"hijack": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			_ = conn.Close()
		}, header{"Upgrade", "websocket"}, 0, false},
		"panic": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, header{}, 1, false},
		"early": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, "early")
		}, header{}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = time.Second })
			a.mux.HandleFunc("/own", tc.handler)
			b := a.browser()
			b.c.Transport = a.served(t)
			b.signIn("alice")
			time.Sleep(1100 * time.Millisecond)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, appURL+"/own", nil)
			if err != nil {
				t.Fatal(err)
			}
			if tc.header.name != "" {
				r.Header.Set(tc.header.name, tc.header.value)
			}
			resp, err := b.c.Do(r)
			if (err != nil) != (name == "panic") {
				t.Fatalf("no answer: %v", err)
			}
			if err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if brings := opened(t, answer{Response: resp}) != nil; brings != tc.brings {
					t.Errorf("the answer brings a session: %v", brings)
				}
			}
			if n := a.op.Count("refresh"); n != tc.refreshes {
				t.Errorf("%d refreshes", n)
			}
			for range 3 {
				if s := b.get("/auth/session").body; !strings.Contains(s, "alice") || strings.Contains(s, "error") {
					t.Errorf("session %s", s)
				}
			}
			if n := a.op.Reuses(); n != 0 {
				t.Errorf("a refresh token was spent %d times too often", n)
			}
		})
	}
}

// refreshAt spends a refresh token at the provider, and returns the status.
func (a *app) refreshAt(t *testing.T, refreshToken token.Secret) int {
	t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken.Reveal()}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("app", "secret")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := a.op.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// orders are the orders in which three answers can arrive.
func orders() [][3]int {
	return [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
}

// F-42: a refresh, a read and a sign-out are under way at the same time. The
// sign-out is handled before, during and after the refresh, and the answers arrive
// in each of their orders. Afterwards nobody is signed in in that browser, on any
// instance, and the provider refuses the refresh token.
func TestF_42_SignOutDuringRefresh(t *testing.T) {
	t.Parallel()
	for when, start := range map[string]time.Duration{"before": -time.Second, "during": time.Second, "after": 3 * time.Second} {
		for _, order := range orders() {
			t.Run(fmt.Sprint(when, order), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) { c.SignOut.Revoke = true })
					b := a.browser()
					session := opened(t, b.signIn("alice"))
					csrf := b.csrf()
					time.Sleep(35 * time.Second)
					a.op.Fail("refresh", providertest.Fault{AnswerDelay: 2 * time.Second})
					defer a.steady(t)()
					var answers [3]answer
					var all sync.WaitGroup
					one, two, three := b.fork(), b.fork(), b.fork()
					later := func(d time.Duration, f func()) {
						all.Go(func() {
							time.Sleep(time.Second + d)
							f()
						})
					}
					later(0, func() { answers[0] = one.get("/who") })
					later(0, func() { answers[1] = two.get("/auth/session") })
					later(start, func() { answers[2] = three.do(http.MethodPost, "/auth/signout", url.Values{"csrfToken": {csrf}}) })
					all.Wait()
					if answers[2].location() != appURL+"/" {
						t.Fatalf("the sign-out leads to %s", answers[2].location())
					}
					for _, i := range order {
						b.deliver(answers[i])
					}
					for _, at := range []*app{a.beside(), a, a.beside()} {
						if who := b.visits(at).who(); who != "" {
							t.Errorf("signed in as %q", who)
						}
					}
					tokens := []token.Secret{session.Account.RefreshToken}
					if late := opened(t, answers[0]); late != nil {
						tokens = append(tokens, late.Account.RefreshToken)
					}
					for _, spent := range tokens {
						if status := a.refreshAt(t, spent); status != http.StatusBadRequest {
							t.Errorf("the provider answers %d to a refresh token of the session", status)
						}
					}
					if b.signIn("bob"); b.who() != "op|bob" {
						t.Error("nobody can sign in any more")
					}
				})
			})
		}
	}
}

// becomesAdmin is a callback that changes the session when its client asks for it,
// and that takes three seconds on requests that say so.
func becomesAdmin(c *httpauth.Config, _ *providertest.Config) {
	c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
		switch {
		case e.Trigger == httpauth.TriggerUpdate:
			role.Set(e.Token, "admin")
		case e.Request.Header.Get("X-Slow") != "":
			time.Sleep(3 * time.Second)
			count.Set(e.Token, 1)
		}
		return nil
	}
	c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { e.Session.Expose(role, count); return nil }
}

// F-43: a refresh and a change of the session at the same time, in each order of
// handling and of arrival. Both stay: the change, and the new refresh token.
func TestF_43_UpdateDuringRefresh(t *testing.T) {
	t.Parallel()
	for when, start := range map[string]time.Duration{"before": -time.Second, "during": time.Second, "after": 3 * time.Second} {
		for _, updateLast := range []bool{true, false} {
			t.Run(fmt.Sprint(when, updateLast), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					a := newApp(t, halfMinute, becomesAdmin)
					a.needs()
					b := a.browser()
					b.signIn("alice")
					csrf := b.csrf()
					time.Sleep(35 * time.Second)
					a.op.Fail("refresh", providertest.Fault{AnswerDelay: 2 * time.Second})
					var answers [2]answer
					var all sync.WaitGroup
					one, two := b.fork(), b.fork()
					all.Go(func() { time.Sleep(time.Second); answers[0] = one.get("/needs") })
					all.Go(func() {
						time.Sleep(time.Second + start)
						answers[1] = two.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+csrf+`","data":{}}`)
					})
					all.Wait()
					if !updateLast {
						answers[0], answers[1] = answers[1], answers[0]
					}
					b.deliver(answers[0])
					b.deliver(answers[1])
					for range 3 { // also after further refreshes
						r := b.get("/needs")
						if s := b.get("/auth/session").body; r.StatusCode != http.StatusOK || !strings.Contains(s, `"role":"admin"`) {
							t.Errorf("%d, %s", r.StatusCode, s)
						}
						time.Sleep(31 * time.Second)
					}
					if n := a.op.Reuses(); n != 0 {
						t.Errorf("a refresh token was spent %d times too often", n)
					}
				})
			})
		}
	}
}

// F-44: a request that takes three seconds, and changes the session, started before
// an update or a sign-out and is answered last. A hundred times, what the browser
// holds afterwards is the newest: the update, or nothing.
func TestF_44_SlowAnswerArrivesLast(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/auth/session", "/auth/signout"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, becomesAdmin)
				for run := range 100 {
					b := a.browser()
					b.signIn("alice")
					csrf := b.csrf()
					slow := b.fork()
					var last answer
					var all sync.WaitGroup
					all.Go(func() { last = slow.get("/auth/session", header{"X-Slow", "1"}) })
					time.Sleep(time.Second)
					if path == "/auth/signout" {
						b.do(http.MethodPost, path, url.Values{"csrfToken": {csrf}})
					} else {
						b.do(http.MethodPost, path, `{"csrfToken":"`+csrf+`","data":{}}`)
					}
					all.Wait()
					b.deliver(last)
					s := b.get("/auth/session").body
					if path == "/auth/signout" && s != "null" || path == "/auth/session" && !strings.Contains(s, "admin") {
						t.Fatalf("run %d: %s", run, s)
					}
				}
			})
		})
	}
}
