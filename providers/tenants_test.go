package providers_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// A tenant can be named in several ways, which mean the same issuer.
func TestTenantsIssuers(t *testing.T) {
	t.Parallel()
	type constructor func(id, secret, issuer string, options ...providers.Option) providers.Provider
	for want, tc := range map[string]struct {
		make  constructor
		given []string
	}{
		"https://api.asgardeo.io/t/acme/oauth2/token": {providers.Asgardeo, []string{
			"https://api.asgardeo.io/t/acme", "https://api.asgardeo.io/t/acme/", "https://api.asgardeo.io/t/acme/oauth2/token", "https://api.asgardeo.io/t/acme/oauth2/token/"}},
		"https://acme.onelogin.com/oidc/2": {providers.OneLogin, []string{
			"https://acme.onelogin.com", "https://acme.onelogin.com/", "https://acme.onelogin.com/oidc/2", "https://acme.onelogin.com/oidc/2/"}},
		"https://uaa.example.com/oauth/token": {providers.CloudFoundry, []string{
			"https://uaa.example.com", "https://uaa.example.com/", "https://uaa.example.com/oauth/token", "https://uaa.example.com/oauth/token/"}},
		"https://acme.logto.app/oidc": {providers.Logto, []string{
			"https://acme.logto.app", "https://acme.logto.app/", "https://acme.logto.app/oidc", "https://acme.logto.app/oidc/"}},
		"https://id.example.com/application/o/wiki/": {providers.Authentik, []string{
			"https://id.example.com/application/o/wiki", "https://id.example.com/application/o/wiki/"}},
		"https://acme.b2clogin.com/tfp/t/b2c_1_in/v2.0/": {providers.AzureADB2C, []string{
			"https://acme.b2clogin.com/tfp/t/b2c_1_in/v2.0", "https://acme.b2clogin.com/tfp/t/b2c_1_in/v2.0/"}},
		"https://hydra1.example.com/":  {providers.Hydra, []string{"https://hydra1.example.com/"}},
		"https://hydra2.example.com":   {providers.Hydra, []string{"https://hydra2.example.com"}},
		"https://acme.frontegg.com":    {providers.Frontegg, []string{"https://acme.frontegg.com", "https://acme.frontegg.com/"}},
		"https://acme.kinde.com":       {providers.Kinde, []string{"https://acme.kinde.com", "https://acme.kinde.com/"}},
		"https://id.example.com":       {providers.Duende, []string{"https://id.example.com", "https://id.example.com/"}},
		"https://x.my.salesforce.com":  {providers.Salesforce, []string{"https://x.my.salesforce.com", "https://x.my.salesforce.com/"}},
		"https://auth.pingone.eu/e/as": {providers.PingID, []string{"https://auth.pingone.eu/e/as", "https://auth.pingone.eu/e/as/"}},
	} {
		for _, given := range tc.given {
			p := tc.make("app", "secret", given)
			if got := p.Info().Issuer; got != want {
				t.Errorf("%s: issuer %s, want %s", given, got, want)
			}
			if err := p.(providers.Checker).Check(); err != nil {
				t.Errorf("%s: %v", given, err)
			}
		}
		err := tc.make("app", "secret", "").(providers.Checker).Check()
		if !errors.Is(err, providers.ErrConfig) || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), "Issuer is empty; set it, or AUTH_") {
			t.Errorf("without an issuer: %v", err)
		}
	}
}

