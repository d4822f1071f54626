package token_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/sealedauth/auth/token"
)

// hostJar is the session's jar on https.
func hostJar() token.Jar {
	return token.Jar{Name: cookie, Path: "/", Secure: true, SameSite: http.SameSiteLaxMode}
}

// large is a jar that takes as much as can be read again.
func large() token.Jar {
	j := hostJar()
	j.Budget = 48 << 10
	return j
}

// write returns the headers of a response that keeps a value.
func write(t testing.TB, j token.Jar, value string, request http.Header) http.Header {
	t.Helper()
	response := http.Header{}
	if err := j.Write(response, request, value, time.Now().Add(400*oneDay)); err != nil {
		t.Fatal(err)
	}
	return response
}

// pairs returns the cookies that the browser holds after a value was written.
func pairs(t testing.TB, j token.Jar, value string) []string {
	t.Helper()
	var list []string
	for _, line := range write(t, j, value, nil)["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		if !strings.HasSuffix(pair, "=") {
			list = append(list, pair)
		}
	}
	return list
}

func reads(t testing.TB, j token.Jar, what string, request http.Header, want string) {
	t.Helper()
	if got, err := j.Read(request); err != nil || got != want {
		t.Errorf("%s: Read = %.40q, %v, want %.40q", what, got, err, want)
	}
}

func unread(t testing.TB, j token.Jar, what string, request http.Header, want error) {
	t.Helper()
	if got, err := j.Read(request); !errors.Is(err, want) || got != "" {
		t.Errorf("%s: Read = %.40q, %v, want %v", what, got, err, want)
	}
}

// text is different in every part.
var text = func() string {
	var b strings.Builder
	for i := 0; b.Len() < 64<<10; i++ {
		fmt.Fprintf(&b, "v%d-", i)
	}
	return b.String()
}()

// value returns text of a length.
func value(n int) string { return text[:n] }

// The lines that browsers see, for each kind of cookie and each kind of origin.
func TestS_91_SetCookie(t *testing.T) {
	bubble(t, func(t *testing.T) {
		expires := time.Now().Add(time.Hour)
		const hour, never = "; Expires=Sat, 01 Jan 2000 01:00:00 GMT; Max-Age=3600", ""
		for want, j := range map[string]token.Jar{
			"__Host-auth.session=v; Path=/" + hour + "; HttpOnly; Secure; SameSite=Lax":                       {Name: "__Host-auth.session", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode},
			"__Secure-auth.session=v; Path=/; Domain=example.com" + hour + "; HttpOnly; Secure; SameSite=Lax": {Name: "__Secure-auth.session", Path: "/", Domain: "example.com", Secure: true, SameSite: http.SameSiteLaxMode},
			"auth.session=v; Path=/" + hour + "; HttpOnly; SameSite=Lax":                                      {Name: "auth.session", Path: "/", SameSite: http.SameSiteLaxMode},
			"__Secure-auth.id-token=v; Path=/auth" + hour + "; HttpOnly; Secure; SameSite=Lax":                {Name: "__Secure-auth.id-token", Path: "/auth", Secure: true, SameSite: http.SameSiteLaxMode},
			"auth.id-token=v; Path=/auth" + hour + "; HttpOnly; SameSite=Lax":                                 {Name: "auth.id-token", Path: "/auth", SameSite: http.SameSiteLaxMode},
			"__Secure-auth.tx.A1b2C3d4E5=v; Path=/auth" + hour + "; HttpOnly; Secure; SameSite=None":          {Name: "__Secure-auth.tx.A1b2C3d4E5", Path: "/auth", Secure: true, SameSite: http.SameSiteNoneMode},
			"auth.tx.A1b2C3d4E5=v; Path=/auth" + hour + "; HttpOnly; SameSite=Lax":                            {Name: "auth.tx.A1b2C3d4E5", Path: "/auth", SameSite: http.SameSiteLaxMode},
			"__Host-auth.refresh-failed=v; Path=/" + hour + "; HttpOnly; Secure; SameSite=Lax":                {Name: "__Host-auth.refresh-failed", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode},
			"auth.refresh-failed=v; Path=/" + hour + "; HttpOnly; SameSite=Lax":                               {Name: "auth.refresh-failed", Path: "/", SameSite: http.SameSiteLaxMode},
			"__Host-auth.strict=v; Path=/" + hour + "; HttpOnly; Secure; SameSite=Strict":                     {Name: "__Host-auth.strict", Path: "/", Secure: true, SameSite: http.SameSiteStrictMode},
			"__Host-auth.csrf=0a1b%7Cff00; Path=/" + never + "; HttpOnly; Secure; SameSite=Lax":               {Name: "__Host-auth.csrf", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode},
			"auth.csrf=0a1b|ff00; Path=/" + never + "; HttpOnly; SameSite=Lax":                                {Name: "auth.csrf", Path: "/", SameSite: http.SameSiteLaxMode},
		} {
			_, rest, _ := strings.Cut(want, "=")
			value, _, _ := strings.Cut(rest, ";")
			until := expires
			if !strings.Contains(want, "Max-Age") {
				until = time.Time{}
			}
			response := http.Header{}
			if err := j.Write(response, nil, value, until); err != nil {
				t.Errorf("%s: %v", j.Name, err)
				continue
			}
			lines := response["Set-Cookie"]
			if len(lines) != 1 || lines[0] != want {
				t.Errorf("%s:\n got %q\nwant %q", j.Name, lines, want)
			}
		}
	})
}

