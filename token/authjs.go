package token

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Format is a form in which the session stands in the browser's cookies. The
// forms of Auth.js exist so that a session can be shared with applications that
// use it, and so that users can move from one to the other while signed in.
type Format string

// The formats.
const (
	Native    Format = "native"    // the kit's own, see FORMAT.md
	AuthJS    Format = "authjs"    // Auth.js and next-auth v5: dir and A256CBC-HS512
	NextAuth4 Format = "next-auth" // next-auth v4: dir and A256GCM
)

// Foreign reports whether f is one of the formats of Auth.js.
func (f Format) Foreign() bool { return f == AuthJS || f == NextAuth4 }

// CookieName returns the name that Auth.js gives the cookie of a kind, such as
// "session-token", on https or on http.
func (f Format) CookieName(kind string, https bool) string {
	name := string(f) + "." + kind
	switch {
	case !https:
		return name
	case kind == "csrf-token":
		return "__Host-" + name
	}
	return "__Secure-" + name
}

// ChunkSize returns how many bytes of a value Auth.js puts into one cookie; see
// [Jar.ChunkSize].
func (f Format) ChunkSize() int {
	if f == NextAuth4 {
		return 3933
	}
	return 3936
}

// foreignLeeway is how long Auth.js takes a token after its end, since the clock
// of whoever wrote it may be behind.
const foreignLeeway = 15 * time.Second

// foreignKey is a secret's key with what it is for.
type foreignKey struct {
	secret []byte
	enc    jose.ContentEncryption
	named  bool // the header names it
	index  int  // of the secret
}

// foreignSealer seals in one of the forms of Auth.js. Each header that those
// libraries write or accept is known as a text, so what is opened has to have
// exactly one of them.
type foreignSealer struct {
	name string
	uses uses
	keys map[string][]foreignKey // by encoded protected header
	seal jose.Encrypter
}

// newForeignSealer derives the keys of a cookie from secrets that were checked.
// Auth.js takes the cookie's name as salt; next-auth v4 has none for its session
// cookie.
func newForeignSealer(f Format, cookie, salt string, secrets []string) (*foreignSealer, error) {
	s := &foreignSealer{name: cookie, uses: make(uses, len(secrets)), keys: map[string][]foreignKey{}}
	for i, secret := range secrets {
		var err error
		if f == NextAuth4 {
			err = s.addNextAuth4(i, secret, salt)
		} else {
			err = s.addAuthJS(i, secret, salt)
		}
		if err != nil {
			return nil, fmt.Errorf("token: derive key: %w", err)
		}
	}
	return s, nil
}

// addAuthJS adds the keys of a secret in the form of Auth.js: the header names
// the key by its thumbprint (RFC 7638). Without a name it is that of the first
// secret. A256GCM is read, never written, as there.
func (s *foreignSealer) addAuthJS(i int, secret, salt string) error {
	cbc, err := hkdf.Key(sha256.New, []byte(secret), []byte(salt), "Auth.js Generated Encryption Key ("+salt+")", 64)
	if err != nil {
		return err
	}
	gcm := cbc[:32] // the shorter key is the beginning of the longer one
	sum := sha512.Sum512(thumbprintInput(cbc))
	cbcID := base64.RawURLEncoding.EncodeToString(sum[:])
	short := sha256.Sum256(thumbprintInput(gcm))
	gcmID := base64.RawURLEncoding.EncodeToString(short[:])
	s.add(i, jose.A256CBC_HS512, cbcID, cbc)
	s.add(i, jose.A256GCM, gcmID, gcm)
	if i > 0 {
		return nil
	}
	s.add(i, jose.A256CBC_HS512, "", cbc)
	s.add(i, jose.A256GCM, "", gcm)
	s.seal, err = jose.NewEncrypter(jose.A256CBC_HS512, jose.Recipient{Algorithm: jose.DIRECT, Key: cbc},
		new(jose.EncrypterOptions).WithHeader("kid", cbcID))
	return err
}

// addNextAuth4 adds the key of a secret in the form of next-auth v4. Its header
// names no key, so at most two secrets are tried.
func (s *foreignSealer) addNextAuth4(i int, secret, salt string) error {
	if i > 1 {
		return nil
	}
	info := "NextAuth.js Generated Encryption Key"
	if salt != "" {
		info += " (" + salt + ")"
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), []byte(salt), info, 32)
	if err != nil {
		return err
	}
	s.add(i, jose.A256GCM, "", key)
	if i > 0 {
		return nil
	}
	s.seal, err = jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: key}, nil)
	return err
}

