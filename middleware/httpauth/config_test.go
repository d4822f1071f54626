package httpauth_test

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
)

// clearEnv removes what the environment of the test run could bring in.
func clearEnv(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AUTH_") {
			t.Setenv(name, "")
		}
	}
}

// Each mistake gives one error that names the field and what to do.
func TestS_185_Configuration(t *testing.T) {
	clearEnv(t)
	id, secret := "client", "very-secret"
	for name, c := range map[string]struct {
		change func(*httpauth.Config)
		field  string
		remedy string
	}{
		"no secret":        {func(c *httpauth.Config) { c.Secrets = nil }, "Secrets", "AUTH_SECRET"},
		"short secret":     {func(c *httpauth.Config) { c.Secrets = []string{"secret"} }, "Secrets", "openssl rand"},
		"repeated secret":  {func(c *httpauth.Config) { c.Secrets = []string{strings.Repeat("ab", 30)} }, "Secrets", "openssl rand"},
		"second is short":  {func(c *httpauth.Config) { c.Secrets = []string{testSecret, "old"} }, "Secrets", "secret 2"},
		"http":             {func(c *httpauth.Config) { c.URL = "http://app.example.com" }, "URL", "https"},
		"other scheme":     {func(c *httpauth.Config) { c.URL = "ftp://app.example.com" }, "URL", "https"},
		"not a URL":        {func(c *httpauth.Config) { c.URL = "app.example.com" }, "URL", "https://app.example.com"},
		"URL with query":   {func(c *httpauth.Config) { c.URL = "https://app.example.com/?x" }, "URL", "https://app.example.com"},
		"URL with user":    {func(c *httpauth.Config) { c.URL = "https://a:b@app.example.com" }, "URL", "https://app.example.com"},
		"base path":        {func(c *httpauth.Config) { c.BasePath = "auth" }, "BasePath", "/auth"},
		"base path odd":    {func(c *httpauth.Config) { c.BasePath = "/a b" }, "BasePath", "/auth"},
		"no provider":      {func(c *httpauth.Config) { c.Providers = nil }, "Providers", "AUTH_GOOGLE_ID"},
		"empty providers":  {func(c *httpauth.Config) { c.Providers = []providers.Provider{} }, "Providers", "AUTH_GOOGLE_ID"},
		"nil provider":     {func(c *httpauth.Config) { c.Providers = []providers.Provider{nil} }, "Providers", "number 1"},
		"provider id":      {func(c *httpauth.Config) { c.Providers = []providers.Provider{testProvider("")} }, "Providers", "no id"},
		"odd provider id":  {func(c *httpauth.Config) { c.Providers = []providers.Provider{testProvider("A/b")} }, "Providers", "lower-case"},
		"two of one id":    {func(c *httpauth.Config) { c.Providers = append(provider(), provider()...) }, "Providers", "WithID"},
		"no client id":     {func(c *httpauth.Config) { c.Providers = []providers.Provider{providers.Google("", secret)} }, "Providers", "AUTH_GOOGLE_ID"},
		"no client secret": {func(c *httpauth.Config) { c.Providers = []providers.Provider{providers.GitHub(id, "")} }, "Providers", "AUTH_GITHUB_SECRET"},
		"no issuer": {func(c *httpauth.Config) {
			c.Providers = []providers.Provider{providers.OIDC(providers.Config{ID: "x", ClientID: id})}
		}, "Providers", "AUTH_X_ISSUER"},
		"ages":             {func(c *httpauth.Config) { c.MaxAge, c.AbsoluteMaxAge = 2*time.Hour, time.Hour }, "AbsoluteMaxAge", "MaxAge"},
		"short age":        {func(c *httpauth.Config) { c.MaxAge = time.Second }, "MaxAge", "minute"},
		"long age":         {func(c *httpauth.Config) { c.AbsoluteMaxAge = 500 * 24 * time.Hour }, "AbsoluteMaxAge", "400 days"},
		"update age":       {func(c *httpauth.Config) { c.UpdateAge = 9 * time.Hour }, "UpdateAge", "MaxAge"},
		"cookie name":      {func(c *httpauth.Config) { c.Name = "a;b" }, "Name", "letters"},
		"cookie name CRLF": {func(c *httpauth.Config) { c.Name = "a\r\nX:" }, "Name", "letters"},
		"domain":           {func(c *httpauth.Config) { c.CookieDomain = "other.com" }, "CookieDomain", "host of URL"},
		"top-level domain": {func(c *httpauth.Config) { c.CookieDomain = "com" }, "CookieDomain", "host of URL"},
		"suffix domain":    {func(c *httpauth.Config) { c.CookieDomain = "ample.com" }, "CookieDomain", "host of URL"},
		"budget":           {func(c *httpauth.Config) { c.CookieBudget = 1 << 20 }, "CookieBudget", "49152"},
		"colour":           {func(c *httpauth.Config) { c.Theme.Color = "red;}" }, "Theme.Color", "#rrggbb"},
		"logo":             {func(c *httpauth.Config) { c.Theme.LogoURL = "javascript:alert(1)" }, "Theme.LogoURL", "https"},
		"page":             {func(c *httpauth.Config) { c.Pages.SignIn = "https://evil.com" }, "Pages.SignIn", "path"},
		"page of the kit":  {func(c *httpauth.Config) { c.Pages.Error = "/auth/error" }, "Pages.Error", "outside /auth"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := httpauth.Config{URL: appURL, Secrets: []string{testSecret}, Providers: provider(), Logger: quiet()}
			c.change(&cfg)
			_, err := httpauth.New(cfg)
			if err == nil {
				t.Fatal("accepted")
			}
			if text := err.Error(); !strings.Contains(text, "Config."+c.field+":") || !strings.Contains(text, c.remedy) || strings.Count(text, "Config.") != 1 {
				t.Errorf("error %q; want one that names Config.%s and %q", text, c.field, c.remedy)
			}
			if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, testSecret) {
				t.Errorf("error %q holds a secret", text)
			}
		})
	}
}

