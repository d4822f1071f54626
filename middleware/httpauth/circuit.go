package httpauth

import (
	"errors"
	"sync"
	"time"

	"github.com/sealedauth/auth/providers"
)

const (
	failuresAllowed = 3                // in a row before a provider is spared
	urgentRest      = 2 * time.Second  // between tries for somebody whose access token has expired
	earlyRest       = 30 * time.Second // between tries for somebody whose access token is still good
)

// circuit spares a provider that is out of order: all sessions together ask it
// now and then, until it answers.
type circuit struct {
	mu       sync.Mutex
	failures int
	worked   time.Time // last
	urgent   time.Time // next try
	early    time.Time
}

// closedFor returns how long nobody is to ask, or 0 for the one who may.
func (c *circuit) closedFor(urgent bool) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failures < failuresAllowed {
		return 0
	}
	next, rest := &c.early, earlyRest
	if urgent {
		next, rest = &c.urgent, urgentRest
	}
	now := time.Now()
	if wait := next.Sub(now); wait > 0 {
		return wait
	}
	*next = now.Add(rest)
	return 0
}

// note learns from an outcome. A provider that refuses is in order.
func (c *circuit) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case err == nil || final(err):
		c.failures, c.worked = 0, now
		return
	case !errors.Is(err, providers.ErrUnavailable): // it answers, but it does not serve
		return
	}
	c.failures++
	var e *providers.Error
	if errors.As(err, &e) && e.RetryAfter > 0 { // it says so itself
		c.failures = max(c.failures, failuresAllowed)
		c.urgent, c.early = now.Add(e.RetryAfter), now.Add(e.RetryAfter)
		return
	}
	if c.failures == failuresAllowed {
		c.urgent, c.early = now.Add(urgentRest), now.Add(earlyRest)
	}
}

// workedAfter reports whether the provider has answered since.
func (c *circuit) workedAfter(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.worked.After(at)
}
