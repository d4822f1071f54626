package providers_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers"
)

// gate holds requests to an endpoint until it is opened.
type gate struct {
	path string
	next http.RoundTripper
	open chan struct{}
}

func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == g.path {
		select {
		case <-g.open:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return g.next.RoundTrip(r)
}

// A hundred wait for one fetch. The first of them gives up; the others still get
// what they wait for. The zitadel bug class: the first caller's context ended
// everybody's fetch.
func TestS_24_FirstWaiterCancelled(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/.well-known/openid-configuration", "/keys"} {
		t.Run(path, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				r := newRig(t)
				key, kid := r.current()
				r.direct(signWith(key, kid))
				g := gate{path, r.next, make(chan struct{})}
				r.next = g
				cb := goodCallback()
				cb.Params.Set("iss", issuer)

				var waiting sync.WaitGroup
				errs := make([]error, 100)
				first, cancel := context.WithCancel(t.Context())
				start := func(i int, ctx context.Context) {
					waiting.Go(func() { _, errs[i] = r.p.Exchange(r.context(ctx), cb) })
				}
				start(0, first)
				synctest.Wait() // it leads the flight
				for i := range errs[1:] {
					start(i+1, t.Context())
				}
				synctest.Wait()
				cancel()
				synctest.Wait()
				close(g.open)
				waiting.Wait()

				refused(t, nil, errs[0], providers.ErrUnavailable, "the request was cancelled")
				for i, err := range errs[1:] {
					if err != nil {
						t.Fatalf("waiter %d: %v", i+1, err)
					}
				}
				if n := len(r.to(path)); n != 1 {
					t.Fatalf("%d fetches", n)
				}
			})
		})
	}
}

// Whoever's own time runs out does not wait for the rest of a fetch.
func TestWaiterDeadline(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.next = gate{"/.well-known/openid-configuration", r.next, nil}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err := r.p.AuthCodeURL(r.context(ctx), newRequest())
		refused(t, nil, err, providers.ErrUnavailable, "no answer in time")
		if waited := time.Since(start); waited != 2*time.Second {
			t.Fatalf("waited %v", waited)
		}
		time.Sleep(time.Minute) // the fetch ends by its own limit
	})
}

// After a failure the provider is left alone for five seconds, whoever asks.
func TestS_131_RestAfterFailure(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.answers["discovery"] = reply(503, "text/plain", "down")
		ask := func() error { _, err := r.p.AuthCodeURL(r.ctx(), newRequest()); return err }
		for i, want := range []int{1, 1, 1, 1, 1, 2} { // once a second
			for range 10 {
				refused(t, nil, ask(), providers.ErrUnavailable, "discovery")
			}
			if got := r.op.Count("discovery"); got != want {
				t.Fatalf("%d fetches after %d s, want %d", got, i, want)
			}
			time.Sleep(time.Second)
		}
		delete(r.answers, "discovery")
		time.Sleep(4 * time.Second)
		if err := ask(); err != nil { // S-133: a failure is not kept
			t.Fatal(err)
		}
	})
}

// What is fetched is kept, and renewed when its time is over.
func TestMetadataIsKept(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		for range 10 {
			r.authorize(newRequest())
			time.Sleep(6*time.Minute - time.Second)
		}
		if got := r.op.Count("discovery"); got != 1 {
			t.Fatalf("%d fetches in an hour", got)
		}
		time.Sleep(10 * time.Second)
		r.authorize(newRequest())
		if got := r.op.Count("discovery"); got != 2 {
			t.Fatalf("%d fetches after an hour", got)
		}
	})
}

// A panic of the application's HTTP client is an error for those who wait, and
// not the end of the process.
func TestPanickingClient(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		good := r.next
		r.next = roundTrip(func(*http.Request) (*http.Response, error) { panic("canary") })
		_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
		refused(t, nil, err, providers.ErrUnavailable, "the HTTP client panicked")
		if strings.Contains(err.Error(), "canary") {
			t.Fatal(err)
		}
		r.next = good
		time.Sleep(time.Minute) // until net/http has given up too
		r.mustSignIn()
	})
}

// Many callers at once, while keys rotate: nobody is refused.
func TestConcurrentSignIns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustSignIn()
	r.op.RotateKey()
	var all sync.WaitGroup
	errs := make(chan error, 50)
	for range cap(errs) {
		all.Go(func() {
			_, err := r.signIn()
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := r.op.Count("keys"); n != 2 {
		t.Errorf("%d fetches", n)
	}
}
