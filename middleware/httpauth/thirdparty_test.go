package httpauth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// S-57: who is not configured initiates nothing; one that is leads to the page of its
// own provider, and a target elsewhere to the start page.
func TestS_57_InitiatedByOthers(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{testProvider("op"), providers.GitHub("id", "secret"), providers.Google("id", "secret")}
	})
	b := a.browser()
	for name, query := range map[string]url.Values{
		"unknown":       {"iss": {"https://evil.example"}},
		"empty":         {"iss": {""}},
		"two":           {"iss": {issuer, issuer}},
		"slash":         {"iss": {issuer + "/"}},
		"another case":  {"iss": {strings.ToUpper(issuer)}},
		"provider's id": {"iss": {"op"}},
	} {
		for _, r := range []answer{b.get("/auth/signin?" + query.Encode()), b.do(http.MethodPost, "/auth/signin", query)} {
			if r.StatusCode != 400 || strings.Contains(r.body, `method="post"`) || strings.Contains(r.body, "evil") || r.location() != "" {
				t.Errorf("%s: %d to %s, %s", name, r.StatusCode, r.location(), r.body)
			}
		}
	}
	if r := b.do(http.MethodPost, "/auth/signin", url.Values{}); r.StatusCode != 400 {
		t.Errorf("POST without iss: %d", r.StatusCode)
	}
	if !slices.Contains(a.kinds(), httpauth.KindInitiated) {
		t.Errorf("events %v", a.kinds())
	}
	for target, want := range map[string]string{
		"": appURL + "/", "/deep?a=b": appURL + "/deep?a=b", appURL + "/x": appURL + "/x", "https://evil.example/": appURL + "/", "//evil.example": appURL + "/",
		"javascript:alert(1)": appURL + "/", appURL + "/auth/signout": appURL + "/", `/\evil.example`: appURL + "/",
	} {
		r := b.get("/auth/signin?" + url.Values{"iss": {issuer}, "target_link_uri": {target}}.Encode())
		page := b.get(r.location())
		if !strings.HasPrefix(r.location(), appURL+"/auth/signin/op?") || page.StatusCode != 200 {
			t.Fatalf("%q: to %s", target, r.location())
		}
		if form := formOf(t, page.body); form.values.Get("callbackUrl") != want || form.action != "/auth/signin/op" {
			t.Errorf("%q: %v", target, form)
		}
	}
	for hint, want := range map[string]string{"alice": "alice", "\"><script>": "\"><script>", "a\nb": "", strings.Repeat("a", 513): ""} {
		r := b.get("/auth/signin?" + url.Values{"iss": {issuer}, "login_hint": {hint}}.Encode())
		if form := formOf(t, b.get(r.location()).body); form.values.Get("login_hint") != want {
			t.Errorf("login_hint %q becomes %q", hint, form.values.Get("login_hint"))
		}
	}
	if a.op.Count("discovery") != 0 {
		t.Error("something was started without a click")
	}
	if form := formOf(t, b.get("/auth/signin/op").body); form.values.Has("login_hint") || form.values.Has("max_age") {
		t.Errorf("fields %v", form.values)
	}
}

// S-57: a sign-in page of the application is told what the kit's would know, and what
// the application does not want clients to choose they do not.
func TestS_57_PageOfTheApplication(t *testing.T) {
	t.Parallel()
	query := "/auth/signin?" + url.Values{"iss": {issuer}, "target_link_uri": {"/deep"}, "login_hint": {"alice"}}.Encode()
	b := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Pages.SignIn = "/login" }).browser()
	r := b.get(b.get(query).location())
	if !strings.HasPrefix(r.location(), appURL+"/login?") || param(t, r.location(), "login_hint") != "alice" || param(t, r.location(), "callbackUrl") != appURL+"/deep" {
		t.Errorf("to %s", r.location())
	}
	b = newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.ClientParams = []string{} }).browser()
	if form := formOf(t, b.get(b.get(query).location()).body); form.values.Has("login_hint") {
		t.Errorf("fields %v", form.values)
	}
	if r := b.post("/auth/signin/op", url.Values{"login_hint": {"alice"}}); param(t, r.location(), "login_hint") != "" {
		t.Errorf("to %s", r.location())
	}
}
