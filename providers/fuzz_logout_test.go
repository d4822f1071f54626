package providers_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
)

// FuzzLogoutToken gives any text as a logout token, and signs any claims as one. What
// is accepted the key has signed, and says what section 2.6 of OpenID Connect
// Back-Channel Logout 1.0 asks for.
func FuzzLogoutToken(f *testing.F) {
	key := fuzzKey()
	keys := []byte(toJSON(members{"keys": []any{publicJWK(key, members{"kid": "k"})}}))
	now := time.Now().Unix()
	const typ = `{"alg":"ES256","kid":"k","typ":"logout+jwt"}`
	base := toJSON(members{"iss": issuer, "aud": "app", "sub": "alice", "sid": "s", "jti": "j", "iat": now, "exp": now + 120, "events": members{logoutEvent: members{}}})
	good := compact(typ, []byte(base), "ES256", key)
	for _, raw := range []string{good, "", "..", good + "=", " " + good, good[:len(good)-1], compact(`{"alg":"none"}`, []byte(base), "none", nil), compact(header("HS256", "k"), []byte(base), "HS256", []byte("secret")), compact(`{"alg":"ES256","kid":"k","typ":"JWT"}`, []byte(base), "ES256", key)} {
		f.Add(raw, []byte(nil))
	}
	for _, set := range []members{
		{}, {"nonce": "x"}, {"nonce": null}, {"sub": nil}, {"sid": nil}, {"sub": nil, "sid": nil}, {"sub": ""}, {"sid": ""}, {"sid": 5}, {"jti": nil}, {"iat": nil}, {"exp": nil}, {"exp": now - 600}, {"iat": now - 3600}, {"iat": now + 3600},
		{"iss": "https://evil.example"}, {"aud": "other"}, {"aud": []string{"app", "other"}}, {"aud": []string{"app"}}, {"azp": "other"}, {"events": nil}, {"events": members{}}, {"events": members{logoutEvent: members{}, "x": members{}}}, {"events": members{logoutEvent: 5}}, {"events": []string{logoutEvent}},
	} {
		f.Add("", edited([]byte(base), set))
	}
	f.Add("", []byte(strings.Replace(base, `"sub"`, `"SUB"`, 1)))
	f.Add("", []byte(strings.Replace(base, `"sid":"s"`, `"sid":"s","sid":"t"`, 1)))
	p, w := fuzzRig(f, "", nil, providers.WithKeys(keys))
	if _, err := p.(providers.LogoutVerifier).VerifyLogout(w.context(f.Context()), good); err != nil {
		f.Fatalf("a good one is refused, so nothing would be found: %v", err)
	}
	f.Fuzz(func(t *testing.T, raw string, payload []byte) {
		if raw == "" {
			raw = compact(typ, payload, "ES256", key)
		}
		p, w := fuzzRig(t, "", nil, providers.WithKeys(keys))
		notice, err := p.(providers.LogoutVerifier).VerifyLogout(w.context(t.Context()), raw)
		if len(w.sent) != 0 {
			t.Fatal("it made something be fetched")
		}
		if err != nil {
			if notice != (providers.LogoutNotice{}) || !errors.Is(err, providers.ErrLogoutToken) {
				t.Fatalf("%+v, %v", notice, err)
			}
			checkFuzzError(t, err, []byte(raw))
			return
		}
		var said map[string]any // names of members are exact in it
		if err := json.Unmarshal(payloadOf(raw), &said); err != nil {
			t.Fatalf("accepted: %q: %v", raw, err)
		}
		_, hasNonce := said["nonce"]
		events, _ := said["events"].(map[string]any)
		sub, _ := said["sub"].(string)
		sid, _ := said["sid"].(string)
		iat, _ := said["iat"].(float64)
		age := time.Since(time.Unix(int64(iat), 0))
		switch {
		case said["iss"] != issuer, !strings.Contains(toJSON(said["aud"]), `"app"`), hasNonce, said["jti"] != notice.ID || notice.ID == "",
			sub == "" && sid == "", sub != notice.Subject, sid != notice.SessionID, len(events) != 1 || events[logoutEvent] == nil,
			age > 12*time.Minute || age < -2*time.Minute:
			t.Fatalf("accepted: %s", payloadOf(raw))
		}
		if exp, ok := said["exp"].(float64); ok && time.Since(time.Unix(int64(exp), 0)) > 2*time.Minute {
			t.Fatalf("accepted after its end: %s", payloadOf(raw))
		}
	})
}
