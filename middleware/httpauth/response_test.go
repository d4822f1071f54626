package httpauth_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// No answer of the kit, of whatever status, may be stored by a cache (CVE-2025-48947), and
// neither may an application's response that carries a cookie of the kit.
func TestS_147_NothingIsCached(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.mux.HandleFunc("/public", func(http.ResponseWriter, *http.Request) {})
	b := a.browser()
	for _, visit := range []func() answer{
		func() answer { return b.get("/auth/signin") },
		func() answer { return b.get("/auth/signout") },
		func() answer { return b.get("/auth/error?error=AccessDenied") },
		func() answer { return b.get("/auth/session") },
		func() answer { return b.get("/auth/csrf") },
		func() answer { return b.get("/auth/providers") },
		func() answer { return b.get("/auth/nothing") },
		func() answer { return b.get("/auth/callback/op?state=x") },
		func() answer { return b.get("/auth/signed-out") },
		func() answer { return b.do(http.MethodPut, "/auth/session", nil) },
		func() answer { return b.do(http.MethodPost, "/auth/signout", url.Values{}) },
		func() answer { return b.post("/auth/signin/op", nil) },
		func() answer { return b.do(http.MethodPost, "/auth/session", `{}`) },
		func() answer {
			return b.do(http.MethodPost, "/auth/signout", "x", header{"Content-Type", "text/plain"})
		},
		func() answer { return b.signIn("alice") },
		func() answer { return b.get("/auth/session") },
		func() answer { // a cookie that does not open is deleted on the way
			return b.get("/public", header{"Cookie", "__Host-auth.session=broken"})
		},
		func() answer { return b.post("/auth/signout", nil) },
	} {
		r := visit()
		if c := r.Header.Get("Cache-Control"); c != "no-store, private" {
			t.Errorf("%s %s: Cache-Control %q", r.Request.Method, r.Request.URL, c)
		}
		if v := r.Header.Get("Vary"); v != "Cookie" {
			t.Errorf("%s %s: Vary %q", r.Request.Method, r.Request.URL, v)
		}
	}
	if r := b.get("/public"); r.Header.Get("Vary") != "Cookie" || r.Header.Get("Cache-Control") != "" {
		t.Errorf("an answer without a cookie: %v", r.Header)
	}
}

func TestS_149_PagesAreClosed(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	for _, path := range []string{"/auth/signin", "/auth/signin/op", "/auth/signout", "/auth/error"} {
		r := b.get(path)
		policy := r.Header.Get("Content-Security-Policy")
		if !regexp.MustCompile(`^default-src 'none'; style-src 'nonce-[A-Z2-7]{26}'; img-src 'none'; form-action 'self' https:; base-uri 'none'; frame-ancestors 'none'$`).MatchString(policy) {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Content-Type": "text/html; charset=utf-8", "Access-Control-Allow-Origin": "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
		if strings.Contains(r.body, "<script") || strings.Contains(r.body, " style=") || regexp.MustCompile(` on\w+=`).MatchString(r.body) {
			t.Errorf("%s has inline code: %s", path, r.body)
		}
		if next := b.get(path); next.Header.Get("Content-Security-Policy") == policy {
			t.Errorf("%s: the nonce repeats", path)
		}
	}
}

// Whatever stands in a URL or a configuration is text on a page (CVE-2021-32702).
func TestS_150_S_151_NothingIsMarkup(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Theme.Name = `<img src=x onerror=alert(1)>`
		c.Providers = []providers.Provider{providers.OIDC(providers.Config{
			ID: "op", Name: `"><svg onload=alert(1)>`, ClientID: "app", ClientSecret: "secret", Issuer: issuer,
			Style: providers.Style{Background: "red;} body{display:none", Text: "</style><script>"},
		})}
	})
	b := a.browser()
	for _, evil := range []string{
		`"><svg onload=alert(1)>`, `<script>alert(1)</script>`, `javascript:alert(1)`, `</style><script>`, `{{.}}`, `'-alert(1)-'`,
	} {
		for _, path := range []string{"/auth/signin?error=", "/auth/error?error=", "/auth/signin?callbackUrl=", "/auth/signout?callbackUrl=", "/auth/error?error=AccessDenied&error_description="} {
			r := b.get(path + url.QueryEscape(evil))
			for _, bad := range []string{"<svg", "<img", "<script", "javascript:", "alert(1)</", "display:none", "{{"} {
				if strings.Contains(r.body, bad) {
					t.Errorf("%s%q puts %q on the page", path, evil, bad)
				}
			}
		}
	}
}

func TestS_151_ErrorPages(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	for code, want := range map[string]struct {
		status int
		text   string
	}{
		"Configuration": {500, "Sign-in is not available"}, "AccessDenied": {403, "No access"}, "SessionTooLarge": {500, "more data"},
		"Nonsense": {400, "Something went wrong"}, "": {400, "Something went wrong"}, "accessdenied": {400, "Something went wrong"},
	} {
		r := b.get("/auth/error?error=" + code)
		if r.StatusCode != want.status || !strings.Contains(r.body, want.text) {
			t.Errorf("%q: %d %s", code, r.StatusCode, r.body)
		}
	}
}

