package providertest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers/providertest"
)

// A client assertion proves its client once, here and now.
func TestClientAssertion(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const op = "http://op.localhost"
	s, err := providertest.New(providertest.Config{Clients: []providertest.Client{{ID: "app", Key: key.Public()}, {ID: "plain", Secret: "s"}}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	claims := func(set map[string]any) map[string]any {
		c := map[string]any{"iss": "app", "sub": "app", "aud": op, "jti": rand.Text(), "iat": now, "exp": now + 60}
		for name, value := range set {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
		return c
	}
	form := func(private *ecdsa.PrivateKey, c map[string]any) url.Values {
		payload, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		assertion := providertest.Sign(jose.JSONWebKey{Key: private, Algorithm: "ES256"}, payload)
		return url.Values{
			"client_id": {"app"}, "client_assertion": {assertion}, "token": {"x"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}
	}
	with := func(f url.Values, name, value string) url.Values { f.Set(name, value); return f }
	again := form(key, claims(nil))
	for _, tc := range []struct {
		name   string
		form   url.Values
		status int
	}{
		{"good", form(key, claims(nil)), 200},
		{"for the token endpoint", form(key, claims(map[string]any{"aud": op + "/token"})), 200},
		{"without client_id", with(form(key, claims(nil)), "client_id", ""), 200},
		{"once", again, 200},
		{"twice", again, 401},
		{"of another key", form(other, claims(nil)), 401},
		{"for another provider", form(key, claims(map[string]any{"aud": "https://other.example"})), 401},
		{"for two", form(key, claims(map[string]any{"aud": []string{op, "https://other.example"}})), 401},
		{"of another subject", form(key, claims(map[string]any{"sub": "plain"})), 401},
		{"of another issuer", form(key, claims(map[string]any{"iss": "plain", "sub": "plain"})), 401},
		{"expired", form(key, claims(map[string]any{"iat": now - 120, "exp": now - 60})), 401},
		{"for too long", form(key, claims(map[string]any{"exp": now + 300})), 401},
		{"without exp", form(key, claims(map[string]any{"exp": nil})), 401},
		{"without iat", form(key, claims(map[string]any{"iat": nil})), 401},
		{"from the future", form(key, claims(map[string]any{"iat": now + 60, "exp": now + 120})), 401},
		{"without jti", form(key, claims(map[string]any{"jti": nil})), 401},
		{"of another type", with(form(key, claims(nil)), "client_assertion_type", "x"), 401},
		{"beside a secret", with(form(key, claims(nil)), "client_secret", "s"), 401},
		{"for another client_id", with(form(key, claims(nil)), "client_id", "plain"), 401},
		{"no assertion", url.Values{"client_id": {"app"}, "token": {"x"}}, 401},
		{"no token", with(form(key, claims(nil)), "client_assertion", "x"), 401},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, op+"/revoke", strings.NewReader(tc.form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != tc.status {
			t.Errorf("%s: %d, want %d", tc.name, resp.StatusCode, tc.status)
		}
		_ = resp.Body.Close()
	}
}
