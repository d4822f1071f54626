package auth_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testsOf returns the names of the tests of every package, nested modules included,
// by the name of its directory.
func testsOf(t *testing.T) map[string][]string {
	t.Helper()
	found, declared := map[string][]string{}, regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "out"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllSubmatch(text, -1) {
			name := filepath.Base(filepath.Dir(path))
			found[name] = append(found[name], string(m[1]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// docs/faults.md has every number of the fault plan, and the tests that it names
// exist. A row without a test says why. And no fault test is missing there.
func TestFaultsAreListed(t *testing.T) {
	t.Parallel()
	const last = 77
	text, err := os.ReadFile("docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOf(t)
	next, quoted := 1, regexp.MustCompile("`(?:(\\w+)\\.)?(Test\\w+)`")
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| F-") {
			continue
		}
		if want := fmt.Sprintf("| F-%d |", next); !strings.HasPrefix(line, want) {
			t.Errorf("%q stands where %q should", line, want)
		}
		next++
		named := quoted.FindAllStringSubmatch(line, -1)
		for _, m := range named {
			where := m[1]
			if where == "" {
				where = "httpauth"
			}
			if !slices.Contains(tests[where], m[2]) {
				t.Errorf("there is no test %s in %s", m[2], where)
			}
		}
		if len(named) == 0 && !strings.Contains(line, "**not covered") {
			t.Errorf("no test, and no reason: %s", line)
		}
	}
	if next != last+1 {
		t.Errorf("the last number is %d, want %d", next-1, last)
	}
	for _, name := range tests["httpauth"] {
		if strings.HasPrefix(name, "TestF_") && !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("%s is not listed", name)
		}
	}
}
