package httpauth

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Callbacks let the application decide. All are optional. They are called on the
// goroutine of the request, one after the other: SignIn, then JWT, at a sign-in;
// JWT, then Session, on every request with a session. They change what the event
// points at.
type Callbacks struct {
	// SignIn decides who gets in. Returning any error refuses the person; the
	// one to return is ErrAccessDenied.
	SignIn func(ctx context.Context, e *SignInEvent) error

	// JWT fills the token at a sign-in and sees it on every request, after the
	// account has been refreshed. ErrSignOut ends the session. Any other error
	// refuses a sign-in; on a request it leaves the cookie alone and makes the
	// request fail closed: no session is visible and guards answer 500.
	JWT func(ctx context.Context, e *JWTEvent) error

	// Session decides what the application and the browser see of the token.
	// An error fails closed like one of JWT.
	Session func(ctx context.Context, e *SessionEvent) error

	// Redirect may change where the browser is sent after a sign-in or
	// sign-out. What it leaves still has to be on an allowed origin.
	Redirect func(ctx context.Context, e *RedirectEvent) error
}

// Trigger tells why the JWT callback is called.
type Trigger string

// The triggers, with the names that Auth.js gives them.
const (
	TriggerNone   Trigger = ""       // an ordinary request
	TriggerSignIn Trigger = "signIn" // a sign-in; User, Account and Profile are set this once
	TriggerUpdate Trigger = "update" // the browser's client called update; Data is set

	TriggerConnect Trigger = "connect" // an account was connected; User, Account and Profile are set
)

// SignInEvent is a sign-in about to succeed.
type SignInEvent struct {
	Request  *http.Request
	Provider string // id of the provider
	User     *providers.User
	Account  *token.Account
	Profile  claims.Profile // as the provider sent it

	// Data is what Config.SignInData has brought along, such as an invite code.
	// It comes from outside.
	Data map[string]string

	// Token is the session that the account is to be connected to (see Connect);
	// nil at a sign-in.
	Token *token.Token

	// RedirectTo is where a refused person is sent instead of the error page.
	RedirectTo string
}

// JWTEvent is a token that is made or used.
type JWTEvent struct {
	Request *http.Request
	Trigger Trigger
	Token   *token.Token // to be changed in place

	// At a sign-in and when an account was connected; nil or empty otherwise.
	// SignInData is that of SignInEvent.Data.
	User       *providers.User
	Account    *token.Account
	Profile    claims.Profile
	SignInData map[string]string

	// Data is what the browser passed to update(data): JSON from outside, to be
	// believed in nothing. Only with TriggerUpdate; nil if nothing was passed.
	Data json.RawMessage
}

// SessionEvent is a session that is made from a token.
type SessionEvent struct {
	Request *http.Request
	Session *Session     // to be changed in place
	Token   *token.Token // to read from
}

// RedirectEvent is a redirect after a sign-in or a sign-out.
type RedirectEvent struct {
	Request *http.Request
	URL     string // absolute, on an allowed origin; may be changed
	BaseURL string // the application's own origin
}

// Events tell the application what happened, for audit logs and metrics. All are
// optional. They cannot change the outcome and should return quickly.
type Events struct {
	SignIn  func(ctx context.Context, e *SignedInEvent)
	SignOut func(ctx context.Context, e *SignedOutEvent)
	Session func(ctx context.Context, e *SessionEvent) // the browser's client read the session
	Refresh func(ctx context.Context, e *RefreshEvent)
	Error   func(ctx context.Context, e *ErrorEvent)
}

// SignedInEvent is a sign-in that succeeded.
type SignedInEvent struct {
	Request *http.Request
	Token   *token.Token
	User    *providers.User
}

// SignedOutEvent is a session that was ended by the person. Token is nil if
// there was none, or if they signed out at the provider, which Notice tells then.
type SignedOutEvent struct {
	Request *http.Request
	Token   *token.Token
	Notice  *providers.LogoutNotice
}

// RefreshEvent is a refresh of an access token that was tried. It is raised once
// for each request to the provider, not for each request that waited for it.
type RefreshEvent struct {
	Request  *http.Request
	Provider string
	Subject  string // whose session it is
	Err      error  // nil if it succeeded
}

// ErrorEvent is something that went wrong, or was refused. Kind is stable.
type ErrorEvent struct {
	Request *http.Request
	Kind    ErrorKind
	Err     error
}

// ErrorKind names a kind of error, for metrics.
type ErrorKind string

// The kinds of errors.
const (
	KindCSRF        ErrorKind = "csrf"        // a POST did not come from this application
	KindTransaction ErrorKind = "transaction" // a callback has no sign-in under way that fits
	KindProvider    ErrorKind = "provider"    // the provider failed or refused
	KindCredentials ErrorKind = "credentials" // what a person typed in was wrong
	KindDenied      ErrorKind = "denied"      // a callback or the provider refused the person
	KindCallback    ErrorKind = "callback"    // a callback of the application failed
	KindCookie      ErrorKind = "cookie"      // session cookies that are in conflict or do not open
	KindBudget      ErrorKind = "budget"      // a session is too large for cookies
	KindConcurrent  ErrorKind = "concurrent"  // a change came too late: another request has changed the session
	KindSignOut     ErrorKind = "sign_out"    // a provider could not be told of a sign-out
	KindRedirect    ErrorKind = "redirect"    // a redirect target was refused
	KindReuse       ErrorKind = "reuse"       // a refresh token seems to have been used twice; the session has ended
	KindInitiated   ErrorKind = "initiated"   // a link asked for a sign-in at an issuer that is not configured
	KindHost        ErrorKind = "host"        // no URL is configured and the host is not this machine
	KindUnavailable ErrorKind = "unavailable" // sealing or other work that should not fail did
)
