package providers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
)

func TestS_1_IssuerExact(t *testing.T) {
	runClaims(t, []claimCase{
		{"slash at the end", members{"iss": issuer + "/"}, otherIssuer},
		{"upper case", members{"iss": "https://OP.example.com"}, otherIssuer},
		{"port", members{"iss": issuer + ":443"}, otherIssuer},
		{"longer host", members{"iss": issuer + ".evil.example"}, otherIssuer},
		{"http", members{"iss": "http://op.example.com"}, otherIssuer},
		{"without scheme", members{"iss": "op.example.com"}, otherIssuer},
		{"missing", members{"iss": nil}, otherIssuer},
		{"empty", members{"iss": ""}, otherIssuer},
		{"null", members{"iss": null}, otherIssuer},
		{"number", members{"iss": 5}, unreadable},
		{"array", members{"iss": []string{issuer}}, unreadable},
		{"Google's, without scheme", members{"iss": "accounts.google.com"}, otherIssuer}, // S-2
	})
}

// CVE-2020-26160, CVE-2025-68129: an audience of another type or of somebody
// else.
func TestS_3_Audience(t *testing.T) {
	runClaims(t, []claimCase{
		{"missing", members{"aud": nil}, otherClient},
		{"null", members{"aud": null}, anyReason},
		{"empty", members{"aud": ""}, otherClient},
		{"empty array", members{"aud": []string{}}, otherClient},
		{"other", members{"aud": "other"}, otherClient},
		{"other in array", members{"aud": []string{"other"}}, otherClient},
		{"prefix", members{"aud": "ap"}, otherClient},
		{"longer", members{"aud": "app2"}, otherClient},
		{"upper case", members{"aud": "APP"}, otherClient},
		{"number", members{"aud": 5}, unreadable},
		{"object", members{"aud": map[string]any{"app": true}}, unreadable},
		{"array with a number", members{"aud": []any{"app", 5}}, anyReason},
		{"nested array", members{"aud": []any{[]string{"app"}}}, anyReason},
		{"array of one", members{"aud": []string{"app"}}, ""},
	})
}

func TestS_4_AuthorizedParty(t *testing.T) {
	two := []string{"app", "other"}
	runClaims(t, []claimCase{
		{"two audiences, no azp", members{"aud": two}, "it has several audiences and no azp"},
		{"two audiences, foreign azp", members{"aud": two, "azp": "other"}, wrongAZP},
		{"two audiences, own azp", members{"aud": two, "azp": "app"}, ""},
		{"foreign azp", members{"azp": "other"}, wrongAZP},
		{"empty azp", members{"azp": ""}, wrongAZP},
		{"azp null", members{"azp": null}, wrongAZP},
		{"azp number", members{"azp": 5}, wrongAZP},
		{"azp array", members{"azp": []string{"app"}}, wrongAZP},
		{"own azp", members{"azp": "app"}, ""},
	})
}

// A client id may hold characters that JSON can write in two ways.
func TestAuthorizedPartyIsComparedAsText(t *testing.T) {
	t.Parallel()
	const id = "https://app.example.com/?a=1&b=<2>"
	r := tokenRig(t, func(s *setup) {
		s.op.Clients = append(s.op.Clients, testClient(id, "secret"))
		s.config.ClientID = id
	})
	r.forge(func(payload []byte) string {
		raw := strings.Replace(string(payload), `{`, `{"azp":"https:\/\/app.example.com\/?a=1&b=<2>",`, 1)
		key := r.op.SigningKey()
		return compact(header("ES256", key.KeyID), []byte(raw), "ES256", key.Key)
	})
	checkSignIn(t, r, "")
}

func TestS_5_Subject(t *testing.T) {
	runClaims(t, []claimCase{
		{"missing", members{"sub": nil}, badSubject},
		{"empty", members{"sub": ""}, badSubject},
		{"256 characters", members{"sub": strings.Repeat("a", 256)}, badSubject},
		{"not ASCII", members{"sub": "alicé"}, badSubject},
		{"line break", members{"sub": "ali\nce"}, badSubject},
		{"NUL", members{"sub": "ali\x00ce"}, badSubject},
		{"DEL", members{"sub": "ali\x7fce"}, badSubject},
		{"null", members{"sub": null}, wrongType},
		{"number", members{"sub": 5}, unreadable},
		{"boolean", members{"sub": true}, unreadable},
		{"array", members{"sub": []string{"alice"}}, unreadable},
	})
}

