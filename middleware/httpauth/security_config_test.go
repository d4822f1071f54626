package httpauth_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// S-92: an application that browsers reach by http over a network does not start.
func TestS_92_PlainHTTPIsForThisMachine(t *testing.T) {
	t.Setenv("AUTH_URL", "")
	start := func(url string) error {
		_, err := httpauth.New(httpauth.Config{URL: url, Secrets: []string{testSecret}, Providers: provider(), Logger: quiet()})
		return err
	}
	for _, url := range []string{
		"http://app.example.com", "http://app.example.com:443", "HTTP://app.example.com", "http://10.0.0.1", "http://192.168.1.1:3000", "http://0.0.0.0:3000",
		"http://localhost.example.com", "http://127.0.0.1.example.com", "http://localhost.", "http://xlocalhost", "http://[::ffff:10.0.0.1]",
	} {
		if err := start(url); err == nil || !strings.Contains(err.Error(), "https") {
			t.Errorf("%s: %v", url, err)
		}
		t.Setenv("AUTH_URL", url)
		if err := start(""); err == nil {
			t.Errorf("AUTH_URL=%s is accepted", url)
		}
		t.Setenv("AUTH_URL", "")
	}
	for _, url := range []string{"http://localhost", "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:3000", "http://app.localhost"} {
		if err := start(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// S-127: the kit's clients speak no TLS below 1.2 and believe no certificate of
// nobody, and take the environment's proxy, or none.
func TestS_127_TransportSecurity(t *testing.T) {
	t.Parallel()
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = discardLog()
	old.StartTLS()
	defer old.Close()
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Config.ErrorLog = discardLog()
	stranger.StartTLS()
	defer stranger.Close()
	for name, c := range map[string]*http.Client{"default": httpauth.DefaultClient(), "public": httpauth.PublicClient()} {
		transport, ok := c.Transport.(*http.Transport)
		if !ok {
			t.Fatalf("%s: transport is a %T", name, c.Transport)
		}
		if config := transport.TLSClientConfig; config != nil && (config.InsecureSkipVerify || config.MinVersion < tls.VersionTLS12) {
			t.Errorf("%s: %+v", name, config)
		}
		if (transport.Proxy != nil) != (name == "default") {
			t.Errorf("%s: proxy %v", name, transport.Proxy != nil)
		}
	}
	c := httpauth.DefaultClient()
	get := func(url string) error {
		resp, err := c.Get(url)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	var alert tls.AlertError
	if err := get(old.URL); !errors.As(err, &alert) && (err == nil || !strings.Contains(err.Error(), "protocol version")) {
		t.Errorf("TLS 1.1: %v", err)
	}
	var unknown *tls.CertificateVerificationError
	if err := get(stranger.URL); !errors.As(err, &unknown) {
		t.Errorf("a certificate of nobody: %v", err)
	}
}
