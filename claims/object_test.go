package claims_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sealedauth/auth/claims"
)

func TestParseObjectRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                   ``,
		"white space":               " \n",
		"array":                     `[{"a":1}]`,
		"string":                    `"a"`,
		"number":                    `1`,
		"null":                      `null`,
		"byte order mark":           "\xef\xbb\xbf{}",
		"open":                      `{`,
		"no value":                  `{"a"}`,
		"no value after colon":      `{"a":}`,
		"no colon":                  `{"a" 1}`,
		"no comma":                  `{"a":1 "b":2}`,
		"comma first":               `{,"a":1}`,
		"comma last":                `{"a":1,}`,
		"two commas":                `{"a":1,,"b":2}`,
		"array comma last":          `{"a":[1,]}`,
		"array comma first":         `{"a":[,1]}`,
		"array without comma":       `{"a":[1 2]}`,
		"array open":                `{"a":[1`,
		"array closed as object":    `{"a":[1}`,
		"name without quotes":       `{a:1}`,
		"name in single quotes":     `{'a':1}`,
		"number as name":            `{1:1}`,
		"text after":                `{} x`,
		"object after":              `{}{}`,
		"NUL after":                 "{}\x00",
		"comment":                   `{/**/}`,
		"non-breaking space":        "{\u00a0}",
		"form feed":                 "{\f}",
		"duplicate":                 `{"sub":"a","sub":"b"}`,
		"duplicate by escape":       `{"sub":"a","s\u0075b":"b"}`,
		"duplicate by escape first": `{"s\u0075b":"a","sub":"b"}`,
		"duplicate by two escapes":  `{"\u0073ub":"a","s\u0075b":"b"}`,
		"duplicate slash":           `{"a/b":1,"a\/b":2}`,
		"duplicate pair":            `{"😀":1,"\ud83d\ude00":2}`,
		"duplicate empty":           `{"":1,"":2}`,
		"duplicate in object":       `{"a":{"b":1,"b":2}}`,
		"duplicate in array":        `{"a":[1,{"b":1,"\u0062":2}]}`,
		"duplicate deep":            `{"a":[[[{"b":{"c":[{"d":1,"d":1}]}}]]]}`,
		"string open":               `{"a":"b`,
		"name open":                 `{"a`,
		"backslash last":            `{"a":"\`,
		"backslash last in name":    `{"\`,
		"backslash quote last":      `{"a":"\"`,
		"escape cut":                `{"a":"\u00`,
		"escape unknown":            `{"a":"\x"}`,
		"escape short":              `{"a":"\u12"}`,
		"escape not hexadecimal":    `{"a":"\u12g4"}`,
		"escape with sign":          `{"a":"\u+123"}`,
		"escape upper case":         `{"a":"\U0041"}`,
		"escaped line break":        "{\"a\":\"\\\n\"}",
		"line break in string":      "{\"a\":\"\n\"}",
		"tab in name":               "{\"\t\":1}",
		"NUL in string":             "{\"a\":\"\x00\"}",
		"literal upper case":        `{"a":True}`,
		"literal cut":               `{"a":tru`,
		"literal long":              `{"a":nullx}`,
		"undefined":                 `{"a":undefined}`,
	} {
		o, err := claims.ParseObject([]byte(text))
		if !errors.Is(err, claims.ErrMalformed) {
			t.Errorf("%s: %q gives %v, want ErrMalformed", name, text, err)
		}
		if len(o.Names()) > 0 {
			t.Errorf("%s: %q gives members in spite of the error", name, text)
		}
	}
}

func TestParseObjectRefusesControlCharacters(t *testing.T) {
	t.Parallel()
	for c := range byte(0x20) {
		for _, text := range []string{`{"a":"` + string(rune(c)) + `"}`, `{"` + string(rune(c)) + `":1}`, `{"a":"\` + string(rune(c)) + `"}`} {
			if _, err := claims.ParseObject([]byte(text)); !errors.Is(err, claims.ErrMalformed) {
				t.Errorf("%q: %v, want ErrMalformed", text, err)
			}
		}
	}
}

