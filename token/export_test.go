package token

import "reflect"

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

// AccountMembers returns the names of the account's members in the payload.
func AccountMembers() []string {
	var names []string
	for f := range reflect.TypeFor[wireAccount]().Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	return names
}
