package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// acme configures the example for the certified provider, by nothing but the
// environment.
func acme(issuer string) []string {
	return []string{
		"AUTH_ACME_ID=example", "AUTH_ACME_SECRET=p@ss:w%rd+ for tests only", "AUTH_ACME_ISSUER=" + issuer,
		"PROFILE_URL=" + issuer + "/me",
	}
}

// signInAtAcme goes through the provider's own pages: login, then consent.
func signInAtAcme(b *tab, app *example, name string) {
	b.t.Helper()
	b.open(app.url + "/auth/signin?callbackUrl=/")
	b.click("button.p-acme")
	b.see("input[name=login]")
	b.do(chromedp.SendKeys(chromedp.CSS("input[name=login]"), name), chromedp.SendKeys(chromedp.CSS("input[name=password]"), "any"))
	b.shoot("1-provider-login")
	b.click("button[type=submit]")
	b.until("document.body.textContent.includes('offline_access') || document.body.textContent.includes('offline access')", 10*time.Second)
	b.shoot("2-provider-consent")
	b.click("button[type=submit]")
	b.see("#name")
}

func TestCertifiedProvider(t *testing.T) {
	port := freePort(t)
	appURL := "http://localhost:" + strconv.Itoa(port)
	issuer := startProvider(t, appURL, "AT_TTL=12")
	app := startExample(t, port, acme(issuer)...)
	if lines := app.log.lines("uri=" + appURL + "/auth/callback/acme"); len(lines) != 1 {
		t.Errorf("the log does not name the callback URL to register:\n%s", app.log)
	}
	b := newTab(t)
	signInAtAcme(b, app, "dora")
	if name := b.text("#name"); name != "Person dora" {
		t.Fatalf("signed in as %s", name)
	}
	b.shoot("3-home")

	// Refresh, twice, so that a rotated token is spent too.
	b.until("document.querySelector('#journal').textContent.split('access token renewed').length > 2", 40*time.Second)
	b.click("#call")
	b.until("document.querySelector('#profile').textContent.includes('dora@example.com')", 5*time.Second)
	b.shoot("4-renewed")
	if n := counts(t, issuer); n["refresh_token"] < 2 || n["error"] != 0 || n["revoked"] != 0 {
		t.Fatalf("grants at the provider: %v", n)
	}

	// Sign-out ends the session there too: the provider asks, and then a new
	// sign-in asks for the login again.
	b.click("#signout")
	b.click("button.plain")
	b.until("location.origin === "+strconv.Quote(issuer), 10*time.Second)
	b.shoot("5-provider-sign-out")
	b.click("button[name=logout]")
	b.until("location.href === "+strconv.Quote(app.url+"/"), 10*time.Second)
	b.open(app.url + "/auth/signin")
	b.click("button.p-acme")
	b.see("input[name=login]")
}

// Twenty requests at the moment of expiry cause one refresh; a late request with
// the cookie of before causes none; nobody is signed out. The provider revokes
// the whole family if a refresh token is used twice, so a mistake shows.
func TestParallelRefresh(t *testing.T) {
	port := freePort(t)
	appURL := "http://localhost:" + strconv.Itoa(port)
	issuer := startProvider(t, appURL, "AT_TTL=20")
	app := startExample(t, port, acme(issuer)...)
	b := newTab(t)
	signInAtAcme(b, app, "erik")
	cookie := cookieHeader(b, app.url)
	b.open("about:blank") // so that the page does not renew the token
	before := counts(t, issuer)["refresh_token"]

	time.Sleep(21 * time.Second)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if status, body := fetch(t, app.url+"/api/profile", cookie); status != 200 || !strings.Contains(body, "erik@example.com") {
				t.Errorf("status %d: %s", status, body)
			}
		})
	}
	wg.Wait()
	if n := counts(t, issuer)["refresh_token"] - before; n != 1 {
		t.Fatalf("%d refreshes for 20 requests", n)
	}

	time.Sleep(10 * time.Second)
	if status, _ := fetch(t, app.url+"/api/profile", cookie); status != 200 {
		t.Fatalf("late request: %d", status)
	}
	if n := counts(t, issuer); n["refresh_token"]-before != 1 || n["error"] != 0 || n["revoked"] != 0 {
		t.Fatalf("after a late request with the old cookie: %v", n)
	}
	b.open(app.url)
	b.see("#name")
}

func counts(t *testing.T, issuer string) map[string]int {
	t.Helper()
	_, body := fetch(t, issuer+"/counts", "")
	n := map[string]int{}
	if err := json.Unmarshal([]byte(body), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func fetch(t *testing.T, url, cookie string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(body)
}

// cookieHeader returns what the browser would send to a URL.
func cookieHeader(b *tab, url string) string {
	b.t.Helper()
	got, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{url}})
	if err != nil {
		b.t.Fatal(err)
	}
	var pairs []string
	for _, c := range got.Cookies {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}
