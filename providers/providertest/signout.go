package providertest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// logoutEvent is what makes a token a logout token.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// SignOut ends sessions at the provider: that with this sid, or all of the person
// with this subject. Each client that somebody is signed in to with such a session
// gets a logout token at its BackChannelLogoutURI, with the sid or without one
// (OpenID Connect Back-Channel Logout 1.0 section 2.5). Tokens stay good, as with
// offline_access they do elsewhere; see [Server.RevokeUser].
//
// It returns an error if there is no such session, or if a client answered with
// anything but 200 and 204.
func (s *Server) SignOut(ctx context.Context, subjectOrSID string) error {
	ended := s.endSessions(subjectOrSID)
	if len(ended) == 0 {
		return fmt.Errorf("providertest: nobody is signed in as %q", subjectOrSID)
	}
	var errs []error
	for _, c := range s.Clients {
		i := slices.IndexFunc(ended, func(g *grant) bool { return g.client.ID == c.ID })
		if i < 0 || c.BackChannelLogoutURI == "" {
			continue
		}
		token := s.logoutToken(ended[i], func(claims map[string]any) {
			if ended[i].sid != subjectOrSID { // all of the person
				delete(claims, "sid")
			}
		})
		errs = append(errs, s.post(ctx, c.BackChannelLogoutURI, url.Values{"logout_token": {token}}))
	}
	return errors.Join(errs...)
}

// endSessions ends the sessions that go by this subject or sid, and returns them.
func (s *Server) endSessions(subjectOrSID string) []*grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ended []*grant
	for _, g := range s.codes {
		if g.redeemed && !g.signedOut && (g.sid == subjectOrSID || g.user.Subject == subjectOrSID) {
			g.signedOut = true
			ended = append(ended, g)
		}
	}
	return ended
}

// LogoutToken returns a logout token for the latest sign-in, or for the first
// client and user if there was none, with these changes to its claims. A nil edit
// makes none.
func (s *Server) LogoutToken(edit func(claims map[string]any)) string {
	s.mu.Lock()
	g := s.last
	s.mu.Unlock()
	if g == nil {
		g = &grant{client: s.Clients[0], user: s.Users[0], sid: rand.Text()}
	}
	return s.logoutToken(g, edit)
}

// logoutToken makes a logout token (OpenID Connect Back-Channel Logout 1.0
// section 2.4).
func (s *Server) logoutToken(g *grant, edit func(claims map[string]any)) string {
	now := s.Clock()
	claims := map[string]any{
		"iss": s.Issuer, "aud": g.client.ID, "sub": g.user.Subject, "sid": g.sid, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(),
		"events": map[string]any{logoutEvent: map[string]any{}},
	}
	if edit != nil {
		edit(claims)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sign("logout+jwt", claims)
}

// post sends a form to a client.
func (s *Server) post(ctx context.Context, uri string, form url.Values) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, uri, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("providertest: back-channel logout: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.HTTPClient.Do(req)
	if err != nil {
		return fmt.Errorf("providertest: back-channel logout: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("providertest: back-channel logout: %s answered %s", uri, resp.Status)
	}
	return nil
}

// logout answers RP-initiated logout. A good id_token_hint names the session that
// ends with it, of which the client is told over both channels.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	client, ok := s.client(q.Get("client_id"))
	target := q.Get("post_logout_redirect_uri")
	if !ok || len(client.LogoutURIs) > 0 && !slices.Contains(client.LogoutURIs, target) {
		http.Error(w, "unknown client or post_logout_redirect_uri", http.StatusBadRequest)
		return
	}
	frame := ""
	if sid := s.sessionOf(q.Get("id_token_hint")); sid != "" {
		_ = s.SignOut(r.Context(), sid) // the person is signed out here, whatever the client makes of it
		frame = s.frontChannel(client, sid)
	}
	if target != "" && frame == "" {
		redirect(w, r, target, url.Values{"state": {q.Get("state")}})
		return
	}
	s.signedOut(w, target, q.Get("state"), frame)
}

// signedOut is the page that says so, with a client's front-channel logout in a
// frame.
func (s *Server) signedOut(w http.ResponseWriter, target, state, frame string) {
	back := ""
	if target != "" {
		var err error
		if back, err = withParams(target, url.Values{"state": {state}}); err != nil {
			http.Error(w, "bad redirect URI", http.StatusBadRequest)
			return
		}
	}
	page := template.Must(template.New("out").Parse(`<!doctype html><title>Signed out</title>
<p>You are signed out.{{with .Back}} <a href="{{.}}">Continue</a>{{end}}</p>
{{with .Frame}}<iframe src="{{.}}" title="sign-out"></iframe>{{end}}
`))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Back": back, "Frame": frame})
}

// frontChannel returns the URL that signs somebody out of a client in the browser
// (OpenID Connect Front-Channel Logout 1.0 section 2), or "".
func (s *Server) frontChannel(c Client, sid string) string {
	if c.FrontChannelLogoutURI == "" {
		return ""
	}
	uri, err := withParams(c.FrontChannelLogoutURI, url.Values{"iss": {s.Issuer}, "sid": {sid}})
	if err != nil {
		return ""
	}
	return uri
}

// sessionOf returns the sid of an ID token that this provider has signed, however
// long ago, or "".
func (s *Server) sessionOf(idToken string) string {
	jws, err := jose.ParseSignedCompact(idToken, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return ""
	}
	s.mu.Lock()
	keys := slices.Clone(s.keys)
	s.mu.Unlock()
	for _, key := range keys {
		payload, err := jws.Verify(key.Public())
		if err != nil {
			continue
		}
		var claims struct{ SID string }
		if json.Unmarshal(payload, &claims) == nil {
			return claims.SID
		}
	}
	return ""
}
