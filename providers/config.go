package providers

import (
	"cmp"
	"crypto"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// Config describes a provider as data. [OIDC] and [OAuth2] make a [Provider]
// of it; presets are functions that fill it in.
//
// A Config prints as its ID only, so that the secret does not get into logs.
type Config struct {
	ID   string // in URLs, such as /auth/callback/<id>: lower-case letters, digits, - and _
	Name string // for people; ID if empty

	ClientID     string // as registered at the provider
	ClientSecret string `json:"-"` // empty for a public client, which relies on PKCE alone, or one with a key or certificate

	// ClientKey is the private key of a client that proves itself by a signed
	// assertion instead of a secret (private_key_jwt, RFC 7523): RSA, ECDSA on
	// P-256, P-384 or P-521, or Ed25519. It is any crypto.Signer, so it can stay in a
	// key management service. Its public half is registered at the provider;
	// ClientKeyID is the kid that it has there, if any. ClientKeyAudience is whom the
	// assertions are for: the issuer, or the token endpoint where there is none or
	// it stands for many tenants. Some providers want to see another one.
	//
	ClientKey         crypto.Signer `json:"-"`
	ClientKeyID       string
	ClientKeyAudience string

	// MutualTLS tells that the http.Client that makes the calls (httpauth.Config has
	// it) shows a TLS certificate, by which the client proves itself instead of a
	// secret (tls_client_auth, RFC 8705). Then those endpoints are called that the
	// metadata names for it (mtls_endpoint_aliases).
	MutualTLS bool

	// Issuer is the issuer identifier of an OpenID provider, the same to the
	// letter as in its metadata. It also becomes the expected iss parameter of
	// callbacks (RFC 9207). Empty for a plain OAuth 2 provider without one.
	Issuer string

	// DiscoveryURL is where the metadata is, if not at the issuer's well-known
	// place.
	DiscoveryURL string

	// The endpoints. OpenID providers name theirs in the metadata; what is
	// given here takes precedence.
	AuthURL     string
	TokenURL    string
	UserInfoURL string
	RevokeURL   string // RFC 7009
	LogoutURL   string // RP-initiated logout
	PushURL     string // RFC 9126

	// Push sends the parameters of an authorization request to the provider
	// directly, so that the browser carries no more than a reference to them (pushed
	// authorization requests, RFC 9126). It is done anyway where the metadata
	// requires it or PushURL is set.
	Push bool

	// Scopes to ask for. An OpenID provider without any is asked for openid,
	// profile and email, and for offline_access with prompt=consent if it lists
	// that scope.
	Scopes []string

	// Params are further parameters of the authorization request. They never
	// replace the ones that the protocol needs. Of an OpenID provider, max_age and
	// acr_values are also checked: who authenticated longer ago, or in none of these
	// ways, is not signed in.
	Params url.Values

	// AuthStyle is how the client authenticates at the token endpoint:
	// oauth2.AuthStyleInHeader or oauth2.AuthStyleInParams. The automatic style
	// of golang.org/x/oauth2 is not used, since it sends a code or a refresh
	// token twice when an endpoint fails. Unset means what the metadata of an
	// OpenID provider lists first to mind, and the header elsewhere.
	AuthStyle oauth2.AuthStyle

	// Fields says where in the profile the user's fields are.
	Fields Fields

	// Dialect says where the provider differs from the standards.
	Dialect Dialect

	// Tenants lists the tenants that are let in, for an issuer that stands for
	// many and whose identifier holds "{tenantid}".
	Tenants []string

	// UntypedTokens accepts token answers without token_type, which the
	// protocol requires but some providers leave out.
	UntypedTokens bool

	// SignedUserInfo tells that the client is registered for user info that the
	// provider signs (userinfo_signed_response_alg), so that nothing else is taken.
	SignedUserInfo bool

	// Algorithms are signature algorithms of ID tokens (RFC 7518 section 3.1) to accept
	// beside RS256, ES256, PS256 and EdDSA, such as ES384. Symmetric ones cannot be
	// among them.
	Algorithms []string

	// DPoP binds the tokens of each sign-in to a key of its own, without which they
	// are of no use to whoever gets hold of them (RFC 9449). The key travels in the
	// sealed session, where it takes some 80 bytes of the cookie. Answers with bearer
	// tokens are then refused.
	DPoP bool

	// Resources are the APIs that access tokens are for, as absolute URIs (resource
	// indicators, RFC 8707).
	Resources []string

	// FormPost asks for the answer as a cross-site POST
	// (response_mode=form_post).
	FormPost bool

	Style Style // of the sign-in button
	Facts Facts // what is known of the provider, for people

	further      []string                                           // scopes in addition to Scopes, or to the default ones
	standard     string                                             // base URL for {base} in Issuer and the endpoints, unless base is another
	base         string                                             // of a self-hosted server, until the preset has used it
	document     *claims.Object                                     // static metadata, if given
	keys         []jose.JSONWebKey                                  // static keys, if given
	confidential bool                                               // the provider takes no client without a secret
	takesKey     bool                                               // or with a key in place of it
	mint         func() (token.Secret, error)                       // makes the client secret anew for each request
	adapt        func(r *http.Request, secret, access token.Secret) // adds to a request what no data can say
	example      string                                             // of an issuer, for people
	err          error                                              // of an option
}

// Format prints the ID only, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "provider "+c.ID) }

func (c *Config) apply(options []Option) {
	for _, o := range options {
		o.apply(c)
	}
	if c.Name == "" {
		c.Name = c.ID
	}
	if c.standard != "" {
		c.settle(cmp.Or(c.base, c.standard))
		c.base = ""
	}
}

// settle puts a base URL where it belongs.
func (c *Config) settle(base string) {
	for _, u := range []*string{&c.Issuer, &c.DiscoveryURL, &c.AuthURL, &c.TokenURL, &c.UserInfoURL, &c.RevokeURL, &c.LogoutURL} {
		*u = strings.ReplaceAll(*u, "{base}", base)
	}
}

// problem is the error of a field.
func (c Config) problem(format string, args ...any) error {
	return &Error{Provider: c.ID, Op: opConfig, Kind: ErrConfig, Detail: fmt.Sprintf(format, args...)}
}

// check says what is missing or wrong, whatever the protocol.
func (c Config) check() []error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, c.problem(format, args...)) }
	if c.ClientID == "" {
		add("ClientID is empty; set it, or %sID, to the client id from the provider's console", EnvPrefix(c.ID))
	}
	if c.err != nil {
		add("%v", c.err)
	}
	if why := c.checkKey(); why != "" {
		add("%s", why)
	}
	if c.base != "" {
		add("WithBaseURL has no effect on this provider")
	}
	if why := c.checkURL(c.Issuer); c.Issuer != "" && why != "" {
		value := ""
		if looksLikeHost(c.Issuer) { // else it may be a secret in the wrong place
			value = fmt.Sprintf("%q ", c.Issuer)
		}
		add("Issuer %s%s; %s", value, why, c.issuerHint())
	}
	for name, value := range c.endpoints() {
		if why := c.checkURL(value); value != "" && why != "" {
			add("%s %s", name, why)
		}
	}
	for _, a := range c.Algorithms {
		if !slices.Contains([]string{"RS384", "RS512", "PS384", "PS512", "ES384", "ES512"}, a) {
			add("Algorithms: %q is none that can be added; those are RS384, RS512, PS384, PS512, ES384 and ES512", a)
		}
	}
	problems = append(problems, c.checkParams()...)
	if strings.Contains(c.Issuer, "{tenantid}") && len(c.Tenants) == 0 {
		add("the issuer stands for many tenants; list those to let in with WithTenants, or name one tenant")
	}
	return problems
}

