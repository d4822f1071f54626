package e2e_test

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// goSide is where the built Next.js application looks for the Go server.
const goSide = "http://127.0.0.1:4000"

// startNextJS runs both sides of example/nextjs-shared with one secret and returns
// the origin that the browser sees.
func startNextJS(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../nextjs-shared")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".next", "BUILD_ID")); err != nil {
		t.Fatal("the Next.js application is not built; run: npm ci && npm run build in example/nextjs-shared (make e2e does)")
	}
	binary := filepath.Join(t.TempDir(), "go-side")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	port := freePort(t)
	site := "http://localhost:" + strconv.Itoa(port)
	log := &output{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of both sides:\n%s", log)
		}
	})
	env := append(os.Environ(), "AUTH_URL="+site, "AUTH_SECRET="+rand.Text()+rand.Text(), "NEXT_TELEMETRY_DISABLED=1", "NODE_ENV=production")
	for _, cmd := range []*exec.Cmd{
		exec.CommandContext(t.Context(), binary),
		exec.CommandContext(t.Context(), "node", "node_modules/next/dist/bin/next", "start", "-H", "localhost", "-p", strconv.Itoa(port)),
	} {
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, log, log
		run(t, cmd)
	}
	await(t, goSide)
	await(t, site)
	if lines := log.lines("address already in use"); len(lines) > 0 {
		t.Fatalf("the Go side needs port 4000: %s", lines[0])
	}
	return site
}

// claim waits until one side says this of the person.
func (b *tab) claim(side, name, want string) {
	b.t.Helper()
	b.until("document.querySelector('#"+side+" [data-claim="+name+"]')?.textContent === "+strconv.Quote(want), 10*time.Second)
}

// A front end on Next.js with the unchanged next-auth, and a Go server behind it:
// one sign-in, one cookie, and both know the person.
func TestNextJSShared(t *testing.T) {
	site := startNextJS(t)
	b := newTab(t)
	b.open(site)
	b.shoot("1-welcome")
	b.click("#signin")
	b.see("button.p-demo")
	if where := b.location(); !strings.HasPrefix(where, site+"/api/auth/signin?callbackUrl=") {
		t.Fatalf("signIn() led to %s", where)
	}
	b.shoot("2-sign-in")
	b.click("button.p-demo")
	b.click("button[value=alice]")

	for _, side := range []string{"server", "browser"} {
		b.claim(side, "name", "Alice Example")
		b.claim(side, "role", "admin")
		b.claim(side, "nickname", "none")
		b.claim(side, "provider", "demo")
	}
	b.until("document.querySelector('#api pre').textContent.includes('\"role\": \"admin\"')", 5*time.Second)
	b.shoot("3-both-sides")
	if cookies := script[string](b, "document.cookie"); cookies != "" {
		t.Fatalf("scripts see %s", cookies)
	}

	// update() changes a claim by way of the Go server's callback; Next.js and the
	// Go API find it in the cookie.
	b.do(chromedp.SendKeys(chromedp.CSS("input[name=nickname]"), "Ally ✓"))
	b.click("#save")
	b.claim("browser", "nickname", "Ally ✓")
	b.claim("server", "nickname", "Ally ✓")
	b.click("#me")
	b.until("document.querySelector('#api pre').textContent.includes('Ally ✓')", 5*time.Second)
	b.shoot("4-updated")

	// The Go server renews the access token, which lives 20 seconds, before Next.js
	// renders the page; Next.js opens what it has written.
	before := b.text("#server [data-claim=until]")
	time.Sleep(20 * time.Second)
	b.open(site)
	renewed := b.text("#server [data-claim=until]")
	if renewed == before || renewed == "unknown" {
		t.Fatalf("access token until %s, before %s", renewed, before)
	}
	b.claim("browser", "until", renewed)
	b.claim("server", "nickname", "Ally ✓")
	dark := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, dark); err != nil {
		t.Fatal(err)
	}
	b.shoot("5-renewed")

	// Signed out is signed out on both.
	b.click("#signout")
	b.see(".hero")
	b.see("#signin")
	b.shoot("6-signed-out")
	if status := script[int](b, "fetch('/api/go/me').then(r => r.status)"); status != 401 {
		t.Fatalf("the Go API answers %d after the sign-out", status)
	}
	if body := script[string](b, "fetch('/api/auth/session').then(r => r.text())"); body != "null" {
		t.Fatalf("session after the sign-out: %s", body)
	}

	// Who has another role is known on both sides, and refused by the Go API.
	b.click("#signin")
	b.click("button.p-demo")
	b.click("button[value=bob]")
	b.claim("server", "role", "member")
	b.claim("browser", "role", "member")
	b.click("#admin")
	b.until("document.querySelector('#api pre').textContent.startsWith('403 ')", 5*time.Second)
	b.shoot("7-other-role")
}
