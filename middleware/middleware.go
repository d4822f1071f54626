package middleware

import (
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/token"
)

// Config is the engine's configuration; see [httpauth.Config]. Nothing in it is
// of Echo, so that the same configuration serves any framework.
type Config = httpauth.Config

// Skipper tells for which requests the middleware does nothing at all. Guards
// let nobody through on them.
type Skipper = func(c echo.Context) bool

// New returns the middleware, or an error that names every field of the
// configuration that is wrong. With skippers it does nothing for requests that
// one of them picks, such as static files.
func New(cfg Config, skippers ...Skipper) (echo.MiddlewareFunc, error) {
	a, err := httpauth.New(cfg)
	if err != nil {
		return nil, err
	}
	return Mount(a, skippers...), nil
}

// Mount returns the middleware for an engine that was made by httpauth.New, for
// programs that also use the engine itself.
func Mount(a *httpauth.Auth, skippers ...Skipper) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			for _, skip := range skippers {
				if skip(c) {
					return next(c)
				}
			}
			return handle(a, c, next)
		}
	}
}

// Middleware is [New] for programs that cannot start without it: it panics if the
// configuration is wrong.
func Middleware(cfg Config, skippers ...Skipper) echo.MiddlewareFunc {
	m, err := New(cfg, skippers...)
	if err != nil {
		panic(err)
	}
	return m
}

func handle(a *httpauth.Auth, c echo.Context, next echo.HandlerFunc) error {
	response := c.Response()
	r, done := a.Handle(response, c.Request())
	if done {
		return nil
	}
	c.SetRequest(r)
	var over atomic.Bool // then the response may be somebody else's: Echo uses it again
	defer over.Store(true)
	httpauth.SetCommitted(r.Context(), func() bool { return over.Load() || response.Committed })
	if len(response.Header()["Set-Cookie"]) > 0 {
		keepOutOfCaches(response)
	}
	return next(c)
}

// keepOutOfCaches is for a response with a cookie: a handler may allow caching
// without knowing of it. Hooks do not run in every case, so this is only a second
// line.
func keepOutOfCaches(response *echo.Response) {
	response.Before(func() { response.Header().Set("Cache-Control", "no-store, private") })
}

// Current returns the session of the request. It is false whenever there is none
// to be relied on.
func Current(c echo.Context) (*httpauth.Session, bool) {
	return httpauth.FromContext(c.Request().Context())
}

// Update changes the token of the session and sets the new cookie at once. After
// the response has begun it returns [httpauth.ErrCommitted] and changes nothing.
func Update(c echo.Context, change func(*token.Token) error) error {
	if c.Response().Committed {
		return httpauth.ErrCommitted
	}
	err := httpauth.Update(c.Request().Context(), change)
	if err == nil {
		keepOutOfCaches(c.Response())
	}
	return err
}

// Client returns an HTTP client that sends the fresh access token of the account
// that the person signed in with; see [httpauth.ClientFor]. Its errors can be
// returned from a handler: 401, or 503 with Retry-After, as *echo.HTTPError.
func Client(c echo.Context) (*http.Client, error) { return ClientFor(c, "") }

// ClientFor is [Client] for the person's account at another provider, which they
// have connected.
func ClientFor(c echo.Context, provider string) (*http.Client, error) {
	client, err := httpauth.ClientFor(c.Request().Context(), provider)
	if err == nil {
		return client, nil
	}
	var e *httpauth.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
	return nil, httpError(err)
}

// Connect sends somebody who is signed in to another provider, to add their
// account there to the session; see [httpauth.Connect].
func Connect(c echo.Context, provider, target string) error {
	err := httpauth.Connect(c.Response(), c.Request(), provider, target)
	if err != nil {
		return httpError(err)
	}
	return nil
}
