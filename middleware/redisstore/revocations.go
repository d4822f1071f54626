package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// revokeScript keeps the later of two times, and keeps it for the longer of two
// durations. Times have as many digits, so they compare as text; as numbers they
// would lose their last digits in Lua. KEYS: revocation. ARGV: time, duration.
const revokeScript = `
local known = redis.call("GET", KEYS[1])
local left = redis.call("PTTL", KEYS[1])
local at = ARGV[1]
if known and known > at then at = known end
redis.call("SET", KEYS[1], at, "PX", math.max(left, tonumber(ARGV[2])))
return 0`

// Revoke implements [httpauth.RevocationStore].
func (s *Store) Revoke(ctx context.Context, key string, at, until time.Time) error {
	left := time.Until(until)
	if left <= 0 {
		return nil
	}
	err := s.revoke.Run(ctx, s.client, []string{s.revocation(key)}, digits(at), milliseconds(left)).Err()
	if err != nil {
		return fmt.Errorf("redisstore: revoke: %w", err)
	}
	return nil
}

// RevokedAt implements [httpauth.RevocationStore]. It takes one round trip.
func (s *Store) RevokedAt(ctx context.Context, keys []string) (time.Time, error) {
	if len(keys) == 0 {
		return time.Time{}, nil
	}
	// Not MGET: in a cluster the keys are on several nodes, and the client finds
	// the right one for each GET.
	answers := make([]*redis.StringCmd, len(keys))
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			answers[i] = p.Get(ctx, s.revocation(key))
		}
		return nil
	})
	var latest time.Time
	if err == nil || errors.Is(err, redis.Nil) { // some key has no value, which is the usual case
		latest, err = newest(answers)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("redisstore: revoked at: %w", err)
	}
	return latest, nil
}

// newest returns the latest of the times that were found.
func newest(answers []*redis.StringCmd) (latest time.Time, err error) {
	for _, answer := range answers {
		text, err := answer.Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return latest, err
		}
		nanoseconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil { // its text would quote what is there
			return latest, errors.New("a key holds something else; give each program that uses this Redis a prefix of its own")
		}
		if at := time.Unix(0, nanoseconds); at.After(latest) {
			latest = at
		}
	}
	return latest, nil
}

func (s *Store) revocation(key string) string { return s.prefix + "revoked:" + hash(key) }

// digits writes a time as nanoseconds since 1970, with as many digits for each
// time from then until 2262. What is beyond is the nearest of these.
func digits(at time.Time) string {
	nanoseconds := at.UnixNano()
	switch {
	case at.Before(time.Unix(0, 0)):
		nanoseconds = 0
	case at.After(time.Unix(0, math.MaxInt64)):
		nanoseconds = math.MaxInt64
	}
	return fmt.Sprintf("%019d", nanoseconds)
}
