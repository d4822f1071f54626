package token_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// constants returns the texts of the constants of a type that are declared in
// the non-test files of a folder. The type is named with or without its package.
func constants(t *testing.T, dir, typeName string) []string {
	t.Helper()
	var texts []string
	for _, name := range must(fs.Glob(os.DirFS(dir), "*.go")) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && spec.Type != nil && named(spec.Type) == typeName {
				for _, v := range spec.Values {
					if text, ok := v.(*ast.BasicLit); ok {
						texts = append(texts, must(strconv.Unquote(text.Value)))
					}
				}
			}
			return true
		})
	}
	return texts
}

// named returns the name of a type without its package.
func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// Whoever adds a purpose, a label, a member or a reason writes it down, too.
func TestFormatNamesEverything(t *testing.T) {
	t.Parallel()
	page := string(must(os.ReadFile("FORMAT.md")))
	purposes := constants(t, "../middleware/httpauth", "Purpose")
	reasons := constants(t, ".", "Reason")
	if len(purposes) < 5 || len(reasons) < 8 {
		t.Fatalf("found only purposes %q and reasons %q", purposes, reasons)
	}
	for _, kind := range kinds {
		if !slices.Contains(purposes, string(kind.purpose)) {
			t.Errorf("the tests know a purpose %q that is not there", kind.purpose)
		}
	}
	want := slices.Concat(purposes, reasons, token.Labels())
	for _, member := range token.AccountMembers() {
		name, _, _ := strings.Cut(member, ",")
		want = append(want, name)
	}
	now := time.Now()
	all := claims.Claims{Issuer: "x", Subject: "x", Audience: []string{"x"}, ExpiresAt: now, NotBefore: now, IssuedAt: now, ID: "x", AuthTime: now,
		Name: "x", Email: "x", Picture: "x"}
	want = append(append(want, all.Object().Names()...), "account", "v")
	for _, name := range want {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("FORMAT.md does not name `%s`", name)
		}
	}
	for what, n := range map[string]int{"bytes": token.MaxSealed, "days": token.MaxDays, "a line": token.MaxLine, "chunks": token.MaxChunks, "skew": int(token.Skew / time.Second)} {
		if !strings.Contains(page, fmt.Sprint(n)) {
			t.Errorf("FORMAT.md does not give the bound of %s, %d", what, n)
		}
	}
}

// Every purpose and every reason has a vector.
func TestVectorsCoverEverything(t *testing.T) {
	t.Parallel()
	v := committed(t)
	covered := map[string]bool{"size": true} // a vector of 48 KiB would not be worth it; see TestS_86_SizeBound
	for _, k := range v.Keys {
		covered[k.Purpose] = true
	}
	for _, r := range v.Refused {
		covered[r.Reason] = true
	}
	for _, name := range slices.Concat(constants(t, "../middleware/httpauth", "Purpose"), constants(t, ".", "Reason")) {
		if !covered[name] {
			t.Errorf("there is no vector for %q", name)
		}
	}
}
