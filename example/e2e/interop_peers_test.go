package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// interopSecret is what the kit and the servers of Auth.js share.
const interopSecret = "0aF9-kLm2-PqR7-sTu4-VwX1-yZb8-cDe5-GhI3"

// generation is a generation of Auth.js.
type generation struct {
	name    string // of its program in the folder authjs
	format  auth.Compat
	nothing string // the body of a session that there is not
}

var generations = []generation{
	{"v5", auth.AuthJS, "null"},
	{"v4", auth.NextAuth4, "{}"},
}

func (g generation) sessionCookie() string { return g.format.CookieName("session-token", false) }

// eachGeneration runs a test for v5 and for v4.
func eachGeneration(t *testing.T, test func(t *testing.T, g generation)) {
	t.Parallel()
	for _, g := range generations {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			test(t, g)
		})
	}
}

// startNode runs a program of the folder authjs, which ends when its input does,
// and returns its input and output.
func startNode(t *testing.T, program string, env ...string) (io.Writer, *bufio.Reader) {
	t.Helper()
	for _, name := range []string{"@auth/core", "next-auth"} {
		if _, err := os.Stat("authjs/node_modules/" + name); err != nil {
			t.Fatal(name + " is not installed; run: npm ci --prefix example/e2e/authjs (make e2e does)")
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "authjs/"+program)
	cmd.Env = append(os.Environ(), env...)
	log := &output{}
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run(t, cmd)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of %s:\n%s", program, log)
		}
	})
	return in, bufio.NewReader(out)
}

// peer is something that keeps a session: a real Auth.js, or the kit.
type peer struct {
	generation
	url   string // its origin
	app   string // the same with the path that it is mounted at
	kit   bool
	fails *reports // of the kit
}

// peerSettings are the settings of authjs/common.mjs.
type peerSettings struct {
	Issuer  string   `json:"issuer"`
	Secrets []string `json:"secrets"`
	Pad     int      `json:"pad"`
	Refresh bool     `json:"refresh"`
	Guide   bool     `json:"guide"`
	Plain   bool     `json:"plain"`
	URL     string   `json:"url,omitempty"`
}

// startAuthJS runs the real Auth.js, as a client of the provider.
func startAuthJS(t *testing.T, g generation, op *providertest.Server, change ...func(*peerSettings)) peer {
	t.Helper()
	s := peerSettings{Issuer: op.Issuer, Secrets: []string{interopSecret}}
	for _, c := range change {
		c(&s)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	_, out := startNode(t, g.name+".mjs", "SETTINGS="+string(raw))
	where, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("Auth.js %s does not start: %v", g.name, err)
	}
	where = strings.TrimSpace(where)
	return peer{generation: g, url: where, app: where}
}

// reports are the errors that the kit has reported.
type reports struct {
	mu   sync.Mutex
	list []string
}

func (f *reports) add(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, text)
}

// startKit runs an Echo application with the kit, as the same client of the same
// provider.
func startKit(t *testing.T, format auth.Compat, op *providertest.Server, change ...func(*auth.Config)) peer {
	t.Helper()
	listener, base := listenLocal(t)
	s := peer{generation{"kit", format, "null"}, base, base, true, &reports{}}
	if format == auth.NextAuth4 {
		s.nothing = "{}"
	}
	log := &output{}
	cfg := auth.Config{
		URL: base, BasePath: "/api/auth", Secrets: []string{interopSecret}, Audience: "interop", Compat: format,
		Providers: interopProviders(op.Issuer), CookieBudget: 16 << 10,
		Callbacks: auth.Callbacks{Session: showAll},
		Logger:    slog.New(slog.NewTextHandler(log, nil)),
	}
	cfg.Events.Error = func(_ context.Context, e *auth.ErrorEvent) { s.fails.add(string(e.Kind) + ": " + e.Err.Error()) }
	for _, c := range change {
		c(&cfg)
	}
	m, err := auth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.Use(m)
	e.POST("/claims", changeClaims)
	serveOn(t, listener, e)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the kit, %s:\n%s", format, log)
		}
	})
	return s
}

