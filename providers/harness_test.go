package providers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

const (
	issuer      = "https://op.example.com"
	redirectURL = "https://app.example.com/auth/callback/op"
)

// wire is what goes out: every request is recorded and answered in memory.
type wire struct {
	next http.RoundTripper

	mu   sync.Mutex
	sent []sent
}

type sent struct {
	method, host, path string
	query, form        url.Values
	header             http.Header
	body               string
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	s := sent{method: r.Method, host: r.URL.Host, path: r.URL.Path, query: r.URL.Query(), header: r.Header.Clone()}
	out := r.Clone(r.Context())
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		s.body = string(body)
		s.form, _ = url.ParseQuery(s.body)
		out.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.mu.Lock()
	w.sent = append(w.sent, s)
	w.mu.Unlock()
	return w.next.RoundTrip(out)
}

// to returns the requests to a path.
func (w *wire) to(path string) []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []sent
	for _, s := range w.sent {
		if s.path == path {
			found = append(found, s)
		}
	}
	return found
}

// strangers counts the requests to any host but this one.
func (w *wire) strangers(host string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, s := range w.sent {
		if s.host != host {
			n++
		}
	}
	return n
}

func (w *wire) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: w})
}

// roundTrip is a function as an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// serve is a handler as an http.RoundTripper.
func serve(h http.HandlerFunc) http.RoundTripper { return providertest.InMemory(h).Transport }

// reply returns a handler that always says the same.
func reply(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func replyJSON(body string) http.HandlerFunc { return reply(http.StatusOK, "application/json", body) }

// rig is a provider of the kit and the OpenID provider that it talks to.
type rig struct {
	*wire
	t  testing.TB
	op *providertest.Server
	p  providers.Provider

	answers map[string]http.HandlerFunc // in place of the server's, by endpoint
}

// setup is what a test may change before the rig is made.
type setup struct {
	op      providertest.Config
	config  providers.Config
	options []providers.Option

	// make makes the provider, if it is not a generic one.
	make func() providers.Provider
}

func newRig(t testing.TB, edits ...func(*setup)) *rig {
	t.Helper()
	s := setup{
		op:     providertest.Config{Issuer: issuer},
		config: providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: issuer},
	}
	for _, edit := range edits {
		edit(&s)
	}
	op, err := providertest.New(s.op)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, op: op, answers: map[string]http.HandlerFunc{}}
	op.Intercept = func(endpoint string, w http.ResponseWriter, req *http.Request) bool {
		answer := r.answers[endpoint]
		if answer != nil {
			answer(w, req)
		}
		return answer != nil
	}
	r.wire = &wire{next: op.Client().Transport}
	if s.make != nil {
		r.p = s.make()
	} else {
		r.p = providers.OIDC(s.config, s.options...)
	}
	return r
}

func (r *rig) ctx() context.Context { return r.context(r.t.Context()) }

// newRequest is an authorization request as the kit's engine makes it.
func newRequest() providers.AuthRequest {
	return providers.AuthRequest{
		RedirectURL: redirectURL,
		State:       "state-" + oauth2.GenerateVerifier(),
		Nonce:       "nonce-" + oauth2.GenerateVerifier(),
		Verifier:    oauth2.GenerateVerifier(),
	}
}

// authorize returns the URL that the browser is sent to.
func (r *rig) authorize(req providers.AuthRequest) *url.URL {
	r.t.Helper()
	raw, err := r.p.AuthCodeURL(r.ctx(), req)
	if err != nil {
		r.t.Fatal(err)
	}
	return parseURL(r.t, raw)
}

// callback lets alice sign in at the provider and returns what comes back.
func (r *rig) callback(req providers.AuthRequest) providers.Callback {
	r.t.Helper()
	back, err := r.op.SignIn(r.authorize(req).String(), "alice")
	if err != nil {
		r.t.Fatal(err)
	}
	return providers.Callback{
		Params: parseURL(r.t, back).Query(), RedirectURL: req.RedirectURL, Nonce: req.Nonce, Verifier: req.Verifier,
	}
}

