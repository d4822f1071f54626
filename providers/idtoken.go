package providers

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/sealedauth/auth/claims"
)

// expectation is what an ID token has to match.
type expectation struct {
	nonce       string // of the sign-in; empty for a token from a refresh
	account     string // id of the account, for a token from a refresh, if known; else empty
	accessToken string
	code        string // of the sign-in
	demand      demand // of the sign-in
}

func (e expectation) refreshed() bool { return e.nonce == "" }

// verifyIDToken checks an ID token by OpenID Connect Core section 3.1.3.7 and
// returns its claims. A token from a refresh that is another's is told from one
// that is merely not good.
func (c *client) verifyIDToken(ctx context.Context, m metadata, raw string, want expectation) (claims.Object, error) {
	fail := func(err error) (claims.Object, error) { return claims.Object{}, err }
	o, verified, err := c.verifySigned(ctx, m, opIDToken, raw)
	if changed := c.changed(o, want); changed != "" {
		return fail(&Error{Provider: c.ID, Op: opIDToken, Kind: ErrIdentityChanged, Detail: changed})
	}
	if err != nil {
		return fail(err)
	}
	if err := c.checkIDToken(o, want); err != nil {
		return fail(c.refusal(opIDToken, err.Error()))
	}
	if err := checkHashes(o, verified, want); err != nil {
		return fail(c.refusal(opIDToken, err.Error()))
	}
	return o, nil
}

// checkHashes compares what the token says of what came with it, if it does. The
// code flow needs no c_hash, but one that is wrong is of another sign-in; it is made
// like the other (OpenID Connect Core sections 3.1.3.8 and 3.3.2.11).
func checkHashes(o claims.Object, verified *oidc.IDToken, want expectation) error {
	if _, present := o.Raw("at_hash"); present && verified.VerifyAccessToken(want.accessToken) != nil {
		return errors.New("at_hash is not of the access token")
	}
	if _, present := o.Raw("c_hash"); present && !want.refreshed() {
		verified.AccessTokenHash = o.String("c_hash")
		if verified.VerifyAccessToken(want.code) != nil {
			return errors.New("c_hash is not of the code")
		}
	}
	return nil
}

// changed says in what an ID token from a refresh is of another identity than
// that of the sign-in (OpenID Connect Core section 12.2), or "" if it is not, or
// does not say. The claims are signed, whatever else is wrong with the token.
func (c *client) changed(o claims.Object, want expectation) string {
	if !want.refreshed() {
		return ""
	}
	iss, azp, id := o.String("iss"), o.String("azp"), c.user(o).ID
	aud, _ := o.Strings("aud")
	short := c.Issuer == googleIssuer && "https://"+iss == googleIssuer // as go-oidc accepts it
	switch {
	case iss != "" && !c.isIssuer(iss) && !short:
		return otherIssuer
	case len(aud) > 0 && !slices.Contains(aud, c.ClientID):
		return otherAudience
	case azp != "" && azp != c.ClientID:
		return otherParty
	case want.account != "" && id != "" && id != want.account:
		return "it is of another person than at the sign-in"
	}
	return ""
}

// checkIDToken checks what ID tokens alone have. See the sections of OpenID
// Connect Core that the lines name.
func (c *client) checkIDToken(o claims.Object, want expectation) error {
	id, err := c.checkClaims(o)
	end, endOK := sessionEnd(o)
	switch {
	case err != nil:
		return err
	case !validSubject(id.Subject): // section 2
		return errors.New("sub is missing or not 1 to 255 ASCII characters")
	case want.account != "" && c.user(o).ID != want.account: // section 12.2
		return errors.New("it does not say whose account it is")
	case !endOK || !end.IsZero() && end.Before(time.Now()):
		return errors.New("session_expiry has passed, or is not a time")
	case id.ExpiresAt.IsZero(): // section 2
		return errors.New("exp is missing")
	case !want.refreshed() && id.IssuedAt.Before(time.Now().Add(-maxAge)): // section 3.1.3.7, point 10
		return errors.New(tooOld)
	case !want.refreshed() && subtle.ConstantTimeCompare([]byte(o.String("nonce")), []byte(want.nonce)) != 1: // point 11
		return errors.New("nonce is not the one of this sign-in")
	}
	if err := c.checkTenant(o); err != nil {
		return err
	}
	return want.demand.check(o, id)
}

// checkTenant binds a token of a provider with many tenants to one of those that
// are let in: its tid has to be listed, and its issuer has to be the one of that
// tenant.
func (c *client) checkTenant(o claims.Object) error {
	if len(c.Tenants) == 0 {
		return nil
	}
	tenant := o.String("tid")
	if !slices.Contains(c.Tenants, tenant) || o.String("iss") != c.issuerOf(tenant) {
		return errors.New("it is of a tenant that is not let in")
	}
	return nil
}

func (c Config) issuerOf(tenant string) string {
	return strings.ReplaceAll(c.Issuer, "{tenantid}", tenant)
}

// isIssuer reports whether iss is the provider, or a tenant that is let in.
func (c Config) isIssuer(iss string) bool {
	if len(c.Tenants) == 0 {
		return iss == c.Issuer
	}
	return slices.ContainsFunc(c.Tenants, func(tenant string) bool { return iss == c.issuerOf(tenant) })
}

func validSubject(s string) bool {
	if len(s) == 0 || len(s) > 255 {
		return false
	}
	for i := range len(s) {
		if s[i] > 0x7e || s[i] < 0x20 {
			return false
		}
	}
	return true
}
