package token_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/sealedauth/auth/token"
)

// shortJar has chunks of a few bytes, for tests that write cookies by hand.
func shortJar() token.Jar {
	j := foreignJar(token.AuthJS)
	j.Name, j.ChunkSize = "s", 3
	return j
}

// joined returns a request's cookies from names and values that stand in turn.
func joined(pairs ...string) http.Header {
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, pairs[i]+"="+pairs[i+1])
	}
	return cookies(strings.Join(list, "; "))
}

func TestForeignJarRead(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		request http.Header
		want    string
	}{
		"one":                     {joined("s", "abc"), "abc"},
		"two":                     {joined("s.0", "abc", "s.1", "d"), "abcd"},
		"two whole":               {joined("s.0", "abc", "s.1", "def"), "abcdef"},
		"in another order":        {joined("s.2", "g", "s.0", "abc", "s.1", "def"), "abcdefg"},
		"in several headers":      {cookies("s.1=d", "x=y; s.0=abc"), "abcd"},
		"parts of another size":   {joined("s.0", "abcde", "s.1", "fghij", "s.2", "k"), "abcdefghijk"},
		"an empty one at the end": {joined("s.0", "abc", "s.1", ""), "abc"},
		"looks like the kit's":    {joined("s", "2.abcdef.A"), "2.abcdef.A"},
		"chunk of the kit's":      {joined("s", "2.abcdef.A", "s.1", "2.abcdef.B"), "2.abcdef.A"},
		"one, delivered twice":    {cookies("s=abc", "s=abc"), "abc"},
		"two, delivered twice":    {cookies("s.0=abc; s.1=d", "s.0=abc; s.1=d"), "abcd"},
	} {
		reads(t, shortJar(), what, test.request, test.want)
	}
	for what, request := range map[string]http.Header{
		"nothing": nil, "others": cookies("a=b; c=d"), "another case": joined("S", "x", "S.0", "y"), "name only": cookies("s"),
	} {
		unread(t, shortJar(), what, request, token.ErrNoCookie)
	}
}

func TestS_93_ForeignConflict(t *testing.T) {
	t.Parallel()
	for what, request := range map[string]http.Header{
		"one line":         cookies("s=A; s=B"),
		"two lines":        cookies("s=A", "s=B"),
		"first chunk":      cookies("s.0=abc; s.1=d; s.0=xyz"),
		"second chunk":     cookies("s.0=abc; s.1=d", "s.1=e"),
		"stale chunk":      cookies("s.0=abc; s.1=d; s.2=e; s.2=f"),
		"beside chunks":    cookies("s.0=abc; s.1=d; s=A; s=B"),
		"empty and full":   cookies("s.0=abc; s.1=d; s.1="),
		"the last of them": cookies("s=A; s.14=x; s.14=y"),
	} {
		unread(t, shortJar(), what, request, token.ErrConflict)
		response, b := http.Header{}, browser{}
		for _, pair := range strings.Split(strings.Join(request["Cookie"], "; "), "; ") {
			name, value, _ := strings.Cut(pair, "=")
			b[name] = value
		}
		shortJar().Delete(response, request)
		if b.take(t, response); len(b) != 0 {
			t.Errorf("%s: the browser keeps %v", what, b)
		}
	}
}

