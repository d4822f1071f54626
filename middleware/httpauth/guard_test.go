package httpauth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// withRole gives alice the role admin.
func withRole(c *httpauth.Config, _ *providertest.Config) {
	c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
		if e.Trigger == httpauth.TriggerSignIn && e.User.ID == "alice" {
			role.Set(e.Token, "admin")
		}
		return nil
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	a := newApp(t, withRole)
	guard := func(path string, rules ...claims.Rule) {
		a.mux.Handle(path, a.auth.Require(rules...)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	}
	guard("/any")
	guard("/admin", role.Is("admin"))
	guard("/scope", claims.HasScope("openid", "email"))
	guard("/other-scope", claims.HasScope("calendar"))
	people := map[string]*browser{"nobody": a.browser(), "alice": a.browser(), "bob": a.browser()}
	people["alice"].signIn("alice")
	people["bob"].signIn("bob")
	navigate := []header{{"Sec-Fetch-Mode", "navigate"}, {"Accept", "text/html"}}
	script := []header{{"Sec-Fetch-Mode", "cors"}, {"Accept", "text/html"}}
	for _, c := range []struct {
		who, method, path string
		headers           []header
		status            int
	}{
		{"nobody", "GET", "/any", navigate, 302},
		{"nobody", "GET", "/any", script, 401},
		{"nobody", "GET", "/any", nil, 401},
		{"nobody", "GET", "/any", []header{{"Accept", "text/html,*/*"}}, 302},
		{"nobody", "GET", "/any", []header{{"Accept", "*/*"}}, 401},
		{"nobody", "GET", "/any", []header{{"Accept", "text/html"}, {"X-Requested-With", "XMLHttpRequest"}}, 401},
		{"nobody", "GET", "/any", []header{{"Accept", "application/json"}}, 401},
		{"nobody", "POST", "/any", navigate, 302},
		{"nobody", "GET", "/any", []header{{"Sec-Fetch-Mode", "no-cors"}, {"Accept", "text/html"}}, 401},
		{"alice", "GET", "/any", navigate, 200},
		{"alice", "GET", "/admin", script, 200},
		{"bob", "GET", "/any", script, 200},
		{"bob", "GET", "/admin", navigate, 403},
		{"bob", "GET", "/admin", script, 403},
		{"nobody", "GET", "/admin", navigate, 302},
		{"alice", "GET", "/scope", script, 200},
		{"alice", "GET", "/other-scope", script, 403},
		{"nobody", "OPTIONS", "/any", []header{{"Origin", "https://spa.example.com"}, {"Access-Control-Request-Method", "GET"}}, 200},
		{"nobody", "OPTIONS", "/any", []header{{"Origin", "https://spa.example.com"}}, 401},
		{"nobody", "OPTIONS", "/any", nil, 401},
	} {
		r := people[c.who].do(c.method, c.path, nil, c.headers...)
		if r.StatusCode != c.status {
			t.Errorf("%s %s %s %v: %d, want %d", c.who, c.method, c.path, c.headers, r.StatusCode, c.status)
		}
		switch r.StatusCode {
		case 302:
			want := appURL + "/auth/signin"
			if c.method == "GET" {
				want += "?callbackUrl=" + url.QueryEscape(appURL+c.path)
			}
			if r.location() != want {
				t.Errorf("%s %s leads to %s", c.method, c.path, r.location())
			}
		case 401, 403:
			var body struct{ Message, Code string }
			if err := json.Unmarshal([]byte(r.body), &body); err != nil || body.Message != http.StatusText(r.StatusCode) || body.Code == "" {
				t.Errorf("body %s", r.body)
			}
			if r.Header.Get("Cache-Control") != "no-store, private" {
				t.Errorf("Cache-Control %q", r.Header.Get("Cache-Control"))
			}
		}
	}
}

// A guard without the middleware lets nobody through: S-181.
func TestS_181_GuardAlone(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := recorder()
	a.auth.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") })).ServeHTTP(w, r)
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d", w.Code)
	}
	if err := httpauth.Check(r); !errors.Is(err, httpauth.ErrNotMounted) {
		t.Errorf("error %v", err)
	}
	if err := httpauth.Update(r.Context(), nil); !errors.Is(err, httpauth.ErrNotMounted) {
		t.Errorf("Update: %v", err)
	}
	if _, err := httpauth.Client(r.Context()); !errors.Is(err, httpauth.ErrNotMounted) {
		t.Errorf("Client: %v", err)
	}
	if _, ok := httpauth.FromContext(r.Context()); ok {
		t.Error("a session without the middleware")
	}
	if page := httpauth.SignInURL(r, httpauth.Check(r)); page != "" {
		t.Errorf("redirect to %s", page)
	}
}

// No decision depends on a path in a header or on the user agent (CVE-2026-34457,
// CVE-2026-40575, CVE-2026-41059, CVE-2025-54576).
func TestS_121_NothingOpensAGuard(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.mux.Handle("/", a.auth.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") })))
	b := a.browser()
	for _, h := range []header{
		{"User-Agent", "GoogleHC/1.0"}, {"X-Forwarded-Uri", "/auth/signin"}, {"X-Original-URL", "/auth/signin"}, {"X-Rewrite-URL", "/auth/signin"},
		{"X-Auth-User", "alice"}, {"X_Auth_User", "alice"}, {"Authorization", "Bearer %"}, {"Authorization", "Basic YTpi"},
		{"X-HTTP-Method-Override", "OPTIONS"}, {"Access-Control-Request-Method", "GET"},
	} {
		if r := b.get("/secret", h); r.StatusCode != 401 {
			t.Errorf("%v: %d", h, r.StatusCode)
		}
	}
	for _, path := range []string{"/secret?x=/auth/signin", "/secret#/auth/signin", "/secret/auth/signin", "/x/../secret", "/SECRET", "/secret;a", "/auth.txt", "/AUTH/signin"} {
		if r := b.get(path); r.StatusCode != 401 && r.StatusCode != 301 && r.StatusCode != 307 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}
