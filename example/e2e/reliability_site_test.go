package e2e_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// rounds tells how often something is tried: a little in every run of the tests,
// and as often as an environment variable says in "make soak".
func rounds(t *testing.T, variable string, usual int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number of rounds", variable, text)
	}
	return n
}

// service is an Echo application with the kit, whose handlers tell what they see
// and can be held up.
type service struct {
	url     string // its origin
	profile string // what its access tokens are good for, at the provider
	auth    *httpauth.Auth
	cfg     auth.Config
	op      *providertest.Server // nil at the certified provider
	log     *output
	soon    bool          // access tokens of a sign-in are due at once
	done    chan struct{} // closed at the end of the test
	news    chan string   // goes to the page that follows the events; empty breaks the connection

	mu    sync.Mutex
	gates map[string]*gate
	asked []string // the navigations, in their order: method, URI and status
}

// gate is where a slow handler waits.
type gate struct {
	reached chan []string // gets the Set-Cookie lines that the kit has put into the response
	open    chan struct{}
}

// httpsServer is for an application on HTTP/2, where a browser sends all requests of a page
// at once. On HTTP/1.1 it has six connections for all tabs together.
func httpsServer() *httptest.Server {
	s := httptest.NewUnstartedServer(nil)
	s.EnableHTTP2 = true
	return s
}

// startCertified runs the application at the certified provider.
func startCertified(t *testing.T, env ...string) (*service, string) {
	t.Helper()
	server := httpsServer()
	s := &service{url: localURL("https", server)}
	issuer := startProvider(t, s.url, env...)
	s.profile = issuer + "/me"
	s.start(t, server, providers.OIDC(providers.Config{
		ID: "acme", ClientID: "example", ClientSecret: "p@ss:w%rd+ for tests only", Issuer: issuer,
	}))
	return s, issuer
}

// startService runs the application at the test provider.
func startService(t *testing.T, server *httptest.Server, change ...func(*auth.Config)) *service {
	t.Helper()
	scheme := "http"
	if server.EnableHTTP2 {
		scheme = "https"
	}
	provider := httptest.NewUnstartedServer(nil)
	s := &service{url: localURL(scheme, server)}
	issuer := "http://" + provider.Listener.Addr().String()
	op, err := providertest.New(providertest.Config{Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	s.op, s.profile, provider.Config.Handler = op, issuer+"/userinfo", op
	provider.Start()
	t.Cleanup(provider.Close)
	s.start(t, server, testProvider(issuer), change...)
	return s
}

func testProvider(issuer string) auth.Provider {
	return providers.OIDC(providers.Config{
		ID: "op", Name: "Test provider", ClientID: "app", ClientSecret: "secret", Issuer: issuer,
	})
}

func localURL(scheme string, s *httptest.Server) string {
	return scheme + "://" + strings.Replace(s.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
}

func (s *service) start(t *testing.T, server *httptest.Server, p auth.Provider, change ...func(*auth.Config)) {
	t.Helper()
	s.log, s.done, s.news, s.gates = &output{}, make(chan struct{}), make(chan string), map[string]*gate{}
	s.cfg = auth.Config{
		URL: s.url, Secrets: []string{rand.Text() + rand.Text()}, Providers: []auth.Provider{p},
		Callbacks: auth.Callbacks{JWT: s.fill, Session: show}, Logger: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	for _, f := range change {
		f(&s.cfg)
	}
	var err error
	if s.auth, err = httpauth.New(s.cfg); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler, server.Config.ErrorLog = s.handler(s.auth), slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelInfo)
	if server.EnableHTTP2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(func() {
		close(s.done) // what is held up goes on
		server.Close()
		if t.Failed() {
			t.Logf("log of the application:\n%s\nnavigations:\n%s", s.log, strings.Join(s.navigations(), "\n"))
		}
	})
}

// handler is the application on an engine. Its start page has no session, so that
// it is there whatever happens.
func (s *service) handler(a *httpauth.Auth) http.Handler {
	e := echo.New()
	e.Use(s.watch, middleware.Mount(a, func(c echo.Context) bool { return c.Path() == "/" }))
	e.GET("/", func(c echo.Context) error { return c.HTML(http.StatusOK, startPage) })
	e.GET("/who", who, auth.Require())
	e.GET("/api", s.callAPI, auth.Require())
	e.GET("/slow", s.slow, auth.Require())
	e.GET("/events", s.events, auth.Require())
	e.GET("/members", func(c echo.Context) error { return c.HTML(http.StatusOK, "<h1>Members</h1>") }, auth.Require())
	return e
}

func who(c echo.Context) error {
	session, _ := auth.Current(c)
	return c.JSON(http.StatusOK, session)
}

// fill makes access tokens due at once if that is wanted, and lets a person choose
// a nickname.
func (s *service) fill(ctx context.Context, e *auth.JWTEvent) error {
	if e.Trigger == auth.TriggerSignIn && s.soon {
		e.Token.Account.ExpiresAt = time.Now()
	}
	return rename(ctx, e)
}

func show(_ context.Context, e *auth.SessionEvent) error {
	hash := sha256.Sum256([]byte(e.Token.Account.AccessToken.Reveal()))
	if err := e.Session.Set("token", hex.EncodeToString(hash[:4])); err != nil {
		return err
	}
	e.Session.Expose(claims.NewKey[string]("nickname"))
	return e.Session.Set("expires", e.Token.Account.ExpiresAt.UnixMilli())
}

// callAPI asks the provider for the profile, as an API that the access token is for.
func (s *service) callAPI(c echo.Context) error {
	client, err := auth.Client(c)
	if err != nil {
		return err
	}
	answer, err := client.Get(s.profile)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return echo.NewHTTPError(http.StatusBadGateway)
	}
	return who(c)
}

func (s *service) gate(name string) *gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.gates[name]
	if !ok {
		g = &gate{make(chan []string, 1), make(chan struct{})}
		s.gates[name] = g
	}
	return g
}

// slow answers when its gate is opened. The kit's cookies are in the response
// already.
func (s *service) slow(c echo.Context) error {
	g := s.gate(c.QueryParam("gate"))
	g.reached <- slices.Clone(c.Response().Header()["Set-Cookie"])
	select {
	case <-g.open:
	case <-s.done:
	}
	return who(c)
}

// watch keeps a list of the navigations.
func (s *service) watch(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		if c.Request().Header.Get("Sec-Fetch-Mode") == "navigate" {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked = append(s.asked, fmt.Sprintf("%s %s %d", c.Request().Method, c.Request().RequestURI, c.Response().Status))
		}
		return nil
	}
}

// navigations returns what the browser was sent to, or went to, since the last call.
func (s *service) navigations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}
