package httpauth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
)

// ErrNotRecent tells that a person has a session, but authenticated longer ago than
// a route allows; see [CheckRecent].
var ErrNotRecent = errors.New("auth: the person authenticated too long ago for this")

// The parameters of the sign-in page that it passes on to the provider.
const (
	paramMaxAge    = "max_age"
	paramACR       = "acr_values"
	paramLoginHint = "login_hint"
)

// staleError is what is wrong with a session that is not recent enough.
type staleError struct {
	maxAge   time.Duration
	provider string // that the person signed in with
}

// Error tells what was asked for.
func (e *staleError) Error() string { return fmt.Sprintf("%v: not within %v", ErrNotRecent, e.maxAge) }

// Unwrap returns ErrNotRecent.
func (e *staleError) Unwrap() error { return ErrNotRecent }

func (e *staleError) seconds() string { return strconv.Itoa(int(max(e.maxAge, 0) / time.Second)) }

// Authenticated returns when the person last proved who they are, to the provider
// or here; see token.Token.Authenticated. It is the zero time without a session.
func (s *Session) Authenticated() time.Time {
	if s == nil || s.token == nil {
		return time.Time{}
	}
	return s.token.Authenticated()
}

// CheckRecent is [Check] for what a session of some hours ago is not enough for, such
// as a new password or a payment: the person has to have authenticated no longer ago
// than maxAge, give or take a minute. Otherwise the error is an [Error] with the
// status 401 that matches ErrNotRecent; see [Error.Challenge] and [SignInURL] for
// what to answer.
//
// What counts is when the provider says that the person authenticated, or the sign-in
// here if it does not say. To authenticate again they sign in again, with max_age
// (OpenID Connect Core section 3.1.2.1), and then the provider has to say. Those that
// never do, as plain OAuth 2 providers, cannot be asked again.
func CheckRecent(r *http.Request, maxAge time.Duration) error {
	if err := Check(r); err != nil || isPreflight(r) {
		return err
	}
	session, ok := FromContext(r.Context())
	if !ok {
		return unauthenticated(ErrNoSession)
	}
	if time.Since(session.Authenticated()) <= maxAge {
		return nil
	}
	return &Error{Status: http.StatusUnauthorized, Code: "insufficient_user_authentication", Err: &staleError{maxAge, session.Provider()}}
}

// RequireRecent returns a middleware for net/http that lets only people through who
// authenticated no longer ago than maxAge; see [CheckRecent]. A person who navigates
// is sent to the sign-in page, and comes back afterwards; others get 401 with a
// challenge by RFC 9470.
func (a *Auth) RequireRecent(maxAge time.Duration) func(http.Handler) http.Handler {
	return guard(func(r *http.Request) error { return CheckRecent(r, maxAge) })
}

// Challenge returns the WWW-Authenticate header of a response with this error, or ""
// if there is to be none: it tells a client that somebody has to authenticate again
// (RFC 9470 section 3).
func (e *Error) Challenge() string {
	var stale *staleError
	if !errors.As(e.Err, &stale) {
		return ""
	}
	return `Bearer error="insufficient_user_authentication", error_description="A more recent authentication is required", max_age="` + stale.seconds() + `"`
}

// signInAgain returns the sign-in page of the provider that somebody signed in with,
// and what it is told.
func (s *state) signInAgain(stale *staleError) (page string, params url.Values) {
	page = s.auth.route("signin")
	if _, known := s.auth.providers[stale.provider]; known {
		page = s.auth.route("signin", stale.provider)
	}
	return page, url.Values{paramMaxAge: {stale.seconds()}, "error": {string(codeNotRecent)}}
}

// demands returns those parameters of an authorization request that ask something
// of the sign-in itself, and of which the answer has to show that it was met.
func demands(params url.Values) url.Values {
	kept := url.Values{}
	for _, name := range []string{paramMaxAge, paramACR} {
		if value := single(params, name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept
}

// carried returns what the sign-in page passes on: what the application wants to find
// again, and what the provider is to be asked. Whoever made the link can choose the
// latter: it makes a sign-in stricter, or fills in a name.
func (v *visit) carried() map[string]string {
	data := v.appData()
	if age := v.param(paramMaxAge); isSeconds(age) {
		data[paramMaxAge] = age
	}
	if hint := v.param(paramLoginHint); slices.Contains(v.cfg.ClientParams, paramLoginHint) && hint != "" && len(hint) <= maxParam && printable(hint) {
		data[paramLoginHint] = hint
	}
	return data
}

// fromPage adds to the parameters of an authorization request those that the sign-in
// page has passed on.
func (v *visit) fromPage(params url.Values) url.Values {
	carried := v.carried()
	for _, name := range []string{paramMaxAge, paramLoginHint} {
		if value, ok := carried[name]; ok && !params.Has(name) {
			params.Set(name, value)
		}
	}
	return params
}

func isSeconds(s string) bool {
	return s != "" && len(s) <= 9 && strings.Trim(s, "0123456789") == ""
}

// needsPerson tells whether a provider was asked not to show anything (prompt=none),
// but has to (OpenID Connect Core section 3.1.2.6). That is for the person to decide:
// nothing is started again without them.
func needsPerson(err error) bool {
	var e *providers.Error
	return errors.As(err, &e) && slices.Contains(
		[]string{"login_required", "interaction_required", "consent_required", "account_selection_required"}, e.Code)
}