func TestS_152c_SessionShowsOnlyThePerson(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	if r := b.get("/auth/session"); r.body != "null" || r.StatusCode != 200 {
		t.Errorf("without a session: %d %s", r.StatusCode, r.body)
	}
	b.signIn("alice")
	want := `^\{"user":\{"name":"Alice Example","email":"alice@example.com"\},"expires":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}$`
	if r := b.get("/auth/session"); !regexp.MustCompile(want).MatchString(r.body) || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("session: %s", r.body)
	}
}

func TestS_152b_NoOtherOriginReads(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	for _, path := range []string{"/auth/session", "/auth/csrf", "/auth/providers"} {
		r := b.get(path, header{"Origin", "https://evil.com"})
		if r.Header.Get("Access-Control-Allow-Origin") != "" || r.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, r.Header)
		}
		r = b.do(http.MethodOptions, path, nil, header{"Origin", "https://evil.com"}, header{"Access-Control-Request-Method", "POST"})
		if r.StatusCode != 405 || r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("OPTIONS %s: %d", path, r.StatusCode)
		}
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{testProvider("zeta"), providers.GitHub("id", "secret"), testProvider("alpha")}
	})
	r := a.browser().get("/auth/providers")
	want := `{"zeta":{"id":"zeta","name":"Test zeta","type":"oidc","signinUrl":"https://app.example.com/auth/signin/zeta","callbackUrl":"https://app.example.com/auth/callback/zeta"},` +
		`"github":{"id":"github","name":"GitHub","type":"oauth","signinUrl":"https://app.example.com/auth/signin/github","callbackUrl":"https://app.example.com/auth/callback/github"},` +
		`"alpha":{"id":"alpha","name":"Test alpha","type":"oidc","signinUrl":"https://app.example.com/auth/signin/alpha","callbackUrl":"https://app.example.com/auth/callback/alpha"}}`
	if r.body != want {
		t.Errorf("got %s", r.body)
	}
}

// Both generations of Auth.js clients get the URL as JSON instead of a redirect.
func TestAnswersForScripts(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	r := b.post("/auth/signin/op", nil, header{"X-Auth-Return-Redirect", "1"})
	if r.StatusCode != 200 || !strings.HasPrefix(r.body, `{"url":"`+issuer+`/authorize?`) || setCookie(r, ".tx.") == "" {
		t.Errorf("v5: %d %s %v", r.StatusCode, r.body, r.Header)
	}
	r = b.post("/auth/signout", url.Values{"json": {"true"}, "callbackUrl": {"/bye"}})
	if r.StatusCode != 200 || r.body != `{"url":"https://app.example.com/bye"}` {
		t.Errorf("v4: %d %s", r.StatusCode, r.body)
	}
	r = b.do(http.MethodPost, "/auth/signout", url.Values{"json": {"true"}})
	if r.StatusCode != 200 || !strings.Contains(r.body, "error=MissingCSRF") {
		t.Errorf("an error: %d %s", r.StatusCode, r.body)
	}
}

func TestS_183_UnknownPlaces(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	for _, path := range []string{
		"/auth/signin/Op", "/auth/signin/op%20", "/auth/signin/a%2Fb", "/auth/signin/undefined", "/auth/signin/__proto__",
		"/auth/signin/../op", "/auth/signin/%2e%2e", "/auth/op/signin", "/auth/session/op", "/auth/signin/op/x", "/auth/", "/auth",
		"/auth/Signin", "/auth/signin/toString",
	} {
		if r := b.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.location())
		}
	}
	// Neighbours of the base path belong to the application.
	if r := b.get("/authors"); r.StatusCode != http.StatusNotFound || strings.Contains(r.body, "Not found.") {
		t.Errorf("/authors was answered by the kit: %s", r.body)
	}
}

func TestOwnPages(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Pages = httpauth.Pages{SignIn: "/login?lang=en", SignOut: "/bye", Error: "/oops"}
	})
	b := a.browser()
	for path, want := range map[string]string{
		"/auth/signin":                         "/login?lang=en&callbackUrl=https%3A%2F%2Fapp.example.com%2F",
		"/auth/signin?error=x&callbackUrl=/p":  "/login?lang=en&callbackUrl=https%3A%2F%2Fapp.example.com%2Fp&error=Default",
		"/auth/signin?callbackUrl=//evil.com/": "/login?lang=en&callbackUrl=https%3A%2F%2Fapp.example.com%2F",
		"/auth/signout?callbackUrl=/p":         "/bye?callbackUrl=https%3A%2F%2Fapp.example.com%2Fp",
		"/auth/error?error=AccessDenied":       "/oops?error=AccessDenied",
		"/auth/error?error=<b>":                "/oops?error=Default",
	} {
		if r := b.get(path); r.location() != appURL+want {
			t.Errorf("%s leads to %s", path, r.location())
		}
	}
}
