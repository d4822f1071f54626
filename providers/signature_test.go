package providers_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
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

// The configuration can add algorithms, to what the provider lists as well.
func TestS_11_AddedAlgorithm(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		added, listed []string
		why           string
	}{
		{[]string{"ES384"}, []string{"ES384"}, ""},
		{[]string{"ES384"}, []string{"RS256"}, notSigned},
		{nil, []string{"RS256", "ES384"}, notSigned},
	} {
		r := tokenRig(t, func(s *setup) { s.config.Algorithms = tc.added })
		r.list(tc.listed...)
		key := newEC(t, elliptic.P384())
		r.answers["keys"] = keySet(publicJWK(key, members{"kid": "k"}))
		r.op.EditTokens = func(answer map[string]any) {
			access := answer["access_token"].(string)
			payload := edited(payloadOf(answer["id_token"].(string)), members{"at_hash": hashOf(access, "ES384")})
			answer["id_token"] = compact(header("ES384", "k"), payload, "ES384", key)
		}
		checkSignIn(t, r, tc.why)
	}
	for _, bad := range []string{"HS256", "none", "es384", ""} {
		p := providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: issuer, Algorithms: []string{bad}})
		if err := p.(providers.Checker).Check(); err == nil {
			t.Errorf("%q can be added", bad)
		}
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