func interopProviders(issuer string) []auth.Provider {
	return []auth.Provider{
		providers.OIDC(providers.Config{
			ID: "acme", Name: "Acme", ClientID: "app", ClientSecret: "secret", Issuer: issuer,
			Scopes: []string{"openid", "profile", "email", "offline_access"},
		}),
		providers.Credentials(providers.CredentialsConfig{ID: "password", Name: "Password", Authorize: wonderland}),
	}
}

// wonderland is authorize of authjs/common.mjs.
func wonderland(_ context.Context, s providers.Submission) (*providers.Identity, error) {
	if s.Get("password") != "wonderland" {
		return nil, providers.ErrCredentials
	}
	name := s.Get("username")
	return &providers.Identity{User: providers.User{ID: name, Name: "Alice Example", Email: name + "@example.com"}}, nil
}

// showAll shows the whole token to the browser, as the session callback of
// authjs/common.mjs does.
func showAll(_ context.Context, e *auth.SessionEvent) error {
	all := map[string]any{}
	raw, err := e.Token.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	account := e.Token.Account
	all["accessToken"], all["refreshToken"], all["provider"] = account.AccessToken.Reveal(), account.RefreshToken.Reveal(), account.Provider
	all["error"] = e.Session.Error
	if err == nil {
		err = e.Session.Set("token", all)
	}
	return err
}

