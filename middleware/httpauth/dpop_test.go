package httpauth_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// withDPoP binds tokens to keys; the provider and the API insist on it, and on nonces.
func withDPoP(c *httpauth.Config, op *providertest.Config) {
	c.Providers = []providers.Provider{testProvider("op", providers.WithDPoP())}
	op.Clients = []providertest.Client{{ID: "app", Secret: "secret", DPoP: true}}
	op.DPoPNonce = true
}

// withAPI adds a route that calls the provider's API and tells what that answers.
func (a *app) withAPI() *app {
	a.mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
		httpauth.SetCommitted(r.Context(), func() bool { return false })
		client, err := httpauth.Client(r.Context())
		if err != nil {
			_, _ = io.WriteString(w, err.Error())
			return
		}
		resp, err := client.Post(issuer+"/resource?x=y", "text/plain", strings.NewReader("body"))
		if err != nil {
			_, _ = io.WriteString(w, err.Error())
			return
		}
		_ = resp.Body.Close()
		_, _ = io.WriteString(w, resp.Status)
	})
	return a
}

// The key travels in the sealed session, whatever its format: on each request the API
// sees a proof of it, also after the token was renewed.
func TestS_80l_ClientProvesItsKey(t *testing.T) {
	t.Parallel()
	for _, format := range []token.Format{token.Native, token.AuthJS} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, withDPoP, func(c *httpauth.Config, _ *providertest.Config) { c.Compat, c.BasePath = format, "/auth" }).withAPI()
				b := a.browser()
				b.signIn("alice")
				if got := b.get("/api").body; got != "204 No Content" || a.op.Count("resource") != 2 {
					t.Errorf("%s after %d requests", got, a.op.Count("resource"))
				}
				if got := b.get("/api").body; got != "204 No Content" || a.op.Count("resource") != 3 {
					t.Errorf("%s after %d requests", got, a.op.Count("resource"))
				}
				time.Sleep(58 * time.Minute)
				if got := b.get("/api").body; got != "204 No Content" || a.op.Count("refresh") == 0 || a.op.Reuses() != 0 {
					t.Errorf("after a refresh: %s, %d refreshes, %v", got, a.op.Count("refresh"), a.kinds())
				}
				// The API refuses a token that should be good: it is renewed, bound to the same key.
				refreshes := a.op.Count("refresh")
				time.Sleep(2 * time.Minute)
				a.op.Fail("resource", providertest.Fault{Status: http.StatusUnauthorized})
				if got := b.get("/api").body; got != "204 No Content" || a.op.Count("refresh") == refreshes {
					t.Errorf("after a refusal: %s, %d refreshes", got, a.op.Count("refresh"))
				}
			})
		})
	}
}

// A copy of the access token alone is of no use.
func TestS_80l_StolenToken(t *testing.T) {
	t.Parallel()
	a := newApp(t, withDPoP, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			e.Token.Account.DPoPKey = token.Secret{}
			return nil
		}
	}).withAPI()
	b := a.browser()
	b.signIn("alice")
	if got := b.get("/api").body; !strings.Contains(got, "bound to a key that the session does not have") || a.op.Count("resource") != 0 {
		t.Errorf("%s after %d requests", got, a.op.Count("resource"))
	}
	a = newApp(t, withDPoP, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			e.Token.Account.DPoPKey = token.NewSecret("canary")
			return nil
		}
	})
	a.mux.HandleFunc("/broken", func(_ http.ResponseWriter, r *http.Request) {
		if _, err := httpauth.Client(r.Context()); !errors.Is(err, httpauth.ErrNoAccessToken) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v", err)
		}
	})
	b = a.browser()
	b.signIn("alice")
	b.get("/broken")
}