func TestConfigurationTellsEverything(t *testing.T) {
	clearEnv(t)
	_, err := httpauth.New(httpauth.Config{URL: "http://app.example.com", Name: "a b", Theme: httpauth.Theme{Color: "x"}})
	for _, field := range []string{"URL", "Secrets", "Providers", "Name", "Theme.Color"} {
		if err == nil || !strings.Contains(err.Error(), "Config."+field+":") {
			t.Errorf("%s is missing in: %v", field, err)
		}
	}
}

// The zero configuration works with the environment alone.
func TestConfigurationFromEnvironment(t *testing.T) {
	clearEnv(t)
	t.Setenv("AUTH_URL", "https://APP.example.com:443/api/auth/")
	t.Setenv("AUTH_SECRET", testSecret)
	t.Setenv("AUTH_SECRET_1", "one-0123456789-abcdefghijklmnopqrstuv")
	t.Setenv("AUTH_GOOGLE_ID", "id")
	t.Setenv("AUTH_GOOGLE_SECRET", "secret")
	var log strings.Builder
	a, err := httpauth.New(httpauth.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if want := "uri=https://app.example.com/api/auth/callback/google"; !strings.Contains(log.String(), want) {
		t.Errorf("the log does not name the redirect URI %s: %s", want, log.String())
	}
	w := recorder()
	r := request(t, "/api/auth/providers")
	a.Wrap(nil).ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"signinUrl":"https://app.example.com/api/auth/signin/google"`) {
		t.Errorf("providers: %s", w.Body.String())
	}
}

// S-91: names, prefixes and attributes of every cookie, in every mode.
func TestS_91_Cookies(t *testing.T) {
	t.Parallel()
	for mode, c := range map[string]struct {
		change                     func(*httpauth.Config)
		session, csrf, tx, idToken string
		base                       string
	}{
		"https":      {func(*httpauth.Config) {}, "__Host-auth.session Path=/ Secure", "__Host-auth.csrf Path=/ Secure", "__Secure-auth.tx Path=/auth Secure", "__Secure-auth.id-token Path=/auth Secure", appURL},
		"http":       {func(c *httpauth.Config) { c.URL = "http://localhost:3000" }, "auth.session Path=/", "auth.csrf Path=/", "auth.tx Path=/auth", "auth.id-token Path=/auth", "http://localhost:3000"},
		"domain":     {func(c *httpauth.Config) { c.CookieDomain = ".example.com" }, "__Secure-auth.session Path=/ Domain=example.com Secure", "__Host-auth.csrf Path=/ Secure", "__Secure-auth.tx Path=/auth Secure", "__Secure-auth.id-token Path=/auth Secure", appURL},
		"other name": {func(c *httpauth.Config) { c.Name, c.BasePath = "shop", "/api/auth" }, "__Host-shop.session Path=/ Secure", "__Host-shop.csrf Path=/ Secure", "__Secure-shop.tx Path=/api/auth Secure", "__Secure-shop.id-token Path=/api/auth Secure", appURL},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cookiesOf(t, c.base, c.change, map[string]string{"session": c.session, "csrf": c.csrf, "tx": c.tx, "id-token": c.idToken})
		})
	}
}

func TestConfigIsNotPrinted(t *testing.T) {
	t.Parallel()
	cfg := httpauth.Config{Secrets: []string{testSecret}, Providers: []providers.Provider{providers.Google("id", "client-secret")}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", cfg)
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v %s %q %x %d", cfg, cfg, cfg, cfg, cfg, cfg, cfg), fmt.Sprint(&cfg), log.String(),
		fmt.Sprintf("%v %+v %#v", cfg.Providers, cfg.Providers, cfg.Providers),
	} {
		if strings.Contains(text, testSecret) || strings.Contains(text, "client-secret") {
			t.Errorf("printed: %s", text)
		}
	}
}
