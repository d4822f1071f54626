package httpauth_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// kitPaths are the kit's routes, and some that it has not.
var kitPaths = []string{
	"/auth/signin", "/auth/signin/op", "/auth/signin/nobody", "/auth/signout", "/auth/signed-out", "/auth/session", "/auth/csrf", "/auth/providers",
	"/auth/error", "/auth/continue", "/auth/_log", "/auth/callback/op", "/auth/callback/credentials", "/auth/backchannel-logout/op",
	"/auth/frontchannel-logout/op", "/auth/nothing", "/auth", "/who", "/guarded",
}

// everything is an application with all routes.
func everything(t *testing.T, options ...func(*httpauth.Config, *providertest.Config)) *app {
	t.Helper()
	a := newApp(t, append([]func(*httpauth.Config, *providertest.Config){withNotices, withCredentials, everywhere, func(c *httpauth.Config, _ *providertest.Config) {
		c.SignOut.FrontChannel = true
	}}, options...)...)
	a.mux.Handle("/guarded", a.auth.Require()(http.NotFoundHandler()))
	return a
}

// S-120: what one host has sealed, another with the same secret does not take: not a
// session, not a CSRF token, not a sign-in under way.
func TestS_120_HostsAreApart(t *testing.T) {
	t.Parallel()
	one := newApp(t)
	other := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.URL = "https://other.example.com" })
	b := one.browser()
	b.signIn("alice")
	token := b.csrf()
	back := b.choose(b.start("op", "/"), "alice")
	var pairs []string
	for name, value := range b.cookies("/auth/callback/op") {
		pairs = append(pairs, name+"="+value)
	}
	all := header{"Cookie", strings.Join(pairs, "; ")}
	thief := &browser{t: t, a: other, c: &http.Client{Transport: other, CheckRedirect: b.c.CheckRedirect}}
	place := "https://other.example.com"
	if r := thief.get(place+"/who", all); r.body != "" {
		t.Errorf("the session of one host is %s on the other", r.body)
	}
	if r := thief.do(http.MethodPost, place+"/auth/signout", url.Values{"csrfToken": {token}}, all); param(t, r.location(), "error") != "MissingCSRF" {
		t.Errorf("the CSRF token of one host counts on the other: %s", r.location())
	}
	if r := thief.get(strings.Replace(back, appURL, place, 1), all); param(t, r.location(), "error") == "" || setCookie(r, ".session=") != "" && !strings.Contains(setCookie(r, ".session="), "Max-Age=0") {
		t.Errorf("the sign-in of one host ends on the other: %s", r.location())
	}
	if other.op.Count("token") != 0 || b.who() != "op|alice" {
		t.Error("the code was redeemed, or the first host's session has suffered")
	}
}

// S-122, S-123: headers that say who or where somebody is make no difference, and
// none of them, nor any other header of a request, is sent on to a provider.
func TestS_122_S_123_IdentityHeaders(t *testing.T) {
	t.Parallel()
	a := everything(t)
	var seen []http.Header
	a.op.Intercept = func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		seen = append(seen, r.Header.Clone())
		return false
	}
	var lies []header
	for _, name := range []string{"X-Auth-User", "X_Auth_User", "x-auth-request-user", "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-For", "X-Real-IP", "Forwarded", "Remote-User", "X-User", "True-Client-IP"} {
		lies = append(lies, header{name, "lie-127.0.0.1"})
	}
	b := a.browser()
	if who := b.who(lies...); who != "" {
		t.Errorf("headers sign in %q", who)
	}
	if r := b.get("/guarded", lies...); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("headers open a guard: %d", r.StatusCode)
	}
	r := b.post("/auth/signin/op", nil, lies...)
	b.get(b.choose(r.location(), "alice"), lies...)
	if who := b.who(lies...); who != "op|alice" {
		t.Errorf("signed in as %q", who)
	}
	if len(seen) < 3 {
		t.Fatalf("the provider had %d requests", len(seen))
	}
	if text := fmt.Sprint(seen, a.logged.String()); strings.Contains(text, "lie-") {
		t.Errorf("passed on or logged: %s", text)
	}
}

