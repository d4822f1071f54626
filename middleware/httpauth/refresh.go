package httpauth

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

const (
	grace        = 10 * time.Second // in which a refused refresh token may turn out to have been renewed elsewhere
	maxAhead     = 5 * time.Minute  // before its end that a token is renewed at most
	unknownAhead = 10 * time.Second // the same, of a token whose lifetime is not known
	maxLinks     = 4                // successors of a token that are followed
)

// anyDue tells whether an access token is to be renewed.
func (s *state) anyDue(now time.Time) bool {
	return due(s.token.ID, &s.token.Account, now) ||
		slices.ContainsFunc(s.token.Connected, func(a token.Account) bool { return due(s.token.ID, &a, now) })
}

// freshen renews the access tokens that are due, and returns what the session is
// to say about the one of the sign-in. If the session has to end, the token is
// nil afterwards.
func (s *state) freshen(now time.Time) (problem string) {
	accounts := append([]token.Account{s.token.Account}, s.token.Connected...)
	renewals := make([]renewal, len(accounts))
	sealable := sync.OnceValue(s.sealable)
	var all sync.WaitGroup
	for i, account := range accounts {
		if due(s.token.ID, &account, now) {
			all.Go(func() { renewals[i] = s.renew(account, sealable) })
		}
	}
	all.Wait()
	for i, r := range renewals {
		if r.at.IsZero() {
			continue
		}
		advance(s.token, r.at)
		accounts[i] = r.account
	}
	s.token.Account, s.token.Connected = accounts[0], accounts[1:]
	// What goes wrong with another account is told by ClientFor. Its refresh token
	// stays: another instance may have renewed it, and nobody is signed out by this
	// one.
	if err := renewals[0].err; err != nil {
		return s.failed(err)
	}
	return ""
}

// renewal is what has become of an account whose access token is due.
type renewal struct {
	account token.Account
	at      time.Time // when it was renewed; zero if it was not
	err     error
}

// renew renews an account's access token.
func (s *state) renew(account token.Account, sealable func() error) (r renewal) {
	p, ok := s.auth.providers[account.Provider].(providers.Refresher)
	asked := time.Now()
	r.account = account
	for range maxLinks {
		if !ok || !due(s.token.ID, &r.account, time.Now()) {
			return r
		}
		o, known := s.auth.refreshes.lookup(r.account)
		if !known {
			if !carriesCookies(s.request) {
				r.err = errNotNow
				return r
			}
			if r.err = sealable(); r.err != nil {
				return r
			}
			o = s.ask(p, r.account)
		}
		if o.err != nil {
			r.err = o.err
			return r
		}
		r.account, r.at = o.account, o.at
		if !known && !o.at.Before(asked) { // once for each request, even if the new token is due again
			return r
		}
	}
	return r
}

// earlyWait is how long a request waits for the renewal of a token that is still
// good, without Config.AwaitRefresh. The renewal goes on, and the next request has it.
const earlyWait = time.Second

func (s *state) ask(p providers.Refresher, account token.Account) outcome {
	ctx := s.request.Context()
	urgent := time.Until(account.ExpiresAt) < earlyWait // it would end while the request waits
	if !urgent {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, earlyWait)
		defer cancel()
	}
	return s.auth.refreshes.do(ctx, account, urgent, s.renewer(p, account))
}

// sealable tells whether the token could be written. Nothing is spent on one that
// could not.
func (s *state) sealable() error {
	probe := s.token.Clone()
	probe.ExpiresAt = time.Now().Add(time.Hour)
	at := &probe.Account // a refresh brings what need not be there yet
	at.ID, at.Scope, at.Lifetime = cmp.Or(at.ID, "x"), cmp.Or(at.Scope, "x"), max(at.Lifetime, time.Second)
	_, err := s.auth.forms[0].codec.Seal(probe)
	if err != nil {
		s.auth.reportSave(s.request, err)
	}
	return err
}

// errNotNow tells that a response cannot bring a new refresh token, so that the
// old one is not spent on it.
var errNotNow = errors.New("auth: the access token is not renewed by a request of this kind")

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

// due tells whether the access token is to be renewed: in the last tenth of its
// life, at most five minutes ahead, so that a short outage of the provider goes
// unnoticed. Sessions differ a little in the moment, so that they do not all
// come at once.
func due(session string, account *token.Account, now time.Time) bool {
	if account.RefreshToken.IsZero() || account.ExpiresAt.IsZero() {
		return false
	}
	ahead := min(account.Lifetime/10, maxAhead)
	if account.Lifetime == 0 {
		ahead = unknownAhead
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(session))
	ahead -= ahead / 4 * time.Duration(h.Sum32()%100) / 100
	return !now.Before(account.ExpiresAt.Add(-ahead))
}

// failed decides what a failed refresh means for the session. While the access
// token is good it means nothing. A provider that is out of reach never ends a
// session; a refused refresh token does, but not at once.
func (s *state) failed(err error) string {
	switch {
	case errors.Is(err, errNotNow):
		return s.stale(ErrNoAccessToken)
	case errors.Is(err, providers.ErrIdentityChanged): // the tokens are of somebody else
		s.end()
		return ""
	case errors.Is(err, providers.ErrInvalidGrant):
		if s.refusedBefore() {
			s.suspectReuse()
			s.end()
			return ""
		}
		s.refresh = err
		return RefreshTokenError
	}
	return s.stale(err)
}

// youngToken is how old a refresh token may be for its refusal to be odd: providers
// let them live longer.
const youngToken = 24 * time.Hour

// suspectReuse tells of a refresh token that was refused although it is young.
// Either it was taken back, or it was used twice: by instances that have no
// Coordinator, or by somebody who has stolen it (RFC 9700 section 4.14).
func (s *state) suspectReuse() {
	a := s.token.Account
	if a.Lifetime > 0 && time.Since(a.ExpiresAt.Add(-a.Lifetime)) < youngToken {
		s.auth.report(s.request, KindReuse, fmt.Errorf("%w: provider %s", ErrReuseSuspected, a.Provider))
	}
}

func (s *state) end() {
	s.auth.streams.end(s.token.ID)
	if carriesCookies(s.request) {
		s.drop()
	}
	s.token = nil
}

// stale returns what the session says when its access token was not renewed.
func (s *state) stale(err error) string {
	s.refresh = err
	if time.Now().Before(s.token.Account.ExpiresAt) {
		return ""
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