// The longest subject that the specification allows gets in.
func TestS_5_LongestSubject(t *testing.T) {
	t.Parallel()
	sub := strings.Repeat("a", 255)
	r := newRig(t)
	r.op.EditIDToken = func(claims map[string]any) { claims["sub"] = sub }
	if id := r.mustSignIn(); id.User.ID != sub || id.Account.ID != sub {
		t.Fatalf("id %q, account %q", id.User.ID, id.Account.ID)
	}
}

func TestS_6_Nonce(t *testing.T) {
	runClaims(t, []claimCase{
		{"missing", members{"nonce": nil}, wrongNonce},
		{"empty", members{"nonce": ""}, wrongNonce},
		{"null", members{"nonce": null}, anyReason},
		{"other", members{"nonce": "nonce-of-somebody-else"}, wrongNonce},
		{"number", members{"nonce": 5}, unreadable},
		{"array", members{"nonce": []string{"nonce"}}, unreadable},
	})
}

func TestS_6_NonceOfAnotherTab(t *testing.T) {
	t.Parallel()
	r := tokenRig(t)
	first, second := r.callback(newRequest()), r.callback(newRequest())
	first.Nonce = second.Nonce
	checkExchange(t, r, first, wrongNonce)
	checkExchange(t, r, second, "")
}

// A transaction that lost its nonce is not a reason to leave out the check.
// CVE-2023-27490.
func TestS_6_NoNonceInTransaction(t *testing.T) {
	t.Parallel()
	r := tokenRig(t)
	r.op.EditIDToken = func(claims map[string]any) { delete(claims, "nonce") }
	cb := r.callback(newRequest())
	cb.Nonce = ""
	id, err := r.exchange(cb)
	refused(t, id, err, providers.ErrCallback, "no nonce")
}

func TestS_6_NonceIsSent(t *testing.T) {
	t.Parallel()
	req := newRequest()
	if got := newRig(t).authorize(req).Query()["nonce"]; len(got) != 1 || got[0] != req.Nonce {
		t.Fatalf("nonce %q", got)
	}
}

// The token's own idea of time that cannot be right. The edges are in
// TestS_10_ClockSkew.
func TestS_7_Expiry(t *testing.T) {
	runClaims(t, []claimCase{
		{"missing", members{"exp": nil}, expired},
		{"null", members{"exp": null}, anyReason},
		{"zero", members{"exp": 0}, expired},
		{"negative", members{"exp": -1}, anyReason},
		{"1e300", members{"exp": 1e300}, anyReason},
		{"after the year 9999", members{"exp": int64(253402300800)}, wrongType},
		{"text", members{"exp": "abc"}, unreadable},
		{"digits in text", members{"exp": "4102444800"}, anyReason},
		{"boolean", members{"exp": true}, unreadable},
	})
}

func TestS_8_IssuedAtPresent(t *testing.T) {
	runClaims(t, []claimCase{
		{"missing", members{"iat": nil}, "iat is missing"},
		{"null", members{"iat": null}, anyReason},
		{"text", members{"iat": "abc"}, unreadable},
		{"negative", members{"iat": -1}, wrongType},
	})
}

// One minute of difference between the clocks is allowed, for exp, iat and nbf
// alike; and an ID token is at most ten minutes old (S-9).
func TestS_10_ClockSkew(t *testing.T) {
	const future, old = "it was issued in the future", "it was issued too long ago"
	outcomes := map[string]map[int]string{
		"exp": {-301: expired, -300: expired, -61: expired, -60: "", 0: "", 60: "", 61: "", 301: ""},
		"iat": {-3600: old, -601: old, -600: "", -301: "", -300: "", -61: "", -60: "", 0: "", 60: "", 61: future, 301: future},
		"nbf": {-301: "", -300: "", -61: "", -60: "", 0: "", 60: "", 61: future, 301: anyReason},
	}
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of every virtual clock
	var cases []claimCase
	for claim, offsets := range outcomes {
		for offset, why := range offsets {
			cases = append(cases, claimCase{
				fmt.Sprintf("%s %+d s", claim, offset), members{claim: start.Add(time.Duration(offset) * time.Second).Unix()}, why,
			})
		}
	}
	runClaims(t, cases)
}

