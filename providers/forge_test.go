package providers_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers/providertest"
)

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// compact makes a compact JWS with exactly this header.
var compact = providertest.Forge

// header is the header that such tokens usually have.
func header(alg, kid string) string { return fmt.Sprintf(`{"alg":%q,"kid":%q}`, alg, kid) }

// RSA keys are slow to make, and no test depends on which one it gets.
var (
	rsaKey     = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })
	weakRSAKey = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(1024) })
)

func newRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

// publicJWK returns the JWK of a key's public half with these extra members.
func publicJWK(key any, members map[string]any) map[string]any {
	if signer, ok := key.(crypto.Signer); ok {
		key = signer.Public()
	}
	raw, err := jose.JSONWebKey{Key: key}.MarshalJSON()
	if err != nil {
		panic(err)
	}
	jwk := map[string]any{}
	if err := json.Unmarshal(raw, &jwk); err != nil {
		panic(err)
	}
	for name, value := range members {
		jwk[name] = value
	}
	return jwk
}

// keySet returns the handler of a JWKS endpoint.
func keySet(keys ...any) http.HandlerFunc { return replyJSON(toJSON(map[string]any{"keys": keys})) }

// forge replaces every ID token by what f makes of the payload of the genuine one.
func (r *rig) forge(f func(payload []byte) string) {
	r.op.EditTokens = func(answer map[string]any) {
		answer["id_token"] = f(payloadOf(answer["id_token"].(string)))
	}
}

func headerOf(compact string) []byte  { return partOf(compact, 0) }
func payloadOf(compact string) []byte { return partOf(compact, 1) }

func partOf(compact string, i int) []byte {
	parts := strings.Split(compact, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		panic(err)
	}
	return payload
}

// edited returns a JSON object with other members; nil removes one.
func edited(object []byte, members map[string]any) []byte {
	o := map[string]any{}
	if err := json.Unmarshal(object, &o); err != nil {
		panic(err)
	}
	for name, value := range members {
		if o[name] = value; value == nil {
			delete(o, name)
		}
	}
	return []byte(toJSON(o))
}

// hashOf is the at_hash of an access token (OpenID Connect Core section 3.1.3.6).
func hashOf(accessToken, alg string) string {
	if alg == "EdDSA" {
		sum := sha512.Sum512([]byte(accessToken))
		return b64(sum[:32])
	}
	if alg == "ES384" {
		sum := sha512.Sum384([]byte(accessToken))
		return b64(sum[:24])
	}
	sum := sha256.Sum256([]byte(accessToken))
	return b64(sum[:16])
}

// rawJSON is JSON as it is to be sent; empty means null.
func rawJSON(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}
