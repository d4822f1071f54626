package main

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/example/bench/contender"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
)

// BenchmarkEcho is a request whose handler greets the person, in memory.
func BenchmarkEcho(b *testing.B) {
	for _, size := range contender.Sizes() {
		b.Run(size.Name, func(b *testing.B) {
			sessions, err := contender.Sessions(size)
			if err != nil {
				b.Fatal(err)
			}
			j, err := kitJob(sessions)
			if err != nil {
				b.Fatal(err)
			}
			repeat(b, j)
		})
	}
}

// BenchmarkSession is GET /auth/session, in memory: by default, and with the cookie
// written each time.
func BenchmarkSession(b *testing.B) {
	for _, role := range []string{serveKit, serveWriting} {
		for _, size := range contender.Sizes() {
			b.Run(role+"/"+size.Name, func(b *testing.B) { repeat(b, sessionJob(b, role, size)) })
		}
	}
}

func sessionJob(b *testing.B, role string, size contender.Size) job {
	b.Helper()
	cfg := config("https://app.example.com")
	if role == serveWriting {
		cfg.UpdateAge = 1
	}
	a, err := httpauth.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	sessions, err := contender.Sessions(size)
	if err != nil {
		b.Fatal(err)
	}
	r, err := kitRequest(a, sessions[0])
	if err != nil {
		b.Fatal(err)
	}
	r.URL.Path = "/auth/session"
	e := echo.New()
	e.Use(middleware.Mount(a))
	w := &recorder{header: http.Header{}}
	return job{role, func(int) error {
		clear(w.header)
		e.ServeHTTP(w, r)
		return nil
	}}
}

func repeat(b *testing.B, j job) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := j.op(i % contender.Users); err != nil {
			b.Fatal(err)
		}
	}
}
