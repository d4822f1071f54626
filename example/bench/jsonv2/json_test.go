package jsonv2_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sealedauth/auth/claims"
)

// FuzzJSON compares the kit's reader, both ways into it, with the implementation of
// encoding/json/v2: it matches names by case, and refuses names that stand twice,
// invalid UTF-8 and halves of surrogate pairs. Apart from the bounds that the kit
// publishes, both take the same texts and understand the same.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"sub":"a","SUB":"b","s\u0075b2":"c"}`, `{"sub":"a","s\u0075b":"b"}`, `{"a":{"b":1,"b":2}}`, ` {"a" : [ 1 , {"b":null} ] } `,
		`{"a":9007199254740993,"b":1e400,"c":-0}`, `{"a":-0.0}`, `{"a":1E+2,"b":0.5e-3,"c":01}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud800"}`,
		"{\"a\":\"\xff\"}", `{"a":"\`, `{"\`, `{"a":1}{}`, `{"a":tru`, `{"aud":["a",null]}`, `{"aud":"a"}`, `{"exp":1.5,"iat":-1}`, `{"exp":1700000000,"nbf":null}`,
		`{"account":{"provider":"google","id":"1","id":"2"}}`, `{"account":[]}`, `{"name":null,"email":"é","picture":"\/"}`, `{"a":"\u2028<>&\u0000"}`,
		`{"a1":1,"a2":2,"a3":3,"a4":4,"a5":5,"a6":6,"a7":7,"a8":8,"a9":9,"aa":10,"ab":11,"ac":12,"ad":13,"a1":14}`, `[]`, `null`, ``, `{"a":1,}`, `{,}`, "{\"a\":\"\t\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, bounded := reference(data)
		if !bounded {
			return // beyond the bounds; the kit's own tests have them
		}
		o, err := claims.ParseObject(data)
		if (err == nil) != (want != nil) {
			t.Fatalf("ParseObject: %v, the reference takes it: %t", err, want != nil)
		}
		if err == nil {
			sameObject(t, o, want)
		}
		sameClaims(t, data, want)
	})
}

// text is a member as the reference reads it.
type text struct {
	name string
	raw  jsontext.Value
}

// errBound tells that a text is beyond a bound that the kit has and the reference
// does not.
var errBound = errors.New("beyond a bound of the kit")

// reference returns the members of an object, or nil if it does not take the text, and
// whether the text is within the bounds of the kit.
func reference(data []byte) (members []text, bounded bool) {
	members = []text{}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	count := 0
	if d.PeekKind() != '{' {
		return nil, true
	}
	whole, err := d.ReadValue()
	whole = whole.Clone() // the next read may use its memory
	if err == nil {
		if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
			return nil, true
		}
		err = within(jsontext.NewDecoder(bytes.NewReader(whole)), &count)
	}
	switch {
	case errors.Is(err, errBound):
		return nil, false
	case err != nil:
		return nil, true
	}
	d = jsontext.NewDecoder(bytes.NewReader(whole))
	_, _ = d.ReadToken()
	for d.PeekKind() != '}' {
		name, _ := d.ReadToken()
		s := name.String() // before the next read, which may use its memory
		raw, _ := d.ReadValue()
		members = append(members, text{s, raw.Clone()})
	}
	return members, true
}

// within reads all tokens and returns errBound if they are beyond a bound.
func within(d *jsontext.Decoder, count *int) error {
	for {
		before := d.InputOffset()
		t, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		kind, inside := d.StackIndex(d.StackDepth())
		if d.StackDepth() > 32 || d.InputOffset()-before > 64<<10 {
			return errBound
		}
		// Elements of an array and members count.
		if t.Kind() != '}' && t.Kind() != ']' && (kind == '[' || kind == '{' && inside%2 == 1) {
			*count++
		}
		if *count > 1000 { // less than 2,000, since brackets are counted with what is in them
			return errBound
		}
		if t.Kind() == '0' {
			n, err := strconv.ParseFloat(t.String(), 64)
			if err != nil || n == 0 && math.Signbit(n) {
				return errBound
			}
		}
	}
}

