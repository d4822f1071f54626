package tokentest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
	"github.com/sealedauth/auth/token/tokentest"
)

// Role is a claim of the application under test.
var Role = claims.NewKey[string]("role")

func config(compat auth.Compat) auth.Config {
	return auth.Config{
		URL: "https://app.example.com", Secrets: []string{"for tests only: 0aF9-kLm2-PqR7-sTu4"}, Compat: compat,
		Providers: []auth.Provider{providers.GitHub("id", "secret")},
	}
}

// application has an area for administrators.
func application(cfg auth.Config) *echo.Echo {
	e := echo.New()
	e.Use(auth.Middleware(cfg))
	e.GET("/admin", func(c echo.Context) error {
		s, _ := auth.Current(c)
		return c.String(http.StatusOK, "hello "+s.User.Name)
	}, auth.Require(Role.Is("admin")))
	return e
}

func TestGuardedHandler(t *testing.T) {
	t.Parallel()
	for _, compat := range []auth.Compat{auth.Native, auth.AuthJS, auth.NextAuth4} {
		cfg := config(compat)
		app := application(cfg)
		get := func(tok *token.Token) (int, string) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/admin", nil)
			if tok != nil {
				tokentest.SignIn(t, cfg, r, *tok)
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		if status, _ := get(nil); status != http.StatusUnauthorized {
			t.Errorf("%s: nobody: %d", compat, status)
		}
		if status, _ := get(&token.Token{}); status != http.StatusForbidden {
			t.Errorf("%s: somebody: %d", compat, status)
		}
		admin := &token.Token{Claims: claims.Claims{Subject: "alice", Name: "Alice"}}
		Role.Set(admin, "admin")
		if status, body := get(admin); status != http.StatusOK || body != "hello Alice" {
			t.Errorf("%s: an administrator: %d %s", compat, status, body)
		}
	}
}

// A session that does not fit one cookie comes in several.
func TestLargeSession(t *testing.T) {
	t.Parallel()
	tok := token.Token{}
	claims.NewKey[string]("blob").Set(&tok, strings.Repeat("x", 4000))
	if cookies := tokentest.Cookies(t, config(auth.Native), tok); len(cookies) != 2 {
		t.Errorf("%d cookies", len(cookies))
	}
}

// An account with tokens, for handlers that call an API.
func TestAccount(t *testing.T) {
	t.Parallel()
	cfg := config(auth.Native)
	e := echo.New()
	e.Use(auth.Middleware(cfg))
	e.GET("/", func(c echo.Context) error {
		_, err := auth.Client(c)
		return err
	})
	for left, want := range map[time.Duration]int{time.Hour: 200, -time.Hour: 401} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/", nil)
		tokentest.SignIn(t, cfg, r, token.Token{Account: token.Account{
			Provider: "github", ID: "1", AccessToken: token.NewSecret("at"), ExpiresAt: time.Now().Add(left),
		}})
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("a token that is good for another %v: %d", left, w.Code)
		}
	}
}

func ExampleSignIn() {
	t := &testing.T{} // the one of your test
	cfg := config(auth.Native)
	alice := token.Token{Claims: claims.Claims{Subject: "alice", Name: "Alice"}}
	Role.Set(&alice, "admin")

	r := httptest.NewRequest(http.MethodGet, "https://app.example.com/admin", nil)
	tokentest.SignIn(t, cfg, r, alice)
	w := httptest.NewRecorder()
	application(cfg).ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 hello Alice
}
