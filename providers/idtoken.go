package providers

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/claims"
)

const (
	skew       = time.Minute      // how far clocks may differ
	maxAge     = 10 * time.Minute // of an ID token at the sign-in it was issued for
	maxIDToken = 32 << 10         // bytes
)

// Whose an ID token is instead.
const (
	otherIssuer   = "it is of another issuer"
	otherAudience = "it is for another client"
	otherParty    = "it was issued for another client (azp)"
)

// expectation is what an ID token has to match.
type expectation struct {
	nonce       string // of the sign-in; empty for a token from a refresh
	account     string // id of the account, for a token from a refresh, if known; else empty
	accessToken string
}

func (e expectation) refreshed() bool { return e.nonce == "" }

// verifyIDToken checks an ID token by OpenID Connect Core section 3.1.3.7 and
// returns its claims. go-oidc checks signature, issuer, audience and expiry;
// what it leaves to its caller is checked here. A token from a refresh that is
// another's is told from one that is merely not good.
func (c *client) verifyIDToken(ctx context.Context, m metadata, raw string, want expectation) (claims.Object, error) {
	fail := func(why string) (claims.Object, error) {
		return claims.Object{}, &Error{Provider: c.ID, Op: opIDToken, Kind: ErrIDToken, Detail: why}
	}
	switch {
	case raw == "":
		return fail("there is none")
	case strings.Count(raw, ".") != 2:
		return fail("it is not a signed token; encrypted ones are not supported")
	}
	keys := &strictKeys{set: c.keySet, algorithms: m.algorithms}
	verified, err := oidc.NewVerifier(c.Issuer, keys, &oidc.Config{
		ClientID:             c.ClientID,
		SupportedSigningAlgs: keys.names(),
		SkipIssuerCheck:      len(c.Tenants) > 0, // checkTenant does it
		Now:                  func() time.Time { return time.Now().Add(-skew) },
	}).Verify(ctx, raw)
	var unreachable *Error
	switch changed := c.changed(keys.payload, want); {
	case errors.As(keys.err, &unreachable):
		return claims.Object{}, unreachable
	case changed != "":
		return claims.Object{}, &Error{Provider: c.ID, Op: opIDToken, Kind: ErrIdentityChanged, Detail: changed}
	case keys.err != nil:
		return fail(keys.err.Error())
	case err != nil:
		return fail(whyRefused(err)) // its own text quotes claims
	}
	if err := c.checkClaims(keys.payload, want); err != nil {
		return fail(err.Error())
	}
	if _, present := keys.payload.Raw("at_hash"); present && verified.VerifyAccessToken(want.accessToken) != nil {
		return fail("at_hash is not of the access token")
	}
	return keys.payload, nil
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

func whyRefused(err error) string {
	var expired *oidc.TokenExpiredError
	switch text := err.Error(); {
	case errors.As(err, &expired):
		return "it has expired, or a clock is wrong"
	case strings.Contains(text, "issued by a different provider"):
		return otherIssuer
	case strings.Contains(text, "expected audience"):
		return otherAudience
	}
	return "it is not a JWS signed with an allowed algorithm, or its claims have wrong types"
}

// strictKeys verifies signatures for go-oidc. It also reads the payload
// strictly: go-oidc matches names without regard to case, so "SUB" could
// overrule "sub". Such look-alikes are refused before go-oidc sees them.
type strictKeys struct {
	set        *keySet
	algorithms []jose.SignatureAlgorithm
	payload    claims.Object // signed; empty if the signature is not good
	err        error
}

func (k *strictKeys) names() []string {
	names := make([]string, len(k.algorithms))
	for i, a := range k.algorithms {
		names[i] = string(a)
	}
	return names
}

// VerifySignature implements oidc.KeySet.
func (k *strictKeys) VerifySignature(ctx context.Context, compact string) ([]byte, error) {
	payload, err := k.set.verify(ctx, compact, k.algorithms)
	if err == nil {
		k.payload, err = claims.ParseObject(payload)
	}
	if err == nil && slices.ContainsFunc(k.payload.Names(), resembles) {
		err = errors.New("a claim differs from a registered one only in its case")
	}
	k.err = err
	return payload, err
}

// protocolClaims are the claims that the protocol gives a meaning.
func protocolClaims() []string {
	return []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "nonce", "auth_time", "acr", "amr",
		"at_hash", "c_hash", "sid", "email", "email_verified", "_claim_names", "_claim_sources"}
}

// resembles reports whether name is a protocol claim in another spelling.
func resembles(name string) bool {
	return slices.ContainsFunc(protocolClaims(), func(known string) bool {
		return known != name && strings.EqualFold(known, name)
	})
}

// checkClaims checks what go-oidc does not look at. See the sections of OpenID
// Connect Core that the lines name.
func (c *client) checkClaims(o claims.Object, want expectation) error {
	id, err := claims.Parse(o)
	if err != nil {
		return err
	}
	now := time.Now()
	_, hasAZP := o.Raw("azp")
	switch {
	case !validSubject(id.Subject): // section 2
		return errors.New("sub is missing or not 1 to 255 ASCII characters")
	case want.account != "" && c.user(o).ID != want.account: // section 12.2
		return errors.New("it does not say whose account it is")
	case len(id.Audience) > 1 && !hasAZP: // section 3.1.3.7, point 4
		return errors.New("it has several audiences and no azp")
	case hasAZP && o.String("azp") != c.ClientID: // point 5
		return errors.New(otherParty)
	case id.ExpiresAt.IsZero(), id.IssuedAt.IsZero(): // section 2
		return errors.New("exp or iat is missing")
	case id.IssuedAt.After(now.Add(skew)), id.NotBefore.After(now.Add(skew)):
		return errors.New("it was issued in the future: a clock is wrong")
	case !want.refreshed() && id.IssuedAt.Before(now.Add(-maxAge)): // point 10
		return errors.New("it was issued too long ago: a clock is wrong, or it is a replay")
	case !want.refreshed() && subtle.ConstantTimeCompare([]byte(o.String("nonce")), []byte(want.nonce)) != 1: // point 11
		return errors.New("nonce is not the one of this sign-in")
	}
	return c.checkTenant(o)
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
