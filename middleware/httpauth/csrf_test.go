package httpauth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// What browsers say about where a POST comes from, and whether it is believed.
// The token is right in every row.
func TestS_163_Provenance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		site, origin, referer string
		ok                    bool
	}{
		{ok: true}, // not a browser, or one that says nothing: the token decides
		{site: "same-origin", ok: true},
		{site: "none", ok: true},
		{site: "same-site"},
		{site: "cross-site"},
		{site: "cross-site", origin: appURL},
		{site: "nonsense"},
		{site: "same-origin", origin: "null", ok: true},
		{origin: appURL, ok: true},
		{origin: appURL, referer: "https://evil.com/", ok: true},
		{origin: "null"}, // a sandboxed frame, or data:
		{origin: "https://evil.com"},
		{origin: "https://app.example.com.evil.com"},
		{origin: "https://app.example.com:8443"},
		{origin: "http://app.example.com"},
		{origin: "https://sub.app.example.com"},
		{referer: appURL + "/page", ok: true},
		{referer: "https://app.example.com:443/page", ok: true},
		{referer: "https://evil.com/?" + appURL},
		{referer: "https://app.example.com.evil.com/"},
		{referer: "about:blank"},
		{referer: "%%"},
	} {
		b := newApp(t).browser()
		var headers []header
		for _, h := range []header{{"Sec-Fetch-Site", c.site}, {"Origin", c.origin}, {"Referer", c.referer}} {
			if h.value != "" {
				headers = append(headers, h)
			}
		}
		for _, path := range []string{"/auth/signin/op", "/auth/signout", "/auth/session"} {
			r := b.post(path, nil, headers...)
			passed := r.StatusCode == http.StatusOK || r.StatusCode == http.StatusFound && param(t, r.location(), "error") == ""
			if passed != c.ok {
				t.Errorf("%s with %+v: passed %v (%d %s)", path, c, passed, r.StatusCode, r.location())
			}
		}
		if !c.ok && !slices.Contains(b.a.kinds(), httpauth.KindCSRF) {
			t.Errorf("%+v raised no event", c)
		}
	}
}

func TestS_164_TokenIsOurs(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.signIn("alice")
	good := b.csrf()
	cookie := b.cookies("/")["__Host-auth.csrf"]
	if !strings.HasPrefix(cookie, good+"%7C") || len(cookie) != 64+3+64 {
		t.Fatalf("cookie %q is not token%%7Csignature", cookie)
	}
	planted := strings.Repeat("ab", 32)
	for name, c := range map[string]struct{ cookie, token string }{
		"no token":           {cookie, ""},
		"another token":      {cookie, planted},
		"no cookie":          {"", good},
		"no signature":       {planted, planted},
		"empty signature":    {planted + "%7C", planted},
		"foreign signature":  {planted + "%7C" + strings.Repeat("cd", 32), planted},
		"moved signature":    {planted + "%7C" + cookie[67:], planted},
		"nothing at all":     {"", ""},
		"empty token signed": {"%7C" + cookie[67:], ""},
	} {
		probe := b.a.browser()
		for n, v := range b.cookies("/") {
			if n != "__Host-auth.csrf" {
				probe.setCookie(n, v, "/")
			}
		}
		if c.cookie != "" {
			probe.setCookie("__Host-auth.csrf", c.cookie, "/")
		}
		r := probe.do(http.MethodPost, "/auth/signout", url.Values{"csrfToken": {c.token}})
		if errorOf(t, r) != "MissingCSRF" || probe.who() != "op|alice" {
			t.Errorf("%s: %s, signed in as %q", name, r.location(), probe.who())
		}
	}
	// Two cookies of the name: one of them was planted.
	r := b.do(http.MethodPost, "/auth/signout", url.Values{"csrfToken": {good}}, header{"Cookie", "__Host-auth.csrf=x%7Cy"})
	if errorOf(t, r) != "MissingCSRF" {
		t.Errorf("a second cookie: %s", r.location())
	}
	// In the query or a header it does not count.
	r = b.do(http.MethodPost, "/auth/signout?csrfToken="+good, url.Values{}, header{"X-CSRF-Token", good})
	if errorOf(t, r) != "MissingCSRF" {
		t.Errorf("token outside the body: %s", r.location())
	}
}

// A token that the browser has stays good: a second tab, or a request that was
// under way, does not invalidate the first.
func TestS_172_TokenIsKept(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	first := b.csrf()
	for range 3 {
		if next := b.get("/auth/csrf"); !strings.Contains(next.body, first) || len(next.Header["Set-Cookie"]) != 0 {
			t.Fatalf("the token changed: %s %v", next.body, next.Header["Set-Cookie"])
		}
		b.get("/auth/signin")
		b.get("/auth/signout")
		b.get("/auth/session")
		b.get("/auth/providers")
	}
	if lines := b.a.browser().get("/auth/session").Header["Set-Cookie"]; len(lines) != 0 {
		t.Errorf("GET session sets %v", lines)
	}
}

