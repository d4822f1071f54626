package token

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Skew is how far the clocks of two instances may differ: a token may claim to
// have been made this far in the future. The end of a token gets no leeway.
const Skew = time.Minute

// Codec turns tokens into sealed text and back.
type Codec struct {
	sealer interface {
		Seal(plain []byte) (string, error)
		Open(sealed string) ([]byte, error)
		Uses() []uint64
	}
	payload func(*Token) ([]byte, error)
	parse   func([]byte) (*Token, error)
	leeway  time.Duration // after the end of a token
}

// NewCodec returns a codec that seals with s.
func NewCodec(s *Sealer) *Codec { return &Codec{sealer: s, payload: payload, parse: parsePayload} }

// NewForeignCodec returns a codec for the session cookie of Auth.js with this
// full name, under one to [MaxSecrets] secrets that are shared with it: the first
// one seals, all of them open; next-auth v4 names no key, so there only two are
// tried. Secrets are held to [CheckSecret].
func NewForeignCodec(f Format, cookie string, m Members, secrets ...string) (*Codec, error) {
	if !f.Foreign() {
		return nil, fmt.Errorf("token: %q is not a format of Auth.js", f)
	}
	if err := checkSecrets(secrets); err != nil {
		return nil, err
	}
	m = m.complete()
	if err := m.check(); err != nil {
		return nil, err
	}
	return newForeignCodec(f, cookie, m, secrets)
}

// newForeignCodec makes the codec from what was checked.
func newForeignCodec(f Format, cookie string, m Members, secrets []string) (*Codec, error) {
	salt := cookie
	if f == NextAuth4 {
		salt = ""
	}
	s, err := newForeignSealer(f, cookie, salt, secrets)
	if err != nil {
		return nil, err
	}
	return &Codec{sealer: s, payload: m.payload, parse: m.parse, leeway: foreignLeeway}, nil
}

// Uses returns how often each secret has opened a token; see [Sealer.Uses].
func (c *Codec) Uses() []uint64 { return c.sealer.Uses() }

// Seal returns the token as a compact JWE. The token must say when it ends and
// whose it is; nothing that could live for ever is sealed, and nothing that Open
// would refuse. A token that is too large gives a [BudgetError].
func (c *Codec) Seal(t *Token) (string, error) {
	if t.ExpiresAt.IsZero() {
		return "", errors.New("token: not sealed: ExpiresAt is not set")
	}
	if t.Subject == "" || !utf8.ValidString(t.Subject) {
		return "", errors.New("token: not sealed: Subject is empty or not UTF-8; a session needs a stable id of the person")
	}
	plain, err := c.payload(t)
	if err != nil {
		return "", err
	}
	// Too many members, or a time out of range: better no new session than one
	// that ends with the next request.
	if _, err := c.parse(plain); err != nil {
		return "", fmt.Errorf("token: not sealed: it could not be opened again: %w", err)
	}
	sealed, err := c.sealer.Seal(plain)
	var budget *BudgetError
	if errors.As(err, &budget) {
		budget.Parts = Weigh(t)
	}
	return sealed, err
}

// Open returns the token that was sealed, if its time has come and has not
// passed. Its errors are [OpenError]s.
func (c *Codec) Open(sealed string) (*Token, error) {
	plain, err := c.sealer.Open(sealed)
	if err != nil {
		return nil, err
	}
	t, err := c.parse(plain)
	switch {
	case errors.Is(err, errVersion):
		return nil, &OpenError{ReasonVersion}
	case err != nil || t.Subject == "" || t.ExpiresAt.IsZero():
		return nil, &OpenError{ReasonContent}
	}
	now := time.Now()
	switch {
	case !now.Before(t.ExpiresAt.Add(c.leeway)):
		return nil, &OpenError{ReasonExpired}
	case t.IssuedAt.After(now.Add(Skew)), t.NotBefore.After(now.Add(Skew)):
		return nil, &OpenError{ReasonFuture}
	}
	return t, nil
}
