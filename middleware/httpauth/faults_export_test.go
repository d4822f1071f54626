package httpauth

import "net/http"

// DefaultClient returns the client that makes the outbound calls unless the
// application has one of its own, for tests of its limits over real sockets.
func DefaultClient() *http.Client {
	c, _ := newClient()
	return c
}