func (s *foreignSealer) add(index int, enc jose.ContentEncryption, kid string, secret []byte) {
	head := `{"alg":"dir","enc":"` + string(enc) + `"`
	if kid != "" {
		head += `,"kid":"` + kid + `"`
	}
	head = base64.RawURLEncoding.EncodeToString([]byte(head + "}"))
	s.keys[head] = append(s.keys[head], foreignKey{secret, enc, kid != "", index})
}

// thumbprintInput returns what is hashed to a thumbprint of a symmetric key
// (RFC 7638 section 3.2), which go-jose does not do.
func thumbprintInput(key []byte) []byte {
	return []byte(`{"k":"` + base64.RawURLEncoding.EncodeToString(key) + `","kty":"oct"}`)
}

func (s *foreignSealer) Uses() []uint64 { return s.uses.counts() }

func (s *foreignSealer) Seal(plain []byte) (string, error) {
	return sealWith(s.seal, s.name, plain)
}

func (s *foreignSealer) Open(sealed string) ([]byte, error) {
	if len(sealed) > maxSealed {
		return nil, &OpenError{ReasonSize}
	}
	head, _, _ := strings.Cut(sealed, ".")
	keys := s.keys[head]
	if len(keys) == 0 {
		return nil, &OpenError{foreignHeader(head)}
	}
	want := gcm()
	if keys[0].enc == jose.A256CBC_HS512 {
		want = lengths{22, 43}
	}
	if !canonical(sealed, len(head)+1, want) {
		return nil, &OpenError{ReasonForm}
	}
	for _, key := range keys {
		if plain, err := openWith(key.secret, key.enc, sealed); err == nil {
			s.uses[key.index].Add(1)
			return plain, nil
		}
	}
	if !keys[0].named { // as likely sealed under a secret that is not known here as changed
		return nil, &OpenError{ReasonKey}
	}
	return nil, &OpenError{ReasonSeal}
}

// foreignHeader tells why a header is not one of ours: it names another key, or
// it is of another form.
func foreignHeader(head string) Reason {
	head = head[:min(len(head), 256)]
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err == nil && base64url(head) && (strings.HasPrefix(string(raw), `{"alg":"dir","enc":"A256CBC-HS512","kid":"`) ||
		strings.HasPrefix(string(raw), `{"alg":"dir","enc":"A256GCM","kid":"`)) {
		return ReasonKey
	}
	return ReasonForm
}

// NewForeignSigner returns the signer of the CSRF cookie in the form of Auth.js:
// the SHA-256 of the token followed by the secret, where next-auth v5 joins
// several secrets by commas. It writes what those libraries accept. The secrets
// are those of [NewForeignCodec], which checks them.
//
// It accepts what was signed with one of the secrets, with a part of the list, or
// with the list in another turn. So no page becomes out of date when a secret is
// added at either end or moved from one to the other. One that is removed takes
// with it what was signed while it stood in the list.
func NewForeignSigner(f Format, secrets ...string) *Signer {
	s := &Signer{sum: func(key []byte, text string) []byte {
		sum := sha256.Sum256(append([]byte(text), key...))
		return sum[:]
	}}
	if f == NextAuth4 {
		s.keys = append(s.keys, []byte(secrets[0]))
	}
	for i := range secrets {
		for _, list := range [][]string{slices.Concat(secrets[i:], secrets[:i]), secrets[i:], secrets[:i], secrets[i : i+1]} {
			if len(list) > 0 { // without a secret anybody could sign
				s.keys = append(s.keys, []byte(strings.Join(list, ",")))
			}
		}
	}
	return s
}

// sealWith encrypts with a key, in the one form in which everything is written.
func sealWith(e jose.Encrypter, name string, plain []byte) (string, error) {
	object, err := e.Encrypt(plain)
	if err != nil {
		return "", fmt.Errorf("token: seal: %w", err)
	}
	sealed, err := object.CompactSerialize()
	switch {
	case err != nil:
		return "", fmt.Errorf("token: seal: %w", err)
	case len(sealed) > maxSealed:
		return "", &BudgetError{Cookie: name, Size: len(sealed), Budget: maxSealed}
	}
	return sealed, nil
}

// openWith decrypts a text whose form and key are known to be right.
func openWith(secret []byte, enc jose.ContentEncryption, sealed string) ([]byte, error) {
	object, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{enc})
	if err != nil {
		return nil, &OpenError{ReasonForm}
	}
	plain, err := object.Decrypt(secret)
	if err != nil {
		return nil, &OpenError{ReasonSeal}
	}
	return plain, nil
}
