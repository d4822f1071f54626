package providertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// RotateKey makes a new signing key. The old one stays in the key set until
// [Server.DropOldKeys].
func (s *Server) RotateKey() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil { // crypto/rand does not fail
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: string(jose.ES256), Use: "sig"})
}

// DropOldKeys removes all keys but the one that signs.
func (s *Server) DropOldKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = s.keys[len(s.keys)-1:]
}

// SigningKey returns the key that signs ID tokens, for tests that forge some.
func (s *Server) SigningKey() jose.JSONWebKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signingKey()
}

func (s *Server) signingKey() jose.JSONWebKey { return s.keys[len(s.keys)-1] }

func (s *Server) keySet(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, k := range s.keys {
		set.Keys = append(set.Keys, k.Public())
	}
	writeJSON(w, http.StatusOK, set)
}
