package providers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// certificate makes a client's certificate, signed by itself.
func certificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// A client whose certificate the HTTP client shows, over real TLS: it only names
// itself, at every endpoint.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	own, other := certificate(t, "app"), certificate(t, "other")
	trusted := x509.NewCertPool()
	trusted.AddCert(own.Leaf)
	trusted.AddCert(other.Leaf)
	var op *providertest.Server
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { op.ServeHTTP(w, r) }))
	server.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: trusted, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	op, err := providertest.New(providertest.Config{
		Issuer: server.URL, RequirePAR: true, Clients: []providertest.Client{{ID: "app", Certificate: "CN=app,O=Example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		shown []tls.Certificate
		kind  error
	}{
		"own": {[]tls.Certificate{own}, nil}, "other": {[]tls.Certificate{other}, providers.ErrRejected}, "none": {nil, providers.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			transport, ok := server.Client().Transport.(*http.Transport)
			if !ok {
				t.Fatal("no transport")
			}
			transport = transport.Clone()
			transport.TLSClientConfig.Certificates = tc.shown
			t.Cleanup(transport.CloseIdleConnections)
			p := providers.OIDC(providers.Config{ID: "op", ClientID: "app", Issuer: server.URL, MutualTLS: true})
			if err := p.(providers.Checker).Check(); err != nil {
				t.Fatal(err)
			}
			r := &rig{t: t, op: op, p: p, wire: &wire{next: transport}}
			req := newRequest()
			where, err := p.AuthCodeURL(r.ctx(), req)
			if tc.kind != nil {
				refused(t, nil, err, tc.kind, "invalid_client")
				return
			}
			if err != nil || where == "" {
				t.Fatal(err)
			}
			id := r.mustSignIn()
			if _, err := r.refresh(id.Account); err != nil {
				t.Fatal(err)
			}
			if err := p.(providers.Revoker).Revoke(r.ctx(), id.Account); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/par", "/token", "/revoke"} {
				for _, call := range r.to(path) {
					checkCredentials(t, call, false, "app", "")
				}
			}
		})
	}
}

// The endpoints for clients with a certificate may be elsewhere; the browser's are not.
func TestMutualTLSAliases(t *testing.T) {
	t.Parallel()
	aliases := map[string]string{
		"token_endpoint": issuer + "/mtls/token", "authorization_endpoint": issuer + "/mtls/authorize", "userinfo_endpoint": "https://evil.example:x/",
	}
	for _, mutual := range []bool{true, false} {
		r := newRig(t, func(s *setup) { s.config.MutualTLS, s.config.UserInfoURL = mutual, issuer+"/userinfo" })
		r.describe(members{"mtls_endpoint_aliases": aliases})
		id, err := r.signIn()
		if mutual != (len(r.to("/mtls/token")) == 1) || mutual == (len(r.to("/token")) == 1) {
			t.Errorf("%v: %v, %v", mutual, id, err)
		}
		if where := r.authorize(newRequest()); where.Path != "/authorize" {
			t.Errorf("the browser is sent to %s", where)
		}
	}
	r := newRig(t, func(s *setup) { s.config.MutualTLS = true })
	r.describe(members{"mtls_endpoint_aliases": map[string]string{"token_endpoint": "http://op.example.com/token"}})
	unusable(t, r, "token_endpoint has to be https")
}
