package providers

import (
	"errors"
	"fmt"
	"io"
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
	ClientSecret string `json:"-"` // empty for a public client, which relies on PKCE alone

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

	// Scopes to ask for. An OpenID provider without any is asked for openid,
	// profile and email, and for offline_access with prompt=consent if it lists
	// that scope.
	Scopes []string

	// Params are further parameters of the authorization request. They never
	// replace the ones that the protocol needs.
	Params url.Values

	// AuthStyle is how the client authenticates at the token endpoint:
	// oauth2.AuthStyleInHeader or oauth2.AuthStyleInParams. The automatic style
	// of golang.org/x/oauth2 is not used, since it sends a code or a refresh
	// token twice when an endpoint fails. Unset means what the metadata of an
	// OpenID provider lists first to mind, and the header elsewhere.
	AuthStyle oauth2.AuthStyle

	// Fields says where in the profile the user's fields are.
	Fields Fields

	// Tenants lists the tenants that are let in, for an issuer that stands for
	// many and whose identifier holds "{tenantid}".
	Tenants []string

	// UntypedTokens accepts token answers without token_type, which the
	// protocol requires but some providers leave out.
	UntypedTokens bool

	// FormPost asks for the answer as a cross-site POST
	// (response_mode=form_post).
	FormPost bool

	Style Style // of the sign-in button

	further      []string          // scopes in addition to Scopes, or to the default ones
	base         string            // of a self-hosted server, until the preset has used it
	document     *claims.Object    // static metadata, if given
	keys         []jose.JSONWebKey // static keys, if given
	confidential bool              // the provider takes no client without a secret
	example      string            // of an issuer, for people
	err          error             // of an option
}

// Fields says where in a profile the user's fields are: each is a member's
// name, or a path through nested objects with dots, or several alternatives
// separated by |, of which the first that is not empty counts. Empty fields
// mean the standard claims of OpenID Connect Core section 5.1.
type Fields struct{ ID, Name, Email, Image string }

// Option changes the [Config] of a preset.
type Option interface{ apply(*Config) }

type optionFunc func(*Config)

func (f optionFunc) apply(c *Config) { f(c) }

// WithScopes asks for these scopes in addition to those of the preset.
func WithScopes(scopes ...string) Option {
	return optionFunc(func(c *Config) { c.further = append(slices.Clip(c.further), scopes...) })
}

// WithParam adds a parameter to the authorization request, in place of the
// preset's parameter of that name. An empty value leaves the parameter out.
func WithParam(name, value string) Option {
	return optionFunc(func(c *Config) {
		params := url.Values{}
		for k, v := range c.Params {
			params[k] = v
		}
		params.Set(name, value)
		if value == "" {
			params.Del(name)
		}
		c.Params = params
	})
}

// WithID gives the provider another id and name, so that two of a kind can stand
// beside each other.
func WithID(id, name string) Option {
	return optionFunc(func(c *Config) { c.ID, c.Name = id, name })
}

// WithBaseURL names a self-hosted server, for presets that say so.
func WithBaseURL(base string) Option {
	return optionFunc(func(c *Config) { c.base = strings.TrimSuffix(base, "/") })
}

// WithTenants lists the tenants that are let in, see [Config.Tenants].
func WithTenants(tenants ...string) Option {
	return optionFunc(func(c *Config) { c.Tenants = tenants })
}

// WithMetadata gives the provider's metadata, the JSON of its discovery
// document, so that it is not fetched.
func WithMetadata(document []byte) Option {
	return optionFunc(func(c *Config) {
		o, err := claims.ParseObject(document)
		c.document = &o
		c.err = errors.Join(c.err, err)
	})
}

// WithKeys gives the provider's keys, the JSON of its key set, so that they are
// not fetched. They then change only with the configuration.
func WithKeys(document []byte) Option {
	return optionFunc(func(c *Config) {
		o, err := claims.ParseObject(document)
		c.keys = parseKeys(o)
		if err == nil && len(c.keys) == 0 {
			err = errors.New("the key set has no usable key")
		}
		c.err = errors.Join(c.err, err)
	})
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
	for name, value := range map[string]string{
		"DiscoveryURL": c.DiscoveryURL, "AuthURL": c.AuthURL, "TokenURL": c.TokenURL,
		"UserInfoURL": c.UserInfoURL, "RevokeURL": c.RevokeURL, "LogoutURL": c.LogoutURL,
	} {
		if why := c.checkURL(value); value != "" && why != "" {
			add("%s %s", name, why)
		}
	}
	for name := range c.Params {
		if slices.Contains(protocolParams(), name) {
			add("Params may not hold %q, which the kit sets; leave it out", name)
		}
	}
	if strings.Contains(c.Issuer, "{tenantid}") && len(c.Tenants) == 0 {
		add("the issuer stands for many tenants; list those to let in with WithTenants, or name one tenant")
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

// user maps a profile.
func (c Config) user(profile claims.Profile) User {
	first := func(field, standard string) string {
		if field == "" {
			field = standard
		}
		for path := range strings.SplitSeq(field, "|") {
			if s := lookup(profile, path); s != "" {
				return s
			}
		}
		return ""
	}
	return User{
		ID:            first(c.Fields.ID, "sub"),
		Name:          first(c.Fields.Name, "name|nickname|preferred_username"),
		Email:         first(c.Fields.Email, "email"),
		EmailVerified: profile.Bool("email_verified"),
		Image:         first(c.Fields.Image, "picture"),
	}
}

// lookup follows a path with dots through nested objects.
func lookup(o claims.Object, path string) string {
	for {
		name, rest, nested := strings.Cut(path, ".")
		if !nested {
			return o.Text(name)
		}
		var ok bool
		if o, ok = o.Object(name); !ok {
			return ""
		}
		path = rest
	}
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