// GET starts nothing and ends nothing (login CSRF, and sign-out by an image).
func TestS_153_S_166_GetDoesNothing(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.signIn("alice")
	for _, path := range []string{"/auth/signout", "/auth/signin/op", "/auth/signin"} {
		r := b.get(path, header{"Sec-Fetch-Dest", "image"})
		if r.StatusCode != http.StatusOK || !strings.Contains(r.body, "<form method=\"post\"") {
			t.Errorf("GET %s: %d %s", path, r.StatusCode, r.location())
		}
	}
	if b.who() != "op|alice" {
		t.Error("a GET signed somebody out")
	}
}

// Every route that takes a POST asks for the token, except the answer of a
// provider, which the state protects.
func TestS_170_EveryPostIsGuarded(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.csrf()
	for _, path := range []string{"signin/op", "signout", "session", "csrf", "providers", "error", "signin", "callback/op", "signed-out", "verify-request"} {
		r := b.do(http.MethodPost, "/auth/"+path, url.Values{})
		switch {
		case r.StatusCode == http.StatusMethodNotAllowed, r.StatusCode == http.StatusNotFound:
		case r.StatusCode == http.StatusBadRequest && (path == "session" || path == "signin"): // the latter only leads to a page
		case r.StatusCode == http.StatusFound && param(t, r.location(), "error") == "MissingCSRF":
		default:
			t.Errorf("POST %s without a token: %d %s", path, r.StatusCode, r.location())
		}
	}
}

func TestS_139_Bodies(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	token := b.csrf()
	for kind, want := range map[string]int{
		"application/x-www-form-urlencoded": 415, // the body below is JSON: see the next case
		"application/json":                  302,
		"application/json; charset=utf-8":   302,
		"text/plain":                        415,
		"text/plain; application/json":      415,
		"application/jsonp":                 415,
		"multipart/form-data; boundary=x":   415,
		"":                                  415,
	} {
		r := b.do(http.MethodPost, "/auth/signout", `{"csrfToken":"`+token+`"}`, header{"Content-Type", kind})
		if want == 415 && strings.HasPrefix(kind, "application/x-www") {
			want = 302 // read as a form it has no token
			if param(t, r.location(), "error") != "MissingCSRF" {
				t.Errorf("JSON as a form: %s", r.location())
			}
		}
		if r.StatusCode != want {
			t.Errorf("%q: %d, want %d", kind, r.StatusCode, want)
		}
	}
	for name, body := range map[string]string{
		"too long": `{"a":"` + strings.Repeat("x", 17<<10) + `"}`, "two tokens": `{"csrfToken":"a","csrfToken":"b"}`,
		"not an object": `["a"]`, "broken": `{"a":`,
	} {
		if r := b.do(http.MethodPost, "/auth/signout", body); r.StatusCode != 400 && r.StatusCode != 413 {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
}

// What the browser passes to update reaches the callback and nothing else.
// Also CVE-2025-61928.
func TestS_169_UpdateIsOnlyData(t *testing.T) {
	t.Parallel()
	evil := `{"sub":"admin","exp":9999999999,"iss":"x","jti":"x","accessToken":"x","account":{"id":"x"},"role":"admin","__proto__":{"a":1}}`
	a := newApp(t)
	b := a.browser()
	b.signIn("alice")
	before := b.cookies("/")["__Host-auth.session"]
	r := b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+b.csrf()+`","data":`+evil+`}`)
	if r.StatusCode != http.StatusOK || strings.Contains(r.body, "admin") || b.who() != "op|alice" {
		t.Errorf("%d %s, signed in as %q", r.StatusCode, r.body, b.who())
	}
	if b.cookies("/")["__Host-auth.session"] != before {
		t.Error("the session changed without a callback")
	}
	var got []string
	a = newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerUpdate {
				got = append(got, string(e.Data))
				count.Set(e.Token, len(got))
			}
			return nil
		}
		c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { e.Session.Expose(count); return nil }
	})
	b = a.browser()
	b.signIn("alice")
	r = b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+b.csrf()+`","data":{"theme":"dark"}}`)
	if len(got) != 1 || got[0] != `{"theme":"dark"}` || !strings.Contains(r.body, `"count":1`) {
		t.Errorf("callback got %q, answer %s", got, r.body)
	}
	if r := b.get("/auth/session"); !strings.Contains(r.body, `"count":1`) {
		t.Errorf("the update was not kept: %s", r.body)
	}
	b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+b.csrf()+`"}`)
	if len(got) != 2 || got[1] != "" {
		t.Errorf("update without data: %q", got)
	}
	// Without a session there is nothing to update.
	if r := a.browser().do(http.MethodPost, "/auth/session", `{"csrfToken":"x"}`); r.StatusCode != 400 || r.body != `{"message":"Bad Request"}` {
		t.Errorf("without a token: %d %s", r.StatusCode, r.body)
	}
}
