package providers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// Check names the field, and says what to do about it.
func TestCheck(t *testing.T) {
	t.Parallel()
	oidc := func(edit func(*providers.Config), options ...providers.Option) providers.Provider {
		c := providers.Config{ID: "my-op", ClientID: "app", ClientSecret: "secret", Issuer: issuer}
		edit(&c)
		return providers.OIDC(c, options...)
	}
	nothing := func(*providers.Config) {}
	plain := func(edit func(*providers.Config)) providers.Provider { return newPlain(t, edit).p }
	for name, tc := range map[string]struct {
		p   providers.Provider
		why string // empty if nothing is wrong
	}{
		"OpenID Connect":   {oidc(nothing), ""},
		"public client":    {oidc(func(c *providers.Config) { c.ClientSecret = "" }), ""},
		"plain OAuth 2":    {plain(nothing), ""},
		"no client id":     {oidc(func(c *providers.Config) { c.ClientID = "" }), "ClientID is empty; set it, or AUTH_MY_OP_ID, to the client id from the provider's console"},
		"no issuer":        {oidc(func(c *providers.Config) { c.Issuer = "" }), "Issuer is empty; set it, or AUTH_MY_OP_ISSUER, to the URL that the provider's metadata has as issuer, such as https://sso.example.com"},
		"http issuer":      {oidc(func(c *providers.Config) { c.Issuer = "http://op.example.com" }), "Issuer has to be https (http is accepted on localhost only)"},
		"no URL":           {oidc(func(c *providers.Config) { c.Issuer = "op.example.com" }), `Issuer "op.example.com" is not an absolute URL; set it, or AUTH_MY_OP_ISSUER, to the URL that the provider's metadata has as issuer, such as https://sso.example.com`},
		"secret as issuer": {oidc(func(c *providers.Config) { c.Issuer = "Xy~secret" }), "Issuer is not an absolute URL; set it"},
		"discovery URL":    {oidc(func(c *providers.Config) { c.DiscoveryURL = "/.well-known" }), "DiscoveryURL is not an absolute URL"},
		"logout URL":       {oidc(func(c *providers.Config) { c.LogoutURL = "http://op.example.com" }), "LogoutURL has to be https"},
		"no openid":        {oidc(func(c *providers.Config) { c.Scopes = []string{"email"} }), "Scopes lacks openid, without which there is no ID token; add it"},
		"openid, further":  {oidc(func(c *providers.Config) { c.Scopes = []string{"email"} }, providers.WithScopes("openid")), ""},
		"parameter":        {oidc(nothing, providers.WithParam("state", "x")), `Params may not hold "state", which the kit sets; leave it out`},
		"base URL":         {oidc(nothing, providers.WithBaseURL("https://x.example")), "WithBaseURL has no effect on this provider"},
		"metadata":         {oidc(nothing, providers.WithMetadata([]byte("x"))), "malformed JSON"},
		"keys":             {oidc(nothing, providers.WithKeys([]byte("x"))), "malformed JSON"},
		"no usable key":    {oidc(nothing, providers.WithKeys([]byte(`{"keys":[]}`))), "the key set has no usable key"},
		"tenants":          {oidc(func(c *providers.Config) { c.Issuer = "https://op.example.com/{tenantid}" }), "list those to let in with WithTenants, or name one tenant"},
		"tenants, listed":  {oidc(func(c *providers.Config) { c.Issuer = "https://op.example.com/{tenantid}" }, providers.WithTenants("a")), ""},
		"no AuthURL":       {plain(func(c *providers.Config) { c.AuthURL = "" }), "AuthURL is empty; set it"},
		"no TokenURL":      {plain(func(c *providers.Config) { c.TokenURL = "" }), "TokenURL is empty; set it"},
		"no UserInfoURL":   {plain(func(c *providers.Config) { c.UserInfoURL = "" }), "UserInfoURL is empty; set it"},
		"no id":            {plain(func(c *providers.Config) { c.Fields.ID = "" }), "Fields.ID is empty; set it"},
		"http AuthURL":     {plain(func(c *providers.Config) { c.AuthURL = "http://op.example.com" }), "AuthURL has to be https"},
		"http TokenURL":    {plain(func(c *providers.Config) { c.TokenURL = "http://op.example.com" }), "TokenURL has to be https"},
		"relative":         {plain(func(c *providers.Config) { c.UserInfoURL = "/me" }), "UserInfoURL is not an absolute URL"},
		"RevokeURL":        {plain(func(c *providers.Config) { c.RevokeURL = "javascript:x" }), "RevokeURL is not an absolute URL"},
		"RefreshURL":       {plain(func(c *providers.Config) { c.Dialect.RefreshURL = "http://op.example.com" }), "Dialect.RefreshURL has to be https"},
		"Further":          {plain(func(c *providers.Config) { c.Dialect.Further = map[string]string{"mail": "http://op.example.com/{id}"} }), `Dialect.Further["mail"] has to be https`},
		"a host to choose": {plain(func(c *providers.Config) { c.UserInfoURL = "https://{+host}/me" }), "UserInfoURL is not an absolute URL"},
		"Bungie's key":     {providers.Bungie("app", "secret", ""), "apiKey is empty; set it, or AUTH_BUNGIE_API_KEY"},
		"for WeChat only":  {providers.Google("app", "secret", providers.WithOfficialAccount()), "WithOfficialAccount is for WeChat only"},
		"GitHub's secret":  {providers.GitHub("app", ""), "ClientSecret is empty, which GitHub does not allow; set it, or AUTH_GITHUB_SECRET"},
		"Google's secret":  {providers.Google("app", ""), "ClientSecret is empty, which Google does not allow; set it, or AUTH_GOOGLE_SECRET"},
		"Enterprise":       {providers.GitHub("app", "secret", providers.WithBaseURL("https://github.corp.example")), ""},
		"other metadata":   {oidc(nothing, providers.WithMetadata([]byte(`{"issuer":"https://evil.example"}`))), "WithMetadata: the document is of another issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.p.(providers.Checker).Check()
			if tc.why == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var e *providers.Error
			if !errors.Is(err, providers.ErrConfig) || !errors.As(err, &e) || !strings.Contains(err.Error(), tc.why) {
				t.Fatal(err)
			}
			if e.Provider != tc.p.Info().ID {
				t.Errorf("of provider %q", e.Provider)
			}
		})
	}
	t.Run("without an id there is nothing else to say", func(t *testing.T) {
		t.Parallel()
		for _, p := range []providers.Provider{
			providers.OIDC(providers.Config{}), providers.OAuth2(providers.Config{}),
			providers.Google("", "", providers.WithID("", "")), providers.GitHub("", "", providers.WithID("", "")), providers.Auth0("", "", "", providers.WithID("", "")),
		} {
			err := p.(providers.Checker).Check()
			if err == nil || err.Error() != `providers: configuration: provider is not configured: ID is empty; set ID, e.g. "acme"` {
				t.Error(err)
			}
		}
	})
	t.Run("static metadata is not judged before the issuer is there", func(t *testing.T) {
		t.Parallel()
		p := oidc(func(c *providers.Config) { c.Issuer = "" }, providers.WithMetadata([]byte(`{"issuer":"https://op.example.com"}`)))
		if err := p.(providers.Checker).Check(); err == nil || strings.Contains(err.Error(), "WithMetadata") {
			t.Fatal(err)
		}
	})
	t.Run("all at once", func(t *testing.T) {
		t.Parallel()
		err := providers.OAuth2(providers.Config{ID: "x"}).(providers.Checker).Check()
		for _, field := range []string{"ClientID", "AuthURL", "TokenURL", "UserInfoURL", "Fields.ID"} {
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("nothing about %s: %v", field, err)
			}
		}
	})
}

