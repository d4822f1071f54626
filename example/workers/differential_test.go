package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/token"
)

// pieces are what mutations are made of: whatever one reader of JSON, or of the format,
// may take for something else than another.
var pieces = []string{
	`null`, `1`, `-0`, `0`, `-1`, `1.5`, `1.0`, `1e3`, `01`, `1.`, `9007199254740993`, `9223372036854775807`, `9223372036854775808`, `253402300799`,
	`253402300800`, `253402300799.9`, `1e308`, `1e309`, `""`, `"a"`, `"\u0061"`, `"\ud800"`, `"\ud83d\ude00"`, `"\x"`, "\"\t\"", `"ä"`, "\"\xff\"", `{}`, `[]`, `[1]`, `["a"]`,
	`{"id":"a"}`, `{"id":1}`, `[{"id":"a"}]`, `true`, `false`, `tru`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, ` `, "\n", "\u00a0", "\ufeff", `,`, `:`, `}`, `{`, `]`, `"`, `\`,
	strings.Repeat("[", 31) + strings.Repeat("]", 31), strings.Repeat("[", 32) + strings.Repeat("]", 32),
}

var names = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "name", "email", "picture", "account", "accounts", "gen", "v", "x", "SUB", "__proto__", "constructor",
	"provider", "id", "type", "sid", "session_expiry", "access_token", "refresh_token", "dpop_key", "token_type", "expires_at", "expires_in", "scope",
}

// mutated returns a payload with one to three changes.
func mutated(r *rand.Rand, now int64) string {
	times := []string{fmt.Sprint(now + 60), fmt.Sprint(now - 60), fmt.Sprint(now+600) + ".9", fmt.Sprint(now + 6000)}
	value := func() string { all := append(pieces, times...); return all[r.IntN(len(all))] }
	text := fmt.Sprintf(`{"sub":"a","exp":%d,"iat":%d,"name":"b","x":[1,{"y":"z"}],"account":{"provider":"p","id":"i","expires_at":%d},"gen":1}`, now+6000, now, now)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(text) + 1)
		switch r.IntN(5) {
		case 0: // something in between
			text = text[:at] + value() + text[at:]
		case 1: // something missing
			text = text[:at] + text[min(len(text), at+1+r.IntN(8)):]
		case 2: // a member more
			text = fmt.Sprintf(`{"%s":%s,%s`, names[r.IntN(len(names))], value(), text[1:])
		case 3: // one more in the account
			text = strings.Replace(text, `"account":{`, fmt.Sprintf(`"account":{"%s":%s,`, names[r.IntN(len(names))], value()), 1)
		case 4: // another value
			name := fmt.Sprintf(`"%s":`, names[r.IntN(len(names))])
			if i := strings.Index(text, name); i >= 0 {
				end := i + len(name) + max(0, strings.IndexAny(text[i+len(name):], ",}"))
				text = text[:i+len(name)] + value() + text[end:]
			}
		}
	}
	return text
}

// Where one of both readers of the format, in Go and in JavaScript, takes a payload for a
// session, so does the other. They may differ in one thing: the kit also takes null for
// a member of the account.
func TestReadersAgree(t *testing.T) {
	t.Parallel()
	ring, err := token.NewKeyring(appURL, secretA)
	if err != nil {
		t.Fatal(err)
	}
	sealer := ring.Sealer("session", "__Host-auth.session")
	codec := token.NewCodec(sealer)
	r := rand.New(rand.NewPCG(7, 2026))
	now := time.Now().Unix()
	var lines, plains []string
	var inGo []bool
	for range 6000 {
		plain := mutated(r, now)
		value, err := sealer.Seal([]byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		_, err = codec.Open(value)
		line, _ := json.Marshal(map[string]any{"now": now, "cookies": "__Host-auth.session=" + value, "options": map[string]any{"secret": secretA, "audience": appURL}})
		lines, plains, inGo = append(lines, string(line)), append(plains, plain), append(inGo, err == nil)
	}
	both := 0
	for i, answer := range opened(t, lines...) {
		inJS := answer != "null"
		if inJS != inGo[i] && (inJS || !strings.Contains(plains[i], "null")) {
			t.Errorf("Go %v, JavaScript %v: %q", inGo[i], inJS, plains[i])
		}
		if inJS && inGo[i] {
			both++
		}
	}
	t.Logf("%d of %d open in both", both, len(plains))
	if both < len(plains)/10 {
		t.Error("too few open to mean something")
	}
}
