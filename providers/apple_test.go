package providers_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers"
)

// fromApple is what comes along with a first sign-in.
const fromApple = `{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"mallory@example.com"}`

func appleEntry() entry {
	key := newAppleKey(elliptic.P256())
	return entry{
		make: func(o ...providers.Option) providers.Provider {
			return providers.Apple("app", providers.AppleKey{TeamID: "H49K2LRBA6", KeyID: "AJK83MN572", Key: key}, o...)
		},
		authorize: "https://appleid.apple.com/auth/authorize?response_mode=form_post&scope=openid+email+name",
		openid: &openid{
			issuer: "https://appleid.apple.com",
			metadata: map[string]any{
				"authorization_endpoint": "https://appleid.apple.com/auth/authorize",
				"token_endpoint":         "https://appleid.apple.com/auth/token",
				"revocation_endpoint":    "https://appleid.apple.com/auth/revoke",
				"jwks_uri":               "https://appleid.apple.com/auth/keys",
				"userinfo_endpoint":      nil,
				"end_session_endpoint":   nil,
				"authorization_response_iss_parameter_supported": nil,
				"code_challenge_methods_supported":               nil,
				"token_endpoint_auth_methods_supported":          []string{"client_secret_post"},
			},
			claims: map[string]any{
				"name": nil, "email": "x7y8z9@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true", "nonce_supported": true,
			},
			tokens:  map[string]any{"scope": nil},
			offline: true, noRotation: true,
			intercept: appleClient(key),
		},
		callback: url.Values{"user": {fromApple}},
		user: providers.User{
			ID: "001234.5f8d0a0b1c2d3e4f5a6b7c8d9e0f1a2b.1234", Name: "Ada Lovelace",
			Email: "x7y8z9@privaterelay.appleid.com", EmailVerified: true,
		},
		scope: "openid email name", expiry: time.Hour,
		denied: "user_cancelled_authorize",
	}
}

// appleClient puts the secret that the server knows in the place of one that Apple
// would take.
func appleClient(key *ecdsa.PrivateKey) func(string, http.ResponseWriter, *http.Request) bool {
	return func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
		if endpoint != "token" && endpoint != "refresh" && endpoint != "revoke" {
			return false
		}
		_ = r.ParseForm()
		if isAppleSecret(r.PostForm.Get("client_secret"), &key.PublicKey) && r.Header.Get("Authorization") == "" {
			r.PostForm.Set("client_secret", "secret")
		}
		return false
	}
}

func isAppleSecret(text string, key *ecdsa.PublicKey) bool {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || jws.Signatures[0].Header.KeyID != "AJK83MN572" {
		return false
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return false
	}
	var c struct {
		Iss, Sub, Aud string
		Iat, Exp      int64
	}
	now, err := time.Now().Unix(), json.Unmarshal(payload, &c)
	return err == nil && c.Iss == "H49K2LRBA6" && c.Sub == "app" && c.Aud == "https://appleid.apple.com" &&
		c.Iat <= now && c.Exp > now && c.Exp < now+3600
}

func newAppleKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// p8 is a key file.
func p8(t *testing.T, key any) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestParseAppleKey(t *testing.T) {
	t.Parallel()
	key := newAppleKey(elliptic.P256())
	got, err := providers.ParseAppleKey(p8(t, key))
	if err != nil || !key.PublicKey.Equal(got.Public()) {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("MIGTAgEAMBMGByqGSM49"), "Ed25519": p8(t, ed), "P-384": p8(t, newAppleKey(elliptic.P384())),
		"not PKCS #8": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("canary")}),
	} {
		if got, err := providers.ParseAppleKey(file); err == nil || got != nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// What is missing is said at the start, and a key prints as its id only.
func TestAppleKey(t *testing.T) {
	t.Parallel()
	key := newAppleKey(elliptic.P256())
	for want, k := range map[string]providers.AppleKey{
		"AppleKey.TeamID is empty; set it, or AUTH_APPLE_TEAM": {KeyID: "K", Key: key},
		"AppleKey.KeyID is empty; set it, or AUTH_APPLE_KEYID": {TeamID: "T", Key: key},
		"AppleKey.Key is nil; ParseAppleKey":                   {TeamID: "T", KeyID: "K"},
		"AppleKey.Key is not of ECDSA on P-256":                {TeamID: "T", KeyID: "K", Key: newAppleKey(elliptic.P521())},
	} {
		err := providers.Apple("app", k).(providers.Checker).Check()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "AppleKey.") != 1 {
			t.Errorf("%v, want %s", err, want)
		}
	}
	k := providers.AppleKey{TeamID: "T", KeyID: "K", Key: key}
	encoded, err := json.Marshal(k)
	if err != nil || string(encoded) != `{"TeamID":"T","KeyID":"K"}` {
		t.Errorf("%s, %v", encoded, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "Apple key K" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// The environment has the key file or a client secret that was made of it.
func TestAppleFromEnv(t *testing.T) {
	key := newAppleKey(elliptic.P256())
	file := string(p8(t, key))
	for name, tc := range map[string]struct {
		secret, team string
		problem      string
	}{
		"key":          {secret: file, team: "H49K2LRBA6"},
		"in one line":  {secret: strings.ReplaceAll(file, "\n", `\n`), team: "H49K2LRBA6"},
		"ready-made":   {secret: "eyJ.eyJ.sig"},
		"without team": {secret: file, problem: "AUTH_APPLE_TEAM"},
		"without key":  {team: "H49K2LRBA6", problem: "AUTH_APPLE_SECRET"},
		"bad key":      {secret: "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----", team: "H49K2LRBA6", problem: "the key is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AUTH_APPLE_ID", "app")
			t.Setenv("AUTH_APPLE_SECRET", tc.secret)
			t.Setenv("AUTH_APPLE_TEAM", tc.team)
			t.Setenv("AUTH_APPLE_KEYID", "AJK83MN572")
			found, err := providers.FromEnv()
			if err != nil || len(found) != 1 {
				t.Fatalf("%v, %v", found, err)
			}
			err = found[0].(providers.Checker).Check()
			switch {
			case tc.problem == "" && err != nil:
				t.Error(err)
			case tc.problem != "" && (err == nil || !strings.Contains(err.Error(), tc.problem) || strings.Contains(err.Error(), "canary")):
				t.Errorf("%v, want %s", err, tc.problem)
			}
		})
	}
}

// What comes along with the code is the browser's word: only a name is taken from it.
func TestAppleName(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]string{
		"":                             "",
		fromApple:                      "Ada Lovelace",
		`{"name":{"firstName":"Ada"}}`: "Ada", `{"name":{"lastName":"Lovelace"}}`: "Lovelace",
		`{"name":{"firstName":"","lastName":""}}`: "",
		`{"name":"Ada"}`:                    "",
		`{"email":"mallory@example.com"}`:   "",
		`{"name":{"firstName":"a\u0000b"}}`: "",
		`{"name":{"firstName":"Ada"}`:       "",
		`null`:                              "",
		`{"name":{"firstName":"` + strings.Repeat("a", 3000) + `"}}`: "",
	} {
		j := newJourney(t, "apple", appleEntry())
		cb := j.callback()
		cb.Params.Set("user", user)
		id, err := j.p.Exchange(j.ctx, cb)
		if err != nil || id.User.Name != want || id.User.Email != j.user.Email {
			t.Errorf("%.80s: %+v, %v", user, id, err)
		}
	}
}

// Without a key nothing can be signed.
func TestAppleWithoutKey(t *testing.T) {
	t.Parallel()
	metadata := []byte(`{"issuer":"https://appleid.apple.com","authorization_endpoint":"https://appleid.apple.com/auth/authorize",
		"token_endpoint":"https://appleid.apple.com/auth/token","jwks_uri":"https://appleid.apple.com/auth/keys"}`)
	p := providers.Apple("app", providers.AppleKey{TeamID: "H49K2LRBA6", KeyID: "AJK83MN572"}, providers.WithMetadata(metadata))
	id, err := p.Exchange(t.Context(), goodCallback())
	refused(t, id, err, providers.ErrUnavailable, "the client secret could not be signed")
}

// A key in a key management service may fail to sign.
func TestAppleKeyFails(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "apple", appleEntry())
	cb := j.callback()
	p := providers.Apple("app", providers.AppleKey{TeamID: "T", KeyID: "K", Key: brokenSigner{newAppleKey(elliptic.P256())}})
	id, err := p.Exchange(j.ctx, cb)
	if id != nil || !errors.Is(err, providers.ErrUnavailable) || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v, %v", id, err)
	}
}

type brokenSigner struct{ *ecdsa.PrivateKey }

func (brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return bytes.Clone([]byte("canary")), errors.New("canary")
}
