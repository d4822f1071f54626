package providers

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

const (
	maxToken    = 16 << 10             // bytes of an access or refresh token
	maxLifetime = 365 * 24 * time.Hour // of an access token; longer ones count as this
)

// redeem sends what a token request spends, and reads the answer. It is for the same
// resources each time, and binds the tokens to the account's key, if it has one.
func (c *client) redeem(ctx context.Context, m metadata, op string, form url.Values, a token.Account) (token.Account, claims.Object, error) {
	if len(c.Resources) > 0 {
		form["resource"] = c.Resources // RFC 8707 section 2.2
	}
	endpoint := m.tokenURL
	if op == opRefresh && c.Dialect.RefreshURL != "" {
		endpoint = c.Dialect.RefreshURL
	}
	answer, err := c.post(ctx, m, op, endpoint, form, a.DPoPKey)
	if err != nil {
		return token.Account{}, answer, err
	}
	renewed, err := c.account(op, answer, a)
	return renewed, answer, err
}

// account reads a token answer (RFC 6749 section 5.1). What it does not say is
// taken from old.
func (c *client) account(op string, o claims.Object, old token.Account) (token.Account, error) {
	fail := func(why string) (token.Account, error) {
		return token.Account{}, &Error{Provider: c.ID, Op: op, Kind: ErrResponse, Detail: why}
	}
	for path := range strings.SplitSeq(c.Dialect.TokensIn, "|") {
		if inner, ok := objectAt(o, path); ok {
			o = inner
			break
		}
	}
	a := old
	a.Provider, a.Type = c.ID, string(c.protocol())
	if !c.readTokens(o, &a) {
		return fail("a token is missing, too long, or has characters that no header can carry")
	}
	if why := c.readTokenType(o, &a); why != "" {
		return fail(why)
	}
	if scope := c.Dialect.granted(o); scope != "" {
		a.Scope = scope
	}
	a.ExpiresAt, a.Lifetime = time.Time{}, 0
	lifetime, said, err := lifetime(o)
	if err != nil {
		return fail(err.Error())
	}
	if said && !c.Dialect.Endless {
		a.ExpiresAt, a.Lifetime = time.Now().Add(lifetime), lifetime
	}
	return a, nil
}

// readTokens reads the tokens, and reports whether they are usable.
func (c *client) readTokens(o claims.Object, a *token.Account) (ok bool) {
	var okA bool
	a.AccessToken, okA = secret(o, "access_token", maxToken)
	refresh, okR := secret(o, "refresh_token", maxToken)
	idToken, okI := secret(o, "id_token", maxIDToken)
	if c.Dialect.EmptyTokens {
		okR, okI = okR || isEmpty(o, "refresh_token"), okI || isEmpty(o, "id_token")
	}
	if !refresh.IsZero() { // RFC 6749 section 6: without a new one the old one stays
		a.RefreshToken = refresh
	}
	if !idToken.IsZero() {
		a.IDToken = idToken
	}
	return okA && okR && okI && !a.AccessToken.IsZero()
}

// isEmpty tells whether a member is the empty text.
func isEmpty(o claims.Object, name string) bool {
	raw, _ := o.Raw(name)
	return string(raw) == `""`
}

// typeDPoP is the token_type of tokens that are bound to a key.
const typeDPoP = "DPoP"

// readTokenType checks that a token is to be used as the account's are: tokens that
// were to be bound to a key are not taken without it, nor the other way round (RFC 9449
// section 5).
func (c *client) readTokenType(o claims.Object, a *token.Account) (why string) {
	kind := o.String("token_type")
	switch {
	case !a.DPoPKey.IsZero():
		if a.TokenType = typeDPoP; !strings.EqualFold(kind, typeDPoP) {
			return "token_type is not DPoP"
		}
	case !strings.EqualFold(kind, "Bearer") && (kind != "" || !c.UntypedTokens):
		return "token_type is not Bearer"
	case strings.EqualFold(a.TokenType, typeDPoP): // of before
		a.TokenType = ""
	}
	return ""
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
	if a.RefreshToken.IsZero() {
		return token.Account{}, &Error{Provider: c.ID, Op: opRefresh, Kind: ErrResponse, Detail: "there is no refresh token"}
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.RefreshToken.Reveal()}}
	before := a.IDToken
	a.IDToken = token.Secret{}
	renewed, _, err := c.redeem(ctx, m, opRefresh, form, a)
	if err != nil {
		return token.Account{}, err
	}
	raw := renewed.IDToken.Reveal()
	if raw == "" {
		renewed.IDToken = before
	}
	if c.keySet == nil || raw == "" {
		return renewed, nil
	}
	verified, err := c.verifyIDToken(ctx, m, raw, expectation{account: a.ID, accessToken: renewed.AccessToken.Reveal()})
	switch {
	case errors.Is(err, ErrIdentityChanged):
		return token.Account{}, err
	case err != nil: // The old refresh token is spent. The new one must not get lost with an ID token that nobody needs.
		renewed.IDToken = before
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
	if end, ok := sessionEnd(verified); ok && !end.IsZero() {
		a.SessionEnds = end
	}
}
