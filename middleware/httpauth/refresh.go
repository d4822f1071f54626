package httpauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

const (
	rememberFor   = time.Minute      // a result serves requests that still carry the old cookie
	failureRest   = 5 * time.Second  // between tries after one that failed in passing
	maxRemembered = 10000            // results
	grace         = 10 * time.Second // in which a refused refresh token may turn out to have been renewed elsewhere
	maxAhead      = 5 * time.Minute  // before its end that a token is renewed at most
	maxLinks      = 4                // successors of a token that are followed
)

// refreshes renews access tokens: one request to the provider for each refresh
// token, however many requests of the browser wait for it, and its result kept
// for those that come late with the old cookie.
type refreshes struct {
	flight singleflight.Group
	mu     sync.Mutex
	known  map[refreshKey]outcome
	order  []refreshKey // oldest first; all are remembered equally long
}

// refreshKey stands for one refresh token of one provider. It is the full hash
// of both, so that results can never reach another session.
type refreshKey [sha256.Size]byte

func keyOf(a token.Account) refreshKey {
	return sha256.Sum256([]byte(a.Provider + "\n" + a.RefreshToken.Reveal()))
}

// outcome is the result of a refresh.
type outcome struct {
	account token.Account
	err     error
	until   time.Time
}

func newRefreshes() *refreshes { return &refreshes{known: map[refreshKey]outcome{}} }

// lookup returns what is known of a refresh token.
func (f *refreshes) lookup(key refreshKey) (outcome, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o, ok := f.known[key]
	return o, ok && time.Now().Before(o.until)
}

// remember keeps an outcome. The oldest ones make room.
func (f *refreshes) remember(key refreshKey, o outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.known[key]; !ok {
		f.order = append(f.order, key)
	}
	f.known[key] = o
	for len(f.order) > 0 && (len(f.order) > maxRemembered || !time.Now().Before(f.known[f.order[0]].until)) {
		delete(f.known, f.order[0])
		f.order = f.order[1:]
	}
}

// do refreshes the account once for all who ask at the same time. The refresh
// outlives a caller who gives up, since the provider may already have replaced
// the token.
func (f *refreshes) do(ctx context.Context, a token.Account, renew func(context.Context) (token.Account, error)) (token.Account, error) {
	key := keyOf(a)
	result := f.flight.DoChan(string(key[:]), func() (got any, err error) {
		// Whoever came between the end of a flight and now finds its outcome.
		if o, ok := f.lookup(key); ok {
			return o.account, o.err
		}
		defer func() {
			if p := recover(); p != nil { // in an event of the application; it would end the process
				err = panicked(p)
			}
			account, _ := got.(token.Account)
			f.remember(key, outcome{account, err, time.Now().Add(restAfter(err))})
		}()
		account, err := renew(context.WithoutCancel(ctx))
		return account, err
	})
	select {
	case <-ctx.Done():
		return token.Account{}, ctx.Err()
	case r := <-result:
		account, _ := r.Val.(token.Account)
		return account, r.Err
	}
}

// restAfter tells how long an outcome holds. A failure that may pass holds only
// until it makes sense to try again.
func restAfter(err error) time.Duration {
	if err == nil || final(err) {
		return rememberFor
	}
	var e *providers.Error
	if errors.As(err, &e) && e.RetryAfter > failureRest {
		return e.RetryAfter
	}
	return failureRest
}

// final tells whether a refresh token is used up for good, rather than the
// provider being out of reach or out of order.
func final(err error) bool {
	return errors.Is(err, providers.ErrInvalidGrant) || errors.Is(err, providers.ErrIdentityChanged)
}

// freshen renews the access token if that is due, and returns what the session
// is to say about it. If the session has to end, the token is nil afterwards.
func (s *state) freshen() (problem string) {
	a, t := s.auth, s.token
	p, ok := a.providers[t.Account.Provider].(providers.Refresher)
	for range maxLinks {
		if !ok || !due(t) {
			return ""
		}
		o, known := a.refreshes.lookup(keyOf(t.Account))
		if !known {
			if !carriesCookies(s.request) {
				return s.stale(nil)
			}
			o.account, o.err = a.refreshes.do(s.request.Context(), t.Account, s.renewer(p, t.Account))
		}
		if o.err != nil {
			return s.failed(o.err)
		}
		t.Account = o.account
		if !known { // once for each request, even if the new token is due again
			return ""
		}
	}
	return ""
}

