package auth

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// What an application configures.
type (
	Config    = httpauth.Config
	Callbacks = httpauth.Callbacks
	Events    = httpauth.Events
	SignOut   = httpauth.SignOut
	Theme     = httpauth.Theme
	Pages     = httpauth.Pages
	Provider  = providers.Provider
	Skipper   = middleware.Skipper
)

// What callbacks and events are given.
type (
	SignInEvent    = httpauth.SignInEvent
	JWTEvent       = httpauth.JWTEvent
	SessionEvent   = httpauth.SessionEvent
	RedirectEvent  = httpauth.RedirectEvent
	SignedInEvent  = httpauth.SignedInEvent
	SignedOutEvent = httpauth.SignedOutEvent
	RefreshEvent   = httpauth.RefreshEvent
	ErrorEvent     = httpauth.ErrorEvent
	Trigger        = httpauth.Trigger
)

// What a session is made of.
type (
	Session = httpauth.Session
	Token   = token.Token
	Account = token.Account
	Claims  = claims.Claims
	Rule    = claims.Rule
	Error   = httpauth.Error
)

// Why the JWT callback is called.
const (
	TriggerNone   = httpauth.TriggerNone
	TriggerSignIn = httpauth.TriggerSignIn
	TriggerUpdate = httpauth.TriggerUpdate
)

// The errors that callbacks return and handlers meet.
var (
	ErrAccessDenied  = httpauth.ErrAccessDenied
	ErrSignOut       = httpauth.ErrSignOut
	ErrNoSession     = httpauth.ErrNoSession
	ErrNoAccessToken = httpauth.ErrNoAccessToken
	ErrCommitted     = httpauth.ErrCommitted
	ErrNotMounted    = httpauth.ErrNotMounted
)

// Middleware returns the kit as Echo middleware. It panics if the configuration
// is wrong; [New] returns the error instead.
func Middleware(cfg Config, skippers ...Skipper) echo.MiddlewareFunc {
	return middleware.Middleware(cfg, skippers...)
}

// New returns the kit as Echo middleware, or an error that names every field of
// the configuration that is wrong.
func New(cfg Config, skippers ...Skipper) (echo.MiddlewareFunc, error) {
	return middleware.New(cfg, skippers...)
}

// Require guards a route or a group: only sessions that meet all rules get
// through. See [middleware.Require] for what the others get.
func Require(rules ...Rule) echo.MiddlewareFunc { return middleware.Require(rules...) }

// Current returns the session of the request. It is false whenever there is none
// to be relied on.
func Current(c echo.Context) (*Session, bool) { return middleware.Current(c) }

// Update changes the token of the session from a handler and sets the cookie at
// once. Call it before the body is written.
func Update(c echo.Context, change func(*Token) error) error { return middleware.Update(c, change) }

// Client returns an HTTP client that sends the session's fresh access token to
// the provider's API.
func Client(c echo.Context) (*http.Client, error) { return middleware.Client(c) }
