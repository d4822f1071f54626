package httpauth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// Nothing that a request says about hosts gets into a header, a page or a
// cookie: GHSA-569q-mpph-wgww, CVE-2025-63784, GHSA-7x63-xv5r-3p2x,
// GHSA-2ffq-g2xg-c22p.
func TestS_117_S_118_S_119_HostDecidesNothing(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	lies := []header{
		{"X-Forwarded-Host", "evil.com"}, {"X-Forwarded-Proto", "http"}, {"X-Forwarded-Port", "1"}, {"X-Forwarded-For", "evil.com"},
		{"Forwarded", "host=evil.com;proto=http"}, {"X-Forwarded-Uri", "/evil.com"}, {"X-Original-URL", "/evil.com"}, {"X-Forwarded-Prefix", "/evil.com"},
	}
	for _, path := range []string{"/auth/signin", "/auth/signout", "/auth/error", "/auth/providers", "/auth/csrf", "/auth/session", "/auth/callback/op?state=x"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, appURL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range lies {
			r.Header.Set(h.name, h.value)
		}
		in := r.Clone(t.Context())
		in.Host = "evil.com"
		in.URL = &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
		w := recorder()
		b.a.auth.Wrap(b.a.mux).ServeHTTP(w, in)
		if all := fmt.Sprint(w.Header(), w.Body); strings.Contains(all, "evil.com") || strings.Contains(all, "http://") {
			t.Errorf("%s: %s", path, all)
		}
	}
	r := b.post("/auth/signin/op", nil, lies...)
	if got := param(t, r.location(), "redirect_uri"); got != appURL+"/auth/callback/op" {
		t.Errorf("redirect_uri %s", got)
	}
	if line := setCookie(r, ".tx."); !strings.Contains(line, "Secure") {
		t.Errorf("cookie %s", line)
	}
}

// Without a configured URL only this machine is believed, and one request does
// not decide for the next.
func TestS_117_WithoutURL(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.URL = "" })
	ask := func(host string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/auth/providers", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header.Set("X-Forwarded-Host", "localhost")
		w := recorder()
		a.auth.Wrap(a.mux).ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, host := range []string{
		"evil.com", "", "localhost.evil.com", "evil.com:3000", "127.0.0.1.evil.com", "user@localhost", "localhost/evil.com", "10.0.0.1",
		"localhost#evil", "0.0.0.0:3000",
	} {
		if status, body := ask(host); status != http.StatusMisdirectedRequest || strings.Contains(body, "evil") {
			t.Errorf("%q: %d %s", host, status, body)
		}
	}
	for _, host := range []string{"localhost:3000", "localhost", "127.0.0.1:8080", "[::1]:3000", "app.localhost:3000"} {
		if status, body := ask(host); status != 200 || !strings.Contains(body, `"http://`+host+`/auth/callback/op"`) {
			t.Errorf("%q: %d %s", host, status, body)
		}
	}
}
