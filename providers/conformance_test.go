package providers_test

import (
	"crypto/elliptic"
	"net/http"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// S-40: TestConformance plays the modules of the OpenID Foundation's plans for relying
// parties, under the names that they have there; those that need the browser's routes
// are in package httpauth. Every module that has to be
// refused also asserts that no user-info request follows. What each of them
// stands for is tested more widely under its S-number.
func TestConformance(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) func(*rig) {
		return func(r *rig) {
			r.op.EditIDToken = func(claims map[string]any) {
				delete(claims, "name")
				if claims[name] = value; value == nil {
					delete(claims, name)
				}
			}
		}
	}
	signed := func(alg, kid string, keys ...any) func(*rig) {
		return func(r *rig) {
			r.list(alg, "ES256")
			r.answers["keys"] = keySet(keys...)
			r.forge(func(payload []byte) string {
				return compact(strings.Replace(header(alg, kid), `,"kid":""`, "", 1), payload, alg, rsaKey())
			})
		}
	}
	rsa := publicJWK(rsaKey(), members{"kid": "k"})
	for module, tc := range map[string]struct {
		prepare func(*rig)
		why     string
	}{
		"oidcc-client-test":                                          {func(*rig) {}, ""},
		"oidcc-client-test-invalid-iss":                              {set("iss", issuer+"1"), otherIssuer},
		"oidcc-client-test-missing-sub":                              {set("sub", nil), badSubject},
		"oidcc-client-test-invalid-aud":                              {set("aud", "app1"), otherClient},
		"oidcc-client-test-missing-aud":                              {set("aud", nil), otherClient},
		"oidcc-client-test-missing-iat":                              {set("iat", nil), "iat is missing"},
		"oidcc-client-test-nonce-invalid":                            {set("nonce", "x"), wrongNonce},
		"oidcc-client-test-invalid-athash":                           {set("at_hash", "x"), wrongHash},
		"oidcc-client-test-idtoken-sig-rs256":                        {signed("RS256", "k", rsa), ""},
		"oidcc-client-test-kid-absent-single-jwks":                   {signed("RS256", "", rsa), ""},
		"oidcc-client-test-kid-absent-multiple-jwks":                 {signed("RS256", "", publicJWK(newEC(t, elliptic.P256()), nil), rsa), ""},
		"oidcc-client-test-invalid-sig-rs256":                        {signed("RS256", "w", publicJWK(weakRSAKey(), members{"kid": "w"}), rsa), noKey},
		"oidcc-client-test-idtoken-sig-none":                         {func(r *rig) { r.forge(unsigned) }, notSigned},
		"oidcc-client-test-invalid-chash":                            {set("c_hash", "x"), wrongCodeHash},
		"oidcc-client-test-userinfo-bearer-header":                   {func(r *rig) { r.answers["userinfo"] = bearerOnly }, ""},
		"oidcc-client-test-client-secret-basic":                      {func(*rig) {}, ""},
		"oidcc-client-test-discovery-openid-config":                  {func(*rig) {}, ""},
		"oidcc-client-test-discovery-jwks-uri-keys":                  {func(*rig) {}, ""},
		"oidcc-client-test-signing-key-rotation":                     {func(r *rig) { r.mustSignIn(); r.op.RotateKey(); r.op.DropOldKeys() }, ""},
		"oidcc-client-test-signing-key-rotation-just-before-signing": {func(r *rig) { r.mustSignIn(); r.rotateAtToken() }, ""},
	} {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			tc.prepare(r)
			checkSignIn(t, r, tc.why)
		})
	}
	t.Run("oidcc-client-test-userinfo-invalid-sub", func(t *testing.T) {
		t.Parallel()
		r := tokenRig(t)
		r.answers["userinfo"] = replyJSON(`{"sub":"alice1","name":"Alice"}`)
		id, err := r.signIn()
		refused(t, id, err, providers.ErrProfile, "somebody else")
	})
	t.Run("oidcc-client-test-userinfo-signed", func(t *testing.T) {
		t.Parallel()
		r := tokenRig(t, signedInfo)
		if id := r.mustSignIn(); id.User.Name != "Alice Example" || len(r.to("/userinfo")) != 1 {
			t.Fatalf("user %+v", id.User)
		}
	})
	t.Run("oidcc-client-test-scope-userinfo-claims", func(t *testing.T) {
		t.Parallel()
		r := tokenRig(t)
		if id := r.mustSignIn(); id.User.Name != "Alice Example" || id.User.Email != "alice@example.com" {
			t.Fatalf("user %+v", id.User)
		}
	})
	t.Run("oidcc-client-test-discovery-issuer-mismatch", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.describe(members{"issuer": issuer + "/invalid"})
		unusable(t, r, "another issuer")
	})
	for module, tc := range map[string]struct {
		prepare func(*rig)
		why     string
	}{
		"oidcc-client-test-refresh-token":                {func(*rig) {}, ""},
		"oidcc-client-test-refresh-token-invalid-issuer": {set("iss", issuer+"1"), otherIssuer},
		"oidcc-client-test-refresh-token-invalid-sub":    {set("sub", "alice1"), otherPerson},
		"oidcc-client-test-refresh-token-invalid-aud":    {set("aud", "app1"), otherClient},
		"oidcc-client-test-refresh-token-invalid-azp":    {set("azp", "app1"), wrongAZP},
	} {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			account := r.mustSignIn().Account
			tc.prepare(r)
			before := len(r.to("/userinfo"))
			if _, err := r.refresh(account); tc.why != "" {
				refused(t, nil, err, providers.ErrIdentityChanged, tc.why)
			} else if err != nil {
				t.Fatal(err)
			}
			if len(r.to("/userinfo")) != before {
				t.Error("user info was asked for")
			}
		})
	}
}

