package redisstore_test

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/middleware/redisstore"
	"github.com/sealedauth/auth/providers"
)

// Two processes, a provider without grace, and browsers that send eight requests
// at once when their access token has expired: each refresh token is spent once,
// and nobody is signed out.
func TestF34_TwoInstances(t *testing.T) { // alone, since it takes all of the machine
	const sessions, requests = 100, 8
	s := newSite(t, startRedis(t).addr, sessions)
	browsers := signedIn(t, s.op, s.somewhere(), sessions)
	var wg sync.WaitGroup
	for i, b := range browsers {
		wg.Go(func() {
			for _, err := range b.page(user(i), requests) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all, again := s.op.refreshes(); all != sessions || again != 0 {
		t.Errorf("%d refreshes for %d sessions, %d of a token that was spent", all, sessions, again)
	}
	lost := 0
	for i, b := range browsers {
		if b.who() != "op|"+user(i) || b.calls(user(i)) != nil {
			lost++
		}
	}
	all, again := s.op.refreshes()
	t.Logf("with a coordinator: %d sessions, %d requests each at expiry: %d refreshes, %d of them a second time, %d sessions lost (%d %%)",
		sessions, requests, all, again, lost, lost*100/sessions)
	if lost != 0 {
		t.Errorf("%d of %d signed out", lost, sessions)
	}
}

// One session, from one access token to the next and the next.
func TestF34_Chain(t *testing.T) {
	t.Parallel()
	s := newSite(t, startRedis(t).addr, 1)
	b := signedIn(t, s.op, s.somewhere(), 1)[0]
	s.op.lifetime.Store(3)
	for range 3 {
		for _, err := range b.page(user(0), 20) {
			t.Error(err)
		}
		time.Sleep(3 * time.Second)
	}
	all, again := s.op.refreshes()
	if all < 3 || again != 0 || b.who() != "op|"+user(0) {
		t.Errorf("%d refreshes, %d of a token that was spent, signed in as %q", all, again, b.who())
	}
}

// The same without a coordinator: how many sessions end because two instances
// refreshed the same token. This is a measurement for the documentation.
func TestF34_LossWithoutCoordinator(t *testing.T) { // alone, since it takes all of the machine
	const sessions = 50
	s := newSite(t, "", sessions)
	for _, requests := range []int{1, 2, 4, 8} {
		browsers := signedIn(t, s.op, s.somewhere(), sessions)
		var lost atomic.Int32
		var wg sync.WaitGroup
		for i, b := range browsers {
			wg.Go(func() {
				b.page(user(i), requests)
				if b.calls(user(i)) != nil { // the provider has revoked the whole family
					lost.Add(1)
				}
			})
		}
		wg.Wait()
		all, again := s.op.refreshes()
		t.Logf("without a coordinator: %d sessions, %d requests each at expiry: %d refreshes, %d of them a second time, %d sessions lost (%d %%)",
			sessions, requests, all, again, lost.Load(), lost.Load()*100/sessions)
	}
}

// F-38, F-39: an instance dies after the provider has answered and before the
// browser has the new tokens. Redis has them, so the other instance goes on.
func TestF38_InstanceDiesBeforeItsResponseArrives(t *testing.T) {
	t.Parallel()
	s := newSite(t, startRedis(t).addr, 1)
	b := signedIn(t, s.op, s.at(0), 1)[0]
	if err := b.copied(s.at(0)).calls(user(0)); err != nil { // its response stays here
		t.Fatal(err)
	}
	s.instances[0].kill()
	if err := b.copied(s.at(1)).calls(user(0)); err != nil {
		t.Error(err)
	}
	if all, _ := s.op.refreshes(); all != 1 {
		t.Errorf("%d refreshes", all)
	}
}

// A session that was signed out on one instance is over on the other, even for a
// copy of its cookies.
func TestSignOutReachesTheOtherInstance(t *testing.T) {
	t.Parallel()
	s := newSite(t, startRedis(t).addr, 2)
	s.op.lifetime.Store(3600)
	alice, bob := newBrowser(t, s.at(0)), newBrowser(t, s.at(0))
	alice.signIn(s.op, user(0))
	bob.signIn(s.op, user(1))
	stolen := alice.copied(s.at(1))
	if who := stolen.who(); who != "op|"+user(0) {
		t.Fatalf("the copy is of %q", who)
	}
	stolen = alice.copied(s.at(1)) // as it was before the sign-out
	alice.post("/auth/signout")
	if who := alice.who() + stolen.who(); who != "" {
		t.Errorf("after the sign-out: %q", who)
	}
	if who := bob.copied(s.at(1)).who(); who != "op|"+user(1) {
		t.Errorf("somebody else: %q", who)
	}
}

// F-77: a thousand functions that start at the same moment for the same session,
// each without any memory.
func TestF77_ThousandFunctions(t *testing.T) { // alone, since it takes all of the machine
	const functions, clients = 1000, 20
	db := startRedis(t)
	for name, coordinated := range map[string]bool{"with": true, "without": false} {
		op := newProvider(t, "https://op.example.com", 1)
		var stores []httpauth.Coordinator
		for range clients {
			client := redis.NewClient(&redis.Options{Addr: db.addr, PoolSize: functions / clients})
			t.Cleanup(func() { _ = client.Close() })
			stores = append(stores, redisstore.New(client))
		}
		var log output
		function := func(i int) http.Handler {
			if !coordinated {
				return newFunction(t, op, nil, &log)
			}
			return newFunction(t, op, stores[i%clients], &log)
		}
		b := signedIn(t, op, inMemory(function(0)), 1)[0]
		var failed atomic.Int32
		var wg sync.WaitGroup
		var ready []*browser
		for i := range functions {
			ready = append(ready, b.copied(inMemory(function(i))))
		}
		for _, one := range ready {
			wg.Go(func() {
				if one.who() != "op|"+user(0) || one.calls(user(0)) != nil {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		all, _ := op.refreshes()
		t.Logf("%s a coordinator: %d functions at once: %d refreshes, %d failed", name, functions, all, failed.Load())
		if coordinated && (all != 1 || failed.Load() != 0) {
			t.Errorf("%d refreshes, %d failed\n%.2000s", all, failed.Load(), log.String())
		}
	}
}

// newFunction is an instance in this process.
func newFunction(t *testing.T, op *provider, c httpauth.Coordinator, log io.Writer) http.Handler {
	t.Helper()
	a, err := httpauth.New(httpauth.Config{
		URL: siteURL, Secrets: []string{"0aF9-kLm2-PqR7-sTu4-VwX1-yZb8-cDe5-GhI3"}, HTTPClient: op.Client(), Coordinator: c,
		Logger:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Providers: []providers.Provider{providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: op.Issuer})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.Wrap(application(op.Issuer))
}
