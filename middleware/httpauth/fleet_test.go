package httpauth_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// keeper is a coordinator that keeps everything, for as long as it takes.
type keeper struct {
	mu      sync.Mutex
	results map[string][]byte
}

func (k *keeper) Once(ctx context.Context, key string, work func(context.Context) ([]byte, time.Duration)) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.results[key]; !ok {
		k.results[key], _ = work(ctx)
	}
	return k.results[key], nil
}

// F-58: how long a shared result stands is not a matter of the other instance's
// clock. A result that is old when it is opened is the same as one from an instance
// whose clock is behind.
func TestF_58_SharedResultOfAnotherClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := &keeper{results: map[string][]byte{}}
		with := func(c *httpauth.Config, op *providertest.Config) {
			c.Coordinator, op.AccessTokenLifetime = shared, time.Hour
		}
		one, two := newApp(t, with), newApp(t, with)
		two.op.Intercept = func(_ string, w http.ResponseWriter, r *http.Request) bool {
			one.op.ServeHTTP(w, r)
			return true
		}
		b := one.browser()
		b.signIn("alice")
		time.Sleep(time.Hour)
		late := b.fork()
		b.get("/who")
		time.Sleep(10 * time.Minute)
		if r := late.visits(two).get("/who"); opened(t, r) == nil || one.op.Count("refresh") != 1 {
			t.Errorf("%d refreshes, %s", one.op.Count("refresh"), r.body)
		}
	})
}

// The accounts of a session are renewed at the same time: two slow providers cost no
// more than one.
func TestAccountsAreRenewedTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Providers = []providers.Provider{testProvider("op"), testProvider("other")}
		})
		a.mux.HandleFunc("/connect", func(w http.ResponseWriter, r *http.Request) {
			if err := httpauth.Connect(w, r, "other", "/"); err != nil {
				t.Error(err)
			}
		})
		b := a.browser()
		b.signIn("alice")
		b.get(b.choose(b.get("/connect").location(), "alice"))
		a.op.Intercept = func(endpoint string, _ http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "refresh" {
				time.Sleep(2 * time.Second)
			}
			return false
		}
		time.Sleep(31 * time.Second)
		began := time.Now()
		s := opened(t, b.get("/who"))
		if took := time.Since(began); took != 2*time.Second || s == nil || a.op.Count("refresh") != 2 {
			t.Fatalf("%d refreshes in %v", a.op.Count("refresh"), took)
		}
		for _, name := range []string{"op", "other"} {
			if at := s.AccountAt(name); at == nil || time.Until(at.ExpiresAt) < 20*time.Second {
				t.Errorf("the account at %s was not renewed", name)
			}
		}
	})
}
