package providers_test

import (
	"crypto/ecdsa"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// describe makes the provider's metadata say these things; nil removes one.
func (r *rig) describe(set members) {
	r.op.EditMetadata = func(document map[string]any) {
		for name, value := range set {
			if document[name] = value; value == nil {
				delete(document, name)
			}
		}
	}
}

// unusable checks that a provider with such metadata is not used: nobody is sent
// there, no code is redeemed, and nothing is revoked or logged out.
func unusable(t *testing.T, r *rig, why string) {
	t.Helper()
	_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
	refused(t, nil, err, providers.ErrResponse, why)
	id, err := r.exchange(goodCallback())
	refused(t, id, err, providers.ErrResponse, why)
	_, err = r.p.(providers.LogoutURLer).LogoutURL(r.ctx(), providers.Logout{RedirectURL: redirectURL})
	refused(t, nil, err, providers.ErrResponse, why)
	if n := len(r.to("/token")); n != 0 {
		t.Fatalf("%d token requests", n)
	}
}

func TestS_25_DiscoveryIssuer(t *testing.T) {
	t.Parallel()
	const why = "the document is of another issuer"
	for name, value := range map[string]any{
		"slash": issuer + "/", "other": "https://evil.example", "case": "https://OP.example.com", "port": issuer + ":443",
		"http": "http://op.example.com", "missing": nil, "empty": "", "number": 5, "array": []string{issuer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.describe(members{"issuer": value})
			unusable(t, r, why)
		})
	}
	t.Run("the error names the configured issuer only", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.describe(members{"issuer": "https://internal.example"})
		_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
		refused(t, nil, err, providers.ErrResponse, "Config.Issuer, or AUTH_OP_ISSUER, has to be the same to the letter, also in a slash at its end; tried "+wellKnown)
		if strings.Contains(err.Error(), "internal") {
			t.Fatal(err)
		}
	})
}

// The document has to be JSON as strict as everything else.
func TestDiscoveryDocument(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   error
		why    string
	}{
		"two issuers": {replyJSON(`{"issuer":"https://evil.example","issuer":"` + issuer + `"}`), providers.ErrResponse, "stands twice"},
		"Issuer":      {replyJSON(`{"Issuer":"` + issuer + `"}`), providers.ErrResponse, "another issuer"},
		"HTML":        {reply(200, "text/html", "<html>"), providers.ErrResponse, "malformed"},
		"array":       {replyJSON(`[]`), providers.ErrResponse, "malformed"},
		"empty":       {replyJSON(``), providers.ErrResponse, "malformed"},
		"404":         {reply(404, "text/html", "<html>"), providers.ErrConfig, "status 404"},
		"410":         {reply(410, "text/html", "<html>"), providers.ErrConfig, "status 410"},
		"201":         {reply(201, "application/json", "{}"), providers.ErrUnavailable, "status 201"},
		"500":         {reply(500, "", ""), providers.ErrUnavailable, "status 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.answers["discovery"] = tc.answer
			_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
			refused(t, nil, err, tc.kind, tc.why)
		})
	}
}

const wellKnown = issuer + "/.well-known/openid-configuration"

// An issuer that cannot be used is mostly one that is configured wrongly: the
// error says what was tried, and which field and variable to check.
func TestUnreachableIssuer(t *testing.T) {
	t.Parallel()
	const check = "; check Config.Issuer, or AUTH_OP_ISSUER, and that this machine can reach it"
	noHost := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "op.example.com", IsNotFound: true}
	})
	for name, tc := range map[string]struct {
		next http.RoundTripper
		edit func(*setup)
		kind error
		text string
	}{
		"no such host":        {noHost, nil, providers.ErrUnavailable, "provider is unavailable: lookup op.example.com: no such host; tried " + wellKnown + check},
		"status":              {serve(reply(503, "", "")), nil, providers.ErrUnavailable, "provider is unavailable: tried " + wellKnown + check + " (status 503)"},
		"wrong realm or path": {serve(reply(404, "", "")), nil, providers.ErrConfig, "provider is not configured: there is nothing; tried " + wellKnown + check + " (status 404)"},
		"gone":                {serve(reply(410, "", "")), nil, providers.ErrConfig, "provider is not configured: there is nothing; tried " + wellKnown + check + " (status 410)"},
		"a page":              {serve(reply(200, "text/html", "<html>")), nil, providers.ErrResponse, "expected an object at byte 0; tried " + wellKnown + check},
		"redirection":         {serve(reply(302, "", "")), nil, providers.ErrResponse, "configure the final URL; tried " + wellKnown + check + " (status 302)"},
		"discovery URL": {
			serve(reply(404, "", "")), func(s *setup) { s.config.DiscoveryURL = issuer + "/metadata" }, providers.ErrConfig,
			"tried " + issuer + "/metadata; check Config.DiscoveryURL and Config.Issuer, or AUTH_OP_ISSUER, and that this machine can reach it",
		},
		"of a preset": {
			noHost, func(s *setup) {
				s.make = func() providers.Provider { return providers.Keycloak("app", "secret", issuer+"/realms/x") }
			}, providers.ErrUnavailable,
			"keycloak: discovery: provider is unavailable: lookup op.example.com: no such host; tried " + issuer + "/realms/x/.well-known/openid-configuration; " +
				"check Config.Issuer, or AUTH_KEYCLOAK_ISSUER, and that this machine can reach it",
		},
		"Google's, which nobody configures": {
			noHost, func(s *setup) { s.make = func() providers.Provider { return providers.Google("app", "secret") } }, providers.ErrUnavailable,
			"tried " + googleIssuer + "/.well-known/openid-configuration; check that this machine can reach it",
		},
		"something unusable in its place": {
			noHost, func(s *setup) { s.config.Issuer = "https://user:canary@op.example.com" }, providers.ErrUnavailable, "tried what is configured" + check,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edit := tc.edit
			if edit == nil {
				edit = func(*setup) {}
			}
			r := newRig(t, edit)
			r.next = tc.next
			_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
			refused(t, nil, err, tc.kind, tc.text)
			noCanary(t, err)
		})
	}
}

