package providers_test

import (
	"context"
	"crypto/elliptic"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// verifyLogout gives a logout token to the provider of the kit.
func (r *rig) verifyLogout(logoutToken string) (providers.LogoutNotice, error) {
	return r.p.(providers.LogoutVerifier).VerifyLogout(r.ctx(), logoutToken)
}

// logoutToken is a logout token of the server with these changes; nil removes a
// claim.
func (r *rig) logoutToken(set members) string {
	return r.op.LogoutToken(func(claims map[string]any) {
		for name, value := range set {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
			if value == null {
				claims[name] = nil
			}
		}
	})
}

// checkLogoutToken checks that a logout token is refused for this reason, or
// accepted if there is none.
func checkLogoutToken(t testing.TB, r *rig, logoutToken, why string) {
	t.Helper()
	notice, err := r.verifyLogout(logoutToken)
	if why == "" {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	if why == anyReason {
		why = ""
	}
	refused(t, nil, err, providers.ErrLogoutToken, why)
	if errors.Is(err, providers.ErrIDToken) || notice != (providers.LogoutNotice{}) {
		t.Fatalf("%+v, %v", notice, err)
	}
}

// runLogout checks logout tokens with these changes, each on a virtual clock that
// stands still.
func runLogout(t *testing.T, cases []claimCase) {
	t.Helper()
	t.Parallel()
	for _, tc := range append(cases, claimCase{name: "nothing changed"}) {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				checkLogoutToken(t, r, r.logoutToken(tc.set), tc.why)
			})
		})
	}
}

// S-157, S-39: the notice names the session that the sign-in started.
func TestS_157_LogoutNotice(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		account := r.mustSignIn().Account
		for name, tc := range map[string]struct {
			set  members
			want providers.LogoutNotice
		}{
			"both":        {nil, providers.LogoutNotice{Subject: account.ID, SessionID: account.SessionID}},
			"person only": {members{"sid": nil}, providers.LogoutNotice{Subject: account.ID}},
			"session":     {members{"sub": nil}, providers.LogoutNotice{SessionID: account.SessionID}},
		} {
			set := members{"jti": "the-jti"}
			for claim, value := range tc.set {
				set[claim] = value
			}
			got, err := r.verifyLogout(r.logoutToken(set))
			tc.want.ID, tc.want.IssuedAt = "the-jti", time.Now()
			if err != nil || !got.IssuedAt.Equal(tc.want.IssuedAt) {
				t.Fatalf("%s: %+v, %v", name, got, err)
			}
			if got.IssuedAt = tc.want.IssuedAt; got != tc.want {
				t.Errorf("%s: %+v, want %+v", name, got, tc.want)
			}
		}
		if account.SessionID == "" {
			t.Error("the account has no session id")
		}
	})
}

// The modules of the OpenID Foundation's suite for back-channel logout, under
// their names there.
func TestS_157_Conformance(t *testing.T) {
	t.Parallel()
	for module, tc := range map[string]struct {
		forge func(r *rig) string
		why   string
	}{
		"oidcc-client-test-rp-backchannel-rpinitlogout": {func(r *rig) string { return r.logoutToken(nil) }, ""},
		"oidcc-client-test-rp-backchannel-rpinitlogout-alg-none": {func(r *rig) string {
			return unsigned(payloadOf(r.logoutToken(nil)))
		}, notSigned},
		"oidcc-client-test-rp-backchannel-rpinitlogout-no-event": {func(r *rig) string {
			return r.logoutToken(members{"events": nil})
		}, notLogout},
		"oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce": {func(r *rig) string {
			return r.logoutToken(members{"nonce": "n"})
		}, "it has a nonce"},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg": {func(r *rig) string {
			return compact(header("HS256", ""), payloadOf(r.logoutToken(nil)), "HS256", []byte("secret"))
		}, notSigned},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud": {func(r *rig) string {
			return r.logoutToken(members{"aud": "app1"})
		}, otherClient},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event": {func(r *rig) string {
			return r.logoutToken(members{"events": members{"http://schemas.openid.net/event/backchannel": members{}}})
		}, notLogout},
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss": {func(r *rig) string {
			return r.logoutToken(members{"iss": issuer + "1"})
		}, otherIssuer},
	} {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			checkLogoutToken(t, r, tc.forge(r), tc.why)
		})
	}
}

