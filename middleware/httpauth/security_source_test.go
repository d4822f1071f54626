package httpauth_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sources calls f for each file of the library, without tests and examples.
func sources(t *testing.T, f func(file *ast.File, set *token.FileSet)) {
	t.Helper()
	n := 0
	for _, room := range []string{"claims", "token", "providers", "middleware", "."} {
		err := filepath.WalkDir(filepath.Join("..", "..", room), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir():
				if room == "." && d.Name() != ".." || slices.Contains([]string{"tokentest", "providertest", "testdata"}, d.Name()) {
					return filepath.SkipDir
				}
				return nil
			case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err == nil {
				n++
				f(file, set)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 60 {
		t.Fatalf("only %d files", n)
	}
}

// S-144: nothing secret is compared by == or !=, which stop at the first difference.
// Comparing with nothing, and of counts, is not meant.
func TestS_144_SecretsAreNotComparedPlainly(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`(?i)(state|nonce|verifier|csrf\w*|\w*hash|signature|sign|mac|secret|browser|repeated|token|reveal\(\))$`)
	known := []string{
		"mark.Token == name", // hashes, both out of sealed cookies
		"s.token != old",     // pointers
	}
	sources(t, func(file *ast.File, set *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(*ast.BinaryExpr)
			if !ok || e.Op != token.EQL && e.Op != token.NEQ || isConstant(e.X) || isConstant(e.Y) {
				return true
			}
			text := types.ExprString(e)
			if (secret.MatchString(types.ExprString(e.X)) || secret.MatchString(types.ExprString(e.Y))) && !slices.Contains(known, text) {
				t.Errorf("%s: %s", set.Position(e.Pos()), text)
			}
			return true
		})
	})
}

// isConstant tells literals, nil and names of constants, which nobody has to guess.
func isConstant(e ast.Expr) bool {
	switch v := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return regexp.MustCompile(`^(nil|true|false|(op|Kind|code|purpose)[A-Z]\w*)$`).MatchString(v.Name)
	}
	return false
}

// S-127, S-186: there is no switch that makes anything insecure. Should there ever be
// one, its name has to say so: Insecure comes first.
func TestS_127_S_186_NoQuietSwitches(t *testing.T) {
	t.Parallel()
	quiet := regexp.MustCompile(`(?i)(insecure|unsafe|skip|disable|trust|dangerous|noverify|unverified|plaintext|allowhttp)`)
	known := []string{"Skipper"} // for which requests the middleware does nothing: guards then let nobody through
	sources(t, func(file *ast.File, set *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if ok && id.Name == "InsecureSkipVerify" {
				t.Errorf("%s: %s", set.Position(id.Pos()), id.Name)
			}
			return true
		})
		for _, id := range exported(file) {
			if quiet.MatchString(id.Name) && !slices.Contains(known, id.Name) && !strings.HasPrefix(id.Name, "Insecure") {
				t.Errorf("%s: %s", set.Position(id.Pos()), id.Name)
			}
		}
	})
}

// exported returns the names that a file offers to applications: functions, types,
// and fields.
func exported(file *ast.File) (names []*ast.Ident) {
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() {
			names = append(names, f.Name)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch v := n.(type) {
		case *ast.TypeSpec:
			names = append(names, v.Name)
		case *ast.StructType:
			for _, field := range v.Fields.List {
				names = append(names, field.Names...)
			}
		}
		return true
	})
	return slices.DeleteFunc(names, func(id *ast.Ident) bool { return !id.IsExported() })
}

// S-122, S-123: no line of the library reads where a request says that it came from,
// or through whom. So nobody can be deceived about it.
func TestS_122_S_123_AddressesAreNotRead(t *testing.T) {
	t.Parallel()
	sources(t, func(file *ast.File, set *token.FileSet) {
		if strings.Contains(set.Position(file.Pos()).Filename, "/middleware/lambda/") {
			return // which makes requests, out of the events of a gateway
		}
		ast.Inspect(file, func(n ast.Node) bool {
			name := ""
			switch v := n.(type) {
			case *ast.Ident:
				name = v.Name
			case *ast.BasicLit:
				name, _ = strconv.Unquote(v.Value)
			}
			if regexp.MustCompile(`(?i)^(RemoteAddr|RealIP|Forwarded|X-Forwarded-.*|X-Real-IP|True-Client-IP|CF-Connecting-IP|X-Auth-User|X-User.*|Remote-User)$`).MatchString(name) {
				t.Errorf("%s: %s", set.Position(n.Pos()), name)
			}
			return true
		})
	})
}

// S-187: the versions from which on the known faults of what we build on are mended.
func TestS_187_Dependencies(t *testing.T) {
	t.Parallel()
	least := map[string]string{
		"go":                              "1.25.2", // CVE-2025-58186
		"github.com/go-jose/go-jose/v4":   "v4.1.4", // CVE-2026-34986
		"golang.org/x/oauth2":             "v0.27.0",
		"github.com/labstack/echo/v4":     "v4.16.0", // GHSA-2ffq-g2xg-c22p
		"github.com/coreos/go-oidc/v3":    "v3.17.0",
		"golang.org/x/crypto":             "v0.45.0",
		"golang.org/x/net":                "v0.47.0",
		"github.com/golang-jwt/jwt":       "never",
		"github.com/dgrijalva/jwt-go":     "never",
		"github.com/go-jose/go-jose/v3":   "never",
		"gopkg.in/square/go-jose.v2":      "never",
		"github.com/square/go-jose/v3":    "never",
		"github.com/lestrrat-go/jwx":      "never",
		"github.com/gorilla/sessions":     "never",
		"github.com/gorilla/securecookie": "never",
	}
	line := regexp.MustCompile(`(?m)^\s*(?:require )?([a-z][\w./-]*) (v?\d+[\w.+-]*)`)
	for _, module := range []string{"", "example", "example/e2e", "example/nextjs-shared", "middleware/redisstore"} {
		text, err := os.ReadFile(filepath.Join("..", "..", module, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			want, ok := least[m[1]]
			if !ok {
				continue
			}
			found++
			if want == "never" || older(m[2], want) {
				t.Errorf("%s/go.mod has %s %s; want %s", module, m[1], m[2], want)
			}
		}
		if found < 3 {
			t.Errorf("%s/go.mod: only %d modules known", module, found)
		}
	}
}

// older compares versions by their three numbers.
func older(a, b string) bool {
	x, y := numbers(a), numbers(b)
	return slices.Compare(x[:], y[:]) < 0
}

func numbers(version string) (n [3]int) {
	_, _ = fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d.%d", &n[0], &n[1], &n[2])
	return n
}
