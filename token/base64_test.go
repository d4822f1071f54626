package token_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/sealedauth/auth/token"
)

// strictly is what encoding/base64 makes of a text, without the line breaks that it
// skips.
func strictly(text []byte) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	return raw, err == nil && base64.RawURLEncoding.EncodeToString(raw) == string(text)
}

func sameBase64(t *testing.T, tables *token.Base64, data []byte) {
	t.Helper()
	before := []byte("before")
	text := tables.Encode(before, data)
	if want := base64.RawURLEncoding.AppendEncode(before, data); !bytes.Equal(text, want) {
		t.Fatalf("%q is written as %q, want %q", data, text, want)
	}
	for _, text := range [][]byte{text[len(before):], data} {
		want, ok := strictly(text)
		got, good := tables.Decode(before, text)
		if good != ok || ok && string(got) != "before"+string(want) {
			t.Fatalf("%q is read as %q, %v; want %q, %v", text, got, good, want, ok)
		}
	}
}

// FuzzBase64 holds the tables against encoding/base64.
func FuzzBase64(f *testing.F) {
	for n := range 40 {
		f.Add(bytes.Repeat([]byte("\xff"), n))
		f.Add(bytes.Repeat([]byte("A"), n))
		f.Add(bytes.Repeat([]byte("_"), n))
	}
	f.Add([]byte("AAAA\nAAAA"))
	f.Add([]byte("QQ=="))
	tables := token.NewBase64()
	f.Fuzz(func(t *testing.T, data []byte) { sameBase64(t, tables, data) })
}

// Every byte at every place of texts of every length around the steps in which they
// are read.
func TestBase64(t *testing.T) {
	t.Parallel()
	tables := token.NewBase64()
	for n := range 28 {
		text := bytes.Repeat([]byte("A"), n)
		sameBase64(t, tables, text)
		for at := range text {
			for c := range 256 {
				text[at] = byte(c)
				sameBase64(t, tables, text)
			}
			text[at] = 'A'
		}
	}
}

// What was in the memory before does not show, and there is no more written than there
// is room for.
func TestBase64KeepsToItsMemory(t *testing.T) {
	t.Parallel()
	tables := token.NewBase64()
	for n := range 64 {
		raw := bytes.Repeat([]byte{0xa5}, n)
		text := base64.RawURLEncoding.AppendEncode(nil, raw)
		for room := range 70 {
			memory := bytes.Repeat([]byte{0xff}, 160)
			if got, ok := tables.Decode(memory[:0:room], text); !ok || !bytes.Equal(got, raw) {
				t.Fatalf("%d bytes in %d: %q, %v", n, room, got, ok)
			}
			if got := tables.Encode(memory[80:80:80+room], raw); !bytes.Equal(got, text) {
				t.Fatalf("%d bytes in %d: %q", n, room, got)
			}
			if rest := fmt.Sprintf("%x", append(memory[room:80:80], memory[80+room:]...)); rest != fmt.Sprintf("%x", bytes.Repeat([]byte{0xff}, 160-2*room)) {
				t.Fatalf("%d bytes in %d: beyond it stands %s", n, room, rest)
			}
		}
	}
}
