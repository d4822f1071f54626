package providers

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// client is what plain OAuth 2 and OpenID Connect have in common.
type client struct {
	Config   // without ClientSecret, which fmt would print
	secret   token.Secret
	metadata func(context.Context) (metadata, error)
	keySet   *keySet // nil for plain OAuth 2
	nonces   *Nonces // for proofs
}

// OAuth2 returns a provider that speaks OAuth 2 (RFC 6749) without OpenID
// Connect. The Config needs AuthURL, TokenURL, UserInfoURL and Fields.ID.
func OAuth2(c Config, options ...Option) Provider {
	c.apply(options)
	return newOAuth2(c)
}

func newOAuth2(c Config) *client {
	m := c.static()
	if m.style == oauth2.AuthStyleAutoDetect {
		m.style = oauth2.AuthStyleInHeader
	}
	if c.ClientKey != nil {
		m.assertionAlgorithm, _ = assertionAlgorithm(c.ClientKey, nil) // of whose error Check tells
	}
	p := &client{Config: c, secret: token.NewSecret(c.ClientSecret), nonces: new(Nonces)}
	p.ClientSecret = ""
	p.metadata = func(context.Context) (metadata, error) { return m, nil }
	return p
}

// Info implements Provider.
func (c *client) Info() Info {
	info := Info{ID: c.ID, Name: c.Name, Protocol: c.protocol(), Style: c.Style, FormPost: c.FormPost, Facts: c.Facts}
	if c.keySet != nil {
		info.Issuer = c.Issuer
	}
	return info
}

func (c *client) protocol() Protocol {
	if c.keySet != nil {
		return OpenIDConnect
	}
	return PlainOAuth2
}

// Check implements Checker.
func (c *client) Check() error {
	if c.ID == "" { // which all other messages name
		return c.problem(`ID is empty; set ID, e.g. "acme"`)
	}
	problems := c.check()
	if c.confidential && c.secret.IsZero() && (c.ClientKey == nil || !c.takesKey) {
		problems = append(problems, c.problem("ClientSecret is empty, which %s does not allow; set it, or %sSECRET", c.Name, EnvPrefix(c.ID)))
	}
	if c.ClientKey != nil && !c.secret.IsZero() {
		problems = append(problems, c.problem("ClientSecret and ClientKey are both set; a client proves itself in one way, so leave one of them out"))
	}
	if c.keySet != nil {
		problems = append(problems, c.checkOpenID()...)
	} else {
		problems = append(problems, c.checkPlain()...)
	}
	return errors.Join(problems...)
}

// checkPlain says what is missing of a provider that has no metadata.
func (c Config) checkPlain() []error {
	var problems []error
	for name, value := range map[string]string{
		"AuthURL": c.AuthURL, "TokenURL": c.TokenURL, "UserInfoURL": c.UserInfoURL, "Fields.ID": c.Fields.ID,
	} {
		if value == "" && (name != "UserInfoURL" || c.Dialect.ProfileIn == "") {
			problems = append(problems, c.problem("%s is empty; set it, since there is no metadata to take it from", name))
		}
	}
	if d, err := c.demands(nil); err == nil && !d.isZero() {
		problems = append(problems, c.problem("Params: max_age and acr_values %s", needsOpenID))
	}
	if c.Push && c.PushURL == "" {
		problems = append(problems, c.problem("PushURL is empty, but Push is set; set it, since there is no metadata to take it from"))
	}
	return problems
}

// scopes returns the scopes to ask for. An OpenID provider is asked for the
// standard ones unless the configuration names others.
func (c *client) scopes(m metadata) []string {
	scopes := slices.Clone(c.Scopes)
	if len(scopes) == 0 && c.keySet != nil {
		scopes = []string{"openid", "profile", "email"}
		if m.offline { // without it there is no refresh token (OpenID Connect Core section 11)
			scopes = append(scopes, "offline_access")
		}
	}
	return append(scopes, c.further...)
}