// S-142: a configuration, and what is made of it, prints its id and nothing else,
// and its JSON leaves the secret out.
func TestS_142_ConfigIsRedacted(t *testing.T) {
	t.Parallel()
	c := providers.Config{ID: "op", ClientID: "app", ClientSecret: "canary-secret", Issuer: issuer, Params: url.Values{"x": {"y"}}}
	nested := struct {
		Config  providers.Config
		Pointer *providers.Config
		List    []providers.Config
	}{c, &c, []providers.Config{c}}
	for name, v := range map[string]any{
		"value": c, "pointer": &c, "list": []providers.Config{c}, "map": map[string]providers.Config{"x": c}, "nested": nested,
		"OAuth 2": providers.OAuth2(c), "OpenID Connect": providers.OIDC(c),
		"Google": providers.Google("app", "canary-secret"), "GitHub": providers.GitHub("app", "canary-secret"),
		"Bungie": providers.Bungie("app", "canary-secret", "canary-key"), "HubSpot": providers.HubSpot("app", "canary-secret"),
		"unexported field":  struct{ p, q providers.Provider }{providers.OIDC(c), providers.Google("app", "canary-secret")},
		"list of providers": []providers.Provider{providers.OIDC(c), providers.GitHub("app", "canary-secret")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var printed strings.Builder
			for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %T") { // %p asks no type how it prints; vet refuses it
				fmt.Fprintf(&printed, verb, v)
			}
			asJSON, err := json.Marshal(v)
			if err == nil {
				printed.Write(asJSON)
			}
			var logged bytes.Buffer
			for _, h := range []slog.Handler{slog.NewTextHandler(&logged, nil), slog.NewJSONHandler(&logged, nil)} {
				slog.New(h).Info("x", "v", v, slog.Group("g", "v", v))
			}
			all := printed.String() + logged.String()
			for _, form := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprintf("%X", "canary"), "99 97 110 97 114 121"} {
				if strings.Contains(all, form) {
					t.Fatalf("shows the secret: %s", all)
				}
			}
		})
	}
	if got := fmt.Sprintf("%v %+v %#v %s", c, c, c, &c); got != "provider op provider op provider op provider op" {
		t.Error(got)
	}
}

