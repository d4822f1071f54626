package httpauth_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter D: refreshes at the same time. TestF_31 and TestF_32 are in
// refresh_test.go.

// F-33: requests that still carry the old cookie, as late as half a minute after
// the refresh, cost the provider nothing.
func TestF_33_OldCookies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = 10 * time.Minute })
		a.needs()
		b := a.browser()
		b.signIn("alice")
		old := b.fork()
		time.Sleep(10*time.Minute + time.Second)
		first := opened(t, b.get("/needs"))
		began := time.Now()
		for _, at := range []time.Duration{time.Second, 10 * time.Second, 29 * time.Second} {
			time.Sleep(at - time.Since(began))
			r := old.fork().get("/needs")
			late := opened(t, r)
			if r.StatusCode != http.StatusOK || late == nil || !late.Account.Equal(first.Account) || a.op.Count("refresh") != 1 {
				t.Errorf("%v later: %d, %d refreshes", at, r.StatusCode, a.op.Count("refresh"))
			}
		}
	})
}

// together makes two instances spend one refresh token at the same moment.
func together(op *providertest.Server, one, two *browser, path string) (first, second answer) {
	op.Fail("refresh", providertest.Fault{Barrier: providertest.NewBarrier(2), Times: 2})
	var both sync.WaitGroup
	both.Go(func() { first = one.get(path) })
	both.Go(func() { second = two.get(path) })
	both.Wait()
	return first, second
}

// deliver brings an answer into the browser.
func (b *browser) deliver(r answer) { b.c.Jar.SetCookies(r.Request.URL, r.Cookies()) }

// F-34(a): two instances spend one refresh token at the same moment, a hundred
// times, at a provider that allows that for ten seconds. Nobody is signed out,
// whichever answer arrives last.
func TestF_34_TwoInstancesWithGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := newApp(t, halfMinute, func(_ *httpauth.Config, op *providertest.Config) { op.RefreshGrace = 10 * time.Second })
		two := one.beside()
		one.needs()
		two.needs()
		b := one.browser()
		b.signIn("alice")
		for run := range 100 {
			time.Sleep(31 * time.Second)
			first, second := together(one.op, b.fork(), b.fork().visits(two), "/needs")
			if first.StatusCode != http.StatusOK || second.StatusCode != http.StatusOK {
				t.Fatalf("run %d: %d and %d", run, first.StatusCode, second.StatusCode)
			}
			if run%2 == 0 {
				first, second = second, first
			}
			b.deliver(first)
			b.deliver(second)
			for _, at := range []*app{one, two, one} {
				if r := b.visits(at).get("/needs"); r.StatusCode != http.StatusOK || b.visits(at).who() != "op|alice" {
					t.Fatalf("run %d: %d afterwards", run, r.StatusCode)
				}
			}
		}
		if n := one.op.Reuses(); n != 100 {
			t.Errorf("%d tokens were spent twice: the test does not do what it should", n)
		}
	})
}

// F-34(b): the same at a provider that takes the second use for theft, and revokes
// everything. Then the person signs in again, once, and never sees anything of
// anybody else. How often it happens is measured elsewhere; that a coordinator
// makes it never is TestF_34_S_80b_Coordinator.
func TestF_34_TwoInstancesWithoutGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := newApp(t, halfMinute)
		two := one.beside()
		b, c := one.browser(), one.browser()
		b.signIn("alice")
		c.signIn("bob")
		for run := range scaled(20, 100) {
			time.Sleep(31 * time.Second)
			reuses := one.op.Reuses()
			first, second := together(one.op, b.fork(), b.fork().visits(two), "/who")
			revoked := one.op.Reuses() > reuses
			if run%2 == 0 {
				first, second = second, first
			}
			b.deliver(first)
			b.deliver(second)
			signIns := 0
			for i := range 45 {
				at := []*app{one, two}[i%2]
				who := b.visits(at).who()
				if who == "" {
					signIns++
					b.signIn("alice")
				} else if who != "op|alice" {
					t.Fatalf("run %d: signed in as %q", run, who)
				}
				if other := c.visits(at).who(); other != "op|bob" {
					t.Fatalf("run %d: bob is %q", run, other)
				}
				time.Sleep(time.Second)
			}
			if want := map[bool]int{true: 1, false: 0}[revoked]; signIns != want {
				t.Fatalf("run %d: %d sign-ins, revoked %v", run, signIns, revoked)
			}
			if s := b.get("/auth/session").body; strings.Contains(s, "error") {
				t.Fatalf("run %d: %s", run, s)
			}
		}
	})
}

// F-35: the answer of the instance that came second arrives last. It brings no
// session, so the browser keeps that of the first.
func TestF_35_LoserArrivesLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := newApp(t, halfMinute)
		two := one.beside()
		for run := range 100 {
			b := one.browser()
			b.signIn("alice")
			time.Sleep(31 * time.Second)
			won, lost := together(one.op, b.fork(), b.fork().visits(two), "/who")
			if opened(t, won) == nil {
				won, lost = lost, won
			}
			winner := opened(t, won)
			if winner == nil || opened(t, lost) != nil {
				t.Fatalf("run %d: not exactly one of two answers brings a session", run)
			}
			nothingDeleted(t, lost)
			b.deliver(won)
			b.deliver(lost)
			if kept := openedCookie(t, b.cookies("/")[sessionCookie]); !kept.Account.RefreshToken.Equal(winner.Account.RefreshToken) {
				t.Fatalf("run %d: the browser does not hold the winner's token", run)
			}
		}
	})
}

