package token

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
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
	names    []string // of all cookies of the jar, also of useless ones
}

// Read returns the value from a request's headers. It matches names exactly, so
// look-alikes are ignored; chunks that are left over from a longer value are
// ignored too, since the first chunk says how many belong to it.
func (j Jar) Read(request http.Header) (string, error) {
	f := j.find(request)
	switch {
	case f.conflict:
		return "", ErrConflict
	case len(f.names) == 0:
		return "", ErrNoCookie
	case j.ChunkSize > 0:
		return f.plain()
	case !f.present[0]:
		return "", ErrChunks
	}
	n, set, part, chunked := cutChunk(f.values[0])
	if !chunked {
		return f.values[0], nil
	}
	parts, size := []string{part}, len(part)
	for i := 1; i < n; i++ {
		ni, seti, part, ok := cutChunk(f.values[i])
		if size += len(part); !ok || ni != n || seti != set || size > maxSealed {
			return "", ErrChunks
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ""), nil
}

// plain joins chunks of the form of Auth.js, where slot 0 is the cookie for a
// value that was not split. Chunks count more than that one, since only one of
// both can be meant.
func (f *found) plain() (string, error) {
	if !f.present[1] {
		if f.present[0] {
			return f.values[0], nil
		}
		return "", ErrChunks
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
		return "", ErrChunks
	}
	return strings.Join(f.values[1:last+1], ""), nil
}

// Holds reports whether a request has cookies of this jar, good or not.
func (j Jar) Holds(request http.Header) bool { return len(j.find(request).names) > 0 }

// cutChunk splits "count.set.part". A sealed text starts with a letter, so it
// cannot be mistaken for a chunk.
func cutChunk(value string) (n int, set, part string, ok bool) {
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

// find scans the Cookie headers. There may be several, and adapters for AWS may
// deliver a cookie twice; the same value twice is no conflict.
func (j Jar) find(request http.Header) found {
	var f found
	for _, line := range request["Cookie"] {
		if !strings.Contains(line, j.Name) { // the usual case of most jars
			continue
		}
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			name, value, ok := strings.Cut(strings.Trim(pair, " \t"), "=")
			if i := j.slot(name); ok && i >= 0 {
				f.add(i, name, value)
			}
		}
	}
	return f
}

func (f *found) add(i int, name, value string) {
	if i >= maxChunks { // never ours, but to be cleaned up
		if !slices.Contains(f.names, name) {
			f.names = append(f.names, name)
		}
		return
	}
	if f.present[i] {
		f.conflict = f.conflict || f.values[i] != value
		return
	}
	f.present[i], f.values[i] = true, value
	f.names = append(f.names, name)
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

// Write puts the value into the response's headers, to be kept until expires or,
// if that is zero, for as long as the browser runs, and deletes what the request
// holds of a longer value. There is never more than one Set-Cookie line for a
// name, however often Write is called before the headers are sent.
//
// An error means that nothing was changed. A value over the budget gives a
// [BudgetError].
func (j Jar) Write(response, request http.Header, value string, expires time.Time) error {
	if err := j.check(value); err != nil {
		return err
	}
	chunks := j.split(value, expires)
	size := 0
	for _, c := range chunks {
		size += len(c.name) + len("=; ") + len(c.value)
	}
	budget := j.Budget
	if budget == 0 {
		budget = DefaultBudget
	}
	if size > budget || len(chunks) > maxChunks-1 && j.ChunkSize > 0 || len(chunks) > maxChunks {
		return &BudgetError{Cookie: j.Name, Size: size, Budget: budget}
	}
	j.Delete(response, request)
	for _, c := range chunks {
		j.set(response, j.cookie(c.name, c.value, expires))
	}
	return nil
}

// check refuses what net/http would drop from a cookie without an error, and a
// value that would be read as a chunk.
func (j Jar) check(value string) error {
	if err := j.cookie(j.Name, "", time.Time{}).Valid(); err != nil {
		return fmt.Errorf("token: cookie %q: %w", j.Name, err)
	}
	foreign := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("\",;\\", c) }
	if _, _, _, chunk := cutChunk(value); chunk || strings.ContainsFunc(value, foreign) {
		return fmt.Errorf("token: cookie %s cannot carry a value of this form", j.Name)
	}
	return nil
}

// Delete takes the value out of the browser: it deletes the cookies of this jar
// that the request holds, and the first one in any case, since a cross-site
// request does not show them; and it withdraws what was written to the response.
func (j Jar) Delete(response, request http.Header) {
	j.withdraw(response)
	j.set(response, j.deletion(j.Name))
	for _, name := range j.find(request).names {
		j.set(response, j.deletion(name))
	}
	if j.ChunkSize > 0 && !j.Holds(request) { // the first chunk would count more than a new value
		j.set(response, j.deletion(j.Name+".0"))
	}
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
		c.Expires, c.MaxAge = expires, max(1, int(time.Until(expires)/time.Second))
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

// chunk is a cookie of a value: its name and what stands in it.
type chunk struct{ name, value string }

// split cuts the value so that each whole Set-Cookie line stays under maxLine.
func (j Jar) split(value string, expires time.Time) []chunk {
	room := maxLine - len(j.cookie(j.Name, "", expires).String())
	whole := room
	if j.ChunkSize > 0 {
		whole = min(room, j.ChunkSize)
	}
	if len(value) <= whole {
		return []chunk{{j.Name, value}}
	}
	if room -= len(".99"); room < 256 { // an absurd name or domain
		return make([]chunk, maxChunks+1)
	}
	if j.ChunkSize > 0 {
		return j.splitPlain(value, min(room, j.ChunkSize))
	}
	room -= len("99.") + setIDLen + len(".")
	var id [setIDLen]byte
	_, _ = rand.Read(id[:]) // never fails, see crypto/rand
	set := base64.RawURLEncoding.EncodeToString(id[:])[:setIDLen]
	parts := slices.Collect(slices.Chunk([]byte(value), room))
	chunks := make([]chunk, len(parts))
	for i, p := range parts {
		chunks[i] = chunk{j.Name, fmt.Sprintf("%d.%s.%s", len(parts), set, p)}
		if i > 0 {
			chunks[i].name += "." + strconv.Itoa(i)
		}
	}
	return chunks
}

// splitPlain cuts the value as Auth.js does, into parts of this size.
func (j Jar) splitPlain(value string, size int) []chunk {
	var chunks []chunk
	for part := range slices.Chunk([]byte(value), size) {
		chunks = append(chunks, chunk{j.Name + "." + strconv.Itoa(len(chunks)), string(part)})
	}
	return chunks
}
