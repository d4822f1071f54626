package httpauth

import (
	"sync"
	"sync/atomic"
	"time"
)

// recent remembers values for a while, and only so many of them: the oldest make
// room. Looking something up takes no lock, and no time at all while nothing is
// remembered, since that is on the path of every request.
type recent[K comparable, V any] struct {
	limit   int
	entries sync.Map // K to remembered[V]
	size    atomic.Int64

	mu    sync.Mutex
	order []K // oldest first
}

type remembered[V any] struct {
	value V
	until time.Time
}

func newRecent[K comparable, V any](limit int) *recent[K, V] { return &recent[K, V]{limit: limit} }

// get returns what is remembered under a key.
func (r *recent[K, V]) get(key K, now time.Time) (V, bool) {
	var none V
	if r.size.Load() == 0 {
		return none, false
	}
	found, ok := r.entries.Load(key)
	if !ok {
		return none, false
	}
	e, _ := found.(remembered[V])
	if !now.Before(e.until) {
		return none, false
	}
	return e.value, true
}

// put remembers a value. Of what is over, and of what is too much, the oldest go
// first.
func (r *recent[K, V]) put(key K, value V, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.store(key, value, until)
}

// first remembers a value if none is remembered under its key, and tells whether
// that was so. Of those who come at once, one is the first.
func (r *recent[K, V]) first(key K, value V, until time.Time) bool {
	if _, known := r.get(key, time.Now()); known {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.get(key, time.Now()); known {
		return false
	}
	r.store(key, value, until)
	return true
}

func (r *recent[K, V]) store(key K, value V, until time.Time) {
	if _, known := r.entries.Swap(key, remembered[V]{value, until}); !known {
		r.order = append(r.order, key)
		r.size.Add(1)
	}
	for len(r.order) > 0 {
		oldest, ok := r.entries.Load(r.order[0])
		e, _ := oldest.(remembered[V])
		if ok && len(r.order) <= r.limit && time.Now().Before(e.until) {
			return
		}
		r.drop(r.order[0], ok)
		r.order = r.order[1:]
	}
}

func (r *recent[K, V]) drop(key K, known bool) {
	if known {
		r.entries.Delete(key)
		r.size.Add(-1)
	}
}

// forget removes what is remembered under a key.
func (r *recent[K, V]) forget(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.entries.Load(key)
	r.drop(key, known)
}
