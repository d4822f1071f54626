package httpauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

const (
	appURL     = "https://app.example.com"
	issuer     = "https://op.example.com"
	testSecret = "0aF9-kLm2-PqR7-sTu4-VwX1-yZb8-cDe5-GhI3"
)

// app is the kit around a handler, and a provider, all in memory: nothing uses
// the network, so tests can run on virtual time.
type app struct {
	t    *testing.T
	op   *providertest.Server
	auth *httpauth.Auth
	mux  *http.ServeMux // the application's own routes
	http *http.Client   // makes the outbound calls

	around func(http.Handler) http.Handler // middleware before the kit's

	mu     sync.Mutex
	events []httpauth.ErrorEvent
	logged bytes.Buffer
}

// newApp makes an application; options change the configurations before.
func newApp(t *testing.T, options ...func(*httpauth.Config, *providertest.Config)) *app {
	t.Helper()
	cfg := httpauth.Config{URL: appURL, Secrets: []string{testSecret}}
	opc := providertest.Config{Issuer: issuer}
	for _, o := range options {
		o(&cfg, &opc)
	}
	op, err := providertest.New(opc)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{t: t, op: op, mux: http.NewServeMux(), http: op.Client()}
	if cfg.Providers == nil {
		cfg.Providers = []providers.Provider{testProvider("op")}
	}
	cfg.HTTPClient = a.http
	record := cfg.Events.Error
	cfg.Events.Error = func(ctx context.Context, e *httpauth.ErrorEvent) {
		a.mu.Lock()
		a.events = append(a.events, *e)
		a.mu.Unlock()
		if record != nil {
			record(ctx, e)
		}
	}
	cfg.Logger = slog.New(slog.NewTextHandler(&lockedWriter{mu: &a.mu, w: &a.logged}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if a.auth, err = httpauth.New(cfg); err != nil {
		t.Fatal(err)
	}
	a.mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := httpauth.FromContext(r.Context()); ok {
			_, _ = io.WriteString(w, s.User.ID)
		}
	})
	return a
}

// testProvider is an OpenID provider at issuer, with an id of its own.
func testProvider(id string, options ...providers.Option) providers.Provider {
	return providers.OIDC(providers.Config{
		ID: id, Name: "Test " + id, ClientID: "app", ClientSecret: "secret", Issuer: issuer,
	}, options...)
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// kinds returns the kinds of the error events so far.
func (a *app) kinds() []httpauth.ErrorKind {
	a.mu.Lock()
	defer a.mu.Unlock()
	var kinds []httpauth.ErrorKind
	for _, e := range a.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// lastReason returns why the last cookie did not open.
func (a *app) lastReason() token.Reason {
	a.mu.Lock()
	defer a.mu.Unlock()
	var e *token.OpenError
	if len(a.events) > 0 {
		errors.As(a.events[len(a.events)-1].Err, &e)
	}
	if e == nil {
		return ""
	}
	return e.Reason
}

// RoundTrip serves requests to the application in memory.
func (a *app) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.Host, in.RequestURI = r.URL.Host, r.URL.RequestURI()
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	handler := a.auth.Wrap(a.mux)
	if a.around != nil {
		handler = a.around(handler)
	}
	handler.ServeHTTP(w, in)
	res := w.Result()
	res.Request = r
	return res, nil
}

// browser is one person's browser: a cookie jar that follows no redirects by
// itself.
type browser struct {
	t *testing.T
	a *app
	c *http.Client
}

func (a *app) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return &browser{t: a.t, a: a, c: &http.Client{
		Transport: a, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response that has been read.
type answer struct {
	*http.Response
	body string
}

// location returns where the answer redirects to.
func (r answer) location() string { return r.Header.Get("Location") }

// header is a request header for do.
type header struct{ name, value string }

// do sends a request. A path is one of the application. A body is a form if it
// is url.Values, JSON if it is a string.
func (b *browser) do(method, where string, body any, headers ...header) answer {
	b.t.Helper()
	if strings.HasPrefix(where, "/") {
		where = appURL + where
	}
	var reader io.Reader
	kind := ""
	switch v := body.(type) {
	case url.Values:
		reader, kind = strings.NewReader(v.Encode()), "application/x-www-form-urlencoded"
	case string:
		reader, kind = strings.NewReader(v), "application/json"
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, where, reader)
	if err != nil {
		b.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for _, h := range headers {
		r.Header.Set(h.name, h.value)
	}
	resp, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, string(raw)}
}

func (b *browser) get(where string, headers ...header) answer {
	b.t.Helper()
	return b.do(http.MethodGet, where, nil, headers...)
}

// post sends a form with a fresh CSRF token.
func (b *browser) post(path string, form url.Values, headers ...header) answer {
	b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("csrfToken", b.csrf())
	return b.do(http.MethodPost, path, form, headers...)
}

func (b *browser) csrf() string {
	b.t.Helper()
	var got struct{ CSRFToken string }
	if err := json.Unmarshal([]byte(b.get("/auth/csrf").body), &got); err != nil {
		b.t.Fatal(err)
	}
	return got.CSRFToken
}

// start begins a sign-in and returns the provider's authorization URL.
func (b *browser) start(provider, target string) string {
	b.t.Helper()
	r := b.post("/auth/signin/"+provider, url.Values{"callbackUrl": {target}})
	if r.StatusCode != http.StatusFound || strings.HasPrefix(r.location(), appURL) {
		b.t.Fatalf("sign-in did not start: %d %s %v", r.StatusCode, r.location(), b.a.events)
	}
	return r.location()
}

// choose is the person picking an account at the provider; it returns the URL of
// the callback.
func (b *browser) choose(authURL, subject string) string {
	b.t.Helper()
	back, err := b.a.op.SignIn(authURL, subject)
	if err != nil {
		b.t.Fatal(err)
	}
	return back
}

// signIn signs in as a user of the provider and returns the last answer.
func (b *browser) signIn(subject string) answer {
	b.t.Helper()
	r := b.get(b.choose(b.start("op", "/"), subject))
	if r.location() != appURL+"/" {
		b.t.Fatalf("not signed in: %d %s %v", r.StatusCode, r.location(), b.a.events)
	}
	return r
}

// who returns the subject that a handler sees, or "".
func (b *browser) who(headers ...header) string {
	b.t.Helper()
	return b.get("/who", headers...).body
}

// cookies returns the cookies that the browser would send to a path.
func (b *browser) cookies(path string) map[string]string {
	u, err := url.Parse(appURL + path)
	if err != nil {
		b.t.Fatal(err)
	}
	found := map[string]string{}
	for _, c := range b.c.Jar.Cookies(u) {
		found[c.Name] = c.Value
	}
	return found
}

// setCookie plants a cookie.
func (b *browser) setCookie(name, value, path string) {
	u, err := url.Parse(appURL + path)
	if err != nil {
		b.t.Fatal(err)
	}
	b.c.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: path, Secure: true}})
}

// param returns a query parameter of a URL.
func param(t *testing.T, raw, name string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

// withParam returns the URL with another value of a parameter, or without it if
// the value is empty.
func withParam(t *testing.T, raw, name, value string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Del(name)
	if value != "" {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

var hidden = regexp.MustCompile(`name="csrfToken" value="([0-9a-f]{64})"`)
