package token_test

import (
	"bytes"
	"compress/flate"
	"crypto/cipher"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// wordy returns a token of about n bytes that compresses well, though not too well.
func wordy(n int) *token.Token {
	t := newToken()
	var groups []string
	for i := 0; len(groups)*20 < n; i++ {
		groups = append(groups, fmt.Sprintf("group-%d-of-people", i*7919%1000))
	}
	claims.NewKey[[]string]("groups").Set(t, groups)
	return t
}

func written(t *testing.T, c *token.Codec, tok *token.Token) (lines []string, request http.Header) {
	t.Helper()
	response := http.Header{}
	if err := c.Write(hostJar(), response, nil, tok); err != nil {
		t.Fatal(err)
	}
	b := browser{}
	b.take(t, response)
	return response["Set-Cookie"], b.request()
}

// S-88: compression is off unless it is asked for. Then it is used where it saves a
// cookie, and go-jose reads it.
func TestS_88_CompressionWhereItSaves(t *testing.T) {
	t.Parallel()
	plain, packing := codec(t, secretA), token.NewCompressingCodec(sealer(t, secretA))
	for _, n := range []int{100, 1500, 3000, 4000} {
		tok := wordy(n)
		without, _ := written(t, plain, tok)
		with, request := written(t, packing, tok)
		if len(without) == 1 && len(with[0]) < len(without[0]) || len(without) > 1 && len(with) >= len(without) {
			t.Errorf("%d bytes: %d cookies without, %d with compression", n, len(without), len(with))
		}
		got, err := packing.Read(hostJar(), request)
		if err != nil || !got.Equal(tok) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if sealed := must(hostJar().Read(request)); len(without) > 1 {
			object := must(jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM}))
			text, err := object.Decrypt(refA.key(time.Now().Unix() / 86400))
			if err != nil || !bytes.Contains(text, []byte("group-0-of-people")) {
				t.Errorf("go-jose: %v", err)
			}
			if _, err := plain.Open(sealed); err == nil {
				t.Error("opens where compression is off")
			}
		}
	}
	big := newToken()
	big.Account.AccessToken = token.NewSecret(strings.Repeat("x", 60<<10))
	if err := packing.Write(hostJar(), http.Header{}, nil, big); err == nil {
		t.Error("what is too large without compression is written")
	}
}

// S-71: nothing compressed opens where it was not asked for; and where it was, nothing
// that is too large, cut, followed by something else, or no session.
func TestS_71_CompressedIsBounded(t *testing.T) {
	t.Parallel()
	packing := token.NewCompressingCodec(sealer(t, secretA))
	day := time.Now().Unix() / 86400
	zipped := strings.TrimSuffix(refA.header(day), "}") + `,"zip":"DEF"}`
	deflated := func(text string) []byte {
		var b bytes.Buffer
		w := must(flate.NewWriter(&b, 9))
		_, _ = w.Write([]byte(text))
		_ = w.Close()
		return b.Bytes()
	}
	good := deflated(`{"sub":"a","exp":4102444800,"account":{"provider":"p","id":"1"}}`)
	for name, packed := range map[string][]byte{
		"":       good,
		"a bomb": deflated(`{"sub":"a","exp":4102444800,"account":{"provider":"p","id":"` + strings.Repeat("1", 8<<20) + `"}}`),
		"cut":    good[:len(good)-3],
		"more":   append(bytes.Clone(good), 0),
		"plain":  []byte(leastPayload),
		"other":  deflated("no session"),
		"empty":  {},
	} {
		sealed := sealRaw(must(cipher.NewGCM(block(refA.key(day)))), zipped, nonce, packed)
		_, err := packing.Open(sealed)
		if (err == nil) != (name == "") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			known(t, err, token.ReasonContent)
		}
		if _, err := codec(t, secretA).Open(sealed); err == nil {
			t.Errorf("%s opens where compression is off", name)
		}
	}
}