// cleanEnv leaves nothing of the machine's own configuration.
func cleanEnv(t *testing.T, env map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AUTH_") {
			t.Setenv(name, "") // so that it comes back
		}
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

func TestFromEnv(t *testing.T) {
	for name, tc := range map[string]struct {
		env   map[string]string
		found []string // ids in order, with protocol
		why   []string // of the error
	}{
		"nothing": {nil, nil, nil},
		"Google and GitHub": {
			map[string]string{"AUTH_GOOGLE_ID": "g", "AUTH_GOOGLE_SECRET": "s", "AUTH_GITHUB_ID": "h", "AUTH_GITHUB_SECRET": "s"},
			[]string{"github oauth", "google oidc"}, nil,
		},
		"with issuers": {
			map[string]string{
				"AUTH_KEYCLOAK_ID": "a", "AUTH_KEYCLOAK_ISSUER": "https://sso.example.com/realms/main",
				"AUTH_AUTH0_ID": "a", "AUTH_AUTH0_ISSUER": "https://x.eu.auth0.com",
				"AUTH_OKTA_ID": "a", "AUTH_OKTA_ISSUER": "https://x.okta.com",
				"AUTH_ZITADEL_ID": "a", "AUTH_ZITADEL_ISSUER": "https://x.zitadel.cloud",
				"AUTH_MICROSOFT_ENTRA_ID_ID": "a", "AUTH_MICROSOFT_ENTRA_ID_ISSUER": entra + tenantA + "/v2.0",
			},
			[]string{"auth0 oidc", "keycloak oidc", "microsoft-entra-id oidc", "okta oidc", "zitadel oidc"}, nil,
		},
		"without issuers": {
			map[string]string{"AUTH_KEYCLOAK_ID": "a", "AUTH_AUTH0_ID": "a", "AUTH_OKTA_ID": "a", "AUTH_ZITADEL_ID": "a", "AUTH_MICROSOFT_ENTRA_ID_ID": "a"},
			nil,
			[]string{
				"AUTH_KEYCLOAK_ID is set but AUTH_KEYCLOAK_ISSUER is not; set it to the provider's issuer, such as https://sso.example.com/realms/main",
				"AUTH_AUTH0_ISSUER is not; set it to the provider's issuer, such as https://YOUR_DOMAIN.eu.auth0.com/",
				"AUTH_OKTA_ISSUER is not; set it to the provider's issuer, such as https://YOUR_DOMAIN.okta.com/oauth2/default",
				"AUTH_ZITADEL_ISSUER is not; set it to the provider's issuer, such as https://YOUR_DOMAIN.zitadel.cloud",
				"AUTH_MICROSOFT_ENTRA_ID_ID is set but AUTH_MICROSOFT_ENTRA_ID_ISSUER is not; set it to the provider's issuer, such as https://login.microsoftonline.com/YOUR_TENANT_ID/v2.0",
			},
		},
		"unknown with issuer": {
			map[string]string{"AUTH_MY_CORP_ID": "a", "AUTH_MY_CORP_ISSUER": "https://sso.example.com"}, []string{"my-corp oidc"}, nil,
		},
		"unknown without issuer": {
			map[string]string{"AUTH_MY_CORP_ID": "a", "AUTH_GOOGLE_ID": "g"}, []string{"google oidc"},
			[]string{"AUTH_MY_CORP_ID names a provider without a preset; set AUTH_MY_CORP_ISSUER to use it with OpenID Connect"},
		},
		"order of ids, not of variables": {
			map[string]string{
				"AUTH_CORP_ID": "a", "AUTH_CORP_ISSUER": "https://a.example", "AUTH_CORP_EU_ID": "a", "AUTH_CORP_EU_ISSUER": "https://b.example",
				"AUTH_CORP2_ID": "a", "AUTH_CORP2_ISSUER": "https://c.example",
			},
			[]string{"corp oidc", "corp-eu oidc", "corp2 oidc"}, nil,
		},
		"empty, and other variables": {
			map[string]string{
				"AUTH_GOOGLE_ID": "", "AUTH_ID": "x", "AUTH__ID": "x", "AUTH_GITHUB_SECRET": "s", "AUTH_URL": "https://app.example.com",
				"AUTH_SECRET": "s", "MY_AUTH_GOOGLE_ID": "x", "AUTH_GOOGLE_IDENTITY": "x", "AUTH_TRUST_HOST": "1",
			}, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			cleanEnv(t, tc.env)
			found, err := providers.FromEnv()
			var got []string
			for _, p := range found {
				got = append(got, p.Info().ID+" "+string(p.Info().Protocol))
			}
			if strings.Join(got, ", ") != strings.Join(tc.found, ", ") {
				t.Errorf("found %q, want %q", got, tc.found)
			}
			if (err != nil) != (len(tc.why) > 0) || err != nil && !errors.Is(err, providers.ErrConfig) {
				t.Errorf("error %v", err)
			}
			for _, why := range tc.why {
				if err != nil && !strings.Contains(err.Error(), why) {
					t.Errorf("nothing about %q in %v", why, err)
				}
			}
		})
	}
}

