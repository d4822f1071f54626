package providers_test

import (
	"crypto/elliptic"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// requirePAR is a provider that takes no authorization request from a browser.
func requirePAR(s *setup) { s.op.RequirePAR = true }

// What was pushed is not in the browser's URL, and the client proves itself when it
// pushes as it does at the token endpoint.
func TestS_56_PushedAuthorizationRequest(t *testing.T) {
	t.Parallel()
	key := newEC(t, elliptic.P256())
	for name, edit := range map[string]func(*setup){
		"required":   requirePAR,
		"configured": func(s *setup) { s.config.Push = true },
		"URL":        func(s *setup) { s.config.PushURL = issuer + "/par" },
		"post":       func(s *setup) { s.config.Push, s.config.AuthStyle = true, oauth2.AuthStyleInParams },
		"public": func(s *setup) {
			s.config.Push, s.config.ClientSecret = true, ""
			s.op.Clients = []providertest.Client{{ID: "app"}}
		},
		"key": func(s *setup) { requirePAR(s); withKey(key)(s) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, edit)
			req := newRequest()
			req.Params = url.Values{"login_hint": {"alice"}, "request_uri": {"urn:evil"}, "request": {"e30.e30."}}
			where := r.authorize(req)
			q := where.Query()
			reference := q.Get("request_uri")
			if len(q) != 2 || q.Get("client_id") != "app" || !strings.HasPrefix(reference, "urn:ietf:params:oauth:request_uri:") {
				t.Fatalf("the browser is sent to %s", where)
			}
			calls := r.to("/par")
			if len(calls) != 1 || calls[0].method != http.MethodPost {
				t.Fatalf("%d pushes", len(calls))
			}
			form := calls[0].form
			for param, want := range map[string]string{
				"response_type": "code", "client_id": "app", "redirect_uri": redirectURL, "state": req.State, "nonce": req.Nonce,
				"code_challenge": oauth2.S256ChallengeFromVerifier(req.Verifier), "code_challenge_method": "S256", "login_hint": "alice",
				"request_uri": "", "request": "",
			} {
				if form.Get(param) != want {
					t.Errorf("%s is %q, want %q", param, form.Get(param), want)
				}
			}
			basic := calls[0].header.Get("Authorization") != ""
			if basic != (name == "required" || name == "configured" || name == "URL") || form.Has("client_secret") != (name == "post") || form.Has("client_assertion") != (name == "key") {
				t.Errorf("header %q, body %q", calls[0].header.Get("Authorization"), calls[0].body)
			}
			r.mustSignIn()
		})
	}
	t.Run("not required", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		if q := r.authorize(newRequest()).Query(); q.Has("request_uri") || !q.Has("state") || len(r.to("/par")) != 0 {
			t.Errorf("%v", q)
		}
	})
	t.Run("required, no endpoint", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, requirePAR)
		r.describe(members{"pushed_authorization_request_endpoint": nil})
		unusable(t, r, "there is no pushed_authorization_request_endpoint")
	})
	t.Run("plain OAuth, no endpoint", func(t *testing.T) {
		t.Parallel()
		err := newPlain(t, func(c *providers.Config) { c.Push = true }).p.(providers.Checker).Check()
		if err == nil || !strings.Contains(err.Error(), "PushURL is empty") {
			t.Error(err)
		}
	})
}

// A request that could not be pushed is not sent by way of the browser instead, and
// not pushed again.
func TestS_56_PushFailures(t *testing.T) {
	t.Parallel()
	const good = `{"request_uri":"urn:example:canary","expires_in":60}`
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   error
	}{
		"refused":       {reply(400, "application/json", `{"error":"invalid_request","error_description":"canary"}`), providers.ErrRejected},
		"error in 201":  {reply(201, "application/json", `{"error":"invalid_scope","request_uri":"urn:canary"}`), providers.ErrRejected},
		"down":          {reply(503, "text/html", "canary"), providers.ErrUnavailable},
		"HTML":          {reply(201, "text/html", good), providers.ErrResponse},
		"no content":    {reply(204, "", ""), providers.ErrUnavailable},
		"no reference":  {reply(201, "application/json", `{"expires_in":60}`), providers.ErrResponse},
		"null":          {reply(201, "application/json", `{"request_uri":null}`), providers.ErrResponse},
		"empty":         {reply(201, "application/json", `{"request_uri":""}`), providers.ErrResponse},
		"number":        {reply(201, "application/json", `{"request_uri":5}`), providers.ErrResponse},
		"line break":    {reply(201, "application/json", `{"request_uri":"urn:canary\r\nX: y"}`), providers.ErrResponse},
		"too long":      {reply(201, "application/json", `{"request_uri":"urn:canary`+strings.Repeat("a", 1024)+`"}`), providers.ErrResponse},
		"longer still":  {reply(201, "application/json", `{"request_uri":"urn:canary`+strings.Repeat("a", 200<<10)+`"}`), providers.ErrResponse},
		"redirection":   {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "https://canary.example/", 307) }, providers.ErrResponse},
		"broken JSON":   {reply(201, "application/json", `{"request_uri":"canary`), providers.ErrResponse},
		"wrong client":  {reply(401, "application/json", `{"error":"invalid_client"}`), providers.ErrRejected},
		"too many":      {reply(429, "application/json", `{"error":"slow_down"}`), providers.ErrUnavailable},
		"reference 200": {replyJSON(good), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, requirePAR)
			r.answers["par"] = tc.answer
			where, err := r.p.AuthCodeURL(r.ctx(), canaryRequest())
			if n := len(r.to("/par")); n != 1 || r.strangers("op.example.com") != 0 {
				t.Errorf("%d pushes, %d requests elsewhere", n, r.strangers("op.example.com"))
			}
			if tc.kind == nil {
				if err != nil || !strings.HasSuffix(where, "?client_id=app&request_uri=urn%3Aexample%3Acanary") {
					t.Errorf("%s, %v", where, err)
				}
				return
			}
			if where != "" {
				t.Errorf("sent to %s", where)
			}
			refused(t, nil, err, tc.kind, "")
			noCanary(t, err)
		})
	}
}
