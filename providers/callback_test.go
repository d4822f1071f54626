package providers_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
)

// everyKind is one provider of each kind, with what a sign-in there needs.
func everyKind(t *testing.T) map[string]providers.Provider {
	return map[string]providers.Provider{
		"oauth, confidential": newPlain(t).p,
		"oauth, public":       newPlain(t, func(c *providers.Config) { c.ClientSecret = "" }).p,
		"github":              providers.GitHub("app", "secret"),
		"oidc, confidential":  newRig(t).p,
		"oidc, public":        newRig(t, func(s *setup) { s.config.ClientSecret = "" }).p,
	}
}

// PKCE with S256 at every provider, whatever else protects the client: the
// challenge that is sent is the hash of the verifier that is redeemed with.
func TestS_41_PKCE(t *testing.T) {
	t.Parallel()
	for name, p := range everyKind(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			req := newRequest()
			raw, err := p.AuthCodeURL(r.ctx(), req)
			if err != nil {
				t.Fatal(err)
			}
			q := parseURL(t, raw).Query()
			if got := q["code_challenge"]; len(got) != 1 || len(got[0]) != 43 || got[0] != oauth2.S256ChallengeFromVerifier(req.Verifier) {
				t.Errorf("code_challenge %q", got)
			}
			if got := q["code_challenge_method"]; !slices.Equal(got, []string{"S256"}) {
				t.Errorf("code_challenge_method %q", got)
			}
			if strings.Contains(raw, req.Verifier) {
				t.Error("the verifier itself is sent through the browser")
			}
		})
	}
	t.Run("verifier at the token endpoint", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		req := newRequest()
		if _, err := r.exchange(r.callback(req)); err != nil { // the server compares
			t.Fatal(err)
		}
		if got := r.to("/token")[0].form["code_verifier"]; !slices.Equal(got, []string{req.Verifier}) {
			t.Fatalf("code_verifier %q", got)
		}
		cb := r.callback(req)
		cb.Verifier = newRequest().Verifier
		id, err := r.exchange(cb)
		refused(t, id, err, providers.ErrInvalidGrant, "invalid_grant")
	})
}

// A transaction without a verifier is refused before the code is sent.
func TestS_42_NoVerifier(t *testing.T) {
	t.Parallel()
	r, p := newRig(t), newPlain(t)
	cb := r.callback(newRequest())
	cb.Verifier = ""
	id, err := r.exchange(cb)
	refused(t, id, err, providers.ErrCallback, "no code verifier")
	id, err = p.p.Exchange(p.context(t.Context()), cb)
	refused(t, id, err, providers.ErrCallback, "no code verifier")
	if len(r.to("/token"))+len(p.to("/token")) != 0 {
		t.Fatal("the code was sent")
	}
}

// Metadata that says nothing about PKCE does not switch it off.
func TestS_42_PKCENotListed(t *testing.T) {
	t.Parallel()
	for _, listed := range []any{nil, []string{"S256"}, []string{"plain", "S256"}, "S256"} {
		r := newRig(t)
		r.describe(members{"code_challenge_methods_supported": listed})
		q := r.authorize(newRequest()).Query()
		if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
			t.Errorf("with %v: %v", listed, q)
		}
	}
}

// Further parameters never replace those of the protocol, wherever they come
// from: the class of CVE-2025-67716, and of goth, which took the state from the
// query.
func TestS_44_S_58_ParamsCannotOverride(t *testing.T) {
	t.Parallel()
	evil := url.Values{}
	for _, name := range []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "request", "request_uri",
	} {
		evil.Set(name, "evil")
	}
	evil.Set("login_hint", "alice@example.com")
	for name, r := range map[string]*rig{
		"of the request":       newRig(t),
		"of the configuration": newRig(t, func(s *setup) { s.config.Params = evil }),
		"by an option": newRig(t, func(s *setup) {
			for name := range evil {
				s.options = append(s.options, providers.WithParam(name, evil.Get(name)))
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := newRequest()
			req.Params = evil
			u := r.authorize(req)
			q := u.Query()
			if strings.Contains(u.RawQuery, "evil") {
				t.Errorf("sent: %s", u.RawQuery)
			}
			for name, want := range map[string]string{
				"client_id": "app", "redirect_uri": redirectURL, "response_type": "code", "state": req.State, "nonce": req.Nonce,
				"login_hint": "alice@example.com",
			} {
				if !slices.Equal(q[name], []string{want}) {
					t.Errorf("%s is %q", name, q[name])
				}
			}
			if !slices.Contains(strings.Fields(q.Get("scope")), "openid") {
				t.Errorf("scope %q", q.Get("scope"))
			}
			if name == "of the request" {
				return
			}
			err := r.p.(providers.Checker).Check()
			for name := range evil {
				if told := err != nil && strings.Contains(err.Error(), fmt.Sprintf("%q", name)); told == (name == "login_hint") {
					t.Errorf("Check about %s: %v", name, err)
				}
			}
		})
	}
}

// Further parameters of a request stand in place of configured ones, and one
// that is given twice is left out.
func TestParams(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *setup) {
		s.config.Params = url.Values{"ui_locales": {"de"}, "prompt": {"login"}}
	})
	req := newRequest()
	req.Params = url.Values{"prompt": {"select_account"}, "x": {"1", "2"}}
	q := r.authorize(req).Query()
	if q.Get("prompt") != "select_account" || q.Get("ui_locales") != "de" || q.Has("x") {
		t.Fatal(q)
	}
}

func TestFormPost(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *setup) { s.config.FormPost = true })
	if q := r.authorize(newRequest()).Query(); q.Get("response_mode") != "form_post" || !r.p.Info().FormPost {
		t.Fatal(q)
	}
	if q := newRig(t).authorize(newRequest()).Query(); q.Has("response_mode") {
		t.Fatal(q)
	}
}

