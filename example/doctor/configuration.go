package main

import (
	"cmp"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/providers"
)

// home is where the application is, and below it the kit's own routes, as AUTH_URL says.
func home() (origin, routes string) {
	origin = strings.TrimSuffix(cmp.Or(os.Getenv("AUTH_URL"), "http://localhost:3000"), "/")
	if u, err := url.Parse(origin); err == nil && u.Path != "" {
		return u.Scheme + "://" + u.Host, origin
	}
	return origin, origin + "/auth"
}

// configuration checks what needs no network, the same way as the middleware does when
// the application starts, and returns the providers that the environment names.
func (r *report) configuration() []providers.Provider {
	r.section("Configuration")
	if os.Getenv("AUTH_URL") == "" {
		r.look("AUTH_URL is not set, so only requests to localhost can sign in.\nSet it to what the browser shows, such as https://app.example.com")
	} else {
		_, routes := home()
		r.good("AUTH_URL is set; the kit's routes are below %s", routes)
	}
	if _, err := auth.New(auth.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		for _, problem := range unjoin(err) {
			r.bad("%s", problem)
		}
	} else {
		r.good("secret, URL and providers are complete")
	}
	available, _ := providers.FromEnv() // of whose error auth.New has told
	if len(available) == 0 {
		r.bad("no provider: set AUTH_GOOGLE_ID and AUTH_GOOGLE_SECRET, or those of another provider.\nThe ids are in docs/providers.md")
	}
	return available
}

// unjoin returns the single problems of a joined error.
func unjoin(err error) []string {
	var problems []string
	for line := range strings.Lines(err.Error()) {
		problems = append(problems, strings.TrimSuffix(line, "\n"))
	}
	return problems
}
