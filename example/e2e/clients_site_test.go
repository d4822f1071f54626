package e2e_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// reactClient is a client as it is published, and the format that it is used with.
type reactClient struct {
	name    string
	alias   string // of its package in clients/package.json
	format  auth.Compat
	base    string // path of the kit's routes
	session string // name of the session's cookie on http
	csrf    string // and of the CSRF token's
	v4      bool
}

var reactClients = []reactClient{
	{"v5", "next-auth-v5", auth.AuthJS, "/api/auth", "authjs.session-token", "authjs.csrf-token", false},
	{"v4", "next-auth-v4", auth.NextAuth4, "/api/auth", "next-auth.session-token", "next-auth.csrf-token", true},
	{"v5 native", "next-auth-v5", auth.Native, "/auth", "auth.session", "auth.csrf", false},
}

// bundle makes a script of the pages with one version of next-auth.
func (c reactClient) bundle(t *testing.T) []byte {
	t.Helper()
	for _, name := range []string{"esbuild/bin/esbuild", "react-dom", c.alias} {
		if _, err := os.Stat("clients/node_modules/" + name); err != nil {
			t.Fatalf("%s is not installed; run: npm ci --prefix example/e2e/clients (make e2e does)", name)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "node_modules/esbuild/bin/esbuild", "app.jsx", "--bundle", "--format=esm", "--jsx=automatic",
		"--alias:next-auth="+c.alias, "--define:process.env={}", `--define:process.env.NODE_ENV="production"`, "--log-level=warning")
	cmd.Dir = "clients"
	said := &output{}
	cmd.Stderr = said
	script, err := cmd.Output()
	if err != nil || said.String() != "" {
		t.Fatalf("esbuild: %v\n%s", err, said)
	}
	return script
}

// site is an Echo application with the kit and the pages of clients/app.jsx.
type site struct {
	client reactClient
	url    string // its origin
	op     string // the provider's
	log    *output

	mu     sync.Mutex
	motto  string // something of the application's that every session shows
	kinds  []httpauth.ErrorKind
	routes []string // the answers of the kit's routes
	crowd  *crowd   // of requests for a CSRF token
}

// startSite runs the application and, on another site as usual, a provider.
func startSite(t *testing.T, c reactClient, change ...func(*auth.Config)) *site {
	t.Helper()
	server, provider := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	s := &site{
		client: c, log: &output{}, motto: "first things first",
		url: strings.Replace("http://"+server.Listener.Addr().String(), "127.0.0.1", "localhost", 1),
		op:  "http://" + provider.Listener.Addr().String(),
	}
	op, err := providertest.New(providertest.Config{
		Issuer:  s.op,
		Clients: []providertest.Client{{ID: "app", Secret: "secret", RedirectURIs: []string{s.url + c.base + "/callback/op"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.config()
	for _, f := range change {
		f(&cfg)
	}
	e := echo.New()
	e.Use(s.watch, auth.Middleware(cfg))
	e.GET("/app.js", s.script(c.bundle(t)))
	for _, path := range []string{"/", "/members", "/login"} {
		e.GET(path, s.page)
	}
	server.Config.Handler, provider.Config.Handler = e, op
	for _, running := range []*httptest.Server{server, provider} {
		running.Start()
		t.Cleanup(running.Close)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the application:\n%s\nanswers of the kit:\n%s", s.log, strings.Join(s.answers(""), "\n"))
		}
	})
	return s
}

func (s *site) config() auth.Config {
	return auth.Config{
		URL: s.url, Secrets: []string{rand.Text() + rand.Text()}, Compat: s.client.format,
		Providers: []auth.Provider{
			providers.OIDC(providers.Config{ID: "op", Name: "Test provider", ClientID: "app", ClientSecret: "secret", Issuer: s.op}),
			providers.Credentials(providers.CredentialsConfig{Authorize: ada}),
		},
		Callbacks:    auth.Callbacks{JWT: rename, Session: s.show},
		Events:       auth.Events{Error: s.failed},
		ClientScopes: []string{"calendar"},
		Logger:       slog.New(slog.NewTextHandler(s.log, nil)),
	}
}

// ada is the only person with a password.
func ada(_ context.Context, form providers.Submission) (*providers.Identity, error) {
	switch {
	case form.Get("username") == "ada" && form.Get("password") == "right":
		return &providers.Identity{User: providers.User{ID: "7", Name: "Ada", Email: "ada@example.com"}}, nil
	case form.Get("username") == "locked":
		return nil, &providers.CredentialsError{Code: "account_locked"}
	}
	return nil, providers.ErrCredentials
}

// rename lets a person choose a nickname, with update({nickname}).
func rename(_ context.Context, e *auth.JWTEvent) error {
	if e.Trigger != auth.TriggerUpdate || e.Data == nil {
		return nil
	}
	var asked struct {
		Nickname string `json:"nickname"`
	}
	if err := json.Unmarshal(e.Data, &asked); err != nil || asked.Nickname == "" {
		return errors.New("update without a nickname")
	}
	claims.NewKey[string]("nickname").Set(e.Token, asked.Nickname)
	return nil
}

func (s *site) show(_ context.Context, e *auth.SessionEvent) error {
	e.Session.Expose(claims.NewKey[string]("nickname"))
	s.mu.Lock()
	defer s.mu.Unlock()
	return e.Session.Set("motto", s.motto)
}

func (s *site) failed(_ context.Context, e *auth.ErrorEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds = append(s.kinds, e.Kind)
}

// failures returns what the kit has reported since the last time.
func (s *site) failures() []httpauth.ErrorKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := s.kinds
	s.kinds = nil
	return kinds
}

func (s *site) setMotto(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.motto = text
}

// watch keeps a list of what the kit answers, and lets requests for a CSRF token
// wait for each other.
func (s *site) watch(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		action, ours := strings.CutPrefix(c.Request().URL.Path, s.client.base)
		if action == "/csrf" {
			s.waiting().join(c.Request().Context())
		}
		err := next(c)
		if ours {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.routes = append(s.routes, fmt.Sprintf("%s %s %d", c.Request().Method, action, c.Response().Status))
		}
		return err
	}
}

// answers returns the kit's answers that begin with a text, such as
// "POST /session".
func (s *site) answers(prefix string) (found []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, answer := range s.routes {
		if strings.HasPrefix(answer, prefix) {
			found = append(found, answer)
		}
	}
	return found
}

// gather makes the next requests for a CSRF token wait until there are n.
func (s *site) gather(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crowd = &crowd{missing: n, complete: make(chan struct{})}
}

func (s *site) waiting() *crowd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crowd
}

// crowd is a number of requests that get through together.
type crowd struct {
	mu       sync.Mutex
	missing  int
	complete chan struct{}
}

func (c *crowd) join(ctx context.Context) {
	if c == nil {
		return
	}
	c.mu.Lock()
	if c.missing--; c.missing == 0 {
		close(c.complete)
	}
	c.mu.Unlock()
	select {
	case <-c.complete:
	case <-ctx.Done():
	}
}

func (s *site) script(bundle []byte) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", bundle) }
}

