package httpauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

func withOrigins(c *httpauth.Config, _ *providertest.Config) {
	c.RedirectOrigins = []string{"https://other.example.com", "https://*.wild.example.org"}
}

// Every way into the kit that takes a target, and the place where each is
// honoured: S-109. Also CVE-2022-24858, CVE-2022-29214, CVE-2020-11053,
// CVE-2024-56734 and the other advisories on open redirects.
func targets(t *testing.T) map[string]func(raw string) string {
	a := newApp(t, withOrigins)
	return map[string]func(string) string{
		"sign-in": func(raw string) string {
			b := a.browser()
			r := b.post("/auth/signin/op", url.Values{"callbackUrl": {raw}})
			return b.get(b.choose(r.location(), "alice")).location()
		},
		"sign-in, in the query": func(raw string) string {
			b := a.browser()
			r := b.post("/auth/signin/op?callbackUrl="+url.QueryEscape(raw), nil)
			return b.get(b.choose(r.location(), "alice")).location()
		},
		"sign-out": func(raw string) string {
			return a.browser().post("/auth/signout", url.Values{"callbackUrl": {raw}}).location()
		},
		"sign-out, for a script": func(raw string) string {
			r := a.browser().post("/auth/signout", url.Values{"callbackUrl": {raw}}, header{"X-Auth-Return-Redirect", "1"})
			return strings.TrimSuffix(strings.TrimPrefix(r.body, `{"url":"`), `"}`)
		},
		"sign-in page": func(raw string) string {
			page := a.browser().get("/auth/signin?callbackUrl=" + url.QueryEscape(raw))
			_, rest, _ := strings.Cut(page.body, `name="callbackUrl" value="`)
			value, _, _ := strings.Cut(rest, `"`)
			return value
		},
	}
}

// S-113: routes of the kit are among them, which would lead back or do something.
func TestS_109_S_110_S_111_S_112_NastyTargets(t *testing.T) {
	t.Parallel()
	for way, follow := range targets(t) {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			for _, raw := range nasty() {
				if got := follow(raw); got != appURL+"/" {
					t.Errorf("%.80q leads to %q", raw, got)
				}
			}
		})
	}
}

func TestS_115_GoodTargets(t *testing.T) {
	t.Parallel()
	for way, follow := range targets(t) {
		if way == "sign-in page" || way == "sign-out, for a script" { // escaped there
			continue
		}
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			for raw, want := range good() {
				if got := follow(raw); got != want {
					t.Errorf("%q leads to %q, want %q", raw, got, want)
				}
			}
		})
	}
}

func TestDuplicateTargets(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	for _, pair := range [][]string{{"/ok", "//evil.com"}, {"//evil.com", "/ok"}, {"/ok", "/ok"}} {
		if r := b.post("/auth/signout", url.Values{"callbackUrl": pair}); r.location() != appURL+"/" {
			t.Errorf("%q leads to %s", pair, r.location())
		}
	}
	if r := b.post("/auth/signout", url.Values{"callbackUrl[]": {"//evil.com"}}); r.location() != appURL+"/" {
		t.Errorf("callbackUrl[] leads to %s", r.location())
	}
}

// Two tabs, two targets: each lands on its own, since the target is sealed in
// the transaction and not in a cookie that they share.
func TestS_114_EachTabHasItsTarget(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	one, two := b.start("op", "/one"), b.start("op", "/two")
	if r := b.get(b.choose(one, "alice")); r.location() != appURL+"/one" {
		t.Errorf("first tab: %s", r.location())
	}
	if r := b.get(b.choose(two, "alice")); r.location() != appURL+"/two" {
		t.Errorf("second tab: %s", r.location())
	}
}