// Names that differ only for a person are different names.
func TestParseObjectAccepts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, " {\t}\r\n", `{"a":{},"b":[],"c":[{},[]]}`, `{"a":1,"A":2}`, `{"":1}`,
		`{"a":{"b":1},"c":{"b":1},"b":1}`, `{"\\u0061":1,"a":2}`, `{"é":1,"e\u0301":2}`,
		`{"a":"\ud83d\ude00\"\\\/\b\f\n\r\t"}`, `{"a":"\\ud800"}`, `{"a":"\u0000"}`, "{\"a\":\"\x7f\"}",
		`{ "a" : [ true , false , null ] }`,
	} {
		o := object(t, text)
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%s: encoding/json: %v", text, err)
		}
		if len(o.Names()) != len(want) {
			t.Errorf("%s: %d members, want %d", text, len(o.Names()), len(want))
		}
	}
}

// nest returns an object with a value that has n levels in all.
func nest(n int) string {
	return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`
}

// elements returns an object with n members and elements in all.
func elements(n int) string {
	return `{"a":[` + strings.TrimSuffix(strings.Repeat("1,", n-1), ",") + `]}`
}

func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":1`, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// text returns an object with a string of n bytes, its quotes included.
func text(n int) string { return `{"a":"` + strings.Repeat("x", n-2) + `"}` }

// The bounds hold to the last one, so that a reader in another language can be
// built to the same.
func TestS_136_Bounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(" ", 512<<10-2)
	for name, pair := range map[string][2]string{
		"depth":              {nest(32), nest(33)},
		"depth, mixed":       {strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32), strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33)},
		"elements":           {elements(2000), elements(2001)},
		"members":            {members(2000), members(2001)},
		"string":             {text(64 << 10), text(64<<10 + 1)},
		"name":               {`{"` + strings.Repeat("x", 64<<10-2) + `":1}`, `{"` + strings.Repeat("x", 64<<10-1) + `":1}`},
		"number":             {`{"a":0.` + strings.Repeat("1", 64<<10-2) + `}`, `{"a":0.` + strings.Repeat("1", 64<<10-1) + `}`},
		"whole":              {"{}" + long, "{}" + long + " "},
		"depth, no end":      {nest(32), `{"a":` + strings.Repeat("[", 100_000)},
		"depth is not a sum": {`{"a":[` + strings.TrimSuffix(strings.Repeat("[],", 100), ",") + `]}`, nest(10_000)},
	} {
		if _, err := claims.ParseObject([]byte(pair[0])); err != nil {
			t.Errorf("%s: at the bound: %v", name, err)
		}
		if _, err := claims.ParseObject([]byte(pair[1])); !errors.Is(err, claims.ErrMalformed) {
			t.Errorf("%s: beyond the bound: %v, want ErrMalformed", name, err)
		}
	}
}

// Ids have to keep every digit, and numbers that two readers could take for
// different ones are refused.
func TestS_137_Numbers(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"1e400", "-1e400", "1E+309", "-0", "-0.0", "-0e5", "-1e-400", "NaN", "Infinity", "-Infinity", "-",
		"+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "1,5", "٣", "1a", "--1",
	} {
		if _, err := claims.ParseObject([]byte(`{"a":` + bad + `}`)); !errors.Is(err, claims.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", bad, err)
		}
		if _, err := claims.ParseObject([]byte(`{"a":[{"b":` + bad + `}]}`)); !errors.Is(err, claims.ErrMalformed) {
			t.Errorf("%s, inside: %v, want ErrMalformed", bad, err)
		}
	}
	for _, good := range []string{"0", "-1", "1.5", "1e40", "1E-400", "-1.0e+5", "9007199254740993", "123456789012345678901234567890"} {
		o := object(t, `{"a":`+good+`}`)
		if raw, _ := o.Raw("a"); string(raw) != good {
			t.Errorf("%s is kept as %s", good, raw)
		}
	}
}

