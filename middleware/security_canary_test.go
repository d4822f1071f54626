package middleware_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	echomw "github.com/labstack/echo/v4/middleware"
	"github.com/labstack/gommon/log"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/token"
	"github.com/sealedauth/auth/token/tokentest"
)

// S-141, S-146: with Echo in its debugging mode, where it prints and sends the text of
// errors, and with its own logger at every level, nothing secret is said: not by the
// errors of guards and helpers, and not by the kit's own log.
func TestS_141_S_146_EchoSaysNothing(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711"
	var said bytes.Buffer
	for _, answer := range []func(w http.ResponseWriter, r *http.Request){
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"`+canary+`"}`)
		},
		func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprint(w, "<html>", canary, r.Form, r.Header)
		},
	} {
		cfg := apiConfig(answer)
		cfg.Secrets = []string{secret}
		cfg.Logger = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
		e := echo.New()
		e.Debug = true
		e.Logger.SetOutput(&said)
		e.Logger.SetLevel(log.DEBUG)
		e.Use(echomw.RequestLoggerWithConfig(echomw.RequestLoggerConfig{
			LogError: true, LogStatus: true, LogMethod: true, LogRoutePath: true, LogLatency: true, HandleError: true,
			LogValuesFunc: func(_ echo.Context, v echomw.RequestLoggerValues) error {
				_, err := fmt.Fprintf(&said, "%+v\n", v)
				return err
			},
		}), echomw.Recover(), middleware.Middleware(cfg))
		report := func(err error) error {
			_, _ = fmt.Fprintf(&said, "%v %+v %#v\n", err, err, err)
			return err
		}
		e.GET("/client", func(c echo.Context) error { _, err := middleware.Client(c); return report(err) })
		e.GET("/other", func(c echo.Context) error { _, err := middleware.ClientFor(c, "other"); return report(err) })
		e.GET("/connect", func(c echo.Context) error { return report(middleware.Connect(c, "api", "//evil.com")) })
		e.GET("/update", func(c echo.Context) error {
			return report(middleware.Update(c, func(t *token.Token) error { t.Name = strings.Repeat("x", 40<<10); return nil }))
		})
		e.GET("/late", func(c echo.Context) error {
			_ = c.NoContent(http.StatusNoContent)
			return report(middleware.Update(c, func(*token.Token) error { return nil }))
		})
		e.GET("/role", who, middleware.Require(role.Is("admin")))
		e.GET("/panic", func(c echo.Context) error { s, _ := middleware.Current(c); panic(s) })
		for _, path := range []string{"/client", "/other", "/connect", "/update", "/late", "/role", "/panic", "/auth/session", "/auth/signout", "/auth/callback/api?code=" + canary + "&state=" + canary, "/missing"} {
			for _, accept := range []string{"text/html", "application/json"} {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com"+path, nil)
				r.Header.Set("Accept", accept)
				tokentest.SignIn(t, cfg, r, token.Token{
					Claims: claims.Claims{Subject: "alice"},
					Account: token.Account{
						Provider: "api", ID: "1", AccessToken: token.NewSecret(canary + "-access"), RefreshToken: token.NewSecret(canary + "-refresh"),
						ExpiresAt: time.Now().Add(-time.Hour), Lifetime: time.Hour,
					},
				})
				w := httptest.NewRecorder()
				e.ServeHTTP(w, r)
				_, _ = fmt.Fprintln(&said, w.Code, w.Body)
				for _, c := range r.Cookies() {
					if strings.Contains(said.String(), c.Value) {
						t.Errorf("%s: the cookie %s is said", path, c.Name)
					}
				}
			}
		}
	}
	text := said.String()
	for _, hidden := range []string{canary, secret} {
		if i := strings.Index(text, hidden); i >= 0 {
			t.Errorf("%s is said: …%s…", hidden, text[max(0, i-200):min(len(text), i+80)])
		}
	}
	if len(text) < 5000 {
		t.Errorf("only %d bytes are said:\n%s", len(text), text)
	}
}
