package providers

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

const (
	maxToken    = 16 << 10             // bytes of an access or refresh token
	maxLifetime = 365 * 24 * time.Hour // of an access token; longer ones count as this
)

// client is what plain OAuth 2 and OpenID Connect have in common.
type client struct {
	Config   // without ClientSecret, which fmt would print
	secret   token.Secret
	metadata func(context.Context) (metadata, error)
	keySet   *keySet // nil for plain OAuth 2
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
	p := &client{Config: c, secret: token.NewSecret(c.ClientSecret)}
	p.ClientSecret = ""
	p.metadata = func(context.Context) (metadata, error) { return m, nil }
	return p
}

// Info implements Provider.
func (c *client) Info() Info {
	info := Info{ID: c.ID, Name: c.Name, Protocol: PlainOAuth2, Style: c.Style, FormPost: c.FormPost}
	if c.keySet != nil {
		info.Protocol, info.Issuer = OpenIDConnect, c.Issuer
	}
	return info
}

// Check implements Checker.
func (c *client) Check() error {
	if c.ID == "" { // which all other messages name
		return c.problem(`ID is empty; set ID, e.g. "acme"`)
	}
	problems := c.check()
	if c.confidential && c.secret.IsZero() {
		problems = append(problems, c.problem("ClientSecret is empty, which %s does not allow; set it, or %sSECRET", c.Name, EnvPrefix(c.ID)))
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
		if value == "" {
			problems = append(problems, c.problem("%s is empty; set it, since there is no metadata to take it from", name))
		}
	}
	return problems
}

func (c *client) config(m metadata, redirectURL string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.ClientID, ClientSecret: c.secret.Reveal(), RedirectURL: redirectURL,
		Endpoint: oauth2.Endpoint{AuthURL: m.authURL, TokenURL: m.tokenURL, AuthStyle: m.style},
	}
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

// AuthCodeURL implements Provider.
func (c *client) AuthCodeURL(ctx context.Context, r AuthRequest) (string, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return "", err
	}
	var options []oauth2.AuthCodeOption
	set := func(name, value string) { options = append(options, oauth2.SetAuthURLParam(name, value)) }
	if c.keySet != nil {
		set("nonce", r.Nonce)
		if len(c.Scopes) == 0 && m.offline {
			set("prompt", "consent") // offline_access needs it
		}
	}
	for _, params := range []url.Values{c.Params, r.Params} {
		for name, values := range params {
			if !slices.Contains(protocolParams(), name) && len(values) == 1 {
				set(name, values[0])
			}
		}
	}
	if c.FormPost {
		set("response_mode", "form_post")
	}
	options = append(options, oauth2.S256ChallengeOption(r.Verifier))
	config := c.config(m, r.RedirectURL)
	config.Scopes = c.asked(m, r.Scopes)
	return config.AuthCodeURL(r.State, options...), nil
}

// Exchange implements Provider.
func (c *client) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.checkCallback(m, cb.Params); err != nil {
		return nil, err
	}
	if cb.Verifier == "" {
		return nil, &Error{Provider: c.ID, Op: opAuthorize, Kind: ErrCallback, Detail: "the transaction has no code verifier"}
	}
	var answer claims.Object
	call := context.WithValue(ctx, oauth2.HTTPClient, outbound(ctx, c.ID, opToken, &answer)) // for this call alone
	_, err = c.config(m, cb.RedirectURL).Exchange(call, cb.Params.Get("code"), oauth2.VerifierOption(cb.Verifier))
	if err != nil {
		return nil, asError(err, c.ID, opToken)
	}
	account, err := c.account(opToken, answer, token.Account{Scope: strings.Join(c.asked(m, cb.Scopes), " ")})
	if err != nil {
		return nil, err
	}
	return c.identify(ctx, m, account, cb.Nonce)
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
	case code == "access_denied":
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
func (c *client) identify(ctx context.Context, m metadata, a token.Account, nonce string) (*Identity, error) {
	var profile claims.Profile
	var err error
	if c.keySet != nil {
		profile, err = c.identityOf(ctx, m, a, nonce)
		a.SessionID = profile.String("sid") // signed: it never comes from the user info
	} else {
		profile, _, err = fetch(ctx, c.ID, opUserInfo, m.userInfoURL, a.AccessToken.Reveal())
	}
	if err != nil {
		return nil, err
	}
	user := c.user(profile)
	if user.ID == "" || len(user.ID) > 255 {
		return nil, &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrProfile, Detail: "it has no usable id"}
	}
	a.ID = user.ID
	return &Identity{User: user, Account: a, Profile: profile}, nil
}