// renewer returns the function that asks the provider, once, and tells of the
// outcome.
func (s *state) renewer(p providers.Refresher, account token.Account) func(context.Context) (token.Account, error) {
	a, r, subject := s.auth, s.request, s.token.Subject
	return func(ctx context.Context) (renewed token.Account, err error) {
		defer func() {
			if p := recover(); p != nil {
				a.log.ErrorContext(ctx, "auth: a provider panicked", "provider", account.Provider, "stack", string(debug.Stack()))
				err = panicked(p)
			}
			if a.cfg.Events.Refresh != nil {
				a.cfg.Events.Refresh(ctx, &RefreshEvent{Request: r, Provider: account.Provider, Subject: subject, Err: err})
			}
			if err != nil {
				a.report(r, KindProvider, err)
			}
		}()
		return p.Refresh(a.outbound(ctx), account)
	}
}

// panicked returns the error of a panic. What was thrown is not in it, since it
// could quote anything.
func panicked(thrown any) error { return fmt.Errorf("auth: refresh: panic (%T)", thrown) }

// due tells whether the access token is to be renewed: in the last tenth of its
// life, at most five minutes ahead, so that a short outage of the provider goes
// unnoticed. Sessions differ a little in the moment, so that they do not all
// come at once.
func due(t *token.Token) bool {
	account := t.Account
	if account.RefreshToken.IsZero() || account.ExpiresAt.IsZero() {
		return false
	}
	ahead := min(account.Lifetime/10, maxAhead)
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.ID))
	ahead -= ahead / 4 * time.Duration(h.Sum32()%100) / 100
	return !time.Now().Before(account.ExpiresAt.Add(-ahead))
}

// failed decides what a failed refresh means for the session. While the access
// token is good it means nothing. A provider that is out of reach never ends a
// session; a refused refresh token does, but not at once.
func (s *state) failed(err error) string {
	s.refresh = err
	if errors.Is(err, providers.ErrIdentityChanged) { // the tokens are of somebody else
		s.end()
		return ""
	}
	if errors.Is(err, providers.ErrInvalidGrant) {
		if s.refusedBefore() {
			s.end()
			return ""
		}
		return RefreshTokenError
	}
	return s.stale(err)
}

func (s *state) end() {
	if carriesCookies(s.request) {
		s.drop()
	}
	s.token = nil
}

// stale returns what the session says when its access token was not renewed.
func (s *state) stale(err error) string {
	if time.Now().Before(s.token.Account.ExpiresAt) {
		return ""
	}
	if s.refresh = err; err == nil {
		s.refresh = ErrNoAccessToken
	}
	return RefreshUnavailable
}

// refusal marks a refresh token that the provider has refused. The mark has a
// cookie of its own, so that the session's is not touched: another instance may
// have renewed the token, and its response may be under way to the browser with
// a better session.
type refusal struct {
	Token string `json:"rt"` // its hash
	At    int64  `json:"at"`
}

// refusedBefore tells whether the same refresh token was already refused some
// seconds ago, and marks it if not.
func (s *state) refusedBefore() bool {
	k := s.auth.failures
	key := keyOf(s.token.Account)
	name, now := hex.EncodeToString(key[:]), time.Now()
	if sealed, err := k.jar.Read(s.request.Header); err == nil {
		mark, err := openValue[refusal](k.sealer, sealed)
		if err == nil && mark.Token == name {
			return now.Sub(time.Unix(mark.At, 0)) >= grace
		}
	}
	expires := now.Add(time.Hour)
	sealed, err := sealValue(k.sealer, refusal{name, now.Unix()}, expires)
	if err == nil && carriesCookies(s.request) {
		err = k.jar.Write(s.header, s.request.Header, sealed, expires)
		private(s.header)
	}
	if err != nil {
		s.auth.report(s.request, KindUnavailable, err)
	}
	return false
}