// sameObject fails if the kit has read other members.
func sameObject(t *testing.T, o claims.Object, want []text) {
	t.Helper()
	names := o.Names()
	if len(names) != len(want) {
		t.Fatalf("%d members %q, the reference has %d", len(names), names, len(want))
	}
	for i, m := range want {
		raw, _ := o.Raw(m.name)
		if names[i] != m.name || !bytes.Equal(raw, m.raw) {
			t.Fatalf("member %d is %q: %s, the reference has %q: %s", i, names[i], raw, m.name, m.raw)
		}
		var s string
		if m.raw.Kind() == '"' && (json.Unmarshal(m.raw, &s) != nil || o.String(m.name) != s) {
			t.Fatalf("member %q says %q, the reference %q", m.name, o.String(m.name), s)
		}
	}
}

// registered are the claims as the reference reads them; the kit's rules on their
// types are in fits.
type registered struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
	ID      string `json:"jti"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	Picture string `json:"picture"`
	Custom  []text `json:"-"`
	Account []text `json:"-"`
	Dates   [4]int64
}

// sameClaims fails if Claims.Read takes other texts, or understands them otherwise.
func sameClaims(t *testing.T, data []byte, want []text) {
	t.Helper()
	var c claims.Claims
	var room claims.Room
	var custom, nested []text
	err := c.Read(string(data), &room, "account", func(in, name, raw string) (bool, error) {
		switch {
		case in != "":
			nested = append(nested, text{name, jsontext.Value(raw)})
		case name != "account":
			custom = append(custom, text{name, jsontext.Value(raw)})
		}
		return false, nil
	})
	r, fits := understand(want)
	if (err == nil) != (want != nil && fits) {
		t.Fatalf("Claims.Read: %v, by the reference %t and %t", err, want != nil, fits)
	}
	if err != nil {
		return
	}
	got := registered{
		Issuer: c.Issuer, Subject: c.Subject, ID: c.ID, Name: c.Name, Email: c.Email, Picture: c.Picture, Custom: custom, Account: nested,
		Dates: [4]int64{c.ExpiresAt.Unix(), c.NotBefore.Unix(), c.IssuedAt.Unix(), c.AuthTime.Unix()},
	}
	if a, b := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", r); a != b {
		t.Fatalf("Claims.Read understands\n%s, the reference\n%s", a, b)
	}
	for _, m := range r.Custom {
		if raw, ok := c.Raw(m.name); !ok || !bytes.Equal(raw, m.raw) {
			t.Fatalf("custom claim %q is %s, the reference has %s", m.name, raw, m.raw)
		}
	}
}

// understand sorts the members and reads those that are registered. It is false if one
// has a type that the kit refuses.
func understand(members []text) (r registered, fits bool) {
	const none = -62135596800 // the zero time
	r.Dates = [4]int64{none, none, none, none}
	dates := []string{"exp", "nbf", "iat", "auth_time"}
	texts := map[string]*string{"iss": &r.Issuer, "sub": &r.Subject, "jti": &r.ID, "name": &r.Name, "email": &r.Email, "picture": &r.Picture}
	fits = true
	for _, m := range members {
		to, ok := texts[m.name]
		switch at := slices.Index(dates, m.name); {
		case ok:
			may := m.raw.Kind() == '"' || m.raw.Kind() == 'n' && slices.Contains([]string{"name", "email", "picture"}, m.name)
			fits = fits && may && json.Unmarshal(m.raw, to) == nil
		case at >= 0:
			var n float64
			fits = fits && m.raw.Kind() == '0' && !bytes.ContainsAny(m.raw, "-eE") && json.Unmarshal(m.raw, &n) == nil && n < 253402300800
			r.Dates[at] = int64(n)
		case m.name == "aud":
			fits = fits && (m.raw.Kind() == '"' || listed(m.raw))
		case m.name == "account" && m.raw.Kind() == '{':
			r.Account, _ = reference(m.raw)
		case m.name != "account":
			r.Custom = append(r.Custom, m)
		}
	}
	return r, fits
}

// listed reports whether a value is an array of strings.
func listed(raw jsontext.Value) bool {
	var list []jsontext.Value
	return json.Unmarshal(raw, &list) == nil && raw.Kind() == '[' &&
		!slices.ContainsFunc(list, func(v jsontext.Value) bool { return v.Kind() != '"' })
}
