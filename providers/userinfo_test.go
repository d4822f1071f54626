package providers_test

import (
	"crypto/elliptic"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// signedInfo is a client that is registered for signed user info.
func signedInfo(s *setup) {
	s.config.SignedUserInfo = true
	s.op.Clients = []providertest.Client{{ID: "app", Secret: "secret", SignedUserInfo: true}}
}

// S-28: what is configured is what is taken, with the signature and the claims that
// are there checked.
func TestS_28_SignedUserInfo(t *testing.T) {
	t.Parallel()
	good := members{"sub": "alice", "name": "Alice", "iss": issuer, "aud": "app"}
	jwt := func(payload string) http.HandlerFunc { return reply(200, "application/jwt", payload) }
	signed := func(set members) func(*rig) http.HandlerFunc {
		return func(r *rig) http.HandlerFunc {
			key := r.op.SigningKey()
			return jwt(compact(header("ES256", key.KeyID), edited([]byte(toJSON(good)), set), "ES256", key.Key))
		}
	}
	for name, tc := range map[string]struct {
		answer func(*rig) http.HandlerFunc
		kind   error
		why    string
	}{
		"good":             {signed(nil), nil, ""},
		"no iss, no aud":   {signed(members{"iss": nil, "aud": nil}), nil, ""},
		"several aud":      {signed(members{"aud": []string{"app", "other"}}), nil, ""},
		"other iss":        {signed(members{"iss": issuer + "1"}), providers.ErrResponse, otherIssuer},
		"other aud":        {signed(members{"aud": "other"}), providers.ErrResponse, otherClient},
		"other sub":        {signed(members{"sub": "bob"}), providers.ErrProfile, "somebody else"},
		"no sub":           {signed(members{"sub": nil}), providers.ErrProfile, "somebody else"},
		"expired":          {signed(members{"exp": time.Now().Add(-time.Hour).Unix()}), providers.ErrResponse, expired},
		"from the future":  {signed(members{"iat": time.Now().Add(time.Hour).Unix()}), providers.ErrResponse, "in the future"},
		"wrong type":       {signed(members{"aud": 5}), providers.ErrResponse, wrongType},
		"SUB":              {signed(members{"SUB": "mallory"}), providers.ErrResponse, lookAlike},
		"unsigned":         {func(*rig) http.HandlerFunc { return jwt(unsigned([]byte(toJSON(good)))) }, providers.ErrResponse, notSigned},
		"encrypted":        {func(*rig) http.HandlerFunc { return jwt("a.b.c.d.e") }, providers.ErrResponse, "not a signed token"},
		"JSON":             {func(*rig) http.HandlerFunc { return replyJSON(toJSON(good)) }, providers.ErrResponse, "application/jwt"},
		"HTML":             {func(*rig) http.HandlerFunc { return reply(200, "text/html", "canary") }, providers.ErrResponse, "application/jwt"},
		"JSON in disguise": {func(*rig) http.HandlerFunc { return jwt(toJSON(good)) }, providers.ErrResponse, notSigned},
		"too long":         {func(*rig) http.HandlerFunc { return jwt(strings.Repeat("a", 33<<10) + ".b.c") }, providers.ErrResponse, "too long"},
		"down":             {func(*rig) http.HandlerFunc { return reply(503, "", "") }, providers.ErrUnavailable, ""},
		"HS256": {func(*rig) http.HandlerFunc {
			return jwt(compact(header("HS256", ""), []byte(toJSON(good)), "HS256", []byte("secret")))
		}, providers.ErrResponse, notSigned},
		"foreign key": {func(r *rig) http.HandlerFunc {
			return jwt(compact(header("ES256", r.op.SigningKey().KeyID), []byte(toJSON(good)), "ES256", newEC(t, elliptic.P256())))
		}, providers.ErrResponse, noKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t, signedInfo)
			r.answers["userinfo"] = tc.answer(r)
			id, err := r.signIn()
			if tc.kind == nil {
				if err != nil || id.User.Name != "Alice" {
					t.Fatalf("%v, %v", id, err)
				}
				if accept := r.to("/userinfo")[0].header.Get("Accept"); accept != "application/jwt" {
					t.Errorf("Accept %q", accept)
				}
				return
			}
			refused(t, id, err, tc.kind, tc.why)
			noCanary(t, err)
		})
	}
	t.Run("signed, but not configured", func(t *testing.T) {
		t.Parallel()
		r := tokenRig(t, signedInfo, func(s *setup) { s.config.SignedUserInfo = false })
		id, err := r.signIn()
		refused(t, id, err, providers.ErrResponse, "content type is not JSON")
	})
}

// With an access token that is bound to a key, too.
func TestS_28_SignedUserInfoWithDPoP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := tokenRig(t, signedInfo, func(s *setup) { s.config.DPoP, s.op.DPoPNonce = true, true })
		if id := r.mustSignIn(); id.User.Name != "Alice Example" || id.User.Email != "alice@example.com" {
			t.Errorf("user %+v", id.User)
		}
		if n := len(r.to("/userinfo")); n != 1 { // the nonce is that of the token endpoint
			t.Errorf("%d requests", n)
		}
	})
}
