package providers_test

import (
	"crypto/elliptic"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// Every OpenID provider can verify; nothing else can.
func TestLogoutVerifiers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		p    providers.Provider
		want bool
	}{
		"generic":     {newRig(t).p, true},
		"keycloak":    {providers.Keycloak("app", "secret", issuer), true},
		"google":      {providers.Google("app", "secret"), true},
		"github":      {providers.GitHub("app", "secret"), false},
		"plain":       {newPlain(t).p, false},
		"credentials": {providers.Credentials(providers.CredentialsConfig{}), false},
	} {
		if _, ok := tc.p.(providers.LogoutVerifier); ok != tc.want {
			t.Errorf("%s: %v", name, ok)
		}
		if tc.want != (tc.p.Info().Issuer != "") { // S-158: and has an issuer to compare
			t.Errorf("%s: issuer %q", name, tc.p.Info().Issuer)
		}
	}
}

// S-39: whose session at the provider it is comes from the ID token, and from
// nowhere else.
func TestS_39_SessionID(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		signIn, refresh members
		spoil           bool // the signature of the refreshed ID token
		want            [2]string
	}{
		"the same in both":    {members{"sid": "s-1"}, members{"sid": "s-1"}, false, [2]string{"s-1", "s-1"}},
		"none":                {members{"sid": nil}, members{"sid": nil}, false, [2]string{"", ""}},
		"kept":                {members{"sid": "s-1"}, members{"sid": nil}, false, [2]string{"s-1", "s-1"}},
		"kept, not text":      {members{"sid": "s-1"}, members{"sid": 5}, false, [2]string{"s-1", "s-1"}},
		"another one":         {members{"sid": "s-1"}, members{"sid": "s-2"}, false, [2]string{"s-1", "s-2"}},
		"late":                {members{"sid": nil}, members{"sid": "s-2"}, false, [2]string{"", "s-2"}},
		"not from a bad one":  {members{"sid": "s-1"}, members{"sid": "s-2"}, true, [2]string{"s-1", "s-1"}},
		"not text":            {members{"sid": 5}, members{"sid": 5}, false, [2]string{"", ""}},
		"not from an expired": {members{"sid": "s-1"}, members{"sid": "s-2", "exp": 1}, false, [2]string{"s-1", "s-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.edit(tc.signIn)
			account := r.mustSignIn().Account
			r.edit(tc.refresh)
			if tc.spoil {
				r.forge(signWith(newEC(t, elliptic.P256()), r.op.SigningKey().KeyID))
			}
			renewed, err := r.refresh(account)
			if err != nil {
				t.Fatal(err)
			}
			if got := [2]string{account.SessionID, renewed.SessionID}; got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
	p := newPlain(t) // a plain provider's profile is signed by nobody
	p.handlers["/me"] = replyJSON(`{"id":42,"sid":"s-1"}`)
	if id, err := p.exchange(); err != nil || id.Account.SessionID != "" {
		t.Errorf("%v, %v", id, err)
	}
}
