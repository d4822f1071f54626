package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/token"
)

// codecWorker seals and opens with the originals; see authjs/codec.mjs.
type codecWorker struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func startCodec(t *testing.T) *codecWorker {
	t.Helper()
	in, out := startNode(t, "codec.mjs")
	return &codecWorker{t, in, out}
}

// try runs a command and returns its result, or what was thrown.
func (w *codecWorker) try(lib, op string, params map[string]any) (value json.RawMessage, thrown string) {
	w.t.Helper()
	command := map[string]any{"lib": lib, "op": op}
	maps.Copy(command, params)
	if _, err := fmt.Fprintln(w.in, asJSON(w.t, command)); err != nil {
		w.t.Fatal(err)
	}
	line, err := w.out.ReadBytes('\n')
	var answer struct {
		Value json.RawMessage
		Error string
	}
	if err == nil {
		err = json.Unmarshal(line, &answer)
	}
	if err != nil {
		w.t.Fatalf("codec.mjs: %v: %s", err, line)
	}
	return answer.Value, answer.Error
}

// ask runs a command that has to work.
func ask[T any](w *codecWorker, lib, op string, params map[string]any) T {
	w.t.Helper()
	value, thrown := w.try(lib, op, params)
	if thrown != "" {
		w.t.Fatalf("%s %s: %s", lib, op, thrown)
	}
	var result T
	if err := json.Unmarshal(value, &result); err != nil {
		w.t.Fatalf("%s %s: %v: %s", lib, op, err, value)
	}
	return result
}

// secretsFor returns the secrets as a generation takes them: a list, or the first
// one alone.
func (g generation) secretsFor(secrets ...string) any {
	if g.format == auth.NextAuth4 {
		return secrets[0]
	}
	return secrets
}

// saltFor returns what the key of a session cookie depends on.
func (g generation) saltFor(cookie string) string {
	if g.format == auth.NextAuth4 {
		return ""
	}
	return cookie
}