// A value that needs three cookies, line by line.
func TestS_91_SetCookieChunks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const attributes = "; Path=/; Expires=Sun, 04 Feb 2001 00:00:00 GMT; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax"
		lines := write(t, large(), value(9000), nil)["Set-Cookie"]
		if len(lines) != 3 {
			t.Fatalf("%d lines", len(lines))
		}
		set := strings.Split(lines[0], ".")[2]
		room := 4096 - len(cookie+"="+attributes) - len(".99") - len("99.") - len(set) - len(".")
		for i, name := range []string{cookie, cookie + ".1", cookie + ".2"} {
			want := fmt.Sprintf("%s=3.%s.%s%s", name, set, value(9000)[i*room:min((i+1)*room, 9000)], attributes)
			if lines[i] != want {
				t.Errorf("line %d:\n got %s\nwant %s", i, lines[i], want)
			}
		}
	})
}

// The end is rounded down, and a cookie that ends at once still is one, so that
// the last second of a session does not look like a deletion.
func TestSetCookieMaxAge(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for wait, want := range map[time.Duration]int{
			time.Hour: 3600, time.Hour + 999*time.Millisecond: 3600, time.Second: 1, time.Millisecond: 1, 0: 1, -time.Hour: 1,
		} {
			response := http.Header{}
			if err := hostJar().Write(response, nil, "v", time.Now().Add(wait)); err != nil {
				t.Fatal(err)
			}
			c := must(http.ParseSetCookie(response.Get("Set-Cookie")))
			if c.MaxAge != want {
				t.Errorf("%v: Max-Age = %d, want %d", wait, c.MaxAge, want)
			}
		}
	})
}

func TestS_93_Conflict(t *testing.T) {
	t.Parallel()
	for what, request := range map[string]http.Header{
		"one line":       cookies(cookie + "=A; " + cookie + "=B"),
		"two lines":      cookies(cookie+"=A", cookie+"=B"),
		"three":          cookies(cookie + "=A; x=1; " + cookie + "=A; " + cookie + "=B"),
		"two, then one":  cookies(cookie + "=A; " + cookie + "=B; " + cookie + "=A"),
		"empty and full": cookies(cookie + "=; " + cookie + "=B"),
		"chunk":          cookies(cookie + "=2.abcdef.A; " + cookie + ".1=2.abcdef.B; " + cookie + ".1=2.abcdef.C"),
		"chunk and none": cookies(cookie + "=A; " + cookie + "=2.abcdef.A"),
	} {
		unread(t, hostJar(), what, request, token.ErrConflict)
		response := http.Header{}
		hostJar().Delete(response, request)
		if _, deleted := names(t, response); !slices.Contains(deleted, cookie) {
			t.Errorf("%s: deleted are %v", what, deleted)
		}
	}
	for what, request := range map[string]http.Header{
		"the same twice":             cookies(cookie + "=A; " + cookie + "=A"),
		"the same in two lines":      cookies(cookie+"=A", cookie+"=A"),
		"another name twice":         cookies(cookie + "=A; x=1; x=2"),
		"another case":               cookies(cookie + "=A; " + strings.ToUpper(cookie) + "=B"),
		"the same without prefix":    cookies(cookie + "=A; auth.session=B"),
		"the same with more of it":   cookies(cookie + "=A; " + cookie + "x=B"),
		"without the equals sign":    cookies(cookie + "=A; " + cookie),
		"delivered twice as a whole": cookies(cookie+"=A; x=1", "x=1; "+cookie+"=A"),
	} {
		reads(t, hostJar(), what, request, "A")
	}
}

