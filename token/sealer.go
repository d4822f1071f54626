package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ErrOpen is matched by every error of opening. To the outside they are all the
// same; [OpenError] tells the reason for logs and metrics.
var ErrOpen = errors.New("token: cannot be opened")

// Reason is why something did not open. It is safe to log.
type Reason string

// The reasons for which something does not open.
const (
	ReasonSize    Reason = "size"    // longer than anything this kit writes
	ReasonForm    Reason = "form"    // not the canonical form of this format
	ReasonKey     Reason = "key"     // sealed under a secret that is not in the keyring, or on a day too far off
	ReasonSeal    Reason = "seal"    // changed, or cut, or from another application
	ReasonContent Reason = "content" // opened, but what it says is not valid
	ReasonVersion Reason = "version" // written by another version of the format
	ReasonExpired Reason = "expired" // its time has passed
	ReasonFuture  Reason = "future"  // made in the future: a clock is wrong
)

// OpenError tells why something did not open. It matches [ErrOpen].
type OpenError struct{ Reason Reason }

// Error returns the text of [ErrOpen] with the reason.
func (e *OpenError) Error() string { return ErrOpen.Error() + ": " + string(e.Reason) }

// Unwrap returns [ErrOpen].
func (e *OpenError) Unwrap() error { return ErrOpen }

const (
	maxSealed = 48 << 10 // bytes of one sealed text
	maxDays   = 400      // how old a key may be; browsers keep no cookie longer
	secsInDay = 24 * 60 * 60

	idLen     = 6  // base64url characters that name a secret
	maxHeader = 96 // characters of a header
)

// Sealer encrypts and authenticates bytes for one purpose and cookie name. The
// result is a compact JWE (RFC 7516) with dir and A256GCM, and is also a valid
// cookie value.
//
// Each day has its own key, so that a key never seals so often that random
// 96-bit nonces could repeat (NIST SP 800-38D section 8.3 allows 2^32 times:
// 49,000 a second, all day).
//
// A Sealer is safe for concurrent use.
type Sealer struct {
	ring    *Keyring
	purpose Purpose
	name    string
	ids     []string // key id of each secret
	uses    uses
	keys    atomic.Pointer[map[string]*dayKey] // by header
	first   atomic.Pointer[dayKey]             // the one that seals
	buffers sync.Pool

	inflates bool // headers that say zip are known; see NewCompressingCodec
}

// dayKey is one secret's key for one day.
type dayKey struct {
	direct
	day   int64
	index int  // of the secret
	zip   bool // what it seals is compressed
}

// uses counts how often each secret has opened something.
type uses []atomic.Uint64

func (u uses) counts() []uint64 {
	counts := make([]uint64, len(u))
	for i := range u {
		counts[i] = u[i].Load()
	}
	return counts
}

// Uses returns how often each secret has opened something, in the order of the
// keyring: a secret that is not the first and has opened nothing for as long as a
// session lives can go.
func (s *Sealer) Uses() []uint64 { return s.uses.counts() }

// Sealer returns the sealer for a purpose and a cookie name.
func (k *Keyring) Sealer(purpose Purpose, name string) *Sealer {
	s := &Sealer{ring: k, purpose: purpose, name: name}
	for _, root := range k.roots {
		s.ids = append(s.ids, k.keyID(root, purpose, name))
	}
	s.uses = make(uses, len(k.roots))
	s.keys.Store(&map[string]*dayKey{})
	return s
}

func dayOf(now time.Time) int64 { return now.Unix() / secsInDay }

func today() int64 { return dayOf(time.Now()) }

// current reports whether the keys of a day are in use: today's, those of the
// days before, and tomorrow's, for the clock of another instance may be ahead.
func current(day int64) bool {
	now := today()
	return now-maxDays <= day && day <= now+1
}

// header returns the protected header of a key, in the only form in which it
// is written and accepted.
func header(id string, day int64, zip bool) string {
	end := `"}`
	if zip {
		end = zipEnd
	}
	return base64.RawURLEncoding.EncodeToString(
		fmt.Appendf(nil, `{"alg":"dir","enc":"A256GCM","kid":"%s.%d%s`, id, day, end))
}

// zipEnd is how the header of what is compressed ends.
const zipEnd = `","zip":"DEF"}`

// Seal encrypts plain under the first secret and today's key. What would be too
// long to be opened again gives a [BudgetError].
func (s *Sealer) Seal(plain []byte) (string, error) {
	b := s.buffer()
	defer s.release(b)
	b.raw = append(b.raw, plain...)
	if err := s.sealBuffer(b, time.Now()); err != nil {
		return "", err
	}
	return string(b.text), nil
}

// sealBuffer seals what is in b.raw into b.text.
func (s *Sealer) sealBuffer(b *buffer, now time.Time) error {
	key, err := s.newest(now)
	if err != nil {
		return err
	}
	return s.sealUnder(key, b)
}

func (s *Sealer) sealUnder(key *dayKey, b *buffer) error {
	if size := key.sealedSize(len(b.raw)); size > maxSealed {
		return &BudgetError{Cookie: s.name, Size: size, Budget: maxSealed}
	}
	b.text = key.seal(b.text[:0], b)
	return nil
}

