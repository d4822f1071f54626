package providers_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

func TestS_34_EncryptedIDToken(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"JWE":      `eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA`,
		"JWE, dir": `eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA`,
		"one part": "AAAA",
		"two":      "AAAA.AAAA",
		"dots":     strings.Repeat(".", 30000), // CVE-2025-27144, CVE-2025-30204, CVE-2025-22868
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.forge(func([]byte) string { return raw })
			checkSignIn(t, r, "it is not a signed token; encrypted ones are not supported")
		})
	}
}

// Forms of JWS that are no ID token, each with a good signature: CVE-2016-9122
// and RFC 7797.
func TestS_35_OtherSerialisations(t *testing.T) {
	t.Parallel()
	flat := func(s string) string {
		p := strings.Split(s, ".")
		return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q,"x":".."}`, p[0], p[1], p[2])
	}
	general := func(s string) string {
		p := strings.Split(s, ".")
		one := fmt.Sprintf(`{"protected":%q,"signature":%q}`, p[0], p[2])
		return fmt.Sprintf(`{"payload":%q,"signatures":[%s,%s],"x":".."}`, p[1], one, one)
	}
	unencoded := func(payload []byte, key any, kid string) string {
		head := b64(fmt.Appendf(nil, `{"alg":"ES256","kid":%q,"b64":false,"crit":["b64"]}`, kid))
		digest := sha256.Sum256([]byte(head + "." + string(payload)))
		r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return head + "." + b64(payload) + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	for name, f := range map[string]func(payload []byte, key any, kid string) string{
		"flat JSON": func(payload []byte, key any, kid string) string {
			return flat(compact(header("ES256", kid), payload, "ES256", key))
		},
		"general JSON, two signatures": func(payload []byte, key any, kid string) string {
			return general(compact(header("ES256", kid), payload, "ES256", key))
		},
		"b64 false": unencoded,
		"b64 true": func(payload []byte, key any, kid string) string {
			return compact(fmt.Sprintf(`{"alg":"ES256","kid":%q,"b64":true,"crit":["b64"]}`, kid), payload, "ES256", key)
		},
		"crit": func(payload []byte, key any, kid string) string {
			return compact(fmt.Sprintf(`{"alg":"ES256","kid":%q,"crit":["x"],"x":1}`, kid), payload, "ES256", key)
		},
		"empty crit": func(payload []byte, key any, kid string) string {
			return compact(fmt.Sprintf(`{"alg":"ES256","kid":%q,"crit":[]}`, kid), payload, "ES256", key)
		},
		"detached": func(payload []byte, key any, kid string) string {
			p := strings.Split(compact(header("ES256", kid), payload, "ES256", key), ".")
			return p[0] + ".." + p[2]
		},
		"header twice": func(payload []byte, key any, kid string) string {
			return compact(fmt.Sprintf(`{"alg":"none","alg":"ES256","kid":%q}`, kid), payload, "ES256", key)
		},
		"spaces": func(payload []byte, key any, kid string) string {
			return " " + compact(header("ES256", kid), payload, "ES256", key)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			key := r.op.SigningKey()
			r.forge(func(payload []byte) string { return f(payload, key.Key, key.KeyID) })
			checkSignIn(t, r, anyReason)
		})
	}
}

// Tokens of other kinds that the same provider signs for the same client.
func TestS_36_TokenType(t *testing.T) {
	t.Parallel()
	const other = "it is a token of another type"
	for typ, why := range map[string]string{
		"at+jwt": other, "AT+JWT": other, "application/at+jwt": other, "Application/AT+JWT": other,
		"logout+jwt": other, "dpop+jwt": other, "secevent+jwt": other,
		"JWT": "", "jwt": "", "application/jwt": "", "": "",
	} {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			key := r.op.SigningKey()
			r.forge(func(payload []byte) string {
				return compact(fmt.Sprintf(`{"alg":"ES256","kid":%q,"typ":%q}`, key.KeyID, typ), payload, "ES256", key.Key)
			})
			checkSignIn(t, r, why)
		})
	}
}

// Tokens have a size that cookies and headers can hold.
func TestS_37_TokenSizes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit func(answer map[string]any)
		ok   bool
	}{
		"ID token of 33 KiB":  {func(a map[string]any) { a["id_token"] = strings.Repeat("a", 33<<10) }, false},
		"access token":        {func(a map[string]any) { a["access_token"] = strings.Repeat("a", 16<<10+1) }, false},
		"refresh token":       {func(a map[string]any) { a["refresh_token"] = strings.Repeat("a", 16<<10+1) }, false},
		"just within":         {func(a map[string]any) { a["refresh_token"] = strings.Repeat("a", 16<<10) }, true},
		"ID token is missing": {func(a map[string]any) { delete(a, "id_token") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.op.EditTokens = tc.edit
			id, err := r.signIn()
			if tc.ok {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			kind, why := providers.ErrResponse, "a token is missing, too long"
			if strings.HasSuffix(name, "missing") {
				kind, why = providers.ErrIDToken, "there is none"
			}
			refused(t, id, err, kind, why)
			if len(r.to("/userinfo")) != 0 {
				t.Fatal("user info was asked for")
			}
		})
	}
}
