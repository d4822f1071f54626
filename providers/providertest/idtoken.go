package providertest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// claims returns what an ID token or the user info says of the grant's user.
func (g *grant) claims() map[string]any {
	c := map[string]any{"sub": g.user.Subject}
	scopes := strings.Fields(g.scope)
	if g.user.Name != "" && slices.Contains(scopes, "profile") {
		c["name"] = g.user.Name
	}
	if g.user.Email != "" && slices.Contains(scopes, "email") {
		c["email"], c["email_verified"] = g.user.Email, true
	}
	maps.Copy(c, g.user.Claims)
	return c
}

func (s *Server) idToken(g *grant, access string) string {
	now := s.Clock()
	c := g.claims()
	hash := sha256.Sum256([]byte(access))
	maps.Copy(c, map[string]any{
		"iss": s.Issuer, "aud": g.client.ID, "sid": g.sid, "iat": now.Unix(), "exp": now.Add(s.AccessTokenLifetime).Unix(),
		"auth_time": g.authTime.Unix(), "at_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
	})
	if g.nonce != "" && len(g.expires) == 1 { // not on refresh (OpenID Connect Core section 12.2)
		c["nonce"] = g.nonce
	}
	if g.acr != "" {
		c["acr"] = g.acr
	}
	if s.EditIDToken != nil {
		s.EditIDToken(c)
	}
	return s.sign("", c)
}

// sign signs claims with the current key, as a token of this type.
func (s *Server) sign(typ jose.ContentType, c map[string]any) string {
	payload, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return sign(s.signingKey(), typ, payload)
}

// Sign signs a payload as a compact JWS, with the algorithm and the id of the
// key, for tests that make tokens of their own. It returns "" if the key cannot
// sign. For tokens that no library would make, see [Forge].
func Sign(key jose.JSONWebKey, payload []byte) string { return sign(key, "", payload) }

func sign(key jose.JSONWebKey, typ jose.ContentType, payload []byte) string {
	options := &jose.SignerOptions{}
	if typ != "" {
		options.WithType(typ)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, options)
	if err != nil {
		return ""
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return ""
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		return ""
	}
	return compact
}
