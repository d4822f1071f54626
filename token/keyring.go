package token

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MaxSecrets is how many secrets a keyring takes. Rotation needs two.
const MaxSecrets = 8

// ErrWeakSecret is matched by the error about a secret that is too easy to
// guess.
var ErrWeakSecret = errors.New("token: weak secret")

// SecretAdvice says how to make a good secret.
const SecretAdvice = "make one with: openssl rand -base64 33"

// The first lines of the labels from which keys are derived. They are part of the
// format.
const (
	labelFormat = "sealedauth v1"
	labelSeal   = "seal" // keys that encrypt
	labelSign   = "sign" // keys that sign
	labelID     = "id"   // ids of secrets
)

// Purpose says what a key is for. Nothing sealed for one purpose opens under
// another, so a cookie that is renamed is worthless.
type Purpose string

// Keyring holds the application's secrets: the first one seals, all of them
// open. To rotate without signing anyone out, append the new secret on every
// instance, then move it to the front, then remove the old one after the
// longest session has ended.
//
// Keys are derived with HKDF-SHA-256 (RFC 5869) for each purpose, cookie name
// and audience, so that one secret may serve several cookies and applications.
// A Keyring is safe for concurrent use.
type Keyring struct {
	audience string
	roots    [][]byte // pseudo-random keys, one for each secret
	base64   *base64Tables
}

// NewKeyring makes a keyring from one to [MaxSecrets] secrets of at least 32
// bytes; see [CheckSecret]. The audience names the application, usually by its
// origin: sessions of an application with another audience do not open here,
// even under the same secret.
func NewKeyring(audience string, secrets ...string) (*Keyring, error) {
	if err := checkSecrets(secrets); err != nil {
		return nil, err
	}
	if strings.ContainsAny(audience, "\r\n") {
		return nil, errors.New("token: audience contains a line break")
	}
	k := &Keyring{audience: audience, base64: newBase64Tables()}
	for _, s := range secrets {
		root, err := hkdf.Extract(sha256.New, []byte(s), nil)
		if err != nil {
			return nil, fmt.Errorf("token: derive key: %w", err)
		}
		k.roots = append(k.roots, root)
	}
	return k, nil
}

// checkSecrets checks a whole list: its length, and each secret in it.
func checkSecrets(secrets []string) error {
	if len(secrets) == 0 {
		return fmt.Errorf("%w: none given; %s", ErrWeakSecret, SecretAdvice)
	}
	if len(secrets) > MaxSecrets {
		return fmt.Errorf("token: %d secrets given, at most %d allowed", len(secrets), MaxSecrets)
	}
	for i, s := range secrets {
		if err := CheckSecret(s); err != nil {
			return fmt.Errorf("secret %d: %w", i+1, err)
		}
	}
	return nil
}

// CheckSecret tells whether a secret is good enough: at least 32 bytes (64
// digits if it is hexadecimal) with at least 16 different ones among them. It
// cannot measure randomness; it catches what was typed by hand.
func CheckSecret(secret string) error {
	material := []byte(secret)
	if raw, err := hex.DecodeString(secret); err == nil {
		material = raw
	}
	if len(material) < 32 {
		return fmt.Errorf("%w: it has %d bytes, 32 are needed; %s", ErrWeakSecret, len(material), SecretAdvice)
	}
	var seen [256]bool
	distinct := 0
	for _, b := range material {
		if !seen[b] {
			seen[b] = true
			distinct++
		}
	}
	if distinct < 16 {
		return fmt.Errorf("%w: it repeats itself; %s", ErrWeakSecret, SecretAdvice)
	}
	return nil
}

// derive returns n bytes, at most 32, of key material for a label. The parts of
// the label are joined by line breaks, which none of them contains. This is
// HKDF-Expand (RFC 5869 section 2.3) with one block, which cannot fail.
func derive(root []byte, n int, parts ...string) []byte {
	return mac(root, strings.Join(append([]string{labelFormat}, parts...), "\n")+"\x01")[:n]
}

// Signer authenticates text that may be read but not forged.
type Signer struct {
	keys [][]byte
	sum  func(key []byte, text string) []byte
}

// Signer returns the signer for a purpose and a cookie name.
func (k *Keyring) Signer(purpose Purpose, name string) *Signer {
	s := &Signer{sum: mac}
	for _, root := range k.roots {
		s.keys = append(s.keys, derive(root, 32, labelSign, string(purpose), name, k.audience))
	}
	return s
}

// Short returns a signer whose signatures are half as long, which RFC 2104
// section 5 allows, for texts in which every byte counts.
func (s *Signer) Short() *Signer {
	half := func(key []byte, text string) []byte {
		sum := s.sum(key, text)
		return sum[:len(sum)/2]
	}
	return &Signer{keys: s.keys, sum: half}
}

// Sign returns the HMAC-SHA-256 of text under the first secret, in lower-case
// hexadecimal digits.
func (s *Signer) Sign(text string) string { return hex.EncodeToString(s.sum(s.keys[0], text)) }

// Verify reports, in constant time for each secret, whether sign is the
// signature of text under any of the secrets.
func (s *Signer) Verify(text, sign string) bool {
	for _, key := range s.keys { // as text, since hexadecimal digits have two spellings
		if hmac.Equal([]byte(hex.EncodeToString(s.sum(key, text))), []byte(sign)) {
			return true
		}
	}
	return false
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// keyID names a secret for one purpose in six characters. They tell nothing
// about the secret and are the same on every instance.
func (k *Keyring) keyID(root []byte, purpose Purpose, name string) string {
	return base64.RawURLEncoding.EncodeToString(derive(root, 6, labelID, string(purpose), name, k.audience))[:idLen]
}
