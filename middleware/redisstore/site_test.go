package redisstore_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers/providertest"
)

// siteURL is where browsers see the application; a load balancer takes it to one
// of the instances.
const siteURL = "http://localhost:8080"

// provider is an OpenID provider without grace: a refresh token works once, and
// the second use ends the session. It takes its time to answer.
type provider struct {
	*providertest.Server
	lifetime atomic.Int64 // of new access tokens, in seconds, as clients are told

	mu    sync.Mutex
	spent map[string]int // how often each refresh token came
}

const answersAfter = 100 * time.Millisecond

func newProvider(t *testing.T, issuer string, users int) *provider {
	t.Helper()
	cfg := providertest.Config{Issuer: issuer}
	for i := range users {
		cfg.Users = append(cfg.Users, providertest.User{Subject: user(i)})
	}
	op, err := providertest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{Server: op, spent: map[string]int{}}
	op.Intercept = func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
		if endpoint == "refresh" {
			p.mu.Lock()
			p.spent[r.PostFormValue("refresh_token")]++
			p.mu.Unlock()
			time.Sleep(answersAfter)
		}
		return false
	}
	op.EditTokens = func(answer map[string]any) { answer["expires_in"] = p.lifetime.Load() }
	return p
}

func user(i int) string { return fmt.Sprintf("user%03d", i) }

// refreshes returns how many refresh tokens came since the sign-ins, and how often
// that was one that had come before.
func (p *provider) refreshes() (all, again int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, times := range p.spent {
		all += times
		again += times - 1
	}
	return all, again
}

// site is an application that runs as two operating-system processes.
type site struct {
	t         *testing.T
	op        *provider
	instances []*process
	network   http.RoundTripper
}

// newSite starts an application and its provider. Without the address of a Redis
// its instances have no coordinator.
func newSite(t *testing.T, redis string, users int) *site {
	t.Helper()
	listener := httptest.NewUnstartedServer(nil)
	issuer := "http://" + listener.Listener.Addr().String()
	op := newProvider(t, issuer, users)
	listener.Config.Handler = op
	listener.Start()
	t.Cleanup(listener.Close)
	s := &site{t: t, op: op, network: &http.Transport{MaxIdleConnsPerHost: 100}}
	secret := rand.Text() + rand.Text()
	for range 2 {
		s.instances = append(s.instances, start(t, "instance", "REDIS="+redis, "AUTH_URL="+siteURL, "AUTH_SECRET="+secret,
			"AUTH_OP_ID=app", "AUTH_OP_SECRET=secret", "AUTH_OP_ISSUER="+issuer))
	}
	return s
}

// somewhere is a load balancer that picks instances at random, and knows no
// sticky sessions.
func (s *site) somewhere() http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		return s.at(mathrand.IntN(len(s.instances))).RoundTrip(r)
	})
}

// at is the way to one instance.
func (s *site) at(instance int) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		out := r.Clone(r.Context())
		out.Host, out.URL.Host = r.URL.Host, s.instances[instance].said
		return s.network.RoundTrip(out)
	})
}

// inMemory is the way to a handler, without a network.
func inMemory(h http.Handler) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.RequestURI(), r.Body)
		in.Host, in.Header = r.URL.Host, r.Header
		w := httptest.NewRecorder()
		h.ServeHTTP(w, in)
		return w.Result(), nil
	})
}

type transport func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// browser is one person's browser.
type browser struct {
	t *testing.T
	http.Client
}

func newBrowser(t *testing.T, way http.RoundTripper) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t, http.Client{Jar: jar, Transport: way, CheckRedirect: stay}}
}

// copied returns a browser with a copy of the cookies, which reaches the
// application another way.
func (b *browser) copied(way http.RoundTripper) *browser {
	other := newBrowser(b.t, way)
	u, _ := url.Parse(siteURL + "/auth")
	other.Jar.SetCookies(u, b.Jar.Cookies(u))
	for _, c := range b.Jar.Cookies(u) {
		other.Jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/"}})
	}
	return other
}

// send sends a form, or asks if there is none, and returns status, body and where
// the answer leads.
func (b *browser) send(path string, form url.Values) (status int, body, location string) {
	b.t.Helper()
	method, content := http.MethodGet, ""
	if form != nil {
		method, content = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, siteURL+path, strings.NewReader(content))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.Do(r)
	if err != nil {
		b.t.Error(err)
		return 0, "", ""
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Error(err)
	}
	return resp.StatusCode, string(read), resp.Header.Get("Location")
}

// post sends an empty form with a CSRF token.
func (b *browser) post(path string) (location string) {
	b.t.Helper()
	var csrf struct{ CSRFToken string }
	if _, body, _ := b.send("/auth/csrf", nil); json.Unmarshal([]byte(body), &csrf) != nil {
		b.t.Errorf("no CSRF token: %s", body)
	}
	_, _, location = b.send(path, url.Values{"csrfToken": {csrf.CSRFToken}})
	return location
}

// signIn signs in at the provider.
func (b *browser) signIn(op *provider, subject string) {
	b.t.Helper()
	callback, err := op.SignIn(b.post("/auth/signin/op"), subject)
	if err != nil {
		b.t.Error(err)
		return
	}
	if _, body, location := b.send(strings.TrimPrefix(callback, siteURL), nil); location != siteURL+"/" {
		b.t.Errorf("%s is not signed in: %s %s", subject, location, body)
	}
}

// who returns who is signed in, or "".
func (b *browser) who() string {
	b.t.Helper()
	_, body, _ := b.send("/who", nil)
	return body
}

// calls tells whether the provider takes the session's access token for the
// person's.
func (b *browser) calls(subject string) error {
	b.t.Helper()
	status, body, _ := b.send("/api", nil)
	if status != http.StatusOK || !strings.Contains(body, `"`+subject+`"`) {
		return fmt.Errorf("%s: %d %s", subject, status, strings.TrimSpace(body))
	}
	return nil
}

// signedIn returns browsers in which somebody has signed in, whose access tokens
// have just expired. The next ones live for an hour.
func signedIn(t *testing.T, op *provider, way http.RoundTripper, n int) []*browser {
	t.Helper()
	op.lifetime.Store(1)
	browsers := make([]*browser, n)
	var wg sync.WaitGroup
	next := make(chan int)
	for range 8 {
		wg.Go(func() {
			for i := range next {
				browsers[i] = newBrowser(t, way)
				browsers[i].signIn(op, user(i))
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	time.Sleep(time.Second)
	op.lifetime.Store(3600)
	op.mu.Lock()
	clear(op.spent) // of an earlier round
	op.mu.Unlock()
	return browsers
}

// page is a page of a browser that asks for several things at the same moment. It
// returns what went wrong.
func (b *browser) page(subject string, requests int) (failed []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range requests {
		wg.Go(func() {
			if err := b.calls(subject); err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}
