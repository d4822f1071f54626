package claims

import (
	"encoding/json"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// str checks a string and returns what it says. Without escapes that is a part
// of the input and costs nothing.
func (r *reader) str() (string, error) {
	start := r.pos
	r.pos++ // the opening quote
	if r.simple {
		r.pos = quoteAt(r.text, r.pos)
		if r.pos < len(r.text) && r.pos-start < maxString {
			r.pos++
			return r.text[start+1 : r.pos-1], nil
		}
	}
	escaped, ascii := false, true
	for {
		r.pos = special(r.text, r.pos)
		switch {
		case r.pos >= len(r.text): // a backslash at the end has gone past it
			r.pos = len(r.text)
			return "", r.fail("string without an end")
		case r.text[r.pos] == '"':
			return r.closeString(start, escaped, ascii)
		case r.text[r.pos] == '\\':
			escaped = true
			r.pos += 2 // whatever follows is judged by closeString
		case r.text[r.pos] < 0x20:
			return "", r.fail("control character in a string")
		default:
			ascii = false
			r.pos++
		}
	}
}

// isSimple reports whether a text is printable ASCII without a backslash, as nearly
// every session is. Then the next quote is the end of a string.
func isSimple(s string) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	var found uint64
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := word(s[i : i+8])
		found |= (x - ones*' ') | x // the high bits of bytes that are too small or too large
	}
	for ; i < len(s); i++ {
		found |= (uint64(s[i]) - ' ') | uint64(s[i])
	}
	return found&highs == 0 && strings.IndexByte(s, '\\') < 0
}

// word returns eight bytes as a number, which is one instruction.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// quoteAt returns where the next quote is in a text of ASCII, or its length. Names and
// most values are short, so it looks at sixteen bytes itself.
func quoteAt(s string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for end := i + 16; i < end && i+8 <= len(s); i += 8 {
		if found := ((word(s[i:i+8]) ^ ones*'"') - ones) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	if n := strings.IndexByte(s[i:], '"'); n >= 0 {
		return i + n
	}
	return len(s)
}

// special returns where the next byte is at or after i that is not plain text within
// a string: a quote, a backslash, a control character or a part of what is not ASCII.
// It looks at eight bytes at a time; most of a session are tokens, in which there is
// none.
func special(s string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		x := word(s[i : i+8])
		// A byte is too small, or becomes zero and then too small, or is too large: then
		// its high bit is set. The subtractions disturb only bytes after the first such one.
		found := ((x - ones*' ') | ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones) | x) & highs
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

func (r *reader) closeString(start int, escaped, ascii bool) (string, error) {
	r.pos++
	quoted := r.text[start:r.pos]
	if len(quoted) > maxString {
		return "", r.fail("string too long")
	}
	if !ascii && !utf8.ValidString(quoted) {
		return "", r.fail("invalid UTF-8")
	}
	if !escaped {
		return quoted[1 : len(quoted)-1], nil
	}
	if loneSurrogate(quoted) {
		return "", r.fail("half a surrogate pair")
	}
	var s string
	if err := json.Unmarshal([]byte(quoted), &s); err != nil {
		return "", r.fail("invalid escape")
	}
	return s, nil
}

// loneSurrogate reports whether an escape names one half of a UTF-16 pair
// without the other. encoding/json would replace it in silence, so that two
// different names could become one.
func loneSurrogate(s string) bool {
	unit := func(i int) int64 {
		if i+6 > len(s) || s[i] != '\\' || s[i+1] != 'u' {
			return 0
		}
		n, _ := strconv.ParseInt(s[i+2:i+6], 16, 32)
		return n
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		switch u := unit(i); {
		case 0xD800 <= u && u < 0xDC00:
			if low := unit(i + 6); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 11
		case 0xDC00 <= u && u < 0xE000:
			return true
		default:
			i++ // the escaped character, which may be a backslash
		}
	}
	return false
}
