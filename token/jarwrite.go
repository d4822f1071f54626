package token

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Write puts the value into the response's headers, to be kept until expires or,
// if that is zero, for as long as the browser runs, and deletes what the request
// holds of a longer value. There is never more than one Set-Cookie line for a
// name, however often Write is called before the headers are sent.
//
// An error means that nothing was changed. A value over the budget gives a
// [BudgetError].
func (j Jar) Write(response, request http.Header, value string, expires time.Time) error {
	return j.write(new(buffer), response, request, []byte(value), expires)
}

// write is Write with memory for the lines.
func (j Jar) write(b *buffer, response, request http.Header, value []byte, expires time.Time) error {
	if err := j.check(value); err != nil {
		return err
	}
	return j.writeSealed(b, response, request, value, expires, time.Now())
}

// writeSealed is write for what was sealed here, which need not be looked at.
func (j Jar) writeSealed(b *buffer, response, request http.Header, value []byte, expires, now time.Time) error {
	b.raw = slices.Grow(j.appendAttributes(b.raw[:0], expires, now), maxLine)
	attributes := b.raw
	p := j.plan(len(value), len(attributes))
	budget := j.Budget
	if budget == 0 {
		budget = DefaultBudget
	}
	if p.size > budget || p.first+p.count > maxChunks {
		return &BudgetError{Cookie: j.Name, Size: p.size, Budget: budget}
	}
	j.withdraw(response)
	if p.first > 0 { // a whole value that is left over stands first
		j.set(response, j.deletion(j.Name))
	}
	lines := slices.Grow(response["Set-Cookie"], p.count)
	room := j.appendPrefix(attributes, p)
	prefix := room[len(attributes):]
	for i := range p.count {
		line := j.appendName(room[len(room):], p.first+i)
		line = append(append(line, '='), prefix...)
		line = append(line, value[i*p.part:min((i+1)*p.part, len(value))]...)
		lines = append(lines, string(append(line, attributes...)))
	}
	response["Set-Cookie"] = lines
	j.deleteBut(response, request, p)
	return nil
}

// plan is how a value is spread over cookies: over slot 0 alone, or from the first
// slot on; see [Jar.slot].
type plan struct {
	first, count int
	part         int // bytes of the value in each
	size         int // of all in a Cookie header
}

// plan cuts a value so that each whole Set-Cookie line stays under maxLine. A name or
// domain that leaves no room for that makes more cookies than there may be.
func (j Jar) plan(value, attributes int) plan {
	pair := len(j.Name) + len("=; ")
	room := maxLine - len(j.Name) - len("=") - attributes
	whole := room
	if j.ChunkSize > 0 {
		whole = min(room, j.ChunkSize)
	}
	if value <= whole {
		return plan{0, 1, value, pair + value}
	}
	p := plan{part: room - len(".99")}
	if p.part < 256 {
		return plan{count: maxChunks + 1, size: value}
	}
	further := 0 // beside the part
	if j.ChunkSize > 0 {
		p.first, p.part = 1, min(p.part, j.ChunkSize)
	} else {
		p.part -= len("99.") + setIDLen + len(".")
	}
	p.count = (value + p.part - 1) / p.part
	if j.ChunkSize == 0 {
		further = len(strconv.Itoa(p.count)) + len(".") + setIDLen + len(".")
	}
	p.size = value + p.count*(pair+further) + len(".0")*min(p.count, 10) + len(".10")*max(p.count-10, 0)
	if j.ChunkSize == 0 {
		p.size -= len(".0") // the first has no number
	}
	return p
}

// appendName appends the name of the cookie in a slot.
func (j Jar) appendName(dst []byte, slot int) []byte {
	dst = append(dst, j.Name...)
	if slot == 0 {
		return dst
	}
	if j.ChunkSize > 0 {
		slot-- // slot 1 is Name.0
	}
	return strconv.AppendInt(append(dst, '.'), int64(slot), 10)
}

