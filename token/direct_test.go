package token_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/token"
)

// joseOpens is what go-jose makes of a text under the key of refA that its header
// names, if the text has the one form that is written: go-jose itself accepts others.
func joseOpens(sealed string) ([]byte, bool) {
	day, _, _, err := refA.open(sealed) // the form, strictly; also the tag, which is compared below
	if now := time.Now().Unix() / 86400; err != nil || day > now+1 || day < now-400 {
		return nil, false
	}
	object, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, false
	}
	plain, err := object.Decrypt(refA.key(day))
	return plain, err == nil
}

// FuzzDirect holds the sealer against go-jose: what it seals go-jose opens, and of
// what is changed in it, it takes exactly what go-jose takes in the form that is
// written, with the same plaintext.
func FuzzDirect(f *testing.F) {
	f.Add([]byte(fullPayload), 0, 0, "")
	f.Add([]byte(""), 60, 1, "A")
	f.Add([]byte("x"), 70, 2, "==")
	f.Add([]byte(leastPayload), 62, 0, "\n")
	f.Add([]byte("ab"), 1<<10, 5, "..")
	for _, v := range append(refusedTexts(), openVectors()...) {
		f.Add([]byte(v.Sealed), 0, len(v.Sealed), v.Sealed)
		f.Add([]byte("abc"), 0, 1<<10, v.Sealed)
	}
	s := sealer(f, secretA)
	f.Fuzz(func(t *testing.T, plain []byte, at, cut int, insert string) {
		if len(plain) > 4096 || len(insert) > 8192 {
			return
		}
		sealed, err := s.Seal(plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := joseOpens(sealed); !ok || !bytes.Equal(got, plain) {
			t.Fatalf("go-jose opens %q as %q", sealed, got)
		}
		at = max(0, at) % (len(sealed) + 1)
		cut = max(0, cut) % (len(sealed) - at + 1)
		changed := sealed[:at] + insert + sealed[at+cut:]
		got, err := s.Open(changed)
		want, ok := joseOpens(changed)
		if (err == nil) != ok || !bytes.Equal(got, want) {
			t.Fatalf("%q opens as %q, %v; go-jose says %q, %v", changed, got, err, want, ok)
		}
	})
}

// The lines that a jar writes are those of net/http.
func TestLinesAreThoseOfNetHTTP(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/auth"} {
		for _, domain := range []string{"", "example.com", ".example.com"} {
			for _, secure := range []bool{true, false} {
				for _, same := range []http.SameSite{0, http.SameSiteDefaultMode, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode} {
					for _, expires := range []time.Time{{}, time.Now().Add(time.Hour), time.Now().Add(-time.Hour), time.Unix(4102444800, 0)} {
						j := token.Jar{Name: "__Secure-a", Path: path, Domain: domain, Secure: secure, SameSite: same}
						h := http.Header{}
						if err := j.Write(h, nil, "value", expires); err != nil {
							t.Fatal(err)
						}
						c := http.Cookie{Name: j.Name, Value: "value", Path: path, Domain: domain, Secure: secure, HttpOnly: true, SameSite: same, Expires: expires}
						if !expires.IsZero() {
							c.MaxAge = max(1, int(time.Until(expires)/time.Second))
						}
						got := h["Set-Cookie"]
						if want := c.String(); len(got) != 1 || got[0] != want && !strings.Contains(fmt.Sprint(want), "Max-Age=3599") {
							t.Errorf("%q, want %q", got, want)
						}
					}
				}
			}
		}
	}
}

// The date of a line is that of net/http.
func TestDates(t *testing.T) {
	t.Parallel()
	j := token.Jar{Name: "a", Path: "/"}
	at := time.Date(990, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; at.Year() < 10002; at = at.Add(27*24*time.Hour + 59*time.Minute + 61*time.Second) {
		h := http.Header{}
		if err := j.Write(h, nil, "value", at.In(time.FixedZone("", 9000))); err != nil {
			t.Fatal(err)
		}
		if got, want := h.Get("Set-Cookie"), "; Expires="+at.Format(http.TimeFormat)+"; "; !strings.Contains(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}

// Memory that is used again shows nothing of before: many sessions at once, of all
// lengths, come out as they went in.
func TestBuffersDoNotMix(t *testing.T) {
	t.Parallel()
	s := sealer(t, secretA)
	for worker := range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for i := range 300 {
				plain := strings.Repeat(fmt.Sprintf("%d-%d ", worker, i), i%40)
				opened, err := s.Open(seal(t, s, plain))
				if err != nil || string(opened) != plain {
					t.Fatalf("%q, %v", opened, err)
				}
			}
		})
	}
}
