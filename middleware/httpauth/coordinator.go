package httpauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Coordinator makes several instances act as one where a refresh token may be
// spent only once. Within one instance the kit does that by itself. Without a
// coordinator, two instances may refresh the same token at the same moment, which
// costs the session if the provider has no grace for it.
//
// Package middleware/redisstore has one on Redis.
type Coordinator interface {
	// Once returns the result that is kept under a key. If there is none, it runs
	// work, on one instance at a time, and keeps the result for as long as work
	// says; the others wait for it. Results are encrypted and need no further
	// protection; keys are hashes. An error means that the coordinator is out of
	// order; if work has not run by then, the kit goes on without it.
	Once(ctx context.Context, key string, work func(context.Context) (result []byte, keep time.Duration)) ([]byte, error)
}

// shared takes refreshes to a coordinator.
type shared struct {
	coordinator Coordinator
	codec       *token.Codec
}

// newShared returns what takes refreshes to the coordinator, if there is one.
func (a *Auth) newShared(ring *token.Keyring) *shared {
	if a.cfg.Coordinator == nil {
		return nil
	}
	return &shared{a.cfg.Coordinator, token.NewCodec(ring.Sealer(purposeShared, a.cfg.Name))}
}

// do asks on whichever instance the coordinator picks. If the coordinator is out
// of order, this one asks: a session that may be lost is better than one that is.
func (s *shared) do(ctx context.Context, key refreshKey, ask func(context.Context) outcome, log *slog.Logger) outcome {
	ctx, cancel := context.WithTimeout(ctx, coordinatorWait)
	defer cancel()
	var own *outcome
	result, err := s.once(ctx, key.String(), func(ctx context.Context) ([]byte, time.Duration) {
		o := ask(ctx)
		own = &o
		sealed, err := s.seal(o)
		if err != nil {
			log.WarnContext(ctx, "auth: the result of a refresh cannot be shared", "error", err)
			return nil, 0
		}
		return sealed, time.Until(o.rests)
	})
	if own != nil {
		if err != nil {
			log.WarnContext(ctx, "auth: the other instances did not get the result of a refresh", "error", err)
		}
		return *own
	}
	var o outcome
	if err == nil {
		o, err = s.open(string(result))
	}
	if err != nil {
		log.WarnContext(ctx, "auth: the coordinator is out of order", "error", err)
		return ask(context.WithoutCancel(ctx))
	}
	return o
}

// coordinatorWait is how long a coordinator may take, with the refresh in it.
const coordinatorWait = 20 * time.Second

// once asks the coordinator. One that panics is out of order.
func (s *shared) once(ctx context.Context, key string, work func(context.Context) ([]byte, time.Duration)) (result []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return s.coordinator.Once(ctx, key, work)
}

// The claims of a shared result, which travels as a token.
const (
	claimFailure = "failure"
	claimTries   = "tries"
	claimAt      = "at"    // nanoseconds, by the clock of the instance that asked
	claimRests   = "rests" // nanoseconds that it stands; instances' clocks differ
)

// sharedLife is how long a shared result can be opened. How long it is kept is up
// to the coordinator; it may differ from the truth by as much as clocks do.
const sharedLife = 24 * time.Hour

// failures are the kinds of errors that instances tell each other.
func failures() map[string]error {
	return map[string]error{
		"invalid_grant": providers.ErrInvalidGrant, "identity": providers.ErrIdentityChanged,
		"unavailable": providers.ErrUnavailable, "rejected": providers.ErrRejected,
	}
}

func (s *shared) seal(o outcome) ([]byte, error) {
	t := &token.Token{Claims: claims.Claims{Subject: "refresh", ExpiresAt: o.at.Add(sharedLife)}, Account: o.account}
	claims.NewKey[int64](claimAt).Set(t, o.at.UnixNano())
	claims.NewKey[int64](claimRests).Set(t, int64(o.rests.Sub(o.at)))
	if o.err != nil {
		name := "unavailable"
		for n, kind := range failures() {
			if errors.Is(o.err, kind) {
				name = n
			}
		}
		claims.NewKey[string](claimFailure).Set(t, name)
		claims.NewKey[int](claimTries).Set(t, o.tries)
	}
	sealed, err := s.codec.Seal(t)
	return []byte(sealed), err
}

func (s *shared) open(sealed string) (outcome, error) {
	t, err := s.codec.Open(sealed)
	if err != nil {
		return outcome{}, err
	}
	at, _ := claims.NewKey[int64](claimAt).Get(t)
	rests, _ := claims.NewKey[int64](claimRests).Get(t)
	o := outcome{account: t.Account, at: time.Unix(0, at), rests: time.Now().Add(time.Duration(rests))}
	o.tries, _ = claims.NewKey[int](claimTries).Get(t)
	if name, failed := claims.NewKey[string](claimFailure).Get(t); failed {
		kind, known := failures()[name]
		if !known {
			kind = providers.ErrUnavailable
		}
		o.err = fmt.Errorf("auth: refresh on another instance: %w", kind)
	}
	return o, nil
}