// CVE-2021-21291, GHSA-vp58-j275-797x: a wildcard is one label, and never a
// suffix.
func TestS_116_Wildcards(t *testing.T) {
	t.Parallel()
	b := newApp(t, withOrigins).browser()
	for _, raw := range []string{
		"https://wild.example.org/", "https://evilwild.example.org/", "https://a.b.wild.example.org/", "https://x.wild.example.org.evil.com/",
		"http://x.wild.example.org/", "https://x.wild.example.org:8443/", "https://evil.com/.wild.example.org", "https://.wild.example.org/",
	} {
		if r := b.post("/auth/signout", url.Values{"callbackUrl": {raw}}); r.location() != appURL+"/" {
			t.Errorf("%s leads to %s", raw, r.location())
		}
	}
	for _, entry := range []string{"*", "https://*", "https://*example.com", "https://a.*.com", "//x.com", "http://x.com", "https://x.com/", "https://x.com/path", "https://u@x.com", "x.com"} {
		_, err := httpauth.New(httpauth.Config{URL: appURL, Secrets: []string{testSecret}, Providers: provider(), RedirectOrigins: []string{entry}})
		if err == nil || !strings.Contains(err.Error(), "RedirectOrigins") {
			t.Errorf("RedirectOrigins %q: %v", entry, err)
		}
	}
}

func TestRedirectCallback(t *testing.T) {
	t.Parallel()
	a := newApp(t, withOrigins, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.Redirect = func(_ ctx, e *httpauth.RedirectEvent) error {
			switch e.URL {
			case e.BaseURL + "/":
				e.URL = "/welcome"
			case e.BaseURL + "/evil":
				e.URL = "https://evil.com/"
			case e.BaseURL + "/fail":
				return httpauth.ErrAccessDenied
			}
			return nil
		}
	})
	b := a.browser()
	for raw, want := range map[string]string{
		"//evil.com": "/welcome", "/evil": "/", "/fail": "/fail", "/other": "/other",
	} {
		if r := b.post("/auth/signout", url.Values{"callbackUrl": {raw}}); r.location() != appURL+want {
			t.Errorf("%s leads to %s, want %s", raw, r.location(), want)
		}
	}
}

// CVE-2022-24794: the target of a refused navigation comes from the request
// line, which is input too.
func TestGuardTargetIsChecked(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.mux.Handle("/", a.auth.Require()(http.NotFoundHandler()))
	guarded := a.auth.Wrap(a.auth.Require()(http.NotFoundHandler()))
	for uri, want := range map[string]string{
		"/page?x=1":           appURL + "/page?x=1",
		"//evil.com/%2f..":    "",
		"/%2f%2fevil.com":     "",
		"/a\\evil.com":        "",
		"https://evil.com/x?": "/x",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://evil.com/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RequestURI = uri
		r.Header.Set("Accept", "text/html")
		w := recorder()
		guarded.ServeHTTP(w, r)
		where := w.Header().Get("Location")
		got := param(t, where, "callbackUrl")
		if uri == "https://evil.com/x?" { // an absolute-form request line: only its path counts
			want = appURL + "/x"
		}
		if !strings.HasPrefix(where, appURL+"/auth/signin") || got != want {
			t.Errorf("%q: %s", uri, where)
		}
	}
}

func FuzzRedirectTarget(f *testing.F) {
	for _, s := range nasty() {
		f.Add(s)
	}
	for s := range good() {
		f.Add(s)
	}
	auth, err := httpauth.New(httpauth.Config{
		URL: appURL, Secrets: []string{testSecret}, Providers: provider(), Logger: quiet(),
		RedirectOrigins: []string{"https://other.example.com", "https://*.wild.example.org"},
	})
	if err != nil {
		f.Fatal(err)
	}
	page := auth.Wrap(http.NotFoundHandler())
	f.Fuzz(func(t *testing.T, raw string) {
		// The error page of the browser's own parser is url.Parse here; what
		// counts is that the result is absolute, ASCII and of an allowed origin.
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/auth/signout", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = url.Values{"callbackUrl": {raw}}.Encode()
		w := recorder()
		page.ServeHTTP(w, r)
		_, rest, ok := strings.Cut(w.Body.String(), `class="back" href="`)
		where, _, _ := strings.Cut(rest, `"`)
		where = strings.ReplaceAll(where, "&amp;", "&")
		u, err := url.Parse(where)
		if !ok || err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" {
			t.Fatalf("%q becomes %q", raw, where)
		}
		if u.Host != "app.example.com" && u.Host != "other.example.com" && !strings.HasSuffix(u.Host, ".wild.example.org") {
			t.Fatalf("%q becomes %q", raw, where)
		}
		if strings.Contains(u.Path, "//") || strings.HasPrefix(u.Path, "/auth/") && u.Host == "app.example.com" {
			t.Fatalf("%q becomes %q", raw, where)
		}
	})
}
