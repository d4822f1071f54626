package e2e_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/middleware/redisstore"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// fleetURL is where browsers see the application. A load balancer would take them
// from there to one of its instances; here the test does.
const fleetURL = "https://app.example.com"

// setting is what a measurement is made under.
type setting struct {
	instances int
	certified bool          // npm oidc-provider instead of the test provider
	grace     time.Duration // of the test provider, for a refresh token that comes again
	life      time.Duration // of its access tokens
	redis     string        // address of a coordinator and revocation store; empty means neither
	functions bool          // the first instance forgets everything after each request
	config    func(*auth.Config)
}

// fleet is some instances of one application, each with a memory and a port of its
// own. They share a secret, and nothing else unless there is a Redis.
type fleet struct {
	t         *testing.T
	cfg       auth.Config
	wire      *wire
	log       *output
	engines   []*atomic.Pointer[httpauth.Auth]
	start     func(auth.Config) *httpauth.Auth // an instance that knows nothing, of the provider either
	sites     []*httptest.Server
	entrance  atomic.Pointer[providertest.Barrier] // where requests wait for each other
	authorize func(where, person string) (callback string, err error)
	profile   string
	slowest   time.Duration // page
}

// wire is the instances' way to the provider. It counts the refreshes, and can hold
// them back until some have come.
type wire struct {
	barrier       atomic.Pointer[providertest.Barrier]
	sent, refused atomic.Int32
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if !isRefresh(r) {
		return http.DefaultTransport.RoundTrip(r)
	}
	w.sent.Add(1)
	if b := w.barrier.Load(); b != nil {
		if err := b.Wait(r.Context()); err != nil {
			return nil, err
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusBadRequest {
		w.refused.Add(1)
	}
	return answer, err
}

func isRefresh(r *http.Request) bool {
	if r.Method != http.MethodPost || r.GetBody == nil {
		return false
	}
	body, err := r.GetBody()
	if err != nil {
		return false
	}
	text, _ := io.ReadAll(body)
	return strings.Contains(string(text), "grant_type=refresh_token")
}

// users is how many people the test provider knows.
const users = 400

func userName(i int) string { return fmt.Sprintf("user%03d", i) }

func newFleet(t *testing.T, s setting) *fleet {
	t.Helper()
	f := &fleet{t: t, wire: &wire{}, log: &output{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the instances:\n%s", f.log)
		}
	})
	issuer, id, secret := "", "app", "secret"
	if s.certified {
		issuer = startProvider(t, fleetURL, fmt.Sprintf("AT_TTL=%d", max(1, int(s.life.Seconds()))))
		id, secret, f.profile, f.authorize = "example", "p@ss:w%rd+ for tests only", issuer+"/me", throughForms
	} else {
		issuer, f.authorize = startTestProvider(t, s)
		f.profile = issuer + "/userinfo"
	}
	f.cfg = auth.Config{
		URL: fleetURL, Secrets: []string{rand.Text() + rand.Text()}, Logger: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		HTTPClient: &http.Client{Transport: f.wire, Timeout: 20 * time.Second},
		Callbacks: auth.Callbacks{Session: show, JWT: func(ctx context.Context, e *auth.JWTEvent) error {
			if e.Trigger == auth.TriggerSignIn && s.life > 0 {
				e.Token.Account.ExpiresAt = time.Now() // so that it is due at once
			}
			return rename(ctx, e)
		}},
	}
	if s.redis != "" {
		client := redis.NewClient(&redis.Options{Addr: s.redis, PoolSize: 20, ReadTimeout: 5 * time.Second})
		t.Cleanup(func() { _ = client.Close() })
		store := redisstore.New(client, redisstore.WithPoll(10*time.Millisecond))
		f.cfg.Coordinator, f.cfg.Revocations = store, store
	}
	if s.config != nil {
		s.config(&f.cfg)
	}
	f.start = func(cfg auth.Config) *httpauth.Auth {
		cfg.Providers = []auth.Provider{providers.OIDC(providers.Config{ID: "acme", ClientID: id, ClientSecret: secret, Issuer: issuer})}
		a, err := httpauth.New(cfg)
		if err != nil {
			t.Error(err)
		}
		return a
	}
	for i := range s.instances {
		f.addInstance(s.functions && i == 0)
	}
	return f
}

// addInstance runs one more instance. A function starts anew for each request.
func (f *fleet) addInstance(function bool) {
	engine := new(atomic.Pointer[httpauth.Auth])
	engine.Store(f.start(f.cfg))
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := engine.Load()
		if function {
			a = f.start(f.cfg)
		}
		if b := f.entrance.Load(); b != nil {
			_ = b.Wait(r.Context())
		}
		f.handler(a).ServeHTTP(w, r)
	}))
	f.t.Cleanup(site.Close)
	f.engines, f.sites = append(f.engines, engine), append(f.sites, site)
}

// startTestProvider runs the test provider, and returns with its issuer what a
// person does there.
func startTestProvider(t *testing.T, s setting) (issuer string, authorize func(where, person string) (string, error)) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	cfg := providertest.Config{Issuer: "http://" + server.Listener.Addr().String(), AccessTokenLifetime: s.life, RefreshGrace: s.grace}
	for i := range users {
		cfg.Users = append(cfg.Users, providertest.User{Subject: userName(i), Name: "Person " + userName(i)})
	}
	op, err := providertest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	// As long as an answer takes on a real network.
	op.Fail("refresh", providertest.Fault{AnswerDelay: 50 * time.Millisecond, Times: providertest.Always})
	server.Config.Handler = op
	server.Start()
	t.Cleanup(server.Close)
	return cfg.Issuer, op.SignIn
}

var formAction = regexp.MustCompile(`action="([^"]+)"`)

// throughForms is what a person does at the certified provider: the login, then the
// consent.
func throughForms(where, person string) (string, error) {
	jar, _ := cookiejar.New(nil) // never fails
	callback := ""
	c := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), fleetURL) {
			callback = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	form := url.Values{"prompt": {"login"}, "login": {person}, "password": {"any"}}
	page, err := c.Get(where)
	for range 2 {
		if err != nil {
			return "", err
		}
		text, _ := io.ReadAll(page.Body)
		_ = page.Body.Close()
		action := formAction.FindStringSubmatch(string(text))
		if action == nil {
			return "", fmt.Errorf("no form: %s", text)
		}
		to, err := page.Request.URL.Parse(action[1])
		if err != nil {
			return "", err
		}
		if page, err = c.PostForm(to.String(), form); err != nil {
			return "", err
		}
		form = url.Values{"prompt": {"consent"}}
	}
	return callback, page.Body.Close()
}

// handler is the application: who is signed in, and an API at the provider.
func (f *fleet) handler(a *httpauth.Auth) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		session, _ := httpauth.FromContext(r.Context())
		_ = json.NewEncoder(w).Encode(session)
	})
	mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
		client, err := httpauth.Client(r.Context())
		var e *httpauth.Error
		if errors.As(err, &e) {
			http.Error(w, e.Error(), e.Status)
			return
		}
		answer, err := client.Get(f.profile)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	})
	return a.Wrap(a.Require()(mux))
}

// redisAddr runs a Redis server until the end of the test.
func redisAddr(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("redis-server is not installed; run: apt-get install redis-server (make e2e does)")
	}
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	_, port, _ := net.SplitHostPort(addr)
	run(t, exec.CommandContext(t.Context(), "redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir()))
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	wait(t, "redis-server answers", func() bool { return client.Ping(t.Context()).Err() == nil })
	return addr
}
