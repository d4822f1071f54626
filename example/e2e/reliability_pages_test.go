package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
)

// trail returns the navigations without their queries.
func (s *service) trail() (list []string) {
	for _, line := range s.navigations() {
		method, rest, _ := strings.Cut(line, " ")
		uri, status, _ := strings.Cut(rest, " ")
		path, _, _ := strings.Cut(uri, "?")
		list = append(list, method+" "+path+" "+status)
	}
	return list
}

func (s *service) follows(t *testing.T, want ...string) {
	t.Helper()
	if got := s.trail(); !slices.Equal(got, want) {
		t.Errorf("the browser went\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// choose picks somebody on the page of the test provider. It is a script that
// clicks, since the page may be one that the back button has brought back.
func (v *person) choose(subject string) {
	v.t.Helper()
	v.until("location.href.startsWith('"+v.s.op.Issuer+"/') && document.readyState === 'complete'", 10*time.Second)
	v.press("button[value=" + subject + "]")
}

// press clicks on what is there.
func (v *person) press(selector string) {
	v.t.Helper()
	script[bool](v.tab, "setTimeout(() => document.querySelector('"+selector+"').click()); true")
}

// arrives waits for a page of the application.
func (v *person) arrives(path string) {
	v.t.Helper()
	v.until("location.href.startsWith('"+v.s.url+path+"') && document.readyState === 'complete'", 10*time.Second)
}

// A proxy takes the session's cookie out of the responses. That would be a loop: to
// the page, to the sign-in, to the provider, and back. It ends after two redirects,
// on a page that says so.
func TestLoopBreaker(t *testing.T) {
	var backend *url.URL
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(backend) },
		ModifyResponse: func(r *http.Response) error {
			r.Header["Set-Cookie"] = slices.DeleteFunc(r.Header["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, "auth.session") })
			return nil
		},
	})
	defer proxy.Close()
	s := startService(t, httptest.NewUnstartedServer(nil), func(c *auth.Config) { c.URL = localURL("http", proxy) })
	backend, _ = url.Parse(s.url)
	s.url = localURL("http", proxy)

	v := s.enter(t, newTab(t))
	v.open(s.url + "/members")
	s.trail()
	v.click("button.p-op")
	v.choose("alice")
	v.arrives("/auth/signin")
	page := v.text("main")
	v.shoot("loop")
	for _, words := range []string{"did not keep it", "Signing in again will not help", "a proxy removes"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q: %s", words, page)
		}
	}
	s.follows(t, "POST /auth/signin/op 302", "GET /auth/callback/op 302", "GET /members 302", "GET /auth/signin 200")
}

// A browser that takes no cookies: the first click says what is wrong, and so does
// an answer of the provider.
func TestCookiesBlocked(t *testing.T) {
	profile := t.TempDir()
	if err := os.MkdirAll(filepath.Join(profile, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profile, "Default", "Preferences"),
		[]byte(`{"profile":{"default_content_setting_values":{"cookies":2}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startService(t, httptest.NewUnstartedServer(nil))
	v := s.enter(t, newTabFor(t, time.Minute, chromedp.UserDataDir(profile)))
	v.open(s.url + "/members")
	s.trail()
	if kept := v.cookie(""); kept != "" {
		t.Fatalf("the browser takes cookies: %s", kept)
	}
	v.click("button.p-op")
	v.until("location.search.includes('error=CookiesRequired')", 10*time.Second)
	if page := v.text("main"); !strings.Contains(page, "Your browser sent no cookies") {
		t.Errorf("the page says %s", page)
	}
	v.shoot("blocked")
	s.follows(t, "POST /auth/signin/op 302", "GET /auth/signin 200")

	v.open(s.url + "/auth/callback/op?code=x&state=y")
	v.until("location.search.includes('error=CookiesRequired')", 10*time.Second)
	s.follows(t, "GET /auth/callback/op 302", "GET /auth/signin 200")
}

// The back button after a sign-in leads to pages of before, which work: the
// provider's, whose answer is not needed any more, and the kit's.
func TestBackButton(t *testing.T) {
	s := startService(t, httptest.NewUnstartedServer(nil))
	v := s.enter(t, newTab(t))
	v.open(s.url + "/members")
	v.click("button.p-op")
	v.choose("alice")
	v.arrives("/members")
	redeemed := s.op.Count("token")

	back := func() { script[bool](v.tab, "setTimeout(() => history.back()); true") }
	back()
	s.trail()
	v.choose("bob") // who clicks once more is signed in already, as alice
	v.arrives("/members")
	s.follows(t, "GET /auth/callback/op 302", "GET /members 200")
	if n := s.op.Count("token"); n != redeemed {
		t.Errorf("%d codes redeemed", n)
	}
	who := "fetch('/who').then(r => r.json()).then(s => s.user.name)"
	if got := script[string](v.tab, who); got != "Alice Example" {
		t.Errorf("signed in as %s", got)
	}

	back()
	v.until("location.href.startsWith('"+s.op.Issuer+"/')", 10*time.Second)
	back()
	v.arrives("/auth/signin")
	v.press("button.p-op") // a sign-in like any other
	v.choose("bob")
	v.arrives("/members")
	if got := script[string](v.tab, who); got != "Bob Example" {
		t.Errorf("signed in as %s", got)
	}
}

// A callback that is opened again redeems nothing: who is signed in goes on, and
// who is not reads why, with the way in on the same page.
func TestReplayedCallback(t *testing.T) {
	s := startService(t, httptest.NewUnstartedServer(nil))
	v := s.enter(t, newTab(t))
	v.signIn("alice")
	asked := s.navigations()
	i := slices.IndexFunc(asked, func(line string) bool { return strings.HasPrefix(line, "GET /auth/callback/op?") })
	if i < 0 {
		t.Fatalf("no callback: %v", asked)
	}
	callback := s.url + strings.Fields(asked[i])[1]
	redeemed := s.op.Count("token")

	v.open(callback)
	v.arrives("/")
	s.follows(t, "GET /auth/callback/op 302", "GET / 200")
	script[any](v.tab, "post('/auth/signout')")
	v.open(callback)
	v.until("location.search.includes('error=SignInExpired')", 10*time.Second)
	if page := v.text("main"); !strings.Contains(page, "This sign-in has expired") || !strings.Contains(page, "Test provider") {
		t.Errorf("the page says %s", page)
	}
	s.follows(t, "GET /auth/callback/op 302", "GET /auth/signin 200")
	if n := s.op.Count("token"); n != redeemed {
		t.Errorf("%d codes redeemed by a replay", n-redeemed)
	}
	v.click("button.p-op") // one click to continue
	v.choose("alice")
	v.arrives("/")
	if got := script[heard](v.tab, "ask('/who')"); got.Status != http.StatusOK {
		t.Errorf("%+v", got)
	}
}

// events is a stream of what happens, to the page of somebody who is signed in. It
// ends with their session.
func (s *service) events(c echo.Context) error {
	session, _ := auth.Current(c)
	ctx, cancel := session.Context(c.Request().Context())
	defer cancel()
	w := c.Response()
	w.Header().Set("Content-Type", "text/event-stream")
	for text := fmt.Sprintf("retry: 50\nid: %d\n", session.Expires.UnixMilli()); ; {
		if _, err := fmt.Fprintf(w, "%sdata: %d\n\n", text, time.Now().UnixMilli()); err != nil {
			return err
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.done:
			return nil
		case text = <-s.news:
			if text == "" {
				return nil
			}
		}
	}
}

// follow opens the stream of events. The page keeps how many milliseconds each event
// was on its way.
func (v *person) follow() {
	v.t.Helper()
	script[bool](v.tab, `window.delays = []; window.ended = 0; window.source = new EventSource('/events');
source.onmessage = e => { delays.push(Date.now() - Number(e.data)); window.end = Number(e.lastEventId) };
source.onerror = () => { window.ended = Date.now() }; true`)
	v.until("delays.length === 1", 10*time.Second)
}

// F-41: a stream under the middleware. Events arrive at once, on HTTP/1.1 and
// HTTP/2. It ends when the session does, also by a sign-out in another tab; then its
// next request is refused, which ends it for good.
func TestF41_EventSource(t *testing.T) {
	for name, server := range map[string]*httptest.Server{"HTTP/1.1": httptest.NewUnstartedServer(nil), "HTTP/2": httpsServer()} {
		t.Run(name, func(t *testing.T) {
			s := startService(t, server)
			s.soon = true // the stream's own request renews the session
			browser := newTabFor(t, time.Minute, chromedp.IgnoreCertErrors)
			v, other := s.enter(t, browser), s.enter(t, browser)
			v.giveSession(3 * time.Second)
			v.follow()
			v.until("source.readyState === EventSource.CLOSED", 10*time.Second)
			late := script[int](v.tab, "ended - end")
			if late < 0 || late > 2000 {
				t.Errorf("the stream ended %d ms after the session", late)
			}

			v.signIn("alice")
			v.follow()
			if v.elsewhere().User.Token == "" || s.op.Count("refresh") != 1 {
				t.Errorf("%d refreshes by the stream", s.op.Count("refresh"))
			}
			for i := range 5 { // each event is sent when the one before has been seen
				s.news <- "event: message\n"
				v.until(fmt.Sprintf("delays.length === %d", i+2), 10*time.Second)
			}
			t.Logf("events were on their way for %v ms; the stream of a session that ended took %d ms more", script[[]int](v.tab, "delays"), late)
			if worst := script[int](v.tab, "Math.max(...delays)"); worst > 2000 {
				t.Errorf("an event took %d ms", worst)
			}

			script[any](other.tab, "post('/auth/signout')") // ends the stream, and refuses its next request
			v.until("source.readyState === EventSource.CLOSED", 10*time.Second)
			if n := script[int](v.tab, "delays.length"); n != 6 {
				t.Errorf("%d events after the sign-out", n-6)
			}
		})
	}
}

// giveSession gives the browser a session that ends soon, since its sign-in was long
// ago.
func (v *person) giveSession(left time.Duration) {
	v.t.Helper()
	began := time.Now().Add(left - 7*24*time.Hour)
	cookies, err := v.s.auth.Cookies(&auth.Token{Claims: claims.Claims{Subject: "op|alice", AuthTime: began}})
	if err != nil {
		v.t.Fatal(err)
	}
	yes := true
	for _, c := range cookies {
		set := network.SetCookieParams{Name: c.Name, Value: c.Value, URL: v.s.url, Path: "/", HTTPOnly: &yes, Secure: &c.Secure}
		if _, err := chromedp.Call(v.ctx, network.SetCookie, set); err != nil {
			v.t.Fatal(err)
		}
	}
}