// appendPrefix appends what stands in each chunk of a new set.
func (j Jar) appendPrefix(dst []byte, p plan) []byte {
	if p.count == 1 || j.ChunkSize > 0 {
		return dst
	}
	dst = append(strconv.AppendInt(dst, int64(p.count), 10), '.')
	id := len(dst)
	dst = append(dst, make([]byte, setIDLen)...)
	_, _ = rand.Read(dst[id:]) // never fails, see crypto/rand
	for i := id; i < len(dst); i++ {
		dst[i] = alphabet[dst[i]%64]
	}
	return append(dst, '.')
}

// check refuses what net/http would drop from a cookie without an error, and a
// value that would be read as a chunk.
func (j Jar) check(value []byte) error {
	if err := j.cookie(j.Name, "", time.Time{}).Valid(); err != nil {
		return fmt.Errorf("token: cookie %q: %w", j.Name, err)
	}
	chunk := false
	if len(value) > 0 && '0' <= value[0] && value[0] <= '9' {
		_, _, _, chunk = cutChunk(string(value))
	}
	foreign := func(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\' }
	if chunk || slices.ContainsFunc(value, foreign) {
		return fmt.Errorf("token: cookie %s cannot carry a value of this form", j.Name)
	}
	return nil
}

// appendAttributes appends what follows the value in a line, in the form of
// [http.Cookie.String].
func (j Jar) appendAttributes(dst []byte, expires, now time.Time) []byte {
	dst = append(append(dst, "; Path="...), j.Path...)
	if j.Domain != "" {
		dst = append(append(dst, "; Domain="...), strings.TrimPrefix(j.Domain, ".")...)
	}
	if !expires.IsZero() {
		dst = appendDate(append(dst, "; Expires="...), expires)
		dst = strconv.AppendInt(append(dst, "; Max-Age="...), int64(maxAge(expires, now)), 10)
	}
	dst = append(dst, "; HttpOnly"...)
	if j.Secure {
		dst = append(dst, "; Secure"...)
	}
	switch j.SameSite {
	case http.SameSiteLaxMode:
		return append(dst, "; SameSite=Lax"...)
	case http.SameSiteStrictMode:
		return append(dst, "; SameSite=Strict"...)
	case http.SameSiteNoneMode:
		return append(dst, "; SameSite=None"...)
	}
	return dst
}

// appendDate is AppendFormat with [http.TimeFormat], which looks at the format anew
// each time and takes as long as the encryption of a short session.
func appendDate(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 1000 || year > 9999 {
		return t.AppendFormat(dst, http.TimeFormat)
	}
	hour, minute, second := t.Clock()
	dst = append(append(dst, t.Weekday().String()[:3]...), ", "...)
	dst = append(appendTwo(dst, day), ' ')
	dst = append(append(dst, month.String()[:3]...), ' ')
	dst = append(appendTwo(appendTwo(dst, year/100), year%100), ' ')
	dst = append(appendTwo(dst, hour), ':')
	dst = append(appendTwo(dst, minute), ':')
	return append(appendTwo(dst, second), " GMT"...)
}

// appendTwo appends the two digits of a number.
func appendTwo(dst []byte, n int) []byte {
	const digits = "0123456789"
	return append(dst, digits[n/10], digits[n%10])
}

// maxAge returns the seconds until expires. It is at least one, for 0 deletes.
func maxAge(expires, now time.Time) int { return max(1, int(expires.Sub(now)/time.Second)) }

// deleteBut deletes what the request holds, and what it may not show, but for the
// cookies of a plan.
func (j Jar) deleteBut(response, request http.Header, p plan) {
	kept := func(slot int) bool { return p.first <= slot && slot < p.first+p.count }
	if !kept(0) { // in any case, since a cross-site request does not show it
		j.set(response, j.deletion(j.Name))
	}
	var done [maxSlots]bool // a name may come a thousand times
	held := false
	for name := range j.cookies(request) {
		held = true
		if slot := j.slot(name); !kept(slot) && !done[slot] {
			done[slot] = true
			j.set(response, j.deletion(name))
		}
	}
	if j.ChunkSize > 0 && !held && !kept(1) { // the first chunk would count more than a new value
		j.set(response, j.deletion(j.Name+".0"))
	}
}