func (r *rig) exchange(cb providers.Callback) (*providers.Identity, error) {
	return r.p.Exchange(r.ctx(), cb)
}

// signIn is a whole sign-in of alice.
func (r *rig) signIn() (*providers.Identity, error) {
	r.t.Helper()
	return r.exchange(r.callback(newRequest()))
}

func (r *rig) mustSignIn() *providers.Identity {
	r.t.Helper()
	id, err := r.signIn()
	if err != nil {
		r.t.Fatalf("sign-in: %v", err)
	}
	return id
}

func (r *rig) refresh(a token.Account) (token.Account, error) {
	return r.p.(providers.Refresher).Refresh(r.ctx(), a)
}

// refused checks that a call failed for the expected reason and gave nothing
// away: neither an identity nor an untyped error.
func refused(t testing.TB, id *providers.Identity, err, kind error, why string) {
	t.Helper()
	var typed *providers.Error
	switch {
	case err == nil:
		t.Fatal("accepted")
	case id != nil:
		t.Fatal("an identity came with the error")
	case !errors.As(err, &typed):
		t.Fatalf("error of type %T: %v", err, err)
	case !errors.Is(err, kind) || !strings.Contains(err.Error(), why):
		t.Fatalf("refused with %q, want %q and %q", err, kind, why)
	}
}

func parseURL(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("no JSON form: %v", err)) // a mistake in the test
	}
	return string(b)
}

// plain is a provider without OpenID Connect; its endpoints are handlers by path.
type plain struct {
	*wire
	t        testing.TB
	p        providers.Provider
	handlers map[string]http.HandlerFunc
}

const goodTokens = `{"access_token":"at-1","token_type":"bearer","expires_in":3600,"refresh_token":"rt-1","scope":"read"}`

func newPlain(t testing.TB, edits ...func(*providers.Config)) *plain {
	c := providers.Config{
		ID: "plain", ClientID: "app", ClientSecret: "secret",
		AuthURL: issuer + "/authorize", TokenURL: issuer + "/token", UserInfoURL: issuer + "/me", RevokeURL: issuer + "/revoke",
		Scopes: []string{"read"}, Fields: providers.Fields{ID: "id"},
	}
	for _, edit := range edits {
		edit(&c)
	}
	p := &plain{t: t, p: providers.OAuth2(c), handlers: map[string]http.HandlerFunc{
		"/token":  replyJSON(goodTokens),
		"/me":     replyJSON(`{"id":42,"name":"Alice"}`),
		"/revoke": reply(http.StatusOK, "", ""),
	}}
	p.wire = &wire{next: serve(func(w http.ResponseWriter, r *http.Request) {
		if h := p.handlers[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	})}
	return p
}

func (p *plain) exchange() (*providers.Identity, error) {
	return p.p.Exchange(p.context(p.t.Context()), goodCallback())
}

func (p *plain) refresh() (token.Account, error) {
	return p.p.(providers.Refresher).Refresh(p.context(p.t.Context()), token.Account{
		Provider: "plain", ID: "42", RefreshToken: token.NewSecret("rt-0"), Scope: "read write",
	})
}

func goodCallback() providers.Callback {
	return providers.Callback{
		Params: url.Values{"code": {"the-code"}, "state": {"the-state"}}, RedirectURL: redirectURL,
		Nonce: "the-nonce", Verifier: "the-verifier-the-verifier-the-verifier-the-verifier",
	}
}

func testClient(id, secret string) providertest.Client {
	return providertest.Client{ID: id, Secret: secret}
}

func readAll(t testing.TB, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func withClient(ctx context.Context, c *http.Client) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c)
}

// panickingJar is a cookie jar that must not be used.
type panickingJar struct{}

func (panickingJar) SetCookies(*url.URL, []*http.Cookie) { panic("cookies of a provider were kept") }
func (panickingJar) Cookies(*url.URL) []*http.Cookie     { panic("cookies were sent to a provider") }
