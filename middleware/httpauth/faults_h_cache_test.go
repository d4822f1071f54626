package httpauth_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter H: a shared cache stands in front of the application.

// sharedCache is a proxy that keeps what RFC 9111 lets it keep, cookies included,
// and is as greedy as that allows: what says nothing of its freshness is fresh for a
// minute (section 4.2.2).
type sharedCache struct {
	next  http.RoundTripper
	blind bool // it does not look at Vary, as many do
	cdn   bool // it knows CDN-Cache-Control (RFC 9213)
	plain bool // it keeps no answer with a cookie, as nginx does

	mu     sync.Mutex
	stored map[string][]*stored
	hits   int
}

// stored is an answer that is kept.
type stored struct {
	request http.Header
	status  int
	header  http.Header
	body    []byte
	until   time.Time
}

// directives returns those of Cache-Control, or of the field that comes before it.
func (c *sharedCache) directives(h http.Header) map[string]string {
	field := "Cache-Control"
	if c.cdn && h.Get("CDN-Cache-Control") != "" {
		field = "CDN-Cache-Control"
	}
	found := map[string]string{}
	for _, line := range h.Values(field) {
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
			found[name] = strings.Trim(value, `"`)
		}
	}
	return found
}

// fits tells whether an answer that is kept answers a request (section 4.1).
func (c *sharedCache) fits(s *stored, r *http.Request) bool {
	for _, line := range s.header.Values("Vary") {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.TrimSpace(name)
			if name == "*" || !c.blind && !slices.Equal(s.request.Values(name), r.Header.Values(name)) {
				return false
			}
		}
	}
	return time.Now().Before(s.until)
}

// freshFor returns for how long an answer may be used for others (sections 3, 4.2).
func (c *sharedCache) freshFor(r *http.Request, resp *http.Response) time.Duration {
	d := c.directives(resp.Header)
	for _, forbidden := range []string{"no-store", "private", "no-cache"} {
		if _, ok := d[forbidden]; ok {
			return 0
		}
	}
	if c.plain && resp.Header.Get("Set-Cookie") != "" {
		return 0
	}
	if r.Method != http.MethodGet || r.Header.Get("Authorization") != "" || !slices.Contains([]int{200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}, resp.StatusCode) {
		return 0
	}
	for _, name := range []string{"s-maxage", "max-age"} {
		if seconds, err := strconv.Atoi(d[name]); err == nil {
			return time.Duration(seconds) * time.Second
		}
	}
	return time.Minute
}

func (c *sharedCache) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.URL.String()
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Method == http.MethodGet {
		for _, s := range c.stored[key] {
			if c.fits(s, r) {
				c.hits++
				return &http.Response{StatusCode: s.status, Header: s.header.Clone(), Body: io.NopCloser(bytes.NewReader(s.body)), Request: r}, nil
			}
		}
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if fresh := c.freshFor(r, resp); fresh > 0 {
		c.stored[key] = append(c.stored[key], &stored{r.Header.Clone(), resp.StatusCode, resp.Header.Clone(), body, time.Now().Add(fresh)})
	}
	return resp, nil
}

// crowd is people who use one application through one cache.
type crowd struct {
	t        *testing.T
	browsers []*browser
	names    []string       // of who they are; "" is signed out
	tokens   map[string]int // CSRF tokens, and whose they are
}

// pages adds what a crowd asks for: a page that shows who somebody is, one that is
// the same for everybody and says so, and a picture.
func pages(a *app) {
	a.mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := httpauth.FromContext(r.Context()); ok {
			_, _ = io.WriteString(w, "hello "+s.User.ID+".")
			return
		}
		_, _ = io.WriteString(w, "hello stranger")
	})
	for _, path := range []string{"/public", "/picture"} {
		a.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=30")
			_, _ = io.WriteString(w, "the same for everybody")
		})
	}
}

// newCrowd signs people in, directly, and then sends all of them through a cache.
func newCrowd(t *testing.T, a *app, cache http.RoundTripper) *crowd {
	t.Helper()
	c := &crowd{t: t, tokens: map[string]int{}}
	for i := range 6 {
		b, name := a.browser(), ""
		if i > 0 {
			name = fmt.Sprintf("user%d", i)
			b.signIn(name)
		}
		b.c.Transport = cache
		c.browsers, c.names = append(c.browsers, b), append(c.names, name)
	}
	return c
}

func crowded(_ *httpauth.Config, op *providertest.Config) {
	for i := range 6 {
		name := fmt.Sprintf("user%d", i)
		op.Users = append(op.Users, providertest.User{Subject: name, Name: name + ".", Email: name + "@example.com"})
	}
}

