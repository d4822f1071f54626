// Package token makes and reads the session token: an encrypted JWT that lives
// in the browser's cookies and nowhere else.
//
// A [Token] is claims about a person plus their [Account] at the provider. On
// its way into a cookie it passes three hands, each of which can be used alone:
//
//	Codec   Token to JSON and back, with its expiry checked
//	Sealer  bytes to a compact JWE and back, with the key that the kid names
//	Jar     text to cookies and back, in chunks if one cookie cannot hold it
//
// The keys come from a [Keyring], which derives them from the application's
// secrets: one key for each purpose, secret and day. The format is published in
// FORMAT.md beside this file, with test vectors, and does not change within a
// major version.
//
// Text that should never be seen, such as an access token, is a [Secret], which
// prints as "[redacted]" everywhere until [Secret.Reveal] is called.
package token
