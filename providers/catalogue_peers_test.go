package providers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers/providertest"
)

// plainPeer is a provider without OpenID Connect.
type plainPeer struct{ *providertest.OAuth2 }

func (p plainPeer) signIn(authURL string) (url.Values, error) { return p.SignIn(authURL) }
func (p plainPeer) isGood(token string) bool                  { return p.IsGood(token) }

// openIDPeer is the OpenID provider of providertest with the endpoints and the habits of
// a real one: what goes to an endpoint of the entry's metadata arrives at the server's.
type openIDPeer struct {
	*providertest.Server
	paths   map[string]string // of the server's endpoints, by the real URL
	offline bool              // refresh tokens come without the scope offline_access
}

func newOpenIDPeer(t *testing.T, o *openid, j *journey) *openIDPeer {
	claims := edit(map[string]any{"email_verified": true}, o.claims)
	email, _ := claims["email"].(string)
	name, _ := claims["name"].(string)
	server, err := providertest.New(providertest.Config{
		Issuer: o.issuer,
		Users:  []providertest.User{{Subject: j.user.ID, Name: name, Email: email, Claims: claims}},

		NoRotation: o.noRotation,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &openIDPeer{Server: server, paths: map[string]string{}}
	own := strings.TrimSuffix(o.issuer, "/")
	if u := parseURL(t, own); u.Path != "" {
		own = u.Path
	} else {
		own = ""
	}
	for member, path := range map[string]string{
		"authorization_endpoint": "/authorize", "token_endpoint": "/token", "userinfo_endpoint": "/userinfo",
		"jwks_uri": "/keys", "revocation_endpoint": "/revoke", "end_session_endpoint": "/logout",
		"token_revocation_endpoint": "/revoke", // as Yahoo calls it
	} {
		if real, ok := o.metadata[member].(string); ok {
			p.paths[bare(real)] = own + path
		}
	}
	if o.discovery != "" {
		p.paths[o.discovery] = own + "/.well-known/openid-configuration"
	}
	p.offline, server.Intercept = o.offline, o.intercept
	server.EditMetadata = func(document map[string]any) { edit(document, o.metadata) }
	server.EditIDToken = func(token map[string]any) { edit(edit(token, o.claims), o.idToken) }
	server.EditTokens = func(answer map[string]any) {
		if scope, ok := answer["scope"].(string); ok && o.offline {
			answer["scope"] = strings.TrimSuffix(scope, " offline_access")
		}
		edit(answer, o.tokens)
	}
	return p
}

// edit changes members of an object.
func edit(object, changes map[string]any) map[string]any {
	for name, value := range changes {
		if object[name] = value; value == nil {
			delete(object, name)
		}
	}
	return object
}

// bare returns a URL without its query.
func bare(raw string) string {
	raw, _, _ = strings.Cut(raw, "?")
	return raw
}

// withoutPKCE is the verifier of clients that have none of their own, since the server of
// providertest wants one.
const withoutPKCE = "a-verifier-of-the-test-for-clients-without-PKCE"

// ServeHTTP implements http.Handler.
func (p *openIDPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.ParseForm() == nil && r.PostForm.Has("code") && !r.PostForm.Has("code_verifier") {
		r.PostForm.Set("code_verifier", withoutPKCE)
	}
	if path, ok := p.paths["https://"+r.Host+r.URL.Path]; ok {
		r.URL.Path, r.URL.RawPath = path, ""
	}
	p.Server.ServeHTTP(w, r)
}

// signIn lets the one person sign in.
func (p *openIDPeer) signIn(authURL string) (url.Values, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	q.Del("response_mode") // of which form_post brings the same in another way
	if !q.Has("code_challenge") {
		q.Set("code_challenge", oauth2.S256ChallengeFromVerifier(withoutPKCE))
		q.Set("code_challenge_method", "S256")
	}
	if p.offline {
		q.Set("scope", q.Get("scope")+" offline_access")
	}
	target := "https://" + u.Host + u.Path
	if path, ok := p.paths[target]; ok {
		issuer, err := url.Parse(p.Issuer)
		if err != nil {
			return nil, err
		}
		target = issuer.Scheme + "://" + issuer.Host + path
	}
	back, err := p.SignIn(target+"?"+q.Encode(), p.Users[0].Subject)
	if err != nil {
		return nil, err
	}
	answer, err := url.Parse(back)
	if err != nil {
		return nil, err
	}
	return answer.Query(), nil
}

// isGood asks for the user info with an access token.
func (p *openIDPeer) isGood(token string) bool {
	r := httptest.NewRequest(http.MethodGet, strings.TrimSuffix(p.Issuer, "/")+"/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	p.Server.ServeHTTP(w, r)
	return w.Code == http.StatusOK
}
