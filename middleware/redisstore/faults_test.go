package redisstore_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sealedauth/auth/middleware/redisstore"
)

// Redis that is down before work ran is an error, for the kit to go on without.
func TestRedisIsDown(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	store := db.store()
	db.kill()
	r, err := store.Once(t.Context(), "secret key", unwanted(t))
	wantError(t, err, "redisstore: wait for a result: ")
	if r != nil {
		t.Errorf("result %q", r)
	}
	err = store.Revoke(t.Context(), "secret key", time.Now(), time.Now().Add(time.Hour))
	wantError(t, err, "redisstore: revoke: ")
	_, err = store.RevokedAt(t.Context(), []string{"secret key", "other"})
	wantError(t, err, "redisstore: revoked at: ")

	db.start()
	if r, err := store.Once(t.Context(), "secret key", newJob(0, time.Minute).work); err != nil || string(r) != "result 1" {
		t.Errorf("when it is back: %q, %v", r, err)
	}
}

// wantError checks an error: it says what was tried, and quotes no key.
func wantError(t *testing.T, err error, prefix string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), prefix) || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

// Redis that goes down while an instance waits: that one hears so after a lease, and
// does not work. The one who works keeps its result, which is not lost.
func TestRedisGoesDownDuringWork(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	lease := redisstore.WithLease(500 * time.Millisecond)
	j := newJob(1500*time.Millisecond, time.Minute) // so that several renewals fail
	working := background(t, db.store(lease), j)
	<-j.started
	waiting := make(chan error, 1)
	other := db.store(lease)
	go func() {
		_, err := other.Once(t.Context(), "key", unwanted(t))
		waiting <- err
	}()
	time.Sleep(200 * time.Millisecond)
	db.kill()
	killed := time.Now()
	wantError(t, <-waiting, "redisstore: wait for a result: ")
	if waited := time.Since(killed); waited < 250*time.Millisecond {
		t.Errorf("gave up after %v", waited)
	}
	a := <-working
	wantError(t, a.err, "redisstore: keep a result: ")
	if a.result != "result 1" || j.runs.Load() != 1 {
		t.Errorf("%q after %d runs", a.result, j.runs.Load())
	}
}

// Redis that restarts while work runs has forgotten the lock, and the scripts. The
// next renewal takes the lock again, so that the others go on waiting.
func TestRedisRestartsDuringWork(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	lease := redisstore.WithLease(1500 * time.Millisecond)
	j := newJob(8*time.Second, time.Minute)
	working := background(t, db.store(lease), j)
	<-j.started
	db.kill()
	db.start()
	eventually(t, "there is a key", func() bool { return len(db.keys()) == 1 })
	if key := db.keys()[0]; !strings.HasSuffix(key, ":lock") {
		t.Errorf("the lock did not come back, but %q did", key)
	}
	second := background(t, db.store(lease), j)
	for _, c := range []<-chan answer{working, second} {
		if a := <-c; a.err != nil || a.result != "result 1" {
			t.Errorf("%+v", a)
		}
	}
	if n := j.runs.Load(); n != 1 {
		t.Errorf("work ran %d times", n)
	}
}

// Redis that is out of reach for a moment is no reason for one who waits to do the
// same work again.
func TestRedisIsSlowForAMoment(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	j := newJob(1500*time.Millisecond, time.Minute)
	working := background(t, db.store(), j)
	<-j.started
	waiting := background(t, redisstore.New(db.client(impatient)), j)
	time.Sleep(100 * time.Millisecond)
	db.pause()
	time.Sleep(time.Second) // the client has given up, and its second try too
	db.resume()
	for _, c := range []<-chan answer{working, waiting} {
		if a := <-c; a.err != nil || a.result != "result 1" {
			t.Errorf("%+v", a)
		}
	}
	if n := j.runs.Load(); n != 1 {
		t.Errorf("work ran %d times", n)
	}
}

// Redis that neither answers nor refuses holds a call up for as long as the
// client allows.
func TestRedisHangs(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	store := redisstore.New(db.client(impatient), redisstore.WithLease(90*time.Millisecond))
	j := newJob(300*time.Millisecond, time.Minute)
	working := background(t, store, j)
	<-j.started
	db.pause()
	t.Cleanup(db.resume)
	began := time.Now()
	a := <-working
	wantError(t, a.err, "redisstore: keep a result: ")
	if a.result != "result 1" {
		t.Errorf("result %q", a.result)
	}
	_, err := store.RevokedAt(t.Context(), []string{"secret key"})
	wantError(t, err, "redisstore: revoked at: ")
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("held up for %v", took)
	}
}

