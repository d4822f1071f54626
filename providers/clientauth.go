package providers

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLife = time.Minute
)

// post sends a form to an endpoint where the client authenticates (RFC 6749
// section 2.3), and returns the answer. It sends it once, whatever happens: a code
// or a refresh token may have been spent. If there is a key, its proof comes along, to
// which the new tokens are bound.
func (c *client) post(ctx context.Context, m metadata, op, endpoint string, form url.Values, key token.Secret) (claims.Object, error) {
	var answer claims.Object
	got := &answer
	if op == opRevoke { // the answer is empty
		got = nil
	}
	how := c.mannerOf(m, op)
	secret, err := c.authenticate(m, how.style, op, form)
	if err != nil {
		return answer, err
	}
	req, err := how.encoding.request(ctx, how.method, endpoint, form)
	if err != nil {
		return answer, &Error{Provider: c.ID, Op: op, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	if how.style == oauth2.AuthStyleInHeader { // RFC 6749 section 2.3.1: encoded before base64
		req.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(secret.Reveal()))
	}
	calls, err := c.calls(ctx, op, got, key, token.Secret{})
	if err == nil {
		_, err = do(calls, c.ID, op, req)
	}
	return answer, err
}

// manner is how a request is sent where the client authenticates.
type manner struct {
	method   string
	encoding Encoding
	style    oauth2.AuthStyle
}

func (c *client) mannerOf(m metadata, op string) manner {
	how := manner{style: m.style}
	switch op {
	case opToken, opRefresh:
		how.encoding = c.Dialect.TokenRequest
	case opRevoke:
		r := c.Dialect.Revocation
		how.method, how.encoding = r.Method, r.Encoding
		if r.Style != oauth2.AuthStyleAutoDetect && !c.secret.IsZero() {
			how.style = r.Style
		}
	}
	return how
}

// authenticate adds to a form what proves who the client is, and returns the secret,
// which may have to go into the header instead. It is one way only, and always the
// same. A client with neither a key nor a secret only names itself: a public one, or
// one with a TLS certificate.
func (c *client) authenticate(m metadata, style oauth2.AuthStyle, op string, form url.Values) (token.Secret, error) {
	secret := c.secret
	if c.mint != nil {
		var err error
		if secret, err = c.mint(); err != nil {
			return secret, &Error{Provider: c.ID, Op: op, Kind: ErrUnavailable, Detail: "the client secret could not be signed"}
		}
	}
	if style == oauth2.AuthStyleInHeader {
		return secret, nil
	}
	form.Set(cmp.Or(c.Dialect.ClientID, "client_id"), c.ClientID)
	switch {
	case c.ClientKey != nil:
		assertion, err := c.assertion(m)
		if err != nil {
			return secret, &Error{Provider: c.ID, Op: op, Kind: ErrUnavailable, Detail: "ClientKey did not sign"} // its own text may say anything
		}
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
	case !secret.IsZero():
		form.Set(cmp.Or(c.Dialect.ClientSecret, "client_secret"), secret.Reveal())
	}
	return secret, nil
}

// assertion makes a JWT by which the client proves that it has its key (RFC 7523
// section 3). It is good for one request, at one provider.
func (c *client) assertion(m metadata) (string, error) {
	now := time.Now()
	payload, err := json.Marshal(map[string]any{
		"iss": c.ClientID, "sub": c.ClientID, "aud": c.assertionAudience(m),
		"jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if c.ClientKeyID != "" {
		options.WithHeader("kid", c.ClientKeyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: m.assertionAlgorithm, Key: cryptosigner.Opaque(c.ClientKey)}, options)
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// assertionAudience returns the one audience of the client's assertions: the
// issuer, so that no other provider can use them, whatever it calls its endpoints.
func (c *client) assertionAudience(m metadata) string {
	switch {
	case c.ClientKeyAudience != "":
		return c.ClientKeyAudience
	case c.Issuer != "" && len(c.Tenants) == 0:
		return c.Issuer
	}
	return m.tokenURL
}

// assertionAlgorithm returns the algorithm for a client's key, of those that the
// provider lists; it lists none if it does not say.
func assertionAlgorithm(key crypto.Signer, listed []string) (jose.SignatureAlgorithm, error) {
	fitting := keyAlgorithms(key.Public())
	if len(fitting) == 0 {
		return "", errors.New("is neither RSA of at least 2048 bits nor on P-256, P-384 or P-521 nor Ed25519")
	}
	for _, a := range fitting {
		if len(listed) == 0 || slices.Contains(listed, string(a)) {
			return a, nil
		}
	}
	return "", errors.New("is of a type whose signatures the provider does not take")
}

// checkKey says what is wrong with the client's key.
func (c Config) checkKey() string {
	if c.ClientKey == nil {
		return ""
	}
	if _, err := assertionAlgorithm(c.ClientKey, nil); err != nil {
		return "ClientKey " + err.Error()
	}
	return ""
}

// keyAlgorithms returns what a key can sign with, the commonest first.
func keyAlgorithms(public crypto.PublicKey) []jose.SignatureAlgorithm {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSABits {
			return []jose.SignatureAlgorithm{jose.RS256, jose.PS256}
		}
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return []jose.SignatureAlgorithm{jose.ES256}
		case elliptic.P384():
			return []jose.SignatureAlgorithm{jose.ES384}
		case elliptic.P521():
			return []jose.SignatureAlgorithm{jose.ES512}
		}
	case ed25519.PublicKey:
		return []jose.SignatureAlgorithm{jose.EdDSA}
	}
	return nil
}
