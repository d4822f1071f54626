package httpauth_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// plan is what a history has in common with others.
type plan struct {
	instances   int
	coordinator bool          // the instances share one
	grace       time.Duration // of the provider, for refresh tokens that were spent
	revoke      bool          // a sign-out ends the provider's tokens too
	off         string        // the protection that is switched off
	pace        time.Duration // between two steps on a server
	second      time.Duration // before a sign-out
	orderly     bool          // those who waited for a refresh go on one after the other, at once
	due         bool          // access tokens expire before all requests, not at any time between them
	faults      bool
}

// accessLife is how long access tokens live; turn is longer.
const (
	accessLife = 30 * time.Second
	turn       = 31 * time.Second
)

// rig is what histories use one after the other, since it takes long to make.
type rig struct {
	op       *providertest.Server
	kits     map[string]*httpauth.Auth
	opener   *token.Codec
	provider providers.Provider
	shared   *sharing
	world    *world // of the history that runs

	histories int
}

func newRig() *rig {
	op, err := providertest.New(providertest.Config{
		Issuer: issuer, AccessTokenLifetime: accessLife,
		Users: []providertest.User{{Subject: "alice", Name: "Alice"}, {Subject: "bob", Name: "Bob"}, {Subject: "carol", Name: "Carol"}},
	})
	ring, ringErr := token.NewKeyring(appURL, testSecret)
	if err != nil || ringErr != nil {
		panic(fmt.Sprint(err, ringErr))
	}
	opener := token.NewCodec(ring.Sealer("session", sessionCookie))
	return &rig{op: op, kits: map[string]*httpauth.Auth{}, opener: opener, provider: testProvider("op"), shared: &sharing{}}
}

// ready makes what a history needs, before its bubble: what is made in a bubble
// cannot go on in another one. The provider forgets nothing, so all of it is
// replaced now and then.
func (r *rig) ready(p plan) {
	if r.histories++; r.histories%200 == 0 {
		*r = *newRig()
	}
	for i := range p.instances {
		if key := p.kit(i); r.kits[key] == nil {
			r.kits[key] = r.newKit(p, place{i, 0})
		}
	}
}

// kit names the instances that are made alike.
func (p plan) kit(at int) string { return fmt.Sprint(at, p.coordinator, p.revoke, p.off) }

// boot returns an instance that remembers nothing.
func (r *rig) boot(p plan, at place) *httpauth.Auth {
	a := r.kits[p.kit(at.instance)]
	if at.life == 0 {
		httpauth.Forget(a)
	} else {
		a = r.newKit(p, at)
	}
	httpauth.SwitchOff(a, p.off)
	httpauth.WrapFlight(a, func(f httpauth.Flight) httpauth.Flight { return landing{f, r} })
	return a
}

func (r *rig) newKit(p plan, at place) *httpauth.Auth {
	cfg := httpauth.Config{
		URL: appURL, Secrets: []string{testSecret}, Logger: quiet(), Providers: []providers.Provider{r.provider},
		HTTPClient: &http.Client{Transport: &wire{r, at}},
		SignOut:    httpauth.SignOut{Revoke: p.revoke},
		Callbacks:  httpauth.Callbacks{JWT: count1, Session: see},
	}
	if p.coordinator {
		cfg.Coordinator = r.shared
	}
	a, err := httpauth.New(cfg)
	if err != nil {
		panic(err)
	}
	return a
}

// landing lets those who wait for a refresh go on one by one, each in a step of its
// own.
type landing struct {
	httpauth.Flight
	rig *rig
}

func (l landing) DoChan(key string, fn func() (any, error)) <-chan singleflight.Result {
	c, all := l.rig.world.active, l.Flight.DoChan(key, fn)
	if c.world.alone {
		return all
	}
	one, ctx := make(chan singleflight.Result, 1), c.waits()
	go func() {
		result := <-all
		_, _ = c.world.park(ctx, c.label("R"))
		one <- result
	}()
	return one
}

// waits returns a context that ends when the request does not wait for a refresh any
// more: one whose token is still good goes on without.
func (c *call) waits() context.Context {
	c.goesOn()
	ctx, cancel := context.WithCancel(c.request.Context())
	c.stopWaiting = cancel
	return ctx
}

func (c *call) goesOn() {
	if c.stopWaiting != nil {
		c.stopWaiting()
	}
}