const notLogout = "events is not that of a logout alone"

// All that the test server can do to a logout token.
func TestS_157_Malformed(t *testing.T) {
	t.Parallel()
	for _, m := range providertest.MalformedLogout() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.mustSignIn()
			good := r.op.LogoutToken(nil)
			checkLogoutToken(t, r, good, "")
			checkLogoutToken(t, r, m.Edit(r.op, good), anyReason)
		})
	}
}

func TestS_157_Claims(t *testing.T) {
	event := func(value any) members { return members{"events": members{logoutEvent: value}} }
	runLogout(t, []claimCase{
		{"event with content", event(members{"reason": "idle"}), ""},
		{"event null", event(nil), notLogout},
		{"event text", event("{}"), notLogout},
		{"event array", event([]any{}), notLogout},
		{"two events", members{"events": members{logoutEvent: members{}, "urn:x": members{}}}, notLogout},
		{"events null", members{"events": null}, notLogout},
		{"Events", members{"events": nil, "Events": members{logoutEvent: members{}}}, notLogout},
		{"nonce empty", members{"nonce": ""}, "it has a nonce"},
		{"nonce null", members{"nonce": null}, anyReason},
		{"Nonce", members{"Nonce": "x"}, lookAlike},
		{"SID", members{"sid": nil, "SID": "x"}, lookAlike},
		{"no sub, no sid", members{"sub": nil, "sid": nil}, "it names neither a person nor a session"},
		{"sub too long", members{"sub": strings.Repeat("a", 256)}, "sub or sid is not usable"},
		{"sub with a line break", members{"sub": "a\nb"}, "sub or sid is not usable"},
		{"sid a number", members{"sid": 5}, "sub or sid is not usable"},
		{"sid null", members{"sid": null}, "sub or sid is not usable"},
		{"sid empty", members{"sid": ""}, "sub or sid is not usable"},
		{"jti missing", members{"jti": nil}, "jti is missing"},
		{"jti empty", members{"jti": ""}, "jti is missing"},
		{"jti a number", members{"jti": 5}, anyReason},
		{"iss missing", members{"iss": nil}, otherIssuer},
		{"aud missing", members{"aud": nil}, otherClient},
		{"aud of one", members{"aud": []string{"app"}}, ""},
		{"two aud, no azp", members{"aud": []string{"app", "other"}}, "it has several audiences and no azp"},
		{"two aud, own azp", members{"aud": []string{"app", "other"}, "azp": "app"}, ""},
		{"foreign azp", members{"azp": "other"}, wrongAZP},
		{"further claims", members{"trace_id": "x", "name": "Alice"}, ""},
	})
}

// A minute of difference between the clocks, ten minutes of age, and no exp where
// the provider is older than that rule.
func TestS_157_Times(t *testing.T) {
	const future, old = "it was issued in the future", "it was issued too long ago"
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of every virtual clock
	cases := []claimCase{
		{"exp missing", members{"exp": nil}, ""},
		{"exp missing and old", members{"exp": nil, "iat": start.Add(-601 * time.Second).Unix()}, old},
		{"exp null", members{"exp": null}, anyReason},
		{"exp a text", members{"exp": "tomorrow"}, anyReason},
		{"exp zero", members{"exp": 0}, expired},
		{"exp far away", members{"exp": start.Add(24 * time.Hour).Unix()}, ""},
		{"iat missing", members{"iat": nil}, "iat is missing"},
		{"iat a text", members{"iat": "now"}, anyReason},
	}
	for claim, offsets := range map[string]map[int]string{
		"exp": {-301: expired, -61: expired, -60: "", 0: "", 60: ""},
		"iat": {-3600: old, -601: old, -600: "", -61: "", 0: "", 60: "", 61: future, 301: future},
		"nbf": {-301: "", 60: "", 61: future, 301: future},
	} {
		for offset, why := range offsets {
			cases = append(cases, claimCase{
				fmt.Sprintf("%s %+d s", claim, offset), members{claim: start.Add(time.Duration(offset) * time.Second).Unix()}, why,
			})
		}
	}
	runLogout(t, cases)
}

