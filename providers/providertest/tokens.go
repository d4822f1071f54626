package providertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// grant is what somebody allowed a client, from the code on.
type grant struct {
	client      Client
	user        User
	redirectURI string
	nonce       string
	challenge   string
	scope       string

	redeemed bool
	revoked  bool
	expires  map[string]time.Time // of each access token
}

// refresh is a refresh token and when it was spent.
type refresh struct {
	grant *grant
	spent time.Time
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	client, err := s.authenticate(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", "Basic")
		writeError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	answer, problem := s.answerGrant(client, r)
	if problem != "" {
		writeError(w, http.StatusBadRequest, problem)
		return
	}
	if s.EditTokens != nil {
		s.EditTokens(answer)
	}
	writeJSON(w, http.StatusOK, answer)
}

// answerGrant takes a code or a refresh token and returns the new tokens, or
// the OAuth error code.
func (s *Server) answerGrant(client Client, r *http.Request) (answer map[string]any, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var g *grant
	old := r.PostFormValue("refresh_token")
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		g = s.redeem(client, r)
	case "refresh_token":
		g = s.spend(client, old)
	default:
		return nil, "unsupported_grant_type"
	}
	if g == nil {
		return nil, "invalid_grant"
	}
	return s.issue(g, old), ""
}

// redeem takes a code, once. A second try is an attack or a bug: all tokens of
// the grant end (RFC 6749 section 4.1.2).
func (s *Server) redeem(client Client, r *http.Request) *grant {
	g, ok := s.codes[r.PostFormValue("code")]
	if !ok || g.client.ID != client.ID || g.redeemed {
		if ok {
			g.revoked = true
		}
		return nil
	}
	g.redeemed = true
	hash := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if g.redirectURI != r.PostFormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(hash[:]) != g.challenge {
		return nil
	}
	return g
}

// spend takes a refresh token. One that was spent before, and not just now,
// revokes its whole family (RFC 9700 section 4.14.2).
func (s *Server) spend(client Client, text string) *grant {
	t, ok := s.spent[text]
	if !ok || t.grant.client.ID != client.ID || t.grant.revoked {
		return nil
	}
	if s.NoRotation {
		return t.grant
	}
	if !t.spent.IsZero() && time.Since(t.spent) >= s.RefreshGrace {
		t.grant.revoked = true
		return nil
	}
	if t.spent.IsZero() {
		t.spent = time.Now()
	}
	return t.grant
}

// issue makes the answer of the token endpoint.
func (s *Server) issue(g *grant, old string) map[string]any {
	access, next := "at-"+rand.Text(), "rt-"+rand.Text()
	if g.expires == nil {
		g.expires = map[string]time.Time{}
	}
	g.expires[access] = time.Now().Add(s.AccessTokenLifetime)
	s.tokens[access] = g
	answer := map[string]any{
		"access_token": access, "token_type": "Bearer", "scope": g.scope,
		"expires_in": int(s.AccessTokenLifetime / time.Second),
		"id_token":   s.idToken(g, access),
	}
	switch {
	case old != "" && s.NoRotation:
	case old != "", slices.Contains(strings.Fields(g.scope), "offline_access"):
		s.spent[next] = &refresh{grant: g}
		answer["refresh_token"] = next
	}
	return answer
}

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
	now := time.Now()
	c := g.claims()
	hash := sha256.Sum256([]byte(access))
	maps.Copy(c, map[string]any{
		"iss": s.Issuer, "aud": g.client.ID, "iat": now.Unix(), "exp": now.Add(s.AccessTokenLifetime).Unix(),
		"auth_time": now.Unix(), "at_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
	})
	if g.nonce != "" && len(g.expires) == 1 { // not on refresh (OpenID Connect Core section 12.2)
		c["nonce"] = g.nonce
	}
	if s.EditIDToken != nil {
		s.EditIDToken(c)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return Sign(s.keys[len(s.keys)-1], payload)
}

// Sign signs a payload as a compact JWS, with the algorithm and the id of the
// key, for tests that forge tokens. It returns "" if the key cannot sign.
func Sign(key jose.JSONWebKey, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
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

func (s *Server) userInfo(w http.ResponseWriter, r *http.Request) {
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.tokens[access]
	if !ok || g.revoked || !time.Now().Before(g.expires[access]) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeError(w, http.StatusUnauthorized, "invalid_token")
		return
	}
	writeJSON(w, http.StatusOK, g.claims())
}

// revoke ends the grant of a token, whichever kind it is (RFC 7009).
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	client, err := s.authenticate(r)
	if err != nil {
		writeError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text := r.PostFormValue("token")
	g := s.tokens[text]
	if t, ok := s.spent[text]; ok {
		g = t.grant
	}
	if g != nil && g.client.ID == client.ID {
		g.revoked = true
	}
	w.WriteHeader(http.StatusOK)
}
