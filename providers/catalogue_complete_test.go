package providers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// No preset is without an entry, a row of what the environment can name, and no more
// are listed than there are.
func TestCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	listed := providers.PresetIDs()
	if !slices.IsSorted(listed) {
		t.Errorf("presets are not in the order of their ids: %v", listed)
	}
	tested := slices.Sorted(maps.Keys(catalogue()))
	if !slices.Equal(listed, tested) {
		t.Errorf("presets %v\ntested  %v", listed, tested)
	}
	constructors := constructors(t)
	made := map[string]bool{}
	for _, e := range catalogue() {
		made[e.make().Info().ID] = true
	}
	if len(made) != len(constructors) {
		t.Errorf("%d presets are listed, but there are %d constructors: %v", len(made), len(constructors), constructors)
	}
}

// constructors returns the exported functions that make a provider, but for those that
// take a Config.
func constructors(t *testing.T) []string {
	var found []string
	eachFunction(t, func(f *ast.FuncDecl) {
		if !f.Name.IsExported() || f.Type.Results == nil || len(f.Type.Results.List) != 1 {
			return
		}
		result, ok := f.Type.Results.List[0].Type.(*ast.Ident)
		if ok && result.Name == "Provider" && !slices.Contains([]string{"OIDC", "OAuth2", "Credentials"}, f.Name.Name) {
			found = append(found, f.Name.Name)
		}
	})
	return found
}

// eachFunction visits the functions of the package, methods left out.
func eachFunction(t *testing.T, visit func(*ast.FuncDecl)) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				visit(f)
			}
		}
	}
}

// What Auth.js has is a preset here too, or left out with a reason.
func TestCatalogueHasAllOfAuthJS(t *testing.T) {
	t.Parallel()
	leftOut := read(t, "testdata/providers-left-out.tsv")
	for id := range strings.FieldsSeq(read(t, "testdata/authjs-ids.txt")) {
		if !slices.Contains(providers.PresetIDs(), id) && !strings.Contains("\n"+leftOut, "\n"+id+"\t") {
			t.Errorf("there is no %s, and no reason why", id)
		}
	}
}

// PKCE is left out at those alone that fail with it, or that know nothing of it and are
// particular about the parameters they get.
func TestS_41_PKCEAtAllPresets(t *testing.T) {
	t.Parallel()
	var without []string
	for id, e := range catalogue() {
		if strings.Contains(e.authorize, "no_pkce=1") { // which golden holds true
			without = append(without, id)
		}
	}
	slices.Sort(without)
	if want := []string{"linkedin", "slack", "wechat", "wecom"}; !slices.Equal(without, want) {
		t.Errorf("PKCE is left out at %v, want %v", without, want)
	}
}

// The environment can name every preset.
func TestFromEnvKnowsAllPresets(t *testing.T) {
	for _, id := range append(providers.PresetIDs(), "azure-ad") {
		t.Run(id, func(t *testing.T) {
			prefix := providers.EnvPrefix(id)
			cleanEnv(t, map[string]string{prefix + "ID": "app", prefix + "SECRET": "secret", prefix + "ISSUER": "https://idp.example.com/tenant"})
			found, err := providers.FromEnv()
			if err != nil || len(found) != 1 || found[0].Info().ID != id || found[0].Info().Facts.Docs == "" {
				t.Errorf("%v, %v", found, err)
			}
		})
	}
}
