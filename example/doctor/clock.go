package main

import (
	"net/http"
	"sync"
	"time"
)

// clock is a transport that compares the time of answers with that of this machine.
type clock struct {
	next http.RoundTripper

	mu     sync.Mutex
	known  bool
	differ time.Duration
}

// RoundTrip implements http.RoundTripper.
func (c *clock) RoundTrip(r *http.Request) (*http.Response, error) {
	next := c.next
	if next == nil {
		next = http.DefaultTransport
	}
	before := time.Now()
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if there, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		middle := before.Add(time.Since(before) / 2)
		c.known, c.differ = true, middle.Sub(there.Add(500*time.Millisecond)).Round(time.Second) // Date has whole seconds
	}
	return resp, nil
}

// ahead returns by how much this machine's clock is ahead of the provider's.
func (c *clock) ahead() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.differ, c.known
}
