package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The whole life of a session, as a person sees it, with nothing but the
// example.
func TestDemoJourney(t *testing.T) {
	app := startExample(t, freePort(t))
	b := newTab(t)

	// A stranger is sent to sign in and comes back to where they wanted to go.
	b.open(app.url)
	b.shoot("1-welcome")
	b.open(app.url + "/admin")
	if !strings.HasPrefix(b.location(), app.url+"/auth/signin?") {
		t.Fatalf("/admin led to %s", b.location())
	}
	b.shoot("2-sign-in")
	b.click("button.p-demo")
	b.see("button[value=bob]")
	b.shoot("3-provider")
	b.click("button[value=bob]")

	// Bob is signed in, but no administrator.
	b.until("location.pathname === '/admin'", 10*time.Second)
	if code := b.text(".code"); code != "403" {
		t.Fatalf("bob got %s on /admin", code)
	}
	b.shoot("4-wrong-role")

	// The access token lives 30 seconds and is renewed while the page is open.
	b.open(app.url)
	b.until("document.querySelector('#left').textContent !== '…'", 10*time.Second)
	b.shoot("5-home")
	b.until("document.querySelector('#journal').textContent.includes('access token renewed')", 45*time.Second)
	b.until("Number(document.querySelector('#left').textContent) > 20", 5*time.Second)
	b.click("#call")
	b.until("document.querySelector('#profile').textContent.includes('bob@example.com')", 5*time.Second)
	b.shoot("6-renewed")

	// A handler changes a claim; the browser's client sees it at once.
	b.do(chromedp.SendKeys(chromedp.CSS("#nickname"), "Bobby"))
	b.click("#rename button")
	b.until("document.querySelector('#session').textContent.includes('Bobby')", 5*time.Second)

	// A script gets 401 as JSON where a person would be redirected.
	if status := script[int](b, "fetch('/api/status', {credentials: 'omit'}).then(r => r.status)"); status != 401 {
		t.Fatalf("an anonymous fetch got %d", status)
	}

	// Signed out is signed out: on this page, after a reload, and with the back
	// button.
	b.click("#signout")
	b.see("button.plain")
	b.shoot("7-sign-out")
	b.click("button.plain")
	b.until("location.pathname === '/' && document.querySelector('.hero') !== null", 10*time.Second)
	b.shoot("8-signed-out")
	if body := script[string](b, "fetch('/auth/session').then(r => r.text())"); body != "null" {
		t.Fatalf("session after sign-out: %s", body)
	}
	var shown []string
	for step := range 3 {
		left := fmt.Sprintf("window.left%d", step)
		script[bool](b, left+" = true; setTimeout(() => history.back()); true")
		b.until("!"+left+" && document.readyState === 'complete'", 10*time.Second)
		shown = append(shown, b.location())
		if script[bool](b, "document.querySelector('#name') !== null") {
			t.Fatalf("the back button shows %s as before the sign-out", b.location())
		}
	}
	if !slices.Contains(shown, app.url+"/") {
		t.Fatalf("the back button led to %v, not to the home page", shown)
	}
	b.open(app.url + "/admin")
	if !strings.HasPrefix(b.location(), app.url+"/auth/signin?") {
		t.Fatalf("/admin after sign-out led to %s", b.location())
	}
}

// An administrator gets in, and a session with many claims takes two cookies.
func TestDemoRolesAndChunks(t *testing.T) {
	app := startExample(t, freePort(t))
	b := newTab(t)
	b.open(app.url + "/admin")
	b.click("button.p-demo")
	b.click("button[value=alice]")
	b.until("document.querySelector('h1').textContent === 'Administrators only'", 10*time.Second)
	b.shoot("admin")

	b = newTab(t)
	b.open(app.url + "/auth/signin")
	b.click("button.p-demo")
	b.click("button[value=carol]")
	b.until("document.querySelector('#cookies')?.textContent === '2 cookies'", 10*time.Second)
	b.shoot("chunks")
}

// Cancelling at the provider, and the back button after a sign-in, lead to pages
// that say what happened.
func TestDemoDetours(t *testing.T) {
	app := startExample(t, freePort(t))
	b := newTab(t)
	b.open(app.url + "/auth/signin")
	b.click("button.p-demo")
	b.click("button.cancel")
	b.until("location.search === '?error=AccessDenied'", 10*time.Second)
	b.shoot("cancelled")

	b.open(app.url + "/auth/callback/demo?code=stale&state=stale")
	b.until("location.search === '?error=SignInExpired'", 10*time.Second)
	b.shoot("expired")
	b.click("button.p-demo")
	b.click("button[value=alice]")
	b.see("#name")
	b.open(app.url + "/auth/callback/demo?code=stale&state=stale")
	b.see("#name") // who is signed in goes on

	// Without JavaScript everything but the live home page works; the pages of
	// the kit have no script at all.
	if n := script[int](b, "fetch('/auth/signin').then(r => r.text()).then(s => s.split('<script').length - 1)"); n != 0 {
		t.Fatalf("the sign-in page has %d scripts", n)
	}
}
