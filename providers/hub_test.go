package providers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// hub is GitHub in memory, with its parameter names, its shapes of answers and
// its own ways: answers are forms unless JSON is asked for, errors of the token
// endpoint come with 200, and the API refuses who does not say who they are.
type hub struct {
	host, api string // where the two halves are
	app       bool   // a GitHub App, whose tokens expire and rotate
	user      string // JSON of GET /user
	emails    http.HandlerFunc

	mu      sync.Mutex
	n       int
	refresh map[string]bool // refresh tokens that are still good
	revoked []string
}

const (
	octocat       = `{"login":"octocat","id":583231,"node_id":"MDQ6VXNlcjU4MzIzMQ==","avatar_url":"https://avatars.githubusercontent.com/u/583231","name":"The Octocat","email":null}`
	octocatEmails = `[{"email":"old@example.com","primary":false,"verified":true,"visibility":null},{"email":"octocat@example.com","primary":true,"verified":true,"visibility":"private"}]`
)

func newHub() *hub {
	return &hub{host: "github.com", api: "api.github.com", user: octocat, emails: replyJSON(octocatEmails), refresh: map[string]bool{}}
}

// rig returns a rig for the provider of the kit.
func (h *hub) rig(t testing.TB, options ...providers.Option) *plain {
	return &plain{t: t, p: providers.GitHub("app", "secret", options...), wire: &wire{next: serve(h.serve)}}
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	path, isAPI := r.URL.Path, r.Host == h.api
	if h.host == h.api { // GitHub Enterprise Server
		path, isAPI = strings.CutPrefix(path, "/api/v3")
	}
	if isAPI && r.Header.Get("User-Agent") == "" {
		http.Error(w, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header", http.StatusForbidden)
		return
	}
	switch {
	case !isAPI && r.Host == h.host && r.Method+path == "POST/login/oauth/access_token":
		h.token(w, r)
	case isAPI && r.Method == http.MethodDelete && path == "/applications/app/token":
		h.revoke(w, r)
	case isAPI && !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer gh"):
		reply(http.StatusUnauthorized, "application/json; charset=utf-8", `{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`)(w, r)
	case isAPI && path == "/user":
		replyJSON(h.user)(w, r)
	case isAPI && path == "/user/emails":
		h.emails(w, r)
	default:
		reply(http.StatusNotFound, "application/json", `{"message":"Not Found"}`)(w, r)
	}
}

func (h *hub) token(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := url.Values{"token_type": {"bearer"}}
	fail := func(code, description string) {
		answer = url.Values{"error": {code}, "error_description": {description}, "error_uri": {"https://docs.github.com/x"}}
	}
	form := r.PostFormValue
	spent := form("refresh_token")
	switch {
	case form("client_id") != "app" || form("client_secret") != "secret" || r.Header.Get("Authorization") != "":
		fail("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
	case form("grant_type") == "refresh_token" && !h.refresh[spent]:
		fail("bad_refresh_token", "The refresh token passed is incorrect or expired.")
	case spent == "" && (form("code") != "the-code" || form("code_verifier") != goodCallback().Verifier):
		fail("bad_verification_code", "The code passed is incorrect or expired.")
	case spent == "" && form("redirect_uri") != redirectURL:
		fail("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.")
	case h.app:
		delete(h.refresh, spent)
		h.n++
		next := fmt.Sprint("ghr_", h.n)
		h.refresh[next] = true
		answer.Set("access_token", fmt.Sprint("ghu_", h.n))
		answer.Set("refresh_token", next)
		answer.Set("expires_in", "28800")
		answer.Set("refresh_token_expires_in", "15897600")
		answer.Set("scope", "")
	default:
		answer.Set("access_token", "gho_1")
		answer.Set("scope", "read:user,user:email")
	}
	if !strings.Contains(r.Header.Get("Accept"), "application/json") {
		reply(http.StatusOK, "application/x-www-form-urlencoded; charset=utf-8", answer.Encode())(w, r)
		return
	}
	object := members{}
	for name := range answer {
		object[name] = answer.Get(name)
		if strings.HasSuffix(name, "expires_in") {
			object[name] = json.Number(answer.Get(name))
		}
	}
	reply(http.StatusOK, "application/json; charset=utf-8", toJSON(object))(w, r)
}

func (h *hub) revoke(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	var body map[string]string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || id != "app" || secret != "secret" || r.Header.Get("Content-Type") != "application/json" {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.revoked = append(h.revoked, body["access_token"])
	w.WriteHeader(http.StatusNoContent)
}
