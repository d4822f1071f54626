package auth

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

type (
	// Config describes the application; its zero value and the environment make
	// a working configuration.
	Config = httpauth.Config
	// Callbacks let the application decide.
	Callbacks = httpauth.Callbacks
	// Events tell the application what happened.
	Events = httpauth.Events
	// SignOut tells what else happens when somebody signs out.
	SignOut = httpauth.SignOut
	// Theme is how the built-in pages look.
	Theme = httpauth.Theme
	// Pages are pages of the application instead of the built-in ones.
	Pages = httpauth.Pages
	// Compat is a format of the session's cookies.
	Compat = token.Format
	// Members names where a token of Auth.js keeps the provider's tokens.
	Members = token.Members
	// Provider is an identity provider; see package providers.
	Provider = providers.Provider
	// Coordinator makes several instances refresh each token only once.
	Coordinator = httpauth.Coordinator
	// RevocationStore remembers sessions that were ended before their time.
	RevocationStore = httpauth.RevocationStore
	// Skipper picks requests for which the middleware does nothing.
	Skipper = middleware.Skipper
)

type (
	// SignInEvent is a sign-in about to succeed.
	SignInEvent = httpauth.SignInEvent
	// JWTEvent is a token that is made or used.
	JWTEvent = httpauth.JWTEvent
	// SessionEvent is a session that is made from a token.
	SessionEvent = httpauth.SessionEvent
	// RedirectEvent is a redirect after a sign-in or sign-out.
	RedirectEvent = httpauth.RedirectEvent
	// SignedInEvent is a sign-in that succeeded.
	SignedInEvent = httpauth.SignedInEvent
	// SignedOutEvent is a session that was ended by the person.
	SignedOutEvent = httpauth.SignedOutEvent
	// RefreshEvent is a refresh of an access token that was tried.
	RefreshEvent = httpauth.RefreshEvent
	// ErrorEvent is something that went wrong, or was refused.
	ErrorEvent = httpauth.ErrorEvent
	// Trigger tells why the JWT callback is called.
	Trigger = httpauth.Trigger
)

type (
	// Session is what the application and the browser see of a token.
	Session = httpauth.Session
	// Token is the internal JWT: claims and account.
	Token = token.Token
	// Account is a person's account at a provider, with its tokens.
	Account = token.Account
	// Claims is what a token says about a person.
	Claims = claims.Claims
	// Rule decides whether somebody gets through a guard.
	Rule = claims.Rule
	// Error is why a request does not get through.
	Error = httpauth.Error
)

// The formats of the session's cookies.
const (
	Native    = token.Native    // the kit's own
	AuthJS    = token.AuthJS    // Auth.js and next-auth v5
	NextAuth4 = token.NextAuth4 // next-auth v4
)

// Why the JWT callback is called.
const (
	TriggerNone   = httpauth.TriggerNone
	TriggerSignIn = httpauth.TriggerSignIn
	TriggerUpdate = httpauth.TriggerUpdate

	TriggerConnect = httpauth.TriggerConnect
)

// The errors that callbacks return and handlers meet; see package httpauth.
var (
	ErrAccessDenied   = httpauth.ErrAccessDenied
	ErrSignOut        = httpauth.ErrSignOut
	ErrNoSession      = httpauth.ErrNoSession
	ErrNoAccessToken  = httpauth.ErrNoAccessToken
	ErrCommitted      = httpauth.ErrCommitted
	ErrNotMounted     = httpauth.ErrNotMounted
	ErrReuseSuspected = httpauth.ErrReuseSuspected
	ErrNotRecent      = httpauth.ErrNotRecent

	ErrConcurrentUpdate = httpauth.ErrConcurrentUpdate
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

// RequireRecent guards what an open session alone is not enough for: only people who
// authenticated no longer ago than maxAge get through. See [middleware.RequireRecent].
func RequireRecent(maxAge time.Duration) echo.MiddlewareFunc { return middleware.RequireRecent(maxAge) }

// PublicClient returns a client for Config.HTTPClient that connects to public
// addresses only, for providers that are configured by others.
func PublicClient() *http.Client { return httpauth.PublicClient() }

// NewMemoryRevocations returns a store of ended sessions for a single instance.
func NewMemoryRevocations() RevocationStore { return httpauth.NewMemoryRevocations() }

// Current returns the session of the request. It is false whenever there is none
// to be relied on.
func Current(c echo.Context) (*Session, bool) { return middleware.Current(c) }

// Update changes the token of the session from a handler and sets the cookie at
// once. Call it before the body is written.
func Update(c echo.Context, change func(*Token) error) error { return middleware.Update(c, change) }

// Client returns an HTTP client that sends the session's fresh access token to
// the provider's API.
func Client(c echo.Context) (*http.Client, error) { return middleware.Client(c) }

// ClientFor is [Client] for the person's account at another provider, which they
// have connected.
func ClientFor(c echo.Context, provider string) (*http.Client, error) {
	return middleware.ClientFor(c, provider)
}

// Connect sends somebody who is signed in to another provider, to add their
// account there to the session; the browser comes back to target.
func Connect(c echo.Context, provider, target string) error {
	return middleware.Connect(c, provider, target)
}