// Auth.js takes every cookie whose name starts with its own.
func TestS_95_ForeignExactNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"s-evil", "s-x", "s.1x", "s.01", "s.00", "s.-1", "s.+1", "s.1e1", "s.NaN", "s.", "s..0", "s.100", "s.0.0", "s1", "s0", "s. 0", "xs", "S", "S.0",
		"s.٣", "s.0-", "__Secure-s", "s.x"} {
		unread(t, shortJar(), name, joined(name, "A"), token.ErrNoCookie)
		reads(t, shortJar(), name, joined("s", "good", name, "A"), "good")
		reads(t, shortJar(), name, joined(name, "xyz", "s.0", "abc", "s.1", "d"), "abcd")
		reads(t, shortJar(), name+" twice", joined(name, "1", "s.0", "abc", "s.1", "d", name, "2"), "abcd")
		response := http.Header{"Set-Cookie": {name + "=kept"}}
		shortJar().Delete(response, joined(name, "A", "s", "B"))
		if _, deleted := names(t, http.Header{"Set-Cookie": response["Set-Cookie"][1:]}); !reflect.DeepEqual(deleted, []string{"s"}) || response["Set-Cookie"][0] != name+"=kept" {
			t.Errorf("%s: the response is %q", name, response["Set-Cookie"])
		}
	}
	// Of more cookies than the kit writes, none is a part of the value, but all are
	// cleaned up.
	for _, name := range []string{"s.15", "s.16", "s.99"} {
		reads(t, shortJar(), name, joined("s.0", "abc", "s.1", "d", name, "e"), "abcd")
		unread(t, shortJar(), name, joined(name, "e"), token.ErrChunks)
		response := http.Header{}
		shortJar().Delete(response, joined(name, "e"))
		if _, deleted := names(t, response); !reflect.DeepEqual(deleted, []string{"s", name}) {
			t.Errorf("%s: deleted are %q", name, deleted)
		}
	}
}

// The sets have no names here, so parts of two writings may be joined; what comes
// out does not open.
func TestS_96_ForeignMixNeverOpens(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		j, s := foreignJar(r.format), r.sealer(t)
		var sets [2][]string
		for i := range sets {
			if sets[i] = pairs(t, j, seal(t, s, value(8000))); len(sets[i]) != 3 {
				t.Fatalf("%d chunks", len(sets[i]))
			}
		}
		for mix := range 8 {
			var list []string
			for i := range 3 {
				list = append(list, sets[mix>>i&1][i])
			}
			sealed, err := j.Read(cookies(strings.Join(list, "; ")))
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := s.Open(sealed); (err == nil) != (mix == 0 || mix == 7) || err == nil && string(plain) != value(8000) {
				t.Errorf("%s, mix %03b: %d bytes, %v", r.format, mix, len(plain), err)
			}
		}
	}
}

func TestS_97_ForeignMissingChunk(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		j, s := foreignJar(r.format), r.sealer(t)
		for _, n := range []int{5000, 8000, 30000} {
			whole := pairs(t, j, seal(t, s, value(n)))
			for i := range whole {
				request := cookies(strings.Join(slices.Delete(slices.Clone(whole), i, i+1), "; "))
				if i < len(whole)-1 { // seen by what is left
					unread(t, j, fmt.Sprintf("%d of %d is missing", i, len(whole)), request, token.ErrChunks)
				} else if sealed, err := j.Read(request); err != nil {
					t.Errorf("without the last: %v", err)
				} else {
					refused(t, s, "without the last", sealed, token.ReasonForm, token.ReasonSeal, token.ReasonKey)
				}
				b, response := browser{}, http.Header{}
				for _, pair := range strings.Split(request.Get("Cookie"), "; ") {
					name, value, _ := strings.Cut(pair, "=")
					b[name] = value
				}
				j.Delete(response, request)
				if b.take(t, response); len(b) > 0 {
					t.Errorf("%d of %d is missing: the browser keeps %d cookies", i, len(whole), len(b))
				}
			}
		}
	}
	unread(t, shortJar(), "first", joined("s.1", "d"), token.ErrChunks)
	unread(t, shortJar(), "middle", joined("s.0", "abc", "s.2", "d"), token.ErrChunks)
	unread(t, shortJar(), "two of four", joined("s.0", "abc", "s.3", "d"), token.ErrChunks)
}

