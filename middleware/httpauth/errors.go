package httpauth

import (
	"errors"
	"net/http"
	"time"
)

var (
	// ErrAccessDenied is what a SignIn or JWT callback returns to refuse a
	// person. They see the error page for AccessDenied.
	ErrAccessDenied = errors.New("auth: access denied")

	// ErrSignOut is what a JWT callback returns to end a session.
	ErrSignOut = errors.New("auth: session ended by the jwt callback")

	// ErrNoSession tells that the request has no session.
	ErrNoSession = errors.New("auth: no session")

	// ErrNoAccessToken tells that the session has no access token that is still
	// good.
	ErrNoAccessToken = errors.New("auth: no valid access token")

	// ErrCommitted tells that the response has begun, so that no cookie can be
	// sent any more.
	ErrCommitted = errors.New("auth: the response has already begun; update the session before writing the body")

	// ErrConcurrentUpdate tells that the session was changed meanwhile, by another
	// request or another goroutine of this one; nothing was changed.
	ErrConcurrentUpdate = errors.New("auth: the session was changed at the same time; try again")

	// ErrReuseSuspected tells that the provider refuses a refresh token that is less
	// than a day old: it was taken back, or was used twice, by instances that have no
	// Coordinator or by a thief (RFC 9700 section 4.14). The session has ended.
	ErrReuseSuspected = errors.New("auth: a refresh token that is not old was refused; it may have been used twice")

	// ErrNotMounted tells that a guard or a helper was used on a route that the
	// middleware does not cover. Guards then let nobody through.
	ErrNotMounted = errors.New("auth: the middleware does not run on this route; mount it before the guard")
)

// Error is why a request does not get through. Its text is for the log; clients
// see the status and the code.
type Error struct {
	Status int    // HTTP status: 401, 403, 500 or 503
	Code   string // stable: "unauthenticated", "insufficient_user_authentication", "forbidden" or "unavailable"
	Err    error  // the cause

	RetryAfter time.Duration // when it makes sense to try again; 0 if nobody knows
}

// Error returns the code and the cause.
func (e *Error) Error() string { return "auth: " + e.Code + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// StatusCode returns the HTTP status.
func (e *Error) StatusCode() int { return e.Status }

func unauthenticated(cause error) *Error {
	return &Error{Status: http.StatusUnauthorized, Code: "unauthenticated", Err: cause}
}

func forbidden(cause error) *Error {
	return &Error{Status: http.StatusForbidden, Code: "forbidden", Err: cause}
}

func unavailable(cause error) *Error {
	return &Error{Status: http.StatusInternalServerError, Code: "unavailable", Err: cause}
}
