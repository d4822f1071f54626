package providers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// The presets that are only data: what they normalise, what they ask for, and
// the URL that comes of it, to the letter.
func TestPresets(t *testing.T) {
	t.Parallel()
	type preset func(id, secret, issuer string, options ...providers.Option) providers.Provider
	const (
		withOffline = "email+offline_access"
		golden      = "/authorize?client_id=app&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256" +
			"&nonce=the-nonce&redirect_uri=https%3A%2F%2Fapp.example.com%2Fauth%2Fcallback%2Fop&response_type=code&scope=openid+profile+SCOPE&state=the-state"
	)
	for name, tc := range map[string]struct {
		make   preset
		given  []string // all of which mean the same
		issuer string   // as the provider's metadata has it
		base   string   // of the endpoints of the test's server
		info   providers.Info
		scope  string

		example string // of an issuer, in messages
	}{
		"keycloak": {
			providers.Keycloak, []string{"https://sso.example.com/realms/main", "https://sso.example.com/realms/main/"},
			"https://sso.example.com/realms/main", "https://sso.example.com/realms/main",
			providers.Info{ID: "keycloak", Name: "Keycloak", Style: providers.Style{Background: "#428bca", Text: "#000000"}}, "email",
			"https://sso.example.com/realms/main",
		},
		"auth0": {
			providers.Auth0, []string{"https://example.eu.auth0.com", "https://example.eu.auth0.com/"},
			"https://example.eu.auth0.com/", "https://example.eu.auth0.com",
			providers.Info{ID: "auth0", Name: "Auth0", Style: providers.Style{Background: "#eb5424", Text: "#000000"}}, withOffline,
			"https://YOUR_DOMAIN.eu.auth0.com/",
		},
		"okta": {
			providers.Okta, []string{"https://example.okta.com/oauth2/default", "https://example.okta.com/oauth2/default/"},
			"https://example.okta.com/oauth2/default", "https://example.okta.com/oauth2/default",
			providers.Info{ID: "okta", Name: "Okta", Style: providers.Style{Background: "#000000", Text: "#ffffff"}}, withOffline,
			"https://YOUR_DOMAIN.okta.com/oauth2/default",
		},
		"zitadel": {
			providers.ZITADEL, []string{"https://example.zitadel.cloud", "https://example.zitadel.cloud/"},
			"https://example.zitadel.cloud", "https://example.zitadel.cloud",
			providers.Info{ID: "zitadel", Name: "ZITADEL", Style: providers.Style{Background: "#37358a", Text: "#ffffff"}}, withOffline,
			"https://YOUR_DOMAIN.zitadel.cloud",
		},
	} {
		tc.info.Protocol, tc.info.Issuer = providers.OpenIDConnect, tc.issuer
		for _, given := range tc.given {
			t.Run(name+" "+given, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, func(s *setup) {
					s.op.Issuer = tc.issuer
					s.make = func() providers.Provider { return tc.make("app", "secret", given) }
				})
				info := r.p.Info()
				info.Facts = providers.Facts{} // TestCatalogue looks at them
				if info != tc.info {
					t.Errorf("info %+v", info)
				}
				if err := r.p.(providers.Checker).Check(); err != nil {
					t.Error(err)
				}
				req := newRequest()
				req.State, req.Nonce, req.Verifier = "the-state", "the-nonce", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
				if got, want := r.authorize(req).String(), tc.base+strings.Replace(golden, "SCOPE", tc.scope, 1); got != want {
					t.Errorf("authorization URL\n %s, want\n %s", got, want)
				}
				id := r.mustSignIn()
				want := providers.User{ID: "alice", Name: "Alice Example", Email: "alice@example.com", EmailVerified: true}
				if id.User != want || id.Account.Provider != name || id.Account.Type != "oidc" {
					t.Errorf("user %+v, account %s %s", id.User, id.Account.Provider, id.Account.Type)
				}
			})
		}
		t.Run(name+" with options", func(t *testing.T) {
			t.Parallel()
			p := tc.make("app", "secret", tc.given[0], providers.WithID("corp", "Corp"), providers.WithScopes("groups"), providers.WithParam("ui_locales", "de"))
			if info := p.Info(); info.ID != "corp" || info.Name != "Corp" {
				t.Errorf("info %+v", info)
			}
			r := newRig(t, func(s *setup) { s.op.Issuer = tc.issuer; s.make = func() providers.Provider { return p } })
			q := r.authorize(newRequest()).Query()
			if !strings.HasSuffix(q.Get("scope"), " groups") || q.Get("ui_locales") != "de" {
				t.Errorf("authorization request %v", q)
			}
		})
		t.Run(name+" without a usable issuer", func(t *testing.T) {
			t.Parallel()
			bare := strings.TrimPrefix(tc.issuer, "https://")
			for given, problem := range map[string]string{"": "Issuer is empty", bare: fmt.Sprintf("Issuer %q is not an absolute URL", bare)} {
				err := tc.make("app", "secret", given).(providers.Checker).Check()
				want := fmt.Sprintf("providers: %s: configuration: provider is not configured: %s; set it, or AUTH_%s_ISSUER, to the URL that the provider's metadata has as issuer, such as %s",
					name, problem, strings.ToUpper(name), tc.example)
				if err == nil || err.Error() != want {
					t.Errorf("%v, want\n%s", err, want)
				}
			}
		})
	}
}

// The names and colours of a sign-in page are there before anything is fetched.
func TestInfoNeedsNoNetwork(t *testing.T) {
	t.Parallel()
	p := providers.OIDC(providers.Config{ID: "corp", ClientID: "app", Issuer: issuer})
	if info := p.Info(); info.Name != "corp" || info.Protocol != providers.OpenIDConnect || info != p.Info() {
		t.Fatalf("info %+v", info)
	}
}