// A planted cookie does not start a sign-in or pass for the form's token.
func TestS_94_ConflictOfOtherKinds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"__Secure-auth.tx.A1b2C3d4E5", "__Host-auth.csrf", "auth.tx.A1b2C3d4E5", "auth.csrf", "__Host-authjs.csrf-token", "next-auth.csrf-token"} {
		j := token.Jar{Name: name, Path: "/"}
		unread(t, j, name, cookies(name+"=mine; "+name+"=planted"), token.ErrConflict)
		unread(t, j, name, cookies(name+"=planted", name+"=mine"), token.ErrConflict)
	}
}

func TestS_95_ExactNames(t *testing.T) {
	t.Parallel()
	ignored := []string{cookie + "-evil", cookie + ".1x", cookie + ".01", cookie + ".-1", cookie + ".1e1", cookie + ".NaN", strings.ToUpper(cookie) + ".0",
		cookie + ".0", cookie + ".00", cookie + ".", cookie + "..1", cookie + ".+1", cookie + ".100", cookie + ".1.1", cookie + "1", cookie + ". 1", "x" + cookie,
		strings.ToLower(cookie), cookie + ".٣", "auth.session", "__Secure-auth.session", "session", cookie[:len(cookie)-1]}
	for _, name := range ignored {
		unread(t, hostJar(), name, cookies(name+"=A"), token.ErrNoCookie)
		reads(t, hostJar(), name, cookies(cookie+"=good; "+name+"=A"), "good")
		reads(t, hostJar(), name, cookies(name+"=2.abcdef.A; "+cookie+"=good"), "good")
		response := http.Header{"Set-Cookie": {name + "=kept"}}
		hostJar().Delete(response, cookies(name+"=A"))
		if _, deleted := names(t, http.Header{"Set-Cookie": response["Set-Cookie"][1:]}); !reflect.DeepEqual(deleted, []string{cookie}) || response["Set-Cookie"][0] != name+"=kept" {
			t.Errorf("%s: the response is %q", name, response["Set-Cookie"])
		}
	}
	// Two chunks with a look-alike in the place of the second.
	for _, name := range ignored {
		unread(t, hostJar(), name, cookies(cookie+"=2.abcdef.A; "+name+"=2.abcdef.B"), token.ErrChunks)
	}
}

func TestS_96_SetsNeverMix(t *testing.T) {
	t.Parallel()
	x, y := pairs(t, large(), strings.Repeat("x", 9000)), pairs(t, large(), strings.Repeat("y", 9000))
	if len(x) != 3 || len(y) != 3 {
		t.Fatalf("%d and %d chunks", len(x), len(y))
	}
	for mix := 1; mix < 7; mix++ { // all but the two whole sets
		var list []string
		for i := range 3 {
			list = append(list, [][]string{x, y}[mix>>i&1][i])
		}
		unread(t, large(), fmt.Sprintf("mix %03b", mix), cookies(strings.Join(list, "; ")), token.ErrChunks)
		response := http.Header{}
		large().Delete(response, cookies(strings.Join(list, "; ")))
		if _, deleted := names(t, response); !reflect.DeepEqual(deleted, []string{cookie, cookie + ".1", cookie + ".2"}) {
			t.Errorf("mix %03b: deleted are %v", mix, deleted)
		}
	}
	reads(t, large(), "x", cookies(strings.Join(x, "; ")), strings.Repeat("x", 9000))
}

