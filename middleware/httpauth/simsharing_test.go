package httpauth_test

import (
	"context"
	"sync"
	"time"
)

// sharing is a coordinator that waits on channels, so that a simulation notices
// when everybody waits.
type sharing struct {
	mu      sync.Mutex
	results map[string]*shared
	broken  bool
}

type shared struct {
	ready  chan struct{} // closed when there is a result
	result []byte
	until  time.Time
}

func (s *sharing) forget() { s.results, s.broken = map[string]*shared{}, false }

// Once implements httpauth.Coordinator.
func (s *sharing) Once(ctx context.Context, key string, work func(context.Context) ([]byte, time.Duration)) ([]byte, error) {
	known, own, err := s.claim(key)
	if err != nil {
		return nil, err
	}
	if own {
		result, keep := work(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		known.result, known.until = result, time.Now().Add(keep)
		close(known.ready)
		return result, nil
	}
	select {
	case <-known.ready:
		return known.result, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// claim returns the result for a key, and whether it is the caller who has to work
// for it.
func (s *sharing) claim(key string) (known *shared, own bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return nil, false, errWire
	}
	known, ok := s.results[key]
	if ok && (known.until.IsZero() || time.Now().Before(known.until)) {
		return known, false, nil
	}
	known = &shared{ready: make(chan struct{})}
	s.results[key] = known
	return known, true, nil
}