// The client sends a command again if the answer got lost. The lock that the first
// one took is recognised, instead of being waited for.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	var lose atomic.Bool
	client := db.client(func(o *redis.Options) {
		o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &listening{conn, func() error {
				if lose.CompareAndSwap(true, false) {
					_ = conn.Close()
					return net.ErrClosed
				}
				return nil
			}}, err
		}
	})
	client.Ping(t.Context()) // so that it is connected
	store := redisstore.New(client)
	_, _ = store.Once(t.Context(), "warm", newJob(0, 0).work) // so that Redis knows the scripts
	lose.Store(true)
	began := time.Now()
	if r, err := store.Once(t.Context(), "key", newJob(0, time.Minute).work); err != nil || string(r) != "result 1" {
		t.Errorf("%q, %v", r, err)
	}
	if took := time.Since(began); lose.Load() || took > 5*time.Second {
		t.Errorf("took %v, answer lost: %v", took, !lose.Load())
	}
}

// listening is a connection that tells when an answer has arrived, and breaks if
// that returns an error.
type listening struct {
	net.Conn
	heard func() error
}

func (l *listening) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		if broken := l.heard(); broken != nil {
			return 0, broken
		}
	}
	return n, err
}

// A caller who goes away at the very moment in which the lock is taken leaves it
// to the others.
func TestCallerGoesAwayWithTheLock(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	ctx, cancel := context.WithCancel(t.Context())
	var locked atomic.Bool
	client := db.client(func(o *redis.Options) {
		o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &listening{conn, func() error {
				if !locked.Load() && len(db.keys()) == 1 {
					locked.Store(true)
					cancel()
				}
				return nil
			}}, err
		}
	})
	if _, err := redisstore.New(client).Once(ctx, "key", unwanted(t)); !errors.Is(err, context.Canceled) || !locked.Load() {
		t.Errorf("%v, locked %v", err, locked.Load())
	}
	if keys := db.keys(); len(keys) != 0 {
		t.Errorf("left behind: %q", keys)
	}
}

// The documented rights of the Redis user are enough.
func TestRights(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	rights := strings.Fields("on >password ~shop:* +evalsha +eval +get +set +del +pttl")
	command := []any{"ACL", "SETUSER", "shop"}
	for _, r := range rights {
		command = append(command, r)
	}
	if err := db.client().Do(t.Context(), command...).Err(); err != nil {
		t.Fatal(err)
	}
	as := func(password string) *redisstore.Store {
		return redisstore.New(db.client(func(o *redis.Options) { o.Username, o.Password = "shop", password }), redisstore.WithPrefix("shop:"),
			redisstore.WithLease(600*time.Millisecond))
	}
	everything(t, as("password"))

	_, err := as("secret").Once(t.Context(), "key", unwanted(t))
	wantError(t, err, "redisstore: wait for a result: ")
}

// everything uses all of a store, which has a lease of 600 ms.
func everything(t *testing.T, s *redisstore.Store) {
	t.Helper()
	takes := 300 * time.Millisecond // so that the lease is renewed, once
	for i := range 10 {
		key := "key " + itoa(i)
		if r, err := s.Once(t.Context(), key, newJob(takes, time.Minute).work); err != nil || string(r) != "result 1" {
			t.Errorf("%q, %v", r, err)
		}
		takes = 0
		if r, err := s.Once(t.Context(), key, unwanted(t)); err != nil || string(r) != "result 1" {
			t.Errorf("again: %q, %v", r, err)
		}
		if err := s.Revoke(t.Context(), key, time.Unix(int64(i+1), 0), time.Now().Add(time.Minute)); err != nil {
			t.Error(err)
		}
	}
	if at, err := s.RevokedAt(t.Context(), []string{"key 3", "none", "key 7", "key 1"}); err != nil || at.Unix() != 8 {
		t.Errorf("%v, %v", at, err)
	}
}

// Both keys of a result are on one node, and revocations on any.
func TestCluster(t *testing.T) {
	t.Parallel()
	db := startRedis(t, "--cluster-enabled", "yes")
	if err := db.client().ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the cluster is ready", func() bool {
		return strings.Contains(db.client().ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{db.addr}})
	t.Cleanup(func() { _ = client.Close() })
	everything(t, redisstore.New(client, redisstore.WithLease(600*time.Millisecond)))
}