// Sets are told apart even if the same value is written twice.
func TestS_96_SetsAreRandom(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		for i, pair := range pairs(t, large(), strings.Repeat("x", 5000)) {
			fields := strings.Split(pair, ".")
			set := fields[len(fields)-2]
			if i == 0 && seen[set] {
				t.Fatalf("the set %s came twice", set)
			}
			if seen[set] = true; len(set) != 6 {
				t.Fatalf("set %q", set)
			}
		}
	}
}

func TestS_97_MissingChunk(t *testing.T) {
	t.Parallel()
	for _, n := range []int{5000, 9000, 40000} {
		whole := pairs(t, large(), value(n))
		for i := range whole {
			request := cookies(strings.Join(slices.Delete(slices.Clone(whole), i, i+1), "; "))
			unread(t, large(), fmt.Sprintf("%d of %d is missing", i, len(whole)), request, token.ErrChunks)
			response := http.Header{}
			large().Delete(response, request)
			if _, deleted := names(t, response); len(deleted) != len(whole)-min(i, 1) {
				t.Errorf("%d of %d is missing: deleted are %v", i, len(whole), deleted)
			}
		}
	}
	// Counts and sets that do not fit.
	for what, line := range map[string]string{
		"count is larger":       cookie + "=3.abcdef.A; " + cookie + ".1=3.abcdef.B",
		"counts differ":         cookie + "=2.abcdef.A; " + cookie + ".1=3.abcdef.B; " + cookie + ".2=3.abcdef.C",
		"sets differ":           cookie + "=2.abcdef.A; " + cookie + ".1=2.abcdeF.B",
		"second is no chunk":    cookie + "=2.abcdef.A; " + cookie + ".1=B",
		"second is empty":       cookie + "=2.abcdef.A; " + cookie + ".1=",
		"only a later one":      cookie + ".1=2.abcdef.B",
		"only a later value":    cookie + ".1=whole",
		"beyond the last chunk": cookie + ".17=2.abcdef.B",
	} {
		unread(t, large(), what, cookies(line), token.ErrChunks)
	}
}

// What looks like the start of a set but is none is a value as it is.
func TestReadUnchunked(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"1.abcdef.A", "0.abcdef.A", "17.abcdef.A", "02.abcdef.A", "2.abcde.A", "2.abcdefg.A", "2.abcdef", "2", "2.", "2..", "-2.abcdef.A", "ey.abcdef.A", ""} {
		reads(t, large(), v, cookies(cookie+"="+v), v)
	}
	reads(t, large(), "empty parts", cookies(cookie+"=2.abcdef.; "+cookie+".1=2.abcdef."), "")
	reads(t, large(), "dots in parts", cookies(cookie+"=2.abcdef.a.b; "+cookie+".1=2.abcdef..c"), "a.b.c")
}

func TestS_98_StaleChunks(t *testing.T) {
	t.Parallel()
	for _, before := range []int{9000, 15000, 45000} {
		old := pairs(t, large(), value(before))
		for _, after := range []int{10, 5000} {
			fresh := pairs(t, large(), value(after))
			stale := old[len(fresh):]
			request := cookies(strings.Join(append(slices.Clone(stale), fresh...), "; "))
			reads(t, large(), fmt.Sprintf("%d after %d", after, before), request, value(after))
			set, deleted := names(t, write(t, large(), value(after), request))
			if len(set) != len(fresh) || len(deleted) != len(stale) {
				t.Errorf("%d after %d: sets %v, deletes %v", after, before, set, deleted)
			}
		}
	}
	if n := len(pairs(t, large(), value(45000))); n < 12 {
		t.Fatalf("only %d chunks: names of two digits are not tested", n)
	}
}

// The cookie with the plain name decides; what else there is belongs to it or
// to nothing, and goes with the next writing.
func TestS_99_OneValueAndChunks(t *testing.T) {
	t.Parallel()
	chunks := pairs(t, large(), value(9000))
	both := cookies(strings.Join(append([]string{cookie + "=whole"}, chunks[1:]...), "; "))
	reads(t, large(), "whole value and chunks", both, "whole")
	set, deleted := names(t, write(t, large(), "new", both))
	if !reflect.DeepEqual(set, []string{cookie}) || !reflect.DeepEqual(deleted, []string{cookie + ".1", cookie + ".2"}) {
		t.Errorf("sets %v, deletes %v", set, deleted)
	}
	unread(t, large(), "whole value and first chunk", cookies(cookie+"=whole; "+strings.Join(chunks, "; ")), token.ErrConflict)
	// Auth.js counts from 0. Its chunks are not ours.
	reads(t, large(), "numbered from 0", cookies(cookie+"=whole; "+cookie+".0=x"), "whole")
	unread(t, large(), "numbered from 0 only", cookies(cookie+".0=x"), token.ErrNoCookie)
}