// S-36, the other way round: a logout token is no token of another kind.
func TestS_36_TypeOfLogoutTokens(t *testing.T) {
	t.Parallel()
	const other = "it is a token of another type"
	for typ, why := range map[string]string{
		`"logout+jwt"`: "", `"LOGOUT+JWT"`: "", `"application/logout+jwt"`: "", `"JWT"`: "", `"jwt"`: "", ``: "",
		`"at+jwt"`: other, `"application/at+jwt"`: other, `"dpop+jwt"`: other, `"secevent+jwt"`: other, `"x"`: other, `""`: other,
		`5`: other, `null`: "", `["logout+jwt"]`: other,
	} {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			key := r.op.SigningKey()
			head := fmt.Sprintf(`{"alg":"ES256","kid":%q,"typ":%s}`, key.KeyID, typ)
			if typ == "" {
				head = header("ES256", key.KeyID)
			}
			checkLogoutToken(t, r, compact(head, payloadOf(r.logoutToken(nil)), "ES256", key.Key), why)
		})
	}
}

// The size is bounded before anything is decoded.
func TestS_157_Size(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	checkLogoutToken(t, r, r.logoutToken(members{"pad": strings.Repeat("x", 20<<10)}), "")
	checkLogoutToken(t, r, r.logoutToken(members{"pad": strings.Repeat("x", 32<<10)}), "it is too long")
	checkLogoutToken(t, r, "", "there is none")
	checkLogoutToken(t, r, strings.Repeat(".", 1<<20), "it is too long")
	checkLogoutToken(t, r, "a.b.c.d.e", "encrypted ones are not supported")
}

// While the keys are out of reach nobody can tell whether the token is good: that
// is not the token's fault, and the provider may try again.
func TestS_157_KeysOutOfReach(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		logoutToken := r.logoutToken(nil)
		r.op.Fail("keys", providertest.Fault{Status: 503, Times: providertest.Always})
		_, err := r.verifyLogout(logoutToken)
		refused(t, nil, err, providers.ErrUnavailable, "keys")
		r.op.Heal("keys")
		time.Sleep(10 * time.Second)
		checkLogoutToken(t, r, logoutToken, "")

		r.op.RotateKey() // a token of a new key makes the keys be fetched anew
		time.Sleep(time.Minute)
		checkLogoutToken(t, r, r.logoutToken(nil), "")
		before := r.op.Count("keys")
		for range 100 { // and tokens of unknown keys do not, over and over (S-21)
			checkLogoutToken(t, r, signWith(newEC(t, elliptic.P256()), "unknown")(payloadOf(logoutToken)), noKey)
		}
		if n := r.op.Count("keys") - before; n > 1 {
			t.Errorf("%d fetches of the keys", n)
		}
	})
	t.Run("no metadata", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.op.Fail(providertest.Everywhere, providertest.Fault{Refuse: true})
		_, err := r.verifyLogout(r.logoutToken(nil))
		refused(t, nil, err, providers.ErrUnavailable, "discovery")
	})
}

// A provider that stands for many tenants signs people out of those that are let
// in, and of no others.
func TestS_157_Tenants(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *setup) {
		s.config.Issuer = issuer + "/{tenantid}"
		s.config.DiscoveryURL = issuer + "/.well-known/openid-configuration"
		s.config.Tenants = []string{"a", "b"}
	})
	r.describe(members{"issuer": issuer + "/{tenantid}"})
	checkLogoutToken(t, r, r.logoutToken(members{"iss": issuer + "/a"}), "")
	for _, iss := range []any{issuer + "/c", issuer + "/", issuer, issuer + "/{tenantid}", nil, ""} {
		checkLogoutToken(t, r, r.logoutToken(members{"iss": iss}), otherIssuer)
	}
}

// S-141: what is wrong with a logout token is told without what it says.
func TestS_141_LogoutTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, set := range []members{
		{"iss": "https://canary.example"}, {"aud": "canary"}, {"sub": "canary\n"}, {"events": "canary"}, {"nonce": "canary"}, {"azp": "canary"}, {"exp": "canary"},
	} {
		set["jti"] = "canary"
		_, err := r.verifyLogout(r.logoutToken(set))
		noCanary(t, err)
	}
	_, err := r.verifyLogout("canary.canary.canary")
	noCanary(t, err)
}

// A caller who gives up gets an error of the kit.
func TestVerifyLogoutCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := newRig(t)
	_, err := r.p.(providers.LogoutVerifier).VerifyLogout(r.context(ctx), "a.b.c")
	refused(t, nil, err, providers.ErrUnavailable, "")
}
