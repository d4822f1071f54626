//go:build js && wasm && lean

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
)

var groups = claims.NewKey[[]string]("groups") //nolint:gochecknoglobals // a name and a type

// app is one without Echo and with the one provider that it uses, for what that saves.
func app() http.Handler {
	a, err := httpauth.New(httpauth.Config{
		Providers: []providers.Provider{providers.OIDC(providers.Config{
			ID: "acme", ClientID: os.Getenv("AUTH_ACME_ID"), ClientSecret: os.Getenv("AUTH_ACME_SECRET"), Issuer: os.Getenv("AUTH_ACME_ISSUER"),
		})},
		SignOut: httpauth.SignOut{AtProvider: true, Revoke: true}, // AwaitRefresh is always on here
		Callbacks: httpauth.Callbacks{JWT: keepGroups, Session: func(_ context.Context, e *httpauth.SessionEvent) error {
			e.Session.Expose(groups)
			return nil
		}},
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /me", a.Require()(http.HandlerFunc(me)))
	return a.Wrap(mux)
}

func keepGroups(_ context.Context, e *httpauth.JWTEvent) error {
	if g, ok := e.Profile.Strings("groups"); ok && e.Trigger == httpauth.TriggerSignIn {
		groups.Set(e.Token, g)
	}
	return nil
}

func me(w http.ResponseWriter, r *http.Request) {
	s, _ := httpauth.FromContext(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"session": s})
}
