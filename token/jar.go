package token

import (
	"errors"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	// ErrNoCookie tells that the request has no cookie of this jar.
	ErrNoCookie = errors.New("token: no cookie")
	// ErrConflict tells that a cookie came twice with different values: another
	// host of the same site may have planted one, so neither is believed.
	ErrConflict = errors.New("token: one cookie came with two values")
	// ErrChunks tells that the chunks of a value are not complete, not of one set,
	// or longer than anything this kit writes.
	ErrChunks = errors.New("token: cookie chunks do not fit together")
)

const (
	// maxLine is the size of a whole Set-Cookie line that every browser keeps.
	// They drop larger ones without a word (RFC 6265bis section 5.6).
	maxLine = 4096
	// maxChunks is the number of cookies that one value may be spread over.
	maxChunks = 16
	// maxSlots is the number of names that a cookie of a value may have: up to Name.99,
	// one more in the form of Auth.js.
	maxSlots = 101
	// setIDLen is the number of base64url characters that name a set of chunks.
	setIDLen = 6
)

// DefaultBudget is how many bytes the cookies of one value may take in a Cookie
// header: what nginx and most load balancers accept in one header line of a request,
// with room for the application's own cookies. Proxies may take less in the response
// that sets them.
const DefaultBudget = 7 << 10

// Jar keeps one value in the browser's cookies under a name: in one cookie if
// it fits, else in several.
//
// A value that fits stands in the cookie Name as it is. Otherwise the cookies
// Name, Name.1, Name.2 … each hold "count.set.part", where set is random and the
// same in all, so that parts of two writings are never joined. A Jar is a plain
// value, safe for concurrent use.
//
// With ChunkSize the cookies are those of Auth.js: Name.0, Name.1 … hold nothing
// but the parts. Their number is not written, so the first part that is shorter
// than the one before is taken for the last. Parts are smaller than ChunkSize if a
// long name or domain leaves less room in a cookie.
type Jar struct {
	Name     string        // full name, with its prefix
	Path     string        // normally "/"
	Domain   string        // empty for this host only
	Secure   bool          // true on https
	SameSite http.SameSite // normally Lax
	Budget   int           // bytes in the Cookie header; 0 means DefaultBudget

	ChunkSize int // bytes of a value in one cookie, in the form of Auth.js; 0 means the kit's own form
}

// found is what a request holds of a jar.
type found struct {
	values   [maxChunks]string
	present  [maxChunks]bool
	conflict bool
	any      bool // also a useless one
}

// Read returns the value from a request's headers. A value that is longer than anything
// this kit writes gives an [OpenError]. It matches names exactly, so
// look-alikes are ignored; chunks that are left over from a longer value are
// ignored too, since the first chunk says how many belong to it.
func (j Jar) Read(request http.Header) (string, error) {
	value, err := j.read(nil, request)
	return string(value), err
}

// read appends the value to dst.
func (j Jar) read(dst []byte, request http.Header) ([]byte, error) {
	var f found
	j.find(request, &f)
	switch {
	case f.conflict:
		return dst, ErrConflict
	case !f.any:
		return dst, ErrNoCookie
	case j.ChunkSize > 0:
		return f.plain(dst)
	case !f.present[0]:
		return dst, ErrChunks
	}
	n, set, _, chunked := cutChunk(f.values[0])
	if !chunked {
		return whole(dst, f.values[0])
	}
	size := 0
	for i, value := range f.values[:n] {
		ni, seti, part, ok := cutChunk(value)
		if size += len(part); !ok || ni != n || seti != set || size > maxSealed {
			return dst, ErrChunks
		}
		f.values[i] = part
	}
	return join(dst, f.values[:n], size), nil
}

// whole appends a value that is not in chunks.
func whole(dst []byte, value string) ([]byte, error) {
	if len(value) > maxSealed {
		return dst, &OpenError{ReasonSize}
	}
	return append(dst, value...), nil
}

func join(dst []byte, parts []string, size int) []byte {
	dst = slices.Grow(dst, size)
	for _, part := range parts {
		dst = append(dst, part...)
	}
	return dst
}

// plain joins chunks of the form of Auth.js, where slot 0 is the cookie for a
// value that was not split. Chunks count more than that one, since only one of
// both can be meant.
func (f *found) plain(dst []byte) ([]byte, error) {
	if !f.present[1] {
		if f.present[0] {
			return whole(dst, f.values[0])
		}
		return dst, ErrChunks
	}
	last, size := 1, len(f.values[1])
	for last+1 < maxChunks && f.present[last+1] && len(f.values[last]) == len(f.values[1]) {
		last++
		size += len(f.values[last])
	}
	// What stands after a gap is left over from a longer value. But if this part
	// is as long as the first, it is more likely that its next one is missing.
	full := len(f.values[last]) == len(f.values[1])
	if size > maxSealed || full && slices.Contains(f.present[last+1:], true) {
		return dst, ErrChunks
	}
	return join(dst, f.values[1:last+1], size), nil
}

