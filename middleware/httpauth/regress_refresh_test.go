package httpauth_test

import (
	"context"
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
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// What went wrong once: refreshes.

// S-80h: a provider that answers, but does not serve, is not asked by every request
// either: a client secret that has changed would make a storm of it.
func TestS_80h_RefusalsRestToo(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(w http.ResponseWriter){
		"invalid_client":      func(w http.ResponseWriter) { jsonError(w, http.StatusUnauthorized, "invalid_client") },
		"unauthorized_client": func(w http.ResponseWriter) { jsonError(w, http.StatusBadRequest, "unauthorized_client") },
		"not JSON": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "garbage")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute)
				b := a.browser()
				b.signIn("alice")
				a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
					if endpoint == "refresh" {
						write(w)
					}
					return endpoint == "refresh"
				}
				time.Sleep(31 * time.Second)
				for range 50 {
					b.who()
				}
				if n := a.op.Count("refresh"); n != 1 {
					t.Errorf("%d tries by 50 requests at once", n)
				}
				for range 600 {
					b.who()
					time.Sleep(100 * time.Millisecond)
				}
				if n := a.op.Count("refresh"); n < 3 || n > 10 {
					t.Errorf("%d tries in a minute", n)
				}
				if who := b.who(); who != "op|alice" {
					t.Errorf("signed in as %q", who)
				}
			})
		})
	}
}

// S-175: a handler that runs while another request refreshes, and changes the session
// that it has seen before, does not cost the new refresh token; nor does the refresh
// cost the change.
func TestS_175_RefreshMeetsAnUpdateOfBefore(t *testing.T) {
	t.Parallel()
	for _, updateLast := range []bool{true, false} {
		t.Run(fmt.Sprint(updateLast), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute)
				showRole(a)
				a.mux.HandleFunc("/upload", func(_ http.ResponseWriter, r *http.Request) {
					time.Sleep(8 * time.Second)
					if err := httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, "x"); return nil }); err != nil {
						t.Error(err)
					}
				})
				b := a.browser()
				b.signIn("alice")
				time.Sleep(24 * time.Second) // the token is not due yet
				a.op.Fail("refresh", providertest.Fault{AnswerDelay: 2 * time.Second})
				var up, fresh answer
				one, two := b.fork(), b.fork()
				var all sync.WaitGroup
				all.Go(func() { up = one.get("/upload") })
				time.Sleep(7 * time.Second) // now it has expired
				all.Go(func() { fresh = two.get("/who") })
				all.Wait()
				if a.op.Count("refresh") != 1 || opened(t, up) == nil || opened(t, fresh) == nil {
					t.Fatalf("%d refreshes, the answers bring %v and %v", a.op.Count("refresh"), opened(t, up) != nil, opened(t, fresh) != nil)
				}
				if updateLast {
					up, fresh = fresh, up
				}
				b.deliver(up)
				b.deliver(fresh)
				for range 3 {
					if have := b.get("/role").body; have != "x" || b.who() != "op|alice" {
						t.Errorf("role %q, signed in as %q, %v", have, b.who(), a.kinds())
					}
					time.Sleep(2 * time.Minute) // longer than anything is remembered
				}
				if n := a.op.Reuses(); n != 0 {
					t.Errorf("a refresh token was spent %d times too often", n)
				}
			})
		})
	}
}

// An access token that does not fit the cookie does not cost the session: the new
// refresh token is kept without it.
func TestS_80d_RefreshThatDoesNotFit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		withAPI(a)
		b := a.browser()
		b.signIn("alice")
		large := true
		a.op.EditTokens = func(answer map[string]any) {
			if large {
				answer["access_token"] = fmt.Sprint(answer["access_token"]) + strings.Repeat("x", 9000)
			}
		}
		for range 3 {
			time.Sleep(61 * time.Second)
			if who := b.who(); who != "op|alice" {
				t.Fatalf("signed in as %q, %v", who, a.kinds())
			}
		}
		if kinds := a.kinds(); !slices.Contains(kinds, httpauth.KindBudget) || slices.Contains(kinds, httpauth.KindReuse) || a.op.Reuses() != 0 {
			t.Errorf("events %v, %d reuses", kinds, a.op.Reuses())
		}
		large = false
		time.Sleep(61 * time.Second)
		if r := b.get("/api"); r.StatusCode != http.StatusOK {
			t.Errorf("when it fits again: %d %s", r.StatusCode, r.body)
		}
	})
}

// panickyCoordinator is out of order.
type panickyCoordinator struct{}

func (panickyCoordinator) Once(context.Context, string, func(context.Context) ([]byte, time.Duration)) ([]byte, error) {
	panic("in the coordinator")
}

// F-77: a coordinator that panics does not end the process, and nobody notices. (If
// it does end it, then so does this test, with all others.)
func TestS_80b_CoordinatorPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) { c.Coordinator = panickyCoordinator{} })
		withAPI(a)
		b := a.browser()
		b.signIn("alice")
		for i := range 3 {
			time.Sleep(31 * time.Second)
			if r := b.get("/api"); r.StatusCode != http.StatusOK || a.op.Count("refresh") != i+1 {
				t.Errorf("%d %s, %d refreshes", r.StatusCode, r.body, a.op.Count("refresh"))
			}
		}
	})
}

// What anybody can cause at any speed does not fill the log. The event tells of each.
func TestLogIsNotFlooded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		b := a.browser()
		b.c.Jar = nil
		lines := func() int {
			a.mu.Lock()
			defer a.mu.Unlock()
			return strings.Count(a.logged.String(), "auth: cookie")
		}
		for i := range 2 {
			for range 500 {
				b.get("/who", header{"Cookie", sessionCookie + "=garbage"})
			}
			if n := lines(); n != i+1 {
				t.Errorf("%d lines after %d bursts", n, i+1)
			}
			time.Sleep(time.Second)
		}
		if n := len(a.kinds()); n != 1000 {
			t.Errorf("%d events", n)
		}
	})
}