// account reads a token answer (RFC 6749 section 5.1). What it does not say is
// taken from old.
func (c *client) account(op string, o claims.Object, old token.Account) (token.Account, error) {
	fail := func(why string) (token.Account, error) {
		return token.Account{}, &Error{Provider: c.ID, Op: op, Kind: ErrResponse, Detail: why}
	}
	a := old
	a.Provider, a.Type = c.ID, string(c.Info().Protocol)
	var okA bool
	a.AccessToken, okA = secret(o, "access_token", maxToken)
	refresh, okR := secret(o, "refresh_token", maxToken)
	idToken, okI := secret(o, "id_token", maxIDToken)
	if !okA || !okR || !okI || a.AccessToken.IsZero() {
		return fail("a token is missing, too long, or has characters that no header can carry")
	}
	if !refresh.IsZero() { // RFC 6749 section 6: without a new one the old one stays
		a.RefreshToken = refresh
	}
	if !idToken.IsZero() {
		a.IDToken = idToken
	}
	kind := o.String("token_type")
	if !strings.EqualFold(kind, "Bearer") && (kind != "" || !c.UntypedTokens) {
		return fail("token_type is not Bearer")
	}
	if scope := o.String("scope"); scope != "" {
		a.Scope = scope
	}
	a.ExpiresAt, a.Lifetime = time.Time{}, 0
	lifetime, said, err := lifetime(o)
	if err != nil {
		return fail(err.Error())
	}
	if said {
		a.ExpiresAt, a.Lifetime = time.Now().Add(lifetime), lifetime
	}
	return a, nil
}

// lifetime reads expires_in: a number of seconds, or its digits in a string.
// Zero and less mean that the token has already expired.
func lifetime(o claims.Object) (d time.Duration, said bool, err error) {
	raw, ok := o.Raw("expires_in")
	if !ok || string(raw) == "null" {
		return 0, false, nil
	}
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		var n int64
		n, err = strconv.ParseInt(o.String("expires_in"), 10, 64)
		seconds = float64(n)
	}
	if err != nil {
		return 0, false, errors.New("expires_in is not a number of seconds")
	}
	return time.Duration(min(max(seconds, 0), maxLifetime.Seconds())) * time.Second, true, nil
}

// Refresh implements Refresher.
func (c *client) Refresh(ctx context.Context, a token.Account) (token.Account, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return token.Account{}, err
	}
	var answer claims.Object
	call := context.WithValue(ctx, oauth2.HTTPClient, outbound(ctx, c.ID, opRefresh, &answer)) // for this call alone
	spent := &oauth2.Token{RefreshToken: a.RefreshToken.Reveal()}
	if _, err := c.config(m, "").TokenSource(call, spent).Token(); err != nil {
		return token.Account{}, asError(err, c.ID, opRefresh)
	}
	renewed, err := c.account(opRefresh, answer, a)
	if err != nil {
		return token.Account{}, err
	}
	raw := answer.String("id_token")
	if c.keySet == nil || raw == "" {
		return renewed, nil
	}
	verified, err := c.verifyIDToken(ctx, m, raw, expectation{account: a.ID, accessToken: renewed.AccessToken.Reveal()})
	switch {
	case errors.Is(err, ErrIdentityChanged):
		return token.Account{}, err
	case err != nil: // The old refresh token is spent. The new one must not get lost with an ID token that nobody needs.
		renewed.IDToken = a.IDToken
	default:
		c.learn(&renewed, verified)
	}
	return renewed, nil
}

// learn takes from the ID token of a refresh what the account does not say yet: a
// session of Auth.js need not say whose account it is. The session at the provider
// is that of the latest token that names one.
func (c *client) learn(a *token.Account, verified claims.Object) {
	if a.ID == "" {
		a.ID = c.user(verified).ID
	}
	if sid := verified.String("sid"); sid != "" {
		a.SessionID = sid
	}
}
