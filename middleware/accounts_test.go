package middleware_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
	"github.com/sealedauth/auth/token/tokentest"
)

// apiConfig is of an application whose provider answers as given.
func apiConfig(provider http.HandlerFunc) middleware.Config {
	return middleware.Config{
		URL: "https://app.example.com", Secrets: []string{secret}, Logger: slog.New(slog.DiscardHandler),
		HTTPClient: &http.Client{Transport: inMemory{provider}},
		Providers: []providers.Provider{providers.OAuth2(providers.Config{
			ID: "api", ClientID: "app", AuthURL: "https://api.example.com/authorize", TokenURL: "https://api.example.com/token",
			UserInfoURL: "https://api.example.com/me", Fields: providers.Fields{ID: "id"},
		})},
	}
}

type inMemory struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

// withSession sends a request with a session whose access token is good for
// another while.
func withSession(t *testing.T, e *echo.Echo, cfg middleware.Config, path string, left time.Duration) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com"+path, nil)
	tokentest.SignIn(t, cfg, r, token.Token{
		Claims: claims.Claims{Subject: "alice"},
		Account: token.Account{
			Provider: "api", ID: "1", AccessToken: token.NewSecret("old"), RefreshToken: token.NewSecret("refresh"),
			ExpiresAt: time.Now().Add(left), Lifetime: 2 * time.Hour,
		},
	})
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

func call(c echo.Context) error {
	client, err := middleware.Client(c)
	if err != nil {
		return err
	}
	resp, err := client.Get("https://api.example.com/me")
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return c.Stream(resp.StatusCode, "text/plain", resp.Body)
}

// The errors of Client can be returned as they are: 503 with the time to wait
// when the provider is down, 401 when the person has to sign in again.
func TestErrorsOfClient(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		provider   http.HandlerFunc
		status     int
		retryAfter string
	}{
		"down": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 503, "7"},
		"refused": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		}, 401, ""},
	} {
		cfg := apiConfig(c.provider)
		e := echo.New()
		e.Use(middleware.Middleware(cfg))
		e.GET("/", call)
		w := withSession(t, e, cfg, "/", -time.Hour)
		if w.Code != c.status || w.Header().Get("Retry-After") != c.retryAfter {
			t.Errorf("%s: %d, Retry-After %q", name, w.Code, w.Header().Get("Retry-After"))
		}
	}
}

// A token that the API refuses is renewed as long as the response can carry the
// new session; afterwards it is the handler's to deal with.
func TestRenewalNeedsAnOpenResponse(t *testing.T) {
	t.Parallel()
	refreshes := 0
	cfg := apiConfig(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/token":
			refreshes++
			_, _ = io.WriteString(w, `{"access_token":"new","token_type":"Bearer","refresh_token":"next","expires_in":3600}`)
		case r.Header.Get("Authorization") == "Bearer new":
			_, _ = io.WriteString(w, `welcome`)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	e := echo.New()
	engine, err := httpauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e.Use(middleware.Mount(engine))
	e.GET("/open", call)
	e.GET("/begun", func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusAccepted)
		return call(c)
	})
	if w := withSession(t, e, cfg, "/begun", time.Hour); strings.Contains(w.Body.String(), "welcome") || refreshes != 0 {
		t.Errorf("a response that has begun: %s, %d refreshes", w.Body, refreshes)
	}
	w := withSession(t, e, cfg, "/open", time.Hour)
	if w.Body.String() != "welcome" || refreshes != 1 || !strings.Contains(strings.Join(w.Header()["Set-Cookie"], "\n"), "__Host-auth.session=eyJ") {
		t.Errorf("an open response: %s, %d refreshes, %v", w.Body, refreshes, w.Header())
	}
}

// Connect sends to the provider; without a session, or to nowhere, it is an error
// of Echo's.
func TestConnectWithEcho(t *testing.T) {
	t.Parallel()
	cfg := apiConfig(func(http.ResponseWriter, *http.Request) {})
	e := echo.New()
	e.Use(middleware.Middleware(cfg))
	e.GET("/connect/:provider", func(c echo.Context) error { return middleware.Connect(c, c.Param("provider"), "/") })
	w := withSession(t, e, cfg, "/connect/api", time.Hour)
	if w.Code != http.StatusFound || !strings.HasPrefix(w.Header().Get("Location"), "https://api.example.com/authorize?") {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if w := withSession(t, e, cfg, "/connect/nowhere", time.Hour); w.Code != http.StatusInternalServerError {
		t.Errorf("an unknown provider: %d", w.Code)
	}
	w = httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/connect/api", nil))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("nobody: %d", w.Code)
	}
}

// S-147: a handler that changes the session and allows caching.
func TestS_147_CachingOfAChange(t *testing.T) {
	t.Parallel()
	cfg := apiConfig(func(http.ResponseWriter, *http.Request) {})
	e := echo.New()
	e.Use(middleware.Middleware(cfg))
	e.GET("/", func(c echo.Context) error {
		err := middleware.Update(c, func(t *token.Token) error { role.Set(t, "admin"); return nil })
		c.Response().Header().Set("Cache-Control", "public, max-age=600")
		if err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
	if w := withSession(t, e, cfg, "/", time.Hour); w.Header().Get("Cache-Control") != "no-store, private" || len(w.Header()["Set-Cookie"]) != 1 {
		t.Errorf("%v", w.Header())
	}
}
