package httpauth_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// postedForm is a form of a page, as a browser would send it.
type postedForm struct {
	action string
	values url.Values
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// formOf returns the only form of a page.
func formOf(t *testing.T, page string) postedForm {
	t.Helper()
	found := formAction.FindAllStringSubmatch(page, -1)
	if len(found) != 1 {
		t.Fatalf("%d forms on the page %s", len(found), page)
	}
	f := postedForm{html.UnescapeString(found[0][1]), url.Values{}}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		f.values.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return f
}

// S-40: TestConformance plays those modules of the OpenID Foundation's plans for relying
// parties that need the browser's routes; the others are in package providers.
func TestConformance(t *testing.T) {
	t.Parallel()
	for module, play := range map[string]func(*testing.T){
		"oidcc-client-test-form-post":                     conformFormPost,
		"oidcc-client-test-form-post-error":               conformFormPostError,
		"oidcc-client-test-3rd-party-init-login":          conformThirdParty,
		"oidcc-client-test-rp-init-logout":                conformLogout,
		"oidcc-client-test-rp-init-logout-other-state":    conformLogoutOtherState,
		"oidcc-client-test-rp-init-logout-no-state":       conformLogoutNoState,
		"oidcc-client-test-rp-frontchannel-rpinitlogout":  conformFrontChannel,
		"oidcc-client-test-rp-backchannel-rpinitlogout":   conformBackChannel,
		"oidcc-client-test-invalid-iss (no session)":      conformBadIDToken,
		"oidcc-client-test-discovery-issuer-mismatch":     conformIssuerMismatch,
		"oidcc-client-test-session-management":            func(t *testing.T) { t.Skip(noSessionManagement) },
		"oidcc-client-test-userinfo-bearer-body":          func(t *testing.T) { t.Skip("an access token goes into the header only (S-134)") },
		"oidcc-client-test-rp-init-logout (by form_post)": conformFormPostLogout,
	} {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			play(t)
		})
	}
}

const noSessionManagement = "the specification needs the provider's cookies in a frame, which browsers keep from it by now; " +
	"back-channel logout does what it was for"

// formPost is an application whose provider answers by a form.
func formPost(t *testing.T) *app {
	return newApp(t, everywhere, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{providers.OIDC(providers.Config{
			ID: "op", Name: "Test", ClientID: "app", ClientSecret: "secret", Issuer: issuer, FormPost: true,
		})}
	})
}

// answerByForm is the provider's page that sends its answer from the browser. The
// cookies of the application that are SameSite=Lax stay behind.
func (b *browser) answerByForm(authURL, subject string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, authURL, strings.NewReader(url.Values{"subject": {subject}}.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.a.op.Client().Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	page := readAll(b.t, resp)
	form := formOf(b.t, page)
	return b.do(http.MethodPost, form.action, form.values, header{"Origin", issuer}, header{"Sec-Fetch-Site", "cross-site"})
}

func conformFormPost(t *testing.T) {
	b := formPost(t).browser()
	start := b.start("op", "/deep")
	if param(t, start, "response_mode") != "form_post" {
		t.Fatalf("to %s", start)
	}
	if r := b.answerByForm(start, "alice"); r.location() != appURL+"/deep" || b.who() != "op|alice" {
		t.Errorf("to %s, signed in as %q, %v", r.location(), b.who(), b.a.kinds())
	}
}

func conformFormPostError(t *testing.T) {
	a := formPost(t)
	b := a.browser()
	if r := b.answerByForm(b.start("op", "/deep"), ""); param(t, r.location(), "error") != "AccessDenied" || b.who() != "" {
		t.Errorf("to %s, signed in as %q", r.location(), b.who())
	}
	if a.op.Count("token")+a.op.Count("userinfo") != 0 {
		t.Error("something was requested after an error")
	}
}

// A sign-in that others initiate needs the person's click, and then is one like any
// other.
func conformThirdParty(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		a := newApp(t)
		b := a.browser()
		q := url.Values{"iss": {issuer}, "target_link_uri": {appURL + "/deep"}, "login_hint": {"alice@example.com"}}
		r := b.get("/auth/signin?" + q.Encode())
		if method == http.MethodPost {
			r = b.do(method, "/auth/signin", q, header{"Origin", issuer}, header{"Sec-Fetch-Site", "cross-site"})
		}
		page := b.get(r.location())
		if a.op.Count("discovery") != 0 {
			t.Error("started without a click")
		}
		form := formOf(t, page.body)
		start := b.do(http.MethodPost, form.action, form.values)
		if hint := param(t, start.location(), "login_hint"); hint != "alice@example.com" {
			t.Errorf("login_hint %q", hint)
		}
		if r := b.get(b.choose(start.location(), "alice")); r.location() != appURL+"/deep" || b.who() != "op|alice" {
			t.Errorf("to %s, signed in as %q", r.location(), b.who())
		}
	}
}