// The keys are somewhere else; the error says at which host, and no more of what
// the provider's metadata says.
func TestUnreachableKeys(t *testing.T) {
	t.Parallel()
	const check = `tried the jwks_uri at "keys.example.com"; check the provider's metadata, and that this machine can reach that host`
	for status, tc := range map[int]struct {
		kind error
		text string
	}{
		503: {providers.ErrUnavailable, "op: keys: provider is unavailable: " + check + " (status 503)"},
		404: {providers.ErrConfig, "op: keys: provider is not configured: there is nothing; " + check + " (status 404)"},
		410: {providers.ErrConfig, "op: keys: provider is not configured: there is nothing; " + check + " (status 410)"},
		302: {providers.ErrResponse, "configure the final URL; " + check + " (status 302)"},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.describe(members{"jwks_uri": "https://keys.example.com/canary?canary"})
			r.answers["canary"] = reply(status, "", "")
			id, err := r.signIn()
			refused(t, id, err, tc.kind, tc.text)
			noCanary(t, err)
		})
	}
}

// Every endpoint of the metadata has to be an absolute https URL.
func TestS_26_EndpointsAreHTTPS(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{
		"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "revocation_endpoint", "end_session_endpoint",
	} {
		for value, why := range map[string]string{
			"http://op.example.com/x":           "has to be https",
			"http://localhost/x":                "has to be https", // the issuer is https, so this is no development
			"http://127.0.0.1/x":                "has to be https",
			"/x":                                "is not an absolute URL",
			"//op.example.com/x":                "has to be https",
			"op.example.com/x":                  "is not an absolute URL",
			"https:///x":                        "is not an absolute URL",
			"https:/x":                          "is not an absolute URL",
			"https:op.example.com":              "is not an absolute URL",
			"file:///etc/passwd":                "is not an absolute URL",
			"javascript:alert(1)":               "is not an absolute URL",
			"javascript://op.example.com/%0Ax":  "has to be https",
			"ftp://op.example.com/x":            "has to be https",
			"https://op.example.com/x#y":        "is not an absolute URL",
			"https://user:pass@op.example.com/": "is not an absolute URL",
			"https://op.example.com:port/":      "is not an absolute URL",
			"https://op.example.com/\x7f":       "is not an absolute URL",
		} {
			t.Run(endpoint+" "+value, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.describe(members{endpoint: value})
				unusable(t, r, endpoint+" "+why)
			})
		}
	}
}

func TestS_26_LoopbackForDevelopment(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"http://localhost:9000": true, "http://127.0.0.1:9000": true, "http://[::1]:9000": true, "http://op.localhost": true,
		"http://op.example.com": false, "http://localhost.example.com": false, "http://127.0.0.1.example.com": false, "http://10.0.0.1": false,
	} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setup) { s.op.Issuer, s.config.Issuer = base, base })
			check := r.p.(providers.Checker).Check()
			if ok != (check == nil) {
				t.Fatalf("Check: %v", check)
			}
			_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
			if ok {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			refused(t, nil, err, providers.ErrResponse, "has to be https")
		})
	}
}

func TestMetadataThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	const missing = "authorization_endpoint, token_endpoint or jwks_uri is missing"
	for name, tc := range map[string]struct {
		set members
		why string
	}{
		"no authorization endpoint": {members{"authorization_endpoint": nil}, missing},
		"no token endpoint":         {members{"token_endpoint": nil}, missing},
		"token endpoint no text":    {members{"token_endpoint": 5}, missing},
		"no keys":                   {members{"jwks_uri": nil}, missing},
		"only private_key_jwt":      {members{"token_endpoint_auth_methods_supported": []string{"private_key_jwt"}}, "neither by client_secret_basic nor by client_secret_post"},
		"only none":                 {members{"token_endpoint_auth_methods_supported": []string{"none"}}, "neither by client_secret_basic nor by client_secret_post"},
		"PKCE only plain (S-42)":    {members{"code_challenge_methods_supported": []string{"plain"}}, "the provider supports PKCE, but not with S256"},
		"PKCE with nothing (S-42)":  {members{"code_challenge_methods_supported": []string{}}, "the provider supports PKCE, but not with S256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.describe(tc.set)
			unusable(t, r, tc.why)
		})
	}
}

// An options slice is shared by nobody: two presets made with one base do not
// see each other's scopes or parameters.
func TestOptionsDoNotLeak(t *testing.T) {
	t.Parallel()
	base := providers.Config{ID: "op", ClientID: "app", Issuer: issuer, Scopes: make([]string, 1, 10), Params: url.Values{"a": {"1"}}}
	base.Scopes[0] = "openid"
	newRig(t, func(s *setup) {
		s.config, s.options = base, []providers.Option{providers.WithScopes("x"), providers.WithParam("b", "2"), providers.WithParam("a", "")}
	}).authorize(newRequest())
	if base.Params.Encode() != "a=1" || base.Scopes[:2][1] != "" {
		t.Fatalf("params %v, scopes %q", base.Params, base.Scopes[:2])
	}
}

// Configured endpoints take precedence over those of the metadata.
func TestConfiguredEndpoints(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *setup) {
		s.config.AuthURL, s.config.LogoutURL = issuer+"/authorize?tenant=a", issuer+"/logout?x=1"
	})
	if u := r.authorize(newRequest()); u.Query().Get("tenant") != "a" || u.Query().Get("client_id") != "app" {
		t.Fatal(u)
	}
}

// With metadata and keys in the configuration nothing is fetched but tokens.
func TestStaticMetadataAndKeys(t *testing.T) {
	t.Parallel()
	source := newRig(t)
	document := source.get("/.well-known/openid-configuration")
	keys := source.get("/keys")
	r := newRig(t, func(s *setup) {
		s.options = []providers.Option{providers.WithMetadata([]byte(document)), providers.WithKeys([]byte(keys))}
	})
	key := source.op.SigningKey()
	r.forge(func(payload []byte) string { return signWith(key.Key.(*ecdsa.PrivateKey), key.KeyID)(payload) })
	if err := r.p.(providers.Checker).Check(); err != nil {
		t.Fatal(err)
	}
	r.mustSignIn()
	r.forge(func(payload []byte) string { return signWith(key.Key.(*ecdsa.PrivateKey), "unknown")(payload) })
	id, err := r.signIn()
	refused(t, id, err, providers.ErrIDToken, noKey)
	if r.op.Count("discovery") != 0 || r.op.Count("keys") != 0 {
		t.Fatalf("%d and %d fetches", r.op.Count("discovery"), r.op.Count("keys"))
	}
}

// Static keys do not need a jwks_uri beside them, and static metadata is checked
// like any other.
func TestStaticMetadataIsChecked(t *testing.T) {
	t.Parallel()
	source := newRig(t)
	source.describe(members{"jwks_uri": nil})
	document := source.get("/.well-known/openid-configuration")
	source.describe(members{"issuer": "https://evil.example"})
	foreign := source.get("/.well-known/openid-configuration")
	with := func(options ...providers.Option) *rig {
		return newRig(t, func(s *setup) { s.options = options })
	}
	with(providers.WithMetadata([]byte(document)), providers.WithKeys([]byte(source.get("/keys")))).authorize(newRequest())
	for document, why := range map[string]string{document: "authorization_endpoint, token_endpoint or jwks_uri is missing", foreign: "the document is of another issuer; Config.Issuer, or AUTH_OP_ISSUER, has to be"} {
		r := with(providers.WithMetadata([]byte(document)))
		unusable(t, r, why)
		refused(t, nil, r.p.(providers.Checker).Check(), providers.ErrConfig, "WithMetadata: "+why) // before anybody signs in
	}
}

func (r *rig) get(path string) string {
	r.t.Helper()
	resp, err := r.op.Client().Get(issuer + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return readAll(r.t, resp.Body)
}
