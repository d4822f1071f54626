package providers_test

import "testing"

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