// What encoding/json, and so go-oidc, would read as the claim itself.
func TestS_15_ClaimNamesExact(t *testing.T) {
	runClaims(t, []claimCase{
		{"SUB", members{"SUB": "bob"}, lookAlike},
		{"Aud", members{"aud": "other", "Aud": "app"}, lookAlike},
		{"ISS", members{"iss": "https://evil.example", "ISS": issuer}, lookAlike},
		{"Nonce", members{"Nonce": "x"}, lookAlike},
		{"EXP", members{"EXP": 9999999999}, lookAlike},
		{"Email_Verified", members{"email_verified": false, "Email_Verified": true}, lookAlike},
		{"long s", members{"ſub": "bob"}, lookAlike}, // U+017F folds to s
	})
}

func TestS_15_DuplicateClaims(t *testing.T) {
	t.Parallel()
	for _, twice := range []string{
		`"sub":"bob"`, `"aud":"app"`, `"iss":"` + issuer + `"`, `"email_verified":true`, `"nonce":"x"`, `"exp":9999999999`, `"s\u0075b":"bob"`,
	} {
		t.Run(twice, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			key := r.op.SigningKey()
			r.forge(func(payload []byte) string {
				raw := strings.TrimSuffix(string(payload), "}") + "," + twice + "}"
				return compact(header("ES256", key.KeyID), []byte(raw), "ES256", key.Key)
			})
			checkSignIn(t, r, "a member name stands twice")
		})
	}
}

func TestS_16_AccessTokenHash(t *testing.T) {
	runClaims(t, []claimCase{
		{"absent", members{"at_hash": nil}, ""},
		{"of another token", members{"at_hash": hashOf("another", "ES256")}, wrongHash},
		{"empty", members{"at_hash": ""}, wrongHash},
		{"null", members{"at_hash": null}, wrongHash},
		{"number", members{"at_hash": 5}, unreadable},
	})
}

// A substituted access token is found out by the signed hash.
func TestS_16_SubstitutedAccessToken(t *testing.T) {
	t.Parallel()
	r := tokenRig(t)
	r.op.EditTokens = func(answer map[string]any) { answer["access_token"] = "at-of-somebody-else" }
	checkSignIn(t, r, wrongHash)
}

// The claims of an ID token are checked as strictly as any JSON (S-136, S-137).
func TestIDTokenPayloadIsStrict(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"array":        `[]`,
		"null":         `null`,
		"empty":        ``,
		"text":         `"alice"`,
		"two objects":  `{}{}`,
		"deep":         `{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
		"out of range": `{"x":1e400}`,
		"bad UTF-8":    "{\"x\":\"\xff\"}",
		"surrogate":    `{"x":"\ud800"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			key := r.op.SigningKey()
			r.forge(func([]byte) string { return compact(header("ES256", key.KeyID), []byte(payload), "ES256", key.Key) })
			checkSignIn(t, r, "malformed JSON")
		})
	}
}

// S-38: claims that are said to be elsewhere are not fetched from there.
func TestS_38_DistributedClaims(t *testing.T) {
	t.Parallel()
	r := tokenRig(t)
	r.op.EditIDToken = func(claims map[string]any) {
		delete(claims, "name")
		claims["_claim_names"] = map[string]string{"name": "elsewhere"}
		claims["_claim_sources"] = map[string]any{"elsewhere": map[string]string{"endpoint": "https://canary.example/name", "access_token": "x"}}
	}
	checkSignIn(t, r, "")
	if n := r.strangers("op.example.com"); n != 0 {
		t.Fatalf("%d requests to another host", n)
	}
}
