package httpauth

import "net/http"

// reach gives the default client's transport its way into the network, which is
// JavaScript's here: net/http calls fetch if there is no dialer. fetch follows redirects
// by itself, and would carry a client's secret along to the new host.
func reach(t *http.Transport) http.RoundTripper { return manual{t} }

// manual is a transport of fetch that returns redirects instead of following them.
type manual struct{ next *http.Transport }

// RoundTrip implements http.RoundTripper.
func (m manual) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("js.fetch:redirect", "manual")
	return m.next.RoundTrip(r)
}
