package providers

import (
	"context"
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
	maxAge     = 10 * time.Minute // of a token that is sent for one occasion
	maxIDToken = 32 << 10         // bytes, of a logout token too
)

// What is wrong with a token, where it is said in more than one place.
const (
	otherIssuer   = "it is of another issuer"
	otherAudience = "it is for another client"
	otherParty    = "it was issued for another client (azp)"
	tooOld        = "it was issued too long ago: a clock is wrong, or it is a replay"
)

// refusal is the error of a token that fails a check.
func (c *client) refusal(op, why string) error {
	kind := ErrIDToken
	if op == opLogoutToken {
		kind = ErrLogoutToken
	}
	return &Error{Provider: c.ID, Op: op, Kind: kind, Detail: why}
}

// verifySigned checks what ID tokens and logout tokens have in common: that the
// provider signed it, as a token of that kind, for this client. go-oidc checks
// signature, issuer, audience and the expiry of ID tokens; what it leaves to its
// caller is in [client.checkClaims]. The claims that it returns are signed even
// if there is an error.
func (c *client) verifySigned(ctx context.Context, m metadata, op, raw string) (claims.Object, *oidc.IDToken, error) {
	var none claims.Object
	switch {
	case raw == "":
		return none, nil, c.refusal(op, "there is none")
	case len(raw) > maxIDToken:
		return none, nil, c.refusal(op, "it is too long")
	case strings.Count(raw, ".") != 2:
		return none, nil, c.refusal(op, "it is not a signed token; encrypted ones are not supported")
	}
	keys := &strictKeys{set: c.keySet, algorithms: m.algorithms, op: op}
	verified, err := oidc.NewVerifier(c.Issuer, keys, &oidc.Config{
		ClientID:             c.ClientID,
		SupportedSigningAlgs: keys.names(),
		SkipIssuerCheck:      len(c.Tenants) > 0, // checkTenant and checkLogout do it
		SkipExpiryCheck:      op == opLogoutToken,
		Now:                  func() time.Time { return time.Now().Add(-skew) },
	}).Verify(ctx, raw)
	var unreachable *Error
	switch {
	case errors.As(keys.err, &unreachable):
		return none, nil, unreachable
	case keys.err != nil:
		return keys.payload, nil, c.refusal(op, keys.err.Error())
	case err != nil:
		return keys.payload, nil, c.refusal(op, whyRefused(err)) // its own text quotes claims
	}
	return keys.payload, verified, nil
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
	op         string        // the kind of token
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
	payload, err := k.set.verify(ctx, compact, k.algorithms, func(h jose.Header) error { return checkHeader(k.op, h) })
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
		"at_hash", "c_hash", "sid", "session_expiry", "email", "email_verified", "_claim_names", "_claim_sources"}
}

// resembles reports whether name is a protocol claim in another spelling.
func resembles(name string) bool {
	return slices.ContainsFunc(protocolClaims(), func(known string) bool {
		return known != name && strings.EqualFold(known, name)
	})
}

// checkHeader refuses tokens that say that they are of another kind (RFC 8725
// section 3.11), and every extension.
//
// An ID token has no type of its own, so it may have any but those of others.
// For a logout token logout+jwt is recommended; JWT, which libraries write by
// default and Auth0 sends, says nothing. Its events and the missing nonce tell it
// from an ID token (OpenID Connect Back-Channel Logout 1.0 section 4.1).
func checkHeader(op string, h jose.Header) error {
	for _, name := range []jose.HeaderKey{"crit", "b64"} {
		if _, ok := h.ExtraHeaders[name]; ok {
			return errors.New("it uses an extension")
		}
	}
	raw, present := h.ExtraHeaders["typ"]
	if !present {
		return nil
	}
	typ, ok := raw.(string)
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	if op == opLogoutToken {
		ok = ok && (typ == "logout+jwt" || typ == "jwt")
	} else {
		ok = ok && !slices.Contains([]string{"at+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt"}, typ)
	}
	if !ok {
		return errors.New("it is a token of another type")
	}
	return nil
}

// checkClaims reads the claims and checks those that go-oidc does not look at,
// which are the same in ID tokens and in logout tokens. The points are of OpenID
// Connect Core section 3.1.3.7.
func (c *client) checkClaims(o claims.Object) (claims.Claims, error) {
	fail := func(why string) (claims.Claims, error) { return claims.Claims{}, errors.New(why) }
	id, err := claims.Parse(o)
	if err != nil {
		return claims.Claims{}, err
	}
	_, hasAZP := o.Raw("azp")
	latest := time.Now().Add(skew)
	switch {
	case len(id.Audience) > 1 && !hasAZP: // point 4
		return fail("it has several audiences and no azp")
	case hasAZP && o.String("azp") != c.ClientID: // point 5
		return fail(otherParty)
	case id.IssuedAt.IsZero():
		return fail("iat is missing")
	case id.IssuedAt.After(latest), id.NotBefore.After(latest):
		return fail("it was issued in the future: a clock is wrong")
	}
	return id, nil
}
