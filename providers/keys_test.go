package providers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// Without a kid, up to four keys that suit the algorithm are tried. Keys of
// other kinds do not count.
func TestS_18_NoKeyID(t *testing.T) {
	t.Parallel()
	good := newEC(t, elliptic.P256())
	for count, why := range map[int]string{1: "", 2: "", 4: "", 5: "it names no key, and there are too many to try", 40: "too many"} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			t.Parallel()
			jwks := []any{publicJWK(rsaKey(), members{"kid": "rsa"}), publicJWK(newEd(t), members{"kid": "ed"})}
			for i := range count - 1 {
				jwks = append(jwks, publicJWK(newEC(t, elliptic.P256()), members{"kid": fmt.Sprint(i)}))
			}
			r := tokenRig(t)
			r.answers["keys"] = keySet(append(jwks, publicJWK(good, members{"kid": "good"}))...)
			r.forge(func(payload []byte) string { return compact(`{"alg":"ES256"}`, payload, "ES256", good) })
			checkSignIn(t, r, why)
		})
	}
}

// Two keys may share a kid, for example one of each kind.
func TestS_18_SameKeyID(t *testing.T) {
	t.Parallel()
	good := newEC(t, elliptic.P256())
	r := tokenRig(t)
	r.answers["keys"] = keySet(publicJWK(rsaKey(), members{"kid": "k"}),
		publicJWK(newEC(t, elliptic.P256()), members{"kid": "k"}), publicJWK(good, members{"kid": "k"}))
	r.forge(func(payload []byte) string { return compact(header("ES256", "k"), payload, "ES256", good) })
	checkSignIn(t, r, "")
}

