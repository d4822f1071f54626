// Package e2e_test drives the example in a real browser, against its own provider and
// against a certified one, and the React clients of next-auth with the kit. It needs
// Chromium and, for everything that comes from npm, Node with the packages in op,
// authjs and clients; "make e2e" installs what is missing.
package e2e_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// build makes the example's binary, once for all tests.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "example")
	out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
})

// example is the running example.
type example struct {
	url string
	log *output
}

// startExample runs the example with further environment variables and waits
// until it answers.
func startExample(t *testing.T, port int, env ...string) *example {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	e := &example{url: fmt.Sprintf("http://localhost:%d", port), log: &output{}}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), append([]string{"PORT=" + strconv.Itoa(port), "AUTH_SECRET=" + rand.Text() + rand.Text()}, env...)...)
	cmd.Stderr = e.log
	run(t, cmd)
	began := time.Now()
	await(t, e.url)
	t.Logf("example answered %v after its start", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the example:\n%s", e.log)
		}
	})
	return e
}

// startProvider runs the certified provider for an application and returns its
// issuer.
func startProvider(t *testing.T, app string, env ...string) string {
	t.Helper()
	if _, err := os.Stat("op/node_modules/oidc-provider"); err != nil {
		t.Fatal("oidc-provider is not installed; run: npm ci --prefix example/e2e/op (make e2e does)")
	}
	port := freePort(t)
	cmd := exec.CommandContext(t.Context(), "node", "op/server.mjs")
	cmd.Env = append(os.Environ(), append([]string{"PORT=" + strconv.Itoa(port),
		"REDIRECT_URI=" + app + "/auth/callback/acme", "LOGOUT_URI=" + app + "/auth/signed-out"}, env...)...)
	log := &output{}
	cmd.Stdout, cmd.Stderr = log, log
	run(t, cmd)
	issuer := fmt.Sprintf("http://localhost:%d", port)
	await(t, issuer+"/.well-known/openid-configuration")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the provider:\n%s", log)
		}
	})
	return issuer
}

// run starts a program that ends with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// await waits until a URL answers.
func await(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%s does not answer: %v", url, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// wait waits until something holds.
func wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

// freePort returns a port that is free together with the next one, which the
// example takes for its provider.
func freePort(t *testing.T) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		next, err := net.Listen("tcp", fmt.Sprintf("localhost:%d", port+1))
		_ = l.Close()
		if err == nil {
			_ = next.Close()
			return port
		}
	}
	t.Fatal("no free ports")
	return 0
}

// output keeps what a program prints.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// clear forgets everything.
func (o *output) clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Reset()
}

// lines returns the lines that contain a text.
func (o *output) lines(text string) (found []string) {
	for s := bufio.NewScanner(strings.NewReader(o.String())); s.Scan(); {
		if strings.Contains(s.Text(), text) {
			found = append(found, s.Text())
		}
	}
	return found
}

// tab is a page in a browser of its own.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// newTab starts a browser without anything of an earlier one.
func newTab(t *testing.T) *tab {
	t.Helper()
	return newTabFor(t, 2*time.Minute)
}

// newTabFor is newTab with another time limit and further settings of the browser.
func newTabFor(t *testing.T, limit time.Duration, further ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	path, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(options, further...)...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, limit)
	t.Cleanup(cancel)
	// The browser lives as long as the context of its first step.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1180, 860)); err != nil {
		t.Fatal(err)
	}
	return &tab{t, ctx}
}

func chromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium; make e2e installs it")
}

// do runs steps; a failing one leaves a screenshot and ends the test.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.shoot("failed")
		b.t.Fatalf("at %s: %v", where, err)
	}
}

func (b *tab) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

func (b *tab) see(selector string) { b.t.Helper(); b.do(chromedp.WaitVisible(chromedp.CSS(selector))) }

// text returns what an element says.
func (b *tab) text(selector string) string {
	b.t.Helper()
	b.see(selector)
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

// until waits until a JavaScript expression is true.
func (b *tab) until(expression string, within time.Duration) {
	b.t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression))
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			b.shoot("failed")
			b.t.Fatalf("never true: %s (%v)", expression, err)
		}
	}
}

// script runs JavaScript and returns its result.
func script[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// location returns the URL of the page.
func (b *tab) location() string {
	b.t.Helper()
	where, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	return where
}

// shoot keeps a picture of the page in out/screenshots, for people to look at.
func (b *tab) shoot(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(90))
	if err != nil {
		b.t.Logf("no screenshot: %v", err)
		return
	}
	dir := filepath.Join("..", "..", "out", "screenshots", strings.ReplaceAll(b.t.Name(), "/", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".jpeg"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
