// Command example is a complete application with sign-in: pages, a guarded area,
// a JSON API, and calls of the provider's API with a token that renews itself.
//
//	go run ./example
//
// It needs nothing else: an OpenID provider runs in the same process. With the
// environment variables of a real provider, such as AUTH_GOOGLE_ID and
// AUTH_GOOGLE_SECRET, that provider is offered too. PORT, AUTH_URL and
// AUTH_SECRET are honoured.
package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func main() {
	if err := run(); err != nil {
		slog.Error("example", "error", err)
		os.Exit(1)
	}
}

func run() error {
	port := cmp.Or(os.Getenv("PORT"), "3000")
	base, err := origin(cmp.Or(os.Getenv("AUTH_URL"), "http://localhost:"+port))
	if err != nil {
		return err
	}
	available, err := providers.FromEnv()
	if err != nil {
		return err
	}
	// The demo provider asks for no passwords, so it is for this machine only.
	host, demoIssuer := "", ""
	if isLocal(base) {
		host = "localhost"
		var demo auth.Provider
		if demo, demoIssuer, err = startDemo(base, port); err != nil {
			return err
		}
		available = append([]auth.Provider{demo}, available...)
	}
	e, err := newApp(base, secrets(), available, profileURLs(demoIssuer))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("port %s is taken; set PORT to another one: %w", port, err)
	}
	slog.Info("ready", "open", base)
	return serve(listener, e)
}

// secrets returns nil, which means those of the environment, or a secret for
// this run if there are none.
func secrets() []string {
	for _, name := range []string{"AUTH_SECRET", "AUTH_SECRET_1", "AUTH_SECRET_2", "AUTH_SECRET_3"} {
		if os.Getenv(name) != "" {
			return nil
		}
	}
	slog.Warn("AUTH_SECRET is not set; using one that lasts until the program ends, so everybody is signed out then")
	return []string{rand.Text() + rand.Text()}
}

// startDemo starts an OpenID provider in this process and returns it as a way to
// sign in. Its access tokens live for 30 seconds, so that one can watch them
// being renewed.
func startDemo(base, port string) (p auth.Provider, issuer string, err error) {
	listener, err := listenBeside(port)
	if err != nil {
		return nil, "", err
	}
	issuer = "http://localhost:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	secret := rand.Text()
	op, err := providertest.New(providertest.Config{
		Issuer: issuer,
		Clients: []providertest.Client{{
			ID: "example", Secret: secret,
			RedirectURIs: []string{base + "/auth/callback/demo"},
			LogoutURIs:   []string{base + "/auth/signed-out"},
		}},
		Users:               people(),
		AccessTokenLifetime: 30 * time.Second,
	})
	if err != nil {
		return nil, "", err
	}
	go func() {
		if err := serve(listener, op); err != nil {
			slog.Error("demo provider", "error", err)
		}
	}()
	return providers.OIDC(providers.Config{
		ID: "demo", Name: "Demo", ClientID: "example", ClientSecret: secret, Issuer: issuer,
		Style: providers.Style{Background: "#3457d5", Text: "#ffffff"},
	}), issuer, nil
}

// profileURLs returns the function that knows where each provider's API tells
// about the signed-in person. PROFILE_URL names it for other providers.
func profileURLs(demoIssuer string) func(provider string) string {
	return func(provider string) string {
		switch provider {
		case "demo":
			return demoIssuer + "/userinfo"
		case "google":
			return "https://openidconnect.googleapis.com/v1/userinfo"
		case "github":
			return "https://api.github.com/user"
		}
		return os.Getenv("PROFILE_URL")
	}
}

// listenBeside takes the port after the application's, or any other.
func listenBeside(port string) (net.Listener, error) {
	if n, err := strconv.Atoi(port); err == nil {
		if l, err := net.Listen("tcp", fmt.Sprintf("localhost:%d", n+1)); err == nil {
			return l, nil
		}
	}
	return net.Listen("tcp", "localhost:0")
}

func serve(l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// origin returns the URL without its path: this application's pages link to
// /auth.
func origin(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("AUTH_URL is %q, which is not a URL such as https://app.example.com", base)
	}
	return u.Scheme + "://" + u.Host, nil
}

func isLocal(base string) bool {
	u, err := url.Parse(base)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}
