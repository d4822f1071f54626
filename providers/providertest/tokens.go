package providertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// grant is what somebody allowed a client, from the code on.
type grant struct {
	client      Client
	user        User
	sid         string // of the session at the provider: each sign-in starts one
	redirectURI string
	nonce       string
	challenge   string
	scope       string
	authTime    time.Time
	acr         string
	resources   []string // that tokens may be for
	thumbprint  string   // of the key that tokens are bound to

	redeemed  bool
	revoked   bool
	signedOut bool
	expires   map[string]time.Time // of each access token
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
	thumbprint, problem := s.proof(w, r, "")
	if problem == "" && thumbprint == "" && client.DPoP {
		problem = badProof
	}
	if problem != "" {
		writeError(w, http.StatusBadRequest, problem)
		return
	}
	answer, problem := s.answerGrant(client, r, thumbprint)
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
func (s *Server) answerGrant(client Client, r *http.Request, thumbprint string) (answer map[string]any, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var g *grant
	old := r.PostFormValue("refresh_token")
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		if g = s.redeem(client, r); g != nil {
			g.thumbprint = thumbprint
		}
	case "refresh_token":
		if g = s.spend(client, old); g == nil {
			s.refusals++
		}
	default:
		return nil, "unsupported_grant_type"
	}
	if g == nil {
		return nil, "invalid_grant"
	}
	if g.thumbprint != thumbprint { // RFC 9449 section 5
		return nil, badProof
	}
	resources := r.PostForm["resource"]
	if slices.ContainsFunc(resources, func(uri string) bool { return !slices.Contains(g.resources, uri) }) {
		return nil, "invalid_target"
	}
	return s.issue(g, old, resources), ""
}

// Audience returns the APIs that an access token is for.
func (s *Server) Audience(access string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.audiences[access])
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
	now := s.Clock()
	if t.spent.IsZero() {
		t.spent = now
		return t.grant
	}
	s.reuses++
	if now.Sub(t.spent) >= s.RefreshGrace {
		t.grant.revoked = true
		return nil
	}
	return t.grant
}

// Reuses returns how often a refresh token came that had been spent before: within
// the grace, in which it is answered once more, or after it, which ends its family.
// It is what two instances do that refresh one session on their own.
func (s *Server) Reuses() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reuses
}

// Refusals returns how often a refresh was answered with invalid_grant: for a
// token that was reused, is unknown, is another client's, or whose family has
// ended.
func (s *Server) Refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals
}

// issue makes the answer of the token endpoint.
func (s *Server) issue(g *grant, old string, resources []string) map[string]any {
	access, next := "at-"+rand.Text(), "rt-"+rand.Text()
	if g.expires == nil {
		g.expires = map[string]time.Time{}
	}
	g.expires[access] = s.Clock().Add(s.AccessTokenLifetime)
	s.tokens[access] = g
	if s.audiences[access] = resources; len(resources) == 0 { // RFC 8707 section 2.2
		s.audiences[access] = g.resources
	}
	answer := map[string]any{
		"access_token": access, "token_type": "Bearer", "scope": g.scope,
		"expires_in": int(s.AccessTokenLifetime / time.Second),
		"id_token":   s.idToken(g, access),
	}
	if g.thumbprint != "" {
		answer["token_type"] = "DPoP"
	}
	switch {
	case old != "" && s.NoRotation:
	case old != "", slices.Contains(strings.Fields(g.scope), "offline_access"):
		s.spent[next] = &refresh{grant: g}
		answer["refresh_token"] = next
	}
	return answer
}

func (s *Server) userInfo(w http.ResponseWriter, r *http.Request) {
	g, problem := s.presented(w, r)
	if problem != "" {
		unauthorized(w, problem)
		return
	}
	if !g.client.SignedUserInfo {
		writeJSON(w, http.StatusOK, g.claims())
		return
	}
	c := g.claims()
	c["iss"], c["aud"] = s.Issuer, g.client.ID // OpenID Connect Core section 5.3.2
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = io.WriteString(w, s.sign("", c)) //nolint:gosec // base64url and dots, and no HTML
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

// RevokeUser ends all that somebody has allowed any client, as an administrator
// does who takes an account away: refresh and access tokens are good no more.
func (s *Server) RevokeUser(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.codes {
		if g.user.Subject == subject {
			g.revoked = true
		}
	}
}
