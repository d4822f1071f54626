package providers_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// S-68: scopes that were asked for at this sign-in only count as granted, too, if
// the provider does not say (RFC 6749 section 5.1). What it says takes precedence.
func TestS_68_ScopesOfOneSignIn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		scopes []string
		answer string
		want   string
	}{
		"none":          {nil, ``, "read"},
		"one more":      {[]string{"mail"}, ``, "read mail"},
		"no twin":       {[]string{"read", "mail", "mail"}, ``, "read mail"},
		"granted less":  {[]string{"mail"}, `,"scope":"read"`, "read"},
		"empty, not so": {[]string{"mail"}, `,"scope":""`, "read mail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer"` + tc.answer + `}`)
			req := newRequest()
			req.Scopes = tc.scopes
			raw, err := p.p.AuthCodeURL(p.context(t.Context()), req)
			if err != nil {
				t.Fatal(err)
			}
			cb := goodCallback()
			cb.Scopes = tc.scopes
			id, err := p.p.Exchange(p.context(t.Context()), cb)
			if err != nil || id.Account.Scope != tc.want {
				t.Fatalf("scope %q, %v", id.Account.Scope, err)
			}
			if asked := parseURL(t, raw).Query().Get("scope"); tc.answer == "" && asked != tc.want {
				t.Fatalf("asked for %q", asked)
			}
		})
	}
	r := newRig(t) // and at an OpenID provider, which does not say either
	r.op.EditTokens = func(answer map[string]any) { delete(answer, "scope") }
	req := newRequest()
	req.Scopes = []string{"calendar"}
	cb := r.callback(req)
	cb.Scopes = req.Scopes
	id, err := r.exchange(cb)
	if err != nil || id.Account.Scope != "openid profile email offline_access calendar" {
		t.Fatalf("%v, %v", id, err)
	}
	if renewed, err := r.refresh(id.Account); err != nil || renewed.Scope != id.Account.Scope {
		t.Fatalf("after a refresh: %q, %v", renewed.Scope, err)
	}
}

// Further scopes of a request come after the configured ones, each once. They
// replace nothing: neither a scope nor, whatever is in them, a parameter (S-58).
func TestS_58_ScopesOfARequest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		scopes []string
		want   string
	}{
		"none":             {nil, "openid email"},
		"further":          {[]string{"calendar", "drive"}, "openid email calendar drive"},
		"configured":       {[]string{"email", "openid"}, "openid email"},
		"one of each":      {[]string{"email", "calendar"}, "openid email calendar"},
		"twice":            {[]string{"calendar", "calendar"}, "openid email calendar"},
		"other parameters": {[]string{"x&state=evil&scope=evil", "y#z"}, "openid email x&state=evil&scope=evil y#z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setup) { s.config.Scopes = []string{"openid", "email"} })
			req := newRequest()
			req.Scopes = tc.scopes
			u := r.authorize(req)
			q := u.Query()
			if !slices.Equal(q["scope"], []string{tc.want}) || !slices.Equal(q["state"], []string{req.State}) || u.Fragment != "" {
				t.Fatalf("scope %q, state %q", q["scope"], q["state"])
			}
			if got := r.authorize(newRequest()).Query().Get("scope"); got != "openid email" {
				t.Fatalf("the next request asks for %q", got)
			}
		})
	}
	t.Run("plain OAuth 2", func(t *testing.T) {
		t.Parallel()
		p := newPlain(t)
		req := newRequest()
		req.Scopes = []string{"read", "write"}
		raw, err := p.p.AuthCodeURL(t.Context(), req)
		if err != nil || parseURL(t, raw).Query().Get("scope") != "read write" {
			t.Fatal(raw, err)
		}
	})
	t.Run("together with parameters", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		req := newRequest()
		req.Scopes, req.Params = []string{"calendar"}, url.Values{"scope": {"evil"}, "login_hint": {"alice"}}
		if q := r.authorize(req).Query(); q.Get("scope") != "openid profile email offline_access calendar" || q.Get("login_hint") != "alice" {
			t.Fatal(q)
		}
	})
}

// An OpenID provider without configured scopes is asked for a refresh token, with
// the consent that it takes, but only if it knows such a thing.
func TestScopes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		listed  any
		edit    func(*setup)
		scope   string
		consent bool
	}{
		"offline access":    {[]string{"openid", "offline_access"}, nil, "openid profile email offline_access", true},
		"no offline access": {[]string{"openid"}, nil, "openid profile email", false},
		"not listed":        {nil, nil, "openid profile email", false},
		"configured":        {[]string{"offline_access"}, func(s *setup) { s.config.Scopes = []string{"openid", "x"} }, "openid x", false},
		"further, default":  {nil, func(s *setup) { s.options = []providers.Option{providers.WithScopes("groups")} }, "openid profile email groups", false},
		"further, offline":  {[]string{"offline_access"}, func(s *setup) { s.options = []providers.Option{providers.WithScopes("a", "b")} }, "openid profile email offline_access a b", true},
		"further, added up": {nil, func(s *setup) { s.options = []providers.Option{providers.WithScopes("a"), providers.WithScopes("b")} }, "openid profile email a b", false},
		"further, to listed": {nil, func(s *setup) {
			s.config.Scopes = []string{"openid"}
			s.options = []providers.Option{providers.WithScopes("a")}
		}, "openid a", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edits := []func(*setup){}
			if tc.edit != nil {
				edits = append(edits, tc.edit)
			}
			r := newRig(t, edits...)
			r.describe(members{"scopes_supported": tc.listed})
			q := r.authorize(newRequest()).Query()
			if q.Get("scope") != tc.scope || (q.Get("prompt") == "consent") != tc.consent {
				t.Fatalf("scope %q, prompt %q", q.Get("scope"), q.Get("prompt"))
			}
			id := r.mustSignIn()
			if id.Account.Scope != tc.scope {
				t.Fatalf("granted %q", id.Account.Scope)
			}
			if err := r.p.(providers.Checker).Check(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
