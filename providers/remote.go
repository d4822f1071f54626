package providers

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	renewRest   = 30 * time.Second // between two fetches that a renewal forces
	failureRest = 5 * time.Second  // after a fetch that failed
	staleFor    = 24 * time.Hour   // an old document serves this long while the endpoint is down
)

// remote is a document of the provider, fetched on first use and renewed when
// its time has passed. While it cannot be renewed the old one serves for up to a
// day. Concurrent callers share one fetch, and no caller's end ends it.
type remote[T any] struct {
	// fetch returns the document and how long it may be kept.
	fetch func(context.Context) (T, time.Duration, error)

	flight  singleflight.Group
	mu      sync.Mutex
	value   T
	fetched time.Time // when value came; zero if there is none
	expires time.Time // when it is to be fetched anew
	renewed time.Time // when a renewal last forced a fetch
	failed  time.Time // when a fetch last failed
	err     error     // why
}

// get returns the document, fetching it if there is none or it is too old.
func (r *remote[T]) get(ctx context.Context) (T, error) {
	r.mu.Lock()
	now := time.Now()
	value, err := r.value, r.err
	fresh := !r.fetched.IsZero() && now.Before(r.expires)
	usable := !r.fetched.IsZero() && now.Before(r.fetched.Add(staleFor))
	resting := now.Before(r.failed.Add(failureRest))
	r.mu.Unlock()
	switch {
	case fresh, resting && usable:
		return value, nil
	case resting:
		return value, err
	}
	newer, err := r.load(ctx)
	if err != nil && usable {
		return value, nil
	}
	return newer, err
}

// renew fetches the document although it is not too old, because something in
// it seems to be missing. It does so at most every 30 seconds, so that nobody
// can make it ask the provider at will; in between, and when the fetch fails, it
// returns what is there.
func (r *remote[T]) renew(ctx context.Context) T {
	r.mu.Lock()
	value, now := r.value, time.Now()
	resting := now.Before(r.renewed.Add(renewRest)) || now.Before(r.failed.Add(failureRest))
	if !resting {
		r.renewed = now
	}
	r.mu.Unlock()
	if resting {
		return value
	}
	newer, err := r.load(ctx)
	if err != nil {
		return value
	}
	return newer
}

// load fetches the document once for all who wait for it.
func (r *remote[T]) load(ctx context.Context) (T, error) {
	// The fetch outlives a caller who gives up; its own time limit ends it.
	result := r.flight.DoChan("", func() (any, error) {
		value, keep, err := r.fetch(context.WithoutCancel(ctx))
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			r.failed, r.err = time.Now(), err
			return value, err
		}
		r.value, r.fetched, r.failed = value, time.Now(), time.Time{}
		r.expires = r.fetched.Add(keep)
		return value, nil
	})
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case got := <-result:
		value, _ := got.Val.(T)
		return value, got.Err
	}
}