// Not parallel, since it counts what is allocated.
func TestS_100_ReadBound(t *testing.T) {
	var many, huge, both []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("%s.%d=16.abcdef.%s", cookie, i, strings.Repeat("x", 4000)))
	}
	for i := range token.MaxChunks {
		name := strings.TrimSuffix(cookie+"."+strconv.Itoa(i), ".0")
		huge = append(huge, name+"=16.abcdef."+strings.Repeat("x", 64<<10))
		both = append(both, name+"=16.abcdef."+strings.Repeat("x", 3050))
	}
	for what, test := range map[string]struct {
		request http.Header
		want    error
	}{
		"200 chunks":       {cookies(strings.Join(many, "; ")), token.ErrChunks},
		"chunks of 64 KiB": {cookies(strings.Join(huge, "; ")), token.ErrChunks},
		"too long a sum":   {cookies(strings.Join(append(both[:15:15], both[15]+strings.Repeat("x", 500)), "; ")), token.ErrChunks},
		"1 MiB of chunks":  {cookies(strings.Repeat(cookie+".99=2.abcdef.x; ", 1<<20/37)), token.ErrChunks},
		"1 MiB of commas":  {cookies(strings.Repeat(";", 1<<20)), token.ErrNoCookie},
		"1 MiB of equals":  {cookies(strings.Repeat("=", 1<<20)), token.ErrNoCookie},
		"1 MiB of spaces":  {cookies(strings.Repeat(" ", 1<<20)), token.ErrNoCookie},
		"10,000 lines":     {cookies(slices.Repeat([]string{cookie + ".57=x"}, 10000)...), token.ErrChunks},
	} {
		unread(t, large(), what, test.request, test.want)
		if n := allocated(func() { _, _ = large().Read(test.request) }); n > 8<<10 {
			t.Errorf("%s: refusing allocates %d bytes", what, n)
		}
		response := http.Header{}
		large().Delete(response, test.request)
		if n := len(response["Set-Cookie"]); n > 100 {
			t.Errorf("%s: %d deletions", what, n)
		}
	}
	reads(t, large(), "48 KiB in 16 chunks", cookies(strings.Join(both, "; ")), strings.Repeat("x", 16*3050))
}

// domain returns a domain name of n bytes, at most 253.
func domain(n int) string {
	longest := strings.Repeat("a.", 126) + "b"
	if n == 0 || n%2 == 1 {
		return longest[len(longest)-n:]
	}
	return "a" + longest[len(longest)-n+1:]
}

// Browsers drop a cookie that is too large without a word, so no line is ever
// longer than 4096 bytes, and one that may be that long is.
func TestS_101_LineLength(t *testing.T) {
	t.Parallel()
	for nameLen := 1; nameLen <= 128; nameLen++ {
		for _, domainLen := range []int{0, 2, 63, 127, 252, 253} {
			j := token.Jar{Name: strings.Repeat("n", nameLen), Path: "/auth", Domain: domain(domainLen), Secure: true, SameSite: http.SameSiteStrictMode, Budget: 64 << 10}
			if len(j.Domain) != domainLen {
				t.Fatalf("domain %q", j.Domain)
			}
			empty := len(write(t, j, "", nil)["Set-Cookie"][0])
			for _, n := range []int{1, 4096 - empty - 1, 4096 - empty, 4096 - empty + 1, 8000, 3*4096 - 3*empty, 30000} {
				lines := write(t, j, value(n), nil)["Set-Cookie"]
				if whole := n <= 4096-empty; whole != (len(lines) == 1) {
					t.Errorf("name %d, domain %d: %d bytes take %d lines", nameLen, domainLen, n, len(lines))
				}
				b := browser{}
				b.take(t, http.Header{"Set-Cookie": lines})
				reads(t, j, fmt.Sprintf("name %d, domain %d, %d bytes", nameLen, domainLen, n), b.request(), value(n))
				for _, line := range lines {
					if len(line) > 4096 || domainLen > 0 && !strings.Contains(line, "; Domain="+j.Domain+";") {
						t.Errorf("name %d, domain %d: %d bytes: %.100s", nameLen, domainLen, len(line), line)
					}
				}
			}
		}
	}
}