func TestS_137_DigitsSurvive(t *testing.T) {
	t.Parallel()
	const digits = "9007199254740993" // 2^53 + 1: no float64 holds it
	c := parse(t, `{"id":`+digits+`,"list":[`+digits+`]}`)
	if n, ok := claims.NewKey[int64]("id").Get(c); !ok || strconv.FormatInt(n, 10) != digits {
		t.Errorf("Key[int64] = %d, %v", n, ok)
	}
	if v, ok := claims.NewKey[any]("id").Get(c); !ok || fmt.Sprint(v) != digits {
		t.Errorf("Key[any] = %v, %v", v, ok)
	}
	if v, ok := claims.NewKey[[]any]("list").Get(c); !ok || fmt.Sprint(v) != "["+digits+"]" {
		t.Errorf("Key[[]any] = %v, %v", v, ok)
	}
	got, err := claims.As[struct {
		ID   int64 `json:"id"`
		List []any `json:"list"`
	}](c)
	if err != nil || strconv.FormatInt(got.ID, 10) != digits || fmt.Sprint(got.List) != "["+digits+"]" {
		t.Errorf("As = %+v, %v", got, err)
	}
	if s := c.Object().Text("id"); s != digits {
		t.Errorf("Text = %s", s)
	}
	if n, ok := c.Object().Int("id"); !ok || n != 9007199254740993 {
		t.Errorf("Int = %d, %v", n, ok)
	}
	if s := marshal(t, c); s != `{"id":`+digits+`,"list":[`+digits+`]}` {
		t.Errorf("JSON = %s", s)
	}
}

func TestS_138_Text(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`"\ud800"`, `"\udc00"`, `"\uDBFF"`, `"\uDFFF"`, `"a\ud83dz"`, `"\ud83d\ud83d\ude00"`, `"\ud83d\ud83d"`, `"\ude00\ud83d"`,
		`"\ud83d\\ude00"`, `"\ud83d\u0041"`, `"\ud83d\u"`, `"\ud83d`, `"\\\ud800"`,
		"\"\xff\"", "\"\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
	} {
		for _, text := range []string{`{"a":` + bad + `}`, `{` + bad + `:1}`, `{"a":[{"b":[` + bad + `]}]}`} {
			if _, err := claims.ParseObject([]byte(text)); !errors.Is(err, claims.ErrMalformed) {
				t.Errorf("%q: %v, want ErrMalformed", text, err)
			}
		}
	}
	o := object(t, `{"a":"x\u0000\r\ny","b":"\ud83d\ude00","c":"\\ud800"}`)
	if o.String("a") != "x\x00\r\ny" || o.String("b") != "😀" || o.String("c") != `\ud800` {
		t.Errorf("strings = %q %q %q", o.String("a"), o.String("b"), o.String("c"))
	}
}

// The error tells where, and never what: it is logged.
func TestS_141_ErrorsDoNotQuote(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a"
	for _, text := range []string{
		`{"a":"` + canary + `"`, `{"` + canary + `":1,"` + canary + `":2}`, `{"a":` + canary + `}`,
		canary, `{} ` + canary, `{"a":"` + canary + "\n\"}", `{"a":"` + canary + `\ud800"}`, "{\"a\":\"" + canary + "\xff\"}",
	} {
		_, err := claims.ParseObject([]byte(text))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: error is %v", text, err)
		}
	}
	for _, name := range []string{"sub", "aud", "exp", "email"} {
		_, err := claims.Parse(object(t, `{"`+name+`":{"x":"`+canary+`"}}`))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("Parse of %s: error is %v", name, err)
		}
	}
}

func TestObjectAccessors(t *testing.T) {
	t.Parallel()
	o := object(t, `{"s":"tëxt","esc":"a\u0062","n":12,"neg":-12,"f":1.5,"e":1e3,"big":9223372036854775808,
		"t":true,"no":false,"nil":null,"ts":"true","o":{"k":"v"},"a":["x","y"],"mixed":["x",1],"withnull":["x",null],
		"os":[{"k":1},{"k":2}],"nos":[{"k":1},2],"S":"other"}`)
	for name, want := range map[string]struct{ str, text string }{
		"s": {"tëxt", "tëxt"}, "esc": {"ab", "ab"}, "n": {"", "12"}, "neg": {"", "-12"}, "f": {}, "e": {},
		"big": {"", "9223372036854775808"}, "t": {}, "nil": {}, "o": {}, "a": {}, "absent": {}, "S": {"other", "other"},
	} {
		if got := o.String(name); got != want.str {
			t.Errorf("String(%q) = %q, want %q", name, got, want.str)
		}
		if got := o.Text(name); got != want.text {
			t.Errorf("Text(%q) = %q, want %q", name, got, want.text)
		}
	}
	for name, want := range map[string]int64{"n": 12, "neg": -12} {
		if got, ok := o.Int(name); !ok || got != want {
			t.Errorf("Int(%q) = %d, %v", name, got, ok)
		}
	}
	for _, name := range []string{"s", "f", "e", "big", "t", "nil", "o", "a", "absent"} {
		if got, ok := o.Int(name); ok {
			t.Errorf("Int(%q) = %d, want none", name, got)
		}
	}
	for _, name := range []string{"no", "ts", "n", "nil", "s", "o", "a", "absent", "T"} {
		if o.Bool(name) {
			t.Errorf("Bool(%q) is true", name)
		}
	}
	if !o.Bool("t") {
		t.Error(`Bool("t") is false`)
	}
}

