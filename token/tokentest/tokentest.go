// Package tokentest signs people in for tests of handlers: it mints the cookies
// of a session in one line, without a provider and without a browser.
//
//	tokentest.SignIn(t, cfg, r, token.Token{Claims: claims.Claims{Subject: "alice"}})
//
// cfg is the configuration that the application under test is mounted with, so
// the cookies are those that it accepts. To test what happens at a sign-in itself,
// see package providertest.
package tokentest

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Cookies returns the cookies of a session with this token for a configuration.
// An empty Subject is filled in with "user". It fails the test if the
// configuration is wrong or the token does not fit cookies.
func Cookies(tb testing.TB, cfg httpauth.Config, t token.Token) []*http.Cookie {
	tb.Helper()
	if cfg.Providers == nil {
		cfg.Providers = []providers.Provider{providers.OIDC(providers.Config{
			ID: "test", ClientID: "test", Issuer: "https://issuer.invalid",
		})}
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	a, err := httpauth.New(cfg)
	if err != nil {
		tb.Fatalf("tokentest: %v", err)
	}
	if t.Subject == "" {
		t.Subject = "user"
	}
	cookies, err := a.Cookies(&t)
	if err != nil {
		tb.Fatalf("tokentest: %v", err)
	}
	return cookies
}

// SignIn adds the cookies of a session to a request.
func SignIn(tb testing.TB, cfg httpauth.Config, r *http.Request, t token.Token) {
	tb.Helper()
	for _, c := range Cookies(tb, cfg, t) {
		r.AddCookie(c)
	}
}
