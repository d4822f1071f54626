package middleware_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	echomw "github.com/labstack/echo/v4/middleware"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

const secret = "0aF9-kLm2-PqR7-sTu4-VwX1-yZb8-cDe5-GhI3"

var role = claims.NewKey[string]("role")

// site is an Echo application on a real listener, and a browser.
type site struct {
	t  *testing.T
	e  *echo.Echo
	op *providertest.Server
	s  *httptest.Server
	c  *http.Client
}

// newSite starts an application; mount puts the middleware into it.
func newSite(t *testing.T, base string, mount func(e *echo.Echo, m echo.MiddlewareFunc)) *site {
	t.Helper()
	op, err := providertest.New(providertest.Config{Issuer: "https://op.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	m, err := middleware.New(middleware.Config{
		URL: strings.Replace(server.URL, "127.0.0.1", "localhost", 1), BasePath: base, Secrets: []string{secret},
		Providers: []providers.Provider{providers.OIDC(providers.Config{
			ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: "https://op.example.com",
		})},
		Callbacks: httpauth.Callbacks{JWT: func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerSignIn {
				role.Set(e.Token, "member")
			}
			return nil
		}},
		UpdateAge:  1, // so that every response writes the cookie
		HTTPClient: op.Client(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	mount(e, m)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &site{t, e, op, server, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (s *site) url(path string) string {
	return strings.Replace(s.s.URL, "127.0.0.1", "localhost", 1) + path
}

func (s *site) do(method, path string, form url.Values, headers ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(body)
}

func (s *site) signIn(base string) {
	s.t.Helper()
	_, body := s.do("GET", base+"/csrf", nil)
	var token struct{ CSRFToken string }
	if err := json.Unmarshal([]byte(body), &token); err != nil {
		s.t.Fatalf("%v: %s", err, body)
	}
	start, _ := s.do("POST", base+"/signin/op", url.Values{"csrfToken": {token.CSRFToken}})
	back, err := s.op.SignIn(start.Header.Get("Location"), "alice")
	if err != nil {
		s.t.Fatal(err)
	}
	resp, _ := s.do("GET", strings.TrimPrefix(back, s.url("")), nil)
	if resp.StatusCode != http.StatusFound || strings.Contains(resp.Header.Get("Location"), "error") {
		s.t.Fatalf("sign-in: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
}

// who is a handler that says who is signed in.
func who(c echo.Context) error {
	s, ok := middleware.Current(c)
	if !ok {
		return c.String(http.StatusOK, "nobody")
	}
	return c.String(http.StatusOK, s.User.ID)
}

// S-181: the middleware works wherever it is mounted, and its own routes need no
// registration.
func TestS_181_Mounted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, page string
		mount      func(e *echo.Echo, m echo.MiddlewareFunc)
	}{
		"Use":   {"", "/who", func(e *echo.Echo, m echo.MiddlewareFunc) { e.Use(m); e.GET("/who", who, middleware.Require()) }},
		"Pre":   {"", "/who", func(e *echo.Echo, m echo.MiddlewareFunc) { e.Pre(m); e.GET("/who", who, middleware.Require()) }},
		"group": {"/app/auth", "/app/who", func(e *echo.Echo, m echo.MiddlewareFunc) { e.Group("/app", m).GET("/who", who, middleware.Require()) }},
		"behind others": {"", "/who", func(e *echo.Echo, m echo.MiddlewareFunc) {
			e.Use(echomw.Recover(), echomw.Gzip(), m, echomw.Secure())
			e.GET("/who", who, middleware.Require())
		}},
		"WrapHandler": {"", "/who", func(e *echo.Echo, m echo.MiddlewareFunc) {
			e.Use(m)
			e.GET("/who", echo.WrapHandler(http.HandlerFunc(plain)))
		}},
		"WrapMiddleware":  {"", "/who", func(e *echo.Echo, m echo.MiddlewareFunc) { e.Use(m, echo.WrapMiddleware(passing)); e.GET("/who", who) }},
		"static and more": {"", "/who", func(e *echo.Echo, m echo.MiddlewareFunc) { e.Static("/static", "."); e.Use(m); e.GET("/who", who) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.base, c.mount)
			base := c.base
			if base == "" {
				base = "/auth"
			}
			s.signIn(base)
			if resp, body := s.do("GET", c.page, nil); body != "op|alice" {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
			if resp, body := s.do("GET", base+"/session", nil); !strings.Contains(body, "alice@example.com") {
				t.Errorf("session: %d %s", resp.StatusCode, body)
			}
		})
	}
}

func plain(w http.ResponseWriter, r *http.Request) {
	if s, ok := httpauth.FromContext(r.Context()); ok {
		_, _ = io.WriteString(w, s.User.ID)
	}
}

func passing(next http.Handler) http.Handler { return next }

// However a handler answers, the cookie arrives: it stands in the headers before
// the handler runs. Echo's hooks would miss half of these.
func TestCookieArrives(t *testing.T) {
	t.Parallel()
	handlers := map[string]echo.HandlerFunc{
		"nothing":     func(echo.Context) error { return nil },
		"no content":  func(c echo.Context) error { return c.NoContent(http.StatusNoContent) },
		"text":        func(c echo.Context) error { return c.String(http.StatusOK, "x") },
		"flush first": func(c echo.Context) error { c.Response().Flush(); return nil },
		"controller":  func(c echo.Context) error { return http.NewResponseController(c.Response()).Flush() },
		"error":       func(echo.Context) error { return errors.New("x") },
		"http error":  func(echo.Context) error { return echo.ErrTeapot },
		"redirect":    func(c echo.Context) error { return c.Redirect(http.StatusFound, "/") },
		"server-sent": func(c echo.Context) error {
			c.Response().Header().Set("Content-Type", "text/event-stream")
			for range 2 {
				_, _ = io.WriteString(c.Response(), "data: x\n\n")
				c.Response().Flush()
			}
			return nil
		},
	}
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Use(m)
		for name, h := range handlers {
			e.GET("/"+strings.ReplaceAll(name, " ", "-"), h)
		}
	})
	s.signIn("/auth")
	for name := range handlers {
		resp, _ := s.do("GET", "/"+strings.ReplaceAll(name, " ", "-"), nil)
		if lines := resp.Header["Set-Cookie"]; len(lines) != 1 || !strings.HasPrefix(lines[0], "auth.session=") {
			t.Errorf("%s: %d cookies", name, len(lines))
		}
	}
	for _, path := range []string{"/not-there", "/auth-not-there"} {
		if resp, _ := s.do("GET", path, nil); len(resp.Header["Set-Cookie"]) != 1 || resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, %d cookies", path, resp.StatusCode, len(resp.Header["Set-Cookie"]))
		}
	}
}

// A handler may take the connection over; no response wrapper is in its way.
func TestHijack(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Use(m)
		e.GET("/ws", func(c echo.Context) error {
			conn, rw, err := c.Response().Hijack()
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello")
			return rw.Flush()
		})
	})
	s.signIn("/auth")
	conn, err := net.Dial("tcp", s.s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "101") {
		t.Errorf("%q %v", line, err)
	}
}