// page answers with an empty page, which the script fills. The clients know their
// base path themselves, unless it is that of the kit's own format.
func (s *site) page(c echo.Context) error {
	base := ""
	if s.client.base != "/api/auth" {
		base = ` data-base-path="` + s.client.base + `"`
	}
	return c.HTML(http.StatusOK, `<!doctype html><meta charset="utf-8"><title>Clients</title><link rel="icon" href="data:,">
<style>body{font:16px/1.5 sans-serif;max-width:42rem;margin:2rem auto}pre{background:#f3f4f6;padding:1rem}</style>
<div id="root"`+base+`></div><script type="module" src="/app.js"></script>`)
}

// guest is a browser that has not been to the site before. It shares its process
// with others, but neither cookies nor storage.
type guest struct {
	*tab
	site     *site
	messages *output // errors that the page's scripts met, one a line
}

// newGuest opens a browser of its own within a running one.
func newGuest(t *testing.T, browser *tab, s *site) *guest {
	t.Helper()
	return openGuest(t, browser, s, chromedp.WithNewBrowserContext())
}

// another opens a second tab of the same browser.
func (g *guest) another() *guest { g.t.Helper(); return openGuest(g.t, g.tab, g.site) }

func openGuest(t *testing.T, from *tab, s *site, options ...chromedp.ContextOption) *guest {
	t.Helper()
	ctx, cancel := chromedp.NewContext(from.ctx, options...)
	t.Cleanup(cancel)
	g := &guest{tab: &tab{t, ctx}, site: s, messages: &output{}}
	// The tab lives as long as the context of its first step.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(900, 600)); err != nil {
		t.Fatal(err)
	}
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			// What the network says, such as a status 401, is told by the results.
			if err == nil && m.Source == "" && (m.Type == chromedp.ConsoleError || m.IsException()) {
				_, _ = fmt.Fprintln(g.messages, strings.ReplaceAll(m.Text, "\n", " "))
			}
		}
	}()
	return g
}

