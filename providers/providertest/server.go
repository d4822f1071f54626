package providertest

import (
	"fmt"
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
	RequirePAR          bool          // authorization requests have to be pushed (RFC 9126)

	DPoPNonce bool // proofs of possession need a nonce of the server (RFC 9449 section 8)

	// Resources are the APIs that tokens can be asked for (RFC 8707). Others are
	// refused, all if there are none. See [Server.Audience].
	Resources []string

	// SingleSignOn remembers who has signed in: until max_age or prompt=login asks for
	// more, a further sign-in is no authentication, and auth_time stays as it was.
	SingleSignOn bool

	// ACRValues are the ways of authenticating (acr) that the provider knows, the
	// usual one first. A sign-in is of the first one of the acr_values that it knows.
	// Without any, ID tokens have no acr.
	ACRValues []string

	// Clock is the provider's idea of the time, in its tokens, its expiries and
	// its Date header. Default time.Now; another one is a clock that is wrong.
	Clock func() time.Time

	// HTTPClient sends the logout tokens. Default http.DefaultClient; for an
	// application without a network, see [InMemory].
	HTTPClient *http.Client
}

// Client is a relying party.
type Client struct {
	ID, Secret   string   // an empty secret makes it a public client, unless it has one of these two:
	Key          any      // public key (of crypto/rsa, ecdsa or ed25519) for private_key_jwt
	Certificate  string   // subject of the TLS certificate for tls_client_auth, as pkix.Name prints it
	RedirectURIs []string // exact; empty allows any
	LogoutURIs   []string // exact; empty allows any

	DPoP           bool // its tokens have to be bound to a key (RFC 9449)
	SignedUserInfo bool // user info comes as a signed JWT, for this client

	BackChannelLogoutURI  string // takes logout tokens; empty means none
	FrontChannelLogoutURI string // is opened in a frame of the sign-out page; empty means none
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
	// discovery, keys, authorize, par, token, refresh, userinfo, revoke, logout or resource.
	// It returns true if it has answered. Set it before serving.
	Intercept func(endpoint string, w http.ResponseWriter, r *http.Request) bool

	// EditIDToken, if set, changes the claims of each ID token before it is
	// signed. Set it before serving. It must not call the server.
	EditIDToken func(claims map[string]any)

	// EditTokens, if set, changes each good answer of the token endpoint, after
	// its ID token was signed. Set it before serving.
	EditTokens func(answer map[string]any)

	// EditMetadata, if set, changes the discovery document. Set it before
	// serving.
	EditMetadata func(document map[string]any)

	mux       *http.ServeMux
	mu        sync.Mutex
	keys      []jose.JSONWebKey // the last one signs
	codes     map[string]*grant
	pushed    map[string]pushed    // by request_uri
	nonces    map[string]time.Time // until when they are good
	signedIn  map[string]time.Time // when somebody last authenticated, by subject
	last      *grant               // of the latest sign-in
	tokens    map[string]*grant    // by access token
	audiences map[string][]string  // likewise
	spent     map[string]*refresh
	seen      map[string]bool // what may come only once
	faults    map[string][]Fault
	counts    map[string]int
	reuses    int
	refusals  int
}

// New makes a provider.
func New(c Config) (*Server, error) {
	c.setDefaults()
	base, err := url.Parse(c.Issuer)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("providertest: issuer %q is not a URL", c.Issuer)
	}
	s := &Server{
		Config: c, mux: http.NewServeMux(), counts: map[string]int{}, faults: map[string][]Fault{},
		seen: map[string]bool{}, pushed: map[string]pushed{}, signedIn: map[string]time.Time{},
		nonces: map[string]time.Time{}, codes: map[string]*grant{}, tokens: map[string]*grant{}, audiences: map[string][]string{}, spent: map[string]*refresh{},
	}
	s.RotateKey()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": s.discovery,
		"GET /keys":                             s.keySet,
		"GET /authorize":                        s.picker,
		"POST /authorize":                       s.pick,
		"POST /par":                             s.push,
		"POST /token":                           s.token,
		"GET /userinfo":                         s.userInfo,
		"/resource":                             s.resource,
		"POST /revoke":                          s.revoke,
		"GET /logout":                           s.logout,
	} {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok { // any method
			method, path = "", pattern
		}
		s.mux.HandleFunc(strings.TrimSpace(method+" "+strings.TrimSuffix(base.Path, "/")+path), h)
	}
	return s, nil
}

func (c *Config) setDefaults() {
	if c.Issuer == "" {
		c.Issuer = "http://op.localhost"
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
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.HTTPClient == nil {
		c.HTTPClient = http.DefaultClient
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A server notices that a client is gone only once it has read the body.
	_ = r.ParseForm()
	name := endpoint(r)
	s.mu.Lock()
	s.counts[name]++
	s.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Date", s.Clock().UTC().Format(http.TimeFormat))
	if s.Intercept != nil && s.Intercept(name, w, r) {
		return
	}
	s.fault(name).serve(w, r, s.mux)
}

// endpoint returns the URL of a path below the issuer.
func (s *Server) endpoint(path string) string { return strings.TrimSuffix(s.Issuer, "/") + path }

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

// Count returns how many requests an endpoint has had, those that went wrong
// included; see [Server.Intercept] for the names.
func (s *Server) Count(endpoint string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[endpoint]
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