// S-147: a handler that allows caching does not know of the cookie.
func TestS_147_CachingIsOverruled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Use(m)
		e.GET("/cached", func(c echo.Context) error {
			c.Response().Header().Set("Cache-Control", "public, max-age=3600")
			return c.String(http.StatusOK, "x")
		})
	})
	if resp, _ := s.do("GET", "/cached", nil); resp.Header.Get("Cache-Control") != "public, max-age=3600" || resp.Header.Get("Vary") != "Cookie" {
		t.Errorf("without a session: %v", resp.Header)
	}
	s.signIn("/auth")
	if resp, _ := s.do("GET", "/cached", nil); resp.Header.Get("Cache-Control") != "no-store, private" || len(resp.Header["Set-Cookie"]) != 1 {
		t.Errorf("with a cookie: %v", resp.Header)
	}
}

// Refusals arrive at Echo's error handler as its own errors, with ours inside.
func TestGuardErrors(t *testing.T) {
	t.Parallel()
	var seen error
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Debug = true // S-146: even then the cause stays inside
		e.Use(m)
		e.HTTPErrorHandler = func(err error, c echo.Context) { seen = err; e.DefaultHTTPErrorHandler(err, c) }
		e.GET("/any", who, middleware.Require())
		e.GET("/admin", who, middleware.Require(role.Is("admin")))
	})
	check := func(path string, status int, code string, cause error) {
		t.Helper()
		resp, body := s.do("GET", path, nil, "Accept", "application/json")
		var he *echo.HTTPError
		var ours *httpauth.Error
		if resp.StatusCode != status || strings.Join(strings.Fields(strings.ReplaceAll(body, ": ", ":")), "") != `{"code":"`+code+`","message":"`+http.StatusText(status)+`"}` {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
		if _, outermost := seen.(*echo.HTTPError); !outermost || !errors.As(seen, &he) || !errors.As(seen, &ours) || ours.StatusCode() != status || !errors.Is(seen, cause) {
			t.Errorf("%s: error %#v", path, seen)
		}
	}
	check("/any", 401, "unauthenticated", httpauth.ErrNoSession)
	if resp, _ := s.do("GET", "/any", nil, "Sec-Fetch-Mode", "navigate"); resp.StatusCode != 302 || resp.Header.Get("Location") != s.url("/auth/signin?callbackUrl="+url.QueryEscape(s.url("/any"))) {
		t.Errorf("navigation: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	s.signIn("/auth")
	check("/admin", 403, "forbidden", claims.ErrUnmet)
}

func TestS_181_GuardAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", func(e *echo.Echo, _ echo.MiddlewareFunc) {
		e.GET("/x", func(echo.Context) error { t.Error("reached"); return nil }, middleware.Require())
	})
	if resp, body := s.do("GET", "/x", nil, "Accept", "text/html"); resp.StatusCode != 500 || strings.Contains(body, "mount") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestSkipper(t *testing.T) {
	t.Parallel()
	e := echo.New()
	m := middleware.Middleware(middleware.Config{
		URL: "https://app.example.com", Secrets: []string{secret}, Logger: slog.New(slog.DiscardHandler),
		Providers: []providers.Provider{providers.Google("id", "secret")},
	}, func(c echo.Context) bool { return strings.HasPrefix(c.Path(), "/static") })
	e.Use(m)
	e.GET("/static/*", who)
	e.GET("/page", who)
	for path, vary := range map[string]string{"/static/x": "", "/page": "Cookie"} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		if w.Header().Get("Vary") != vary || w.Body.String() != "nobody" {
			t.Errorf("%s: %v %s", path, w.Header(), w.Body)
		}
	}
}

