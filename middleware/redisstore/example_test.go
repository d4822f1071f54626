package redisstore_test

import (
	"log"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/middleware/redisstore"
)

// An application with several instances. The limits make sure that Redis, should
// it not answer, holds up a request for a second and not for a quarter of a
// minute.
func Example() {
	client := redis.NewClient(&redis.Options{
		Addr:                  "redis:6379",
		DialTimeout:           500 * time.Millisecond,
		DialerRetries:         1,
		ReadTimeout:           500 * time.Millisecond,
		WriteTimeout:          500 * time.Millisecond,
		MaxRetries:            1,
		ContextTimeoutEnabled: true,
	})
	defer func() { _ = client.Close() }()
	store := redisstore.New(client, redisstore.WithPrefix("shop:"))

	a, err := httpauth.New(httpauth.Config{Coordinator: store, Revocations: store})
	if err != nil {
		log.Print(err)
		return
	}
	log.Print(http.ListenAndServe("localhost:3000", a.Wrap(http.NotFoundHandler())))
}
