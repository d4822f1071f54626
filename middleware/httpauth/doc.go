// Package httpauth is the engine of the kit on net/http: it serves the
// authentication routes, loads the session of every other request, and keeps the
// provider's access token fresh. It knows no web framework.
//
// Echo applications import package middleware, or the root package, which fit
// this engine into Echo. With net/http alone:
//
//	a, err := httpauth.New(httpauth.Config{})
//	http.ListenAndServe(":3000", a.Wrap(mux))
//
// A request with a session goes through load.go from top to bottom: cookies,
// token, refresh, jwt callback, session callback, and the cookies again if
// something changed. A sign-in goes through signin.go and callback.go. Cookies
// are always written before the handler runs, into the header map, so nothing is
// lost when a handler streams, hijacks or writes no body; the response is never
// wrapped.
package httpauth
