package middleware_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/token"
	"github.com/sealedauth/auth/token/tokentest"
)

// S-182: Echo uses its contexts again for other people's requests. Whoever keeps
// something of a request after the handler has returned still has their own. The race
// detector watches.
func TestS_182_WhatIsKeptStaysOnesOwn(t *testing.T) {
	t.Parallel()
	cfg := apiConfig(http.NotFound)
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Use(middleware.Middleware(cfg))
	var late sync.WaitGroup
	over := make(chan struct{})
	e.GET("/", func(c echo.Context) error {
		ctx, name := c.Request().Context(), c.QueryParam("name")
		session, ok := middleware.Current(c)
		late.Go(func() {
			<-over
			again, still := httpauth.FromContext(ctx)
			if !ok || !still || again != session || session.User.ID != name || session.Payload().Subject != name {
				t.Errorf("%s has become %v", name, again)
			}
		})
		return c.NoContent(http.StatusNoContent)
	}, middleware.Require())
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				name := fmt.Sprintf("person-%d-%d", i, n)
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/?name="+name, nil)
				tokentest.SignIn(t, cfg, r, token.Token{Claims: claims.Claims{Subject: name}})
				w := httptest.NewRecorder()
				e.ServeHTTP(w, r)
				if w.Code != http.StatusNoContent {
					t.Errorf("%s: %d", name, w.Code)
				}
			}
		})
	}
	all.Wait()
	close(over)
	late.Wait()
}

// S-182, S-80d: a client that is used after the handler has returned does not renew
// its token into the response of somebody else, who has the context now, nor into
// nothing.
func TestS_182_ClientAfterTheHandler(t *testing.T) {
	t.Parallel()
	refreshes := 0
	cfg := apiConfig(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			refreshes++
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	cfg.Logger = slog.New(slog.DiscardHandler)
	e := echo.New()
	e.Use(middleware.Middleware(cfg))
	var kept *http.Client
	e.GET("/", func(c echo.Context) (err error) {
		kept, err = middleware.Client(c)
		return err
	})
	e.GET("/next", func(c echo.Context) error { // has the context, and has not answered yet
		resp, err := kept.Get("https://api.example.com/me")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	for range 20 { // the pool does not always give the same
		if w := withSession(t, e, cfg, "/", time.Hour); w.Code != http.StatusOK {
			t.Fatalf("answer %d", w.Code)
		}
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/next", nil))
	}
	if refreshes != 0 {
		t.Errorf("%d refresh tokens were spent for nothing", refreshes)
	}
}
