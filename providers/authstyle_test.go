package providers_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
)

// How the client authenticates follows from the metadata, and is the same at
// every call that it makes there.
func TestAuthStyleFromMetadata(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		listed any
		secret string
		style  oauth2.AuthStyle // configured
		header bool
	}{
		"not listed":           {nil, "secret", 0, true},
		"basic":                {[]string{"client_secret_basic"}, "secret", 0, true},
		"post":                 {[]string{"client_secret_post"}, "secret", 0, false},
		"both":                 {[]string{"client_secret_post", "client_secret_basic"}, "secret", 0, true},
		"configured post":      {[]string{"client_secret_basic"}, "secret", oauth2.AuthStyleInParams, false},
		"configured basic":     {[]string{"client_secret_post"}, "secret", oauth2.AuthStyleInHeader, true},
		"configured, unlisted": {[]string{"private_key_jwt"}, "secret", oauth2.AuthStyleInHeader, true},
		"public client":        {[]string{"client_secret_basic", "none"}, "", 0, false},
		"public, not listed":   {nil, "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setup) {
				s.op.Clients = append(s.op.Clients, testClient("app", tc.secret))
				s.config.ClientSecret, s.config.AuthStyle = tc.secret, tc.style
			})
			r.describe(members{"token_endpoint_auth_methods_supported": tc.listed})
			id := r.mustSignIn()
			if _, err := r.refresh(id.Account); err != nil {
				t.Fatal(err)
			}
			if err := r.p.(providers.Revoker).Revoke(r.ctx(), id.Account); err != nil {
				t.Fatal(err)
			}
			calls := append(r.to("/token"), r.to("/revoke")...)
			if len(calls) != 4 {
				t.Fatalf("%d calls", len(calls))
			}
			for _, call := range calls {
				checkCredentials(t, call, tc.header, "app", tc.secret)
			}
		})
	}
}

// checkCredentials checks that a call authenticates in exactly one way (S-61).
func checkCredentials(t *testing.T, call sent, header bool, id, secret string) {
	t.Helper()
	auth := call.header["Authorization"]
	_, secretInBody := call.form["client_secret"]
	if !header {
		if len(auth) != 0 || !slices.Equal(call.form["client_id"], []string{id}) || call.form.Get("client_secret") != secret || secretInBody != (secret != "") {
			t.Fatalf("header %q, body %q", auth, call.body)
		}
		return
	}
	req := http.Request{Header: call.header}
	gotID, gotSecret, _ := req.BasicAuth()
	if len(auth) != 1 || secretInBody || gotID != url.QueryEscape(id) || gotSecret != url.QueryEscape(secret) {
		t.Fatalf("header %q, body %q", auth, call.body)
	}
}
