//go:build authplainpages

package httpauth

import (
	"bytes"
	"html"
	"html/template"
	"os"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// The pages that are written without html/template are those of html/template, also
// with values that want to be markup.
func TestPlainPages(t *testing.T) {
	t.Parallel()
	originals, err := template.ParseFS(os.DirFS("."), "pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := newTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"plain", `"><script>alert('1')</script>&amp; %s%d `, "ä + ü\n"} {
		for _, page := range []view{{}, viewOf(text)} {
			for _, name := range []string{"continue.html", "error.html", "signin.html", "signout.html"} {
				var want, got bytes.Buffer
				if err := originals.ExecuteTemplate(&want, name, originalOf(page)); err != nil {
					t.Fatal(err)
				}
				if err := plain.ExecuteTemplate(&got, name, page); err != nil {
					t.Fatal(err)
				}
				if a, b := spelled(want.String()), spelled(got.String()); a != b {
					t.Errorf("%s with %q:\n%s\nwant\n%s", name, text, b, a)
				}
				if strings.Contains(got.String(), "<script") {
					t.Errorf("%s holds a script", name)
				}
			}
		}
	}
}

// viewOf fills a page in with a text wherever one may come from outside; URLs and
// names in them are checked before.
func viewOf(text string) view {
	const where = "https://app.example.com/a?b=c&d=%22"
	b := button{ID: "acme", Name: text, Initial: "A", Background: "#3457d5", Text: "#ffffff"}
	c := b
	c.ID, c.Fields = "own", []providers.Field{{Name: "user"}, {Name: "pass", Label: text, Type: "password", Placeholder: text, Autocomplete: "current-password"}}
	return view{
		Theme: Theme{Name: text, LogoURL: "https://cdn.example.com/logo.png?a=1&b=2"}, Accent: "#123456", Nonce: "nonce", Title: text, Base: "/auth",
		CSRF: text, Target: where, Home: where, Data: map[string]string{"invite": text, "b": text, text: text}, Buttons: []button{b, c},
		Message: message{Title: text, Text: text},
	}
}

// originalOf is the same page with the types that html/template trusts.
func originalOf(page view) any {
	type styled struct {
		button
		Background, Text template.CSS
	}
	o := struct {
		view
		Accent  template.CSS
		Buttons []styled
	}{page, template.CSS(page.Accent), nil}
	for _, b := range page.Buttons {
		o.Buttons = append(o.Buttons, styled{b, template.CSS(b.Background), template.CSS(b.Text)})
	}
	return o
}

// spelled leaves one spelling of each escape, but of none that makes a difference, and
// of line breaks between elements.
func spelled(page string) string {
	var lines []string
	for line := range strings.SplitSeq(page, "\n") {
		if line != "" {
			lines = append(lines, line)
		}
	}
	page = strings.Join(lines, "\n")
	for _, escape := range []string{"&#34;", "&#39;", "&amp;", "&lt;", "&gt;"} {
		page = strings.ReplaceAll(page, escape, "["+html.UnescapeString(escape)+"]")
	}
	return strings.ReplaceAll(page, "&#43;", "+")
}