// S-124: no request decides where the kit sends its own.
func TestS_124_NoRequestsToChosenPlaces(t *testing.T) {
	t.Parallel()
	a := everything(t)
	var mu sync.Mutex
	asked := map[string]bool{}
	next := a.http.Transport
	a.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		asked[r.URL.Host] = true
		mu.Unlock()
		return next.RoundTrip(r)
	})
	evil := url.Values{}
	for _, name := range []string{
		"issuer", "iss", "provider", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "request_uri", "redirect_uri", "wellKnown",
		"server", "tenant", "target_link_uri", "callbackUrl", "url", "client_id",
	} {
		evil.Set(name, "https://evil.com/")
	}
	b := a.browser()
	for _, path := range append([]string{"/auth/signin/..%2f..%2fevil.com", "/auth/signin/%2e%2e", "/auth/signin/https:%2f%2fevil.com", "/auth/callback/evil.com"}, kitPaths...) {
		b.get(path + "?" + evil.Encode())
		if form, err := url.ParseQuery(evil.Encode()); err == nil && path != "/auth/signin/op" {
			b.post(path, form)
		}
	}
	delete(asked, "op.example.com") // for the keys of a logout token
	if len(asked) != 0 {
		t.Errorf("without a sign-in it asks %v", asked)
	}
	form, _ := url.ParseQuery(evil.Encode())
	r := b.post("/auth/signin/op?"+evil.Encode(), form)
	back := b.choose(r.location(), "alice")
	b.get(back + "&issuer=https://evil.com/&token_endpoint=https://evil.com/")
	if len(asked) != 1 || !asked["op.example.com"] || strings.Contains(strings.Replace(r.location(), url.QueryEscape(appURL), "", 1), "evil") {
		t.Errorf("a sign-in asks %v, by way of %s", asked, r.location())
	}
	if b.who() != "op|alice" {
		t.Error("not signed in: the test has shown nothing")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// breaks are texts that end a line, or a header, somewhere.
var breaks = []string{
	"a\r\nSet-Cookie: evil=1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\x00b", "a\r\n\r\n<script>alert(1)</script>", "a\u2028b\u2029c\u0085d", "a%0d%0aX-Evil:%201", "\x7f\x1b[31m",
	"x\n[auth] admin login", `x" level=ERROR msg="admin login`, "x\\nlevel=ERROR",
}

// S-140, S-143: nothing that comes from outside breaks a header or a line of the log:
// not from a request, not from a provider, and not from a profile.
func TestS_140_S_143_NothingBreaksALine(t *testing.T) {
	t.Parallel()
	current := ""
	a := everything(t, func(c *httpauth.Config, op *providertest.Config) {
		op.Users = []providertest.User{{Subject: "alice", Name: "x", Email: "x@example.com"}}
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			role.Set(e.Token, current)
			e.Token.Name, e.Token.Picture = current, current
			return nil
		}
		c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { e.Session.Expose(role); return nil }
		c.Callbacks.SignIn = func(_ ctx, e *httpauth.SignInEvent) error {
			if e.Request.URL.Query().Get("banned") != "" {
				return fmt.Errorf("callback: %s", current)
			}
			return nil
		}
	})
	a.op.EditIDToken = func(claims map[string]any) { claims["name"], claims["picture"] = current, current }
	check := func(r answer) {
		t.Helper()
		for name, values := range r.Header {
			for _, v := range values {
				if name == "X-Evil" || strings.ContainsFunc(v, func(c rune) bool { return c < ' ' || c >= 0x7f }) {
					t.Errorf("%q to %s: header %s is %q", current, r.Request.URL.Path, name, v)
				}
			}
		}
		for _, c := range r.Cookies() {
			if c.Name == "evil" {
				t.Errorf("%q to %s sets a cookie", current, r.Request.URL.Path)
			}
		}
	}
	for _, current = range breaks {
		b := a.browser()
		query := url.Values{}
		for _, name := range []string{"callbackUrl", "error", "error_description", "code", "state", "iss", "login_hint", "prompt", "scope", "csrfToken", "username", "sid", "logout_token", "max_age", "acr_values", "target_link_uri"} {
			query.Set(name, current)
		}
		for _, path := range kitPaths {
			check(b.get(path+"?"+query.Encode(), header{"Accept", "text/html"}))
			check(b.do(http.MethodPost, path, query))
			form, _ := url.ParseQuery(query.Encode())
			check(b.post(path, form))
			check(b.post(path+"?"+query.Encode(), nil, header{"X-Auth-Return-Redirect", "1"}))
		}
		start := b.post("/auth/signin/op?"+query.Encode(), nil)
		check(start)
		back := b.choose(start.location(), "alice")
		check(b.get(withParam(t, withParam(t, back, "code", ""), "error", current)))
		check(b.get(b.choose(b.start("op", "/"), "alice") + "&banned=1"))
		check(b.get(b.choose(b.start("op", "/"), "alice")))
		check(b.get("/auth/session"))
		if !utf8NUL(current) && b.who() != "op|alice" {
			t.Errorf("%q: not signed in", current)
		}
	}
	lines := strings.Split(strings.TrimSpace(a.logged.String()), "\n")
	if len(lines) < len(breaks) {
		t.Fatalf("only %d lines", len(lines))
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "time=20") || strings.ContainsAny(line, "\r\x00\x1b\u2028") || strings.Contains(line, ` msg="admin`) {
			t.Errorf("the log has a line %q", line)
		}
	}
}

// utf8NUL tells the texts that a profile cannot have.
func utf8NUL(s string) bool { return strings.ContainsRune(s, 0) }