// What FromEnv found works with the id, secret and issuer that were given.
func TestFromEnvProvidersWork(t *testing.T) {
	for name, tc := range map[string]struct{ prefix, issuer string }{
		"keycloak":              {"AUTH_KEYCLOAK_", "https://sso.example.com/realms/main"},
		"unknown":               {"AUTH_MY_CORP_", issuer},
		"Entra with its URL":    {"AUTH_MICROSOFT_ENTRA_ID_", entra + tenantA + "/v2.0"},
		"Entra of a government": {"AUTH_MICROSOFT_ENTRA_ID_", "https://login.microsoftonline.us/" + tenantA + "/v2.0"},
		"Entra in China":        {"AUTH_MICROSOFT_ENTRA_ID_", "https://login.partner.microsoftonline.cn/" + tenantA + "/v2.0"},
		"Entra with the tenant": {"AUTH_MICROSOFT_ENTRA_ID_", tenantA},
		"google":                {"AUTH_GOOGLE_", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cleanEnv(t, map[string]string{tc.prefix + "ID": "app", tc.prefix + "SECRET": "secret", tc.prefix + "ISSUER": tc.issuer})
			found, err := providers.FromEnv()
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			if err := found[0].(providers.Checker).Check(); err != nil {
				t.Fatal(err)
			}
			r := newRig(t, func(s *setup) {
				s.make = func() providers.Provider { return found[0] }
				switch s.op.Issuer = tc.issuer; tc.issuer {
				case "":
					s.op.Issuer = googleIssuer
				case tenantA:
					s.op.Issuer = entra + tenantA + "/v2.0"
				}
			})
			r.mustSignIn()
		})
	}
	t.Run("github", func(t *testing.T) {
		cleanEnv(t, map[string]string{"AUTH_GITHUB_ID": "app", "AUTH_GITHUB_SECRET": "secret"})
		found, err := providers.FromEnv()
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		if err := found[0].(providers.Checker).Check(); err != nil {
			t.Fatal(err)
		}
		r := newHub().rig(t)
		r.p = found[0]
		if _, err := r.exchange(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("Entra for all tenants has no list of them", func(t *testing.T) {
		cleanEnv(t, map[string]string{"AUTH_MICROSOFT_ENTRA_ID_ID": "app", "AUTH_MICROSOFT_ENTRA_ID_ISSUER": entra + "common/v2.0"})
		found, err := providers.FromEnv()
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		if err := found[0].(providers.Checker).Check(); err == nil || !strings.Contains(err.Error(), "WithTenants") {
			t.Fatal(err)
		}
	})
}

func TestEnvPrefix(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"google": "AUTH_GOOGLE_", "microsoft-entra-id": "AUTH_MICROSOFT_ENTRA_ID_", "corp2": "AUTH_CORP2_"} {
		if got := providers.EnvPrefix(id); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
}
