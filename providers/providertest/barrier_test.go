package providertest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers/providertest"
)

// Two instances spend one refresh token at once: one of them loses, and without a
// grace so does the other.
func TestBarrier(t *testing.T) {
	t.Parallel()
	for grace, want := range map[time.Duration]struct{ good, reuses, refusals int }{
		0:           {1, 1, 1},
		time.Second: {2, 1, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newParty(t, providertest.Config{RefreshGrace: grace})
			barrier := providertest.NewBarrier(3)
			for range 3 { // it serves again
				_, tokens := p.redeem(p.code())
				p.op.Fail("refresh", providertest.Fault{Barrier: barrier, Times: 2})
				before, refused := p.op.Reuses(), p.op.Refusals()
				var mu sync.Mutex
				var all sync.WaitGroup
				good := 0
				for range 2 {
					all.Go(func() {
						status, _ := p.refresh(tokens["refresh_token"])
						mu.Lock()
						defer mu.Unlock()
						if status == 200 {
							good++
						}
					})
				}
				synctest.Wait()
				if p.op.Reuses() != before || good != 0 {
					t.Fatal("the barrier held nobody back")
				}
				if err := barrier.Wait(t.Context()); err != nil { // the test takes part, too
					t.Fatal(err)
				}
				all.Wait()
				if good != want.good || p.op.Reuses()-before != want.reuses || p.op.Refusals()-refused != want.refusals {
					t.Errorf("grace %v: %d good, %d reuses, %d refusals", grace, good, p.op.Reuses()-before, p.op.Refusals()-refused)
				}
			}
		})
	}
}

// Who gives up at a barrier no longer counts.
func TestBarrierGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := providertest.NewBarrier(2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		done := 0
		var all sync.WaitGroup
		all.Go(func() { _ = b.Wait(t.Context()); done++ })
		synctest.Wait()
		if done != 0 {
			t.Fatal("one got through alone")
		}
		if err := b.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		all.Wait()
	})
}
