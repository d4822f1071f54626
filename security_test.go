package auth_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/security-matrix.md anew")

// row is a requirement of docs/security.tsv. Without a test it has a reason.
type row struct{ id, priority, text, reason string }

const matrixHead = `# Security matrix

What the kit keeps, by the numbers of our security checklist, and the tests that prove it. This table is made from
[security.tsv](security.tsv) and from the tests: ` + "`make docs`" + ` writes it, and a test fails when it is out of date or a row
has neither a test nor a reason. Tests carry the number in their name or in the comment above it; ` + "`go test ./... -run 'S_'`" + `
runs those of the first kind. A test without a package is in ` + "`middleware/httpauth`; `e2e` is `example/e2e`" + `.

Priority 0 is what nobody may ship without, 1 belongs to a first release, 2 is hardening.

| | Priority | What holds | Proved by |
| --- | --- | --- | --- |
`

// The matrix is complete and up to date.
func TestSecurityMatrix(t *testing.T) {
	t.Parallel()
	proofs := byNumber(t)
	text, err := os.ReadFile("docs/security.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(matrixHead)
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case fields[0] == "#":
			fmt.Fprintf(&b, "| | | **%s** | |\n", fields[1])
			continue
		case strings.HasPrefix(line, "#"):
			continue
		case len(fields) != 4:
			t.Errorf("a row has four fields: %q", line)
			continue
		}
		r := row{fields[0], fields[1], fields[2], fields[3]}
		tests := proofs[r.id]
		delete(proofs, r.id)
		if len(tests) == 0 && r.reason == "" {
			t.Errorf("%s has no test, and no reason: %s", r.id, r.text)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.id, r.priority, r.text, r.proof(tests))
	}
	for id, tests := range proofs {
		t.Errorf("docs/security.tsv has no row %s, which %s names", id, tests[0])
	}
	written(t, "docs/security-matrix.md", b.String())
}

// proof is the last cell of a row.
func (r row) proof(tests []string) string {
	parts := make([]string, 0, len(tests)+1)
	for _, name := range tests {
		parts = append(parts, "`"+name+"`")
	}
	proof := strings.Join(parts, ", ")
	if r.reason != "" {
		proof = strings.TrimPrefix(proof+"; "+r.reason, "; ")
	}
	return proof
}

// byNumber returns the tests of each row.
func byNumber(t *testing.T) map[string][]string {
	t.Helper()
	inName, inComment := regexp.MustCompile(`S_(\d+[a-l]?)(?:_|$)`), regexp.MustCompile(`\bS-(\d+[a-l]?)\b`)
	found := map[string][]string{}
	for _, test := range inventory(t) {
		numbers := append(inName.FindAllStringSubmatch(test.name, -1), inComment.FindAllStringSubmatch(test.comment, -1)...)
		for _, m := range numbers {
			if id := "S-" + m[1]; !slices.Contains(found[id], test.String()) {
				found[id] = append(found[id], test.String())
			}
		}
	}
	for _, tests := range found {
		slices.SortFunc(tests, func(a, b string) int {
			return cmp.Or(cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")), cmp.Compare(a, b))
		})
	}
	return found
}

// written compares a document with what it should be, or writes it.
func written(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is out of date: make docs", path)
	}
}
