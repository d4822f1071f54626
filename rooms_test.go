package auth_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sealedauth/auth"

// rooms are the packages of the kit from the bottom to the top. A package may
// import only those before it; a test kit stands behind the package it serves.
var rooms = []string{
	module + "/claims",
	module + "/token",
	module + "/providers",
	module + "/providers/providertest",
	module + "/middleware/httpauth",
	module + "/token/tokentest",
	module + "/middleware",
	module,
}

// packages returns the non-test imports of every package of the module, nested
// modules left out.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules" || hasFile(path, "go.mod")) {
			return filepath.SkipDir
		}
		if !hasFile(path, "*.go") {
			return nil
		}
		p, err := build.ImportDir(path, 0)
		if err != nil {
			return err
		}
		name := module
		if path != "." {
			name += "/" + filepath.ToSlash(path)
		}
		found[name] = p.Imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func hasFile(dir, name string) bool {
	found, err := filepath.Glob(filepath.Join(dir, name))
	return err == nil && len(found) > 0
}

// Imports run downwards only, so that each room can be read without those above
// it.
func TestImportsRunDownwards(t *testing.T) {
	t.Parallel()
	found := packages(t)
	for name, imports := range found {
		level := slices.Index(rooms, name)
		if level < 0 {
			t.Errorf("package %s is not in the list of rooms", name)
			continue
		}
		for _, i := range imports {
			if strings.HasPrefix(i, module) && slices.Index(rooms, i) >= level {
				t.Errorf("%s imports %s, which is above it", name, i)
			}
		}
	}
	for _, room := range rooms {
		if _, ok := found[room]; !ok {
			t.Errorf("there is no package %s", room)
		}
	}
}

// Below package middleware nothing knows Echo, so that other frameworks need
// only an adapter; and package claims stands on the standard library alone.
func TestFrameworksStayOutside(t *testing.T) {
	t.Parallel()
	found := packages(t)
	for name, imports := range found {
		for _, i := range imports {
			if strings.Contains(i, "labstack/echo") && name != module && name != module+"/middleware" {
				t.Errorf("%s imports %s", name, i)
			}
			if name == module+"/claims" && strings.Contains(i, ".") {
				t.Errorf("%s imports %s", name, i)
			}
		}
	}
	// What stands between could bring Echo in again.
	for _, i := range found[module+"/middleware/httpauth"] {
		if i == module+"/middleware" || i == module {
			t.Errorf("the engine imports its own adapter, %s", i)
		}
	}
}

// The root package only gathers names: aliases, and functions of one statement.
func TestFacadeHoldsNothing(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	found, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if len(d.Body.List) != 1 {
					t.Errorf("%s has %d statements", d.Name, len(d.Body.List))
				}
			case *ast.GenDecl:
				checkAliases(t, d)
			}
		}
	}
}

func checkAliases(t *testing.T, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if !s.Assign.IsValid() {
				t.Errorf("type %s is not an alias", s.Name)
			}
		case *ast.ValueSpec:
			for i, v := range s.Values {
				if _, ok := v.(*ast.SelectorExpr); !ok {
					t.Errorf("%s is more than a name", s.Names[i])
				}
			}
		}
	}
}