// Some have a place of their own that can be another.
func TestWithBaseURLOfAnIssuer(t *testing.T) {
	t.Parallel()
	type constructor func(id, secret string, options ...providers.Option) providers.Provider
	for _, tc := range []struct {
		make              constructor
		own, given, other string
	}{
		{providers.BankIDNorway, "https://auth.bankid.no/auth/realms/prod",
			"https://auth.current.bankid.no/auth/realms/current", "https://auth.current.bankid.no/auth/realms/current"},
		{providers.Descope, "https://api.descope.com/app", "https://api.euc1.descope.com/app/", "https://api.euc1.descope.com/app"},
		{providers.SimpleLogin, "https://app.simplelogin.io", "https://mail.example.com/", "https://mail.example.com"},
		{providers.Vipps, "https://api.vipps.no/access-management-1.0/access/",
			"https://apitest.vipps.no/access-management-1.0/access/", "https://apitest.vipps.no/access-management-1.0/access/"},
	} {
		own, other := tc.make("app", "secret"), tc.make("app", "secret", providers.WithBaseURL(tc.given))
		if own.Info().Issuer != tc.own || other.Info().Issuer != tc.other {
			t.Errorf("issuers %s and %s", own.Info().Issuer, other.Info().Issuer)
		}
		if err := other.(providers.Checker).Check(); err != nil {
			t.Error(err)
		}
	}
}

// BankID signs its user info, which only the e-mail address needs.
func TestBankIDNorwayEmail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options []providers.Option
		email   string
		calls   int
	}{
		"by default": {nil, "", 0},
		"asked for":  {[]providers.Option{providers.WithScopes("email")}, "kari@example.com", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setup) {
				s.op.Issuer = "https://auth.bankid.no/auth/realms/prod"
				s.op.Clients = []providertest.Client{{ID: "app", Secret: "secret", SignedUserInfo: true}}
				s.op.Users = []providertest.User{{Subject: "kari", Name: "Kari Nordmann", Email: "kari@example.com", Claims: map[string]any{"email_verified": false}}}
				s.make = func() providers.Provider { return providers.BankIDNorway("app", "secret", tc.options...) }
			})
			r.op.EditIDToken = func(token map[string]any) { delete(token, "email"); delete(token, "email_verified") }
			cb := newRequest()
			back, err := r.op.SignIn(r.authorize(cb).String(), "kari")
			if err != nil {
				t.Fatal(err)
			}
			id, err := r.exchange(providers.Callback{
				Params: parseURL(t, back).Query(), RedirectURL: cb.RedirectURL, Nonce: cb.Nonce, Verifier: cb.Verifier,
			})
			if err != nil {
				t.Fatal(err)
			}
			if id.User.Name != "Kari Nordmann" || id.User.Email != tc.email || id.User.EmailVerified || len(r.to("/auth/realms/prod/userinfo")) != tc.calls {
				t.Errorf("user %+v", id.User)
			}
		})
	}
}

// SimpleLogin leaves out the nonce if there is another scope than openid, and then
// nobody gets in.
func TestSimpleLoginWithFurtherScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *setup) {
		s.op.Issuer = "https://app.simplelogin.io"
		s.make = func() providers.Provider {
			return providers.SimpleLogin("app", "secret", providers.WithScopes("email"))
		}
	})
	r.op.EditIDToken = func(token map[string]any) { delete(token, "nonce") }
	id, err := r.signIn()
	refused(t, id, err, providers.ErrIDToken, "nonce is not the one of this sign-in")
}

// Polis says in plain text what is wrong.
func TestPolisErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   error
	}{
		"code":     {http.StatusForbidden, "Invalid code", providers.ErrInvalidGrant},
		"verifier": {http.StatusUnauthorized, "Invalid code_verifier", providers.ErrRejected},
		"redirect": {http.StatusBadRequest, "Invalid request: redirect_uri mismatch", providers.ErrRejected},
		"server":   {http.StatusInternalServerError, "Something wrong happened.", providers.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire{next: serve(reply(tc.status, "text/html; charset=utf-8", tc.body))}
			req := newRequest()
			id, err := providers.Polis("app", "secret", "https://sso.example.com").Exchange(w.context(t.Context()), providers.Callback{
				Params: map[string][]string{"code": {"the-code"}, "state": {req.State}}, RedirectURL: req.RedirectURL, Verifier: req.Verifier,
			})
			if id != nil || !errors.Is(err, tc.kind) || strings.Contains(err.Error(), "Invalid") {
				t.Errorf("%v, want %v", err, tc.kind)
			}
		})
	}
}

