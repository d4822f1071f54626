package token_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/sealedauth/auth/token"
)

// reference is the format as FORMAT.md describes it, written once more with
// nothing but the standard library, to test the package against and to make
// texts that the package itself would never write.
type reference struct{ secret, audience, purpose, cookie string }

var b64 = base64.RawURLEncoding

// label returns the info of HKDF.
func (r reference) label(kind string, more ...string) string {
	return strings.Join(append([]string{"sealedauth v1", kind, r.purpose, r.cookie, r.audience}, more...), "\n")
}

// material returns n bytes of HKDF-SHA-256 with an empty salt.
func (r reference) material(label string, n int) []byte {
	return must(hkdf.Key(sha256.New, []byte(r.secret), nil, label, n))
}

func (r reference) kid(day int64) string {
	return b64.EncodeToString(r.material(r.label("id"), 6))[:6] + "." + strconv.FormatInt(day, 10)
}

func (r reference) key(day int64) []byte {
	return r.material(r.label("seal", strconv.FormatInt(day, 10)), 32)
}

func (r reference) header(day int64) string {
	return `{"alg":"dir","enc":"A256GCM","kid":"` + r.kid(day) + `"}`
}

func (r reference) seal(day int64, nonce, plain []byte) string {
	return sealRaw(must(cipher.NewGCM(block(r.key(day)))), r.header(day), nonce, plain)
}

// sealRaw seals under any header, correctly for its key.
func sealRaw(aead cipher.AEAD, header string, nonce, plain []byte) string {
	head := b64.EncodeToString([]byte(header))
	out := aead.Seal(nil, nonce, plain, []byte(head))
	text, tag := out[:len(plain)], out[len(plain):]
	return strings.Join([]string{head, "", b64.EncodeToString(nonce), b64.EncodeToString(text), b64.EncodeToString(tag)}, ".")
}

var sealedForm = regexp.MustCompile(`\A([\w-]+)\.\.([\w-]{16})\.([\w-]*)\.([\w-]{22})\z`)

// open reads what seal wrote, whatever its day.
func (r reference) open(sealed string) (day int64, nonce, plain []byte, err error) {
	parts := sealedForm.FindStringSubmatch(sealed)
	if parts == nil {
		return 0, nil, nil, fmt.Errorf("form")
	}
	strict := b64.Strict()
	header, err := strict.DecodeString(parts[1])
	if err != nil {
		return 0, nil, nil, err
	}
	_, number, _ := strings.Cut(strings.TrimSuffix(string(header), `"}`), ".")
	day, err = strconv.ParseInt(number, 10, 64)
	if err != nil || r.header(day) != string(header) {
		return 0, nil, nil, fmt.Errorf("header %s", header)
	}
	nonce, err = strict.DecodeString(parts[2])
	if err != nil {
		return 0, nil, nil, err
	}
	text, err := strict.DecodeString(parts[3])
	if err != nil {
		return 0, nil, nil, err
	}
	tag, err := strict.DecodeString(parts[4])
	if err != nil {
		return 0, nil, nil, err
	}
	plain, err = must(cipher.NewGCM(block(r.key(day)))).Open(nil, nonce, append(text, tag...), []byte(parts[1]))
	return day, nonce, plain, err
}

// sign returns the signature of text.
func (r reference) sign(text string) string {
	h := hmac.New(sha256.New, r.material(r.label("sign"), 32))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// chunk spreads a value over cookies, n bytes in each.
func chunk(cookie, set, value string, n int) []string {
	count := (len(value) + n - 1) / n
	var pairs []string
	for i := range count {
		name := cookie
		if i > 0 {
			name += "." + strconv.Itoa(i)
		}
		part := value[i*n : min(len(value), (i+1)*n)]
		pairs = append(pairs, fmt.Sprintf("%s=%d.%s.%s", name, count, set, part))
	}
	return pairs
}

func block(key []byte) cipher.Block { return must(aes.NewCipher(key)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// foreignReference is a form of Auth.js, written once more.
type foreignReference struct {
	format       token.Format
	secret, salt string
}

func (r foreignReference) cbc() bool { return r.format == token.AuthJS }

func (r foreignReference) key() []byte {
	info, n := "NextAuth.js Generated Encryption Key", 32
	if r.cbc() {
		info, n = "Auth.js Generated Encryption Key", 64
	}
	if r.cbc() || r.salt != "" {
		info += " (" + r.salt + ")"
	}
	return must(hkdf.Key(sha256.New, []byte(r.secret), []byte(r.salt), info, n))
}

func (r foreignReference) kid() string {
	sum := sha512.Sum512([]byte(`{"k":"` + b64.EncodeToString(r.key()) + `","kty":"oct"}`))
	return b64.EncodeToString(sum[:])
}

func (r foreignReference) header() string {
	if r.cbc() {
		return `{"alg":"dir","enc":"A256CBC-HS512","kid":"` + r.kid() + `"}`
	}
	return `{"alg":"dir","enc":"A256GCM"}`
}

// iv returns a nonce of the right length.
func (r foreignReference) iv() []byte {
	if r.cbc() {
		return []byte("sixteen bytes iv")
	}
	return nonce
}

func (r foreignReference) seal(plain string) string {
	return r.sealRaw(r.header(), r.iv(), []byte(plain))
}

// sealRaw seals under any header, correctly for the key.
func (r foreignReference) sealRaw(header string, iv, plain []byte) string {
	if r.cbc() {
		return sealCBC(r.key(), header, iv, plain)
	}
	return sealRaw(must(cipher.NewGCM(block(r.key()))), header, iv, plain)
}

// sealCBC is A256CBC-HS512 (RFC 7518 section 5.2).
func sealCBC(key []byte, header string, iv, plain []byte) string {
	head := b64.EncodeToString([]byte(header))
	n := aes.BlockSize - len(plain)%aes.BlockSize
	text := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(block(key[32:]), iv).CryptBlocks(text, text)
	h := hmac.New(sha512.New, key[:32])
	for _, part := range [][]byte{[]byte(head), iv, text, binary.BigEndian.AppendUint64(nil, uint64(len(head))*8)} {
		h.Write(part)
	}
	return strings.Join([]string{head, "", b64.EncodeToString(iv), b64.EncodeToString(text), b64.EncodeToString(h.Sum(nil)[:32])}, ".")
}
