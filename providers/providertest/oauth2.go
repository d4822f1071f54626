package providertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// OAuth2 is a provider that speaks OAuth 2 without OpenID Connect, in a way of its own.
// It is made of what the documentation of a real one shows: its endpoints, how it wants
// to be asked, and its answers as JSON. To one client, "app" with the secret "secret",
// and one person it behaves like the real one: a code is good once, for the client and
// the redirect URI that asked for it and with the PKCE verifier; refresh tokens rotate or
// do not; what is revoked is no longer good.
//
// Set the fields before serving. [InMemory] makes a client for its absolute URLs.
type OAuth2 struct {
	AuthURL, TokenURL, UserInfoURL string
	RefreshURL                     string            // TokenURL if empty
	RevokeURL                      string            // a segment in braces stands for any
	Further                        map[string]string // JSON by URL: what else can be asked with an access token

	// Tokens is the answer of the token endpoint, as JSON. {access} and {refresh} stand
	// for new tokens; without {refresh} there are no refresh tokens. Refreshed is the
	// answer to a refresh, if it looks different.
	Tokens, Refreshed string
	Profile           string // JSON

	// Spent is the answer, as JSON, to a code or a refresh token that is not good;
	// SpentStatus its status, 400 if zero. The default is that of RFC 6749.
	Spent       string
	SpentStatus int

	NoRotation bool          // refresh tokens stay the same
	Mint       func() string // makes access tokens, if they are not just any text
	Callback   url.Values    // what comes back from the browser's visit beside code and state

	// How it wants to be asked. The defaults are those of RFC 6749 and 6750.
	Names   map[string]string                         // of parameters: client_id, client_secret, refresh_token and token may have others
	Params  func(*http.Request) url.Values            // the parameters of token and revocation requests; FormParams
	Client  func(*http.Request, url.Values) [2]string // id and secret of the client that asks; BasicClient
	Access  func(*http.Request) string                // the access token of a request; BearerToken
	Require func(r *http.Request) error               // what else has to be there, in every direct request

	// RevokeClient is Client for the revocation endpoint, if that differs; RevokeToken
	// finds the token that is to end: by default it is the parameter token.
	RevokeClient func(*http.Request, url.Values) [2]string
	RevokeToken  func(*http.Request, url.Values) string

	mu      sync.Mutex
	codes   map[string]url.Values // authorization requests by code
	access  map[string]bool
	refresh map[string]bool
}

// FormParams reads parameters from a form in the body.
func FormParams(r *http.Request) url.Values {
	_ = r.ParseForm()
	return r.PostForm
}

// QueryParams reads parameters from the query.
func QueryParams(r *http.Request) url.Values { return r.URL.Query() }

// JSONParams reads parameters from a flat JSON object in the body.
func JSONParams(r *http.Request) url.Values {
	params := url.Values{}
	var object map[string]string
	if r.Header.Get("Content-Type") == "application/json" && json.NewDecoder(r.Body).Decode(&object) == nil {
		for name, value := range object {
			params.Set(name, value)
		}
	}
	return params
}

// BasicClient is a client that authenticates in the header, and nowhere else.
func BasicClient(r *http.Request, params url.Values) [2]string {
	id, secret, _ := r.BasicAuth()
	if params.Has("client_secret") {
		return [2]string{}
	}
	return [2]string{id, secret}
}

// PostClient is a client that authenticates by parameters of these names, and nowhere
// else.
func PostClient(id, secret string) func(*http.Request, url.Values) [2]string {
	return func(r *http.Request, params url.Values) [2]string {
		if r.Header.Get("Authorization") != "" {
			return [2]string{}
		}
		return [2]string{params.Get(id), params.Get(secret)}
	}
}

// NoClient takes requests from any client.
func NoClient(*http.Request, url.Values) [2]string { return [2]string{"app", "secret"} }

// BearerToken finds an access token in the Authorization header.
func BearerToken(r *http.Request) string {
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return access
}

// TokenParam finds an access token in a parameter of the query or the form, and nowhere
// else.
func TokenParam(name string) func(*http.Request) string {
	return func(r *http.Request) string {
		if r.Header.Get("Authorization") != "" {
			return ""
		}
		return r.FormValue(name)
	}
}

// SignIn does what a person does with the URL of an authorization request, and returns
// what the provider answers.
func (s *OAuth2) SignIn(authURL string) (url.Values, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return nil, err
	}
	want, _ := url.Parse(s.AuthURL)
	q := u.Query()
	switch {
	case want == nil || u.Host+u.Path != want.Host+want.Path:
		return nil, fmt.Errorf("providertest: the request goes to %s%s", u.Host, u.Path)
	case q.Get(s.name("client_id")) != "app" || q.Get("response_type") != "code" || q.Get("redirect_uri") == "" || q.Get("state") == "":
		return nil, fmt.Errorf("providertest: not a request for a code: %v", q)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.codes == nil {
		s.codes, s.access, s.refresh = map[string]url.Values{}, map[string]bool{}, map[string]bool{}
	}
	code := "code-" + rand.Text()
	s.codes[code] = q
	answer := url.Values{"code": {code}, "state": {q.Get("state")}}
	for name, values := range s.Callback {
		answer[name] = values
	}
	return answer, nil
}

