package serverless_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sealedauth/auth/example/serverless/platformtest"
	"github.com/sealedauth/auth/providers/providertest"
)

// With what go run ./example/metadata prints, a function fetches nothing about its
// provider: not at the start, not at a sign-in.
func TestMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	env := w.env
	for variable, args := range map[string][]string{"METADATA_FILE": {w.acme.Issuer}, "KEYS_FILE": {"-keys", w.acme.Issuer}} {
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "./metadata"}, args...)...)
		cmd.Dir = ".."
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go run ./metadata %v: %v", args, err)
		}
		file := filepath.Join(dir, variable)
		if err := os.WriteFile(file, out, 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, variable+"="+file)
	}
	discovery, keys := w.acme.Count("discovery"), w.acme.Count("keys")
	b := newBrowser(t, startFunction(t, built(t, lambdaProgram), functionURL(), env...))
	b.session(b.signIn("acme", w.acme, "/me"))
	if n, m := w.acme.Count("discovery")-discovery, w.acme.Count("keys")-keys; n != 0 || m != 0 {
		t.Errorf("%d calls for metadata, %d for keys", n, m)
	}
}

// A process that has been frozen for a while serves the next request as if nothing had
// been, and one that starts anew opens the same session.
func TestFreezeAndRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fn := startFunction(t, built(t, lambdaProgram), httpAPI(), w.env...)
	b := newBrowser(t, fn)
	b.signIn("brief", w.brief, "/me")
	time.Sleep(1500 * time.Millisecond) // stopped, as between any two requests, and longer than idle connections like
	b.session(b.get("/me"))
	again := startFunction(t, built(t, lambdaProgram), httpAPI(), w.env...)
	on := b.on(t, again)
	on.session(on.get("/me"))
	if n := w.brief.Reuses(); n != 0 {
		t.Errorf("%d refresh tokens were used twice", n)
	}
}

// F-75: a refresh ahead of the token's end is over before the response, however slow
// the provider is: the process is stopped then, and never goes on. The next instance
// finds the new refresh token in the cookie.
func TestFreezeAfterSlowRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := newBrowser(t, startFunction(t, built(t, lambdaProgram), functionURL(), w.env...))
	b.signIn("acme", w.acme, "/me")
	for range 2 {
		platformtest.Due(t, b.c.Jar, appURL, w.secret)
		w.acme.Fail("refresh", providertest.Fault{AnswerDelay: 1200 * time.Millisecond})
		r := b.get("/me")
		b.session(r)
		if n := written(r); n < 2 {
			t.Errorf("the renewed session is in %d cookies", n)
		}
		b = b.on(t, startFunction(t, built(t, lambdaProgram), functionURL(), w.env...))
	}
	if w.acme.Count("refresh") != 2 || w.acme.Reuses() != 0 {
		t.Errorf("%d refreshes, %d refresh tokens were used twice", w.acme.Count("refresh"), w.acme.Reuses())
	}
}
