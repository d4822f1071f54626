package providers_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

func newEC(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEd(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// list makes the provider say that it signs with these algorithms; without any
// it says nothing about them.
func (r *rig) list(algorithms ...string) {
	r.op.EditMetadata = func(document map[string]any) {
		if document["id_token_signing_alg_values_supported"] = algorithms; len(algorithms) == 0 {
			delete(document, "id_token_signing_alg_values_supported")
		}
	}
}

// TestSignatureAlgorithms signs with what is accepted, as a provider of each
// kind would, with the at_hash that belongs to it (S-16).
func TestSignatureAlgorithms(t *testing.T) {
	t.Parallel()
	for alg, key := range map[string]any{
		"RS256": rsaKey(), "PS256": rsaKey(), "ES256": newEC(t, elliptic.P256()), "EdDSA": newEd(t),
	} {
		for _, listed := range [][]string{{alg}, {"RS256", "ES256", "PS256", "EdDSA"}, nil} {
			t.Run(fmt.Sprint(alg, listed), func(t *testing.T) {
				t.Parallel()
				r := tokenRig(t)
				r.list(listed...)
				r.answers["keys"] = keySet(publicJWK(key, members{"kid": "k", "alg": alg, "use": "sig"}))
				r.op.EditTokens = func(answer map[string]any) {
					access := answer["access_token"].(string)
					payload := edited(payloadOf(answer["id_token"].(string)), members{"at_hash": hashOf(access, alg)})
					answer["id_token"] = compact(header(alg, "k"), payload, alg, key)
				}
				checkSignIn(t, r, "")
			})
		}
	}
	t.Run("EdDSA with a SHA-256 at_hash", func(t *testing.T) {
		t.Parallel()
		r := tokenRig(t)
		r.list("EdDSA")
		key := newEd(t)
		r.answers["keys"] = keySet(publicJWK(key, members{"kid": "k"}))
		r.forge(func(payload []byte) string { return compact(header("EdDSA", "k"), payload, "EdDSA", key) })
		checkSignIn(t, r, wrongHash)
	})
}

// What the provider lists narrows the algorithms, and never widens them.
func TestS_11_AlgorithmAllowList(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, alg string
		key       any
		listed    []string
	}{
		{"RS512 is listed", "RS512", rsaKey(), []string{"RS256", "RS512"}},
		{"PS384 is listed", "PS384", rsaKey(), []string{"RS256", "PS384"}},
		{"ES384 is listed", "ES384", newEC(t, elliptic.P384()), []string{"RS256", "ES384"}},
		{"HS256 is listed", "HS256", []byte("secret"), []string{"RS256", "HS256"}},
		{"none is listed", "unsigned/none", nil, []string{"RS256", "none"}},
		{"ES256 is not listed", "ES256", newEC(t, elliptic.P256()), []string{"RS256"}},
		{"RS256 is not listed", "RS256", rsaKey(), []string{"ES256"}},
		{"nothing is listed", "RS512", rsaKey(), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.list(tc.listed...)
			jwks := []any{publicJWK(rsaKey(), members{"kid": "other"})}
			if _, secret := tc.key.([]byte); tc.key != nil && !secret {
				jwks = append(jwks, publicJWK(tc.key, members{"kid": "k"}))
			}
			r.answers["keys"] = keySet(jwks...)
			r.forge(func(payload []byte) string {
				return compact(header(strings.TrimPrefix(tc.alg, "unsigned/"), "k"), payload, tc.alg, tc.key)
			})
			checkSignIn(t, r, notSigned)
		})
	}
}

// A provider that signs with nothing acceptable is told at its metadata, before
// anybody is sent there.
func TestS_11_NoAcceptableAlgorithm(t *testing.T) {
	t.Parallel()
	for _, listed := range [][]string{{"HS256"}, {"none"}, {"RS384", "ES512"}, {"rs256"}} {
		r := newRig(t)
		r.list(listed...)
		_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
		refused(t, nil, err, providers.ErrResponse, "the provider signs ID tokens with none of RS256, ES256, PS256 and EdDSA")
	}
}

