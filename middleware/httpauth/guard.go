package httpauth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sealedauth/auth/claims"
)

// Check tells whether a request gets through: nil if it has a session that meets
// all rules. Otherwise the error is an [Error] with the status 401, 403 or, if
// the session could not be judged, 500. CORS preflights get through, since
// browsers send them without cookies; a handler that answers OPTIONS sees them
// without a session.
func Check(r *http.Request, rules ...claims.Rule) error {
	s := stateOf(r.Context())
	switch {
	case isPreflight(r):
		return nil
	case s == nil:
		return unavailable(ErrNotMounted)
	}
	s.mu.Lock()
	failed := s.err
	s.mu.Unlock()
	switch {
	case errors.Is(failed, ErrAccessDenied):
		return forbidden(failed)
	case failed != nil:
		return unavailable(failed)
	}
	session, ok := FromContext(r.Context())
	if !ok {
		return unauthenticated(ErrNoSession)
	}
	if err := claims.All(rules...)(session); err != nil {
		return forbidden(err)
	}
	return nil
}

func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// SignInURL returns where to send a browser whose request was refused with err,
// and "" if it is not to be redirected: only a person who navigates and is not
// signed in, or not recently enough, is sent to the sign-in page. A script is told by
// the status.
func SignInURL(r *http.Request, err error) string {
	var e *Error
	s := stateOf(r.Context())
	if s == nil || s.origin == "" || !errors.As(err, &e) || e.Status != http.StatusUnauthorized || !isNavigation(r) {
		return ""
	}
	page, params := s.auth.route("signin"), url.Values{}
	var stale *staleError
	if errors.As(err, &stale) {
		page, params = s.signInAgain(stale)
	}
	uri := r.RequestURI
	if !strings.HasPrefix(uri, "/") {
		uri = r.URL.RequestURI()
	}
	v := &visit{Auth: s.auth, r: r, origin: s.origin}
	if back, err := v.allowedTarget(uri); err == nil && r.Method == http.MethodGet {
		if errors.Is(e, ErrNoSession) && v.mayHideSession() {
			return v.stepURL(back)
		}
		params.Set("callbackUrl", back)
	}
	if len(params) == 0 {
		return s.origin + page
	}
	return s.origin + page + "?" + params.Encode()
}

// isNavigation tells whether a person is waiting for a page. Browsers say so in
// Sec-Fetch-Mode; older ones and other clients only by what they accept.
func isNavigation(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return r.Header.Get("X-Requested-With") == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// Require returns a middleware for net/http that lets only requests through that
// meet all rules. See [Check] and [SignInURL] for what becomes of the others.
func (a *Auth) Require(rules ...claims.Rule) func(http.Handler) http.Handler {
	return guard(func(r *http.Request) error { return Check(r, rules...) })
}

// guard returns a middleware that lets only requests through that pass a check.
func guard(check func(*http.Request) error) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			err := check(r)
			if err == nil {
				next.ServeHTTP(w, r)
				return
			}
			private(w.Header())
			if page := SignInURL(r, err); page != "" {
				http.Redirect(w, r, page, http.StatusFound) //nolint:gosec // the page is the kit's own, its target was checked
				return
			}
			var e *Error
			if !errors.As(err, &e) {
				e = unavailable(err)
			}
			if challenge := e.Challenge(); challenge != "" {
				w.Header().Set("WWW-Authenticate", challenge)
			}
			writeJSON(w, e.Status, Refusal(e))
		})
	}
}

// Refusal returns the JSON body for a request that does not get through. It
// names the status and the code, and never the cause.
func Refusal(e *Error) map[string]string {
	return map[string]string{"message": http.StatusText(e.Status), "code": e.Code}
}
