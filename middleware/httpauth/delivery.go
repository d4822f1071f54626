package httpauth

import (
	"net/http"
	"strings"
)

// carriesCookies tells whether a response to this request brings its cookies
// into the browser's jar for sure, so that something that exists only once, like
// a rotated refresh token, can be entrusted to it. Upgrades, prefetches and HEAD
// do not; parts of a page, such as images and scripts, are served from caches; and
// a server that asks on behalf of its visitor, without passing the cookies on, says
// so in a header.
func carriesCookies(r *http.Request) bool {
	switch r.Method {
	case http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return false
	}
	if r.Header.Get("Upgrade") != "" || r.Header.Get("X-Auth-Read-Only") != "" || isPrefetch(r) {
		return false
	}
	return ofPage(r)
}

// ofPage tells whether a request is for a page or made by a script, not for a part of
// a page such as an image.
func ofPage(r *http.Request) bool {
	switch firstLine(r.Header["Sec-Fetch-Dest"]) {
	case "", "empty", "document", "iframe", "frame":
		return true
	}
	return false
}

// firstLine returns the first line of a header, which is looked up by its canonical
// name. That is Header.Get without a look at each letter of the name, for the path of
// every request.
func firstLine(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// isPrefetch tells whether nobody has asked for this yet.
func isPrefetch(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		if strings.Contains(strings.ToLower(r.Header.Get(name)), "prefetch") {
			return true
		}
	}
	return false
}