// checkNoRequest checks that nothing but metadata was asked for.
func checkNoRequest(t *testing.T, w *wire) {
	t.Helper()
	for _, path := range []string{"/token", "/userinfo", "/me"} {
		if n := len(w.to(path)); n != 0 {
			t.Fatalf("%d requests to %s", n, path)
		}
	}
}

// The answer has to come from the provider that was asked (RFC 9207), also when
// it tells of an error (S-47): mix-up attacks, and part of GHSA-x445-f3h2-j279.
func TestS_46_S_47_Issuer(t *testing.T) {
	t.Parallel()
	const other, absent = "it is of another issuer: perhaps a mix-up attack", "it names no issuer, which this provider always does"
	for name, tc := range map[string]struct {
		iss    string
		always bool // the metadata says that the issuer always comes
		why    string
	}{
		"own":                {issuer, true, ""},
		"own, not announced": {issuer, false, ""},
		"other":              {"https://evil.example", true, other},
		"other, unannounced": {"https://evil.example", false, other},
		"slash":              {issuer + "/", true, other},
		"case":               {"https://OP.example.com", false, other},
		"missing":            {"", true, absent},
		"missing, allowed":   {"", false, ""},
	} {
		for _, answer := range []string{"code=the-code", "error=access_denied", "error=server_error&code=the-code"} {
			t.Run(name+" "+answer, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.describe(members{"authorization_response_iss_parameter_supported": tc.always})
				params, _ := url.ParseQuery(answer)
				cb := r.callback(newRequest())
				if !params.Has("error") {
					params.Set("code", cb.Params.Get("code"))
				}
				if cb.Params = params; tc.iss != "" {
					cb.Params.Set("iss", tc.iss)
				}
				id, err := r.exchange(cb)
				switch {
				case tc.why != "":
					refused(t, id, err, providers.ErrCallback, tc.why)
				case params.Get("error") == "access_denied":
					refused(t, id, err, providers.ErrDenied, "access_denied")
				case params.Has("error"):
					refused(t, id, err, providers.ErrUnavailable, "server_error")
				case err != nil:
					t.Fatal(err)
				default:
					return
				}
				checkNoRequest(t, r.wire)
			})
		}
	}
}

// A plain OAuth 2 provider may have an issuer as well; without one there is
// nothing to compare with.
func TestS_46_IssuerOfPlainOAuth2(t *testing.T) {
	t.Parallel()
	with := newPlain(t, func(c *providers.Config) { c.Issuer = issuer })
	cb := goodCallback()
	cb.Params.Set("iss", "https://evil.example")
	id, err := with.p.Exchange(with.context(t.Context()), cb)
	refused(t, id, err, providers.ErrCallback, "another issuer")
	checkNoRequest(t, with.wire)
	cb.Params.Set("iss", issuer)
	if _, err := with.p.Exchange(with.context(t.Context()), cb); err != nil {
		t.Fatal(err)
	}
}

// What the provider says in place of a code. Only access_denied is the person's
// own doing.
func TestCallbackErrors(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]struct {
		kind error
		why  string
	}{
		"error=access_denied":                             {providers.ErrDenied, "(error access_denied)"},
		"error=access_denied&code=the-code":               {providers.ErrDenied, "(error access_denied)"},
		"error=invalid_scope":                             {providers.ErrRejected, "(error invalid_scope)"},
		"error=unauthorized_client":                       {providers.ErrRejected, "(error unauthorized_client)"},
		"error=server_error":                              {providers.ErrUnavailable, "(error server_error)"},
		"error=temporarily_unavailable":                   {providers.ErrUnavailable, "(error temporarily_unavailable)"},
		"error=login_required":                            {providers.ErrRejected, "(error login_required)"},
		"error=%3Cscript%3E":                              {providers.ErrRejected, "(error unreadable)"}, // CVE-2021-32702
		"error=x%0A[auth]+admin":                          {providers.ErrRejected, "(error unreadable)"}, // S-143
		"error=" + strings.Repeat("x", 65):                {providers.ErrRejected, "(error unreadable)"},
		"error=access_denied&error_description=%3Cb%3Eno": {providers.ErrDenied, "(error access_denied)"},
		"":      {providers.ErrCallback, "it has no code"},
		"code=": {providers.ErrCallback, "it has no code"},
		"error=&state=s&access_token=at&id_token=x.y.z": {providers.ErrCallback, "it has no code"},
	} {
		t.Run(params, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			cb := goodCallback()
			cb.Params, _ = url.ParseQuery(params)
			id, err := p.p.Exchange(p.context(t.Context()), cb)
			refused(t, id, err, want.kind, want.why)
			for _, foreign := range []string{"script", "admin", "<b>", "\n"} {
				if strings.Contains(err.Error(), foreign) {
					t.Fatalf("foreign text in %q", err)
				}
			}
			checkNoRequest(t, p.wire)
		})
	}
}

// S-54, the provider's part: the redirect URI of the start is sent again as it
// was, and the provider refuses any other.
func TestS_54_RedirectURI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	req := newRequest()
	req.RedirectURL = "https://app.example.com/cb?x=1&y=%2F"
	if _, err := r.exchange(r.callback(req)); err != nil {
		t.Fatal(err)
	}
	if got := r.to("/token")[0].form["redirect_uri"]; !slices.Equal(got, []string{req.RedirectURL}) {
		t.Fatalf("redirect_uri %q", got)
	}
	cb := r.callback(req)
	cb.RedirectURL = "https://app.example.com/cb"
	id, err := r.exchange(cb)
	refused(t, id, err, providers.ErrInvalidGrant, "invalid_grant")
}
