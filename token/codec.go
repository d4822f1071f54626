package token

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
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
	native  *Sealer // the same, of the native format
	deflate *deflate
	payload func(dst []byte, t *Token) ([]byte, error)
	parse   func(text string) (*Token, error)
	leeway  time.Duration // after the end of a token
}

// NewCodec returns a codec that seals with s.
func NewCodec(s *Sealer) *Codec {
	return &Codec{sealer: s, native: s, payload: payload, parse: parsePayload}
}

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
	if c.native == nil {
		return c.sealForeign(t)
	}
	b := c.native.buffer()
	defer c.native.release(b)
	if err := c.sealBuffer(b, t, time.Now()); err != nil {
		return "", err
	}
	return string(b.text), nil
}

// Write is [Codec.Seal] and [Jar.Write] in one, with less work. The cookies end with
// the token.
func (c *Codec) Write(j Jar, response, request http.Header, t *Token) error {
	if c.native == nil {
		sealed, err := c.sealForeign(t)
		if err != nil {
			return err
		}
		return j.Write(response, request, sealed, t.ExpiresAt)
	}
	b := c.native.buffer()
	defer c.native.release(b)
	now := time.Now() // once, as in ReadAt
	if err := c.sealFor(b, j, t, now); err != nil {
		return err
	}
	return j.writeSealed(b, response, request, b.text, t.ExpiresAt, now)
}

// sealFor seals a token into b.text, compressed if that saves a cookie.
func (c *Codec) sealFor(b *buffer, j Jar, t *Token, now time.Time) error {
	if err := c.sealBuffer(b, t, now); err != nil || c.deflate == nil {
		return err
	}
	attributes := len(j.appendAttributes(nil, t.ExpiresAt, now))
	before := j.plan(len(b.text), attributes)
	if before.count == 1 {
		return nil
	}
	plain, err := c.plain(nil, t)
	if err != nil {
		return err
	}
	packed, err := c.deflate.compress(nil, plain)
	if err != nil {
		return err
	}
	key, err := c.native.newestZip(now)
	if err != nil || j.plan(key.sealedSize(len(packed)), attributes).count >= before.count {
		return err
	}
	b.raw = append(b.raw[:0], packed...)
	return c.native.sealUnder(key, b)
}

// sealBuffer seals a token into b.text.
func (c *Codec) sealBuffer(b *buffer, t *Token, now time.Time) error {
	var err error
	if b.raw, err = c.plain(b.raw[:0], t); err != nil {
		return err
	}
	return weighed(c.native.sealBuffer(b, now), t)
}

func (c *Codec) sealForeign(t *Token) (string, error) {
	plain, err := c.plain(nil, t)
	if err != nil {
		return "", err
	}
	sealed, err := c.sealer.Seal(plain)
	return sealed, weighed(err, t)
}

// weighed adds to an error about a budget what a token is made of.
func weighed(err error, t *Token) error {
	if err == nil { // as a rule; errors.As takes memory
		return nil
	}
	var budget *BudgetError
	if errors.As(err, &budget) {
		budget.Parts = Weigh(t)
	}
	return err
}

// plain appends the payload of a token, if it could be opened again.
func (c *Codec) plain(dst []byte, t *Token) ([]byte, error) {
	if t.ExpiresAt.IsZero() {
		return nil, errors.New("token: not sealed: ExpiresAt is not set")
	}
	if t.Subject == "" || !utf8.ValidString(t.Subject) {
		return nil, errors.New("token: not sealed: Subject is empty or not UTF-8; a session needs a stable id of the person")
	}
	dst, err := c.payload(dst, t)
	if err != nil || c.native != nil && plainlyFine(t, dst) {
		return dst, err
	}
	// Too many members, or a time out of range: better no new session than one
	// that ends with the next request.
	if _, err := c.parse(string(dst)); err != nil {
		return nil, fmt.Errorf("token: not sealed: it could not be opened again: %w", err)
	}
	return dst, nil
}