// Whatever is written is read, also with the cookies in another order, in
// several headers and twice.
func TestS_102_RoundTripProperty(t *testing.T) {
	t.Parallel()
	j := large()
	random := rand.New(rand.NewPCG(1, 2))
	property := func(size uint16, junk uint8) bool {
		want := value(1 + int(size)%45000) // an empty one is a cookie that pairs takes for deleted
		list := pairs(t, j, want)
		list = append(list, list[:random.IntN(len(list)+1)]...)
		for range junk % 5 {
			list = append(list, fmt.Sprintf("%s%d=x", []string{"x", cookie + "-", cookie + ".0", cookie + ".9" + cookie}[random.IntN(4)], random.IntN(100)))
		}
		random.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		cut := random.IntN(len(list) + 1)
		got, err := j.Read(cookies(strings.Join(list[:cut], "; "), strings.Join(list[cut:], ";")))
		return err == nil && got == want
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 300}); err != nil {
		t.Error(err)
	}
}

func TestS_102_Shuffled(t *testing.T) {
	t.Parallel()
	list := pairs(t, large(), value(30000))
	if len(list) < 8 {
		t.Fatalf("%d chunks", len(list))
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		random.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		reads(t, large(), "one line", cookies(strings.Join(list, "; ")), value(30000))
		reads(t, large(), "many lines", cookies(list...), value(30000))
		reads(t, large(), "twice", cookies(append(slices.Clone(list), list...)...), value(30000))
	}
}

// A deletion has the attributes of the cookie, or browsers keep it, and is over
// by both of its clocks.
func TestS_103_Deletion(t *testing.T) {
	t.Parallel()
	for want, j := range map[string]token.Jar{
		"; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax":                     hostJar(),
		"; Path=/; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax": {Name: "__Secure-auth.session", Path: "/", Domain: "example.com", Secure: true, SameSite: http.SameSiteLaxMode},
		"; Path=/auth; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=None":                {Name: "__Secure-auth.tx.A", Path: "/auth", Secure: true, SameSite: http.SameSiteNoneMode},
		"; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; SameSite=Lax":                             {Name: "auth.session", Path: "/", SameSite: http.SameSiteLaxMode},
	} {
		j.Budget = 48 << 10
		response := http.Header{}
		j.Delete(response, cookies(j.Name+".3=x; "+j.Name+".20=y"))
		lines := []string{j.Name + "=" + want, j.Name + ".3=" + want, j.Name + ".20=" + want}
		if !reflect.DeepEqual(response["Set-Cookie"], lines) {
			t.Errorf("%s:\n got %q\nwant %q", j.Name, response["Set-Cookie"], lines)
		}
		b := browser{"theme": "dark"}
		b.take(t, write(t, j, value(20000), nil))
		if len(b) < 5 {
			t.Fatalf("%d cookies", len(b))
		}
		response = http.Header{}
		j.Delete(response, b.request())
		if b.take(t, response); !reflect.DeepEqual(b, browser{"theme": "dark"}) {
			t.Errorf("%s: the browser keeps %d cookies", j.Name, len(b))
		}
	}
}