// What is not played, and why.
func TestConformanceNotPlayed(t *testing.T) {
	t.Parallel()
	const (
		notHybrid = "of the hybrid and implicit flows: the kit knows the code flow only, in which the claim may be missing"
		byPush    = "request objects are not sent: what they keep from the browser, pushed requests do (RFC 9126, TestS_56_PushedAuthorizationRequest)"
		webFinger = "issuers come from the configuration, never from what a person types in (S-124)"
		dynamic   = "clients are registered by people; the kit keeps nothing between two starts"
	)
	for module, why := range map[string]string{
		"oidcc-client-test-missing-athash":           notHybrid,
		"oidcc-client-test-missing-chash":            notHybrid,
		"oidcc-client-test-request-uri-signed-none":  byPush,
		"oidcc-client-test-request-uri-signed-rs256": byPush,
		"oidcc-client-test-discovery-webfinger-acct": webFinger,
		"oidcc-client-test-discovery-webfinger-url":  webFinger,
		"oidcc-client-test-dynamic-registration":     dynamic,
	} {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			t.Skip(why)
		})
	}
}

// All that the test server can do to the ID token of a sign-in: none of it lets
// anybody in, and none is followed by a request with its access token.
func TestMalformedIDTokens(t *testing.T) {
	t.Parallel()
	for _, m := range providertest.Malformed() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			m.Apply(r.op)
			checkSignIn(t, r, anyReason)
		})
	}
}

func unsigned(payload []byte) string { return compact(`{"alg":"none"}`, payload, "none", nil) }

// bearerOnly refuses an access token that stands anywhere but in the header.
func bearerOnly(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer at-") || r.URL.RawQuery != "" || r.Method != http.MethodGet {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	replyJSON(`{"sub":"alice","name":"Alice"}`)(w, r)
}

// rotateAtToken changes the key between the sign-in and its token.
func (r *rig) rotateAtToken() {
	r.op.Intercept = intercept(r.op.Intercept, "token", func(http.ResponseWriter, *http.Request) bool {
		r.op.RotateKey()
		r.op.DropOldKeys()
		return false
	})
}
