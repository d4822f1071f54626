package middleware

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
)

// Require returns a middleware that lets only requests through whose session
// meets all rules; without rules, every session does. A person who navigates and
// is not signed in is redirected to the sign-in page and comes back afterwards;
// scripts and other clients get 401. Who is signed in but does not meet a rule
// gets 403. The errors arrive at Echo's error handler as *echo.HTTPError with
// the [httpauth.Error] inside.
func Require(rules ...claims.Rule) echo.MiddlewareFunc {
	return guard(func(r *http.Request) error { return httpauth.Check(r, rules...) })
}

// RequireRecent returns a middleware that lets only people through who authenticated
// no longer ago than maxAge, for what an open session alone is not enough for. A
// person who navigates is sent to the sign-in page, to authenticate again at the
// provider, and comes back afterwards; scripts and other clients get 401 with a
// challenge by RFC 9470. See [httpauth.CheckRecent] for what counts.
func RequireRecent(maxAge time.Duration) echo.MiddlewareFunc {
	return guard(func(r *http.Request) error { return httpauth.CheckRecent(r, maxAge) })
}

func guard(check func(*http.Request) error) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := check(c.Request())
			if err == nil {
				return next(c)
			}
			c.Response().Header().Set("Cache-Control", "no-store, private")
			if page := httpauth.SignInURL(c.Request(), err); page != "" {
				return c.Redirect(http.StatusFound, page)
			}
			var e *httpauth.Error
			if errors.As(err, &e) && e.Challenge() != "" {
				c.Response().Header().Set(echo.HeaderWWWAuthenticate, e.Challenge())
			}
			return httpError(err)
		}
	}
}

// httpError makes a new *echo.HTTPError. It has to be the outermost error, or
// Echo v4 answers 500, and a new one, since Echo and handlers may change it.
func httpError(err error) *echo.HTTPError {
	var e *httpauth.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, httpauth.ErrNoSession):
		e = &httpauth.Error{Status: http.StatusUnauthorized, Code: "unauthenticated", Err: err}
	default:
		return echo.NewHTTPError(http.StatusInternalServerError).SetInternal(err)
	}
	return echo.NewHTTPError(e.Status, httpauth.Refusal(e)).SetInternal(err)
}
