package providers

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/claims"
)

const (
	// maxKeylessTries is how many keys a signature without a kid is tried
	// against. The specification allows such a token only where there is one
	// matching key, but providers in the middle of a rotation have two.
	maxKeylessTries = 4

	minRSABits = 2048
)

var errKey = errors.New("no key verifies the signature")

// keySet is a provider's JSON Web Key Set (RFC 7517). Unlike the one of go-oidc
// it forgets keys that the provider removed, and a flood of bad tokens does not
// become a flood of fetches.
type keySet struct{ doc remote[[]jose.JSONWebKey] }

func newKeySet(provider string) *keySet {
	s := new(keySet)
	s.doc.provider, s.doc.op = provider, opKeys
	return s
}

// staticKeys returns a key set that is never fetched.
func staticKeys(provider string, keys []jose.JSONWebKey) *keySet {
	s := newKeySet(provider)
	s.doc.fetch = func(context.Context) ([]jose.JSONWebKey, time.Duration, error) {
		return keys, staleFor, nil
	}
	return s
}

// remoteKeys returns the key set at the URL that location finds.
func remoteKeys(provider string, location func(context.Context) (string, error)) *keySet {
	s := newKeySet(provider)
	s.doc.fetch = func(ctx context.Context) ([]jose.JSONWebKey, time.Duration, error) {
		uri, err := location(ctx)
		if err != nil {
			return nil, 0, err
		}
		object, header, err := fetch(ctx, provider, opKeys, uri)
		if err != nil {
			return nil, 0, tried(err, "the jwks_uri at "+hostOf(uri), "the provider's metadata, and that this machine can reach that host")
		}
		keys := parseKeys(object)
		if len(keys) == 0 {
			return nil, 0, &Error{Provider: provider, Op: opKeys, Kind: ErrResponse, Detail: "it has no usable key"}
		}
		return keys, keepFor(header), nil
	}
	return s
}

// hostOf returns the host of a URL, quoted, since the provider named it.
func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "an invalid URL"
	}
	return strconv.Quote(u.Host)
}

// keepFor reads max-age, between five minutes and a day, an hour by default.
func keepFor(h http.Header) time.Duration {
	for directive := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(directive), "max-age="); ok {
			if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
				return min(max(time.Duration(seconds)*time.Second, 5*time.Minute), staleFor)
			}
		}
	}
	return time.Hour
}

// parseKeys returns the keys that can verify signatures. Keys of a type that is
// not known here, and keys that are weak or for something else, are left out:
// one odd key does not spoil the set.
func parseKeys(set claims.Object) []jose.JSONWebKey {
	var keys []jose.JSONWebKey
	for _, object := range set.Array("keys") {
		raw, _ := object.MarshalJSON()
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil || !key.IsPublic() || !key.Valid() {
			continue
		}
		if ops, ok := object.Strings("key_ops"); ok && !slices.Contains(ops, "verify") {
			continue
		}
		if r, ok := key.Key.(*rsa.PublicKey); ok && r.N.BitLen() < minRSABits {
			continue
		}
		if key.Use == "" || key.Use == "sig" {
			keys = append(keys, key)
		}
	}
	return keys
}

// verify checks the signature of a compact JWS (RFC 7515) that is signed with
// one of these algorithms and whose header passes the check, and returns its
// payload. Key material in the token's own header is never used.
func (s *keySet) verify(ctx context.Context, compact string, algorithms []jose.SignatureAlgorithm, check func(jose.Header) error) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(compact, algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, errors.New("it is not a JWS signed with an allowed algorithm")
	}
	header := jws.Signatures[0].Protected
	if err := check(header); err != nil {
		return nil, err
	}
	keys, err := s.doc.get(ctx)
	if err != nil {
		return nil, err
	}
	fitting := fittingKeys(keys, header)
	if len(fitting) == 0 {
		// Perhaps the provider has a new key. A bad signature under a key that
		// is known does not get here, so it costs no fetch.
		newer, err := s.doc.renew(ctx)
		if fitting = fittingKeys(newer, header); len(fitting) == 0 && err != nil {
			return nil, err
		}
	}
	if header.KeyID == "" && len(fitting) > maxKeylessTries {
		return nil, errors.New("it names no key, and there are too many to try")
	}
	for _, key := range fitting {
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, errKey
}

// fittingKeys returns the keys with the kid of the header, or all if it has
// none, that suit its algorithm.
func fittingKeys(keys []jose.JSONWebKey, h jose.Header) []jose.JSONWebKey {
	var fit []jose.JSONWebKey
	for _, k := range keys {
		if (h.KeyID == "" || k.KeyID == h.KeyID) && (k.Algorithm == "" || k.Algorithm == h.Algorithm) && suits(k.Key, h.Algorithm) {
			fit = append(fit, k)
		}
	}
	return fit
}

func suits(key any, algorithm string) bool {
	switch key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "ES")
	case ed25519.PublicKey:
		return algorithm == string(jose.EdDSA)
	}
	return false
}