// asks sends a request of one of the crowd, and checks that nothing in the answer is
// anybody else's.
func (c *crowd) asks(i int, path string) {
	c.t.Helper()
	var headers []header
	if path == "/picture" {
		headers = []header{{"Sec-Fetch-Dest", "image"}}
	}
	r := c.browsers[i].get(path, headers...)
	if r.StatusCode >= http.StatusInternalServerError {
		c.t.Fatalf("%s: %d", path, r.StatusCode)
	}
	for j, name := range c.names {
		if j != i && name != "" && strings.Contains(r.body, name+".") {
			c.t.Errorf("%q gets %s of %s: %s", c.names[i], path, name, r.body)
		}
	}
	for _, cookie := range r.Cookies() {
		switch {
		case cookie.MaxAge < 0:
		case cookie.Name == sessionCookie:
			if s := openedCookie(c.t, cookie.Value); s.Subject != "op|"+c.names[i] {
				c.t.Errorf("%q gets the session of %s at %s", c.names[i], s.Subject, path)
			}
		}
	}
	for _, csrf := range csrfTokens.FindAllString(r.body, -1) {
		if whose, known := c.tokens[csrf]; known && whose != i {
			c.t.Errorf("%q gets the CSRF token of %q at %s", c.names[i], c.names[whose], path)
		}
		c.tokens[csrf] = i
	}
}

var csrfTokens = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// mingle lets the crowd ask for things, in any order.
func (c *crowd) mingle(n int, pause time.Duration) {
	c.t.Helper()
	dice := rand.New(rand.NewPCG(67, 67))
	paths := []string{"/page", "/page", "/auth/session", "/auth/csrf", "/auth/signin", "/auth/providers", "/public", "/picture", "/nothing"}
	for range n {
		c.asks(dice.IntN(len(c.browsers)), paths[dice.IntN(len(paths))])
		time.Sleep(pause)
	}
}

// F-67: whatever a shared cache may keep, nobody gets what is somebody else's: no
// page, no session, no cookie. Meanwhile tokens are refreshed and cookies written
// anew.
func TestF_67_SharedCache(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]*sharedCache{"RFC 9111": {}, "CDN": {blind: true, cdn: true}, "nginx": {blind: true, plain: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute, crowded)
				pages(a)
				cache.next, cache.stored = a, map[string][]*stored{}
				newCrowd(t, a, cache).mingle(scaled(2000, 50_000), 500*time.Millisecond)
				if cache.hits < 100 || a.op.Count("refresh") < 100 {
					t.Errorf("%d hits, %d refreshes: the test does not do what it should", cache.hits, a.op.Count("refresh"))
				}
			})
		})
	}
	if soaking {
		t.Run("nginx itself", throughNginx)
	}
}

// throughNginx is the same with the cache of nginx, told to look at no cookies and
// not at Vary.
func throughNginx(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // which is not where everybody looks
	}
	a := newApp(t, crowded) // no refreshes: answers with a cookie are not kept anyway
	pages(a)
	backend := httptest.NewServer(a.auth.Wrap(a.mux))
	defer backend.Close()
	dir := t.TempDir()
	socket, file := filepath.Join(dir, "nginx.sock"), filepath.Join(dir, "nginx.conf")
	user := ""
	if os.Geteuid() == 0 { // its workers would be nobody, who may not enter the directory
		user = "user root; "
	}
	config := fmt.Sprintf(user+`daemon off; pid %[1]s/pid; error_log %[1]s/error.log;
events {}
http {
  access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/temp;
  fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  proxy_cache_path %[1]s/cache keys_zone=all:1m;
  server {
    listen unix:%[2]s;
    location / {
      proxy_pass %[3]s; proxy_set_header Host $host;
      proxy_cache all; proxy_cache_key $request_uri; proxy_cache_valid any 60s; proxy_ignore_headers Vary;
      add_header X-Cache $upstream_cache_status always;
    }
  }
}
`, dir, socket, backend.URL)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	nginx := exec.CommandContext(t.Context(), program, "-p", dir, "-c", file)
	nginx.Stderr = os.Stderr
	if err := nginx.Start(); err != nil {
		t.Fatalf("%v; make soak installs it", err)
	}
	defer func() { _ = nginx.Process.Kill(); _ = nginx.Wait() }()
	eventually(t, "nginx listens", func() bool { _, err := os.Stat(socket); return err == nil })
	hits := 0
	transport := through("unix", socket)
	defer transport.CloseIdleConnections()
	newCrowd(t, a, roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := transport.RoundTrip(r)
		if err == nil && resp.Header.Get("X-Cache") == "HIT" {
			hits++
		}
		return resp, err
	})).mingle(10_000, 0)
	if hits < 100 {
		t.Errorf("%d hits: the test does not do what it should", hits)
	}
}
