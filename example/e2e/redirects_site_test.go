package e2e_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
)

const (
	ownOrigin     = "https://app.example.com"
	guardedOrigin = "https://guarded.example.com" // where everything but the kit's routes needs a session
	relayOrigin   = "https://op.example.net"      // the provider, of another site
	otherOrigin   = "https://other.example.com"   // of the same site, and allowed as a target
	evilOrigin    = "https://evil.com"
)

// relay is a provider without a person: whoever is sent there comes back at once.
type relay struct{ id string }

func (p relay) Info() providers.Info {
	return providers.Info{ID: p.id, Name: p.id, Protocol: providers.PlainOAuth2, Issuer: relayOrigin + "/" + p.id}
}

func (p relay) AuthCodeURL(_ context.Context, r providers.AuthRequest) (string, error) {
	return relayOrigin + "/?" + url.Values{"back": {r.RedirectURL}, "state": {r.State}}.Encode(), nil
}

func (p relay) Exchange(_ context.Context, c providers.Callback) (*providers.Identity, error) {
	switch c.Params.Get("error") {
	case "access_denied":
		return nil, providers.ErrDenied
	case "temporarily_unavailable":
		return nil, providers.ErrUnavailable
	}
	return &providers.Identity{User: providers.User{ID: "42"}}, nil
}

func (p relay) LogoutURL(_ context.Context, l providers.Logout) (string, error) {
	return relayOrigin + "/?" + url.Values{"back": {l.RedirectURL}, "state": {l.State}}.Encode(), nil
}

func relayBack(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	http.Redirect(w, r, q.Get("back")+"?"+url.Values{"code": {"x"}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

// typedIn lets in whoever knows the password.
func typedIn() providers.Provider {
	return providers.Credentials(providers.CredentialsConfig{
		Authorize: func(_ context.Context, s providers.Submission) (*providers.Identity, error) {
			if s.Get("password") != "right" {
				return nil, providers.ErrCredentials
			}
			return &providers.Identity{User: providers.User{ID: "42"}}, nil
		},
	})
}

// court is a browser for which every name but those of the application and its
// provider leads to a server that keeps a record, and the application.
type court struct {
	tab    *tab
	ended  chan string // where a navigation ended, in the browser's own words
	hits   *output     // requests to any other server
	alerts *output     // scripts that ran
	posts  *output     // sign-outs that were asked for, and where the browser says it was
	pages  sync.Map    // further pages, also of others: HTML by URL

	patience time.Duration // how long a navigation may take
}

// convene starts the application and the browser.
func convene(t *testing.T, change ...func(*auth.Config)) *court {
	t.Helper()
	c := &court{ended: make(chan string, 100), hits: &output{}, alerts: &output{}, posts: &output{}, patience: 15 * time.Second}
	log := &output{}
	kit := func(origin string) *httpauth.Auth {
		cfg := auth.Config{
			URL: origin, Secrets: []string{rand.Text() + rand.Text()}, Logger: slog.New(slog.NewTextHandler(log, nil)),
			Providers:       []auth.Provider{relay{"op"}, relay{"other"}, typedIn()},
			RedirectOrigins: []string{otherOrigin, "https://*.wild.example.org"},
			SignOut:         httpauth.SignOut{AtProvider: true},
		}
		for _, f := range change {
			f(&cfg)
		}
		a, err := httpauth.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	open, guarded := kit(ownOrigin), kit(guardedOrigin)
	hosts := map[string]http.Handler{
		ownOrigin:     open.Wrap(http.HandlerFunc(c.land)),
		guardedOrigin: guarded.Wrap(guarded.Require()(http.HandlerFunc(c.land))),
		relayOrigin:   http.HandlerFunc(relayBack),
	}
	app := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/auth/signout" {
			_, _ = fmt.Fprintf(c.posts, "%s from %s\n", r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin"))
		}
		switch h, ok := hosts["https://"+r.Host]; {
		case c.page(w, r):
		case r.URL.Path == "/landed", !ok:
			c.land(w, r)
		default:
			h.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(app.Close)
	c.browse(t, app.Listener.Addr(), c.trap(t, app.TLS))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the kit:\n%.5000s", log)
		}
	})
	return c
}

// landing is a page where a navigation ends. It says where that is, and can go on as a
// page of the application would: send a form with a token, by a navigation, or by a
// script that follows the answer itself.
const landing = `<!doctype html><body><script>
fetch('/landed', {method: 'POST', body: location.href})
async function send(action, text, follow) {
	const fields = new URLSearchParams(text)
	fields.set('csrfToken', (await (await fetch('/auth/csrf')).json()).csrfToken)
	if (follow) {
		const answer = await fetch(action, {method: 'POST', body: fields, headers: {'X-Auth-Return-Redirect': '1'}})
		location.href = (await answer.json()).url
		return
	}
	const form = document.createElement('form')
	form.method = 'post'
	form.action = action
	for (const [name, value] of fields) {
		const input = document.createElement('input')
		input.type = 'hidden'
		input.name = name
		input.value = value
		form.append(input)
	}
	document.body.append(form)
	form.submit()
}
</script>`

// land answers requests for pages of the application.
func (c *court) land(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/landed":
		text, _ := io.ReadAll(r.Body)
		c.ended <- string(text)
	case "/connect":
		to := r.URL.Query()["callbackUrl"]
		if err := httpauth.Connect(w, r, "other", strings.Join(to, " ")); err != nil {
			c.ended <- err.Error()
		}
	case "/unchecked": // what a site does that checks nothing
		w.Header()["Location"] = []string{r.URL.Query().Get("callbackUrl")}
		w.WriteHeader(http.StatusFound)
	case "/favicon.ico":
	default:
		_, _ = io.WriteString(w, landing)
	}
}

// page answers with one of the further pages, and tells whether there is one.
func (c *court) page(w http.ResponseWriter, r *http.Request) bool {
	html, ok := c.pages.Load("https://" + r.Host + r.URL.Path)
	switch {
	case !ok:
		return false
	case !strings.HasSuffix(r.URL.Path, ".js"):
		w.Header().Set("Content-Type", "text/html")
	}
	_, _ = fmt.Fprint(w, html)
	return true
}

// trap starts the server that stands for all others, with TLS and without.
func (c *court) trap(t *testing.T, config *tls.Config) net.Addr {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" || c.page(w, r) {
			return
		}
		_, _ = fmt.Fprintf(c.hits, "%s %s%s\n", r.Method, r.Host, r.RequestURI)
		c.ended <- "trap: " + r.Host + r.RequestURI
	})}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(&eitherListener{l, config}) })
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return l.Addr()
}

