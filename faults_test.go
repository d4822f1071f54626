package auth_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/faults.md has every number of the fault plan, and the tests that it names
// exist. A row without a test says why. And no fault test is missing there.
func TestFaultsAreListed(t *testing.T) {
	t.Parallel()
	const last = 77
	text, err := os.ReadFile("docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests []string
	for _, test := range inventory(t) {
		tests = append(tests, test.String())
	}
	next, quoted := 1, regexp.MustCompile("`((?:\\w+\\.)?Test\\w+)`")
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
			if !slices.Contains(tests, m[1]) {
				t.Errorf("there is no test %s", m[1])
			}
		}
		if len(named) == 0 && !strings.Contains(line, "**not covered") {
			t.Errorf("no test, and no reason: %s", line)
		}
	}
	if next != last+1 {
		t.Errorf("the last number is %d, want %d", next-1, last)
	}
	for _, name := range tests {
		if strings.HasPrefix(name, "TestF_") && !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("%s is not listed", name)
		}
	}
}
