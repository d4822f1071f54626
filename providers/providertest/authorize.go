package providertest

import (
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed picker.html
var pickerHTML string

// request is an authorization request that has been checked.
type request struct {
	client      Client
	redirectURI string
	query       url.Values
}

// resolve returns the parameters of an authorization request, which may have been
// pushed. What stands beside the reference then counts for nothing (RFC 9126
// section 4).
func (s *Server) resolve(q url.Values) (url.Values, string) {
	reference := q.Get("request_uri")
	if reference == "" {
		if s.RequirePAR {
			return nil, "the request has to be pushed"
		}
		return q, ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.pushed[reference]
	if !ok || !s.Clock().Before(p.ends) || p.params.Get("client_id") != q.Get("client_id") {
		return nil, "unknown request_uri"
	}
	return p.params, ""
}

// readRequest checks an authorization request. What is wrong with the client or
// the redirect URI is never told to the redirect URI (RFC 6749 section 4.1.2.1).
func (s *Server) readRequest(q url.Values) (request, string) {
	client, ok := s.client(q.Get("client_id"))
	uri := q.Get("redirect_uri")
	switch {
	case !ok:
		return request{}, "unknown client_id"
	case uri == "" || len(client.RedirectURIs) > 0 && !slices.Contains(client.RedirectURIs, uri):
		return request{}, "redirect_uri is not registered"
	case q.Get("response_type") != "code":
		return request{}, "response_type has to be code"
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		return request{}, "PKCE with S256 is required"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return request{}, "scope has to contain openid"
	}
	return request{client, uri, q}, ""
}

// readAuthorize checks the authorization request that a browser brings.
func (s *Server) readAuthorize(r *http.Request) (request, string) {
	q, problem := s.resolve(r.URL.Query())
	if problem != "" {
		return request{}, problem
	}
	return s.readRequest(q)
}

func (s *Server) picker(w http.ResponseWriter, r *http.Request) {
	req, problem := s.readAuthorize(r)
	if problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	if req.query.Get("prompt") == "none" {
		s.silent(w, r, req)
		return
	}
	page, err := template.New("picker").Funcs(template.FuncMap{"initial": initial}).Parse(pickerHTML)
	if err != nil {
		http.Error(w, "template", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	_ = page.Execute(w, map[string]any{"Client": req.client.ID, "Users": s.Users})
}

// initial returns the first character of a name.
func initial(name string) string {
	_, size := utf8.DecodeRuneInString(name)
	return name[:size]
}

// pick answers the picker: the person has chosen who they are, or cancelled.
func (s *Server) pick(w http.ResponseWriter, r *http.Request) {
	req, problem := s.readAuthorize(r)
	if problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {req.query.Get("state")}, "iss": {s.Issuer}}
	user, ok := s.user(r.PostFormValue("subject"))
	if !ok {
		answer.Set("error", "access_denied")
		if req.query.Get("prompt") == "none" {
			answer.Set("error", "login_required")
		}
		s.answer(w, r, req, answer)
		return
	}
	if slices.ContainsFunc(req.query["resource"], func(uri string) bool { return !slices.Contains(s.Resources, uri) }) {
		answer.Set("error", "invalid_target") // RFC 8707 section 2
		s.answer(w, r, req, answer)
		return
	}
	s.forget(r.URL.Query().Get("request_uri"))
	answer.Set("code", s.newCode(req, user))
	s.answer(w, r, req, answer)
}

// silent answers a request that must not show anything (prompt=none, OpenID Connect
// Core section 3.1.2.1). Whose browser it is the provider cannot tell.
func (s *Server) silent(w http.ResponseWriter, r *http.Request, req request) {
	s.answer(w, r, req, url.Values{"state": {req.query.Get("state")}, "iss": {s.Issuer}, "error": {"login_required"}})
}

// authentication returns when and how somebody who signs in has proven who they are.
func (s *Server) authentication(user User, q url.Values) (at time.Time, acr string) {
	now := s.Clock()
	at, known := s.signedIn[user.Subject]
	seconds, err := strconv.Atoi(q.Get("max_age"))
	tooOld := err == nil && now.Sub(at) > time.Duration(seconds)*time.Second
	if !s.SingleSignOn || !known || tooOld || q.Get("prompt") == "login" {
		at = now
		s.signedIn[user.Subject] = now
	}
	if len(s.ACRValues) > 0 {
		acr = s.ACRValues[0]
	}
	for value := range strings.FieldsSeq(q.Get("acr_values")) {
		if slices.Contains(s.ACRValues, value) {
			return at, value
		}
	}
	return at, acr
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, req request, params url.Values) {
	if req.query.Get("response_mode") != "form_post" {
		redirect(w, r, req.redirectURI, params)
		return
	}
	page := template.Must(template.New("post").Parse(`<!doctype html><title>Continue</title>
<form method="post" action="{{.URI}}">{{range $name, $values := .Params}}<input type="hidden" name="{{$name}}" value="{{index $values 0}}">{{end}}<button>Continue</button></form>`))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"URI": req.redirectURI, "Params": params})
}

func (s *Server) newCode(req request, user User) string {
	code, sid := rand.Text(), rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	at, acr := s.authentication(user, req.query)
	s.codes[code] = &grant{
		resources: req.query["resource"],
		authTime:  at, acr: acr,
		client: req.client, user: user, sid: sid, redirectURI: req.redirectURI,
		nonce: req.query.Get("nonce"), challenge: req.query.Get("code_challenge"), scope: req.query.Get("scope"),
	}
	s.last = s.codes[code]
	return code
}