// S-184, GHSA-xmf8-cvqr-rfgj: whatever stands in headers and parameters, the answer is
// no server error and nobody is signed in. The fuzz tests go on from here.
func TestS_184_MalformedHeaders(t *testing.T) {
	t.Parallel()
	a := everything(t)
	b := a.browser()
	b.signIn("alice")
	good := b.cookies("/auth")
	random := rand.New(rand.NewPCG(1, 2)) // the same at every run
	pieces := []string{"Bearer ", "Basic ", "%", "=", ";", ",", "\"", "\\", " ", "..", "ey", "{", "null", "%7C", "é", "\xff", "\t", "__Host-auth.session", "__Host-auth.csrf", "__Secure-auth.tx.abc", ".1", ".2", "3.abcdef."}
	for name, value := range good {
		pieces = append(pieces, name, value, value[:len(value)/2])
	}
	slices.Sort(pieces)
	noise := func() string {
		var s strings.Builder
		for range random.IntN(12) {
			s.WriteString(pieces[random.IntN(len(pieces))])
		}
		return s.String()
	}
	names := []string{sessionCookie, sessionCookie + ".1", "__Host-auth.csrf", "__Secure-auth.id-token", "__Host-auth.browser", "__Host-auth.landed", "__Host-auth.signed-out.a", "__Host-auth.refresh-failed", "x"}
	cookies := func() (line string) {
		for range random.IntN(5) {
			line += names[random.IntN(len(names))] + "=" + noise() + "; "
		}
		return line + noise()
	}
	for i := range 1000 {
		stranger := a.browser()
		headers := []header{{"Cookie", cookies()}, {"Authorization", noise()}, {"Sec-Fetch-Site", noise()}, {"Origin", noise()}, {"Referer", noise()}, {"Accept", noise()}, {"Content-Type", noise()}}
		path := kitPaths[i%len(kitPaths)] + "?" + url.Values{"state": {noise()}, "code": {noise()}, "callbackUrl": {noise()}}.Encode()
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions} {
			if r := stranger.do(method, path, nil, headers...); r.StatusCode >= 500 {
				t.Fatalf("%s %s with %q: %d", method, path, headers, r.StatusCode)
			}
		}
	}
	if slices.Contains(a.kinds(), httpauth.KindUnavailable) {
		t.Error("work that should not fail did")
	}
}

// S-188, CVE-2025-58186: a hundred thousand cookies cost little, and sign nobody in.
func TestS_188_CookieBomb(t *testing.T) {
	a := newApp(t)
	b := a.browser()
	b.signIn("alice")
	form := url.Values{"csrfToken": {b.csrf()}}.Encode()
	session := sessionCookie + "=" + b.cookies("/")[sessionCookie] + "; __Host-auth.csrf=" + b.cookies("/")["__Host-auth.csrf"]
	handler := a.auth.Wrap(a.mux)
	for name, bomb := range map[string][]string{
		"one line":       {strings.Repeat("a=; ", 100000) + session},
		"many lines":     append(slices.Repeat([]string{"a="}, 100000), session),
		"one name":       {strings.Repeat(sessionCookie+"=x; ", 10000) + session},
		"parts":          {strings.Repeat(sessionCookie+".1=x; ", 10000) + session},
		"transactions":   {strings.Repeat("__Secure-auth.tx.a=x; ", 10000) + session},
		"ended sessions": {strings.Repeat("__Host-auth.signed-out.a=x; ", 10000) + session},
		"only names":     {strings.Repeat(";", 400000)},
		// As many as the standard library takes.
		"fewer transactions":   {strings.Repeat("__Secure-auth.tx.a=x; ", 2900) + session},
		"fewer ended sessions": {strings.Repeat("__Host-auth.signed-out.a=x; ", 2900) + session},
		"fewer of one name":    {strings.Repeat(sessionCookie+"=x; ", 2900) + session},
	} {
		for _, path := range []string{"/who", "/auth/session", "/auth/csrf", "/auth/signin", "/auth/callback/op?state=x&code=y", "/auth/signin/op", "/auth/signout"} {
			size := 0
			for _, line := range bomb {
				size += len(line)
			}
			bytes := allocated(1, func(int) {
				within(t, 2*time.Second, name+" at "+path, func() {
					r := request(t, path)
					if path == "/auth/signin/op" || path == "/auth/signout" {
						r = httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form))
						r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					}
					r.Header["Cookie"] = bomb
					w := recorder()
					handler.ServeHTTP(w, r)
					if w.Code >= 500 || w.Header().Get("Location") == "" && w.Body.String() == "op|alice" && name == "one name" {
						t.Errorf("%s at %s: %d %s", name, path, w.Code, w.Body)
					}
					if lines := len(w.Header()["Set-Cookie"]); lines > 50 {
						t.Errorf("%s at %s: %d cookies are set", name, path, lines)
					}
				})
			})
			if limit := uint64(64*size + 1<<20); bytes > limit {
				t.Errorf("%s at %s: %d bytes are allocated for %d", name, path, bytes, size)
			}
		}
	}
}
