package httpauth_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// Faults of the letter H that are the application's own: what it hangs into the
// kit panics or blocks, and the machine has no randomness. TestF_70_S_180 is in
// session_test.go.

// sink is a log that does something of its own.
type sink func(slog.Record) error

func (s sink) Enabled(context.Context, slog.Level) bool      { return true }
func (s sink) Handle(_ context.Context, r slog.Record) error { return s(r) }
func (s sink) WithAttrs([]slog.Attr) slog.Handler            { return s }
func (s sink) WithGroup(string) slog.Handler                 { return s }

// logsTo gives the application another log.
func (a *app) logsTo(s sink, change func(*httpauth.Config)) {
	a.t.Helper()
	cfg := httpauth.Config{URL: appURL, Secrets: []string{testSecret}, Providers: provider(), HTTPClient: a.http, Logger: slog.New(s)}
	if change != nil {
		change(&cfg)
	}
	var err error
	if a.auth, err = httpauth.New(cfg); err != nil {
		a.t.Fatal(err)
	}
}

// F-70: something of the application panics while a refresh is under way: its
// transport, its log, or its own event. Everybody who waits is answered, the
// process goes on, and so does the session.
func TestF_70_PanicsDuringRefresh(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(t *testing.T, a *app, broken func() bool){
		"transport": func(_ *testing.T, a *app, broken func() bool) {
			next := a.http.Transport
			a.http.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if broken() {
					panic("bug")
				}
				return next.RoundTrip(r)
			})
		},
		"log": func(_ *testing.T, a *app, broken func() bool) {
			a.logsTo(func(slog.Record) error {
				if broken() {
					panic("bug")
				}
				return nil
			}, nil)
			a.op.Fail("refresh", providertest.Fault{Status: http.StatusInternalServerError})
		},
		"event": func(_ *testing.T, a *app, broken func() bool) {
			a.logsTo(func(slog.Record) error { return nil }, func(c *httpauth.Config) {
				c.Events.Refresh = func(ctx, *httpauth.RefreshEvent) {
					if broken() {
						panic("bug")
					}
				}
			})
			a.op.Fail("refresh", providertest.Fault{Status: http.StatusInternalServerError})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute)
				a.needs()
				a.around = recovered
				var mu sync.Mutex
				on := false
				breakIt(t, a, func() bool {
					mu.Lock()
					defer mu.Unlock()
					return on
				})
				b := a.browser()
				b.signIn("alice")
				time.Sleep(31 * time.Second)
				mu.Lock()
				on = true
				mu.Unlock()
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						within(t, 10*time.Second, "an answer", func() {
							if r := b.fork().get("/needs"); r.StatusCode != http.StatusServiceUnavailable {
								t.Errorf("status %d", r.StatusCode)
							}
						})
					})
				}
				all.Wait()
				mu.Lock()
				on = false
				mu.Unlock()
				time.Sleep(31 * time.Second)
				if r := b.get("/needs"); r.StatusCode != http.StatusOK || b.who() != "op|alice" {
					t.Errorf("afterwards: %d, signed in as %q", r.StatusCode, b.who())
				}
			})
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// F-70: the same at a sign-in. The request fails, nobody is signed in, and the next
// sign-in works.
func TestF_70_PanicsAtSignIn(t *testing.T) {
	t.Parallel()
	broken := false
	bug := func() {
		if broken {
			panic("bug")
		}
	}
	for name, change := range map[string]func(*httpauth.Config, *providertest.Config){
		"SignIn": func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.SignIn = func(ctx, *httpauth.SignInEvent) error { bug(); return nil }
		},
		"JWT": func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(ctx, *httpauth.JWTEvent) error { bug(); return nil }
		},
		"transport": func(*httpauth.Config, *providertest.Config) {},
	} {
		a := newApp(t, change)
		next := a.http.Transport
		a.http.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if name == "transport" {
				bug()
			}
			return next.RoundTrip(r)
		})
		b := a.browser()
		back := b.choose(b.start("op", "/"), "alice")
		b.c.Transport = recovering{a} // a server that sends nothing of what there was
		broken = true
		if r := b.get(back); r.StatusCode != http.StatusInternalServerError || strings.Contains(r.body, "bug") {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
		broken = false
		if who := b.who(); who != "" {
			t.Errorf("%s: signed in as %q", name, who)
		}
		if b.signIn("alice"); b.who() != "op|alice" {
			t.Errorf("%s: nobody can sign in any more", name)
		}
	}
}

