package claims

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bounds of the JSON that this package reads. They are far above what an
// identity provider sends and far below what would hurt.
const (
	maxDepth   = 32        // nested arrays and objects
	maxMembers = 2000      // members and elements in one document
	maxString  = 64 << 10  // bytes of one string or number
	maxInput   = 512 << 10 // bytes of one document
)

// ErrMalformed is matched by every error about JSON that this package refuses:
// broken syntax, a name that stands twice, invalid UTF-8, or a bound exceeded.
// The message gives the byte offset and never quotes the input.
var ErrMalformed = errors.New("claims: malformed JSON")

// reader checks one JSON text from front to back. It builds no values: it
// yields the spans of the top-level members and verifies everything inside.
type reader struct {
	text    string
	pos     int
	depth   int
	members int
	simple  bool // the text is printable ASCII without a backslash
}

func (r *reader) fail(why string) error {
	return fmt.Errorf("%w: %s at byte %d", ErrMalformed, why, r.pos)
}

func (r *reader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// peek returns the next byte after white space, or 0 at the end.
func (r *reader) peek() byte {
	if r.pos < len(r.text) && r.text[r.pos] > ' ' { // without white space, as most is written
		return r.text[r.pos]
	}
	return r.peekOver()
}

func (r *reader) peekOver() byte {
	r.space()
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

// take consumes c if it comes next.
func (r *reader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.pos++
	return true
}

// value checks one JSON value and returns its span.
func (r *reader) value() (string, error) {
	c := r.peek()
	start := r.pos
	var err error
	switch {
	case c == '"':
		_, err = r.str()
	case c == '{':
		err = r.object()
	case c == '[':
		err = r.array()
	case c == '-' || '0' <= c && c <= '9':
		err = r.number()
	default:
		err = r.literal()
	}
	return r.text[start:r.pos], err
}

func (r *reader) enter() error {
	r.pos++
	if r.depth++; r.depth > maxDepth {
		return r.fail("nested too deeply")
	}
	return nil
}

func (r *reader) count() error {
	if r.members++; r.members > maxMembers {
		return r.fail("too many members")
	}
	return nil
}

// whole begins to read a text that is an object.
func (r *reader) whole() error {
	if len(r.text) > maxInput {
		return fmt.Errorf("%w: longer than %d bytes", ErrMalformed, maxInput)
	}
	if r.peek() != '{' {
		return r.fail("expected an object")
	}
	r.simple = isSimple(r.text)
	return r.enter()
}

// end checks that nothing follows.
func (r *reader) end() error {
	if r.space(); r.pos < len(r.text) {
		return r.fail("something follows the object")
	}
	return nil
}

// object checks an object.
func (r *reader) object() error {
	if err := r.enter(); err != nil {
		return err
	}
	var seen nameSet
	for {
		if _, more, err := r.name(&seen); !more || err != nil {
			return err
		}
		if _, err := r.value(); err != nil {
			return err
		}
	}
}

// name reads the name of the next member of an object, up to its value, and tells
// whether there is one.
func (r *reader) name(seen *nameSet) (name string, more bool, err error) {
	comma := seen.marks != 0 && r.take(',')
	if !comma && r.take('}') {
		r.depth--
		return "", false, nil
	}
	if !comma && seen.marks != 0 {
		return "", false, r.fail("expected a comma or the end of an object")
	}
	if err := r.count(); err != nil {
		return "", false, err
	}
	if r.peek() != '"' {
		return "", false, r.fail("expected a member name")
	}
	from := r.pos + 1
	if name, err = r.str(); err != nil {
		return "", false, err
	}
	if !seen.add(r.text, name, from, r.pos-1) {
		return "", false, r.fail("a member name stands twice")
	}
	if !r.take(':') {
		return "", false, r.fail("expected a colon")
	}
	return name, true, nil
}

func (r *reader) array() error {
	if err := r.enter(); err != nil {
		return err
	}
	for first := true; !r.take(']'); first = false {
		if !first && !r.take(',') {
			return r.fail("expected a comma or the end of an array")
		}
		if err := r.count(); err != nil {
			return err
		}
		if _, err := r.value(); err != nil {
			return err
		}
	}
	r.depth--
	return nil
}

func (r *reader) digits() bool {
	start := r.pos
	for r.pos < len(r.text) && '0' <= r.text[r.pos] && r.text[r.pos] <= '9' {
		r.pos++
	}
	return r.pos > start
}

// at reports whether one of the bytes in set comes next, without skipping
// white space, and consumes it.
func (r *reader) at(set string) bool {
	if r.pos >= len(r.text) {
		return false
	}
	for i := range len(set) {
		if r.text[r.pos] == set[i] {
			r.pos++
			return true
		}
	}
	return false
}

// number checks the grammar of RFC 8259 section 6, and refuses what no reader
// could hold: a magnitude beyond float64, and the negative zero.
func (r *reader) number() error {
	if r.natural() { // as most are
		return nil
	}
	start := r.pos
	negative := r.at("-")
	ok := r.at("0") || r.digits()
	if ok && r.at(".") {
		ok = r.digits()
	}
	short := r.pos-start < 300 // without an exponent that is a finite number
	if ok && r.at("eE") {
		short = false
		r.at("+-")
		ok = r.digits()
	}
	text := r.text[start:r.pos]
	switch {
	case !ok || len(text) > maxString:
		return r.fail("invalid number")
	case short && (!negative || strings.ContainsAny(text, "123456789")):
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Signbit(f) && f == 0 {
		return r.fail("number out of range")
	}
	return nil
}

// natural consumes a number without sign, fraction and exponent, if one of a common
// length comes next.
func (r *reader) natural() bool {
	i := r.pos
	for i < len(r.text) && '0' <= r.text[i] && r.text[i] <= '9' {
		i++
	}
	n := i - r.pos
	if n == 0 || n > 20 || n > 1 && r.text[r.pos] == '0' {
		return false
	}
	if i < len(r.text) && (r.text[i] == '.' || r.text[i]|0x20 == 'e') {
		return false
	}
	r.pos = i
	return true
}

func (r *reader) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if len(r.text)-r.pos >= len(word) && r.text[r.pos:r.pos+len(word)] == word {
			r.pos += len(word)
			return nil
		}
	}
	return r.fail("expected a value")
}

// nameSet finds duplicate names. Objects are small as a rule, so it compares one by
// one at first, and only names that have the same mark; the map is for large objects.
//
// Names are kept as places in the text, for writing pointers takes time while memory
// is being collected.
type nameSet struct {
	marks uint64 // of all names
	n     int
	few   [12]span            // where names stand that have no escapes
	many  map[string]struct{} // all others
}

type span struct{ from, to uint32 }

// add adds the name that stands in a part of the text, and is false if it is known.
func (s *nameSet) add(text, name string, from, to int) bool {
	mark := uint64(1)
	if name != "" {
		mark = 1 << ((int(name[0]) ^ int(name[len(name)-1])<<3 ^ len(name)<<1) & 63)
	}
	if s.marks&mark != 0 && s.has(text, name) {
		return false
	}
	s.marks |= mark
	if s.n < len(s.few) && to-from == len(name) { // an escape is longer than what it says
		s.few[s.n] = span{uint32(from), uint32(to)} //nolint:gosec // see maxInput
		s.n++
		return true
	}
	if s.many == nil {
		s.many = make(map[string]struct{})
	}
	s.many[name] = struct{}{}
	return true
}

func (s *nameSet) has(text, name string) bool {
	for _, known := range s.few[:s.n] {
		if text[known.from:known.to] == name {
			return true
		}
	}
	if s.many == nil {
		return false
	}
	_, known := s.many[name]
	return known
}
