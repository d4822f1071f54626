// Package platformtest has what the tests of the platforms share: a certified OpenID
// provider, people who sign in there and at ours, and sessions that come of age.
package platformtest

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// The client that the certified provider knows.
const (
	ClientID     = "example"
	ClientSecret = "p@ss:w%rd+ for tests only" //nolint:gosec // it is
)

// Certified is oidc-provider from npm, in a process of its own. It rotates refresh
// tokens, and revokes all that a person was given when one is used twice.
type Certified struct{ Issuer string }

// StartCertified runs the provider until the end of the test, for an application whose
// routes of the kit are under base, and which calls it id. Everybody is in so many
// groups; access tokens are good for a second.
func StartCertified(tb testing.TB, base, id string, groups int) *Certified {
	tb.Helper()
	const dir = "../e2e/op" // of example/serverless and its neighbours
	if _, err := os.Stat(dir + "/node_modules/oidc-provider"); err != nil {
		tb.Fatal("oidc-provider is not installed; run: npm ci --prefix example/e2e/op (make does)")
	}
	port := free(tb)
	p := &Certified{"http://localhost:" + port}
	cmd := exec.CommandContext(tb.Context(), "node", dir+"/server.mjs")
	cmd.Env = append(os.Environ(), "PORT="+port, "REDIRECT_URI="+base+"/callback/"+id, "LOGOUT_URI="+base+"/signed-out",
		"AT_TTL=1", "GROUPS="+strconv.Itoa(groups))
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if tb.Failed() {
			tb.Logf("log of oidc-provider:\n%s", log.String())
		}
	})
	for began := time.Now(); p.Counts() == nil; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			tb.Fatal("oidc-provider does not answer")
		}
	}
	return p
}

// Counts returns how often each grant was used, and how often tokens were revoked; or
// nil if the provider does not answer.
func (p *Certified) Counts() (counts map[string]int) {
	resp, err := http.Get(p.Issuer + "/counts")
	if err != nil {
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	_ = json.NewDecoder(resp.Body).Decode(&counts)
	return counts
}

func free(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
