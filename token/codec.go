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
type Codec struct{ sealer *Sealer }

// NewCodec returns a codec that seals with s.
func NewCodec(s *Sealer) *Codec { return &Codec{s} }

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
	plain, err := payload(t)
	if err != nil {
		return "", err
	}
	// Too many members, or a time out of range: better no new session than one
	// that ends with the next request.
	if _, err := parsePayload(plain); err != nil {
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
	t, err := parsePayload(plain)
	switch {
	case errors.Is(err, errVersion):
		return nil, &OpenError{ReasonVersion}
	case err != nil || t.Subject == "" || t.ExpiresAt.IsZero():
		return nil, &OpenError{ReasonContent}
	}
	now := time.Now()
	switch {
	case !now.Before(t.ExpiresAt):
		return nil, &OpenError{ReasonExpired}
	case t.IssuedAt.After(now.Add(Skew)), t.NotBefore.After(now.Add(Skew)):
		return nil, &OpenError{ReasonFuture}
	}
	return t, nil
}
