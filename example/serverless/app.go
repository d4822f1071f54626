// Package serverless is the application of the examples for functions: the same on
// each platform, mounted in a few lines. All of its configuration comes from the
// environment, and making it takes no network, so that a cold start is short.
//
// Its tests drive the examples through the real runtimes.
package serverless

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
)

// Groups are those of the person, as the provider tells them.
var Groups = claims.NewKey[[]string]("groups")

// Must returns the application, or ends the process: a function that is configured
// wrongly cannot start.
func Must() *echo.Echo {
	e, err := New()
	if err != nil {
		panic(err)
	}
	return e
}

// New returns the application. AUTH_URL, AUTH_SECRET, AUTH_ACME_ID, AUTH_ACME_SECRET
// and AUTH_ACME_ISSUER configure it, as for any other; see [providers.FromEnv].
// METADATA_FILE and KEYS_FILE name what go run ./example/metadata prints for that
// issuer; without them it is fetched when somebody signs in. (An application of your
// own embeds the first.)
func New() (*echo.Echo, error) {
	available, err := fromEnv()
	if err != nil {
		return nil, err
	}
	signIn, err := auth.New(auth.Config{
		Providers:    available,
		SignOut:      auth.SignOut{AtProvider: true, Revoke: true},
		AwaitRefresh: true, // the instance may be frozen as soon as it has answered
		Callbacks: auth.Callbacks{JWT: keepGroups, Session: func(_ context.Context, e *auth.SessionEvent) error {
			e.Session.Expose(Groups)
			return nil
		}},
	})
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.Use(middleware.Recover(), signIn)
	e.GET("/", welcome)
	e.GET("/me", me, auth.Require())
	e.GET("/events", ticks, auth.Require())
	e.Any("/check/*", check)
	return e, nil
}

func fromEnv() ([]auth.Provider, error) {
	file := os.Getenv("METADATA_FILE")
	if file == "" {
		return providers.FromEnv()
	}
	metadata, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("METADATA_FILE: %w", err)
	}
	options := []providers.Option{providers.WithMetadata(metadata)}
	if file = os.Getenv("KEYS_FILE"); file != "" {
		keys, err := os.ReadFile(file) //nolint:gosec // likewise
		if err != nil {
			return nil, fmt.Errorf("KEYS_FILE: %w", err)
		}
		options = append(options, providers.WithKeys(keys))
	}
	return []auth.Provider{providers.OIDC(providers.Config{
		ID: "acme", Name: "Acme", ClientID: os.Getenv("AUTH_ACME_ID"), ClientSecret: os.Getenv("AUTH_ACME_SECRET"), Issuer: os.Getenv("AUTH_ACME_ISSUER"),
	}, options...)}, nil
}

func keepGroups(_ context.Context, e *auth.JWTEvent) error {
	if groups, ok := e.Profile.Strings("groups"); ok && e.Trigger == auth.TriggerSignIn {
		Groups.Set(e.Token, groups)
	}
	return nil
}

func welcome(c echo.Context) error {
	s, ok := auth.Current(c)
	if !ok {
		return c.HTML(http.StatusOK, `<a href="/auth/signin">Sign in</a>`)
	}
	return c.String(http.StatusOK, "hello "+s.User.Name)
}

func me(c echo.Context) error {
	s, _ := auth.Current(c)
	return c.JSON(http.StatusOK, map[string]any{"session": s, "uri": c.Request().RequestURI})
}

// ticks sends three events, one by one where the platform streams.
func ticks(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")
	for i := range 3 {
		if _, err := fmt.Fprintf(c.Response(), "data: %d\n\n", i); err != nil {
			return err
		}
		c.Response().Flush()
		select {
		case <-time.After(100 * time.Millisecond):
		case <-c.Request().Context().Done():
			return nil
		}
	}
	return nil
}

// check sends back what has arrived, to see whether a gateway changes it. Of cookies
// it looks at its own only.
func check(c echo.Context) error {
	r := c.Request()
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, 1<<20))
	if err != nil {
		return echo.ErrStatusRequestEntityTooLarge
	}
	h := c.Response().Header()
	h.Set("X-Method", r.Method)
	h.Set("X-Uri", r.RequestURI)
	for _, name := range []string{"one", "two", "three"} {
		h.Add("Set-Cookie", (&http.Cookie{Name: "check-" + name, Value: name, Path: "/check", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}).String())
		if _, err := r.Cookie("check-" + name); err == nil {
			h.Add("X-Seen", name)
		}
	}
	return c.Blob(http.StatusOK, "application/octet-stream", body)
}
