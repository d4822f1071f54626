package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sealedauth/auth/middleware/redisstore"
)

// job is work that counts how often it runs.
type job struct {
	runs    atomic.Int32
	takes   time.Duration
	keep    time.Duration
	started chan struct{} // closed at the first run
	once    sync.Once
}

func newJob(takes, keep time.Duration) *job {
	return &job{takes: takes, keep: keep, started: make(chan struct{})}
}

func (j *job) work(context.Context) ([]byte, time.Duration) {
	n := j.runs.Add(1)
	j.once.Do(func() { close(j.started) })
	time.Sleep(j.takes)
	return fmt.Appendf(nil, "result %d", n), j.keep
}

// unwanted is work that must not run.
func unwanted(t *testing.T) func(context.Context) ([]byte, time.Duration) {
	return func(context.Context) ([]byte, time.Duration) {
		t.Error("work ran")
		return nil, 0
	}
}

// background calls Once in a goroutine.
func background(t *testing.T, s *redisstore.Store, j *job) <-chan answer {
	c := make(chan answer, 1)
	go func() {
		result, err := s.Once(t.Context(), "key", j.work)
		c <- answer{string(result), err}
	}()
	return c
}

type answer struct {
	result string
	err    error
}

// Several instances, each with many callers: for each key the work runs once, and
// all get the result of their key.
func TestOneRun(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	const instances, callers, keys = 4, 50, 5
	var runs [keys]atomic.Int32
	var wg sync.WaitGroup
	for range instances {
		store := db.store()
		for c := range callers {
			wg.Go(func() {
				key := c % keys
				result, err := store.Once(t.Context(), "key "+itoa(key), func(context.Context) ([]byte, time.Duration) {
					runs[key].Add(1)
					time.Sleep(50 * time.Millisecond)
					return []byte("of key " + itoa(key)), time.Minute
				})
				if err != nil || string(result) != "of key "+itoa(key) {
					t.Errorf("key %d: %q, %v", key, result, err)
				}
			})
		}
	}
	wg.Wait()
	for key := range runs {
		if n := runs[key].Load(); n != 1 {
			t.Errorf("key %d: work ran %d times", key, n)
		}
	}
}

func TestResultIsUsedUntilItExpires(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	one, two := db.store(), db.store()
	j := newJob(0, time.Second)
	for _, s := range []*redisstore.Store{one, two, one} {
		if r, err := s.Once(t.Context(), "key", j.work); err != nil || string(r) != "result 1" {
			t.Fatalf("%q, %v", r, err)
		}
	}
	if keys := db.keys(); len(keys) != 1 {
		t.Errorf("the lock is still there: %q", keys)
	}
	time.Sleep(1010 * time.Millisecond)
	if r, err := two.Once(t.Context(), "key", j.work); err != nil || string(r) != "result 2" {
		t.Errorf("afterwards: %q, %v", r, err)
	}
}

// Work that says keep 0 leaves nothing behind, and the next one runs at once.
func TestNothingIsKept(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	for _, keep := range []time.Duration{0, -time.Second} {
		j := newJob(0, keep)
		for i := range 3 {
			want := "result " + itoa(i+1)
			if r, err := db.store().Once(t.Context(), "key", j.work); err != nil || string(r) != want {
				t.Errorf("%q, %v, want %q", r, err, want)
			}
		}
		if keys := db.keys(); len(keys) != 0 {
			t.Errorf("left behind: %q", keys)
		}
	}
}

// An empty result is a result, and any text is a key.
func TestOddKeysAndResults(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	for _, key := range []string{"", "}", "{a}", "a\x00b\r\n", strings.Repeat("long", 1<<16)} {
		for _, result := range []string{"", "\x00\xff\r\n", strings.Repeat("x", 1<<20)} {
			store, own := db.store(redisstore.WithPrefix(itoa(len(result))+":")), false
			for _, ran := range []bool{true, false} {
				own = false
				got, err := store.Once(t.Context(), key, func(context.Context) ([]byte, time.Duration) {
					own = true
					return []byte(result), time.Minute
				})
				if err != nil || string(got) != result || own != ran {
					t.Errorf("key of %d bytes, result of %d: %d bytes, ran %v, %v", len(key), len(result), len(got), own, err)
				}
			}
		}
	}
}

// F-40: work that takes four times as long as the lease runs once all the same.
func TestF40_LeaseIsRenewed(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	lease := redisstore.WithLease(time.Second)
	j := newJob(4*time.Second, time.Minute)
	var waiting []<-chan answer
	for range 3 {
		waiting = append(waiting, background(t, db.store(lease), j))
	}
	for _, w := range waiting {
		if a := <-w; a.err != nil || a.result != "result 1" {
			t.Errorf("%+v", a)
		}
	}
	if n := j.runs.Load(); n != 1 {
		t.Errorf("work ran %d times", n)
	}
}

// holder takes a lock and works until it is killed.
func holder() {
	client := redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS")})
	_, _ = redisstore.New(client, redisstore.WithLease(500*time.Millisecond)).Once(context.Background(), "key",
		func(context.Context) ([]byte, time.Duration) {
			fmt.Println("working")
			untilOrphaned()
			return nil, 0
		})
}

