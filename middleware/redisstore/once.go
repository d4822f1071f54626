package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// The scripts of a turn. Redis runs each of them as one step. All can be sent
// twice, as a client does that has lost an answer.
const (
	// enterScript returns the result, or 1 if the lock is the caller's now, or 0.
	// KEYS: result, lock. ARGV: owner, lease.
	enterScript = `
local result = redis.call("GET", KEYS[1])
if result then return result end
if redis.call("SET", KEYS[2], ARGV[1], "NX", "PX", ARGV[2]) then return 1 end
if redis.call("GET", KEYS[2]) == ARGV[1] then return 1 end
return 0`

	// renewScript prolongs the lease, and takes the lock again if Redis has lost
	// it, in a restart for example. KEYS: lock. ARGV: owner, lease.
	renewScript = `
local owner = redis.call("GET", KEYS[1])
if not owner or owner == ARGV[1] then redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2]) end
return 0`

	// leaveScript keeps the result, and then frees the lock if it is still the
	// caller's. Should two have worked after all, the first result stands. KEYS:
	// result, lock. ARGV: owner, result, and how long to keep it or 0.
	leaveScript = `
if ARGV[3] ~= "0" then redis.call("SET", KEYS[1], ARGV[2], "NX", "PX", ARGV[3]) end
if redis.call("GET", KEYS[2]) == ARGV[1] then redis.call("DEL", KEYS[2]) end
return 0`
)

// turn is one call's turn at a key.
type turn struct {
	*Store
	result, lock string // keys
	owner        string // what the lock holds while it is this call's
}

// Once implements [httpauth.Coordinator]. It returns the result that is kept
// under the key. If there is none, it runs work, unless another instance does so
// already; then it waits for that one's result until the context ends, and takes
// over if that one has crashed.
//
// If Redis fails before work has run, there is an error; while somebody else is at
// work, that is told only after a lease. If it fails afterwards, there is an error
// and the result, which the others do not get.
func (s *Store) Once(ctx context.Context, key string, work func(context.Context) (result []byte, keep time.Duration)) ([]byte, error) {
	name := s.prefix + "once:{" + hash(key) + "}" // the braces keep both keys on one node of a cluster
	t := &turn{Store: s, result: name, lock: name + ":lock", owner: rand.Text()}
	result, found, err := t.wait(ctx)
	if err != nil {
		return nil, fmt.Errorf("redisstore: wait for a result: %w", err)
	}
	if found {
		return result, nil
	}
	return t.run(ctx, work)
}

// wait returns when there is a result, or when the lock is this call's. It asks
// again and again, which needs neither a connection nor a goroutine of its own and
// misses nothing. Within an instance the kit calls Once only once for each key.
//
// A failure is told at once, unless somebody has just been seen at work: then the
// caller must not do the same on its own because Redis was slow for a moment, and
// waits for another lease.
func (t *turn) wait(ctx context.Context) (result []byte, found bool, err error) {
	var busy time.Time // when somebody was last seen at work
	for {
		answer, err := t.enter.Run(ctx, t.client, []string{t.result, t.lock}, t.owner, milliseconds(t.lease)).Result()
		if ctx.Err() != nil {
			_ = t.end(ctx, nil, 0) // the lock may be this call's, whose caller has gone
			return nil, false, ctx.Err()
		}
		kept, isResult := answer.(string)
		switch {
		case err != nil && time.Since(busy) > t.lease:
			return nil, false, err
		case err != nil:
		case isResult:
			return []byte(kept), true, nil
		case answer == int64(1):
			return nil, false, nil
		default:
			busy = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-time.After(t.poll):
		}
	}
}

// run runs work under the lock. If work panics, the lock is free all the same.
func (t *turn) run(ctx context.Context, work func(context.Context) ([]byte, time.Duration)) (result []byte, err error) {
	var keep time.Duration
	stop := t.hold(ctx)
	defer func() {
		stop()
		if failed := t.end(ctx, result, keep); failed != nil {
			err = fmt.Errorf("redisstore: keep a result: %w", failed)
		}
	}()
	result, keep = work(ctx)
	return result, nil
}

// hold renews the lease until the function that it returns is called. That one
// waits for the goroutine, since a function that lives for one request is frozen
// as soon as it has answered.
func (t *turn) hold(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // work may go on after the caller has gone
	var renewing sync.WaitGroup
	renewing.Go(func() {
		tick := time.NewTicker(max(t.lease/3, 1))
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				t.prolong(ctx)
			}
		}
	})
	return func() { cancel(); renewing.Wait() }
}

// prolong renews the lease once. If that fails, the lease goes on for a while, and
// the next try comes before its end.
func (t *turn) prolong(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.lease)
	defer cancel()
	_ = t.renew.Run(ctx, t.client, []string{t.lock}, t.owner, milliseconds(t.lease)).Err()
}

// end keeps the result, if it is to be kept, and frees the lock. What work has
// done cannot be done again, so it is not lost because the caller has gone.
func (t *turn) end(ctx context.Context, result []byte, keep time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.lease)
	defer cancel()
	var kept int64
	if keep > 0 {
		kept = milliseconds(keep)
	}
	return t.leave.Run(ctx, t.client, []string{t.result, t.lock}, t.owner, result, kept).Err()
}
