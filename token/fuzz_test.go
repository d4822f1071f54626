package token_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// FuzzOpen looks for a text that opens but is not what a writer would have
// written: any such text is a forgery or a second spelling.
func FuzzOpen(f *testing.F) {
	day := time.Now().Unix() / 86400
	for _, plain := range []string{"", "x", "ab", "abc", leastPayload, fullPayload} {
		f.Add(refA.seal(day, nonce, []byte(plain)))
		f.Add(refB.seal(day-400, nonce, []byte(plain)))
	}
	for _, v := range append(refusedTexts(), openVectors()...) {
		f.Add(v.Sealed)
	}
	s := sealer(f, secretA, secretB)
	f.Fuzz(func(t *testing.T, sealed string) {
		plain, err := s.Open(sealed)
		if err != nil {
			if plain != nil {
				t.Fatalf("%q and %v", plain, err)
			}
			known(t, err, token.ReasonSize, token.ReasonForm, token.ReasonKey, token.ReasonSeal)
			return
		}
		for _, ref := range []reference{refA, refB} {
			day, n, again, err := ref.open(sealed)
			if err == nil && bytes.Equal(again, plain) && ref.seal(day, n, plain) == sealed {
				return
			}
		}
		t.Fatalf("opens as %q, but nobody would have written it", plain)
	})
}

// known fails unless an error is nothing but one of the reasons.
func known(t *testing.T, err error, reasons ...token.Reason) {
	t.Helper()
	var why *token.OpenError
	if !errors.As(err, &why) || !slices.Contains(reasons, why.Reason) || err.Error() != "token: cannot be opened: "+string(why.Reason) {
		t.Fatalf("error is %v", err)
	}
}

// FuzzRead gives a jar any two Cookie headers. A value comes out only if a
// slower, plainer reader finds the same.
func FuzzRead(f *testing.F) {
	for _, c := range append(cookieVectors(), refusedCookies()...) {
		f.Add(strings.ReplaceAll(strings.Join(c.Headers, "; "), cookie, "s"), "")
		if n := len(c.Headers); n > 1 {
			f.Add(strings.ReplaceAll(c.Headers[0], cookie, "s"), strings.ReplaceAll(c.Headers[1], cookie, "s"))
		}
	}
	j := token.Jar{Name: "s", Path: "/"}
	f.Fuzz(func(t *testing.T, one, two string) {
		request := http.Header{"Cookie": {one, two}}
		got, err := j.Read(request)
		want, ok := plainRead(one + ";" + two)
		if (err == nil) != ok || got != want {
			t.Fatalf("Read = %q, %v; want %q, %v", got, err, want, ok)
		}
		if err != nil && !errors.Is(err, token.ErrNoCookie) && !errors.Is(err, token.ErrConflict) && !errors.Is(err, token.ErrChunks) {
			t.Fatalf("error is %v", err)
		}
		response := http.Header{}
		j.Delete(response, request)
		set, deleted := names(t, response)
		if len(set) > 0 || len(deleted) > 100 || !slices.Contains(deleted, "s") {
			t.Fatalf("Delete sets %q and deletes %q", set, deleted)
		}
	})
}

// plainRead is section 3 of FORMAT.md for the name "s", in the words of maps.
func plainRead(header string) (string, bool) {
	values := map[string]string{}
	for part := range strings.SplitSeq(header, ";") {
		name, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
		if old, seen := values[name]; ok && seen && old != value && slices.Contains(slots, name) {
			return "", false
		}
		if ok {
			values[name] = value
		}
	}
	first, ok := values["s"]
	fields := strings.SplitN(first, ".", 3)
	count := -1
	if len(fields) == 3 && len(fields[1]) == 6 {
		count = slices.Index(counts, fields[0])
	}
	if !ok || count < 2 {
		return first, ok
	}
	whole := fields[2]
	for _, name := range slots[1:count] {
		part, ok := strings.CutPrefix(values[name], fields[0]+"."+fields[1]+".")
		if !ok {
			return "", false
		}
		whole += part
	}
	return whole, len(whole) <= 49152
}

var (
	slots  = strings.Fields("s s.1 s.2 s.3 s.4 s.5 s.6 s.7 s.8 s.9 s.10 s.11 s.12 s.13 s.14 s.15")
	counts = strings.Fields("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16")
)

// FuzzPayload seals any text as if it were a session. What opens says whose it
// is and when it ends, and can be sealed and opened again.
func FuzzPayload(f *testing.F) {
	for _, v := range append(refusedPayloads(), openVectors()...) {
		f.Add([]byte(strings.NewReplacer(":9467", ":40000", ":9473", ":40000").Replace(v.Plaintext)))
	}
	f.Add([]byte(`{"sub":"a","exp":253402300799,"account":{"expires_at":-1,"expires_in":9223372036854775807,"scope":null}}`))
	s := sealer(f, secretA)
	c := token.NewCodec(s)
	f.Fuzz(func(t *testing.T, plain []byte) {
		sealed, err := s.Seal(plain)
		if err != nil {
			return // too long
		}
		tok, err := c.Open(sealed)
		if err != nil {
			known(t, err, token.ReasonContent, token.ReasonVersion, token.ReasonExpired, token.ReasonFuture)
			return
		}
		o, err := claims.ParseObject(plain)
		if err != nil || tok.Subject == "" || tok.Subject != o.String("sub") || !time.Now().Before(tok.ExpiresAt) {
			t.Fatalf("opens as %+v, %v", tok, err)
		}
		again, err := c.Seal(tok)
		if err != nil {
			if budget := new(token.BudgetError); errors.As(err, &budget) || errors.Is(err, claims.ErrMalformed) && len(plain) > 10000 {
				return // escapes made it longer
			}
			t.Fatalf("does not seal again: %v", err)
		}
		if back, err := c.Open(again); err != nil || !back.Equal(tok) {
			t.Fatalf("%+v comes back as %+v, %v", tok, back, err)
		}
	})
}
