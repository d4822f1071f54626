package redisstore_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/middleware/redisstore"
)

func instance() {
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

// serve runs an instance of an application. What it needs to know is in the
// environment, as in production: AUTH_SECRET, AUTH_URL and the provider. It prints
// its address.
func serve() error {
	cfg := httpauth.Config{}
	if addr := os.Getenv("REDIS"); addr != "" {
		store := redisstore.New(redis.NewClient(&redis.Options{Addr: addr}))
		cfg.Coordinator, cfg.Revocations = store, store
	}
	a, err := httpauth.New(cfg)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		untilOrphaned()
		os.Exit(0)
	}()
	return http.Serve(l, a.Wrap(application(os.Getenv("AUTH_OP_ISSUER"))))
}

// application has two routes: who is signed in, and what the provider says to the
// session's access token.
func application(issuer string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := httpauth.FromContext(r.Context()); ok {
			_, _ = io.WriteString(w, s.User.ID)
		}
	})
	mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
		client, err := httpauth.Client(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		resp, err := client.Get(issuer + "/userinfo")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
	return mux
}