// plainlyFine reports whether a payload can be opened again for sure. Custom claims
// were checked when they were set, so what is left are bounds.
func plainlyFine(t *Token, plain []byte) bool {
	const year5000, manyMembers, fewBytes = 95617584000, 1000, 2 * 1000
	for _, at := range []time.Time{t.ExpiresAt, t.NotBefore, t.IssuedAt, t.AuthTime} {
		if !at.IsZero() && (at.Unix() < 0 || at.Unix() > year5000) {
			return false
		}
	}
	for _, name := range []string{"v", "account", "accounts", "gen"} { // claims of another token that stand where ours do
		if _, ok := t.Raw(name); ok {
			return false
		}
	}
	if len(plain) > maxSealed {
		return false
	}
	long := len(t.Account.AccessToken.Reveal()) + len(t.Account.RefreshToken.Reveal())
	if len(plain)-long < fewBytes { // the rest has no room for so many, two bytes being the least
		return true
	}
	most := 0
	for _, mark := range []string{",", "{", "["} { // each member comes after one
		most += bytes.Count(plain, []byte(mark))
	}
	return most < manyMembers
}

// Open returns the token that was sealed, if its time has come and has not
// passed. Its errors are [OpenError]s.
func (c *Codec) Open(sealed string) (*Token, error) {
	if c.native == nil {
		return c.openForeign(sealed, time.Now())
	}
	b := c.native.buffer()
	defer c.native.release(b)
	b.text = append(b.text, sealed[:min(len(sealed), maxSealed+1)]...)
	return c.openBuffer(b, time.Now())
}

// Read is [Jar.Read] and [Codec.Open] in one, with less work.
func (c *Codec) Read(j Jar, request http.Header) (*Token, error) {
	return c.ReadAt(time.Now(), j, request)
}

// ReadAt is [Codec.Read] for who has just looked at the clock. That takes as long as
// the decryption of a short session, so one look has to do for a request.
func (c *Codec) ReadAt(now time.Time, j Jar, request http.Header) (*Token, error) {
	if c.native == nil {
		sealed, err := j.Read(request)
		if err != nil {
			return nil, err
		}
		return c.openForeign(sealed, now)
	}
	b := c.native.buffer()
	defer c.native.release(b)
	var err error
	if b.text, err = j.read(b.text, request); err != nil {
		return nil, err
	}
	return c.openBuffer(b, now)
}

func (c *Codec) openForeign(sealed string, now time.Time) (*Token, error) {
	plain, err := c.sealer.Open(sealed)
	if err != nil {
		return nil, err
	}
	t, err := c.parse(string(plain))
	return c.check(t, err, now)
}

func (c *Codec) openBuffer(b *buffer, now time.Time) (*Token, error) {
	plain, zip, err := c.native.openBuffer(b, now)
	if err != nil {
		return nil, err
	}
	text := ""
	if zip {
		if text, err = c.deflate.decompress(plain); err != nil {
			return nil, &OpenError{ReasonContent}
		}
	} else {
		text = string(plain)
	}
	t, err := c.parse(text)
	return c.check(t, err, now)
}

// check tells whether what was read is a token whose time has come and has not passed.
// Its times are whole seconds.
func (c *Codec) check(t *Token, err error, now time.Time) (*Token, error) {
	switch {
	case errors.Is(err, errVersion):
		return nil, &OpenError{ReasonVersion}
	case err != nil || t.Subject == "" || t.ExpiresAt.IsZero():
		return nil, &OpenError{ReasonContent}
	}
	at := now.Unix()
	switch latest := at + int64(Skew/time.Second); {
	case at >= t.ExpiresAt.Unix()+int64(c.leeway/time.Second):
		return nil, &OpenError{ReasonExpired}
	case t.IssuedAt.Unix() > latest, t.NotBefore.Unix() > latest: // one that is not set is long ago
		return nil, &OpenError{ReasonFuture}
	}
	return t, nil
}
