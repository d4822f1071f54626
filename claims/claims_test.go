package claims_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
)

// object parses JSON that the test knows to be good.
func object(t testing.TB, text string) claims.Object {
	t.Helper()
	o, err := claims.ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("ParseObject(%.100s): %v", text, err)
	}
	return o
}

// parse returns the claims in JSON that the test knows to be good.
func parse(t testing.TB, text string) *claims.Claims {
	t.Helper()
	c, err := claims.Parse(object(t, text))
	if err != nil {
		t.Fatalf("Parse(%.100s): %v", text, err)
	}
	return &c
}

// marshal returns the JSON of a value that has one.
func marshal(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	return string(text)
}

// nobody is a holder without claims, such as a session of someone signed out.
type nobody struct{}

func (nobody) Payload() *claims.Claims { return nil }

// full has every registered claim, the profile and two custom claims, in the
// order in which they are written.
const full = `{"iss":"https://op.example","sub":"google|42","aud":["app","api"],` +
	`"exp":1800000000,"nbf":1700000000,"iat":1700000001,"jti":"s1","auth_time":1699999999,` +
	`"name":"Ada \u003cL\u003e","email":"ada@example.com","picture":"https://op.example/a?s=1&t=2",` +
	`"role":"admin","org":{"id":9007199254740993}}`

func TestParseAndMarshal(t *testing.T) {
	t.Parallel()
	c := parse(t, full)
	want := claims.Claims{
		Issuer: "https://op.example", Subject: "google|42", Audience: []string{"app", "api"},
		ExpiresAt: time.Unix(1800000000, 0), NotBefore: time.Unix(1700000000, 0),
		IssuedAt: time.Unix(1700000001, 0), ID: "s1", AuthTime: time.Unix(1699999999, 0),
		Name: "Ada <L>", Email: "ada@example.com", Picture: "https://op.example/a?s=1&t=2",
	}
	claims.NewKey[string]("role").Set(&want, "admin")
	claims.NewKey[map[string]int64]("org").Set(&want, map[string]int64{"id": 9007199254740993})
	if !c.Equal(&want) {
		t.Errorf("Parse = %+v, want %+v", c, want)
	}
	text, err := c.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	// HTML is not escaped: it would cost five bytes in the cookie for each sign.
	if plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(full); string(text) != plain {
		t.Errorf("MarshalJSON:\n got %s\nwant %s", text, plain)
	}
	var again claims.Claims
	if err := json.Unmarshal([]byte(full), &again); err != nil || !again.Equal(&want) {
		t.Errorf("UnmarshalJSON = %+v, %v", again, err)
	}
}

func TestZeroClaims(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	if got := marshal(t, c); got != "{}" {
		t.Errorf("the zero Claims are %s, want {}", got)
	}
	if got := parse(t, "{}"); !got.Equal(&c) {
		t.Errorf("{} is read as %+v", got)
	}
}

func TestAudience(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want []string
		back string
	}{
		{`{"aud":"app"}`, []string{"app"}, `{"aud":"app"}`},
		{`{"aud":["app"]}`, []string{"app"}, `{"aud":"app"}`},
		{`{"aud":["a","b"]}`, []string{"a", "b"}, `{"aud":["a","b"]}`},
		{`{"aud":[]}`, nil, `{}`},
	} {
		c := parse(t, test.text)
		if !slices.Equal(c.Audience, test.want) {
			t.Errorf("%s: Audience = %q, want %q", test.text, c.Audience, test.want)
		}
		if got := marshal(t, c); got != test.back {
			t.Errorf("%s: written as %s, want %s", test.text, got, test.back)
		}
	}
}

func TestParseRefusesWrongTypes(t *testing.T) {
	t.Parallel()
	var wrong = map[string][]string{
		`"x"`:  {"exp", "nbf", "iat", "auth_time"},
		`12`:   {"iss", "sub", "aud", "jti", "name", "email", "picture"},
		`null`: {"iss", "sub", "aud", "jti", "exp", "nbf", "iat", "auth_time"},
		`[]`:   {"iss", "sub", "jti", "name", "email", "picture", "exp", "nbf", "iat", "auth_time"},
		`{}`:   {"iss", "sub", "aud", "jti", "name", "email", "picture", "exp", "nbf", "iat", "auth_time"},
		`true`: {"iss", "sub", "aud", "jti", "name", "email", "picture", "exp", "nbf", "iat", "auth_time"},
		// Seconds have to be plain decimals of our era.
		`-1`: {"exp", "nbf", "iat", "auth_time"}, `-0.5`: {"exp", "nbf"}, `1e9`: {"exp", "iat"},
		`253402300800`: {"exp", "nbf", "iat", "auth_time"}, `99999999999999999999`: {"exp"},
		`["a",1]`: {"aud"}, `["a",null]`: {"aud"}, `["a",["b"]]`: {"aud"},
	}
	for value, names := range wrong {
		for _, name := range names {
			_, err := claims.Parse(object(t, `{"`+name+`":`+value+`}`))
			if !errors.Is(err, claims.ErrMalformed) {
				t.Errorf("%s = %s: err = %v, want ErrMalformed", name, value, err)
				continue
			}
			if !strings.Contains(err.Error(), `"`+name+`"`) {
				t.Errorf("%s = %s: %v does not name the claim", name, value, err)
			}
		}
	}
}

