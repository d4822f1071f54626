package httpauth_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter G: clocks.

// offsets are how far clocks are off.
func offsets() map[time.Duration]bool {
	return map[time.Duration]bool{ // whether that is accepted of what comes from a clock that is ahead
		-24 * time.Hour: true, -5 * time.Minute: true, -61 * time.Second: true, -60 * time.Second: true, -30 * time.Second: true, -time.Second: true,
		time.Second: true, 30 * time.Second: true, 60 * time.Second: true, 61 * time.Second: false, 5 * time.Minute: false, 24 * time.Hour: false,
	}
}

// F-58: the provider's clock is off. Up to a minute is nothing. A clock that is
// ahead further, or behind by more than an ID token may be old, ends the sign-in
// with an error of the ID token.
func TestF_58_ClockOfTheProvider(t *testing.T) {
	t.Parallel()
	for d, accepted := range offsets() {
		accepted = accepted && d > -10*time.Minute
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) {
					op.Clock = func() time.Time { return time.Now().Add(d) }
				})
				b := a.browser()
				r := b.get(b.choose(b.start("op", "/"), "alice"))
				if accepted {
					if r.location() != appURL+"/" || b.who() != "op|alice" || len(a.kinds()) != 0 {
						t.Errorf("leads to %s, %v", r.location(), a.events)
					}
					return
				}
				if code := errorOf(t, r); code != "OAuthCallbackError" || b.who() != "" {
					t.Errorf("%s, signed in as %q", code, b.who())
				}
				a.failedWith(t, providers.ErrIDToken)
			})
		})
	}
}

// F-58: the clocks of two instances differ. A session from a clock that is ahead by
// more than a minute is nobody's until the time has come; it is not taken away.
func TestF_58_ClocksOfInstances(t *testing.T) {
	t.Parallel()
	for d, accepted := range offsets() {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			sealed := ""
			options := func(c *httpauth.Config, op *providertest.Config) {
				c.MaxAge, op.AccessTokenLifetime = 48*time.Hour, 100*time.Hour
			}
			ahead(t, max(d, 0), func(t *testing.T) {
				b := newApp(t, options).browser()
				b.signIn("alice")
				sealed = b.cookies("/")[sessionCookie]
			})
			ahead(t, max(-d, 0), func(t *testing.T) {
				b := newApp(t, options).browser()
				b.setCookie(sessionCookie, sealed, "/")
				r := b.get("/who")
				nothingDeleted(t, r)
				if (r.body == "op|alice") != accepted {
					t.Errorf("signed in as %q", r.body)
				}
				time.Sleep(max(d, 0))
				if who := b.who(); who != "op|alice" {
					t.Errorf("when the time has come: %q", who)
				}
			})
		})
	}
}

// F-59: the clock of the instance steps back by ten minutes, with all that it
// remembers; and it stands still while the machine sleeps for an hour, and then
// everybody comes at once. Nobody is signed out for good, and no session asks the
// provider more than once.
func TestF_59_ClockSteps(t *testing.T) {
	t.Parallel()
	t.Run("back", func(t *testing.T) {
		t.Parallel()
		var a *app
		var b *browser
		ahead(t, 10*time.Minute, func(t *testing.T) {
			a = newApp(t, halfMinute)
			b = a.browser()
			b.signIn("alice")
			time.Sleep(31 * time.Second)
			b.who()
		})
		ahead(t, 0, func(t *testing.T) {
			before := a.op.Count("refresh")
			a.t, b.t = t, t
			for range 60 {
				nothingDeleted(t, b.get("/who"))
				time.Sleep(time.Second)
			}
			if n := a.op.Count("refresh") - before; n > 1 {
				t.Errorf("%d refreshes within a minute", n)
			}
			time.Sleep(12 * time.Minute) // past the time at which the clock stepped back
			if who := b.who(); who != "op|alice" {
				t.Errorf("signed in as %q, %v", who, a.kinds())
			}
			if s := b.get("/auth/session").body; strings.Contains(s, "error") {
				t.Errorf("session %s", s)
			}
		})
	})
	t.Run("sleep", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			a.needs()
			browsers := []*browser{a.browser(), a.browser(), a.browser()}
			for _, b := range browsers {
				b.signIn("alice")
			}
			time.Sleep(time.Hour + time.Minute)
			var all sync.WaitGroup
			for i := range 60 {
				all.Go(func() {
					if r := browsers[i%3].fork().get("/needs"); r.StatusCode != http.StatusOK {
						t.Errorf("request %d: %d", i, r.StatusCode)
					}
				})
			}
			all.Wait()
			if n := a.op.Count("refresh"); n != 3 {
				t.Errorf("%d refreshes of three sessions", n)
			}
		})
	})
}