// endpoints returns the configured URLs of the provider, by the names of their fields.
// Most get something secret, the refresh token or the access token too.
func (c Config) endpoints() map[string]string {
	all := map[string]string{
		"DiscoveryURL": c.DiscoveryURL, "AuthURL": c.AuthURL, "TokenURL": c.TokenURL, "UserInfoURL": c.UserInfoURL,
		"RevokeURL": c.RevokeURL, "LogoutURL": c.LogoutURL, "PushURL": c.PushURL, "Dialect.RefreshURL": c.Dialect.RefreshURL,
	}
	for member, value := range c.Dialect.Further {
		all[fmt.Sprintf("Dialect.Further[%q]", member)] = value
	}
	return all
}

// checkParams says what is wrong with the further parameters of an authorization
// request.
func (c Config) checkParams() []error {
	var problems []error
	for name := range c.Params {
		if slices.Contains(protocolParams(), name) {
			problems = append(problems, c.problem("Params may not hold %q, which the kit sets; leave it out", name))
		}
	}
	if _, err := c.demands(nil); err != nil {
		problems = append(problems, c.problem("Params: %v", err))
	}
	if len(c.Resources) > 0 && c.Params.Has("resource") {
		problems = append(problems, c.problem("Params may not hold \"resource\" beside Resources; leave it out"))
	}
	for i, resource := range c.Resources { // RFC 8707 section 2
		if u, err := url.Parse(resource); err != nil || !u.IsAbs() || strings.Contains(resource, "#") {
			problems = append(problems, c.problem("Resources: number %d is not an absolute URI without a fragment", i+1))
		}
	}
	return problems
}

// issuerHint says what the issuer has to be.
func (c Config) issuerHint() string {
	example := c.example
	if example == "" {
		example = "https://sso.example.com"
	}
	return fmt.Sprintf("set it, or %sISSUER, to the URL that the provider's metadata has as issuer, such as %s", EnvPrefix(c.ID), example)
}

// looksLikeHost reports whether s is the name of a host, perhaps with a path:
// a URL whose scheme was forgotten.
func looksLikeHost(s string) bool {
	return regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?$`).MatchString(s)
}

// EnvPrefix returns the prefix of a provider's environment variables, by the
// convention of Auth.js: AUTH_GOOGLE_ for the id google.
func EnvPrefix(id string) string {
	return "AUTH_" + strings.ToUpper(strings.ReplaceAll(id, "-", "_")) + "_"
}

// protocolParams are the parameters of an authorization request that nothing
// else may set.
func protocolParams() []string {
	return []string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "request", "request_uri"}
}

// secret returns a token of an answer, if it can stand in a header (RFC 6749
// appendix A.12 allows printable ASCII).
func secret(o claims.Object, name string, limit int) (token.Secret, bool) {
	raw, present := o.Raw(name)
	if !present || string(raw) == "null" {
		return token.Secret{}, true
	}
	s := o.String(name)
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return token.Secret{}, false
		}
	}
	return token.NewSecret(s), s != "" && len(s) <= limit
}