// complaints returns the errors of the page's scripts, but those of requests that
// ended because the page did.
func (g *guest) complaints() (found []string) {
	for _, line := range g.messages.lines("") {
		if !strings.Contains(line, "Failed to fetch") {
			found = append(found, line)
		}
	}
	return found
}

// visit opens a page of the site.
func (g *guest) visit(path string) { g.t.Helper(); g.open(g.site.url + path) }

// is waits until useSession says this.
func (g *guest) is(status string) {
	g.t.Helper()
	g.until("document.querySelector('#status')?.textContent === '"+status+"'", 10*time.Second)
}

// shows waits until the session of useSession contains a text.
func (g *guest) shows(text string) {
	g.t.Helper()
	g.until("document.querySelector('#session')?.textContent.includes('"+text+"')", 10*time.Second)
}

// arrives waits until a page of the site has replaced the one that leave was
// called on.
func (g *guest) arrives(path string) {
	g.t.Helper()
	g.until("!window.left && location.href === '"+g.site.url+path+"'", 10*time.Second)
}

// leave does something that leads to another page, or to the same one again.
func (g *guest) leave(statement string) {
	g.t.Helper()
	script[bool](g.tab, "window.left = true; "+statement+"; true")
}

// pick chooses a person on the provider's page.
func (g *guest) pick(subject string) {
	g.t.Helper()
	g.until("location.origin === '"+g.site.op+"'", 10*time.Second)
	g.click("button[value=" + subject + "]")
}

// signInAsAda signs in without leaving the page.
func (g *guest) signInAsAda() {
	g.t.Helper()
	if got := g.try("ada", "right"); got.Error != "" || !got.OK {
		g.t.Fatalf("%+v", got)
	}
	g.is("authenticated")
}

// signInResult is what signIn returns with redirect: false.
type signInResult struct {
	Error  string `json:"error"`
	Code   string `json:"code"`
	Status int    `json:"status"`
	OK     bool   `json:"ok"`
	URL    string `json:"url"`
}

// try calls signIn with a user name and a password and without a redirect.
func (g *guest) try(username, password string) signInResult {
	g.t.Helper()
	return script[signInResult](g.tab, fmt.Sprintf("client.signIn('credentials', {username: %q, password: %q, redirect: false})", username, password))
}

// cookies returns the names of the browser's cookies that contain a text.
func (g *guest) cookies(text string) (names []string) {
	g.t.Helper()
	got, err := chromedp.Call(g.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{g.site.url}})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, c := range got.Cookies {
		if !c.HTTPOnly {
			g.t.Errorf("scripts can read the cookie %s", c.Name)
		}
		if strings.Contains(c.Name, text) {
			names = append(names, c.Name)
		}
	}
	return names
}
