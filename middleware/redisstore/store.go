package redisstore

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// The defaults of the options.
const (
	DefaultPrefix = "auth:"
	DefaultLease  = 10 * time.Second
	DefaultPoll   = 50 * time.Millisecond
)

// Store keeps on Redis what the instances of an application share. It is safe
// for concurrent use, and holds nothing that would have to be closed.
type Store struct {
	client redis.UniversalClient
	prefix string
	lease  time.Duration
	poll   time.Duration

	enter, renew, leave, revoke *redis.Script
}

var (
	_ httpauth.Coordinator     = (*Store)(nil)
	_ httpauth.RevocationStore = (*Store)(nil)
)

// Option changes a default.
type Option func(*Store)

// WithPrefix sets what all keys begin with. Applications that share a Redis need
// different ones, or what ends a session of one ends it in the others too.
// Default [DefaultPrefix].
func WithPrefix(prefix string) Option { return func(s *Store) { s.prefix = prefix } }

// WithLease sets how long the others wait for an instance that has crashed. A
// refresh may take longer, since its instance renews the lease every third of it;
// but an instance must not stand still for longer. What is not positive is the
// default, [DefaultLease].
func WithLease(lease time.Duration) Option { return func(s *Store) { s.lease = lease } }

// WithPoll sets how often an instance that waits asks for the result. What is not
// positive is the default, [DefaultPoll].
func WithPoll(interval time.Duration) Option { return func(s *Store) { s.poll = interval } }

// New returns a store. The client remains the caller's, to configure and to
// close; nothing is sent until the store is used.
func New(client redis.UniversalClient, options ...Option) *Store {
	s := &Store{
		client: client, prefix: DefaultPrefix,
		enter: redis.NewScript(enterScript), renew: redis.NewScript(renewScript),
		leave: redis.NewScript(leaveScript), revoke: redis.NewScript(revokeScript),
	}
	for _, o := range options {
		o(s)
	}
	if s.lease <= 0 {
		s.lease = DefaultLease
	}
	if s.poll <= 0 {
		s.poll = DefaultPoll
	}
	return s
}

// hash stands for a key, so that Redis knows no account and no session by name,
// errors cannot quote one, and any text makes a key.
func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// milliseconds is a duration as Redis takes it, which takes no zero.
func milliseconds(d time.Duration) int64 { return max(d.Milliseconds(), 1) }
