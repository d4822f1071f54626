package token_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/sealedauth/auth/token"
)

func TestS_81_SecretStrength(t *testing.T) {
	t.Parallel()
	const random = "\x8f\x1a\x03\xc4\xd5\xe6\x77\x28\x99\xaa\xbb\xcc\x0d\xee\xff\x10\x21\x32\x43\x54\x65\x76\x87\x98\xa9\xba\xcb\xdc\xed\xfe\x0f\x01"
	hexadecimal := hex.EncodeToString([]byte(random))
	for name, bad := range map[string]string{
		"empty":                     "",
		"the word":                  "secret",
		"the word often":            strings.Repeat("secret", 10),
		"one letter":                strings.Repeat("a", 64),
		"fifteen letters":           strings.Repeat("abcdefghijklmno", 4),
		"31 bytes":                  random[:31],
		"31 characters":             "abcdefghijklmnopqrstuvwxyz01234",
		"hexadecimal, 16 bytes":     hexadecimal[:32],
		"hexadecimal, 31 bytes":     hexadecimal[:62],
		"HEXADECIMAL, 31 bytes":     strings.ToUpper(hexadecimal[:62]),
		"hexadecimal, repeated":     strings.Repeat("0123456789abcdef", 4),
		"decimal digits":            strings.Repeat("0123456789", 6),
		"white space":               strings.Repeat(" \t\n", 20),
		"placeholder of the readme": "changeme-changeme-changeme-changeme",
	} {
		err := token.CheckSecret(bad)
		if !errors.Is(err, token.ErrWeakSecret) || !strings.Contains(err.Error(), token.SecretAdvice) {
			t.Errorf("%s: err = %v, want ErrWeakSecret with advice", name, err)
			continue
		}
		if len(bad) > 8 && strings.Contains(err.Error(), bad[:8]) {
			t.Errorf("%s: the error quotes it: %v", name, err)
		}
		if _, err := token.NewKeyring(audience, secretA, bad); !errors.Is(err, token.ErrWeakSecret) || !strings.Contains(err.Error(), "secret 2") {
			t.Errorf("%s: NewKeyring = %v, want ErrWeakSecret for secret 2", name, err)
		}
	}
	for name, good := range map[string]string{
		"32 bytes": random, "64 hexadecimal digits": hexadecimal, "base64": secretA, "32 characters": "abcdefghijklmnopqrstuvwxyz012345",
		"sixteen different": strings.Repeat("abcdefghijklmnop", 2), "openssl rand -base64 33": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCr",
	} {
		if err := token.CheckSecret(good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := token.NewKeyring(audience); !errors.Is(err, token.ErrWeakSecret) {
		t.Errorf("no secret at all: %v", err)
	}
}

// The kit derives keys as crypto/hkdf does. The lines of a label are joined by
// line feeds.
func TestS_82_DeriveIsHKDF(t *testing.T) {
	t.Parallel()
	prk := must(hkdf.Extract(sha256.New, []byte(secretA), nil))
	k := ring(t, secretA)
	for n := range 33 {
		for _, parts := range [][]string{nil, {""}, {"seal"}, {"seal", "session", cookie, audience, "10957"}, {"id", "ä", "\x00"}} {
			info := strings.Join(append([]string{"sealedauth v1"}, parts...), "\n")
			if got, want := k.Derive(n, parts...), must(hkdf.Expand(sha256.New, prk, info, n)); !bytes.Equal(got, want) {
				t.Errorf("%d bytes for %q: %x, want %x", n, info, got, want)
			}
		}
	}
}

// Known answers, made with OpenSSL. More of them are in testdata/vectors.json.
//
//	openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "key:$secret" -kdfopt "hexinfo:$label" HKDF
func TestS_82_KnownAnswer(t *testing.T) {
	t.Parallel()
	k := ring(t, secretA)
	for _, test := range []struct {
		want  string
		n     int
		parts []string
	}{
		{"3909a93ed906327bff848452f0c5a5e2c8af7d3c2f4cddb7cc4ecd9e40f71fc0", 32, []string{"seal", "session", cookie, audience, "10957"}},
		{"3463967a36f7a100b0def4466a15b1d111af90434d495f55ab68db9e82599d00", 32, []string{"sign", "csrf", "__Host-auth.csrf", audience}},
		{"65d399843261", 6, []string{"id", "session", cookie, audience}},
	} {
		got := k.Derive(test.n, test.parts...)
		if hex.EncodeToString(got) != test.want {
			t.Errorf("%q: %x, want %s", test.parts, got, test.want)
		}
		if bytes.Contains([]byte(secretA), got) {
			t.Errorf("%q: the key is a part of the secret", test.parts)
		}
	}
}

// Rolling a new secret out over several instances signs nobody out, whichever
// instance sealed and whichever opens.
func TestS_83_Rotation(t *testing.T) {
	t.Parallel()
	stages := map[string][]string{
		"old": {secretA}, "old+new": {secretA, secretB}, "new+old": {secretB, secretA}, "new": {secretB},
	}
	opensAt := map[string][]string{ // sealed at a stage, opens at these
		"old":     {"old", "old+new", "new+old"},
		"old+new": {"old", "old+new", "new+old"},
		"new+old": {"old+new", "new+old", "new"},
		"new":     {"old+new", "new+old", "new"},
	}
	for from, secrets := range stages {
		sealed := seal(t, sealer(t, secrets...), "x")
		sign := ring(t, secrets...).Signer("csrf", cookie).Sign("x")
		for to, readers := range stages {
			want := strings.Contains(" "+strings.Join(opensAt[from], " ")+" ", " "+to+" ")
			if want {
				opens(t, sealer(t, readers...), sealed, "x")
			} else {
				refused(t, sealer(t, readers...), from+" at "+to, sealed, token.ReasonKey)
			}
			if got := ring(t, readers...).Signer("csrf", cookie).Verify("x", sign); got != want {
				t.Errorf("signature of %s at %s: %v, want %v", from, to, got, want)
			}
		}
	}
	// Two instances at neighbouring stages always understand each other.
	for _, pair := range [][2]string{{"old", "old+new"}, {"old+new", "new+old"}, {"new+old", "new"}} {
		for _, way := range [][2]string{pair, {pair[1], pair[0]}} {
			opens(t, sealer(t, stages[way[1]]...), seal(t, sealer(t, stages[way[0]]...), "x"), "x")
		}
	}
}

// What was opened under the old secret is sealed under the new one next time.
func TestS_83_Reseal(t *testing.T) {
	t.Parallel()
	old, both, next := sealer(t, secretA), sealer(t, secretB, secretA), sealer(t, secretB)
	plain, err := both.Open(seal(t, old, "x"))
	if err != nil {
		t.Fatal(err)
	}
	resealed := seal(t, both, string(plain))
	opens(t, next, resealed, "x")
	refused(t, old, "the new secret", resealed, token.ReasonKey)
}

func kidOf(t *testing.T, s *token.Sealer) string {
	t.Helper()
	head, _, _ := strings.Cut(seal(t, s, "x"), ".")
	_, kid, ok := strings.Cut(string(must(b64.DecodeString(head))), `"kid":"`)
	if !ok {
		t.Fatal("no kid")
	}
	return strings.TrimSuffix(kid, `"}`)
}

func TestS_84_KeyID(t *testing.T) {
	bubble(t, func(t *testing.T) {
		kid := kidOf(t, sealer(t, secretA))
		if kid != kidOf(t, sealer(t, secretA, secretB)) {
			t.Error("the kid is not the same on every instance")
		}
		if len(kid) > 16 || strings.Contains(secretA, kid[:6]) {
			t.Errorf("kid = %q", kid)
		}
		seen := map[string]string{kid[:6]: "the secret itself"}
		differs := func(what string, s *token.Sealer) {
			other := kidOf(t, s)[:6]
			if was, ok := seen[other]; ok {
				t.Errorf("%s has the kid of %s", what, was)
			}
			seen[other] = what
		}
		for i := range len(secretA) {
			changed := []byte(secretA)
			changed[i] ^= 1
			differs(fmt.Sprintf("bit of byte %d changed", i), sealer(t, string(changed)))
		}
		k := ring(t, secretA)
		differs("another purpose", k.Sealer("id-token", cookie))
		differs("another cookie", k.Sealer("session", "auth.session"))
		differs("another application", must(token.NewKeyring("https://b.example", secretA)).Sealer("session", cookie))
	})
}

func TestSigner(t *testing.T) {
	t.Parallel()
	s := ring(t, secretA, secretB).Signer("csrf", "__Host-auth.csrf")
	sign := s.Sign("text")
	if want := (reference{secretA, audience, "csrf", "__Host-auth.csrf"}).sign("text"); sign != want {
		t.Errorf("Sign = %s, want %s", sign, want)
	}
	if !s.Verify("text", sign) {
		t.Error("its own signature is refused")
	}
	if !s.Verify("text", reference{secretB, audience, "csrf", "__Host-auth.csrf"}.sign("text")) {
		t.Error("a signature under the second secret is refused")
	}
	for name, bad := range map[string]string{
		"empty": "", "half": sign[:32], "more": sign + "00", "odd": sign[:63], "not hexadecimal": "x" + sign[1:], "twice": sign + sign,
		"and a foreign digit": sign + "zz", "and half a digit": sign + "0", "and a space": sign + " ",
		"of the empty text": s.Sign(""), "of a longer text": s.Sign("text\x00"),
	} {
		if s.Verify("text", bad) {
			t.Errorf("%s: accepted", name)
		}
	}
	for i := range sign {
		changed := []byte(sign)
		changed[i] ^= 1
		if s.Verify("text", string(changed)) {
			t.Errorf("digit %d changed: accepted", i)
		}
	}
	if s.Verify("Text", sign) || s.Verify("", sign) {
		t.Error("the signature holds for another text")
	}
}

// imports calls f with each import of the non-test code of both packages.
func imports(t *testing.T, f func(file, path string)) {
	t.Helper()
	files := 0
	for _, dir := range []string{".", "../claims"} {
		goFiles := must(fs.Glob(os.DirFS(dir), "*.go"))
		for _, name := range goFiles {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			files++
			parsed, err := parser.ParseFile(gotoken.NewFileSet(), dir+"/"+name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range parsed.Imports {
				f(dir+"/"+name, must(strconv.Unquote(i.Path.Value)))
			}
		}
	}
	if files < 10 {
		t.Fatalf("only %d files were looked at", files)
	}
}

// The length of compressed text would tell about the secrets in it. So there is one
// file that compresses, and nobody gets to it who does not ask.
func TestS_88_NoCompressionAnywhere(t *testing.T) {
	t.Parallel()
	imports(t, func(file, path string) {
		if !strings.HasSuffix(file, "/deflate.go") && strings.HasPrefix(path, "compress/") || strings.Contains(path, "zstd") || strings.Contains(path, "brotli") {
			t.Errorf("%s imports %s", file, path)
		}
	})
}

// Randomness comes from crypto/rand, which ends the program if it fails.
func TestS_90_Randomness(t *testing.T) {
	t.Parallel()
	imports(t, func(file, path string) {
		if strings.HasPrefix(path, "math/rand") || path == "hash/maphash" {
			t.Errorf("%s imports %s", file, path)
		}
	})
}