// What a sign-in page has to know about WorkOS can stand in the environment.
func TestWorkOSFromEnv(t *testing.T) {
	cleanEnv(t, map[string]string{"AUTH_WORKOS_ID": "client_1", "AUTH_WORKOS_SECRET": "sk", "AUTH_WORKOS_ORGANIZATION": "org_1"})
	found, err := providers.FromEnv()
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	raw, err := found[0].AuthCodeURL(t.Context(), newRequest())
	if err != nil {
		t.Fatal(err)
	}
	if q := parseURL(t, raw).Query(); q.Get("organization") != "org_1" || q.Has("connection") || q.Has("scope") {
		t.Errorf("authorization request %v", q)
	}
}

// Anyone can go to another customer's provider than the one that the URL names. Who comes
// back from there is not let in.
func TestChosenCustomer(t *testing.T) {
	t.Parallel()
	polis := func(options ...providers.Option) providers.Provider {
		return providers.Polis("dummy", "secret", "https://sso.example.com", options...)
	}
	workOS := func(options ...providers.Option) providers.Provider { return providers.WorkOS("app", "sk", options...) }
	const fromPolis = `{"id":"42","requested":{"tenant":"acme","product":"crm"}}`
	const fromWorkOS = `{"id":"prof_1","organization_id":"org_1","connection_id":"conn_1","connection_type":"GoogleOAuth"}`
	for name, tc := range map[string]struct {
		make         func(...providers.Option) providers.Provider
		profile      string
		param, value string
		asked        url.Values
		denied       string
	}{
		"polis, nothing chosen":    {polis, fromPolis, "", "", nil, ""},
		"polis, tenant":            {polis, fromPolis, "tenant", "acme", nil, ""},
		"polis, other tenant":      {polis, fromPolis, "tenant", "evil", nil, "not of the tenant"},
		"polis, other product":     {polis, fromPolis, "product", "wiki", nil, "not of the product"},
		"polis, no answer to that": {polis, `{"id":"42"}`, "tenant", "acme", nil, "no usable id"},
		"workos, nothing chosen":   {workOS, fromWorkOS, "", "", nil, ""},
		"workos, organization":     {workOS, fromWorkOS, "organization", "org_1", nil, ""},
		"workos, connection":       {workOS, fromWorkOS, "connection", "conn_1", nil, ""},
		"workos, provider":         {workOS, fromWorkOS, "provider", "GoogleOAuth", nil, ""},
		"workos, other one":        {workOS, fromWorkOS, "organization", "org_2", nil, "not of the organization"},
		"workos, other connection": {workOS, fromWorkOS, "connection", "conn_2", nil, "not of the connection"},
		"workos, other provider":   {workOS, fromWorkOS, "provider", "MicrosoftOAuth", nil, "not of the provider"},
		"workos, no organization":  {workOS, `{"id":"prof_1","organization_id":null}`, "organization", "org_1", nil, "not of the organization"},
		"workos, of this sign-in":  {workOS, fromWorkOS, "organization", "org_2", url.Values{"organization": {"org_1"}}, ""},
		"workos, not of this one":  {workOS, fromWorkOS, "organization", "org_1", url.Values{"organization": {"org_2"}}, "not of the organization"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tc.make()
			if tc.param != "" {
				p = tc.make(providers.WithParam(tc.param, tc.value))
			}
			w := &wire{next: serve(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/token") {
					replyJSON(goodTokens)(w, r)
					return
				}
				replyJSON(tc.profile)(w, r)
			})}
			cb := goodCallback()
			cb.Asked = tc.asked
			id, err := p.Exchange(w.context(t.Context()), cb)
			if tc.denied != "" {
				kind := providers.ErrDenied
				if strings.HasSuffix(tc.denied, "id") {
					kind = providers.ErrProfile
				}
				refused(t, id, err, kind, tc.denied)
				return
			}
			want := map[bool]string{true: "acme/crm/42", false: "prof_1"}[strings.HasPrefix(name, "polis")]
			if err != nil || id.User.ID != want {
				t.Fatal(id, err)
			}
		})
	}
}