// IsGood tells whether an access or a refresh token is good.
func (s *OAuth2) IsGood(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.access[token] || s.refresh[token]
}

// ServeHTTP implements http.Handler.
func (s *OAuth2) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Require != nil {
		if err := s.Require(r); err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	location := "https://" + r.Host + r.URL.Path
	switch {
	case matches(s.TokenURL, location) && s.params(r).Get(s.name("refresh_token")) == "":
		s.redeem(w, r)
	case matches(s.TokenURL, location) && s.RefreshURL == "", matches(s.RefreshURL, location):
		s.renew(w, r)
	case matches(s.UserInfoURL, location):
		s.tell(w, r, s.Profile)
	case matches(s.RevokeURL, location):
		s.revoke(w, r)
	default:
		for where, document := range s.Further {
			if matches(where, location) {
				s.tell(w, r, document)
				return
			}
		}
		http.NotFound(w, r)
	}
}

// matches compares a URL with a template, in which braces stand for any segment and the
// query counts for nothing.
func matches(template, location string) bool {
	template, _, _ = strings.Cut(template, "?")
	want, got := strings.Split(template, "/"), strings.Split(location, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

func (s *OAuth2) name(standard string) string {
	if name, ok := s.Names[standard]; ok {
		return name
	}
	return standard
}

func (s *OAuth2) params(r *http.Request) url.Values {
	if s.Params == nil {
		return FormParams(r)
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	params := s.Params(r)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return params
}

func (s *OAuth2) isClient(r *http.Request, find func(*http.Request, url.Values) [2]string) bool {
	if find == nil {
		find = BasicClient
	}
	return find(r, s.params(r)) == [2]string{"app", "secret"}
}

func (s *OAuth2) redeem(w http.ResponseWriter, r *http.Request) {
	params := s.params(r)
	asked := s.codes[params.Get("code")]
	delete(s.codes, params.Get("code"))
	hash := sha256.Sum256([]byte(params.Get("code_verifier")))
	switch {
	case !s.isClient(r, s.Client):
		writeError(w, http.StatusUnauthorized, "invalid_client")
	case asked == nil || params.Get("grant_type") != "authorization_code" || params.Get("redirect_uri") != asked.Get("redirect_uri"),
		asked.Has("code_challenge") && base64.RawURLEncoding.EncodeToString(hash[:]) != asked.Get("code_challenge"):
		s.refuse(w)
	default:
		s.issue(w, s.Tokens, "refresh-"+rand.Text())
	}
}

func (s *OAuth2) renew(w http.ResponseWriter, r *http.Request) {
	params := s.params(r)
	old := params.Get(s.name("refresh_token"))
	switch {
	case !s.isClient(r, s.Client):
		writeError(w, http.StatusUnauthorized, "invalid_client")
		return
	case !s.refresh[old] || s.RefreshURL == "" && params.Get("grant_type") != "refresh_token":
		s.refuse(w)
		return
	}
	answer := s.Tokens
	if s.Refreshed != "" {
		answer = s.Refreshed
	}
	if s.NoRotation {
		s.issue(w, answer, old)
		return
	}
	delete(s.refresh, old)
	s.issue(w, answer, "refresh-"+rand.Text())
}

func (s *OAuth2) refuse(w http.ResponseWriter) {
	status, body := s.SpentStatus, s.Spent
	if body == "" {
		body = `{"error":"invalid_grant","error_description":"The code or token is not good."}`
	}
	if status == 0 {
		status = http.StatusBadRequest
	}
	writeText(w, status, body)
}

func (s *OAuth2) issue(w http.ResponseWriter, answer, refresh string) {
	access := "access-" + rand.Text()
	if s.Mint != nil {
		access = s.Mint()
	}
	s.access[access] = true
	if strings.Contains(answer, "{refresh}") {
		s.refresh[refresh] = true
	}
	writeText(w, http.StatusOK, strings.NewReplacer("{access}", access, "{refresh}", refresh).Replace(answer))
}

func (s *OAuth2) tell(w http.ResponseWriter, r *http.Request, document string) {
	find := s.Access
	if find == nil {
		find = BearerToken
	}
	if !s.access[find(r)] {
		writeError(w, http.StatusUnauthorized, "invalid_token")
		return
	}
	writeText(w, http.StatusOK, document)
}

// revoke ends a token; with a refresh token all are ended that came of the sign-in.
func (s *OAuth2) revoke(w http.ResponseWriter, r *http.Request) {
	client := s.RevokeClient
	if client == nil {
		client = s.Client
	}
	if !s.isClient(r, client) {
		writeError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	params := s.params(r)
	token := params.Get(s.name("token"))
	if s.RevokeToken != nil {
		token = s.RevokeToken(r, params)
	}
	if s.refresh[token] {
		clear(s.access)
	}
	delete(s.refresh, token)
	delete(s.access, token)
	w.WriteHeader(http.StatusOK)
}

func writeText(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) //nolint:gosec // JSON, of the test itself
}
