package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// This file writes and reads compact JWEs with dir and A256GCM (RFC 7516) on the
// standard library alone, because a session is opened on every request. What makes
// that short is that each key has one protected header, a constant text, which names
// the key, is compared as it is, and is what is authenticated beside the ciphertext:
//
//	header . . nonce . ciphertext . tag
//
// go-jose reads what is written here, and tests hold both against each other.

const (
	nonceSize, tagSize = 12, 16 // bytes
	nonceText, tagText = 16, 22 // the same in base64url
)

// direct is a key with its header.
type direct struct {
	header []byte // as it stands in the text
	aead   cipher.AEAD
	base64 *base64Tables
}

func newDirect(header string, key []byte, tables *base64Tables) (direct, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return direct{}, fmt.Errorf("token: key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return direct{}, fmt.Errorf("token: key: %w", err)
	}
	return direct{[]byte(header), aead, tables}, nil
}

// sealedSize returns how long the text for a plaintext of n bytes is.
func (d direct) sealedSize(n int) int {
	return len(d.header) + len("..") + nonceText + len(".") + base64.RawURLEncoding.EncodedLen(n) + len(".") + tagText
}

// seal appends the text for a plaintext. The plaintext is in b.raw, which is used up.
func (d direct) seal(dst []byte, b *buffer) []byte {
	plain := len(b.raw)
	b.raw = append(b.raw, make([]byte, tagSize+nonceSize)...)
	nonce := b.raw[plain+tagSize:]
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	d.aead.Seal(b.raw[:0], nonce, b.raw[:plain], d.header)
	dst = append(append(dst, d.header...), ".."...)
	dst = d.base64.appendEncode(dst, nonce)
	dst = d.base64.appendEncode(append(dst, '.'), b.raw[:plain])
	return d.base64.appendEncode(append(dst, '.'), b.raw[plain:plain+tagSize])
}

// open decrypts a text that begins with the header of this key, into b.raw. It accepts
// the one spelling that seal has for these bytes.
func (d direct) open(sealed []byte, b *buffer) ([]byte, Reason) {
	rest := sealed[len(d.header):]
	if len(rest) < len("..")+nonceText+len("..")+tagText {
		return nil, ReasonForm
	}
	nonce, rest := rest[2:2+nonceText], rest[2+nonceText:]
	text, tag := rest[1:len(rest)-1-tagText], rest[len(rest)-tagText:]
	if rest[0] != '.' || rest[len(rest)-1-tagText] != '.' || sealed[len(d.header)] != '.' || sealed[len(d.header)+1] != '.' {
		return nil, ReasonForm
	}
	b.raw = b.raw[:0]
	for _, part := range [...][]byte{nonce, text, tag} {
		var ok bool
		if b.raw, ok = d.base64.appendDecode(b.raw, part); !ok {
			return nil, ReasonForm
		}
	}
	plain, err := d.aead.Open(b.raw[nonceSize:nonceSize], b.raw[:nonceSize], b.raw[nonceSize:], d.header)
	if err != nil {
		return nil, ReasonSeal
	}
	return plain, ""
}

// buffer is memory that is used again: for a text, and for the bytes that it stands
// for.
type buffer struct{ text, raw []byte }

// wipe makes a buffer ready for the next text, without a trace of this one.
func (b *buffer) wipe() {
	clear(b.text)
	clear(b.raw)
	b.text, b.raw = b.text[:0], b.raw[:0]
}