// F-37: the browser goes away at any point of the refresh that it has caused. The
// refresh goes on, and the next request has what came of it.
func TestF_37_BrowserGoesAway(t *testing.T) {
	t.Parallel()
	for _, percent := range []int{0, 25, 50, 75, 100} {
		t.Run(fmt.Sprint(percent), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute)
				a.needs()
				b := a.browser()
				b.signIn("alice")
				time.Sleep(31 * time.Second)
				a.op.Fail("refresh", providertest.Fault{AnswerDelay: 2 * time.Second})
				defer a.steady(t)()
				giveUp(t, b, time.Duration(percent)*20*time.Millisecond+time.Nanosecond)
				time.Sleep(3 * time.Second)
				r := b.get("/needs")
				if r.StatusCode != http.StatusOK || a.op.Count("refresh") != 1 || opened(t, r) == nil {
					t.Errorf("the next request: %d, %d refreshes", r.StatusCode, a.op.Count("refresh"))
				}
			})
		})
	}
}

// F-38: the instance dies between the provider's answer and its own. The next one
// knows nothing of it. A provider with grace answers once more; without, the
// person signs in again, once, and sees no error.
func TestF_38_InstanceDies(t *testing.T) {
	t.Parallel()
	for name, grace := range map[string]time.Duration{"grace": 10 * time.Second, "no grace": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute, func(_ *httpauth.Config, op *providertest.Config) { op.RefreshGrace = grace })
				b := a.browser()
				b.signIn("alice")
				time.Sleep(31 * time.Second)
				b.fork().get("/who") // an answer that nobody gets
				next := a.beside()
				next.needs()
				b = b.visits(next)
				signIns := 0
				for range 60 {
					r := b.get("/who")
					if r.StatusCode >= http.StatusInternalServerError {
						t.Fatalf("status %d", r.StatusCode)
					}
					if r.body == "" {
						signIns++
						b.signIn("alice")
					}
					time.Sleep(time.Second)
				}
				if want := map[bool]int{true: 0, false: 1}[grace > 0]; signIns != want || b.get("/needs").StatusCode != http.StatusOK {
					t.Errorf("%d sign-ins, want %d", signIns, want)
				}
			})
		})
	}
}

// F-39: the answer gets lost between the instance and the browser, which comes again
// with what it had.
func TestF_39_AnswerGetsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = 10 * time.Minute })
		a.needs()
		b := a.browser()
		b.signIn("alice")
		time.Sleep(10*time.Minute + time.Second)
		lost := opened(t, b.fork().get("/needs"))
		time.Sleep(29 * time.Second)
		r := b.get("/needs")
		if again := opened(t, r); r.StatusCode != http.StatusOK || again == nil || !again.Account.Equal(lost.Account) || a.op.Count("refresh") != 1 {
			t.Errorf("%d, %d refreshes", r.StatusCode, a.op.Count("refresh"))
		}
	})
}

// patientCoordinator is a coordinator whose callers wait on a channel, which
// virtual time can see.
type patientCoordinator struct {
	*memoryCoordinator
	turn chan struct{}
}

func (p patientCoordinator) Once(ctx context.Context, key string, work func(context.Context) ([]byte, time.Duration)) ([]byte, error) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.turn }()
	return p.memoryCoordinator.Once(ctx, key, work)
}

// F-40: a refresh that takes as long as one may. Nobody takes the one who asks for
// dead and asks again, also not on another instance with a coordinator. Leases are
// tested in package redisstore.
func TestF_40_SlowRefresh(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"one instance": 1, "two with a coordinator": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := patientCoordinator{memoryCoordinator: &memoryCoordinator{results: map[string][]byte{}}, turn: make(chan struct{}, 1)}
				with := func(c *httpauth.Config, _ *providertest.Config) {
					if n > 1 {
						c.Coordinator = store
					}
				}
				a := newApp(t, halfMinute, with)
				instances := []*app{a, a.beside(with)}
				for _, i := range instances {
					i.needs()
				}
				b := a.browser()
				b.signIn("alice")
				time.Sleep(31 * time.Second)
				a.op.Fail("refresh", providertest.Fault{Delay: 7900 * time.Millisecond, Times: providertest.Always})
				defer a.steady(t)()
				var all sync.WaitGroup
				for i := range 40 {
					all.Go(func() {
						if r := b.fork().visits(instances[i%n]).get("/needs"); r.StatusCode != http.StatusOK {
							t.Errorf("request %d: %d", i, r.StatusCode)
						}
					})
					time.Sleep(250 * time.Millisecond)
				}
				all.Wait()
				if n := a.op.Count("refresh"); n != 1 {
					t.Errorf("%d refreshes", n)
				}
			})
		})
	}
}