// A session that became shorter while its deletions got lost is still read.
func TestS_98_ForeignStaleChunks(t *testing.T) {
	t.Parallel()
	for what, request := range map[string]http.Header{
		"next":             joined("s.0", "abc", "s.1", "d", "s.2", "xyz"),
		"many":             joined("s.0", "abc", "s.1", "d", "s.2", "xyz", "s.3", "xyz", "s.11", "xyz", "s.14", "x", "s.15", "y", "s.99", "z"),
		"after a gap":      joined("s.0", "abc", "s.1", "d", "s.3", "xyz"),
		"without a number": joined("s", "old", "s.0", "abc", "s.1", "d"),
	} {
		reads(t, shortJar(), what, request, "abcd")
		set, deleted := names(t, write(t, shortJar(), "abcde", request))
		if !reflect.DeepEqual(set, []string{"s.0", "s.1"}) {
			t.Errorf("%s: sets %q", what, set)
		}
		for _, pair := range strings.Split(request.Get("Cookie"), "; ") {
			if name, _, _ := strings.Cut(pair, "="); slices.Contains(set, name) == slices.Contains(deleted, name) {
				t.Errorf("%s: %s is neither written nor deleted, or both", what, name)
			}
		}
	}
	j := foreignJar(token.AuthJS)
	for _, before := range []int{9000, 15000, 48000} {
		old := pairs(t, j, value(before))
		for _, after := range []int{4000, 5000, 8000} {
			fresh := pairs(t, j, value(after))
			reads(t, j, fmt.Sprintf("%d after %d", after, before), cookies(strings.Join(append(old[len(fresh):], fresh...), "; ")), value(after))
		}
	}
}

// The cookie without a number and chunks cannot both be meant. Whoever writes
// deletes the one that would count more, even if the request did not show it: an
// answer by form_post arrives without cookies.
func TestS_99_ForeignValueAndChunks(t *testing.T) {
	t.Parallel()
	j := foreignJar(token.AuthJS)
	for _, old := range []int{10, 5000, 9000} {
		for _, fresh := range []int{20, 4000, 8000} {
			for _, seen := range []bool{true, false} {
				b := browser{"theme": "dark"}
				b.take(t, write(t, j, value(old), nil))
				request := b.request()
				if !seen {
					request = cookies("theme=dark")
				}
				b.take(t, write(t, j, value(fresh), request))
				reads(t, j, fmt.Sprintf("%d after %d, seen: %v", fresh, old, seen), b.request(), value(fresh))
				request = b.request()
				if !seen {
					request = nil
				}
				response := http.Header{}
				j.Delete(response, request)
				b.take(t, response)
				if got, err := j.Read(b.request()); err == nil {
					t.Errorf("%d after %d, seen: %v: after Delete there still is %.20q", fresh, old, seen, got)
				}
			}
		}
	}
	// One line more is the price only where nothing was to be seen.
	for request, want := range map[string]int{"": 2, "x=y": 2, j.Name + "=x": 1, j.Name + ".0=x": 2, j.Name + ".3=x": 2} {
		if n := len(write(t, j, "v", cookies(request))["Set-Cookie"]); n != want {
			t.Errorf("%s: %d lines, want %d", request, n, want)
		}
	}
}

