// Package redisstore lets several instances of an application act as one, with
// Redis between them. It is optional: one instance needs none of it, and several
// work without it too, except for two things that no cookie can do.
//
// The first is refreshing at a provider whose refresh tokens work once. When an
// access token expires, the browser's requests reach several instances at the
// same moment, each with the same refresh token. The provider takes the second
// use for theft and ends the session. As [httpauth.Config.Coordinator], a [Store]
// lets one instance refresh, and the others wait for its result.
//
// The second is ending a session before its time. Signing out deletes the
// cookies of one browser; a copy of them goes on working. As
// [httpauth.Config.Revocations], a [Store] remembers on every instance what was
// signed out.
//
//	client := redis.NewClient(&redis.Options{Addr: "redis:6379"})
//	store := redisstore.New(client, redisstore.WithPrefix("shop:"))
//	auth.Middleware(auth.Config{Coordinator: store, Revocations: store})
//
// # When Redis is out of order
//
// Without the coordinator, the kit goes on as if there were none: a session may
// be lost, instead of all of them. Whoever waits for another instance at that
// moment goes on waiting for a lease, in case Redis comes back. Without the revocations, requests have no
// session, since nobody can tell which ones were ended. Both wait as long as the
// client's own time limits say, and those of go-redis are long for something that
// is on the path of every request: three seconds for an answer, four times over.
// The example of this package has shorter ones.
//
// # What is in Redis
//
// Every key has the prefix and a hash, and expires by itself. A
// result of a refresh takes a few kilobytes for a minute and is encrypted with the
// application's secret. A revocation takes about 200 bytes for
// [httpauth.Config.AbsoluteMaxAge] after a sign-out.
//
// The user that the client signs in as needs no more than this:
//
//	ACL SETUSER shop on >password ~shop:* +evalsha +eval +get +set +del +pttl
//
// Redis Cluster and Sentinel work. A revocation that is not found is a session that
// is back, so take no [redis.Ring], which asks another server when one is down; do
// not let the client read from replicas or from a cache of its own; and let no
// maxmemory-policy evict keys.
//
// # What it cannot promise
//
// The lock is a lease. It is renewed while a refresh runs, however long that takes.
// An instance that stands still for longer than the lease, or a failover to a
// replica that has not seen the lock, lets a second instance refresh. Then the
// same happens as without a coordinator, once.
package redisstore
