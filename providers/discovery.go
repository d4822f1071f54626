package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
)

// metadata is what a provider says about itself (OpenID Connect Discovery 1.0
// section 3), or what a plain OAuth 2 provider's configuration says.
type metadata struct {
	authURL, tokenURL, userInfoURL string
	keysURL, revokeURL, logoutURL  string
	pushURL                        string

	style oauth2.AuthStyle // in the body if there is no secret

	assertionAlgorithm jose.SignatureAlgorithm // of the client's key, if it has one

	algorithms []jose.SignatureAlgorithm
	issuerSent bool // the issuer parameter comes with every callback (RFC 9207)
	offline    bool // offline_access is a scope here
	push       bool // authorization requests are pushed
	dpop       bool // tokens are to be bound to a key
}

// algorithms are the signatures of ID tokens that are accepted, whatever a
// provider lists. Symmetric ones are not among them.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.PS256, jose.EdDSA}
}

// accepted are these, and those that the configuration adds.
func (c Config) accepted() []jose.SignatureAlgorithm {
	accepted := algorithms()
	for _, a := range c.Algorithms {
		accepted = append(accepted, jose.SignatureAlgorithm(a))
	}
	return accepted
}

// discover fetches the metadata of the configured issuer.
func (c Config) discover(ctx context.Context) (metadata, time.Duration, error) {
	location := c.DiscoveryURL
	if location == "" {
		location = strings.TrimSuffix(c.Issuer, "/") + "/.well-known/openid-configuration"
	}
	object, header, err := fetch(ctx, c.ID, opDiscovery, location)
	shown := location
	if c.checkURL(location) != "" { // it may be a secret in the wrong place
		shown = "what is configured"
	}
	if err != nil {
		return metadata{}, 0, tried(err, shown, c.remedy())
	}
	m, err := c.readMetadata(object)
	if err != nil {
		return metadata{}, 0, c.unusable(err.Error() + "; tried " + shown)
	}
	return m, keepFor(header), nil
}

// remedy says what to check if the metadata cannot be had.
func (c Config) remedy() string {
	const network = "that this machine can reach it"
	switch {
	case c.Issuer == googleIssuer:
		return network
	case c.DiscoveryURL != "":
		return fmt.Sprintf("Config.DiscoveryURL and Config.Issuer, or %sISSUER, and %s", EnvPrefix(c.ID), network)
	}
	return fmt.Sprintf("Config.Issuer, or %sISSUER, and %s", EnvPrefix(c.ID), network)
}

// unusable is the error of a discovery document that readMetadata refuses.
func (c Config) unusable(why string) error {
	return &Error{Provider: c.ID, Op: opDiscovery, Kind: ErrResponse, Detail: why}
}

// readMetadata reads and checks a discovery document. Endpoints that are configured
// take precedence over those in the document.
func (c Config) readMetadata(o claims.Object) (metadata, error) {
	fail := func(why string) (metadata, error) { return metadata{}, errors.New(why) }
	if o.String("issuer") != c.Issuer {
		return fail("the document is of another issuer; Config.Issuer, or " + EnvPrefix(c.ID) +
			"ISSUER, has to be the same to the letter, also in a slash at its end")
	}
	if methods, ok := o.Strings("code_challenge_methods_supported"); ok && !slices.Contains(methods, "S256") {
		return fail("the provider supports PKCE, but not with S256")
	}
	m := c.static()
	for field, name := range map[*string]string{
		&m.authURL: "authorization_endpoint", &m.tokenURL: "token_endpoint", &m.userInfoURL: "userinfo_endpoint",
		&m.keysURL: "jwks_uri", &m.revokeURL: "revocation_endpoint", &m.logoutURL: "end_session_endpoint",
		&m.pushURL: "pushed_authorization_request_endpoint",
	} {
		if *field == "" {
			*field = cmp.Or(c.alias(o, name), o.String(name))
		}
		if err := c.checkURL(*field); *field != "" && err != "" {
			return fail(name + " " + err)
		}
	}
	if m.authURL == "" || m.tokenURL == "" || m.keysURL == "" && c.keys == nil {
		return fail("authorization_endpoint, token_endpoint or jwks_uri is missing")
	}
	if err := c.readClientAuth(o, &m); err != nil {
		return metadata{}, err
	}
	if m.algorithms = c.listedAlgorithms(o); len(m.algorithms) == 0 {
		return fail("the provider signs ID tokens with none of RS256, ES256, PS256 and EdDSA")
	}
	if err := m.readFeatures(o); err != nil {
		return metadata{}, err
	}
	return m, nil
}

