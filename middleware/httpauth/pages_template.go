//go:build !authplainpages

package httpauth

import (
	"embed"
	"html/template"
)

//go:embed pages/*.html
var pageFiles embed.FS

type (
	templates = template.Template
	css       = template.CSS // a value that is safe in a style sheet
)

func newTemplates() (*templates, error) { return template.ParseFS(pageFiles, "pages/*.html") }
