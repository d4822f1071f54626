package contender

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

var errLimit = errors.New("not a token")

// limit (8b) is what the standard library alone can do: a JWE whose header is a
// constant, an AEAD made once, everything in memory that is used again, and
// encoding/json.
type limit struct {
	plain
	*sealing
}

func newLimit() (Codec, error) {
	s, err := newSealing()
	return limit{plain{}, s}, err
}

func (l limit) Encode(response, _ http.Header, own any) error {
	raw, err := json.Marshal(own)
	if err != nil {
		return err
	}
	l.write(response, raw)
	return nil
}

func (l limit) Decode(r *http.Request) (any, error) {
	b := l.memory.Get().(*memory)
	defer l.memory.Put(b)
	raw, err := l.open(b, r)
	if err != nil {
		return nil, err
	}
	s := new(Session)
	return s, json.Unmarshal(raw, s)
}

// floor (8a) is the same without JSON: it returns an empty session, and writes one
// that was made into JSON before.
type floor struct{ *sealing }

func newFloor() (Codec, error) {
	s, err := newSealing()
	return floor{s}, err
}

type floorSession struct {
	raw []byte
	Session
}

func (floor) Prepare(s *Session) (any, error) {
	raw, err := json.Marshal(s)
	return &floorSession{raw, *s}, err
}

// Content is nothing that Decode could return.
func (floor) Content(any) (*Session, error) { return nil, errors.ErrUnsupported }

func (f floor) Encode(response, _ http.Header, own any) error {
	f.write(response, own.(*floorSession).raw)
	return nil
}

func (f floor) Decode(r *http.Request) (any, error) {
	b := f.memory.Get().(*memory)
	defer f.memory.Put(b)
	if _, err := f.open(b, r); err != nil {
		return nil, err
	}
	return new(Session), nil
}

// sealing is the envelope of both.
type sealing struct {
	header []byte
	aead   cipher.AEAD
	memory sync.Pool
}

type memory struct{ text, raw, nonce []byte }

func newSealing() (*sealing, error) {
	block, err := aes.NewCipher(secret())
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM","typ":"JWT"}`))
	return &sealing{header: []byte(header), aead: aead, memory: sync.Pool{New: func() any { return &memory{nonce: make([]byte, 12)} }}}, err
}

func (s *sealing) write(response http.Header, raw []byte) {
	const attributes = "; Path=/; Max-Age=28800; HttpOnly; Secure; SameSite=Lax"
	b := s.memory.Get().(*memory)
	defer s.memory.Put(b)
	_, _ = rand.Read(b.nonce)
	b.raw = s.aead.Seal(b.raw[:0], b.nonce, raw, s.header)
	cut := len(b.raw) - 16
	value := append(append(b.text[:0], s.header...), ".."...)
	value = append(base64.RawURLEncoding.AppendEncode(value, b.nonce), '.')
	value = append(base64.RawURLEncoding.AppendEncode(value, b.raw[:cut]), '.')
	value = base64.RawURLEncoding.AppendEncode(value, b.raw[cut:])
	b.text = value
	lines := response["Set-Cookie"]
	for i, line := 0, b.raw[:0]; len(value) > 0; i++ {
		n := min(len(value), chunkSize)
		line = append(line[:0], cookieName...)
		if i > 0 || n < len(value) {
			line = strconv.AppendInt(append(line, '.'), int64(i), 10)
		}
		line = append(append(append(line, '='), value[:n]...), attributes...)
		lines, value, b.raw = append(lines, string(line)), value[n:], line
	}
	response["Set-Cookie"] = lines
}

func (s *sealing) open(b *memory, r *http.Request) ([]byte, error) {
	b.text = b.text[:0]
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, "; ") {
			if rest, ok := strings.CutPrefix(pair, cookieName); ok {
				_, value, _ := strings.Cut(rest, "=")
				b.text = append(b.text, value...)
			}
		}
	}
	head := len(s.header) + len("..")
	if len(b.text) < head+16+24 || !bytes.HasPrefix(b.text, s.header) {
		return nil, errLimit
	}
	cut := len(b.text) - 22
	strict := base64.RawURLEncoding.Strict()
	var e1, e2, e3 error
	b.raw, e1 = strict.AppendDecode(b.raw[:0], b.text[head:head+16])
	b.raw, e2 = strict.AppendDecode(b.raw, b.text[head+17:cut-1])
	b.raw, e3 = strict.AppendDecode(b.raw, b.text[cut:])
	if e1 != nil || e2 != nil || e3 != nil {
		return nil, errLimit
	}
	return s.aead.Open(b.raw[12:12], b.raw[:12], b.raw[12:], s.header)
}
