package token

import (
	"encoding/base64"
	"encoding/hex"
	"reflect"
)

// What the tests outside the package need to know of its inside.
const (
	MaxSealed = maxSealed
	MaxDays   = maxDays
	MaxLine   = maxLine
	MaxChunks = maxChunks
)

// Labels are the fixed lines of the labels of key derivation.
func Labels() []string { return []string{labelFormat, labelSeal, labelSign, labelID} }

// Derive derives key material under the first secret.
func (k *Keyring) Derive(n int, parts ...string) []byte { return derive(k.roots[0], n, parts...) }

// Keys returns how many keys the sealer has derived and keeps.
func (s *Sealer) Keys() int { return len(*s.keys.Load()) }

// ForeignSealer is the sealer of a cookie of Auth.js.
type ForeignSealer = foreignSealer

// NewForeignSealer returns one for any salt. Its secrets are not checked, since
// those of published vectors are weak.
func NewForeignSealer(f Format, salt string, secrets ...string) (*ForeignSealer, error) {
	return newForeignSealer(f, "a cookie", salt, secrets)
}

// NewUncheckedCodec is NewForeignCodec for secrets that are too weak for it.
func NewUncheckedCodec(f Format, cookie string, secrets ...string) (*Codec, error) {
	return newForeignCodec(f, cookie, Members{}.complete(), secrets)
}

// Keys returns the keys that are tried for each header, in hexadecimal digits.
func (s *foreignSealer) Keys() map[string][]string {
	keys := map[string][]string{}
	for head, list := range s.keys {
		header, err := base64.RawURLEncoding.Strict().DecodeString(head)
		if err != nil {
			panic(err)
		}
		for _, k := range list {
			keys[string(header)] = append(keys[string(header)], hex.EncodeToString(k.secret))
		}
	}
	return keys
}

// AccountMembers returns the names of the account's members in the payload.
func AccountMembers() []string {
	var names []string
	for f := range reflect.TypeFor[wireAccount]().Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	return names
}

// Base64 is how sealed texts are written and read.
type Base64 = base64Tables

// NewBase64 returns one.
func NewBase64() *Base64 { return newBase64Tables() }

// Encode appends the text for the bytes of src.
func (t *base64Tables) Encode(dst, src []byte) []byte { return t.appendEncode(dst, src) }

// Decode appends the bytes of a text, if it is the one spelling of them.
func (t *base64Tables) Decode(dst, text []byte) ([]byte, bool) { return t.appendDecode(dst, text) }