func TestS_12_AlgorithmNone(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "none ", ""} {
		for name, signed := range map[string]bool{"without signature": false, "with a signature": true} {
			t.Run(alg+" "+name, func(t *testing.T) {
				t.Parallel()
				r := tokenRig(t)
				r.list("none", "None", "ES256") // the list does not help it
				key := r.op.SigningKey()
				r.forge(func(payload []byte) string {
					forged := compact(header(alg, key.KeyID), payload, "ES256", key.Key)
					if !signed {
						forged = forged[:strings.LastIndexByte(forged, '.')+1]
					}
					return forged
				})
				checkSignIn(t, r, notSigned)
			})
		}
	}
}

// goth: the signature of an ID token was never checked.
func TestS_13_SignatureVerified(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(string, *rig) string{
		"one bit": func(s string, _ *rig) string {
			parts := strings.Split(s, ".")
			raw, _ := base64.RawURLEncoding.DecodeString(parts[2])
			raw[10] ^= 1
			return parts[0] + "." + parts[1] + "." + b64(raw)
		},
		"foreign key under the known kid": func(s string, r *rig) string {
			return compact(header("ES256", r.op.SigningKey().KeyID), payloadOf(s), "ES256", newEC(t, elliptic.P256()))
		},
		"other payload": func(s string, _ *rig) string {
			parts := strings.Split(s, ".")
			return parts[0] + "." + b64(edited(payloadOf(s), members{"sub": "bob"})) + "." + parts[2]
		},
		"empty": func(s string, _ *rig) string { return s[:strings.LastIndexByte(s, '.')+1] },
		"zeros": func(s string, _ *rig) string { return s[:strings.LastIndexByte(s, '.')+1] + b64(make([]byte, 64)) },
		"short": func(s string, _ *rig) string { return s[:len(s)-4] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.op.EditTokens = func(answer map[string]any) { answer["id_token"] = spoil(answer["id_token"].(string), r) }
			checkSignIn(t, r, noKey)
		})
	}
}

// The public key is no secret, in whatever form: CVE-2015-9235 and, for the
// OpenSSH form, CVE-2024-33663.
func TestS_14_PublicKeyAsSecret(t *testing.T) {
	t.Parallel()
	ecKey := newEC(t, elliptic.P256())
	for name, key := range map[string]any{"RSA": rsaKey(), "EC": ecKey} {
		der, err := x509.MarshalPKIXPublicKey(key.(crypto.Signer).Public())
		if err != nil {
			t.Fatal(err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		jwk := publicJWK(key, members{"kid": "k"})
		secrets := map[string][]byte{
			"PEM": block, "PEM without line break": []byte(strings.TrimSpace(string(block))), "DER": der,
			"JWK": []byte(toJSON(jwk)), "JWKS": []byte(toJSON(map[string]any{"keys": []any{jwk}})),
			"OpenSSH": []byte("ssh-rsa " + base64.StdEncoding.EncodeToString(der)), "client secret": []byte("secret"), "empty": {},
		}
		if name == "RSA" {
			secrets["PKCS #1"] = pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey)})
		}
		for form, secret := range secrets {
			for _, kid := range []string{"k", "unknown", ""} {
				t.Run(name+" "+form+" "+kid, func(t *testing.T) {
					t.Parallel()
					r := tokenRig(t)
					r.list("HS256", "RS256", "ES256")
					r.answers["keys"] = keySet(jwk)
					r.forge(func(payload []byte) string { return compact(header("HS256", kid), payload, "HS256", secret) })
					checkSignIn(t, r, notSigned)
				})
			}
		}
	}
}

// A key of one kind does not verify the algorithm of another, and a key that is
// meant for one algorithm verifies no other.
func TestS_14_KeyOfAnotherAlgorithm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		jwk members
		alg string
	}{
		"meant for RS256": {members{"alg": "RS256"}, "PS256"},
		"meant for PS256": {members{"alg": "PS256"}, "RS256"},
		"meant for OAEP":  {members{"alg": "RSA-OAEP"}, "RS256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.list()
			tc.jwk["kid"] = "k"
			r.answers["keys"] = keySet(publicJWK(rsaKey(), tc.jwk))
			r.forge(func(payload []byte) string { return compact(header(tc.alg, "k"), payload, tc.alg, rsaKey()) })
			checkSignIn(t, r, noKey)
		})
	}
}

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
