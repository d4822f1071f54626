package providers_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// withKey lets the client prove itself by a key, on both sides.
func withKey(key crypto.Signer) func(*setup) {
	return func(s *setup) {
		s.op.Clients = []providertest.Client{{ID: "app", Key: key.Public()}}
		s.config.ClientSecret, s.config.ClientKey, s.config.ClientKeyID = "", key, "key-1"
	}
}

// remoteSigner is a key of which only the signatures are at hand.
type remoteSigner struct {
	key crypto.Signer
	err error
}

func (s remoteSigner) Public() crypto.PublicKey { return s.key.Public() }

func (s remoteSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.key.Sign(random, digest, opts)
}

// Every call at which the client authenticates carries an assertion of its own, in
// the form that the key's type calls for, and nothing else that proves anything.
func TestS_62_PrivateKeyJWT(t *testing.T) {
	t.Parallel()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for alg, key := range map[string]crypto.Signer{
		"RS256": rsaKey(), "ES256": newEC(t, elliptic.P256()), "ES384": newEC(t, elliptic.P384()), "ES512": newEC(t, elliptic.P521()),
		"EdDSA": edwards, "PS256": rsaKey(), "remote": remoteSigner{key: newEC(t, elliptic.P256())},
	} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, withKey(key))
				want := alg
				switch alg {
				case "PS256": // as of FAPI
					r.describe(members{"token_endpoint_auth_signing_alg_values_supported": []string{"PS256", "ES256"}})
				case "remote":
					want = "ES256"
				}
				id := r.mustSignIn()
				renewed, err := r.refresh(id.Account)
				if err != nil {
					t.Fatal(err)
				}
				if err := r.p.(providers.Revoker).Revoke(r.ctx(), renewed); err != nil {
					t.Fatal(err)
				}
				calls := append(r.to("/token"), r.to("/revoke")...)
				seen := map[string]bool{}
				for _, call := range calls {
					jti := checkAssertion(t, call, want)
					if seen[jti] {
						t.Errorf("jti %s twice", jti)
					}
					seen[jti] = true
				}
				if len(seen) != 4 {
					t.Errorf("%d calls", len(seen))
				}
			})
		})
	}
}

// checkAssertion checks what a call proves the client by, and returns its jti.
func checkAssertion(t *testing.T, call sent, alg string) string {
	t.Helper()
	if call.header.Get("Authorization") != "" || call.form.Has("client_secret") || call.form.Get("client_id") != "app" ||
		call.form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		t.Errorf("header %q, body %q", call.header.Get("Authorization"), call.body)
	}
	assertion := call.form.Get("client_assertion")
	if got := string(headerOf(assertion)); got != fmt.Sprintf(`{"alg":%q,"kid":"key-1","typ":"JWT"}`, alg) {
		t.Errorf("header %s", got)
	}
	var says struct {
		Iss, Sub, Jti string
		Aud           any
		Iat, Exp      int64
	}
	if err := json.Unmarshal(payloadOf(assertion), &says); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	if says.Iss != "app" || says.Sub != "app" || says.Aud != issuer || says.Iat != now || says.Exp != now+60 || len(says.Jti) < 20 {
		t.Errorf("claims %+v", says)
	}
	return says.Jti
}

// Whom an assertion is for: one party only.
func TestS_62_AssertionAudience(t *testing.T) {
	t.Parallel()
	key := newEC(t, elliptic.P256())
	for name, tc := range map[string]struct{ configured, want string }{
		"issuer": {"", issuer}, "token endpoint": {issuer + "/token", issuer + "/token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withKey(key), func(s *setup) { s.config.ClientKeyAudience = tc.configured })
			r.mustSignIn()
			var says struct{ Aud string }
			if err := json.Unmarshal(payloadOf(r.to("/token")[0].form.Get("client_assertion")), &says); err != nil || says.Aud != tc.want {
				t.Errorf("aud %q, %v", says.Aud, err)
			}
		})
	}
	t.Run("no issuer", func(t *testing.T) {
		t.Parallel()
		p := newPlain(t, func(c *providers.Config) { c.ClientSecret, c.ClientKey = "", key })
		if _, err := p.exchange(); err != nil {
			t.Fatal(err)
		}
		var says struct{ Aud string }
		if err := json.Unmarshal(payloadOf(p.to("/token")[0].form.Get("client_assertion")), &says); err != nil || says.Aud != issuer+"/token" {
			t.Errorf("aud %q, %v", says.Aud, err)
		}
	})
	t.Run("another provider's", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, withKey(key), func(s *setup) { s.config.ClientKeyAudience = "https://other.example.com" })
		id, err := r.signIn()
		refused(t, id, err, providers.ErrRejected, "invalid_client")
	})
}

