package middleware_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
)

// stub signs one person in without a provider.
type stub struct{}

func (stub) Info() providers.Info { return providers.Info{ID: "stub", Name: "Stub"} }

func (stub) AuthCodeURL(_ context.Context, r providers.AuthRequest) (string, error) {
	return "https://stub.example.com/?state=" + r.State, nil
}

func (stub) Exchange(context.Context, providers.Callback) (*providers.Identity, error) {
	return &providers.Identity{User: providers.User{ID: "1", Name: "Alice Example", Email: "alice@example.com"}}, nil
}

// BenchmarkRequest is what the kit adds to a request whose session is good and
// not due for anything, for sessions of three sizes, beside a request without
// the kit and one without a session.
func BenchmarkRequest(b *testing.B) {
	hello := func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
	bare := echo.New()
	bare.GET("/", hello)
	b.Run("bare", func(b *testing.B) { serve(b, bare, "") })
	for _, size := range []int{0, 600, 3600} {
		e, cookie := signedIn(b, size)
		e.GET("/", hello)
		if size == 0 {
			b.Run("anonymous", func(b *testing.B) { serve(b, e, "") })
		}
		b.Run(fmt.Sprintf("session-%dB", len(cookie)), func(b *testing.B) { serve(b, e, cookie) })
	}
}

func serve(b *testing.B, h http.Handler, cookie string) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// signedIn returns an application and the cookies of somebody signed in, whose
// token carries a claim of this many bytes.
func signedIn(b *testing.B, size int) (*echo.Echo, string) {
	b.Helper()
	e := echo.New()
	e.Use(middleware.Middleware(middleware.Config{
		URL: "https://app.example.com", Secrets: []string{secret}, Providers: []providers.Provider{stub{}}, Logger: slog.New(slog.DiscardHandler),
		Callbacks: httpauth.Callbacks{JWT: func(_ context.Context, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerSignIn && size > 0 {
				role.Set(e.Token, strings.Repeat("x", size))
			}
			return nil
		}},
	}))
	jar := map[string]string{}
	visit := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(b.Context(), method, "https://app.example.com"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", header(jar))
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			if delete(jar, c.Name); c.MaxAge >= 0 {
				jar[c.Name] = c.Value
			}
		}
		return w
	}
	token := visit("GET", "/auth/csrf", "").Body.String()
	token = strings.TrimSuffix(strings.TrimPrefix(token, `{"csrfToken":"`), `"}`)
	start := visit("POST", "/auth/signin/stub", "csrfToken="+token).Header().Get("Location")
	visit("GET", "/auth/callback/stub?"+start[strings.Index(start, "state="):], "")
	for name := range jar {
		if !strings.Contains(name, "auth.session") {
			delete(jar, name)
		}
	}
	if len(jar) == 0 {
		b.Fatal("not signed in")
	}
	return e, header(jar)
}

func header(jar map[string]string) string {
	var pairs []string
	for name, value := range jar {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}
