package httpauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// streaming is an application with a stream: it lasts until its session's context
// ends, and ended gets the cause.
func streaming(t *testing.T, options ...func(*httpauth.Config, *providertest.Config)) (a *app, ended chan error) {
	t.Helper()
	a, ended = newApp(t, append(options, ages(time.Hour, time.Minute, 24*time.Hour))...), make(chan error, 1)
	a.mux.HandleFunc("/stream", func(_ http.ResponseWriter, r *http.Request) {
		s, ok := httpauth.FromContext(r.Context())
		if !ok {
			t.Error("no session")
			return
		}
		ctx, cancel := s.Context(r.Context())
		defer cancel()
		<-ctx.Done()
		ended <- context.Cause(ctx)
	})
	return a, ended
}

// endsAfter opens a stream, and checks that it ends with its session within a time
// from when end has been done.
func endsAfter(t *testing.T, b *browser, ended <-chan error, end func(), within time.Duration) {
	t.Helper()
	go b.fork().get("/stream")
	synctest.Wait()
	end()
	done := time.Now()
	if err := <-ended; !errors.Is(err, httpauth.ErrNoSession) || time.Since(done) > within {
		t.Errorf("ended after %v: %v", time.Since(done), err)
	}
}

// A sign-out in another tab ends a stream at once.
func TestStreamEndsAtSignOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, ended := streaming(t)
		b := a.browser()
		b.signIn("alice")
		endsAfter(t, b, ended, func() { b.post("/auth/signout", nil) }, 0)
	})
}

// What was ended elsewhere ends a stream within a minute.
func TestStreamEndsElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := httpauth.NewMemoryRevocations()
		a, ended := streaming(t, func(c *httpauth.Config, _ *providertest.Config) { c.Revocations = store })
		b := a.browser()
		b.signIn("alice")
		endsAfter(t, b, ended, func() {
			now := time.Now()
			if err := store.Revoke(t.Context(), "account|op|alice", now, now.Add(time.Hour)); err != nil {
				t.Error(err)
			}
		}, time.Minute)
	})
}

// Other requests prolong the session, and with it the stream: up to the end that
// nothing prolongs.
func TestStreamLivesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, ended := streaming(t)
		b := a.browser()
		b.signIn("alice")
		endsAfter(t, b, ended, func() {
			for range 6 {
				time.Sleep(30 * time.Minute)
				b.get("/who")
			}
			select {
			case err := <-ended:
				t.Errorf("ended although the session goes on: %v", err)
			default:
			}
		}, time.Hour)
	})
}

// Whoever goes away, or has enough, ends the stream and nothing else.
func TestStreamIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, _ := streaming(t)
		causes := make(chan error, 2)
		a.mux.HandleFunc("/left", func(_ http.ResponseWriter, r *http.Request) {
			s, _ := httpauth.FromContext(r.Context())
			parent, leave := context.WithCancel(r.Context())
			left, cancel := s.Context(parent)
			defer cancel()
			leave()
			causes <- context.Cause(left)
			enough, cancel := s.Context(r.Context())
			cancel()
			causes <- context.Cause(enough)
		})
		b := a.browser()
		b.signIn("alice")
		b.get("/left")
		for range 2 {
			if err := <-causes; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if b.who() != "op|alice" {
			t.Error("the session is gone")
		}
	})
}