// Key material in the token's header is neither used nor fetched: CVE-2018-0114.
func TestS_19_KeysInTheHeader(t *testing.T) {
	t.Parallel()
	mine := newEC(t, elliptic.P256())
	jwk := toJSON(publicJWK(mine, members{"kid": "mine"}))
	for name, extra := range map[string]string{
		"jwk":              `"jwk":` + jwk,
		"jwk of known kid": `"kid":"KID","jwk":` + jwk,
		"jku":              `"jku":"https://canary.example/keys","kid":"mine"`,
		"jku of known kid": `"jku":"https://canary.example/keys","kid":"KID"`,
		"x5u":              `"x5u":"https://canary.example/cert","kid":"mine"`,
		"x5c":              `"x5c":["` + base64.StdEncoding.EncodeToString([]byte("a certificate")) + `"]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.forge(func(payload []byte) string {
				head := `{"alg":"ES256",` + strings.ReplaceAll(extra, "KID", r.op.SigningKey().KeyID) + `}`
				return compact(head, payload, "ES256", mine)
			})
			checkSignIn(t, r, anyReason)
			if n := r.strangers("op.example.com"); n != 0 {
				t.Fatalf("%d requests to another host", n)
			}
		})
	}
}

// An odd key is left out, and the others still work. A token that the odd key
// signed is refused. Invalid curve points: CVE-2016-9121.
func TestS_20_OddKeys(t *testing.T) {
	t.Parallel()
	good, other := newEC(t, elliptic.P256()), newEC(t, elliptic.P256())
	for name, tc := range map[string]struct {
		jwk any
		alg string
		key any // that belongs to jwk
	}{
		"RSA of 1024 bits":   {publicJWK(weakRSAKey(), members{"kid": "odd"}), "RS256", weakRSAKey()},
		"for encryption":     {publicJWK(other, members{"kid": "odd", "use": "enc"}), "ES256", other},
		"not for verifying":  {publicJWK(other, members{"kid": "odd", "key_ops": []string{"encrypt"}}), "ES256", other},
		"with private half":  {privateJWK(t, other, "odd"), "ES256", other},
		"unknown type":       {members{"kty": "AKP", "alg": "ML-DSA-44", "kid": "odd", "pub": "AAAA"}, "", nil},
		"unknown curve":      {members{"kty": "EC", "crv": "secp256k1", "kid": "odd", "x": "AAAA", "y": "AAAA"}, "", nil},
		"X25519":             {members{"kty": "OKP", "crv": "X25519", "kid": "odd", "x": b64(make([]byte, 32))}, "", nil},
		"symmetric":          {members{"kty": "oct", "k": b64([]byte("secret")), "kid": "odd"}, "HS256", []byte("secret")},
		"RSA of 512 bits":    {members{"kty": "RSA", "n": b64([]byte(strings.Repeat("\xff", 64))), "e": "AQAB", "kid": "odd"}, "", nil},
		"point not on curve": {members{"kty": "EC", "crv": "P-256", "kid": "odd", "x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))}, "", nil},
		"no members":         {members{}, "", nil},
		"kty is a number":    {members{"kty": 5}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.list("ES256", "RS256", "HS256")
			r.answers["keys"] = keySet(tc.jwk, publicJWK(good, members{"kid": "good", "key_ops": []string{"verify"}}))
			r.forge(func(payload []byte) string { return compact(header("ES256", "good"), payload, "ES256", good) })
			checkSignIn(t, r, "")
			if tc.alg == "" {
				return
			}
			r.forge(func(payload []byte) string { return compact(header(tc.alg, "odd"), payload, tc.alg, tc.key) })
			checkSignIn(t, r, anyReason)
		})
	}
}

func privateJWK(t testing.TB, key *ecdsa.PrivateKey, kid string) map[string]any {
	t.Helper()
	d, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return publicJWK(key, members{"kid": kid, "d": b64(d)})
}

// The key set itself may be odd. Nothing of it is taken then.
func TestKeySetAnswers(t *testing.T) {
	t.Parallel()
	good := newEC(t, elliptic.P256())
	jwk := publicJWK(good, members{"kid": "k"})
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   error
		why    string
	}{
		"content type of JWKS":   {reply(200, "application/jwk-set+json", toJSON(map[string]any{"keys": []any{jwk}})), nil, ""},
		"no content type":        {reply(200, "", toJSON(map[string]any{"keys": []any{jwk}})), nil, ""},
		"empty":                  {keySet(), providers.ErrResponse, "it has no usable key"},
		"only private keys":      {keySet(privateJWK(t, good, "k")), providers.ErrResponse, "it has no usable key"},
		"no keys member":         {replyJSON(`{}`), providers.ErrResponse, "it has no usable key"},
		"keys is an object":      {replyJSON(`{"keys":{}}`), providers.ErrResponse, "it has no usable key"},
		"Keys":                   {replyJSON(toJSON(map[string]any{"Keys": []any{jwk}})), providers.ErrResponse, "it has no usable key"},
		"two keys members":       {replyJSON(`{"keys":[],"keys":[` + toJSON(jwk) + `]}`), providers.ErrResponse, "stands twice"},
		"not JSON":               {reply(200, "text/html", "<html>"), providers.ErrResponse, "expected an object"},
		"500":                    {reply(500, "application/json", toJSON(map[string]any{"keys": []any{jwk}})), providers.ErrUnavailable, "status 500"},
		"more than 128 KiB":      {keySet(jwk, members{"kty": "X", "x": strings.Repeat("a", 60<<10)}, members{"kty": "X", "x": strings.Repeat("a", 60<<10)}, members{"kty": "X", "x": strings.Repeat("a", 60<<10)}), nil, ""},
		"more than it may be":    {reply(200, "application/json", `{"keys":[]}`+strings.Repeat(" ", 512<<10)), providers.ErrResponse, "longer than 524288 bytes"},
		"many odd keys":          {keySet(append(oddKeys(300), jwk)...), nil, ""},
		"too many to be serious": {keySet(append(oddKeys(3000), jwk)...), providers.ErrResponse, "too many members"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.answers["keys"] = tc.answer
			r.forge(func(payload []byte) string { return compact(header("ES256", "k"), payload, "ES256", good) })
			id, err := r.signIn()
			if tc.kind != nil {
				refused(t, id, err, tc.kind, tc.why)
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func oddKeys(n int) []any {
	keys := make([]any, n)
	for i := range keys {
		keys[i] = members{"kty": "AKP", "kid": fmt.Sprint(i)}
	}
	return keys
}
