package main_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealedauth/auth/example/serverless"
	"github.com/sealedauth/auth/example/serverless/platformtest"
	"github.com/sealedauth/auth/providers/providertest"
)

const (
	appURL     = "https://app.example.com"
	groupCount = 170 // so that a session takes two cookies
)

// built builds a Worker once, into build/<name>, where it stays to look at.
func built(t *testing.T, name, tags string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	dir := filepath.Join("build", name)
	if builds.done[name] {
		return dir
	}
	cmd := exec.CommandContext(t.Context(), "sh", "build.sh", dir)
	cmd.Env = append(os.Environ(), "TAGS="+tags)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build.sh %s: %v\n%s", name, err, out)
	}
	builds.done[name] = true
	return dir
}

var builds = struct {
	sync.Mutex
	done map[string]bool
}{done: map[string]bool{}}

// workerd is the runtime of Cloudflare Workers with one Worker. It is an
// http.RoundTripper: the network between browsers and the Worker.
type workerd struct {
	at   string
	cold time.Duration // from the start of the process to its first answer
	pid  int
	log  *log
}

// start runs a configuration of workerd.
func start(t *testing.T, config string, env ...string) *workerd {
	t.Helper()
	found, _ := filepath.Glob("node_modules/@cloudflare/workerd-*/bin/workerd")
	if len(found) != 1 {
		t.Fatal("workerd is not installed; run: npm ci --prefix example/workers (make e2e-workers does)")
	}
	w := &workerd{at: free(t), log: &log{}}
	cmd := exec.CommandContext(t.Context(), found[0], "serve", config, "-shttp="+w.at)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, w.log, w.log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.pid = cmd.Process.Pid
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("log of workerd:\n%s", w.log)
		}
	})
	for !w.answers() {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("%s does not answer", config)
		}
		time.Sleep(2 * time.Millisecond)
	}
	w.cold = time.Since(began)
	return w
}

func (w *workerd) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.at+"/", nil)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return true
}

// RoundTrip implements http.RoundTripper.
func (w *workerd) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.Host = "http", w.at, r.URL.Host
	return http.DefaultTransport.RoundTrip(out)
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// log keeps what a program prints.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// provider is an OpenID provider on a port of its own, with somebody who is in many
// groups. lifetime is that of its access tokens.
func provider(t *testing.T, lifetime time.Duration, around func(http.Handler) http.Handler) platformtest.Alice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var groups []string
	for i := range groupCount {
		groups = append(groups, fmt.Sprintf("department-%03d", i))
	}
	op, err := providertest.New(providertest.Config{
		Issuer: "http://" + l.Addr().String(), AccessTokenLifetime: lifetime,
		Clients: []providertest.Client{{ID: "app", Secret: "the secret of the client", RedirectURIs: []string{appURL + "/auth/callback/acme"}}},
		Users:   []providertest.User{{Subject: "alice", Name: "Alice", Email: "alice@example.com", Claims: map[string]any{"groups": groups}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var h http.Handler = op
	if around != nil {
		h = around(op)
	}
	s := httptest.NewUnstartedServer(h)
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return platformtest.Alice{Server: op}
}

// environment configures the application, wherever it runs.
func environment(issuer string, secrets ...string) []string {
	if len(secrets) == 0 {
		secrets = []string{rand.Text() + rand.Text()}
	}
	env := []string{"AUTH_URL=" + appURL, "AUTH_ACME_ID=app", "AUTH_ACME_SECRET=the secret of the client", "AUTH_ACME_ISSUER=" + issuer, "AUTH_SECRET=" + secrets[0]}
	for _, newer := range secrets[1:] {
		env = append(env, "AUTH_SECRET_1="+newer)
	}
	return env
}

// serverful is the same application as a server in this process, which is another
// platform: it only has the secret in common with the Worker.
func serverful(t *testing.T, env []string) http.RoundTripper {
	t.Helper()
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	app, err := serverless.New()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(app)
	t.Cleanup(s.Close)
	return &workerd{at: s.Listener.Addr().String()}
}