func TestParseAcceptsWhatProvidersSend(t *testing.T) {
	t.Parallel()
	if c := parse(t, `{"name":null,"email":null,"picture":null}`); c.Name+c.Email+c.Picture != "" {
		t.Errorf("null in the profile = %+v, want empty", c)
	}
	if c := parse(t, `{"iat":1700000000.75}`); !c.IssuedAt.Equal(time.Unix(1700000000, 0)) {
		t.Errorf("a fraction of a second: iat = %v", c.IssuedAt)
	}
	if c := parse(t, `{"exp":253402300799,"iat":0}`); c.ExpiresAt.UTC().Year() != 9999 || c.IssuedAt.IsZero() {
		t.Errorf("first and last second: %v, %v", c.IssuedAt, c.ExpiresAt)
	}
}

// Only the exact spelling is the registered claim. Other spellings are custom
// claims, which nobody reads as a subject.
func TestParseExactNames(t *testing.T) {
	t.Parallel()
	c := parse(t, `{"sub":"alice","SUB":"bob","Sub":"carol","ſub":"dave","EXP":1,"Email":"x@evil.example"}`)
	if c.Subject != "alice" || !c.ExpiresAt.IsZero() || c.Email != "" {
		t.Errorf("claims = %+v", c)
	}
	if raw, ok := c.Raw("SUB"); !ok || string(raw) != `"bob"` {
		t.Errorf(`Raw("SUB") = %s, %v`, raw, ok)
	}
}

func TestParseExcept(t *testing.T) {
	t.Parallel()
	c, err := claims.Parse(object(t, `{"sub":"a","account":{"id":"1"},"v":1,"role":"x"}`), "account", "v")
	if err != nil {
		t.Fatal(err)
	}
	if got := marshal(t, c); got != `{"sub":"a","role":"x"}` {
		t.Errorf("claims = %s", got)
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	base := parse(t, full)
	for name, change := range map[string]func(*claims.Claims){
		"Issuer":     func(c *claims.Claims) { c.Issuer += "x" },
		"Subject":    func(c *claims.Claims) { c.Subject += "x" },
		"Audience":   func(c *claims.Claims) { c.Audience = c.Audience[:1] },
		"ExpiresAt":  func(c *claims.Claims) { c.ExpiresAt = c.ExpiresAt.Add(time.Second) },
		"NotBefore":  func(c *claims.Claims) { c.NotBefore = time.Time{} },
		"IssuedAt":   func(c *claims.Claims) { c.IssuedAt = c.IssuedAt.Add(-time.Second) },
		"ID":         func(c *claims.Claims) { c.ID = "" },
		"AuthTime":   func(c *claims.Claims) { c.AuthTime = time.Unix(1, 0) },
		"Name":       func(c *claims.Claims) { c.Name = "" },
		"Email":      func(c *claims.Claims) { c.Email = "" },
		"Picture":    func(c *claims.Claims) { c.Picture = "" },
		"new claim":  func(c *claims.Claims) { claims.NewKey[int]("n").Set(c, 1) },
		"other role": func(c *claims.Claims) { claims.NewKey[string]("role").Set(c, "user") },
		"no role":    func(c *claims.Claims) { claims.NewKey[string]("role").Delete(c) },
	} {
		changed := *base
		change(&changed)
		if changed.Equal(base) || base.Equal(&changed) {
			t.Errorf("%s: a change goes unseen", name)
		}
	}
	same := *base
	same.ExpiresAt = same.ExpiresAt.Add(time.Millisecond).UTC()
	if !same.Equal(base) {
		t.Error("parts of a second or the zone make a difference, though they are not written")
	}
}

// A copy is a snapshot: a later Set on the original does not reach it.
func TestCopyIsIndependent(t *testing.T) {
	t.Parallel()
	role := claims.NewKey[string]("role")
	c := parse(t, `{"role":"user","a":1,"b":2}`)
	before := *c
	role.Set(c, "admin")
	claims.NewKey[int]("a").Delete(c)
	if got, _ := role.Get(&before); got != "user" {
		t.Errorf("the copy's role = %q", got)
	}
	if got := marshal(t, before); got != `{"role":"user","a":1,"b":2}` {
		t.Errorf("the copy = %s", got)
	}
}

func TestErrStopsMarshal(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	claims.NewKey[func()]("f").Set(&c, func() {})
	if c.Err() == nil {
		t.Fatal("no error for a function")
	}
	if _, err := json.Marshal(c); !errors.Is(err, c.Err()) {
		t.Errorf("Marshal = %v, want %v", err, c.Err())
	}
}

func TestUnmarshalErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `null`, `[]`, `{"sub":1}`, `{"sub":"a","sub":"b"}`} {
		c := claims.Claims{Subject: "before"}
		if err := c.UnmarshalJSON([]byte(text)); !errors.Is(err, claims.ErrMalformed) {
			t.Errorf("%q: err = %v, want ErrMalformed", text, err)
		}
		if c.Subject == "a" || c.Subject == "b" {
			t.Errorf("%q: Subject = %q in spite of the error", text, c.Subject)
		}
	}
}

// Append and Object say the same, byte for byte.
func TestAppendIsObject(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	for name, c := range map[string]*claims.Claims{
		"nothing": {},
		"one":     {Subject: "a"},
		"all": {
			Issuer: "https://op.example.com", Subject: "a|\"b\"\\", Audience: []string{"x", "y"}, ExpiresAt: at, NotBefore: at, IssuedAt: at,
			ID: "id", AuthTime: at, Name: "Zoë <&> \u2028", Email: "\xff", Picture: "https://example.com/?a&b",
		},
		"an audience": {Audience: []string{"x"}},
	} {
		for range 2 {
			want, err := c.MarshalJSON()
			if got := "{" + string(c.Append(nil)) + "}"; err != nil || got != string(want) {
				t.Errorf("%s: %s, want %s, %v", name, got, want, err)
			}
			claims.NewKey[map[string]any]("ü").Set(c, map[string]any{"a": "<b>"})
			claims.NewKey[[]string]("roles").Set(c, []string{"admin"})
		}
	}
}
