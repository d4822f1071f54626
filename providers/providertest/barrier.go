package providertest

import (
	"context"
	"sync"
)

// Barrier holds requests back until a number of them have arrived, and then lets
// them all go on at once. So two instances of an application can be made to spend
// one refresh token at the same time:
//
//	op.Fail("refresh", providertest.Fault{Barrier: providertest.NewBarrier(2), Times: 2})
//
// After that it holds back the next ones.
type Barrier struct {
	size int

	mu      sync.Mutex
	waiting int
	open    chan struct{} // closed when all have arrived
}

// NewBarrier returns a barrier for so many requests.
func NewBarrier(size int) *Barrier { return &Barrier{size: size, open: make(chan struct{})} }

// Wait arrives at the barrier and waits for the others. A test that takes part in
// it learns that the other requests have arrived. It returns the context's error
// if that ends first; then it no longer counts as having arrived.
func (b *Barrier) Wait(ctx context.Context) error {
	b.mu.Lock()
	open := b.open
	if b.waiting++; b.waiting >= b.size {
		close(open)
		b.waiting, b.open = 0, make(chan struct{})
	}
	b.mu.Unlock()
	select {
	case <-open:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open != open { // all arrived just now
		return nil
	}
	b.waiting--
	return ctx.Err()
}