// alias returns where a client with a TLS certificate finds an endpoint, if that is
// elsewhere (RFC 8705 section 5). Where the browser goes is not among these.
func (c Config) alias(o claims.Object, name string) string {
	if !c.MutualTLS || name == "authorization_endpoint" || name == "end_session_endpoint" {
		return ""
	}
	aliases, _ := o.Object("mtls_endpoint_aliases")
	return aliases.String(name)
}

// readFeatures reads what the provider does, or wants to be done.
func (m *metadata) readFeatures(o claims.Object) error {
	m.issuerSent = o.Bool("authorization_response_iss_parameter_supported")
	scopes, _ := o.Strings("scopes_supported")
	m.offline = slices.Contains(scopes, "offline_access")
	m.push = m.push || o.Bool("require_pushed_authorization_requests")
	if m.push && m.pushURL == "" {
		return errors.New("authorization requests have to be pushed, but there is no pushed_authorization_request_endpoint")
	}
	if listed, ok := o.Strings("dpop_signing_alg_values_supported"); m.dpop && ok && !slices.Contains(listed, string(jose.ES256)) {
		return errors.New("the provider takes no DPoP proofs that are signed with ES256")
	}
	return nil
}

// listedAlgorithms returns those of the accepted algorithms that the document
// lists, or all if it does not say.
func (c Config) listedAlgorithms(o claims.Object) []jose.SignatureAlgorithm {
	listed, ok := o.Strings("id_token_signing_alg_values_supported")
	return slices.DeleteFunc(c.accepted(), func(a jose.SignatureAlgorithm) bool {
		return ok && !slices.Contains(listed, string(a))
	})
}

// static returns the metadata that the configuration itself gives.
func (c Config) static() metadata {
	m := metadata{
		authURL: c.AuthURL, tokenURL: c.TokenURL, userInfoURL: c.UserInfoURL,
		revokeURL: c.RevokeURL, logoutURL: c.LogoutURL, style: c.AuthStyle,
		pushURL: c.PushURL, push: c.Push || c.PushURL != "", dpop: c.DPoP,
	}
	if c.ClientSecret == "" {
		m.style = oauth2.AuthStyleInParams // with an assertion, or with the id alone
	}
	return m
}

// readClientAuth reads how the client is to prove who it is.
func (c Config) readClientAuth(o claims.Object, m *metadata) (err error) {
	if c.ClientKey != nil {
		methods, ok := o.Strings("token_endpoint_auth_methods_supported")
		if ok && !slices.Contains(methods, "private_key_jwt") {
			return errors.New("the provider does not take private_key_jwt; configure ClientSecret instead of ClientKey")
		}
		listed, _ := o.Strings("token_endpoint_auth_signing_alg_values_supported")
		if m.assertionAlgorithm, err = assertionAlgorithm(c.ClientKey, listed); err != nil {
			return fmt.Errorf("ClientKey %w", err)
		}
		return nil
	}
	if m.style == oauth2.AuthStyleAutoDetect {
		if m.style = authStyle(o); m.style == oauth2.AuthStyleAutoDetect {
			return errors.New("the provider takes the client secret neither by client_secret_basic nor by client_secret_post")
		}
	}
	return nil
}

// authStyle picks how the client authenticates: by the header unless only the
// body is listed (client_secret_basic is the default, Discovery section 3). It
// is picked once: trying both would send a code or refresh token twice.
func authStyle(o claims.Object) oauth2.AuthStyle {
	methods, ok := o.Strings("token_endpoint_auth_methods_supported")
	switch {
	case !ok, slices.Contains(methods, "client_secret_basic"):
		return oauth2.AuthStyleInHeader
	case slices.Contains(methods, "client_secret_post"):
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleAutoDetect
}

// checkURL says what is wrong with an endpoint: it has to be an absolute https
// URL. Only a provider whose issuer itself is http on this machine, as in
// development, may have such endpoints.
func (c Config) checkURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return "is not an absolute URL"
	case u.Scheme == "https":
		return ""
	case u.Scheme == "http" && isLoopback(u.Hostname()) && (c.Issuer == "" || strings.HasPrefix(c.Issuer, "http://")):
		return ""
	}
	return "has to be https (http is accepted on localhost only)"
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
