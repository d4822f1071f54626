package providertest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers/providertest"
)

// proofKey makes a key, and its public half as JSON.
func proofKey(t *testing.T) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(jose.JSONWebKey{Key: key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	return key, string(public)
}

// A proof counts for one request, now, with the key that it shows.
func TestProofs(t *testing.T) {
	t.Parallel()
	key, public := proofKey(t)
	other, _ := proofKey(t)
	private, err := json.Marshal(jose.JSONWebKey{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	s, err := providertest.New(providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret", DPoP: true}}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	good := map[string]any{"htm": "POST", "htu": s.Issuer + "/token", "iat": now}
	proof := func(head string, signer *ecdsa.PrivateKey, set map[string]any) string {
		says := maps.Clone(good)
		says["jti"] = rand.Text()
		for name, value := range set {
			if says[name] = value; value == nil {
				delete(says, name)
			}
		}
		payload, err := json.Marshal(says)
		if err != nil {
			t.Fatal(err)
		}
		return providertest.Forge(head, payload, "ES256", signer)
	}
	head := fmt.Sprintf(`{"typ":"dpop+jwt","alg":"ES256","jwk":%s}`, public)
	again := proof(head, key, nil)
	for _, tc := range []struct {
		name   string
		proofs []string
		want   string
	}{
		{"good", []string{proof(head, key, nil)}, "invalid_grant"}, // the proof is good, the code is not
		{"once", []string{again}, "invalid_grant"},
		{"twice", []string{again}, "invalid_dpop_proof"},
		{"none", nil, "invalid_dpop_proof"},
		{"two", []string{proof(head, key, nil), proof(head, key, nil)}, "invalid_dpop_proof"},
		{"no token", []string{"x"}, "invalid_dpop_proof"},
		{"another method", []string{proof(head, key, map[string]any{"htm": "GET"})}, "invalid_dpop_proof"},
		{"another URL", []string{proof(head, key, map[string]any{"htu": s.Issuer + "/userinfo"})}, "invalid_dpop_proof"},
		{"another host", []string{proof(head, key, map[string]any{"htu": "https://other.example/token"})}, "invalid_dpop_proof"},
		{"old", []string{proof(head, key, map[string]any{"iat": now - 120})}, "invalid_dpop_proof"},
		{"from the future", []string{proof(head, key, map[string]any{"iat": now + 120})}, "invalid_dpop_proof"},
		{"no jti", []string{proof(head, key, map[string]any{"jti": nil})}, "invalid_dpop_proof"},
		{"for a token", []string{proof(head, key, map[string]any{"ath": "x"})}, "invalid_dpop_proof"},
		{"another key", []string{proof(head, other, nil)}, "invalid_dpop_proof"},
		{"no type", []string{proof(strings.Replace(head, "dpop+jwt", "JWT", 1), key, nil)}, "invalid_dpop_proof"},
		{"no key", []string{proof(`{"typ":"dpop+jwt","alg":"ES256"}`, key, nil)}, "invalid_dpop_proof"},
		{"private key", []string{proof(fmt.Sprintf(`{"typ":"dpop+jwt","alg":"ES256","jwk":%s}`, private), key, nil)}, "invalid_dpop_proof"},
		{"unsigned", []string{providertest.Forge(strings.Replace(head, "ES256", "none", 1), []byte(`{}`), "none", nil)}, "invalid_dpop_proof"},
	} {
		form := url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "grant_type": {"authorization_code"}, "code": {"x"}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Issuer+"/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header["Dpop"] = tc.proofs
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Error string }
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Error != tc.want {
			t.Errorf("%s: %q, want %q, %v", tc.name, answer.Error, tc.want, err)
		}
		_ = resp.Body.Close()
	}
}
