package providers_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
)

// dialect returns a rig for a plain provider with a dialect.
func dialect(t testing.TB, d providers.Dialect) *plain {
	return newPlain(t, func(c *providers.Config) { c.Dialect = d; c.Scopes = []string{"read", "mail"} })
}

func (p *plain) query(t testing.TB) (url.Values, string) {
	t.Helper()
	raw, err := p.p.AuthCodeURL(p.context(t.Context()), newRequest())
	if err != nil {
		t.Fatal(err)
	}
	return parseURL(t, raw).Query(), raw
}

func TestDialectAuthorization(t *testing.T) {
	t.Parallel()
	p := dialect(t, providers.Dialect{ScopeSeparator: ",", ClientID: "client_key", Fragment: "#redirect"})
	q, raw := p.query(t)
	if q.Get("scope") != "read,mail" || q.Get("client_key") != "app" || q.Has("client_id") || !strings.HasSuffix(raw, "#redirect") {
		t.Error(raw)
	}
	if q.Get("code_challenge_method") != "S256" {
		t.Error("PKCE is gone")
	}
}

func TestDialectWithoutPKCE(t *testing.T) {
	t.Parallel()
	p := dialect(t, providers.Dialect{NoPKCE: true})
	if q, raw := p.query(t); q.Has("code_challenge") || q.Has("code_challenge_method") {
		t.Error(raw)
	}
	if _, err := p.exchange(); err != nil || p.to("/token")[0].form.Has("code_verifier") {
		t.Error(err)
	}
}

func TestDialectTokenRequests(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dialect providers.Dialect
		style   oauth2.AuthStyle
		want    string // method, path, query and body
	}{
		"form": {providers.Dialect{}, oauth2.AuthStyleInParams,
			"POST /token  client_id=app&client_secret=secret&code=the-code&code_verifier=V&grant_type=authorization_code&redirect_uri=R"},
		"names": {providers.Dialect{ClientID: "appid", ClientSecret: "key"}, oauth2.AuthStyleInParams,
			"POST /token  appid=app&code=the-code&code_verifier=V&grant_type=authorization_code&key=secret&redirect_uri=R"},
		"query": {providers.Dialect{TokenRequest: providers.InQuery}, oauth2.AuthStyleInParams,
			"GET /token client_id=app&client_secret=secret&code=the-code&code_verifier=V&grant_type=authorization_code&redirect_uri=R "},
		"JSON": {providers.Dialect{TokenRequest: providers.JSONBody}, oauth2.AuthStyleInHeader,
			`POST /token  {"code":"the-code","code_verifier":"V","grant_type":"authorization_code","redirect_uri":"R"}`},
		"repeat": {providers.Dialect{Repeat: []string{"device_id", "missing"}}, oauth2.AuthStyleInHeader,
			"POST /token  code=the-code&code_verifier=V&device_id=d1&grant_type=authorization_code&missing=&redirect_uri=R"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) { c.Dialect, c.AuthStyle = tc.dialect, tc.style })
			cb := goodCallback()
			cb.Params.Set("device_id", "d1")
			if _, err := p.p.Exchange(p.context(t.Context()), cb); err != nil {
				t.Fatal(err)
			}
			s := p.to("/token")[0]
			short := strings.NewReplacer(cb.Verifier, "V", url.QueryEscape(redirectURL), "R", redirectURL, "R")
			if got := short.Replace(s.method + " " + s.path + " " + s.query.Encode() + " " + s.body); got != tc.want {
				t.Errorf("sent\n %s, want\n %s", got, tc.want)
			}
			if _, _, basic := (&http.Request{Header: s.header}).BasicAuth(); basic != (tc.style == oauth2.AuthStyleInHeader) {
				t.Errorf("in the header: %v", basic)
			}
		})
	}
}

func TestDialectTokenAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dialect providers.Dialect
		answer  string
		scope   string // of the account; empty if the answer is refused
	}{
		"nested":             {providers.Dialect{TokensIn: "data.0"}, `{"data":[` + goodTokens + `]}`, "read"},
		"nested or not":      {providers.Dialect{TokensIn: "data.0|"}, goodTokens, "read"},
		"nested, missing":    {providers.Dialect{TokensIn: "data"}, `{"tokens":` + goodTokens + `}`, ""},
		"commas":             {providers.Dialect{ScopeSeparator: ","}, `{"access_token":"a","token_type":"bearer","expires_in":3600,"scope":"x,y"}`, "x y"},
		"commas here only":   {providers.Dialect{GrantedSeparator: ","}, `{"access_token":"a","token_type":"bearer","expires_in":3600,"scope":"x,y"}`, "x y"},
		"no commas":          {providers.Dialect{}, `{"access_token":"a","token_type":"bearer","expires_in":3600,"scope":"x,y"}`, "x,y"},
		"list":               {providers.Dialect{}, `{"access_token":"a","token_type":"bearer","expires_in":3600,"scope":["x","y"]}`, "x y"},
		"empty tokens":       {providers.Dialect{EmptyTokens: true}, `{"access_token":"a","token_type":"bearer","expires_in":3600,"refresh_token":"","id_token":"","scope":"x"}`, "x"},
		"empty and strict":   {providers.Dialect{}, `{"access_token":"a","token_type":"bearer","expires_in":3600,"refresh_token":"","scope":"x"}`, ""},
		"no access token":    {providers.Dialect{EmptyTokens: true}, `{"access_token":"","token_type":"bearer","expires_in":3600,"scope":"x"}`, ""},
		"bad refresh token":  {providers.Dialect{EmptyTokens: true}, `{"access_token":"a","token_type":"bearer","expires_in":3600,"refresh_token":"\u0001","scope":"x"}`, ""},
		"success in a code":  {providers.Dialect{Error: "code", Success: []string{"0"}}, strings.Replace(goodTokens, "{", `{"code":0,`, 1), "read"},
		"error in a code":    {providers.Dialect{Error: "code", Success: []string{"0"}}, strings.Replace(goodTokens, "{", `{"code":7,`, 1), ""},
		"error after all":    {providers.Dialect{Error: "code", Success: []string{"0"}}, strings.Replace(goodTokens, "{", `{"error":"x",`, 1), ""},
		"success as error":   {providers.Dialect{Error: "error.code", Success: []string{"ok"}}, strings.Replace(goodTokens, "{", `{"error":{"code":"ok"},`, 1), "read"},
		"unlabelled success": {providers.Dialect{}, strings.Replace(goodTokens, "{", `{"error":{"code":"ok"},`, 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := dialect(t, tc.dialect)
			p.handlers["/token"] = replyJSON(tc.answer)
			id, err := p.exchange()
			if tc.scope == "" {
				refusedAnyhow(t, id, err)
				return
			}
			if err != nil || id.Account.Scope != tc.scope || id.Account.Lifetime != time.Hour {
				t.Fatalf("%v, %v", id, err)
			}
		})
	}
}

