package redisstore_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// The store in memory and this one do the same.
func TestRevocations(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]httpauth.RevocationStore{
		"memory": httpauth.NewMemoryRevocations(), "redis": startRedis(t).store(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			revokedAt(t, store, time.Time{})
			revokedAt(t, store, time.Time{}, "a", "b", "c")
			revoke(t, store, "a", now, now.Add(time.Minute))
			revokedAt(t, store, now, "a")
			revokedAt(t, store, now, "b", "a", "c")
			revokedAt(t, store, time.Time{}, "b", "c")

			revoke(t, store, "a", now.Add(time.Nanosecond), now.Add(time.Minute)) // a later time counts
			revokedAt(t, store, now.Add(time.Nanosecond), "a")
			revoke(t, store, "a", now.Add(-time.Hour), now.Add(time.Minute)) // an earlier one does not
			revokedAt(t, store, now.Add(time.Nanosecond), "a")

			revoke(t, store, "b", now.Add(time.Hour), now.Add(time.Minute)) // the latest of all
			revokedAt(t, store, now.Add(time.Hour), "a", "b", "c")
			revoke(t, store, "c", now, now.Add(time.Second))
			revokedAt(t, store, now, "c")
			time.Sleep(time.Until(now.Add(1020 * time.Millisecond)))
			revokedAt(t, store, time.Time{}, "c")
			revoke(t, store, "d", now, now) // of no use any more
			revokedAt(t, store, time.Time{}, "d")
		})
	}
}

func revoke(t *testing.T, s httpauth.RevocationStore, key string, at, until time.Time) {
	t.Helper()
	if err := s.Revoke(t.Context(), key, at, until); err != nil {
		t.Error(err)
	}
}

func revokedAt(t *testing.T, s httpauth.RevocationStore, want time.Time, keys ...string) {
	t.Helper()
	if at, err := s.RevokedAt(t.Context(), keys); err != nil || !at.Equal(want) {
		t.Errorf("%q: %v, %v, want %v", keys, at, err, want)
	}
}

// What was revoked for long is not forgotten sooner because it is revoked again
// for a short while.
func TestRevocationIsNotShortened(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	s, now := db.store(), time.Now()
	long := 400 * 24 * time.Hour
	revoke(t, s, "a", now, now.Add(long))
	revoke(t, s, "a", now.Add(time.Second), now.Add(time.Second))
	revokedAt(t, s, now.Add(time.Second), "a")
	if left := db.client().PTTL(t.Context(), db.keys()[0]).Val(); left < long-time.Minute || left > long {
		t.Errorf("kept for %v", left)
	}
	revoke(t, s, "a", now, now.Add(2*long))
	if left := db.client().PTTL(t.Context(), db.keys()[0]).Val(); left < 2*long-time.Minute {
		t.Errorf("kept for %v", left)
	}
}

// Times that a program may pass by mistake revoke more rather than less.
func TestOddTimes(t *testing.T) {
	t.Parallel()
	s := startRedis(t).store()
	until := time.Now().Add(time.Minute)
	revoke(t, s, "zero", time.Time{}, until)
	revokedAt(t, s, time.Unix(0, 0), "zero")
	revoke(t, s, "early", time.Unix(9, 0), until)
	revoke(t, s, "early", time.Unix(10, 0), until)
	revokedAt(t, s, time.Unix(10, 0), "early")
	revoke(t, s, "for good", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), until)
	revokedAt(t, s, time.Unix(0, math.MaxInt64), "for good")
	revoke(t, s, "for good", time.Now(), until)
	revokedAt(t, s, time.Unix(0, math.MaxInt64), "for good")
}

// What cannot be read does not count as nothing.
func TestForeignValue(t *testing.T) {
	t.Parallel()
	db := startRedis(t)
	s := db.store()
	revoke(t, s, "a", time.Now(), time.Now().Add(time.Minute))
	db.client().Set(context.Background(), db.keys()[0], "secret", 0)
	_, err := s.RevokedAt(t.Context(), []string{"b", "a"})
	wantError(t, err, "redisstore: revoked at: ")
	if err != nil && !strings.Contains(err.Error(), "prefix") {
		t.Errorf("no advice in %v", err)
	}
}
