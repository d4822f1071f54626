package main

import (
	"cmp"
	"log/slog"
	"os"
	"strings"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/providers"
)

// origin is where the application is.
func origin() string {
	return strings.TrimSuffix(cmp.Or(os.Getenv("AUTH_URL"), "http://localhost:3000"), "/")
}

// configuration checks what needs no network, the same way as the middleware does when
// the application starts, and returns the providers that the environment names.
func (r *report) configuration() []providers.Provider {
	r.section("Configuration")
	if os.Getenv("AUTH_URL") == "" {
		r.look("AUTH_URL is not set, so only requests to localhost can sign in.\nSet it to what the browser shows, such as https://app.example.com")
	} else {
		r.good("AUTH_URL is %s", origin())
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
