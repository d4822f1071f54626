package token

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// base64Tables write and read base64url without padding in less than half of the time
// that encoding/base64 takes, for which that was the largest part of opening a long
// session, and of sealing any. Tests hold both against each other.
type base64Tables struct {
	pairs  [1 << 12]uint16 // the two characters of twelve bits
	places [4][256]uint32  // what a character stands for at each place of four, or foreign
}

// foreign marks what is not in the alphabet. It is above the 24 bits of four characters.
const foreign = 1 << 24

func newBase64Tables() *base64Tables {
	t := new(base64Tables)
	for i := range t.pairs {
		t.pairs[i] = uint16(alphabet[i>>6])<<8 | uint16(alphabet[i&63])
	}
	for place := range t.places {
		for c := range t.places[place] {
			t.places[place][c] = foreign
		}
		for value, c := range []byte(alphabet) {
			t.places[place][c] = uint32(value) << (18 - 6*place)
		}
	}
	return t
}

// alphabet is that of base64url (RFC 4648 section 5).
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// appendEncode appends the text for the bytes of src.
func (t *base64Tables) appendEncode(dst, src []byte) []byte {
	n, size := len(dst), base64.RawURLEncoding.EncodedLen(len(src))
	dst = slices.Grow(dst, size)[:n+size]
	for ; len(src) >= 8; src = src[6:] { // eight are read for six
		x := binary.BigEndian.Uint64(src)
		high, low := t.four(x>>40), t.four(x>>16&0xffffff)
		binary.BigEndian.PutUint64(dst[n:n+8], high<<32|low)
		n += 8
	}
	for ; len(src) >= 3; src = src[3:] {
		x := t.four(uint64(src[0])<<16 | uint64(src[1])<<8 | uint64(src[2]))
		binary.BigEndian.PutUint32(dst[n:n+4], uint32(x)) //nolint:gosec // four bytes
		n += 4
	}
	if len(src) > 0 {
		base64.RawURLEncoding.Encode(dst[n:], src)
	}
	return dst
}

// four returns the characters of 24 bits.
func (t *base64Tables) four(x uint64) uint64 {
	return uint64(t.pairs[x>>12&0xfff])<<16 | uint64(t.pairs[x&0xfff])
}

// appendDecode appends the bytes of a text. There is one spelling of them: nothing is
// skipped, and no bits are left over at the end.
func (t *base64Tables) appendDecode(dst, text []byte) ([]byte, bool) {
	n := len(dst)
	dst = slices.Grow(dst, base64.RawURLEncoding.DecodedLen(len(text))+2)
	dst = dst[:cap(dst)]
	var found uint32
	for ; len(text) >= 8; text = text[8:] {
		a, b := t.bits(text[:4]), t.bits(text[4:8])
		binary.BigEndian.PutUint64(dst[n:n+8], uint64(a)<<40|uint64(b)<<16) // eight are written for six
		found |= a | b
		n += 6
	}
	if len(text) >= 4 {
		a := t.bits(text)
		dst[n], dst[n+1], dst[n+2] = byte(a>>16&0xff), byte(a>>8&0xff), byte(a&0xff)
		found |= a
		n, text = n+3, text[4:]
	}
	if found&foreign != 0 {
		return dst[:n], false
	}
	return t.appendLast(dst[:n], text)
}

// appendLast is appendDecode for less than four characters.
func (t *base64Tables) appendLast(dst, text []byte) ([]byte, bool) {
	switch len(text) {
	case 0:
		return dst, true
	case 2:
		x := t.places[0][text[0]] | t.places[1][text[1]]
		return append(dst, byte(x>>16&0xff)), x&(foreign|0xffff) == 0
	case 3:
		x := t.places[0][text[0]] | t.places[1][text[1]] | t.places[2][text[2]]
		return append(dst, byte(x>>16&0xff), byte(x>>8&0xff)), x&(foreign|0xff) == 0
	}
	return dst, false
}

// bits returns the 24 bits of the four characters that a text begins with.
func (t *base64Tables) bits(text []byte) uint32 {
	_ = text[3]
	return t.places[0][text[0]] | t.places[1][text[1]] | t.places[2][text[2]] | t.places[3][text[3]]
}
