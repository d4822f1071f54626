package providers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
)

// The kinds of errors that providers return, to be matched with errors.Is. The
// errors themselves are of type [Error].
var (
	// ErrUnavailable tells that the provider could not be reached, did not
	// answer in time, or answered that it cannot serve now. It may pass.
	ErrUnavailable = errors.New("provider is unavailable")

	// ErrResponse tells that the provider's answer is not what the protocol
	// asks for, or is too large.
	ErrResponse = errors.New("provider sent an unusable answer")

	// ErrInvalidGrant tells that a code or a refresh token is expired, revoked
	// or already used (RFC 6749 section 5.2). It is final.
	ErrInvalidGrant = errors.New("provider refused the grant")

	// ErrRejected tells that the provider refused the request for another
	// reason, which mostly means that the client is not configured there as it
	// is here.
	ErrRejected = errors.New("provider refused the request")

	// ErrDenied tells that the person, or the provider's policy, did not allow
	// the sign-in (access_denied).
	ErrDenied = errors.New("sign-in was denied at the provider")

	// ErrCallback tells that the answer in the browser is not one to the
	// request: another issuer, or no code.
	ErrCallback = errors.New("callback is not valid")

	// ErrIDToken tells that the ID token of a sign-in failed a check.
	ErrIDToken = errors.New("ID token is not valid")

	// ErrIdentityChanged tells that the ID token of a refresh is correctly signed
	// and of another person, issuer, audience or authorized party than that of
	// the sign-in (OpenID Connect Core section 12.2). It is final: the new
	// tokens may be somebody else's.
	ErrIdentityChanged = errors.New("refreshed tokens are of another identity")

	// ErrLogoutToken tells that a logout token failed a check (OpenID Connect
	// Back-Channel Logout 1.0 section 2.6). Nobody is to be signed out by it.
	ErrLogoutToken = errors.New("logout token is not valid")

	// ErrProfile tells that the profile has no usable id, or is of somebody
	// else than the ID token.
	ErrProfile = errors.New("profile is not usable")

	// ErrConfig tells that the provider's configuration is not complete, or that
	// it leads to where there is nothing.
	ErrConfig = errors.New("provider is not configured")
)

// Error is what went wrong with a provider. It never holds a token, a code or
// any text of an answer except the OAuth error code.
type Error struct {
	Provider   string        // id of the provider
	Op         string        // what was being done, such as "token"
	Kind       error         // one of the sentinels above
	Status     int           // HTTP status, if there was an answer
	Code       string        // OAuth error code, if the answer had one
	RetryAfter time.Duration // how long the provider asks to be left alone, at most a minute
	Detail     string        // what exactly, in the kit's own words
}

// Error returns one line that names the provider and the step.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("providers: ")
	if e.Provider != "" {
		b.WriteString(e.Provider + ": ")
	}
	fmt.Fprintf(&b, "%s: %v", e.Op, e.Kind)
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (error %s)", e.Code)
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	return b.String()
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

// tried adds to the error of a fetch what was fetched and what to check. If there
// is nothing, the configuration is wrong, and waiting does not help.
func tried(err error, what, check string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Status == http.StatusNotFound || e.Status == http.StatusGone {
		e.Kind, e.Detail = ErrConfig, "there is nothing"
	}
	e.Detail = strings.TrimPrefix(e.Detail+"; tried "+what+"; check "+check, "; ")
	return e
}

// errorCode returns an OAuth error code that may be logged: foreign text is not
// passed on.
func errorCode(s string) string {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
	if len(s) <= 64 && strings.Trim(s, allowed) == "" {
		return s
	}
	return "unreadable"
}

// codeOf returns the OAuth error code of an answer, or "" if it has none. What
// is no code, but says that something went wrong, counts as one.
func codeOf(o claims.Object) string {
	switch raw, _ := o.Raw("error"); string(raw) {
	case "", "null", "false", `""`:
		return ""
	}
	if s := o.String("error"); s != "" {
		return errorCode(s)
	}
	return "unreadable"
}

// kindOf sorts an OAuth error code and a status by what can be done about them.
func kindOf(code string, status int) error {
	switch {
	case status == http.StatusTooManyRequests || status >= 500:
		return ErrUnavailable
	case code == "invalid_grant":
		return ErrInvalidGrant
	case code == "temporarily_unavailable", code == "server_error", code == "slow_down":
		return ErrUnavailable
	case code != "":
		return ErrRejected
	}
	// No error code: not the OAuth endpoint spoke, but something before it.
	return ErrUnavailable
}

// retryAfter reads the header of that name (RFC 9110 section 10.2.3), at most a
// minute of it.
func retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(v, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		wait = time.Duration(min(seconds, 60)) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		wait = time.Until(at)
	}
	return min(max(wait, 0), time.Minute)
}