// Not parallel, since it counts what is allocated.
func TestS_100_ForeignBounds(t *testing.T) {
	j := foreignJar(token.AuthJS)
	var many, huge []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("%s.%d=%s", j.Name, i, strings.Repeat("x", 3936)))
	}
	for i := range 15 {
		huge = append(huge, fmt.Sprintf("%s.%d=%s", j.Name, i, strings.Repeat("x", 64<<10)))
	}
	for what, list := range map[string][]string{"200 chunks": many, "13 chunks": many[:13], "chunks of 64 KiB": huge, "beyond the last": many[15:]} {
		request := cookies(strings.Join(list, "; "))
		unread(t, j, what, request, token.ErrChunks)
		if n := allocated(func() { _, _ = j.Read(request) }); n > 8<<10 {
			t.Errorf("%s: refusing allocates %d bytes", what, n)
		}
		response := http.Header{}
		if j.Delete(response, request); len(response["Set-Cookie"]) > 102 {
			t.Errorf("%s: %d deletions", what, len(response["Set-Cookie"]))
		}
	}
	reads(t, j, "12 chunks", cookies(strings.Join(many[:12], "; ")), strings.Repeat("x", 12*3936))

	// What does not fit is not written at all: what the browser has stays.
	for what, test := range map[string]struct {
		bytes, budget int
		good          bool
	}{
		"default budget, within": {7000, 0, true}, "default budget, over": {7200, 0, false}, "15 cookies": {15 * 3936, 1 << 20, true}, "16 cookies": {15*3936 + 1, 1 << 20, false},
		"own budget, within": {3936, 3936 + len(j.Name) + 3, true}, "own budget, over": {3936, 3936 + len(j.Name) + 2, false},
		"own budget, two within": {3937, 3937 + 2*(len(j.Name)+5), true}, "own budget, two over": {3937, 3937 + 2*(len(j.Name)+5) - 1, false},
	} {
		j := j
		j.Budget = test.budget
		response := http.Header{"Set-Cookie": {"theme=dark", j.Name + ".0=earlier; Path=/"}}
		before := response.Clone()
		err := j.Write(response, joined(j.Name+".2", "x"), value(test.bytes), time.Time{})
		var budget *token.BudgetError
		if test.good && err != nil || !test.good && (!errors.As(err, &budget) || budget.Cookie != j.Name || !reflect.DeepEqual(response, before)) {
			t.Errorf("%s: %v, %d lines", what, err, len(response["Set-Cookie"]))
		}
	}
}

// The room that Auth.js leaves for a name and its attributes is a guess. Where
// they take more, the parts are smaller, and Auth.js reads them all the same.
func TestS_101_ForeignLineLength(t *testing.T) {
	t.Parallel()
	for _, f := range []token.Format{token.AuthJS, token.NextAuth4} {
		for _, nameLen := range []int{1, 8, 32, 64, 128} {
			for _, domainLen := range []int{0, 2, 19, 63, 127, 253} {
				j := foreignJar(f)
				j.Name, j.Domain = strings.Repeat("n", nameLen), domain(domainLen)
				for _, n := range []int{1, 3700, 3930, 3933, 3934, 3936, 3937, 4096, 8000, 20000} {
					b, lines := browser{}, write(t, j, value(n), nil)["Set-Cookie"]
					for _, line := range lines {
						if len(line) > 4096 {
							t.Errorf("name %d, domain %d: %d bytes: %.100s", nameLen, domainLen, len(line), line)
						}
					}
					b.take(t, http.Header{"Set-Cookie": lines})
					reads(t, j, fmt.Sprintf("name %d, domain %d, %d bytes", nameLen, domainLen, n), b.request(), value(n))
				}
			}
		}
		// Usual names and attributes leave just the size that Auth.js has.
		for name, domain := range map[string]string{f.CookieName("session-token", true): "", f.CookieName("session-token", false): "app.example.com"} {
			j := foreignJar(f)
			j.Name, j.Domain = name, domain
			for _, size := range []int{0, 1} {
				b := browser{}
				b.take(t, write(t, j, value(f.ChunkSize()+size), nil))
				if want := 1 + size; len(b) != want || size == 1 && len(b[name+".0"]) != f.ChunkSize() {
					t.Errorf("%s of %s: %d cookies for %d bytes", name, domain, len(b), f.ChunkSize()+size)
				}
			}
		}
	}
	// An absurd one leaves none.
	j := foreignJar(token.AuthJS)
	j.Path = "/" + strings.Repeat("p", 3800)
	var budget *token.BudgetError
	if err := j.Write(http.Header{}, nil, value(300), time.Time{}); !errors.As(err, &budget) {
		t.Errorf("err = %v", err)
	}
}