// Holds reports whether a request has cookies of this jar, good or not.
func (j Jar) Holds(request http.Header) bool {
	for range j.cookies(request) {
		return true
	}
	return false
}

// cutChunk splits "count.set.part". A sealed text starts with a letter, so it
// cannot be mistaken for a chunk.
func cutChunk(value string) (n int, set, part string, ok bool) {
	if value == "" || value[0] < '1' || value[0] > '9' { // as a rule
		return -1, "", "", false
	}
	number, rest, _ := strings.Cut(value, ".")
	set, part, ok = strings.Cut(rest, ".")
	n = index(number)
	return n, set, part, ok && n > 1 && n <= maxChunks && len(set) == setIDLen
}

// index reads a decimal number of one or two digits without a leading zero. It
// returns -1 for anything else, also for zero.
func index(s string) int {
	if len(s) == 0 || len(s) > 2 || s[0] < '1' || s[0] > '9' || len(s) == 2 && (s[1] < '0' || s[1] > '9') {
		return -1
	}
	n, _ := strconv.Atoi(s)
	return n
}

// find looks for the cookies of the jar. Adapters for AWS may deliver one twice; the
// same value twice is no conflict.
func (j Jar) find(request http.Header, f *found) {
	for name, value := range j.cookies(request) {
		i := j.slot(name)
		switch {
		case i >= maxChunks: // never ours, but to be cleaned up
		case f.present[i]:
			f.conflict = f.conflict || f.values[i] != value
		default:
			f.present[i], f.values[i] = true, value
		}
		f.any = true
	}
}

// cookies yields the cookies of the jar in one go over the Cookie headers, of which
// there may be several.
func (j Jar) cookies(request http.Header) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, line := range request["Cookie"] {
			for at := strings.Index(line, j.Name); at >= 0; at = strings.Index(line, j.Name) {
				before := line[:at]
				var pair string
				pair, line, _ = strings.Cut(line[at:], ";")
				if before = trimSpace(before); before != "" && before[len(before)-1] != ';' {
					continue // within another name, or a value
				}
				name, value, ok := strings.Cut(trimSpace(pair), "=")
				if ok && j.slot(name) >= 0 && !yield(name, value) {
					return
				}
			}
		}
	}
}

// trimSpace takes the white space of a header off the end.
func trimSpace(s string) string {
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// slot returns the slot that a cookie name stands for, or -1. In the form of
// Auth.js, slot 0 is the name without a number, and Name.0 is slot 1.
func (j Jar) slot(name string) int {
	suffix, ok := strings.CutPrefix(name, j.Name)
	switch {
	case !ok:
		return -1
	case suffix == "":
		return 0
	case suffix[0] != '.':
		return -1
	case j.ChunkSize > 0 && suffix == ".0":
		return 1
	}
	i := index(suffix[1:])
	if i > 0 && j.ChunkSize > 0 {
		i++
	}
	return i
}

// Delete takes the value out of the browser: it deletes the cookies of this jar
// that the request holds, and the first one in any case, since a cross-site
// request does not show them; and it withdraws what was written to the response.
func (j Jar) Delete(response, request http.Header) {
	j.withdraw(response)
	j.deleteBut(response, request, plan{})
}

// withdraw removes the lines of this jar from the response.
func (j Jar) withdraw(response http.Header) {
	lines := slices.DeleteFunc(response["Set-Cookie"], func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return j.slot(name) >= 0
	})
	if len(lines) == 0 {
		delete(response, "Set-Cookie")
		return
	}
	response["Set-Cookie"] = lines
}

// set adds a line in place of one of the same name.
func (j Jar) set(response http.Header, c *http.Cookie) {
	lines := response["Set-Cookie"]
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, c.Name+"=") })
	if i < 0 {
		response["Set-Cookie"] = append(lines, c.String())
		return
	}
	lines[i] = c.String()
}

// cookie returns one cookie of this jar.
func (j Jar) cookie(name, value string, expires time.Time) *http.Cookie {
	c := &http.Cookie{ //nolint:gosec // Secure and SameSite are what the jar says
		Name: name, Value: value, Path: j.Path, Domain: j.Domain,
		Secure: j.Secure, HttpOnly: true, SameSite: j.SameSite,
	}
	if !expires.IsZero() {
		c.Expires, c.MaxAge = expires, maxAge(expires, time.Now())
	}
	return c
}

// deletion returns the cookie that deletes another: empty, over, and otherwise
// with the same attributes, without which browsers keep the old one.
func (j Jar) deletion(name string) *http.Cookie {
	c := j.cookie(name, "", time.Time{}) //nolint:gosec // as above
	c.Expires, c.MaxAge = time.Unix(1, 0), -1
	return c
}