// leave signs out at the provider and returns where that sends the browser.
func leave(t *testing.T, b *browser) string {
	t.Helper()
	b.signIn("alice")
	out := b.post("/auth/signout", url.Values{"callbackUrl": {"/bye"}}).location()
	if b.who() != "" || param(t, out, "id_token_hint") == "" {
		t.Fatalf("signed in as %q, to %s", b.who(), out)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, out, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.a.op.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = readAll(t, resp)
	return resp.Header.Get("Location")
}

func conformLogout(t *testing.T) {
	b := newApp(t, everywhere).browser()
	if r := b.get(leave(t, b)); r.location() != appURL+"/bye" || b.who() != "" {
		t.Errorf("to %s, signed in as %q", r.location(), b.who())
	}
}

// A state that is not this sign-out's leads to the default page; nobody is signed in
// again by it, and nobody else out.
func conformLogoutOtherState(t *testing.T) {
	b := newApp(t, everywhere).browser()
	if r := b.get(withParam(t, leave(t, b), "state", "other")); r.location() != appURL+"/" || b.who() != "" {
		t.Errorf("to %s, signed in as %q", r.location(), b.who())
	}
}

func conformLogoutNoState(t *testing.T) {
	b := newApp(t, everywhere).browser()
	if r := b.get(withParam(t, leave(t, b), "state", "")); r.location() != appURL+"/" || b.who() != "" {
		t.Errorf("to %s, signed in as %q", r.location(), b.who())
	}
}

func conformFormPostLogout(t *testing.T) {
	b := formPost(t).browser()
	b.answerByForm(b.start("op", "/"), "alice")
	if out := b.post("/auth/signout", nil).location(); b.who() != "" || !strings.HasPrefix(out, issuer+"/logout?") {
		t.Errorf("to %s, signed in as %q", out, b.who())
	}
}

// The provider's sign-out page shows ours in a frame, to which no cookies come, and
// every copy of the session ends.
func conformFrontChannel(t *testing.T) {
	a := newApp(t, everywhere, withNotices)
	a.op.Clients[0].BackChannelLogoutURI = ""
	b := a.browser()
	b.signIn("alice")
	copied := b.fork()
	out := b.post("/auth/signout", nil).location()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, out, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := a.op.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	frame := regexp.MustCompile(`<iframe src="([^"]*)"`).FindStringSubmatch(readAll(t, resp))
	if frame == nil {
		t.Fatal("there is no frame on the provider's page")
	}
	if r := a.browser().get(html.UnescapeString(frame[1])); r.StatusCode != 200 || !strings.HasSuffix(r.Header.Get("Content-Security-Policy"), "frame-ancestors "+issuer) {
		t.Errorf("the frame is %d", r.StatusCode)
	}
	if copied.who() != "" || b.who() != "" {
		t.Errorf("signed in as %q and %q", copied.who(), b.who())
	}
}

func conformBackChannel(t *testing.T) {
	a := newApp(t, everywhere, withNotices)
	a.op.HTTPClient = &http.Client{Transport: a}
	a.op.Clients[0].FrontChannelLogoutURI = ""
	b := a.browser()
	b.signIn("alice")
	copied := b.fork()
	if err := a.op.SignOut(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if copied.who() != "" || b.who() != "" {
		t.Errorf("signed in as %q and %q", copied.who(), b.who())
	}
}

// A bad ID token makes no session, and nothing is requested after it.
func conformBadIDToken(t *testing.T) {
	a := newApp(t)
	a.op.EditIDToken = func(claims map[string]any) { claims["iss"] = issuer + "1"; delete(claims, "name") }
	b := a.browser()
	r := b.get(b.choose(b.start("op", "/"), "alice"))
	if param(t, r.location(), "error") != "OAuthCallbackError" || b.who() != "" || b.cookies("/")[sessionCookie] != "" || a.op.Count("userinfo") != 0 {
		t.Errorf("to %s, signed in as %q, %d user-info requests", r.location(), b.who(), a.op.Count("userinfo"))
	}
}

// A provider that calls itself something else is not gone to.
func conformIssuerMismatch(t *testing.T) {
	a := newApp(t)
	a.op.EditMetadata = func(document map[string]any) { document["issuer"] = issuer + "/invalid" }
	if r := a.browser().post("/auth/signin/op", nil); !strings.HasPrefix(r.location(), appURL) || a.op.Count("authorize") != 0 {
		t.Errorf("to %s", r.location())
	}
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
