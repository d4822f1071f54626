package providers_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

var update = flag.Bool("update", false, "write docs/providers.md anew")

// docs/providers.md is made of the presets and of providers-head.md and
// providers-left-out.tsv beside it.
func TestProvidersDocument(t *testing.T) {
	t.Parallel()
	const document = "../docs/providers.md"
	var b strings.Builder
	b.WriteString(strings.Replace(read(t, "testdata/providers-head.md"), "{{Codeberg}}", ownProvider(t), 1))
	entries, constructors := catalogue(), constructorsByID(t)
	ids := slices.SortedFunc(maps.Keys(entries), func(a, b string) int {
		return cmp.Compare(strings.ToLower(entries[a].make().Info().Name), strings.ToLower(entries[b].make().Info().Name))
	})
	fmt.Fprintf(&b, "\n%d of them.\n\n", len(ids))
	b.WriteString("| provider | id | constructor | | refresh token | rotates | revocation | logout | e-mail is verified | account id |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, id := range ids {
		info := entries[id].make().Info()
		f := info.Facts
		if constructors[id] == "" {
			t.Errorf("the constructor of %s is not found", id)
		}
		rotation := support(f.Rotation)
		if f.Refresh == "no" {
			rotation = ""
		}
		fmt.Fprintf(&b, "| [%s](%s) | `%s` | `%s` | %s | %s | %s | %s | %s | %s | %s |\n", info.Name, f.Docs, id, constructors[id],
			map[providers.Protocol]string{providers.OpenIDConnect: "OIDC", providers.PlainOAuth2: "OAuth 2"}[info.Protocol],
			support(f.Refresh), rotation, support(f.Revocation), support(f.Logout), f.Email, f.Subject)
	}
	b.WriteString("\n## What else is odd\n\n")
	for _, id := range ids {
		if info := entries[id].make().Info(); info.Facts.Note != "" {
			fmt.Fprintf(&b, "- **%s**: %s.\n", info.Name, strings.TrimSuffix(info.Facts.Note, "."))
		}
	}
	b.WriteString("\n## Left out\n\nWhat Auth.js or goth has, and this kit has not.\n\n| id | why |\n| --- | --- |\n")
	for line := range strings.Lines(read(t, "testdata/providers-left-out.tsv")) {
		id, why, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Errorf("a row has two fields: %q", line)
		}
		if _, has := entries[id]; has {
			t.Errorf("%s is left out, but there is a preset", id)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", id, why)
	}
	if *update {
		if err := os.WriteFile(document, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, document) != b.String() {
		t.Error("docs/providers.md is out of date; run make docs")
	}
}

// ownProvider returns the source of the example of a provider of one's own.
func ownProvider(t *testing.T) string {
	t.Helper()
	_, rest, ok := strings.Cut(read(t, "example_test.go"), "\nfunc Codeberg(")
	body, _, closed := strings.Cut(rest, "\n}\n")
	if !ok || !closed {
		t.Fatal("the example is gone")
	}
	return "func Codeberg(" + body + "\n}"
}

// support is what a table says of it.
func support(s providers.Support) string {
	switch s {
	case "":
		return "?"
	case "metadata":
		return "if its metadata has it"
	}
	return string(s)
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// constructorsByID returns the names of the constructors: those with an ID in them, or else
// those of that name.
func constructorsByID(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range constructors(t) {
		found[strings.ToLower(name)] = name
	}
	eachFunction(t, func(f *ast.FuncDecl) {
		ast.Inspect(f, func(n ast.Node) bool {
			if id := idOf(n); id != "" && f.Name.IsExported() {
				found[id] = f.Name.Name
			}
			return true
		})
	})
	return found
}

// idOf returns the text of an ID in a composite literal.
func idOf(n ast.Node) string {
	pair, ok := n.(*ast.KeyValueExpr)
	if !ok {
		return ""
	}
	key, isIdent := pair.Key.(*ast.Ident)
	value, isText := pair.Value.(*ast.BasicLit)
	if !isIdent || !isText || key.Name != "ID" {
		return ""
	}
	id, _ := strconv.Unquote(value.Value)
	return id
}
