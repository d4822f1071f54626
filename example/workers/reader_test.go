package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/token"
	"github.com/sealedauth/auth/token/tokentest"
)

const reader = "../edge-reader/"

// The reader's own tests, in Node: all vectors, and what they do not cover.
func TestReaderInNode(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "node", "--test", "test/reader.test.mjs", "test/vectors.test.mjs")
	cmd.Dir = reader
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "# fail 0") || !strings.Contains(string(out), "# skipped 0") {
		t.Errorf("%v\n%s", err, out)
	}
}

// All vectors, in workerd.
func TestReaderInWorkerd(t *testing.T) {
	t.Parallel()
	w := start(t, reader+"test/worker.capnp", "AUTH_URL="+appURL, "AUTH_SECRET="+secretA)
	var got struct {
		Checked int
		Wrong   []string
	}
	body := ask(t, w, "/vectors", nil)
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Checked < 190 || len(got.Wrong) > 0 {
		t.Errorf("%v %s", err, body)
	}
}

const (
	secretA = "the first secret, for the tests only 4d1b"
	secretB = "the second secret, for the tests only a0e7"
)

// sealed is a session that Go seals.
func sealed(t *testing.T, cfg httpauth.Config, size int) []*http.Cookie {
	t.Helper()
	tok := token.Token{Claims: claims.Claims{Subject: "acme|alice", Name: "Älice 😀"}}
	claims.NewKey[string]("role").Set(&tok, "admin")
	claims.NewKey[string]("filler").Set(&tok, strings.Repeat("abcdefghij", size/10))
	tok.Account = token.Account{Provider: "acme", ID: "alice", AccessToken: token.NewSecret("the access token"), ExpiresAt: time.Now().Add(time.Hour)}
	cfg.URL = appURL
	return tokentest.Cookies(t, cfg, tok)
}

// What Go seals opens in the reader, in workerd and in Node: in one cookie and in
// several, compressed where both sides say so, and before, during and after a change of
// the secret.
func TestReaderOpensWhatGoSeals(t *testing.T) {
	t.Parallel()
	env := func(more ...string) []string { return append(more, "AUTH_URL="+appURL) }
	onlyA := start(t, reader+"test/worker.capnp", env("AUTH_SECRET="+secretA)...)
	both := start(t, reader+"test/worker.capnp", env("AUTH_SECRET="+secretA, "AUTH_SECRET_1="+secretB)...)
	inflates := start(t, reader+"test/worker.capnp", env("AUTH_SECRET="+secretA, "COMPRESS=1")...)
	a, rotated := []string{secretA}, []string{secretB, secretA}
	for _, c := range []struct {
		name    string
		cookies []*http.Cookie
		in      *workerd
		options map[string]any
		opens   bool
	}{
		{"one cookie", sealed(t, httpauth.Config{Secrets: a}, 100), onlyA, map[string]any{"secret": secretA}, true},
		{"two cookies", sealed(t, httpauth.Config{Secrets: a}, 4000), onlyA, map[string]any{"secret": secretA}, true},
		{"the reader knows the new secret first", sealed(t, httpauth.Config{Secrets: a}, 4000), both, map[string]any{"secret": []string{secretA, secretB}}, true},
		{"Go has rotated", sealed(t, httpauth.Config{Secrets: rotated}, 4000), both, map[string]any{"secret": []string{secretA, secretB}}, true},
		{"the reader does not know the new secret", sealed(t, httpauth.Config{Secrets: rotated}, 100), onlyA, map[string]any{"secret": secretA}, false},
		{"compressed", sealed(t, httpauth.Config{Secrets: a, Compress: true}, 4000), inflates, map[string]any{"secret": secretA, "compress": true}, true},
		{"compressed, not asked for", sealed(t, httpauth.Config{Secrets: a, Compress: true}, 4000), onlyA, map[string]any{"secret": secretA}, false},
		{"another audience", sealed(t, httpauth.Config{Secrets: a, Audience: "others"}, 100), onlyA, map[string]any{"secret": secretA}, false},
		{"another name", sealed(t, httpauth.Config{Secrets: a, Name: "other"}, 100), onlyA, map[string]any{"secret": secretA}, false},
	} {
		c.options["audience"] = appURL
		inWorkerd, inNode := ask(t, c.in, "/", c.cookies), node(t, c.options, c.cookies)
		for where, got := range map[string]string{"workerd": inWorkerd, "node": inNode} {
			if opens := strings.Contains(got, `"role":"admin"`) && strings.Contains(got, "Älice 😀"); opens != c.opens {
				t.Errorf("%s in %s: %.200s", c.name, where, got)
			}
		}
		if strings.Contains(inWorkerd, "the access token") {
			t.Errorf("%s: the access token shows", c.name)
		}
		if c.opens && !strings.Contains(inNode, "the access token") {
			t.Errorf("%s: the access token is not there: %.200s", c.name, inNode)
		}
	}
}

// Sessions that a Worker in Go has sealed open in a Worker in JavaScript.
func TestReaderBesideTheWorker(t *testing.T) {
	t.Parallel()
	op := provider(t, time.Hour, nil)
	b := newBrowser(t, start(t, built(t, "app", "")+"/worker.capnp", environment(op.Issuer, secretA)...))
	b.signIn(op)
	gate := b.at(start(t, reader+"test/worker.capnp", "AUTH_URL="+appURL, "AUTH_SECRET="+secretA))
	if r := gate.get("/"); r.StatusCode != http.StatusOK || !strings.Contains(r.body, `"sub":"acme|alice"`) {
		t.Errorf("%d %.200s", r.StatusCode, r.body)
	}
	b.post("/auth/signout", map[string][]string{})
	if r := gate.get("/"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("signed out: %d %.200s", r.StatusCode, r.body)
	}
}

// ask sends a request with cookies to a Worker and returns the body of its answer.
func ask(t *testing.T, w *workerd, where string, cookies []*http.Cookie) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, appURL+where, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	resp, err := w.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// node opens some cookies in Node.
func node(t *testing.T, options map[string]any, cookies []*http.Cookie) string {
	t.Helper()
	r := http.Request{Header: http.Header{}}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	line, err := json.Marshal(map[string]any{"cookies": r.Header["Cookie"], "options": options})
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, string(line))[0]
}

// opened passes lines to the reader in Node and returns its answers.
func opened(t *testing.T, lines ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", reader+"test/stdin.mjs")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(answers) != len(lines) {
		t.Fatal(fmt.Errorf("%d answers for %d lines", len(answers), len(lines)))
	}
	return answers
}
