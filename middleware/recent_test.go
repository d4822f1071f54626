package middleware_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/middleware"
)

// S-179: an open session of an hour ago opens what is open, and not what is guarded by
// RequireRecent, in Echo.
func TestS_179_RequireRecent(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Use(m)
		ok := func(c echo.Context) error { return c.String(http.StatusOK, "in") }
		e.GET("/open", ok, middleware.Require())
		e.GET("/payment", ok, middleware.RequireRecent(5*time.Minute))
	})
	age := time.Duration(0)
	s.op.EditIDToken = func(claims map[string]any) { claims["auth_time"] = time.Now().Add(-age).Unix() }
	s.signIn("/auth")
	if resp, body := s.do(http.MethodGet, "/payment", nil); resp.StatusCode != 200 || body != "in" {
		t.Errorf("after the sign-in: %d %s", resp.StatusCode, body)
	}
	age = time.Hour
	s.signIn("/auth")
	if resp, _ := s.do(http.MethodGet, "/open", nil); resp.StatusCode != 200 {
		t.Errorf("open: %d", resp.StatusCode)
	}
	resp, body := s.do(http.MethodGet, "/payment", nil)
	if resp.StatusCode != 401 || !strings.Contains(body, `"code":"insufficient_user_authentication"`) || !strings.Contains(resp.Header.Get("WWW-Authenticate"), `max_age="300"`) {
		t.Errorf("%d %s %s", resp.StatusCode, body, resp.Header.Get("WWW-Authenticate"))
	}
	resp, _ = s.do(http.MethodGet, "/payment", nil, "Sec-Fetch-Mode", "navigate")
	if where := resp.Header.Get("Location"); resp.StatusCode != 302 || !strings.Contains(where, "/auth/signin/op?") || !strings.Contains(where, "max_age=300") {
		t.Errorf("%d to %s", resp.StatusCode, where)
	}
}