// F-71: something of the application blocks for a minute when it is asked about
// alice. Whoever waits for it does so no longer than they want to; and bob does not
// notice.
func TestF_71_HooksBlock(t *testing.T) {
	t.Parallel()
	block := func(subject string) {
		if subject == "op|alice" {
			time.Sleep(time.Minute)
		}
	}
	for name, change := range map[string]func(*httpauth.Config){
		"JWT": func(c *httpauth.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Trigger == httpauth.TriggerNone {
					block(e.Token.Subject)
				}
				return nil
			}
		},
		"Session": func(c *httpauth.Config) {
			c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { block(e.Token.Subject); return nil }
		},
		"NotBefore": func(c *httpauth.Config) {
			c.NotBefore = func(_ context.Context, tok *token.Token) (time.Time, error) {
				block(tok.Subject)
				return time.Time{}, nil
			}
		},
		"Refresh event": func(c *httpauth.Config) {
			c.Events.Refresh = func(_ ctx, e *httpauth.RefreshEvent) { block(e.Subject) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) { change(c) })
				a.needs()
				b, c := a.browser(), a.browser()
				b.signIn("alice")
				c.signIn("bob")
				time.Sleep(31 * time.Second)
				defer a.steady(t)()
				var all sync.WaitGroup
				for range 5 {
					all.Go(func() {
						within(t, time.Minute, "a request of alice", func() { b.fork().get("/needs") })
					})
				}
				if name == "Refresh event" { // there a request waits for another one
					all.Go(func() { within(t, 2*time.Second, "a request with a limit", func() { giveUp(t, b, 2*time.Second) }) })
				}
				for range 50 {
					within(t, 0, "a request of bob", func() {
						if r := c.get("/needs"); r.StatusCode != http.StatusOK {
							t.Errorf("bob: %d", r.StatusCode)
						}
					})
					time.Sleep(time.Second)
				}
				all.Wait()
			})
		})
	}
}

// F-72: the log blocks, or fails. It is the application's: a request that has
// something to log waits for it, others do not, and nothing is locked meanwhile.
func TestF_72_LogBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		ready := make(chan struct{})
		a.logsTo(func(r slog.Record) error {
			if r.Level >= slog.LevelWarn {
				<-ready
			}
			return errors.New("the disk is full")
		}, nil)
		b, c := a.browser(), a.browser()
		b.signIn("alice")
		c.setCookie(sessionCookie, "garbage", "/")
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { c.fork().get("/who") })
		}
		synctest.Wait()
		for range 100 {
			within(t, 0, "a request that logs nothing", func() {
				if who := b.who(); who != "op|alice" {
					t.Errorf("signed in as %q", who)
				}
			})
		}
		close(ready)
		all.Wait()
		a.browser().signIn("bob")
	})
}

// broke is a source of randomness that has none.
type broke struct{}

func (broke) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

// F-73: without randomness nothing is made that needs some: the process ends. It is
// a process of its own, which this test starts again as. (Nonces come from the same
// source, but the JWE library keeps it where no test can get at it.)
func TestF_73_NoRandomness(t *testing.T) {
	t.Parallel()
	const variable = "FAULT_RANDOMNESS"
	if what := os.Getenv(variable); what != "" {
		withoutRandomness(t, what)
		return
	}
	for _, what := range []string{"sign-in", "csrf", "session"} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestF_73_NoRandomness$", "-test.v")
		child.Env = append(os.Environ(), variable+"="+what)
		out, err := child.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "fatal error: crypto/rand") || strings.Contains(string(out), "MADE") {
			t.Errorf("%s: %v %s", what, err, out)
		}
	}
}

// withoutRandomness is the process that has none.
func withoutRandomness(t *testing.T, what string) {
	a := newApp(t)
	b := a.browser()
	csrf := b.csrf()
	rand.Reader = broke{}
	switch what {
	case "sign-in":
		fmt.Println("MADE", b.do(http.MethodPost, "/auth/signin/op", url.Values{"csrfToken": {csrf}}).location())
	case "csrf":
		fmt.Println("MADE", a.browser().csrf())
	case "session":
		cookies, err := a.auth.Cookies(&token.Token{Claims: claims.Claims{Subject: "op|alice"}})
		fmt.Println("MADE", cookies, err)
	}
}