// Before the first response is out there may be several writings. The last one
// counts, and there is one line for each name.
func TestWriteTwice(t *testing.T) {
	t.Parallel()
	b := browser{}
	b.take(t, write(t, large(), value(20000), nil))
	response := http.Header{"Set-Cookie": {"theme=dark", "lang=de"}}
	expires := time.Now().Add(time.Hour)
	for _, n := range []int{9000, 30000, 10, 45000, 5000} {
		if err := large().Write(response, b.request(), value(n), expires); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, line := range response["Set-Cookie"] {
		name, _, _ := strings.Cut(line, "=")
		if seen[name] {
			t.Errorf("two lines for %s", name)
		}
		seen[name] = true
	}
	if !seen["theme"] || !seen["lang"] {
		t.Error("cookies of the application are lost")
	}
	b.take(t, response)
	reads(t, large(), "the last", b.request(), value(5000))
	if len(b) != 4 { // two chunks, two of the application
		t.Errorf("the browser has %d cookies", len(b))
	}
	large().Delete(response, b.request())
	if b.take(t, response); len(b) != 2 {
		t.Errorf("after Delete the browser has %d cookies", len(b))
	}
}

// A value that shrinks and grows again never leaves a browser with parts of two
// writings.
func TestBrowserAlwaysHasOneValue(t *testing.T) {
	t.Parallel()
	b := browser{}
	for _, n := range []int{10, 9000, 45000, 9000, 10, 0, 4000, 5000, 45000, 10} {
		b.take(t, write(t, large(), value(n), b.request()))
		reads(t, large(), fmt.Sprint(n), b.request(), value(n))
	}
	if len(b) != 1 {
		t.Errorf("the browser has %d cookies", len(b))
	}
}

// What net/http would drop from a line without an error is refused before
// anything is changed.
func TestS_107_NamesAndValues(t *testing.T) {
	t.Parallel()
	good := hostJar()
	with := func(change func(*token.Jar)) token.Jar {
		j := good
		change(&j)
		return j
	}
	for what, j := range map[string]token.Jar{
		"name with semicolon":    with(func(j *token.Jar) { j.Name = "a;b" }),
		"name with line break":   with(func(j *token.Jar) { j.Name = "a\r\nX: y" }),
		"name with equals sign":  with(func(j *token.Jar) { j.Name = "a=b" }),
		"name with space":        with(func(j *token.Jar) { j.Name = "a b" }),
		"name with umlaut":       with(func(j *token.Jar) { j.Name = "ä" }),
		"no name":                with(func(j *token.Jar) { j.Name = "" }),
		"path with semicolon":    with(func(j *token.Jar) { j.Path = "/;Domain=x" }),
		"path with line break":   with(func(j *token.Jar) { j.Path = "/\r\nX: y" }),
		"domain with semicolon":  with(func(j *token.Jar) { j.Domain = "a.example;x" }),
		"domain with line break": with(func(j *token.Jar) { j.Domain = "a.example\nx" }),
		"domain with long label": with(func(j *token.Jar) { j.Domain = strings.Repeat("a", 64) + ".example" }),
	} {
		response := http.Header{"Set-Cookie": {"theme=dark"}}
		if err := j.Write(response, nil, "v", time.Time{}); err == nil || !reflect.DeepEqual(response, http.Header{"Set-Cookie": {"theme=dark"}}) {
			t.Errorf("%s: %v, %q", what, err, response)
		}
	}
	for _, v := range []string{"a b", " a", "a;b", "a,b", `a"b`, `"a"`, `a\b`, "a\r\nb", "a\x00", "a\x7f", "ä", "a\xff", "a\t", "2.abcdef.x", "16.______."} {
		response := http.Header{"Set-Cookie": {"theme=dark"}}
		if err := good.Write(response, nil, v, time.Time{}); err == nil || len(response["Set-Cookie"]) != 1 {
			t.Errorf("value %q: %v, %q", v, err, response)
		}
	}
	// Everything else that a cookie can carry comes back as it was.
	var all strings.Builder
	for c := byte('!'); c < 0x7f; c++ {
		if !strings.ContainsRune(`",;\`, rune(c)) {
			all.WriteByte(c)
		}
	}
	b := browser{}
	b.take(t, write(t, good, all.String(), nil))
	reads(t, good, "every character", b.request(), all.String())
}

func TestReadNothing(t *testing.T) {
	t.Parallel()
	for what, request := range map[string]http.Header{
		"no headers": nil, "no cookies": {}, "empty line": {"Cookie": {""}}, "others": cookies("a=b; c=d"), "name only": cookies(cookie),
		"not canonical": {"cookie": {cookie + "=A"}}, "name with space": cookies(cookie + " =A"), "semicolons": cookies(";; ;"),
	} {
		unread(t, hostJar(), what, request, token.ErrNoCookie)
	}
}
