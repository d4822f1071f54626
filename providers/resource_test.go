package providers_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// S-80j: each request names the same APIs (RFC 8707), so a refresh is for no other
// audience, and for no more scopes, than the sign-in.
func TestS_80j_Resources(t *testing.T) {
	t.Parallel()
	apis := []string{"https://api.example.com/", "urn:example:api"}
	r := newRig(t, func(s *setup) {
		s.op.Resources = apis
		s.config.Resources, s.options = apis[:1], []providers.Option{providers.WithResources(apis[1])}
	})
	if got := r.authorize(newRequest()).Query()["resource"]; !slices.Equal(got, apis) {
		t.Errorf("asked for %q", got)
	}
	account := r.mustSignIn().Account
	renewed, err := r.refresh(account)
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range r.to("/token") {
		if !slices.Equal(call.form["resource"], apis) || call.form.Has("scope") && call.form.Get("grant_type") == "refresh_token" {
			t.Errorf("body %s", call.body)
		}
	}
	for _, access := range []string{account.AccessToken.Reveal(), renewed.AccessToken.Reveal()} {
		if got := r.op.Audience(access); !slices.Equal(got, apis) {
			t.Errorf("a token for %q", got)
		}
	}
	r = newRig(t, func(s *setup) { s.config.Resources = apis })
	id, err := r.signIn()
	refused(t, id, err, providers.ErrRejected, "invalid_target")
	if len(r.to("/token")) != 0 {
		t.Error("a token request after a refusal")
	}
}

// S-80j: what a refresh grants is what the session says, also if it is more.
func TestS_80j_ScopeOfARefresh(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	account := r.mustSignIn().Account
	r.op.EditTokens = func(answer map[string]any) { answer["scope"] = "openid admin" }
	renewed, err := r.refresh(account)
	if err != nil || renewed.Scope != "openid admin" {
		t.Errorf("scope %q, %v", renewed.Scope, err)
	}
}

func TestResourcesConfiguration(t *testing.T) {
	t.Parallel()
	for resource, good := range map[string]bool{
		"https://api.example.com": true, "urn:example:api": true, "https://api.example.com/?a=b": true,
		"": false, "/api": false, "api.example.com": false, "https://api.example.com/#x": false, "https://api.example.com#": false, "ht tp://x": false,
	} {
		c := providers.Config{ID: "op", ClientID: "app", Issuer: issuer, Resources: []string{resource}}
		if err := providers.OIDC(c).(providers.Checker).Check(); (err == nil) != good {
			t.Errorf("%q: %v", resource, err)
		}
	}
	c := providers.Config{ID: "op", ClientID: "app", Issuer: issuer, Resources: []string{"urn:a"}, Params: url.Values{"resource": {"urn:b"}}}
	if err := providers.OIDC(c).(providers.Checker).Check(); err == nil || !strings.Contains(err.Error(), "beside Resources") {
		t.Error(err)
	}
}
