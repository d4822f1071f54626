package providers_test

import (
	"crypto/elliptic"
	"errors"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// edit changes claims of the ID tokens to come; nil removes one.
func (r *rig) edit(set members) {
	r.op.EditIDToken = func(claims map[string]any) {
		for name, value := range set {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
	}
}

const otherPerson = "it is of another person than at the sign-in"

// S-33, F-20: an ID token from a refresh that is another's ends it, whatever else
// is wrong with the token, and no token comes with the error (OpenID Connect
// Core section 12.2).
func TestS_33_IdentityChanged(t *testing.T) {
	t.Parallel()
	past := time.Now().Add(-time.Hour).Unix()
	for name, tc := range map[string]struct {
		set members
		why string
	}{
		"sub":                 {members{"sub": "bob"}, otherPerson},
		"sub, in its case":    {members{"sub": "Alice"}, otherPerson},
		"sub, not text":       {members{"sub": 5}, otherPerson},
		"iss":                 {members{"iss": "https://evil.example"}, otherIssuer},
		"iss, with a slash":   {members{"iss": issuer + "/"}, otherIssuer},
		"iss of Google":       {members{"iss": "accounts.google.com"}, otherIssuer},
		"aud":                 {members{"aud": "other"}, otherClient},
		"several aud":         {members{"aud": []string{"other", "third"}}, otherClient},
		"azp":                 {members{"azp": "other"}, wrongAZP},
		"sub and expired":     {members{"sub": "bob", "exp": past}, otherPerson},
		"sub and no iat":      {members{"sub": "bob", "iat": nil}, otherPerson},
		"sub and iat of text": {members{"sub": "bob", "iat": "x"}, otherPerson},
		"sub and SUB":         {members{"sub": "bob", "SUB": "alice"}, otherPerson},
		"azp and expired":     {members{"azp": "other", "exp": past}, wrongAZP},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			account := r.mustSignIn().Account
			r.edit(tc.set)
			renewed, err := r.refresh(account)
			refused(t, nil, err, providers.ErrIdentityChanged, tc.why)
			if errors.Is(err, providers.ErrIDToken) || !renewed.Equal(token.Account{}) {
				t.Fatalf("%v, or tokens came with it", err)
			}
		})
	}
}

// Whatever else is wrong with the ID token of a refresh does not lose the new
// access and refresh token: the old refresh token is spent. The old ID token
// stays.
func TestS_33_BadIDTokenIsLeftOut(t *testing.T) {
	t.Parallel()
	foreign := func(set members) func(*rig) {
		return func(r *rig) {
			key, kid := newEC(t, elliptic.P256()), r.op.SigningKey().KeyID
			r.forge(func(payload []byte) string { return signWith(key, kid)(edited(payload, set)) })
		}
	}
	set := func(set members) func(*rig) { return func(r *rig) { r.edit(set) } }
	raw := func(idToken string) func(*rig) {
		return func(r *rig) { r.op.EditTokens = func(answer map[string]any) { answer["id_token"] = idToken } }
	}
	for name, spoil := range map[string]func(*rig){
		"foreign signature":             foreign(nil),
		"foreign signature, of another": foreign(members{"sub": "bob", "iss": "https://evil.example", "aud": "other", "azp": "other"}),
		"unknown key, of another": func(r *rig) {
			r.forge(func(p []byte) string {
				return signWith(newEC(t, elliptic.P256()), "x")(edited(p, members{"sub": "bob"}))
			})
		},
		"not signed, of another":          func(r *rig) { r.forge(func(p []byte) string { return unsigned(edited(p, members{"sub": "bob"})) }) },
		"no JWS":                          raw("x"),
		"no JWS, with dots":               raw("x.y.z"),
		"JWE":                             raw("a.b.c.d.e"),
		"SUB":                             set(members{"SUB": "bob"}),
		"no sub":                          set(members{"sub": nil}),
		"no iss":                          set(members{"iss": nil}),
		"iss of another type":             set(members{"iss": []string{"https://evil.example"}}),
		"no aud":                          set(members{"aud": nil}),
		"aud of another type":             set(members{"aud": 5}),
		"several aud and no azp":          set(members{"aud": []string{"app", "other"}}),
		"azp of another type":             set(members{"azp": 5}),
		"expired":                         set(members{"exp": time.Now().Add(-time.Hour).Unix()}),
		"in the future: a clock is wrong": set(members{"iat": time.Now().Add(time.Hour).Unix()}),
		"no iat":                          set(members{"iat": nil}),
		"foreign at_hash":                 set(members{"at_hash": hashOf("another", "ES256")}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			account := r.mustSignIn().Account
			spoil(r)
			renewed, err := r.refresh(account)
			if err != nil {
				t.Fatal(err)
			}
			checkRenewed(t, account, renewed)
			if !renewed.IDToken.Equal(account.IDToken) {
				t.Fatal("the bad ID token was taken")
			}
			r.op.EditIDToken, r.op.EditTokens = nil, nil
			if _, err := r.refresh(renewed); err != nil {
				t.Fatalf("the new refresh token is not good: %v", err)
			}
		})
	}
}

