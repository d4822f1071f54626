package httpauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sealedauth/auth/token"
)

const (
	notBeforeFor   = time.Minute // how long an answer of Config.NotBefore is used
	maxNotBefore   = 10000       // people
	maxRevocations = 100000      // of the store in memory
)

// errEnded tells that a session was ended before its time.
var errEnded = errors.New("auth: session was ended")

// RevocationStore remembers sessions that were ended before their time. It is the
// one part of the kit that needs memory: a session in cookies cannot be taken
// back. [NewMemoryRevocations] serves a single instance; several need one they
// share, which is then asked on every request with a session.
type RevocationStore interface {
	// Revoke ends the sessions with this key whose sign-in was not after at. It
	// need not be remembered after until. A later time of the same key counts.
	Revoke(ctx context.Context, key string, at, until time.Time) error

	// RevokedAt returns the latest time of the keys, and the zero time if none
	// was revoked. An error makes the request fail closed.
	RevokedAt(ctx context.Context, keys []string) (time.Time, error)
}

// NewMemoryRevocations returns a store for a single instance. It holds the last
// 100,000 keys, and forgets them when the process ends.
func NewMemoryRevocations() RevocationStore {
	return memoryRevocations{newRecent[string, time.Time](maxRevocations)}
}

type memoryRevocations struct{ *recent[string, time.Time] }

// Revoke implements RevocationStore.
func (m memoryRevocations) Revoke(_ context.Context, key string, at, until time.Time) error {
	if known, ok := m.get(key, time.Now()); !ok || at.After(known) {
		m.put(key, at, until)
	}
	return nil
}

// RevokedAt implements RevocationStore.
func (m memoryRevocations) RevokedAt(_ context.Context, keys []string) (time.Time, error) {
	var latest time.Time
	now := time.Now()
	for _, key := range keys {
		if at, ok := m.get(key, now); ok && at.After(latest) {
			latest = at
		}
	}
	return latest, nil
}

// The keys of what can be revoked.

func sessionKey(t *token.Token) string { return "session|" + t.ID }

func accountKey(provider, account string) string { return "account|" + provider + "|" + account }

func providerSessionKey(provider, sid string) string { return "sid|" + provider + "|" + sid }

// namelessKey names the sessions of an account that do not know what the provider
// calls them.
func namelessKey(provider, account string) string { return accountKey(provider, account) + "|" }

// revocable returns the keys under which a session may have been revoked.
func revocable(t *token.Token) []string {
	keys := []string{sessionKey(t), accountKey(t.Account.Provider, t.Account.ID)}
	if sid := t.Account.SessionID; sid != "" {
		return append(keys, providerSessionKey(t.Account.Provider, sid))
	}
	return append(keys, namelessKey(t.Account.Provider, t.Account.ID))
}

// revoke remembers that what a key names has ended.
func (a *Auth) revoke(ctx context.Context, key string, at time.Time) error {
	if a.cfg.Revocations == nil {
		return nil
	}
	return a.cfg.Revocations.Revoke(ctx, key, at, time.Now().Add(a.cfg.AbsoluteMaxAge))
}

func isEnded(err error) bool { return errors.Is(err, errEnded) }

// since returns the time before which sign-ins of this person do not count any
// more.
func (a *Auth) since(ctx context.Context, t *token.Token, now time.Time) (time.Time, error) {
	latest := a.cfg.Epoch
	if a.cfg.NotBefore != nil {
		at, ok := a.notBefore.get(t.Subject, now)
		if !ok {
			var err error
			if at, err = a.cfg.NotBefore(ctx, t); err != nil {
				return latest, fmt.Errorf("auth: Config.NotBefore: %w", err)
			}
			a.notBefore.put(t.Subject, at, time.Now().Add(notBeforeFor))
		}
		if at.After(latest) {
			latest = at
		}
	}
	return latest, nil
}

// admissible tells whether a session that opened counts now: nil, errEnded, or
// why that cannot be told.
func (a *Auth) admissible(ctx context.Context, t *token.Token, now time.Time) error {
	if !now.Before(a.latestEnd(t)) {
		return errEnded
	}
	since, err := a.since(ctx, t, now)
	if err != nil {
		return err
	}
	if t.AuthTime.Before(since.Truncate(time.Second)) {
		return errEnded
	}
	if a.cfg.Revocations == nil {
		return nil
	}
	at, err := a.cfg.Revocations.RevokedAt(ctx, revocable(t))
	switch {
	case err != nil:
		return fmt.Errorf("auth: Config.Revocations: %w", err)
	case !at.IsZero() && !t.AuthTime.After(at):
		return errEnded
	}
	return nil
}