// A key that does not sign, or not for this provider, sends nothing: not the code
// without proof, and not a second time.
func TestS_62_KeyFailures(t *testing.T) {
	t.Parallel()
	key := newEC(t, elliptic.P256())
	t.Run("does not sign", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, withKey(remoteSigner{key, errors.New("canary")}))
		id, err := r.signIn()
		refused(t, id, err, providers.ErrUnavailable, "ClientKey did not sign")
		noCanary(t, err)
		_, err = r.refresh(canaryAccount())
		refused(t, nil, err, providers.ErrUnavailable, "ClientKey did not sign")
		if err := r.p.(providers.Revoker).Revoke(r.ctx(), canaryAccount()); err == nil || len(r.to("/token")) != 0 || len(r.to("/revoke")) != 0 {
			t.Errorf("%v after %d calls", err, len(r.to("/token")))
		}
	})
	t.Run("of another", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, withKey(key), func(s *setup) { s.config.ClientKey = newEC(t, elliptic.P256()) })
		id, err := r.signIn()
		refused(t, id, err, providers.ErrRejected, "invalid_client")
		if n := len(r.to("/token")); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
	for name, document := range map[string]members{
		"does not take private_key_jwt":                {"token_endpoint_auth_methods_supported": []string{"client_secret_basic"}},
		"of a type whose signatures the provider does": {"token_endpoint_auth_signing_alg_values_supported": []string{"RS256"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withKey(key))
			r.describe(document)
			unusable(t, r, name)
		})
	}
}

func TestS_62_KeyConfiguration(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this Go makes no such keys")
	}
	weak, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := newEC(t, elliptic.P256())
	for name, tc := range map[string]struct {
		config  providers.Config
		options []providers.Option
		why     string
	}{
		"both":      {providers.Config{ClientSecret: "canary", ClientKey: good}, nil, "both set"},
		"RSA 1024":  {providers.Config{ClientKey: small}, nil, "neither RSA"},
		"P-224":     {providers.Config{ClientKey: weak}, nil, "neither RSA"},
		"none":      {providers.Config{}, []providers.Option{providers.WithClientKey(nil, "k")}, "given no key"},
		"good":      {providers.Config{ClientKey: good}, nil, ""},
		"by option": {providers.Config{}, []providers.Option{providers.WithClientKey(good, "k")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.config.ID, tc.config.ClientID, tc.config.Issuer = "op", "app", issuer
			err := providers.OIDC(tc.config, tc.options...).(providers.Checker).Check()
			switch {
			case tc.why == "" && err != nil, tc.why != "" && (err == nil || !strings.Contains(err.Error(), tc.why)):
				t.Errorf("%v, want %q", err, tc.why)
			case err != nil:
				noCanary(t, err)
			}
		})
	}
	if err := providers.Google("app", "", providers.WithClientKey(good, "")).(providers.Checker).Check(); err == nil {
		t.Error("Google takes no client without a secret")
	}
	if err := providers.BankIDNorway("app", "", providers.WithClientKey(good, "")).(providers.Checker).Check(); err != nil {
		t.Errorf("BankID takes a key as well: %v", err)
	}
}

// A key does not show, however the configuration is printed.
func TestS_142_ClientKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	key := newEC(t, elliptic.P256())
	d, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	list := fmt.Sprintf("%d", d)
	c := providers.Config{ID: "op", ClientKey: key}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", c, c, c), string(raw), fmt.Sprintf("%+v", providers.OIDC(c).Info())} {
		if strings.Contains(text, fmt.Sprintf("%x", d)) || strings.Contains(text, b64(d)) || strings.Contains(text, list) || strings.Contains(text, "ecdsa") {
			t.Errorf("printed as %s", text)
		}
	}
}