// checkRenewed checks that an account is the same one with new tokens.
func checkRenewed(t *testing.T, old, renewed token.Account) {
	t.Helper()
	if renewed.AccessToken.Equal(old.AccessToken) || renewed.RefreshToken.Equal(old.RefreshToken) {
		t.Fatal("the tokens are the old ones")
	}
	if renewed.ID != old.ID || renewed.Provider != old.Provider || renewed.Type != old.Type {
		t.Fatalf("account %s %s %s", renewed.Provider, renewed.ID, renewed.Type)
	}
}

// A good ID token of a refresh has no nonce and may be of an old authentication.
func TestS_33_GoodIDTokenIsTaken(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]members{
		"nothing changed":  {},
		"signed long ago":  {"iat": time.Now().Add(-20 * time.Hour).Unix()},
		"nonce is allowed": {"nonce": "of the sign-in"},
		"own azp":          {"azp": "app"},
		"further audience": {"aud": []string{"app", "other"}, "azp": "app"},
		"other auth_time":  {"auth_time": 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			account := r.mustSignIn().Account
			r.edit(set)
			renewed, err := r.refresh(account)
			if err != nil {
				t.Fatal(err)
			}
			checkRenewed(t, account, renewed)
			if renewed.IDToken.Equal(account.IDToken) {
				t.Fatal("the ID token is the old one")
			}
		})
	}
}

// An account whose id is not the subject is still recognised as the same one. A
// token that does not say whose it is, since only the user info does, is no sign
// of another person.
func TestS_33_AccountIDOfAnotherClaim(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *setup) { s.config.Fields = providers.Fields{ID: "oid"} })
	r.edit(members{"oid": "o-1"})
	account := r.mustSignIn().Account
	if account.ID != "o-1" {
		t.Fatalf("id %q", account.ID)
	}
	account, err := r.refresh(account)
	if err != nil {
		t.Fatal(err)
	}
	r.edit(nil)
	renewed, err := r.refresh(account)
	if err != nil || !renewed.IDToken.Equal(account.IDToken) {
		t.Fatalf("%v, or an ID token that nobody can tell whose it is", err)
	}
	checkRenewed(t, account, renewed)
	r.edit(members{"oid": "o-2"})
	_, err = r.refresh(renewed)
	refused(t, nil, err, providers.ErrIdentityChanged, otherPerson)
}

// Google's issuer without its scheme is the same one (S-2), also if the token is
// not good for another reason.
func TestS_33_GoogleIssuer(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]members{
		"good":    {"iss": "accounts.google.com"},
		"expired": {"iss": "accounts.google.com", "exp": time.Now().Add(-time.Hour).Unix()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := googleRig(t, providers.WithScopes("offline_access")) // for the server in Google's place
			account := r.mustSignIn().Account
			r.edit(set)
			renewed, err := r.refresh(account)
			if err != nil {
				t.Fatal(err)
			}
			checkRenewed(t, account, renewed)
			if kept := renewed.IDToken.Equal(account.IDToken); kept != (name == "expired") {
				t.Fatalf("old ID token kept: %v", kept)
			}
		})
	}
}

// A session of Auth.js need not say whose account it is. The first good ID token
// does, however old the authentication; a bad one says nothing.
func TestRefreshAdoptsAccountID(t *testing.T) {
	t.Parallel()
	foreign := newEC(t, elliptic.P256())
	for name, tc := range map[string]struct {
		prepare func(*rig)
		id      string
		err     error
	}{
		"good":              {func(*rig) {}, "alice", nil},
		"signed long ago":   {func(r *rig) { r.edit(members{"iat": time.Now().Add(-20 * time.Hour).Unix()}) }, "alice", nil},
		"expired":           {func(r *rig) { r.edit(members{"exp": 1}) }, "", nil},
		"foreign signature": {func(r *rig) { r.forge(signWith(foreign, r.op.SigningKey().KeyID)) }, "", nil},
		"no ID token":       {func(r *rig) { r.op.EditTokens = func(a map[string]any) { delete(a, "id_token") } }, "", nil},
		"of another client": {func(r *rig) { r.edit(members{"aud": "other"}) }, "", providers.ErrIdentityChanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			account := r.mustSignIn().Account
			account.ID = ""
			tc.prepare(r)
			renewed, err := r.refresh(account)
			if !errors.Is(err, tc.err) || renewed.ID != tc.id {
				t.Fatalf("id %q, %v", renewed.ID, err)
			}
			if err != nil || tc.id == "" {
				return
			}
			r.edit(members{"sub": "bob"}) // from then on it counts
			_, err = r.refresh(renewed)
			refused(t, nil, err, providers.ErrIdentityChanged, otherPerson)
		})
	}
}

// While the keys are out of reach nobody knows whether the ID token is good. The
// new refresh token must not get lost for that: the old one is already spent.
func TestRefreshWhileKeysAreDown(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		account := r.mustSignIn().Account
		r.op.RotateKey() // so that the keys that are known do not help
		r.answers["keys"] = reply(503, "text/plain", "down")
		renewed, err := r.refresh(account)
		if err != nil {
			t.Fatal(err)
		}
		if renewed.RefreshToken.Equal(account.RefreshToken) || !renewed.IDToken.Equal(account.IDToken) {
			t.Fatal("the refresh token has to be the new one, and the ID token the old one")
		}
		delete(r.answers, "keys")
		time.Sleep(time.Minute)
		if _, err := r.refresh(renewed); err != nil {
			t.Fatal(err)
		}
	})
}
