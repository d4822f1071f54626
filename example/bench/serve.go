package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/example/bench/contender"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
)

// The servers that are measured over the loopback.
const (
	serveKit     = "kit"     // as it is by default: the cookie is written anew every now and then
	serveWriting = "writing" // with each answer, as Auth.js does
	serveExpress = "express" // @auth/express; the one that is not this program
)

// greeting is what a server says when it is ready: where it is, and the Cookie header
// of somebody signed in, for each size.
type greeting struct {
	URL     string            `json:"url"`
	Cookies map[string]string `json:"cookies"`
}

// serve is an application with nothing but the kit. It ends when its input does.
func serve(role string) error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	cfg := config(url)
	if role == serveWriting {
		cfg.UpdateAge = 1 // nanosecond
	}
	a, err := httpauth.New(cfg)
	if err != nil {
		return err
	}
	e := echo.New()
	e.Use(middleware.Mount(a))
	g := greeting{url, map[string]string{}}
	for _, size := range contender.Sizes() {
		sessions, err := contender.Sessions(size)
		if err != nil {
			return err
		}
		sessions[0].ID += size.Name // they are three sessions
		r, err := kitRequest(a, sessions[0])
		if err != nil {
			return err
		}
		g.Cookies[size.Name] = r.Header.Get("Cookie")
	}
	go func() {
		server := http.Server{Handler: e, ReadHeaderTimeout: time.Minute}
		fmt.Fprintln(os.Stderr, server.Serve(listener))
	}()
	if err := json.NewEncoder(os.Stdout).Encode(g); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
