package claims_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"regexp"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sealedauth/auth/claims"
)

// seeds are texts at the borders of what is accepted.
var seeds = []string{
	`{}`, full, ` {"a" : [ 1 , {"b":null} ] } `, `{"sub":"a","s\u0075b":"b"}`, `{"a":{"b":1,"b":2}}`, `{"SUB":"x","sub":"y"}`,
	`{"a":9007199254740993,"b":1e400,"c":-0}`, `{"a":-0.0}`, `{"a":1E+2}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud800"}`, `{"a":"\ud800\udc00\udc00"}`,
	"{\"a\":\"\xff\"}", `{"a":"\`, `{"\`, `{"a":1}{}`, `{"a":tru`, `{"aud":["a",null]}`, `{"exp":1.5,"iat":-1}`, `{"v":2,"account":{}}`,
	`{"\"":1,"\"":2}`, `{"a":1,"a\":1,":2}`, `{"\u0061":1,"a":2}`, `{"a":1,"b":2,"\u0062":3}`, `{"a":[1,2}`, `{"a":1,}`, `{"a":1.}`, `{"a":12345678901234567890123}`,
	nest(32), nest(33), `{"":{"":[]}}`, `{"a":"\u2028<>&"}`, `{"a":01}`, `{"a":.5}`, `{"a":"\u0000"}`, `[]`, `null`, ``,
}

// FuzzParseObject compares the reader with encoding/json. What the reader takes,
// encoding/json takes and understands the same; what the reader refuses is
// broken or breaks one of the published rules.
func FuzzParseObject(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := claims.ParseObject(data)
		if want := strict(data); (err == nil) != want && len(data) < 64<<10 {
			t.Fatalf("ParseObject = %v, but by the rules accepted should be %v", err, want)
		}
		if err != nil {
			if !errors.Is(err, claims.ErrMalformed) || len(o.Names()) > 0 {
				t.Fatalf("error is %v, with %v", err, o.Names())
			}
			return
		}
		agree(t, data, o)
		again := object(t, string(must(o.MarshalJSON())))
		if a, b := must(again.MarshalJSON()), must(o.MarshalJSON()); !bytes.Equal(a, b) {
			t.Fatalf("written %s, then %s", b, a)
		}
	})
}

// agree fails if encoding/json reads other members out of the text.
func agree(t *testing.T, data []byte, o claims.Object) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatalf("encoding/json refuses: %v", err)
	}
	if len(o.Names()) != len(want) {
		t.Fatalf("%d members, encoding/json has %d", len(o.Names()), len(want))
	}
	for name, raw := range want {
		got, ok := o.Raw(name)
		if !ok || !bytes.Equal(got, raw) {
			t.Fatalf("member %q = %s, encoding/json has %s", name, got, raw)
		}
		var s string
		if raw[0] == '"' && (json.Unmarshal(raw, &s) != nil || s != o.String(name)) {
			t.Fatalf("member %q = %q, encoding/json has %q", name, o.String(name), s)
		}
	}
}

// strict says once more, in the words of encoding/json, what the reader takes.
func strict(data []byte) bool {
	if !json.Valid(data) || !utf8.Valid(data) || halves(data) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) && strictValue(d, new(int), 0)
}

// strictValue checks the next value: depth, number of members, unique names,
// range of numbers.
func strictValue(d *json.Decoder, members *int, depth int) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	switch token := token.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(string(token), 64)
		return err == nil && (f != 0 || !math.Signbit(f))
	case json.Delim:
		return depth < 32 && strictInside(d, token, members, depth+1)
	}
	return true
}

func strictInside(d *json.Decoder, open json.Delim, members *int, depth int) bool {
	seen := map[string]bool{}
	for d.More() {
		if *members++; *members > 2000 {
			return false
		}
		if open == '{' {
			name, _ := d.Token()
			if seen[name.(string)] {
				return false
			}
			seen[name.(string)] = true
		}
		if !strictValue(d, members, depth) {
			return false
		}
	}
	_, err := d.Token()
	return err == nil
}

var (
	backslash = regexp.MustCompile(`\\\\`)
	wholePair = regexp.MustCompile(`(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}`)
	halfPair  = regexp.MustCompile(`(?i)\\ud[89a-f]`)
)

// halves reports whether valid JSON has an escape for half a surrogate pair.
func halves(data []byte) bool {
	rest := backslash.ReplaceAll(data, []byte("x"))
	return halfPair.Match(wholePair.ReplaceAll(rest, []byte("x")))
}

// FuzzParse takes claims apart and puts them together: nothing is lost, and
// what is written can be read again.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := claims.ParseObject(data)
		if err != nil {
			return
		}
		c, err := claims.Parse(o)
		if err != nil {
			if !errors.Is(err, claims.ErrMalformed) {
				t.Fatalf("error is %v", err)
			}
			return
		}
		if want := o.String("sub"); c.Subject != want {
			t.Fatalf("Subject = %q, want %q", c.Subject, want)
		}
		back := parse(t, marshalClaims(t, &c))
		if !back.Equal(&c) {
			t.Fatalf("%+v comes back as %+v", c, back)
		}
		if _, err := claims.As[map[string]any](&c); err != nil {
			t.Fatalf("As: %v", err)
		}
	})
}