// asked returns the scopes of one sign-in: the usual ones and those that this
// one asks for in addition.
func (c *client) asked(m metadata, additional []string) []string {
	scopes := c.scopes(m)
	for _, scope := range additional {
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// Exchange implements Provider.
func (c *client) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	m, account, answer, err := c.spend(ctx, cb)
	if err != nil {
		return nil, err
	}
	return c.identify(ctx, m, account, answer, cb)
}

// spend redeems the code of a callback. What comes of it is not yet anybody's account.
func (c *client) spend(ctx context.Context, cb Callback) (m metadata, fresh token.Account, answer claims.Object, err error) {
	if m, err = c.metadata(ctx); err != nil {
		return m, fresh, answer, err
	}
	if err = c.checkCallback(m, cb.Params); err != nil {
		return m, fresh, answer, err
	}
	if cb.Verifier == "" {
		return m, fresh, answer, &Error{Provider: c.ID, Op: opAuthorize, Kind: ErrCallback, Detail: "the transaction has no code verifier"}
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {cb.Params.Get("code")}}
	if !c.Dialect.NoPKCE {
		form.Set("code_verifier", cb.Verifier)
	}
	if cb.RedirectURL != "" {
		form.Set("redirect_uri", cb.RedirectURL)
	}
	for _, name := range c.Dialect.Repeat {
		form.Set(name, cb.Params.Get(name))
	}
	fresh = token.Account{Scope: strings.Join(c.asked(m, cb.Scopes), " ")}
	if c.DPoP {
		if fresh.DPoPKey, err = newDPoPKey(); err != nil {
			return m, fresh, answer, &Error{Provider: c.ID, Op: opToken, Kind: ErrUnavailable, Detail: "there is no key to bind the tokens to"}
		}
	}
	fresh, answer, err = c.redeem(ctx, m, opToken, form, fresh)
	return m, fresh, answer, err
}

// checkCallback checks the issuer (RFC 9207 section 2.4), also of an error
// answer, before anything in the answer is believed.
func (c *client) checkCallback(m metadata, params url.Values) error {
	e := &Error{Provider: c.ID, Op: opAuthorize, Kind: ErrCallback}
	iss := params.Get("iss")
	code := errorCode(params.Get("error"))
	switch {
	case iss == "" && m.issuerSent:
		e.Detail = "it names no issuer, which this provider always does"
	case iss != "" && c.Issuer != "" && !c.isIssuer(iss):
		e.Detail = "it is of another issuer: perhaps a mix-up attack"
	case code == "access_denied", code != "" && slices.Contains(c.Dialect.Denied, code):
		e.Kind, e.Code = ErrDenied, code
	case code != "":
		e.Kind, e.Code = kindOf(code, 0), code
	case params.Get("code") == "":
		e.Detail = "it has no code"
	default:
		return nil
	}
	return e
}

// identify finds out whose account it is.
func (c *client) identify(ctx context.Context, m metadata, a token.Account, answer claims.Object, cb Callback) (*Identity, error) {
	var profile claims.Profile
	var err error
	if c.keySet != nil {
		profile, err = c.identityOf(ctx, m, a, cb)
		a.SessionID, a.AuthTime = profile.String("sid"), authTime(profile) // signed: they never come from the user info
		a.SessionEnds, _ = sessionEnd(profile)
	} else {
		profile, err = c.profile(ctx, m, a, answer)
	}
	if err != nil {
		return nil, err
	}
	return c.identity(a, profile)
}

// identity is the account with the person that it belongs to.
func (c *client) identity(a token.Account, profile claims.Profile) (*Identity, error) {
	user := c.user(profile)
	if user.ID == "" || len(user.ID) > 255 {
		return nil, &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrProfile, Detail: "it has no usable id"}
	}
	a.ID = user.ID
	return &Identity{User: user, Account: a, Profile: profile}, nil
}