// newest returns today's key of the first secret.
func (s *Sealer) newest(now time.Time) (*dayKey, error) {
	day := dayOf(now)
	if key := s.first.Load(); key != nil && key.day == day {
		return key, nil
	}
	key, err := s.key(header(s.ids[0], day, false), 0, day, false)
	if err == nil {
		s.first.Store(key)
	}
	return key, err
}

// newestZip is newest for what is compressed.
func (s *Sealer) newestZip(now time.Time) (*dayKey, error) {
	day := dayOf(now)
	return s.key(header(s.ids[0], day, true), 0, day, true)
}

func (s *Sealer) buffer() *buffer {
	if b, ok := s.buffers.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

func (s *Sealer) release(b *buffer) {
	b.wipe()
	s.buffers.Put(b)
}

// Open decrypts what Seal returned under any of the secrets. Its errors are
// [OpenError]s.
//
// Exactly one text opens to each sealing: other spellings that a JWE library
// would accept are refused, and nothing is decoded or decrypted before size,
// form and key are known to be right.
func (s *Sealer) Open(sealed string) ([]byte, error) {
	if len(sealed) > maxSealed {
		return nil, &OpenError{ReasonSize}
	}
	if key, why := find(s, sealed); key == nil { // before anything is copied
		return nil, &OpenError{why}
	}
	b := s.buffer()
	defer s.release(b)
	b.text = append(b.text, sealed...)
	plain, _, err := s.openBuffer(b, time.Now())
	return bytes.Clone(plain), err
}

// openBuffer opens the text in b, and tells whether what it returns, which is in b as
// well, is compressed.
func (s *Sealer) openBuffer(b *buffer, now time.Time) (plain []byte, zip bool, err error) {
	if len(b.text) > maxSealed {
		return nil, false, &OpenError{ReasonSize}
	}
	var why Reason
	key := s.first.Load()
	if key == nil || key.day != dayOf(now) || !bytes.HasPrefix(b.text, key.header) { // else it is most likely that one
		if key, why = find(s, b.text); key == nil {
			return nil, false, &OpenError{why}
		}
	}
	if plain, why = key.open(b.text, b); why != "" {
		return nil, false, &OpenError{why}
	}
	s.uses[key.index].Add(1)
	return plain, key.zip, nil
}

// find returns the key that a text names, or why there is none. Headers that were
// seen before are a map lookup.
func find[T text](s *Sealer, sealed T) (*dayKey, Reason) {
	end := headerEnd(sealed)
	if key, ok := (*s.keys.Load())[string(sealed[:end])]; ok && current(key.day) {
		if key.index == 0 && !key.zip && key.day == today() {
			s.first.Store(key)
		}
		return key, ""
	}
	head := string(sealed[:end])
	id, day, zip, ok := parseHeader(head)
	if !ok || zip && !s.inflates || end > maxHeader || !canonical(sealed, end+1, gcm()) {
		return nil, ReasonForm
	}
	i := slices.Index(s.ids, id)
	if i < 0 || !current(day) {
		return nil, ReasonKey
	}
	key, err := s.key(head, i, day, zip)
	if err != nil {
		return nil, ReasonKey
	}
	return key, ""
}

// headerEnd returns where the first dot is, or where it would be too late for one.
func headerEnd[T text](sealed T) int {
	end := 0
	for end < len(sealed) && end <= maxHeader && sealed[end] != '.' {
		end++
	}
	return end
}

// parseHeader reads what [header] returned, and nothing else.
func parseHeader(head string) (id string, day int64, zip, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return "", 0, false, false
	}
	kid, _ := strings.CutPrefix(string(raw), `{"alg":"dir","enc":"A256GCM","kid":"`)
	kid, zip = strings.CutSuffix(kid, zipEnd)
	if !zip {
		kid, _ = strings.CutSuffix(kid, `"}`)
	}
	id, number, _ := strings.Cut(kid, ".")
	day, err = strconv.ParseInt(number, 10, 64)
	return id, day, zip, err == nil && len(id) == idLen && header(id, day, zip) == head
}

// key returns the key of a secret and a day, deriving it on first use. The map
// is replaced, not changed, so that readers need no lock; it holds the current
// days of each secret at most.
func (s *Sealer) key(head string, secret int, day int64, zip bool) (*dayKey, error) {
	if key, ok := (*s.keys.Load())[head]; ok {
		return key, nil
	}
	made, err := newDirect(head, derive(s.ring.roots[secret], 32,
		labelSeal, string(s.purpose), s.name, s.ring.audience, strconv.FormatInt(day, 10)), s.ring.base64)
	if err != nil {
		return nil, err
	}
	key := &dayKey{direct: made, day: day, index: secret, zip: zip}
	for {
		old := s.keys.Load()
		next := maps.Clone(*old)
		maps.DeleteFunc(next, func(_ string, k *dayKey) bool { return !current(k.day) })
		next[head] = key
		if s.keys.CompareAndSwap(old, &next) {
			return key, nil
		}
	}
}
