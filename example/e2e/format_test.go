package e2e_test

import (
	"os/exec"
	"strings"
	"testing"
)

// The published format can be read by other code: a reader in JavaScript, written
// from token/FORMAT.md alone with the WebCrypto of browsers and edge functions,
// checks every test vector.
func TestFormatInJavaScript(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "node", "../../token/testdata/check.mjs", "../../token/testdata/vectors.json").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all vectors hold") {
		t.Errorf("%v\n%s", err, out)
	}
}
