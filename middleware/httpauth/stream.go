package httpauth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealedauth/auth/token"
)

// streamChecks is how often it is asked whether the session of a stream was ended
// elsewhere.
const streamChecks = time.Minute

// streams are the contexts of what outlives a request, by the session that it
// belongs to. Other requests of the session on this instance prolong and end it.
type streams struct {
	size atomic.Int64
	mu   sync.Mutex
	open map[string]map[*stream]struct{} // by the session's id
}

type stream struct {
	until time.Time
	timer *time.Timer
	end   context.CancelCauseFunc
}

func newStreams() *streams { return &streams{open: map[string]map[*stream]struct{}{}} }

// start returns a context that ends with a session. Whether it counts is asked each
// minute; a question that cannot be answered does not end it.
func (s *streams) start(parent context.Context, t *token.Token, counts func(context.Context) error) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(parent)
	one := &stream{until: t.ExpiresAt, end: end}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[t.ID] == nil {
		s.open[t.ID] = map[*stream]struct{}{}
	}
	s.open[t.ID][one] = struct{}{}
	s.size.Add(1)
	one.timer = time.AfterFunc(one.wait(), func() { s.check(ctx, one, counts) })
	context.AfterFunc(ctx, func() { s.forget(t.ID, one) })
	return ctx, func() { end(context.Canceled) }
}

func (s *streams) check(ctx context.Context, one *stream, counts func(context.Context) error) {
	err := counts(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if isEnded(err) || !time.Now().Before(one.until) {
		one.end(ErrNoSession)
		return
	}
	if ctx.Err() == nil {
		one.timer.Reset(one.wait())
	}
}

func (o *stream) wait() time.Duration { return min(time.Until(o.until), streamChecks) }

func (s *streams) forget(session string, one *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.timer.Stop()
	delete(s.open[session], one)
	if len(s.open[session]) == 0 {
		delete(s.open, session)
	}
	s.size.Add(-1)
}

// prolong tells that a session has a new end.
func (s *streams) prolong(session string, until time.Time) {
	if s.size.Load() == 0 { // on the path of every request that writes a cookie
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.open[session] {
		if one.until.Before(until) {
			one.until = until
			one.timer.Reset(one.wait())
		}
	}
}

// end ends the streams of a session.
func (s *streams) end(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.open[session] {
		one.end(ErrNoSession)
	}
}
