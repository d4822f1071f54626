package token_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/token"
)

// FuzzWrite puts values into a browser that has any cookies already, in the kit's form
// and in that of Auth.js. The browser then sends back exactly the value, each line
// fits a browser, and cookies of others are left alone; or nothing is written at all.
func FuzzWrite(f *testing.F) {
	for _, c := range append(cookieVectors(), refusedCookies()...) {
		f.Add(strings.ReplaceAll(strings.Join(c.Headers, "; "), cookie, "s"), "value", 1, 0)
		f.Add(strings.ReplaceAll(strings.Join(c.Headers, "; "), cookie, "s"), "v", 9000, 0)
		f.Add(strings.ReplaceAll(strings.Join(c.Headers, "; "), cookie, "s"), "v", 5000, 3936)
	}
	f.Add("s.0=a; s.1=b; s.2=c; s.3=d", "v", 5000, 3936)
	f.Add("s=z; s.0=a; s.1=b", "v", 5, 3936)
	for _, n := range []int{0, 1, 4000, 4094, 4095, 4096, 8000, 12000, 48000, 50000, 70000} {
		f.Add("", "x", n, 0)
		f.Add("s=old; s.1=older; s.15=x; other=1", "x", n, 3933)
	}
	f.Fuzz(func(t *testing.T, before, piece string, times, chunk int) {
		if times < 0 || times > 80000 || len(piece)*times > 80000 || chunk < 0 || chunk > 3936 {
			return
		}
		j := token.Jar{Name: "s", Path: "/", Secure: true, Budget: 48 << 10, ChunkSize: chunk}
		value, request, response := strings.Repeat(piece, times), http.Header{"Cookie": {before}}, http.Header{}
		if err := j.Write(response, request, value, time.Now().Add(time.Hour)); err != nil {
			var budget *token.BudgetError
			if len(response) != 0 || errors.As(err, &budget) && budget.Size <= 40<<10 && chunk == 0 {
				t.Fatalf("%d bytes: %v, with %d lines", len(value), err, len(response["Set-Cookie"]))
			}
			return
		}
		jar := pairsOf(before)
		for _, line := range response["Set-Cookie"] {
			c, err := http.ParseSetCookie(line)
			if err != nil || len(c.Name)+len(c.Value) > 4096 || !slices.Contains(slots, c.Name) && !strings.HasPrefix(c.Name, "s.") {
				t.Fatalf("%.60q: %v", line, err)
			}
			jar = slices.DeleteFunc(jar, func(p [2]string) bool { return p[0] == c.Name })
			if c.MaxAge >= 0 {
				jar = append(jar, [2]string{c.Name, c.Value})
			}
		}
		var sent []string
		for _, p := range jar {
			sent = append(sent, p[0]+"="+p[1])
		}
		got, err := j.Read(http.Header{"Cookie": {strings.Join(sent, "; ")}})
		if err != nil || got != value {
			t.Fatalf("%d bytes come back as %d, %v", len(value), len(got), err)
		}
	})
}

// pairsOf reads a Cookie header as a browser would have to have it: one value for each
// name. (Cookies of other paths, which could come twice, are for FuzzRead.)
func pairsOf(header string) (all [][2]string) {
	for part := range strings.SplitSeq(header, ";") {
		name, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
		if ok && !slices.ContainsFunc(all, func(p [2]string) bool { return p[0] == name }) {
			all = append(all, [2]string{name, value})
		}
	}
	return all
}