func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	bad := middleware.Config{URL: "http://app.example.com", Secrets: []string{"x"}, Providers: []providers.Provider{}}
	if _, err := middleware.New(bad); err == nil || !strings.Contains(err.Error(), "Config.URL") {
		t.Errorf("New: %v", err)
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "Config.Secrets") {
			t.Errorf("Middleware panicked with %v", err)
		}
	}()
	middleware.Middleware(bad)
}

func TestUpdateAfterTheBody(t *testing.T) {
	t.Parallel()
	var early, late error
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Use(m)
		e.GET("/update", func(c echo.Context) error {
			set := func(t *token.Token) error { role.Set(t, "admin"); return nil }
			early = middleware.Update(c, set)
			if err := c.String(http.StatusOK, "x"); err != nil {
				return err
			}
			late = middleware.Update(c, func(t *token.Token) error { role.Set(t, "lost"); return nil })
			return nil
		})
		e.GET("/admin", who, middleware.Require(role.Is("admin")))
	})
	s.signIn("/auth")
	s.do("GET", "/update", nil)
	if early != nil || !errors.Is(late, httpauth.ErrCommitted) {
		t.Errorf("early %v, late %v", early, late)
	}
	if resp, _ := s.do("GET", "/admin", nil); resp.StatusCode != 200 {
		t.Errorf("the update was lost: %d", resp.StatusCode)
	}
}

// GHSA-r7w9-592q-9vg4: what a form or a header says about the method changes
// nothing for the kit's own routes.
func TestS_171_MethodOverride(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Pre(echomw.MethodOverrideWithConfig(echomw.MethodOverrideConfig{Getter: echomw.MethodFromForm("_method")}))
		e.Use(m)
		e.GET("/who", who)
	})
	s.signIn("/auth")
	s.do("POST", "/auth/signout", url.Values{"_method": {"GET"}})
	s.do("POST", "/auth/signout?_method=GET", url.Values{})
	s.do("GET", "/auth/signout?_method=POST", nil, "X-HTTP-Method-Override", "POST")
	if _, body := s.do("GET", "/who", nil); body != "op|alice" {
		t.Errorf("signed out: %s", body)
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", func(e *echo.Echo, m echo.MiddlewareFunc) {
		e.Use(m)
		e.GET("/call", func(c echo.Context) error {
			client, err := middleware.Client(c)
			if err != nil {
				return echo.NewHTTPError(http.StatusUnauthorized).SetInternal(err)
			}
			resp, err := client.Get("https://op.example.com/userinfo")
			if err != nil {
				return err
			}
			defer func() { _ = resp.Body.Close() }()
			return c.Stream(resp.StatusCode, "application/json", resp.Body)
		})
	})
	if resp, _ := s.do("GET", "/call", nil); resp.StatusCode != 401 {
		t.Errorf("without a session: %d", resp.StatusCode)
	}
	s.signIn("/auth")
	if resp, body := s.do("GET", "/call", nil); resp.StatusCode != 200 || !strings.Contains(body, `"alice"`) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}
