package auth_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// declared is a test of this repository: the directory that it is in, its name, and
// what the comment above it says.
type declared struct{ room, name, comment string }

// String names the test as the documents do: without a room if it is in httpauth.
func (d declared) String() string {
	if d.room == "httpauth" {
		return d.name
	}
	return d.room + "." + d.name
}

// inventory returns the tests and fuzz tests of every package, nested modules
// included.
func inventory(t *testing.T) []declared {
	t.Helper()
	var found []declared
	function := regexp.MustCompile(`(?m)((?:^//.*\n)*)^func ((?:Test|Fuzz)\w+)\(`)
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
		for _, m := range function.FindAllSubmatch(text, -1) {
			found = append(found, declared{filepath.Base(filepath.Dir(path)), string(m[2]), string(m[1])})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
