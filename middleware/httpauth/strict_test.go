package httpauth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

func strict(c *httpauth.Config, _ *providertest.Config) { c.SameSite = http.SameSiteStrictMode }

// S-105: with SameSite=Strict the session's cookie is so, and the others are not. The
// sign-in ends on a page of this site that leads on. A link from elsewhere to a
// guarded page leads there once more from here, and then to the sign-in page.
func TestS_105_StrictSession(t *testing.T) {
	t.Parallel()
	a := newApp(t, strict)
	a.mux.Handle("/private", a.auth.Require()(http.NotFoundHandler()))
	b := a.browser()
	r := b.get(b.choose(b.start("op", "/private?x=1"), "alice"), header{"Sec-Fetch-Site", "cross-site"})
	if c := setCookie(r, ".session"); !strings.Contains(c, "SameSite=Strict") {
		t.Errorf("session: %s", c)
	}
	if c := setCookie(r, ".tx."); !strings.Contains(c, "SameSite=Lax") {
		t.Errorf("transaction: %s", c)
	}
	step := appURL + "/auth/continue?callbackUrl=https%3A%2F%2Fapp.example.com%2Fprivate%3Fx%3D1"
	if r.location() != step {
		t.Fatalf("leads to %s", r.location())
	}
	page := b.get(step)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.body, `content="0;url=https://app.example.com/private?x=1"`) {
		t.Errorf("the page: %d %s", page.StatusCode, page.body)
	}
	stranger := a.browser()
	link := []header{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}}
	if r := stranger.get("/private?x=1", link...); r.location() != step {
		t.Errorf("a link leads to %s", r.location())
	}
	if r := stranger.get("/private?x=1", header{"Sec-Fetch-Site", "same-origin"}, header{"Sec-Fetch-Mode", "navigate"}); !strings.HasPrefix(r.location(), appURL+"/auth/signin?") {
		t.Errorf("from here it leads to %s", r.location())
	}
}

// The page that leads on leads to allowed places only.
func TestS_105_StepStaysHere(t *testing.T) {
	t.Parallel()
	b := newApp(t, strict).browser()
	for _, target := range []string{"https://evil.com/", "//evil.com", "/auth/signout", "javascript:alert(1)", `"><script>alert(1)</script>`} {
		r := b.get("/auth/continue?callbackUrl=" + target)
		if !strings.Contains(r.body, `content="0;url=https://app.example.com/"`) || strings.Contains(r.body, "evil") || strings.Contains(r.body, "alert") {
			t.Errorf("%s: %s", target, r.body)
		}
	}
}

// S-106: a session that every site's requests carry cannot be configured.
func TestS_106_NoSameSiteNone(t *testing.T) {
	t.Parallel()
	_, err := httpauth.New(httpauth.Config{URL: appURL, Secrets: []string{testSecret}, Providers: provider(), SameSite: http.SameSiteNoneMode})
	if err == nil || !strings.Contains(err.Error(), "Config.SameSite") {
		t.Error(err)
	}
}

// S-104: sign-ins and sign-outs delete what the application has set before its
// configuration was changed.
func TestS_104_EarlierCookies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		domain, cookie string
		want           []string
	}{
		"before https":      {"", "auth.session", []string{"auth.session="}},
		"without a domain":  {"example.com", "__Host-auth.session", []string{"__Host-auth.session="}},
		"with a domain":     {"", "__Secure-auth.session", []string{"Domain=app.example.com", "Domain=example.com"}},
		"of another domain": {"example.com", "__Secure-auth.session", []string{"Domain=app.example.com"}},
		"in chunks":         {"", "auth.session.1", []string{"auth.session.1="}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.CookieDomain = tc.domain })
			b := a.browser()
			b.csrf()
			back := b.choose(b.start("op", "/"), "alice")
			old := header{"Cookie", tc.cookie + "=old"}
			in := b.get(back, old)
			out := b.post("/auth/signout", nil, old)
			for what, r := range map[string]answer{"sign-in": in, "sign-out": out} {
				var deleted []string
				for _, line := range r.Header["Set-Cookie"] {
					if strings.HasPrefix(line, tc.cookie+"=;") && strings.Contains(line, "Max-Age=0") && strings.Contains(line, "Path=/") {
						deleted = append(deleted, line)
					}
				}
				for _, want := range tc.want {
					if !strings.Contains(strings.Join(deleted, "\n"), want) {
						t.Errorf("%s does not delete %s: %q", what, want, r.Header["Set-Cookie"])
					}
				}
			}
		})
	}
}