// An instance that is killed while it works holds the others up for a lease.
func TestHolderIsKilled(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	crashing := start(t, "holder", "REDIS="+db.addr)
	j := newJob(0, time.Minute)
	waiting := background(t, db.store(), j)
	select {
	case a := <-waiting:
		t.Fatalf("did not wait: %+v", a)
	case <-time.After(1200 * time.Millisecond): // more than two leases
	}
	crashing.kill()
	killed := time.Now()
	if a := <-waiting; a.err != nil || a.result != "result 1" {
		t.Errorf("%+v", a)
	}
	if took := time.Since(killed); took > 5*time.Second {
		t.Errorf("took over after %v", took)
	}
}

// A caller who gives up hears so at once, and disturbs nobody.
func TestWaiterGivesUp(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	j := newJob(1500*time.Millisecond, time.Minute)
	working := background(t, db.store(), j)
	<-j.started
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if r, err := db.store(redisstore.WithPoll(time.Minute)).Once(ctx, "key", unwanted(t)); !errors.Is(err, context.DeadlineExceeded) || r != nil {
		t.Errorf("%q, %v", r, err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("gave up after %v", took)
	}
	if a := <-working; a.err != nil || a.result != "result 1" {
		t.Errorf("the one who works: %+v", a)
	}
}

// A caller who has already gone does not work, and leaves no lock.
func TestCallerHasGone(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.store().Once(ctx, "key", unwanted(t)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if keys := db.keys(); len(keys) != 0 {
		t.Errorf("left behind: %q", keys)
	}
}

// A caller who goes away while work runs does not take the result along.
func TestCallerGoesAwayDuringWork(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	ctx, cancel := context.WithCancel(t.Context())
	lease := redisstore.WithLease(time.Second)
	other := newJob(0, time.Minute)
	var waiting <-chan answer
	r, err := db.store(lease).Once(ctx, "key", func(context.Context) ([]byte, time.Duration) {
		cancel()
		waiting = background(t, db.store(), other)
		time.Sleep(3 * time.Second)
		return []byte("mine"), time.Minute
	})
	if err != nil || string(r) != "mine" {
		t.Errorf("%q, %v", r, err)
	}
	if a := <-waiting; a.err != nil || a.result != "mine" || other.runs.Load() != 0 {
		t.Errorf("the other one: %+v", a)
	}
}

// F-70: work that panics does not leave the lock behind.
func TestF70_PanicFreesTheLock(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = db.store().Once(t.Context(), "key", func(context.Context) ([]byte, time.Duration) { panic("bug") })
	}()
	if keys := db.keys(); len(keys) != 0 {
		t.Errorf("left behind: %q", keys)
	}
}

// An instance that stood still for longer than its lease has been overtaken. It
// neither replaces the result nor frees a lock that is somebody else's.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	client := db.client()
	var lock string
	r, err := db.store(redisstore.WithLease(150*time.Millisecond)).Once(t.Context(), "key", func(context.Context) ([]byte, time.Duration) {
		lock = db.keys()[0]
		client.Set(t.Context(), lock, "somebody else", time.Minute)
		client.Set(t.Context(), strings.TrimSuffix(lock, ":lock"), "theirs", time.Minute)
		time.Sleep(250 * time.Millisecond) // in which the lease would be renewed
		return []byte("mine"), time.Minute
	})
	if err != nil || string(r) != "mine" {
		t.Errorf("%q, %v", r, err)
	}
	if owner := client.Get(t.Context(), lock).Val(); owner != "somebody else" {
		t.Errorf("the lock is %q", owner)
	}
	if r, err := db.store().Once(t.Context(), "key", unwanted(t)); err != nil || string(r) != "theirs" {
		t.Errorf("the result is %q, %v", r, err)
	}
}

// F-75: when a call returns, nothing of it goes on, since a function may be
// frozen then.
func TestF75_NothingOutlivesTheCall(t *testing.T) { //nolint:paralleltest // it looks at all goroutines
	db := startRedis(t)
	store := db.store(redisstore.WithLease(30 * time.Millisecond))
	for range 20 {
		_, _ = store.Once(t.Context(), "key", newJob(25*time.Millisecond, 0).work)
		if g := goroutines(); len(g) != 0 {
			t.Fatalf("still running:\n%s", strings.Join(g, "\n\n"))
		}
	}
}

// Applications with different prefixes do not meet, and the keys tell nothing of
// what they stand for.
func TestPrefix(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	for i, prefix := range []string{"one:", "two:"} {
		s := db.store(redisstore.WithPrefix(prefix))
		if r, err := s.Once(t.Context(), "key", newJob(0, time.Minute).work); err != nil || string(r) != "result 1" {
			t.Errorf("%q, %v", r, err)
		}
		if err := s.Revoke(t.Context(), "account|op|alice", time.Unix(int64(i+1), 0), time.Now().Add(time.Minute)); err != nil {
			t.Error(err)
		}
		if at, err := s.RevokedAt(t.Context(), []string{"account|op|alice"}); err != nil || at.Unix() != int64(i+1) {
			t.Errorf("%v, %v", at, err)
		}
	}
	keys := db.keys()
	if len(keys) != 4 || slices.ContainsFunc(keys, func(k string) bool { return strings.Contains(k, "alice") }) {
		t.Errorf("keys %q", keys)
	}
}
