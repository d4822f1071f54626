package providertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the algorithms
	_ "crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"
)

var errKey = errors.New("providertest: the key cannot sign")

// Forge makes a compact JWS with exactly this header, which need not say what is
// true: tokens that no library would make. The signature is one of alg, such as
// RS256, with a private key of crypto/rsa, crypto/ecdsa or crypto/ed25519 or with
// a []byte for a MAC; it is empty if the key is nil. Forge returns "" if the key
// cannot sign.
func Forge(header string, payload []byte, alg string, key any) string {
	input := encode([]byte(header)) + "." + encode(payload)
	signature, err := signature(alg, key, []byte(input))
	if err != nil {
		return ""
	}
	return input + "." + encode(signature)
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// headerOf returns the header of a compact JWS.
func headerOf(token string) []byte { return part(token, 0) }

// payloadOf returns the payload of a compact JWS.
func payloadOf(token string) []byte { return part(token, 1) }

func part(token string, i int) []byte {
	all := strings.Split(token, ".")
	if i >= len(all) {
		return nil
	}
	raw, _ := base64.RawURLEncoding.DecodeString(all[i])
	return raw
}

// signature signs by hand (RFC 7518 section 3).
func signature(alg string, key any, input []byte) ([]byte, error) {
	hash := hashOf(alg)
	h := hash.New()
	_, _ = h.Write(input) // a hash never fails
	digest := h.Sum(nil)
	switch k := key.(type) {
	case nil:
		return nil, nil
	case []byte:
		mac := hmac.New(hash.New, k)
		_, _ = mac.Write(input)
		return mac.Sum(nil), nil
	case *rsa.PrivateKey:
		if strings.HasPrefix(alg, "PS") {
			return rsa.SignPSS(rand.Reader, k, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.SignPKCS1v15(rand.Reader, k, hash, digest)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, digest)
		if err != nil {
			return nil, err
		}
		size := (k.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
	case ed25519.PrivateKey:
		return ed25519.Sign(k, input), nil
	}
	return nil, errKey
}

// hashOf returns the hash of an algorithm, SHA-256 where its name says nothing.
func hashOf(alg string) crypto.Hash {
	switch {
	case strings.HasSuffix(alg, "384"):
		return crypto.SHA384
	case strings.HasSuffix(alg, "512"):
		return crypto.SHA512
	}
	return crypto.SHA256
}