// Whatever is written is read and nothing else is left, for lengths around those
// at which a cookie more is needed, with the cookies in any order and look-alikes
// between them.
func TestS_102_ForeignRoundTripProperty(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for _, f := range []token.Format{token.AuthJS, token.NextAuth4} {
		j, b, size := foreignJar(f), browser{}, f.ChunkSize()
		property := func(n uint8, off int8, anywhere uint16, junk uint8) bool {
			length := int(anywhere) % 45000
			if n%4 > 0 {
				length = int(n)%12*size + int(off)%4
			}
			want := value(max(1, length))
			response := http.Header{}
			if err := j.Write(response, b.request(), want, time.Now().Add(time.Hour)); err != nil {
				t.Log(err)
				return false
			}
			b.take(t, response)
			if chunks := (len(want) + size - 1) / size; len(b) != chunks || (len(b[j.Name]) > 0) != (chunks == 1) {
				t.Logf("%d bytes are in %d cookies", len(want), len(b))
				return false
			}
			var list []string
			for name, value := range b {
				list = append(list, name+"="+value)
			}
			list = append(list, list[:random.IntN(len(list)+1)]...)
			for range junk % 5 {
				list = append(list, fmt.Sprintf("%s%d=x", []string{"x", j.Name + "-", j.Name + ".0", j.Name, j.Name + ".1."}[random.IntN(5)], random.IntN(100)))
			}
			random.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
			cut := random.IntN(len(list) + 1)
			got, err := j.Read(cookies(strings.Join(list[:cut], "; "), strings.Join(list[cut:], ";")))
			return err == nil && got == want
		}
		if err := quick.Check(property, &quick.Config{MaxCount: 150}); err != nil {
			t.Error(f, err)
		}
	}
}

// Deletions have the attributes of the cookies, or browsers keep them.
func TestS_103_ForeignDeletion(t *testing.T) {
	t.Parallel()
	const over = "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly"
	for attributes, j := range map[string]token.Jar{
		"; Path=/" + over + "; Secure; SameSite=Lax":                         {Name: "__Secure-authjs.session-token", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode},
		"; Path=/; Domain=example.com" + over + "; Secure; SameSite=None":    {Name: "acme.sid", Path: "/", Domain: "example.com", Secure: true, SameSite: http.SameSiteNoneMode},
		"; Path=/app" + over + "; SameSite=Strict":                           {Name: "next-auth.session-token", Path: "/app", SameSite: http.SameSiteStrictMode},
		"; Path=/; Domain=app.example.com" + over + "; Secure; SameSite=Lax": {Name: "d", Path: "/", Domain: "app.example.com", Secure: true, SameSite: http.SameSiteLaxMode},
	} {
		j.ChunkSize, j.Budget = 3936, 48<<10
		for what, request := range map[string][]string{"": {"", ".0"}, ".0 .1 .2": {"", ".0", ".1", ".2"}, ".11 .20": {"", ".11", ".20"}} {
			var held, want []string
			for _, suffix := range strings.Fields(what) {
				held = append(held, j.Name+suffix+"=x")
			}
			for _, suffix := range request {
				want = append(want, j.Name+suffix+"="+attributes)
			}
			response := http.Header{}
			j.Delete(response, cookies(strings.Join(held, "; ")))
			if !reflect.DeepEqual(response["Set-Cookie"], want) {
				t.Errorf("%s:\n got %q\nwant %q", what, response["Set-Cookie"], want)
			}
		}
	}
}

// Before the response is out there may be several writings. The last one counts,
// and there is one line for each name.
func TestForeignWriteTwice(t *testing.T) {
	t.Parallel()
	j, b := foreignJar(token.NextAuth4), browser{}
	b.take(t, write(t, j, value(20000), nil))
	for _, request := range []http.Header{b.request(), nil} {
		response := http.Header{"Set-Cookie": {"theme=dark", j.Name + "-x=kept"}}
		for _, n := range []int{9000, 30000, 10, 45000, 5000} {
			writes(t, j, response, request, value(n), time.Now().Add(time.Hour))
		}
		seen := map[string]bool{}
		for _, line := range response["Set-Cookie"] {
			name, _, _ := strings.Cut(line, "=")
			if seen[name] {
				t.Errorf("two lines for %s", name)
			}
			seen[name] = true
		}
		if !seen["theme"] || !seen[j.Name+"-x"] {
			t.Error("cookies of the application are lost")
		}
		held := browser{}
		held.take(t, response)
		reads(t, j, "the last", held.request(), value(5000))
	}
}
