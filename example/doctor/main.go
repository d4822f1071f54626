// Command doctor looks at the configuration in the environment, as auth.Middleware would
// take it, and says in plain words what is wrong with it:
//
//	go run ./example/doctor
//
// It checks the secret and the URL, prints what has to be registered at each provider,
// asks the providers whether they can be reached, what they support and whether they
// take the client id and secret, compares clocks, and tells how large the session's
// cookies become. It signs nobody in and changes nothing: to the token endpoint it sends
// a code that it made up.
//
//	-offline   leave out everything that needs the network
//
// It ends with status 1 if something is wrong.
package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"time"
)

func main() {
	offline := flag.Bool("offline", false, "leave out everything that needs the network")
	flag.Parse()
	client := &http.Client{Timeout: 15 * time.Second}
	if *offline {
		client = nil
	}
	if !examine(context.Background(), newReport(os.Stdout), client) {
		os.Exit(1)
	}
}

// examine checks everything and reports whether all is well. Without a client nothing is
// asked over the network.
func examine(ctx context.Context, r *report, client *http.Client) bool {
	available := r.configuration()
	for _, p := range available {
		r.provider(ctx, p, client)
	}
	r.cookies()
	return r.end()
}
