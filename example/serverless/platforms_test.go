package serverless_test

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealedauth/auth/example/serverless/platformtest"
	"github.com/sealedauth/auth/providers/providertest"
)

const (
	appURL     = "https://app.example.com"
	groupCount = 170 // so that a session needs several cookies
)

// program is an example beside this one.
type program struct{ dir, pkg string }

var (
	lambdaProgram    = program{"../lambda", "."}
	streamingProgram = program{"../lambda", "./streaming"}
	cloudProgram     = program{"../cloudfunctions", "./cmd"}
	vercelProgram    = program{"../vercel", "./cmd"}
	serverProgram    = program{"../azure", "."}
)

var measuring = os.Getenv("MEASURE") != ""

var binaries = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "serverless")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(binaries())
	os.Exit(code)
}

// building holds a lock for each binary: tests run in parallel.
var building sync.Map

// built returns the binary of a program. To be measured it is made as
// docs/serverless.md says; otherwise so that less has to be compiled.
func built(t *testing.T, p program) string {
	t.Helper()
	binary := filepath.Join(binaries(), strings.Trim(strings.ReplaceAll(filepath.Base(p.dir)+p.pkg, "/", ""), "."))
	lock, _ := building.LoadOrStore(binary, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags=lambda.norpc", "-o", binary, p.pkg)
	cmd.Dir, cmd.Env = p.dir, os.Environ()
	if measuring {
		cmd.Args = slices.Insert(cmd.Args, 2, "-trimpath", "-ldflags=-s -w")
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build in %s: %v\n%s", p.dir, err, out)
	}
	return binary
}

// command prepares a program with nothing in its environment but this. What it says
// is shown if the test fails.
func command(t *testing.T, binary string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env, cmd.WaitDelay = env, time.Second
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	t.Cleanup(func() {
		text, _ := os.ReadFile(log.Name())
		_ = log.Close()
		if t.Failed() {
			t.Logf("log of %s:\n%s", filepath.Base(binary), text)
		}
	})
	return cmd
}

// server is a platform that calls a program by HTTP, with a proxy in front that ends
// TLS.
type server struct {
	http.RoundTripper
	cold time.Duration // from the start of the process to its first answer
}

// startServer runs a program that listens on the port that a variable names.
func startServer(t *testing.T, binary, variable string, env ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_ = l.Close()
	cmd := command(t, binary, append(env, fmt.Sprintf("%s=%s", variable, at[strings.LastIndex(at, ":")+1:]))...)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for {
		resp, err := http.Get("http://" + at + "/")
		if err == nil {
			_ = resp.Body.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("%s does not answer: %v", binary, err)
		}
		time.Sleep(time.Millisecond)
	}
	cold := time.Since(began)
	target, _ := url.Parse("http://" + at)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target) // also the Host: the program does not learn its name
		r.Out.URL.RawQuery = r.In.URL.RawQuery
		r.SetXForwarded()
	}}
	front := httptest.NewTLSServer(proxy)
	t.Cleanup(front.Close)
	return &server{redirected{front}, cold}
}

// redirected sends all requests to a server, whatever host they are for.
type redirected struct{ to *httptest.Server }

func (d redirected) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Host, out.Host = d.to.Listener.Addr().String(), r.URL.Host
	resp, err := d.to.Client().Transport.RoundTrip(out)
	if err == nil {
		resp.Request = r
	}
	return resp, err
}

// platform is one of those that the examples are for.
type platform struct {
	name    string
	program program
	front   *front // of Lambda
	port    string // of the others: the variable that names it
}

func platforms() []platform {
	behind := func(p program, f front) platform { return platform{"Lambda, " + f.name, p, &f, ""} }
	return []platform{
		behind(lambdaProgram, restAPI()), behind(lambdaProgram, httpAPI()), behind(lambdaProgram, functionURL()),
		behind(streamingProgram, streamingURL()), behind(lambdaProgram, balancer()),
		{"Google Cloud Functions", cloudProgram, nil, "PORT"}, {"Google Cloud Run", serverProgram, nil, "PORT"},
		{"Vercel", vercelProgram, nil, "PORT"}, {"Azure Functions", serverProgram, nil, "FUNCTIONS_CUSTOMHANDLER_PORT"},
	}
}

// start runs the application on the platform.
func (p platform) start(t *testing.T, env ...string) http.RoundTripper {
	t.Helper()
	if p.front != nil {
		return startFunction(t, built(t, p.program), *p.front, env...)
	}
	return startServer(t, built(t, p.program), p.port, append(env, "FUNCTION_TARGET=Auth")...)
}

// world is what the platforms share: a secret, and two providers, of which the second
// issues access tokens that have expired when they arrive.
type world struct {
	acme, brief platformtest.Alice
	secret      string
	env         []string
}

func newWorld(t *testing.T) world {
	t.Helper()
	var groups []string
	for i := range groupCount {
		groups = append(groups, fmt.Sprintf("department-%03d", i))
	}
	w := world{acme: startProvider(t, groups, time.Hour), brief: startProvider(t, groups, time.Millisecond)}
	w.secret = rand.Text() + rand.Text()
	w.env = []string{"AUTH_URL=" + appURL, "AUTH_SECRET=" + w.secret}
	w.add("ACME", "app", "secret", w.acme.Issuer)
	w.add("BRIEF", "app", "secret", w.brief.Issuer)
	return w
}

// add configures a provider.
func (w *world) add(name, id, secret, issuer string) {
	w.env = append(w.env, "AUTH_"+name+"_ID="+id, "AUTH_"+name+"_SECRET="+secret, "AUTH_"+name+"_ISSUER="+issuer)
}

// startProvider runs an OpenID provider on this machine.
func startProvider(t *testing.T, groups []string, lifetime time.Duration) platformtest.Alice {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	op, err := providertest.New(providertest.Config{
		Issuer: "http://" + s.Listener.Addr().String(), AccessTokenLifetime: lifetime,
		Users: []providertest.User{{Subject: "alice", Name: "Alice Example", Email: "alice@example.com", Claims: map[string]any{"groups": groups}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Handler = op
	s.Start()
	t.Cleanup(s.Close)
	return platformtest.Alice{Server: op}
}
