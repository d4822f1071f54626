package providertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Config describes the provider. The zero value of each field has a useful
// meaning.
type Config struct {
	Issuer  string   // URL under which the handler is reached; default http://op.localhost
	Clients []Client // default: one client "app" with the secret "secret" and any redirect URI
	Users   []User   // default: alice and bob

	AccessTokenLifetime time.Duration // default one hour
	RefreshGrace        time.Duration // how long a spent refresh token still works; default not at all
	NoRotation          bool          // the refresh token stays the same
}

// Client is a relying party.
type Client struct {
	ID, Secret   string   // an empty secret makes it a public client
	RedirectURIs []string // exact; empty allows any
	LogoutURIs   []string // exact; empty allows any
}

// User is somebody who can sign in. Claims go into the ID token and the user
// info as they are.
type User struct {
	Subject string
	Name    string
	Email   string
	About   string // shown in the picker
	Claims  map[string]any
}

// Server is the provider. It is safe for concurrent use.
type Server struct {
	Config

	// Intercept, if set, sees every request first, named by its endpoint:
	// discovery, keys, authorize, token, refresh, userinfo, revoke or logout.
	// It returns true if it has answered. Set it before serving.
	Intercept func(endpoint string, w http.ResponseWriter, r *http.Request) bool

	// EditIDToken, if set, changes the claims of each ID token before it is
	// signed. Set it before serving.
	EditIDToken func(claims map[string]any)

	// EditTokens, if set, changes each good answer of the token endpoint, after
	// its ID token was signed. Set it before serving.
	EditTokens func(answer map[string]any)

	// EditMetadata, if set, changes the discovery document. Set it before
	// serving.
	EditMetadata func(document map[string]any)

	mux    *http.ServeMux
	mu     sync.Mutex
	keys   []jose.JSONWebKey // the last one signs
	codes  map[string]*grant
	tokens map[string]*grant // by access token
	spent  map[string]*refresh
	counts map[string]int
}

// New makes a provider.
func New(c Config) (*Server, error) {
	if c.Issuer == "" {
		c.Issuer = "http://op.localhost"
	}
	base, err := url.Parse(c.Issuer)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("providertest: issuer %q is not a URL", c.Issuer)
	}
	if c.Clients == nil {
		c.Clients = []Client{{ID: "app", Secret: "secret"}}
	}
	if c.Users == nil {
		c.Users = []User{
			{Subject: "alice", Name: "Alice Example", Email: "alice@example.com"},
			{Subject: "bob", Name: "Bob Example", Email: "bob@example.com"},
		}
	}
	if c.AccessTokenLifetime == 0 {
		c.AccessTokenLifetime = time.Hour
	}
	s := &Server{
		Config: c, mux: http.NewServeMux(), counts: map[string]int{},
		codes: map[string]*grant{}, tokens: map[string]*grant{}, spent: map[string]*refresh{},
	}
	s.RotateKey()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": s.discovery,
		"GET /keys":                             s.keySet,
		"GET /authorize":                        s.picker,
		"POST /authorize":                       s.pick,
		"POST /token":                           s.token,
		"GET /userinfo":                         s.userInfo,
		"POST /revoke":                          s.revoke,
		"GET /logout":                           s.logout,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		s.mux.HandleFunc(method+" "+strings.TrimSuffix(base.Path, "/")+path, h)
	}
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := endpoint(r)
	s.mu.Lock()
	s.counts[name]++
	s.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	if s.Intercept != nil && s.Intercept(name, w, r) {
		return
	}
	s.mux.ServeHTTP(w, r)
}

func endpoint(r *http.Request) string {
	switch last := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; last {
	case "openid-configuration":
		return "discovery"
	case "token":
		if r.PostFormValue("grant_type") == "refresh_token" {
			return "refresh"
		}
		return "token"
	default:
		return last
	}
}

// Count returns how many requests an endpoint has had; see [Server.Intercept]
// for the names.
func (s *Server) Count(endpoint string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[endpoint]
}

// RotateKey makes a new signing key. The old one stays in the key set until
// [Server.DropOldKeys].
func (s *Server) RotateKey() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil { // crypto/rand does not fail
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: string(jose.ES256), Use: "sig"})
}

// DropOldKeys removes all keys but the one that signs.
func (s *Server) DropOldKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = s.keys[len(s.keys)-1:]
}

// SigningKey returns the key that signs ID tokens, for tests that forge some.
func (s *Server) SigningKey() jose.JSONWebKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[len(s.keys)-1]
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	issuer := strings.TrimSuffix(s.Issuer, "/")
	document := map[string]any{
		"issuer":                 s.Issuer,
		"authorization_endpoint": issuer + "/authorize",
		"token_endpoint":         issuer + "/token",
		"userinfo_endpoint":      issuer + "/userinfo",
		"jwks_uri":               issuer + "/keys",
		"revocation_endpoint":    issuer + "/revoke",
		"end_session_endpoint":   issuer + "/logout",

		"response_types_supported":                       []string{"code"},
		"subject_types_supported":                        []string{"public"},
		"scopes_supported":                               []string{"openid", "profile", "email", "offline_access"},
		"id_token_signing_alg_values_supported":          []string{"ES256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
	}
	if s.EditMetadata != nil {
		s.EditMetadata(document)
	}
	writeJSON(w, http.StatusOK, document)
}

func (s *Server) keySet(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, k := range s.keys {
		set.Keys = append(set.Keys, k.Public())
	}
	writeJSON(w, http.StatusOK, set)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	client, ok := s.client(q.Get("client_id"))
	target := q.Get("post_logout_redirect_uri")
	if !ok || len(client.LogoutURIs) > 0 && !slices.Contains(client.LogoutURIs, target) {
		http.Error(w, "unknown client or post_logout_redirect_uri", http.StatusBadRequest)
		return
	}
	if target == "" {
		_, _ = io.WriteString(w, "You are signed out.")
		return
	}
	redirect(w, r, target, url.Values{"state": {q.Get("state")}})
}

func (s *Server) client(id string) (Client, bool) {
	i := slices.IndexFunc(s.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return s.Clients[i], true
}

func (s *Server) user(subject string) (User, bool) {
	i := slices.IndexFunc(s.Users, func(u User) bool { return u.Subject == subject })
	if i < 0 {
		return User{}, false
	}
	return s.Users[i], true
}

// authenticate finds the client of a back-channel request. Exactly one way of
// authenticating is allowed (RFC 6749 section 2.3).
func (s *Server) authenticate(r *http.Request) (Client, error) {
	id, secret, basic := r.BasicAuth()
	if basic {
		if r.PostFormValue("client_secret") != "" {
			return Client{}, errors.New("two ways of authenticating")
		}
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	client, ok := s.client(id)
	if !ok || subtle.ConstantTimeCompare([]byte(client.Secret), []byte(secret)) != 1 {
		return Client{}, errors.New("unknown client or wrong secret")
	}
	return client, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func writeError(w http.ResponseWriter, status int, code string) {
	writeJSON(w, status, map[string]string{"error": code})
}

func redirect(w http.ResponseWriter, r *http.Request, target string, params url.Values) {
	u, err := url.Parse(target)
	if err != nil {
		http.Error(w, "bad redirect URI", http.StatusBadRequest)
		return
	}
	q := u.Query()
	for name, values := range params {
		if values[0] != "" {
			q[name] = values
		}
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound) //nolint:gosec // the callers have checked the target
}