// eitherListener takes connections with and without TLS.
type eitherListener struct {
	net.Listener
	config *tls.Config
}

func (l *eitherListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &eitherConn{Conn: conn, plain: conn, config: l.config}, nil
}

// eitherConn finds out at its first byte.
type eitherConn struct {
	net.Conn // what is spoken through
	plain    net.Conn
	config   *tls.Config
	once     sync.Once
}

func (c *eitherConn) Read(p []byte) (int, error) {
	c.once.Do(func() {
		peek := &peeked{c.plain, bufio.NewReader(c.plain)}
		c.Conn = peek
		if first, err := peek.r.Peek(1); err == nil && first[0] == 0x16 { // a TLS handshake
			c.Conn = tls.Server(peek, &tls.Config{Certificates: c.config.Certificates, MinVersion: tls.VersionTLS12})
		}
	})
	return c.Conn.Read(p)
}

type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.r.Read(b) }

// browse starts the browser.
func (c *court) browse(t *testing.T, app, trap net.Addr) {
	t.Helper()
	var rules []string
	for _, origin := range []string{ownOrigin, guardedOrigin, relayOrigin, otherOrigin, "https://one.wild.example.org"} {
		rules = append(rules, "MAP "+strings.TrimPrefix(origin, "https://")+":443 "+app.String())
	}
	// Chromium talks to these by itself.
	rules = append(rules, "MAP *.google.com ~NOTFOUND", "MAP *.googleapis.com ~NOTFOUND", "MAP *.gstatic.com ~NOTFOUND", "MAP * "+trap.String())
	c.tab = newTabFor(t, 5*time.Minute,
		chromedp.Flag("host-resolver-rules", strings.Join(rules, ", ")), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("disable-site-isolation-trials", true)) // frames of other sites are in the page's tree
	c.tab.do(chromedp.EmulateViewport(80, 60)) // there are hundreds of pages to draw, and nobody looks
	dialogs := chromedp.Events(c.tab.ctx, page.JavascriptDialogOpening)
	go func() {
		for e, err := range dialogs {
			if err != nil {
				return
			}
			_, _ = fmt.Fprintf(c.alerts, "%s at %s\n", e.Message, e.URL)
			c.ended <- "alert: " + e.Message
			_, _ = chromedp.Call(c.tab.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}
	}()
}

// show opens a page of the court and waits until it is there.
func (c *court) show(where string) {
	c.tab.t.Helper()
	c.tab.do(chromedp.Navigate(where))
	c.tab.until("location.href === "+quote(where)+" && document.readyState === 'complete'", 10*time.Second)
}

// forgetAll deletes all cookies.
func (c *court) forgetAll() {
	c.tab.t.Helper()
	if _, err := chromedp.Call(c.tab.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		c.tab.t.Fatal(err)
	}
}