func foreignCodec(t *testing.T, g generation, cookie string, secrets ...string) *token.Codec {
	t.Helper()
	codec, err := token.NewForeignCodec(g.format, cookie, token.Members{}, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

// interopClaims are tokens that are carried from one side to the other.
var interopClaims = map[string]string{
	"plain":   `{"sub":"5b1f4c1e","name":"Ada Lovelace","email":"ada@example.com","picture":"https://cdn.example.com/ada.png"}`,
	"unicode": `{"sub":"ユーザー/1","name":"Ada \"Löve\" \\ 🦊\u0000\u2028","email":"ada@exämple.com","ключ":"значение","<&>":"</script>"}`,
	"nested":  `{"sub":"1","user":{"id":7,"roles":["a",["b",{}]],"none":null,"yes":true},"list":[],"deep":{"a":{"b":{"c":[1,2,{"d":"e"}]}}}}`,
	"numbers": `{"sub":"1","int":9007199254740991,"negative":-1,"fraction":0.1,"big":1e+21,"zero":0}`,
	"nothing": `{"sub":"1","name":null,"email":null,"picture":null}`,
	"guide":   `{"sub":"1","provider":"google","accessToken":"ya29.a0","refreshToken":"1//0e","accessTokenExpires":1795447210000}`,
	"empty":   `{"sub":"1","provider":"password","accessTokenExpires":null,"accessToken":""}`,
}

// Tokens of Node open in Go, and tokens of Go in Node, and say the same there.
func TestInteropTokens(t *testing.T) {
	t.Parallel()
	w := startCodec(t)
	for _, g := range generations {
		for _, https := range []bool{false, true} {
			cookie := g.format.CookieName("session-token", https)
			codec := foreignCodec(t, g, cookie, interopSecret)
			params := map[string]any{"secret": g.secretsFor(interopSecret), "salt": g.saltFor(cookie)}
			for name, text := range interopClaims {
				name = fmt.Sprintf("%s, %s, %s", g.name, cookie, name)
				params["token"] = json.RawMessage(text)
				sealed := ask[string](w, g.name, "encode", params)
				there := opened(w, g, params, sealed)
				tok, err := codec.Open(sealed)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}

				// What Go seals again says the same as before.
				again, err := codec.Seal(tok)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				here := opened(w, g, params, again)
				delete(here, "auth_time") // which the kit adds
				sameClaims(t, name, here, there)
			}
		}
	}
}

// opened opens a token in Node.
func opened(w *codecWorker, g generation, params map[string]any, sealed string) map[string]any {
	w.t.Helper()
	params = maps.Clone(params)
	params["token"] = sealed
	return ask[map[string]any](w, g.name, "decode", params)
}

// sameClaims compares what Go sealed with what it was given. A member of the
// profile or the account that says nothing may be left out.
func sameClaims(t *testing.T, name string, got, want map[string]any) {
	t.Helper()
	for _, member := range []string{"name", "email", "picture", "accessToken", "accessTokenExpires"} {
		if want[member] == nil || want[member] == "" {
			delete(want, member)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", name, got, want)
	}
}

// While secrets are rotated, each side opens what the other has sealed under any
// of them.
func TestInteropRotatedSecrets(t *testing.T) {
	t.Parallel()
	w := startCodec(t)
	const next, last = "the secret that comes after this one: 0123456789-abc", "the secret that was before this one: 0123456789-abc"
	for _, g := range generations {
		cookie := g.format.CookieName("session-token", false)
		seal := func(secrets ...string) string {
			return ask[string](w, g.name, "encode", map[string]any{
				"secret": g.secretsFor(secrets...), "salt": g.saltFor(cookie), "token": map[string]string{"sub": "ada"}})
		}
		old, current := seal(last), seal(interopSecret, last)
		for _, c := range []struct {
			name, sealed string
			secrets      []string
			opens        bool
		}{
			{"the old one, still accepted", old, []string{interopSecret, last}, true},
			{"the current one", current, []string{interopSecret, last}, true},
			{"the current one, when there is a new one", current, []string{next, interopSecret}, true},
			{"the old one, no longer accepted", old, []string{next, interopSecret}, false},
		} {
			tok, err := foreignCodec(t, g, cookie, c.secrets...).Open(c.sealed)
			if opens := err == nil && tok.Subject == "ada"; opens != c.opens {
				t.Errorf("%s, sealed in Node: %s: %v", g.name, c.name, err)
			}
		}
		for _, c := range []struct {
			name       string
			seal, open []string
			opens      bool
		}{
			{"one for all", []string{interopSecret}, []string{interopSecret}, true},
			{"the first of two", []string{interopSecret, last}, []string{interopSecret}, true},
			{"the old one, still accepted", []string{last}, []string{interopSecret, last}, g.format == auth.AuthJS}, // v4 has one only
			{"the old one, no longer accepted", []string{last}, []string{interopSecret}, false},
		} {
			sealed, err := foreignCodec(t, g, cookie, c.seal...).Seal(newTestToken(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			_, thrown := w.try(g.name, "decode", map[string]any{
				"secret": g.secretsFor(c.open...), "salt": g.saltFor(cookie), "token": sealed})
			if opens := thrown == ""; opens != c.opens {
				t.Errorf("%s, sealed in Go: %s: %s", g.name, c.name, thrown)
			}
		}
	}
}

func newTestToken(life time.Duration) *token.Token {
	now := time.Now()
	tok := &token.Token{Account: token.Account{Provider: "google", ID: "1", AccessToken: token.NewSecret("ya29.a0")}}
	tok.Subject, tok.AuthTime, tok.IssuedAt, tok.ExpiresAt = "ada", now, now, now.Add(life)
	return tok
}

// Both take a token for the same fifteen seconds after its end, and not one of the
// other generation or for another cookie.
func TestInteropRefusals(t *testing.T) {
	t.Parallel()
	w := startCodec(t)
	for i, g := range generations {
		cookie := g.format.CookieName("session-token", false)
		codec := foreignCodec(t, g, cookie, interopSecret)
		params := func(extra map[string]any) map[string]any {
			p := map[string]any{"secret": g.secretsFor(interopSecret), "salt": g.saltFor(cookie)}
			maps.Copy(p, extra)
			return p
		}
		for life, opens := range map[time.Duration]bool{time.Minute: true, -8 * time.Second: true, -16 * time.Second: false} {
			sealed := ask[string](w, g.name, "encode", params(map[string]any{"maxAge": int(life.Seconds()), "token": map[string]string{"sub": "ada"}}))
			if _, err := codec.Open(sealed); (err == nil) != opens {
				t.Errorf("%s, %s left, Go: %v", g.name, life, err)
			}
			if _, thrown := w.try(g.name, "decode", params(map[string]any{"token": sealed})); (thrown == "") != opens {
				t.Errorf("%s, %s left, Node: %s", g.name, life, thrown)
			}
		}
		other := generations[1-i]
		sealed := ask[string](w, g.name, "encode", params(map[string]any{"token": map[string]string{"sub": "ada"}}))
		if _, err := foreignCodec(t, other, cookie, interopSecret).Open(sealed); err == nil {
			t.Errorf("a token of %s opens as one of %s", g.name, other.name)
		}
		_, err := foreignCodec(t, g, "another-cookie", interopSecret).Open(sealed)
		if opens := err == nil; opens != (g.format == auth.NextAuth4) { // whose key is the same for all cookies
			t.Errorf("%s, another cookie: %v", g.name, err)
		}
	}
}

// A token without sub, as the callback of a well-known guide for v4 makes it, is
// none that the kit could use. Auth.js can, so it is left alone.
func TestInteropTokenOfNobody(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node, kit := startAuthJS(t, g, op), startKit(t, g.format, op)
		sealed := ask[string](startCodec(t), g.name, "encode", map[string]any{
			"secret": g.secretsFor(interopSecret), "salt": g.saltFor(g.sessionCookie()),
			"token": map[string]any{"accessToken": "ya29.a0", "user": map[string]string{"name": "Ada"}}})
		v := newVisitor(t, op)
		v.put(map[string]string{g.sessionCookie(): sealed})
		if v.session(kit) != nil {
			t.Error("the kit shows a session")
		}
		if v.session(node) == nil {
			t.Error("the kit has ended the session for Auth.js")
		}
	})
}

// Cookies that a Jar writes are joined and opened by getToken, which the middleware
// of Next.js uses, at every size around those of the chunks.
func TestInteropJar(t *testing.T) {
	t.Parallel()
	w := startCodec(t)
	for _, g := range generations {
		for _, https := range []bool{false, true} {
			jar := token.Jar{
				Name: g.format.CookieName("session-token", https), Path: "/", Secure: https,
				SameSite: http.SameSiteLaxMode, ChunkSize: g.format.ChunkSize(), Budget: 32 << 10,
			}
			codec := foreignCodec(t, g, jar.Name, interopSecret)
			for _, pad := range []int{0, 2400, 2450, 2500, 2550, 5500, 12000} {
				tok := newTestToken(time.Hour)
				tok.Email = strings.Repeat("é", pad/2)
				sealed, err := codec.Seal(tok)
				if err != nil {
					t.Fatal(err)
				}
				response := http.Header{}
				if err := jar.Write(response, http.Header{}, sealed, time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				cookie := sent(t, response)
				if parts := (len(sealed) + jar.ChunkSize - 1) / jar.ChunkSize; strings.Count(cookie, jar.Name) != parts {
					t.Errorf("%s, %d bytes in %d cookies", jar.Name, len(sealed), strings.Count(cookie, jar.Name))
				}
				got := ask[map[string]any](w, g.name, "read", map[string]any{
					"secret": g.secretsFor(interopSecret), "cookieName": jar.Name, "secureCookie": https, "cookie": cookie})
				if got["email"] != tok.Email && pad > 0 || got["accessToken"] != "ya29.a0" {
					t.Errorf("%s, %d bytes: %v", jar.Name, len(sealed), got)
				}
				back, err := jar.Read(http.Header{"Cookie": {cookie}})
				if err != nil || back != sealed {
					t.Errorf("%s, %d bytes: %v", jar.Name, len(sealed), err)
				}
			}
		}
	}
}

// sent returns the Cookie header of a browser without other cookies.
func sent(t *testing.T, response http.Header) string {
	t.Helper()
	var pairs []string
	for _, line := range response["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatal(err)
		}
		if c.MaxAge >= 0 {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}