// changeClaims is a handler that puts the members of its JSON body into the
// token.
func changeClaims(c echo.Context) error {
	var change map[string]any
	if err := json.NewDecoder(c.Request().Body).Decode(&change); err != nil {
		return err
	}
	err := auth.Update(c, func(t *auth.Token) error {
		for name, value := range change {
			claims.NewKey[any](name).Set(t, value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// startOP runs a provider with refresh rotation and reuse detection.
func startOP(t *testing.T, life time.Duration) *providertest.Server {
	t.Helper()
	listener, base := listenLocal(t)
	op, err := providertest.New(providertest.Config{
		Issuer: base, AccessTokenLifetime: life,
		Users: []providertest.User{{
			Subject: "alice", Name: "Alice Äxample 🦊", Email: "alice@example.com",
			Claims: map[string]any{"picture": "https://cdn.example.com/alice.png"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, listener, op)
	return op
}

func listenLocal(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, strings.Replace("http://"+l.Addr().String(), "127.0.0.1", "localhost", 1)
}

func serveOn(t *testing.T, l net.Listener, h http.Handler) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
}

// visitor is a browser without a window. Its cookies, as in every browser, are
// those of the host whatever the port.
type visitor struct {
	t  *testing.T
	op *providertest.Server
	c  *http.Client

	site string // whose cookies are looked at
}

func newVisitor(t *testing.T, op *providertest.Server) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t, op, &http.Client{Jar: jar, CheckRedirect: stay}, "http://localhost"}
}

// reply is what a server answered.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request; headers are pairs of name and value.
func (v *visitor) send(method, where, body string, headers ...string) reply {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, where, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := v.c.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

func (v *visitor) get(where string) reply { v.t.Helper(); return v.send(http.MethodGet, where, "") }

// post posts a form, as the pages and clients of the server itself do.
func (v *visitor) post(s peer, path string, form url.Values, headers ...string) reply {
	v.t.Helper()
	headers = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", s.url}, headers...)
	return v.send(http.MethodPost, s.app+"/api/auth/"+path, form.Encode(), headers...)
}

// postJSON posts JSON likewise.
func (v *visitor) postJSON(s peer, path string, value any) reply {
	v.t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.send(http.MethodPost, s.app+path, string(raw), "Content-Type", "application/json", "Origin", s.url)
}

// csrf asks a server for a CSRF token.
func (v *visitor) csrf(s peer) string {
	v.t.Helper()
	var answer struct{ CSRFToken string }
	v.decode(v.get(s.url+"/api/auth/csrf"), &answer)
	return answer.CSRFToken
}

func (v *visitor) decode(r reply, into any) {
	v.t.Helper()
	if err := json.Unmarshal([]byte(r.body), into); err != nil || r.status != http.StatusOK {
		v.t.Fatalf("status %d, %v: %s", r.status, err, r.body)
	}
}

// signIn signs in at a server by way of the provider.
func (v *visitor) signIn(s peer) {
	v.t.Helper()
	start := v.post(s, "signin/acme", url.Values{"csrfToken": {v.csrf(s)}, "callbackUrl": {s.url + "/home"}})
	where := start.header.Get("Location")
	if start.status != http.StatusFound || !strings.HasPrefix(where, v.op.Issuer+"/authorize") {
		v.t.Fatalf("%s: sign-in: status %d to %s", s.name, start.status, where)
	}
	back, err := v.op.SignIn(where, "alice")
	if err != nil {
		v.t.Fatal(err)
	}
	if end := v.get(back); end.status != http.StatusFound || end.header.Get("Location") != s.url+"/home" {
		v.t.Fatalf("%s: callback: status %d to %s", s.name, end.status, end.header.Get("Location"))
	}
}

// signOut signs out at a server.
func (v *visitor) signOut(s peer) {
	v.t.Helper()
	out := v.post(s, "signout", url.Values{"csrfToken": {v.csrf(s)}, "callbackUrl": {s.url + "/bye"}})
	if out.status != http.StatusFound || out.header.Get("Location") != s.url+"/bye" {
		v.t.Fatalf("%s: sign-out: status %d to %s", s.name, out.status, out.header.Get("Location"))
	}
}

// sessionView is a session as a server shows it.
type sessionView struct {
	User struct {
		Name, Email, Image string
		Token              map[string]any // where the kit shows the token
	}
	Expires time.Time
	Token   map[string]any // where Auth.js does
}

// session reads the session from a server; without one it is nil.
func (v *visitor) session(s peer) *sessionView {
	v.t.Helper()
	r := v.get(s.app + "/api/auth/session")
	if r.body == s.nothing {
		return nil
	}
	view := new(sessionView)
	v.decode(r, view)
	if s.kit {
		view.Token = view.User.Token
	}
	return view
}

// signedIn is session where there has to be one, of Alice.
func (v *visitor) signedIn(s peer) *sessionView {
	v.t.Helper()
	view := v.session(s)
	if view == nil {
		v.t.Fatalf("%s: nobody is signed in; cookies %s; reported %v", s.name, v.cookies(), s.fails)
	}
	if view.User.Email != "alice@example.com" || view.Token["email"] != view.User.Email {
		v.t.Fatalf("%s: session of %q, token of %q", s.name, view.User.Email, view.Token["email"])
	}
	return view
}

// text returns a member of the token.
func (s *sessionView) text(name string) string { text, _ := s.Token[name].(string); return text }

// update does what the client's update(data) does.
func (v *visitor) update(s peer, data map[string]any) {
	v.t.Helper()
	r := v.postJSON(s, "/api/auth/session", map[string]any{"csrfToken": v.csrf(s), "data": data})
	if r.status != http.StatusOK || r.body == s.nothing {
		v.t.Fatalf("%s: update: status %d: %s", s.name, r.status, r.body)
	}
}

// change lets a handler of the kit change claims.
func (v *visitor) change(s peer, change map[string]any) {
	v.t.Helper()
	if r := v.postJSON(s, "/claims", change); r.status != http.StatusNoContent {
		v.t.Fatalf("the kit's handler: status %d: %s; reported %v", r.status, r.body, s.fails)
	}
}

// jar returns the cookies that the browser holds.
func (v *visitor) jar() map[string]string {
	held := map[string]string{}
	for _, c := range v.c.Jar.Cookies(v.where()) {
		held[c.Name] = c.Value
	}
	return held
}

// put puts cookies back into the browser.
func (v *visitor) put(held map[string]string) {
	v.t.Helper()
	var list []*http.Cookie
	for name, value := range held {
		list = append(list, &http.Cookie{Name: name, Value: value, Path: "/"})
	}
	v.c.Jar.SetCookies(v.where(), list)
}

func (v *visitor) where() *url.URL {
	v.t.Helper()
	u, err := url.Parse(v.site)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

// cookies returns the names of the session's cookies, in order.
func (v *visitor) cookies() string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(v.jar())), func(name string) bool {
		return !strings.Contains(name, "session")
	})
	return strings.Join(names, " ")
}

// noFailures checks that the kit has reported nothing.
func noFailures(t *testing.T, kits ...peer) {
	t.Helper()
	for _, k := range kits {
		k.fails.mu.Lock()
		for _, f := range k.fails.list {
			t.Errorf("the kit, %s, reported %s", k.format, f)
		}
		k.fails.mu.Unlock()
	}
}