func marshalClaims(t *testing.T, c *claims.Claims) string {
	t.Helper()
	text, err := c.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzDecode checks that no member reaches a field of another spelling: a text
// decodes the same with and without the members that have no exact field.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"sub":"a","SUB":"b"}`, `{"work":{"city":"a","CITY":"b"},"Work":{}}`, `{"list":[{"City":"x"},null]}`,
		`{"map":{"A":{"city":"x"},"a":{"CITY":"y"}}}`, `{"any":{"Sub":1}}`, `{"ſub":"x"}`, `{"list":{"city":1}}`,
	} {
		f.Add([]byte(s))
	}
	type target struct {
		Sub  any                `json:"sub"`
		Work address            `json:"work"`
		List []address          `json:"list"`
		Map  map[string]address `json:"map"`
		Any  any                `json:"any"`
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := claims.ParseObject(data)
		if err != nil {
			return
		}
		var got, want target
		gotErr := o.Decode(&got)
		kept := map[string]json.RawMessage{}
		for _, name := range []string{"sub", "work", "list", "map", "any"} {
			if raw, ok := o.Raw(name); ok {
				kept[name] = raw
			}
		}
		onlyExact := object(t, marshal(t, kept))
		wantErr := onlyExact.Decode(&want)
		if (gotErr == nil) != (wantErr == nil) || gotErr == nil && marshal(t, got) != marshal(t, want) {
			t.Fatalf("decoded %+v, %v; with exact names only %+v, %v", got, gotErr, want, wantErr)
		}
		work, _ := o.Object("work")
		if gotErr == nil && got.Work.City != work.String("city") {
			t.Fatalf("city = %q, want %q", got.Work.City, work.String("city"))
		}
	})
}

// FuzzKey checks that a key reads a claim as Object.Decode does, though it takes a
// shorter way where it can.
func FuzzKey(f *testing.F) {
	for _, s := range []string{
		`{"work":{"city":"a"}}`, `{"work":{"CITY":"b"}}`, `{"WORK":{}}`, `{"list":[{"city":"x"},{"City":"y"}]}`, `{"map":{"A":{"CITY":"x"}}}`,
		`{"name":"Ada","admin":true,"level":-128,"roles":["a","b","\u0063"],"teams":[[{"city":"x"}],[]],"kind":"k"}`,
		`{"name":null,"level":128}`, `{"roles":null,"admin":"true"}`, `{"roles":["a",null,1]}`, `{"Name":"x"}`, `{"name":1}`, `{"level":1e1,"n":"1","twice":1}`,
		`{"number":"1","text":"1","at":"2026-01-01T00:00:00Z","bytes":"QQ=="}`, `["a","b","c","d","e"]`, `[]`, `[1,2]`, `[[],["a"]]`, `true`, `-9`, `"x"`,
		`{"map":{"ı":null},"n":1.5}`, `{"n":9007199254740993,"self":{"self":{"n":1,"N":2}}}`, `{"list":{"city":1}}`, `{"ſelf":{}}`,
	} {
		f.Add([]byte(s))
	}
	type flat struct {
		Work address            `json:"work"`
		List []address          `json:"list"`
		Map  map[string]address `json:"map"`
		N    int64              `json:"n"`
	}
	type kind string
	type common struct { // which needs no encoding/json
		Name   string      `json:"name"`
		Admin  bool        `json:"admin,omitempty"`
		Level  int8        `json:"level,omitzero"`
		N      int         `json:"n"`
		Roles  []string    `json:"roles"`
		Teams  [][]address `json:"teams"`
		Kind   kind        `json:"kind"`
		Hidden string      `json:"-"`
		_      string
	}
	type odd struct { // which does
		common
		N      int         `json:"n,string"`
		Number json.Number `json:"number"`
		At     time.Time   `json:"at"`
		Text   netip.Addr  `json:"text"`
		Bytes  []byte      `json:"bytes"`
	}
	type nested struct {
		flat
		Self *nested `json:"self"`
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c claims.Claims
		if err := c.UnmarshalJSON([]byte(`{"c":` + string(data) + `}`)); err != nil {
			return
		}
		sameByKey[flat](t, &c)
		sameByKey[nested](t, &c)
		sameByKey[common](t, &c)
		sameByKey[odd](t, &c)
		sameByKey[[]common](t, &c)
		sameByKey[[]string](t, &c)
		sameByKey[[][]string](t, &c)
		sameByKey[[]int16](t, &c)
		sameByKey[int32](t, &c)
		sameByKey[bool](t, &c)
		sameByKey[kind](t, &c)
		sameByKey[map[string]address](t, &c)
		sameByKey[map[string]any](t, &c)
	})
}

func sameByKey[T any](t *testing.T, c *claims.Claims) {
	t.Helper()
	got, ok := claims.NewKey[T]("c").Get(c)
	var whole struct {
		C T `json:"c"`
	}
	err := c.Object().Decode(&whole)
	want := whole.C
	if raw, _ := c.Raw("c"); string(raw) == "null" {
		err = errors.New("null is no value")
	}
	if ok != (err == nil) || ok && !reflect.DeepEqual(got, want) {
		t.Fatalf("%T: by key %+v, %v; by Decode %+v, %v", want, got, ok, want, err)
	}
}
