package httpauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

const (
	rememberFor   = time.Minute      // a result serves requests that still carry the old cookie
	keptFor       = 15 * time.Minute // nobody need have brought it to the browser yet
	maxRemembered = 10000            // results
	longestRest   = 30 * time.Second // between tries after several that failed
)

// refreshes renews access tokens: one request to the provider for each refresh
// token, however many requests of the browser wait for it, and its result kept
// for those that come late with the old cookie.
type refreshes struct {
	flight flight
	known  *recent[refreshKey, outcome]
	shared *shared // nil without a Coordinator
	await  bool    // Config.AwaitRefresh
	log    *slog.Logger

	mu       sync.Mutex
	circuits map[string]*circuit // by provider
}

// flight joins those who ask for the same thing at the same time.
type flight interface {
	DoChan(key string, fn func() (any, error)) <-chan singleflight.Result
}

// refreshKey stands for one refresh token of one provider. It is the full hash
// of both, so that results can never reach another session.
type refreshKey [sha256.Size]byte

func keyOf(a token.Account) refreshKey {
	return sha256.Sum256([]byte(a.Provider + "\n" + a.RefreshToken.Reveal()))
}

func (k refreshKey) String() string { return hex.EncodeToString(k[:]) }

// outcome is the result of a refresh.
type outcome struct {
	account token.Account
	err     error
	at      time.Time
	rests   time.Time // until when it stands; then it makes sense to try again
	tries   int       // that failed, one after the other
}

func newRefreshes(log *slog.Logger, s *shared, await bool) *refreshes {
	return &refreshes{
		flight: new(singleflight.Group), known: newRecent[refreshKey, outcome](maxRemembered), circuits: map[string]*circuit{}, log: log, shared: s, await: await,
	}
}

// circuit returns the state of a provider.
func (f *refreshes) circuit(provider string) *circuit {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.circuits[provider]
	if !ok {
		c = new(circuit)
		f.circuits[provider] = c
	}
	return c
}

// lookup returns what is known of a refresh token.
func (f *refreshes) lookup(a token.Account) (outcome, bool) {
	o, ok := f.known.get(keyOf(a), time.Now())
	if !ok || !time.Now().Before(o.rests) {
		return o, false
	}
	if o.err == nil && o.account.AccessToken.Equal(a.AccessToken) {
		return o, false // a provider that keeps the refresh token: this is what has come of it, not what comes next
	}
	if o.err != nil && !final(o.err) && f.circuit(a.Provider).workedAfter(o.at) {
		return o, false // others have been served since
	}
	return o, true
}

// do refreshes the account once for all who ask at the same time. The refresh
// outlives a caller who gives up, since the provider may already have replaced
// the token; where nothing may outlive a response, callers do not give up. Urgent
// is a token that has expired.
func (f *refreshes) do(ctx context.Context, a token.Account, urgent bool, renew func(context.Context) (token.Account, error)) outcome {
	if f.await {
		ctx = context.WithoutCancel(ctx)
	}
	key := keyOf(a)
	result := f.flight.DoChan(string(key[:]), func() (any, error) {
		// Whoever came between the end of a flight and now finds its outcome.
		before, ok := f.lookup(a)
		if ok {
			return before, nil
		}
		if wait := f.circuit(a.Provider).closedFor(urgent); wait > 0 {
			return outcome{err: tooEarly(a.Provider, wait)}, nil
		}
		o := f.ask(context.WithoutCancel(ctx), a, before.tries, renew)
		f.known.put(key, o, o.rests.Add(rememberFor))
		return o, nil
	})
	select {
	case <-ctx.Done():
		return outcome{err: ctx.Err()}
	case r := <-result:
		o, _ := r.Val.(outcome)
		return o
	}
}

// tooEarly is the error of a refresh that was not tried.
func tooEarly(provider string, wait time.Duration) error {
	return &providers.Error{
		Provider: provider, Op: "refresh", Kind: providers.ErrUnavailable, RetryAfter: wait,
		Detail: "it has failed several times and is not asked again yet",
	}
}

// ask asks the provider, on whichever instance does it.
func (f *refreshes) ask(ctx context.Context, a token.Account, tries int, renew func(context.Context) (token.Account, error)) outcome {
	local := func(ctx context.Context) outcome { return f.try(ctx, a, tries, renew) }
	if f.shared == nil {
		return local(ctx)
	}
	return f.shared.do(ctx, keyOf(a), local, f.log)
}

// try asks the provider from here.
func (f *refreshes) try(ctx context.Context, a token.Account, tries int, renew func(context.Context) (token.Account, error)) (o outcome) {
	defer func() {
		if p := recover(); p != nil { // in an event of the application; it would end the process
			o.err = panicked(p)
		}
		o.at = time.Now()
		if o.err != nil {
			o.tries = tries + 1
		}
		o.rests = o.at.Add(o.rest())
		f.circuit(a.Provider).note(o.err)
	}()
	o.account, o.err = renew(ctx)
	return o
}

// rest tells how long an outcome holds. A failure that may pass holds only until
// it makes sense to try again: a second, then two, then four.
func (o outcome) rest() time.Duration {
	switch {
	case o.err == nil:
		return keptFor
	case final(o.err):
		return rememberFor
	}
	var e *providers.Error
	if errors.As(o.err, &e) && e.RetryAfter > 0 {
		return e.RetryAfter
	}
	return min(time.Second<<min(o.tries-1, 10), longestRest)
}

// final tells whether a refresh token is used up for good, rather than the
// provider being out of reach or out of order.
func final(err error) bool {
	return errors.Is(err, providers.ErrInvalidGrant) || errors.Is(err, providers.ErrIdentityChanged)
}

// panicked returns the error of a panic. What was thrown is not in it, since it
// could quote anything.
func panicked(thrown any) error { return fmt.Errorf("auth: refresh: panic (%T)", thrown) }
