//go:build !js

package httpauth

import "net/http"

// reach gives the default client's transport its way into the network.
func reach(t *http.Transport) http.RoundTripper {
	t.DialContext = dialer().DialContext
	return t
}
