//go:build authplainpages

package httpauth

import (
	"cmp"
	_ "embed"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/sealedauth/auth/providers"
)

// With the build tag authplainpages the built-in pages are written without
// html/template, for binaries whose size counts: that package calls methods by names
// which only the run shows, so that the linker has to keep every exported method of
// the whole program. The pages are the same; a test compares them.

//go:embed pages/layout.html
var layout string

type templates struct{ style string }

// css is a value that is safe in a style sheet.
type css string

func newTemplates() (*templates, error) {
	_, style, _ := strings.Cut(layout, "{{.Nonce}}\">")
	style, _, _ = strings.Cut(style, "{{range")
	return &templates{style}, nil
}

// ExecuteTemplate writes a page.
func (t *templates) ExecuteTemplate(w io.Writer, name string, page view) error {
	_, err := io.WriteString(w, t.head(page)+body(name, page)+"</main>\n</body>\n</html>\n")
	return err
}

// markup is fmt.Sprintf of HTML: all values are escaped, also for attributes in quotes.
// Those that are URLs were made by the kit or have been checked.
func markup(format string, values ...string) string {
	safe := make([]any, len(values))
	for i, v := range values {
		safe[i] = html.EscapeString(v)
	}
	return fmt.Sprintf(format, safe...)
}

func (t *templates) head(page view) string {
	style := strings.ReplaceAll(t.style, "{{.Accent}}", string(page.Accent))
	for _, b := range page.Buttons {
		style += ".p-" + b.ID + "{background:" + string(b.Background) + ";color:" + string(b.Text) + "}\n"
	}
	logo := ""
	if page.Theme.LogoURL != "" {
		logo = markup(`<img src="%s" alt="">`, page.Theme.LogoURL)
	}
	return markup(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>%s · %s</title>
<style nonce="%s">`, page.Title, page.Theme.Name, page.Nonce) + style + `</style>
</head>
<body>
<main>
<header>` + logo + markup(`
<h1>%s</h1>
<p>%s</p>
</header>
`, page.Title, page.Theme.Name)
}

func body(name string, page view) string {
	back := `<a class="back" href="%s">`
	switch name {
	case "continue.html":
		return markup(`<meta http-equiv="refresh" content="0;url=%s">
`+back+`Continue</a>
`, page.Target, page.Target)
	case "error.html":
		return markup(`<p class="note" role="alert">%s</p>
<form method="get" action="%s/signin"><button class="plain">Sign in again</button></form>
`+back+`Back to the start page</a>
`, page.Message.Text, page.Base, page.Home)
	case "signout.html":
		return markup(`<form method="post" action="%s/signout">
`, page.Base) + hidden("csrfToken", page.CSRF) + hidden("callbackUrl", page.Target) + markup(`<button class="plain">Sign out</button>
</form>
`+back+`Stay signed in</a>
`, page.Target)
	}
	note := ""
	if page.Message.Title != "" {
		note = markup(`<p class="note" role="alert"><strong>%s</strong> %s</p>
`, page.Message.Title, page.Message.Text)
	}
	for _, b := range page.Buttons {
		note += buttonForm(page, b)
	}
	return note
}

func hidden(name, value string) string {
	return markup(`<input type="hidden" name="%s" value="%s">
`, name, value)
}

// buttonForm is that of one provider on the sign-in page.
func buttonForm(page view, b button) string {
	action, verb := "signin", "Continue"
	if len(b.Fields) > 0 {
		action, verb = "callback", "Sign in"
	}
	text := markup(`<form method="post" action="%s/%s/%s">
`, page.Base, action, b.ID) + hidden("csrfToken", page.CSRF) + hidden("callbackUrl", page.Target)
	for _, name := range slices.Sorted(maps.Keys(page.Data)) {
		text += hidden(name, page.Data[name])
	}
	for _, f := range b.Fields {
		text += field(b.ID, f)
	}
	return text + markup(`<button class="p-%s"><span class="mark" aria-hidden="true">%s</span>%s with %s</button>
</form>
`, b.ID, b.Initial, verb, b.Name)
}

// field is an input of a form for credentials.
func field(id string, f providers.Field) string {
	text := markup(`<label for="%s-%s">%s</label>
<input id="%s-%s" name="%s" type="%s"`, id, f.Name, cmp.Or(f.Label, f.Name), id, f.Name, f.Name, cmp.Or(f.Type, "text"))
	if f.Placeholder != "" {
		text += markup(` placeholder="%s"`, f.Placeholder)
	}
	if f.Autocomplete != "" {
		text += markup(` autocomplete="%s"`, f.Autocomplete)
	}
	return text + ">\n"
}
