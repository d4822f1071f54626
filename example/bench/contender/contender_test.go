package contender_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/sealedauth/auth/example/bench/contender"
)

// each runs a test for each contender in each size.
func each[T testing.TB](t T, run func(name string, f func(T)), f func(t T, c contender.Contender, size contender.Size, sessions []*contender.Session)) {
	all, err := contender.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range contender.Sizes() {
		sessions, err := contender.Sessions(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			run(c.Name+"/"+size.Name, func(t T) { f(t, c, size, sessions) })
		}
	}
}

// TestRoundTrip proves that all contenders keep the same content.
func TestRoundTrip(t *testing.T) {
	each(t, func(name string, f func(*testing.T)) { t.Run(name, f) },
		func(t *testing.T, c contender.Contender, size contender.Size, sessions []*contender.Session) {
			p, err := contender.Prepare(c, sessions)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range p.Requests {
				own, err := c.Decode(r)
				if err != nil {
					t.Fatal(err)
				}
				if c.Name == contender.Floor {
					continue // reads nothing of what it has opened
				}
				if got, err := c.Content(own); err != nil || !reflect.DeepEqual(got, sessions[i]) {
					t.Fatalf("user %d comes back as\n%+v, %v, want\n%+v", i, got, err, sessions[i])
				}
			}
			if raw, _ := json.Marshal(sessions[0]); len(raw) != size.Bytes {
				t.Errorf("JSON has %d bytes, want %d", len(raw), size.Bytes)
			}
		})
}

// TestForged proves that all contenders authenticate what they read.
func TestForged(t *testing.T) {
	each(t, func(name string, f func(*testing.T)) { t.Run(name, f) },
		func(t *testing.T, c contender.Contender, _ contender.Size, sessions []*contender.Session) {
			p, err := contender.Prepare(c, sessions[:1])
			if err != nil {
				t.Fatal(err)
			}
			cookie := []byte(p.Requests[0].Header.Get("Cookie"))
			at := len(cookie) - 30
			if cookie[at]++; cookie[at] == '{' || cookie[at] == '[' || cookie[at] == ':' || cookie[at] == '`' {
				cookie[at] = 'B'
			}
			p.Requests[0].Header.Set("Cookie", string(cookie))
			if own, err := c.Decode(p.Requests[0]); err == nil {
				t.Errorf("reads a forged cookie as %T", own)
			}
		})
}

// TestKitIsNoShorter proves that the kit's cookie holds as many bytes of JSON as the
// peers', not another notation.
func TestKitIsNoShorter(t *testing.T) {
	each(t, func(name string, f func(*testing.T)) { t.Run(name, f) },
		func(t *testing.T, c contender.Contender, size contender.Size, sessions []*contender.Session) {
			if c.Name != contender.Kit { // the others take what they take
				return
			}
			p, err := contender.Prepare(c, sessions)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Requests {
				if n := plaintext(r); n != size.Bytes {
					t.Errorf("plaintext has %d bytes, want %d", n, size.Bytes)
				}
			}
		})
}

// plaintext returns the size of what is in a kit's cookie, in chunks or not.
func plaintext(r *http.Request) int {
	var sealed strings.Builder
	for _, c := range r.Cookies() {
		value := c.Value
		if value[0] == '2' { // 2.set.part
			value = value[len("2.123456."):]
		}
		sealed.WriteString(value)
	}
	return base64.RawURLEncoding.DecodedLen(len(strings.Split(sealed.String(), ".")[3]))
}

// TestAllocations holds the kit to two pieces of memory for a decode, the token and
// its text, in one cookie or several.
func TestAllocations(t *testing.T) {
	each(t, func(name string, f func(*testing.T)) { t.Run(name, f) },
		func(t *testing.T, c contender.Contender, _ contender.Size, sessions []*contender.Session) {
			if c.Name != contender.Kit {
				t.Skip("not the kit")
			}
			p, err := contender.Prepare(c, sessions[:1])
			if err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(1000, func() { _, _ = c.Decode(p.Requests[0]) }); n > 2 {
				t.Errorf("a decode takes %v pieces of memory, want 2", n)
			}
		})
}