func TestObjectNested(t *testing.T) {
	t.Parallel()
	o := object(t, `{"s":"x","o":{"k":"v"},"a":["x","y"],"e":[],"mixed":["x",1],"withnull":["x",null],
		"os":[{"k":1},{"k":2}],"nos":[{"k":1},2],"nil":null}`)
	for name, want := range map[string][]string{"s": {"x"}, "a": {"x", "y"}, "e": {}} {
		if got, ok := o.Strings(name); !ok || !slices.Equal(got, want) {
			t.Errorf("Strings(%q) = %q, %v", name, got, ok)
		}
	}
	for _, name := range []string{"mixed", "withnull", "os", "o", "nil", "absent"} {
		if got, ok := o.Strings(name); ok || got != nil {
			t.Errorf("Strings(%q) = %q, %v, want none", name, got, ok)
		}
	}
	if n, ok := o.Object("o"); !ok || n.String("k") != "v" {
		t.Errorf(`Object("o") = %v, %v`, n, ok)
	}
	for _, name := range []string{"s", "a", "nil", "absent"} {
		if _, ok := o.Object(name); ok {
			t.Errorf("Object(%q) is one", name)
		}
	}
	if list := o.Array("os"); len(list) != 2 || list[1].Text("k") != "2" {
		t.Errorf(`Array("os") = %v`, list)
	}
	for _, name := range []string{"nos", "a", "o", "s", "nil", "absent"} {
		if list := o.Array(name); list != nil {
			t.Errorf("Array(%q) = %v, want nil", name, list)
		}
	}
}

func TestObjectWith(t *testing.T) {
	t.Parallel()
	base := object(t, `{"a":1,"b":2}`)
	replaced, err := base.With("a", "<&>")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(must(replaced.MarshalJSON())); got != `{"b":2,"a":"<&>"}` {
		t.Errorf("With = %s", got)
	}
	if got := string(must(base.MarshalJSON())); got != `{"a":1,"b":2}` {
		t.Errorf("With changed its receiver: %s", got)
	}
	if o, err := base.With("c", make(chan int)); err == nil || len(o.Names()) != 2 {
		t.Errorf("With a channel = %v, %v", o.Names(), err)
	}
	if _, ok := base.Raw("A"); ok {
		t.Error("Raw folds case")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Names are found again whether they are few, which is a list, or many, which
// is a map.
func TestDuplicatesAmongMany(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 11, 12, 13, 14, 100} {
		for i := range n {
			whole := members(n)
			twice := strings.TrimSuffix(whole, "}") + fmt.Sprintf(`,"m%d":2}`, i)
			if _, err := claims.ParseObject([]byte(twice)); !errors.Is(err, claims.ErrMalformed) {
				t.Errorf("%d members, number %d twice: %v", n, i, err)
			}
		}
	}
}

// Profiles get into logs by accident; what they say of a person does not.
func TestObjectPrintsNames(t *testing.T) {
	t.Parallel()
	o := object(t, `{"sub":"alice","email":"alice@example.com"}`)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		if got := fmt.Sprintf(verb, o); got != "{sub email}" {
			t.Errorf("%s: %s", verb, got)
		}
	}
	if got := fmt.Sprint(o.LogValue()); got != "[sub email]" {
		t.Errorf("slog: %s", got)
	}
}
