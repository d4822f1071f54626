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
	provider, op string // as errors name them

	// fetch returns the document and how long it may be kept.
	fetch func(context.Context) (T, time.Duration, error)

	flight  singleflight.Group
	mu      sync.Mutex
	value   T
	fetched time.Time // when value came; zero if there is none
	expires time.Time // when it is to be fetched anew
	renewed time.Time // when a fetch that a renewal forced last ended
	failed  time.Time // when the last fetch failed; zero if it did not
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
	newer, err := r.load(ctx, false)
	if err != nil && usable {
		return value, nil
	}
	return newer, err
}

// renew fetches the document although it is not too old, because something in
// it seems to be missing. It does so at most every 30 seconds, so that nobody
// can make it ask the provider at will; in between it returns what is there. The
// error tells that the last fetch failed, so that nobody knows what the document
// says by now.
func (r *remote[T]) renew(ctx context.Context) (T, error) {
	if value, resting, err := r.rest(); resting {
		return value, err
	}
	return r.load(ctx, true)
}

// rest returns what is there, whether renewals have to do with it, and the error
// of the last fetch if it failed.
func (r *remote[T]) rest() (value T, resting bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	return r.value, now.Before(r.renewed.Add(renewRest)) || now.Before(r.failed.Add(failureRest)), r.err
}

type patient struct{}

// Patient returns a context whose calls of a provider end no sooner than what they have
// begun. By default a caller who gives up leaves the fetch of metadata or keys to others
// who wait for it, and it goes on without them; where an instance is frozen after its
// response, nobody would be there.
func Patient(ctx context.Context) context.Context { return context.WithValue(ctx, patient{}, true) }

// load fetches the document once for all who wait for it.
func (r *remote[T]) load(ctx context.Context, forced bool) (T, error) {
	if ctx.Value(patient{}) != nil {
		ctx = context.WithoutCancel(ctx)
	}
	// The fetch outlives a caller who gives up; its own time limit ends it.
	result := r.flight.DoChan("", func() (any, error) {
		if value, resting, err := r.rest(); forced && resting { // since the caller looked
			return value, err
		}
		value, keep, err := r.try(context.WithoutCancel(ctx))
		r.mu.Lock()
		defer r.mu.Unlock()
		if forced { // not before, so that others who need the new document wait for it
			r.renewed = time.Now()
		}
		if err != nil {
			r.failed, r.err = time.Now(), err
			return value, err
		}
		r.value, r.fetched = value, time.Now()
		r.failed, r.err = time.Time{}, nil
		r.expires = r.fetched.Add(keep)
		return value, nil
	})
	select {
	case <-ctx.Done():
		var none T
		return none, guard{provider: r.provider, op: r.op}.failed(ctx.Err())
	case got := <-result:
		value, _ := got.Val.(T)
		return value, got.Err
	}
}

// try fetches the document. It runs in a goroutine of its own, where a panic of
// the application's HTTP client would end the process.
func (r *remote[T]) try(ctx context.Context) (value T, keep time.Duration, err error) {
	defer func() {
		if recover() != nil {
			err = &Error{Provider: r.provider, Op: r.op, Kind: ErrUnavailable, Detail: "the HTTP client panicked"}
		}
	}()
	return r.fetch(ctx)
}
