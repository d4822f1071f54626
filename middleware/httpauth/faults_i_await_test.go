package httpauth_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// awaiting is an application on a platform that freezes.
func awaiting(c *httpauth.Config, _ *providertest.Config) { c.AwaitRefresh = true }

// alone sends a request whose client goes away after a while, and returns what its
// handler has answered by then or later, and how long that took.
func (b *browser) alone(path string, patience time.Duration) (answer, time.Duration) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, appURL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range b.cookies(path) {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	began := time.Now()
	resp, err := b.a.RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{Response: resp}, time.Since(began)
}

// F-75: with Config.AwaitRefresh there is no exception. Whatever a refresh is for, and
// although the client has gone, the new tokens are in the response of the request that
// has asked for them, and then nothing goes on.
func TestF_75_AwaitRefresh(t *testing.T) {
	t.Parallel()
	const slow, patient = 4 * time.Second, time.Minute
	for name, c := range map[string]struct {
		path     string
		after    time.Duration // the sign-in
		patience time.Duration // of the client
		options  []func(*httpauth.Config, *providertest.Config)
	}{
		"ahead of the end":              {path: "/who", after: 59 * time.Minute, patience: patient},
		"ahead, and the client goes":    {path: "/who", after: 59 * time.Minute, patience: 2 * time.Second},
		"expired, and the client goes":  {path: "/who", after: time.Hour, patience: 2 * time.Second},
		"refused, and the client goes":  {path: "/call", after: 30 * time.Minute, patience: 2 * time.Second},
		"with a coordinator":            {path: "/who", after: 59 * time.Minute, patience: patient, options: coordinated()},
		"with one, and the client goes": {path: "/who", after: 59 * time.Minute, patience: 2 * time.Second, options: coordinated()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, append(c.options, awaiting)...)
				calls(a)
				b := a.browser()
				before := opened(t, b.signIn("alice"))
				time.Sleep(c.after)
				a.op.Fail("refresh", providertest.Fault{AnswerDelay: slow})
				a.op.Fail("userinfo", providertest.Fault{Status: http.StatusUnauthorized})
				running := inBubble()
				r, took := b.alone(c.path, c.patience)
				if now := inBubble(); now != running {
					t.Errorf("%d goroutines go on", now-running)
				}
				after := opened(t, r)
				if after == nil || after.Account.AccessToken.Equal(before.Account.AccessToken) || took != slow {
					t.Errorf("after %v: the response brings no new token", took)
				}
				if a.op.Count("refresh") != 1 || a.op.Reuses() != 0 {
					t.Errorf("%d refreshes", a.op.Count("refresh"))
				}
				time.Sleep(slow) // should anything go on
			})
		})
	}
}

// calls adds a handler that calls an API for no longer than its client waits.
func calls(a *app) {
	a.mux.HandleFunc("/call", func(_ http.ResponseWriter, r *http.Request) {
		httpauth.SetCommitted(r.Context(), func() bool { return false })
		client, err := httpauth.Client(r.Context())
		if err != nil {
			a.t.Error(err)
			return
		}
		call, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, issuer+"/userinfo", nil)
		if resp, err := client.Do(call); err == nil {
			_ = resp.Body.Close()
		}
	})
}

// coordinated is an application with a coordinator.
func coordinated() []func(*httpauth.Config, *providertest.Config) {
	return []func(*httpauth.Config, *providertest.Config){func(c *httpauth.Config, _ *providertest.Config) {
		c.Coordinator = &keeper{results: map[string][]byte{}}
	}}
}

// F-75: a provider that does not answer holds such a request for as long as a token
// request may take, and for no longer; the session goes on with the token that it has.
func TestF_75_AwaitRefreshGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, awaiting)
		b := a.browser()
		b.signIn("alice")
		running := inBubble()
		time.Sleep(59 * time.Minute)
		a.op.Fail("refresh", silence())
		began := time.Now()
		if who := b.who(); who != "op|alice" || time.Since(began) != 8*time.Second {
			t.Errorf("signed in as %q after %v", who, time.Since(began))
		}
		if now := inBubble(); now != running {
			t.Errorf("%d goroutines go on", now-running)
		}
		time.Sleep(8 * time.Second) // should anything go on
	})
}

// F-75: neither does the fetch of metadata go on, although the sign-out that has asked for
// it waits for two seconds only.
func TestF_75_AwaitFetch(t *testing.T) {
	t.Parallel()
	for _, await := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
				c.AwaitRefresh, c.SignOut = await, httpauth.SignOut{Revoke: true}
			})
			b := a.browser()
			b.signIn("alice")
			time.Sleep(2 * time.Hour) // the metadata is no longer fresh
			a.op.Fail("discovery", providertest.Fault{AnswerDelay: 4 * time.Second})
			running, began := inBubble(), time.Now()
			b.post("/auth/signout", nil)
			took, more := time.Since(began), inBubble()-running
			if await && (took != 4*time.Second || more != 0) || !await && (took >= 4*time.Second || more == 0) {
				t.Errorf("with AwaitRefresh %v: after %v, %d goroutines go on", await, took, more)
			}
			time.Sleep(4 * time.Second)
		})
	}
}
