package httpauth_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The names of cookies.
const (
	bindingName = "__Host-auth.browser"
	csrfName    = "__Host-auth.csrf"
)

// cookies are those of the browser, by name: the kit has only one path for each.
type cookies map[string]crumb

type crumb struct {
	value, path string
	until       time.Time // zero: until the browser is closed
	sight       *sight    // what the session's cookie says
}

// take does what browsers do with Set-Cookie lines.
func (j cookies) take(lines []string) {
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil || strings.HasPrefix(c.Name, "__Host-") && (c.Path != "/" || !c.Secure || c.Domain != "") {
			continue
		}
		kept := crumb{value: c.Value, path: c.Path, until: c.Expires}
		if c.MaxAge > 0 {
			kept.until = time.Now().Add(time.Duration(c.MaxAge) * time.Second)
		}
		if c.MaxAge < 0 || !kept.until.IsZero() && !time.Now().Before(kept.until) {
			delete(j, c.Name)
			continue
		}
		j[c.Name] = kept
	}
}

// header returns the Cookie header for a path.
func (j cookies) header(path string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(j)) {
		c := j[name]
		if c.path == "/" || strings.HasPrefix(path, c.path+"/") {
			pairs = append(pairs, name+"="+c.value)
		}
	}
	return strings.Join(pairs, "; ")
}

// expire takes out what is over.
func (w *world) expire() {
	for name, c := range w.jar {
		if c.until.IsZero() || time.Now().Before(c.until) {
			continue
		}
		delete(w.jar, name)
		if name == sessionCookie && w.sessions[c.sight.id].ended != closed {
			w.because(unused, "%v is not signed in any more", c.sight)
		}
	}
}