// refusedAnyhow checks that a call failed with an error of the kit's.
func refusedAnyhow(t testing.TB, id *providers.Identity, err error) {
	t.Helper()
	var typed *providers.Error
	if id != nil || !errors.As(err, &typed) {
		t.Fatalf("%v, %v", id, err)
	}
}

func TestDialectEndless(t *testing.T) {
	t.Parallel()
	p := dialect(t, providers.Dialect{Endless: true})
	p.handlers["/token"] = replyJSON(`{"access_token":"a","token_type":"bearer","expires_in":0}`)
	id, err := p.exchange()
	if err != nil || !id.Account.ExpiresAt.IsZero() {
		t.Fatalf("%v, %v", id, err)
	}
}

func TestDialectContentType(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"text/plain", "text/html; charset=utf-8", ""} {
		for _, lax := range []bool{true, false} {
			p := dialect(t, providers.Dialect{AnyContentType: lax})
			p.handlers["/token"] = reply(http.StatusOK, kind, goodTokens)
			if _, err := p.exchange(); (err == nil) != lax {
				t.Errorf("%q with AnyContentType %v: %v", kind, lax, err)
			}
		}
	}
}

// What a provider says in its own words is understood only where it was asked for
// tokens, and never passed on as it stands.
func TestDialectErrors(t *testing.T) {
	t.Parallel()
	d := providers.Dialect{Error: "errors.0.code|message", Spent: []string{"invalid", "Invalid refresh token"}, Denied: []string{"user_cancelled"}}
	for answer, tc := range map[string]struct {
		kind error
		code string
	}{
		`{"errors":[{"code":"invalid"}]}`:                 {providers.ErrInvalidGrant, "invalid"},
		`{"message":"Invalid refresh token"}`:             {providers.ErrInvalidGrant, "unreadable"},
		`{"message":"canary canary"}`:                     {providers.ErrRejected, "unreadable"},
		`{"error":"invalid_grant"}`:                       {providers.ErrInvalidGrant, "invalid_grant"},
		`{"error":"invalid"}`:                             {providers.ErrInvalidGrant, "invalid"},
		`{"error":"other"}`:                               {providers.ErrRejected, "other"},
		`{"errors":[{"code":"x"}],"message":"invalid"}`:   {providers.ErrRejected, "x"},
		`{"errors":[],"error":"temporarily_unavailable"}`: {providers.ErrUnavailable, "temporarily_unavailable"},
	} {
		p := dialect(t, d)
		p.handlers["/token"] = reply(http.StatusBadRequest, "application/json", answer)
		for name, call := range map[string]func() error{
			"exchange": func() error { _, err := p.exchange(); return err },
			"refresh":  func() error { _, err := p.refresh(); return err },
		} {
			err := call()
			var e *providers.Error
			if !errors.As(err, &e) || !errors.Is(err, tc.kind) || e.Code != tc.code || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s of %s: %v", name, answer, err)
			}
		}
	}
	p := dialect(t, d)
	p.handlers["/me"] = reply(http.StatusBadRequest, "application/json", `{"errors":[{"code":"invalid"}]}`)
	if _, err := p.exchange(); !errors.Is(err, providers.ErrRejected) {
		t.Errorf("of the profile: %v", err)
	}
	cb := goodCallback()
	cb.Params = url.Values{"error": {"user_cancelled"}}
	if _, err := p.p.Exchange(p.context(t.Context()), cb); !errors.Is(err, providers.ErrDenied) {
		t.Errorf("cancelled: %v", err)
	}
	p.handlers["/token"] = reply(http.StatusServiceUnavailable, "application/json", `{"errors":[{"code":"x"}]}`)
	if _, err := p.refresh(); !errors.Is(err, providers.ErrUnavailable) {
		t.Errorf("down: %v", err)
	}
}
