package httpauth_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

type ctx = context.Context

// claims of the application under test.
var (
	role  = claims.NewKey[string]("role")
	count = claims.NewKey[int]("count")
)

// provider is a list of one provider, for configurations that are only checked.
func provider() []providers.Provider { return []providers.Provider{testProvider("op")} }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func recorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

func contextWithTimeout(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}

func request(t *testing.T, path string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
}

// cookiesOf signs in at an application at base and compares the cookies it sets
// with names and attributes. All of them are HttpOnly and SameSite=Lax, and
// their deletions have the same attributes (S-103).
func cookiesOf(t *testing.T, base string, change func(*httpauth.Config), want map[string]string) {
	t.Helper()
	a := newApp(t, everywhere, func(c *httpauth.Config, _ *providertest.Config) { change(c) })
	b := a.browser()
	path := strings.TrimSuffix(strings.TrimPrefix(want["tx"], strings.Fields(want["tx"])[0]+" Path="), " Secure")
	var token struct{ CSRFToken string }
	first := b.get(base + path + "/csrf")
	if err := json.Unmarshal([]byte(first.body), &token); err != nil {
		t.Fatal(err)
	}
	start := b.do(http.MethodPost, base+path+"/signin/op", url.Values{"csrfToken": {token.CSRFToken}})
	in := b.get(b.choose(start.location(), "alice"))
	if err := json.Unmarshal([]byte(b.get(base+path+"/csrf").body), &token); err != nil {
		t.Fatal(err)
	}
	out := b.do(http.MethodPost, base+path+"/signout", url.Values{"csrfToken": {token.CSRFToken}})
	for kind, attributes := range want {
		set := map[string]answer{"session": in, "csrf": first, "tx": start, "id-token": in}[kind]
		gone := map[string]answer{"session": out, "csrf": out, "tx": out, "id-token": out}[kind]
		if got := attributesOf(setCookie(set, "."+kind)); got != attributes+" HttpOnly SameSite=Lax" {
			t.Errorf("%s is set with %q", kind, got)
		}
		if got := attributesOf(setCookie(gone, "."+kind)); got != attributes+" HttpOnly SameSite=Lax deleted" {
			t.Errorf("%s is deleted with %q", kind, got)
		}
	}
}

// attributesOf returns a cookie's name, without what is random in it, and its
// attributes in a fixed order.
func attributesOf(line string) string {
	c, err := http.ParseSetCookie(line)
	if err != nil {
		return err.Error()
	}
	name, _, _ := strings.Cut(c.Name, ".tx.")
	if name != c.Name {
		name += ".tx"
	}
	text := name + " Path=" + c.Path
	if c.Domain != "" {
		text += " Domain=" + c.Domain
	}
	if c.Secure {
		text += " Secure"
	}
	if c.HttpOnly {
		text += " HttpOnly"
	}
	if c.SameSite == http.SameSiteLaxMode {
		text += " SameSite=Lax"
	}
	if c.MaxAge < 0 && c.Value == "" && c.Expires.Before(time.Now()) {
		text += " deleted"
	}
	return text
}

// canaryProvider is a provider whose client secret is easy to find.
func canaryProvider() []providers.Provider {
	return []providers.Provider{providers.OIDC(providers.Config{
		ID: "op", Name: "Test", ClientID: "app", ClientSecret: "secret-of-the-client", Issuer: issuer,
	})}
}
