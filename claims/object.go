package claims

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
)

// Object is a JSON object as it arrived: its members in their order, each name
// exact and unique, each value kept as the text it was. The zero Object has no
// members. An Object never changes; it is safe for concurrent use.
type Object struct{ members []member }

// Profile is the object that a provider returned about a person at sign-in:
// the claims of the ID token, or the answer of the user-info endpoint.
type Profile = Object

type member struct{ name, raw string }

// ParseObject reads one JSON object strictly: nothing may follow it, no name
// may stand twice at any depth, strings are valid UTF-8, and depth (32),
// members (2,000), strings (64 KiB) and the whole (512 KiB) are bounded.
// Errors match [ErrMalformed].
func ParseObject(data []byte) (Object, error) {
	r := reader{text: string(data)}
	if err := r.whole(); err != nil {
		return Object{}, err
	}
	var o Object
	var seen nameSet
	for {
		name, more, err := r.name(&seen)
		switch {
		case err != nil:
			return Object{}, err
		case !more:
			if err := r.end(); err != nil {
				return Object{}, err
			}
			return o, nil
		}
		raw, err := r.value()
		if err != nil {
			return Object{}, err
		}
		o.members = append(o.members, member{name, raw})
	}
}

// Names returns the names of the members in the order in which they stand.
func (o Object) Names() []string {
	names := make([]string, len(o.members))
	for i, m := range o.members {
		names[i] = m.name
	}
	return names
}

func (o Object) raw(name string) (string, bool) {
	for _, m := range o.members {
		if m.name == name {
			return m.raw, true
		}
	}
	return "", false
}

// Raw returns the JSON text of the member with exactly this name.
func (o Object) Raw(name string) (json.RawMessage, bool) {
	raw, ok := o.raw(name)
	return json.RawMessage(raw), ok
}

// String returns the member if it is a string, and "" otherwise.
func (o Object) String(name string) string {
	raw, _ := o.raw(name)
	s, _ := unquote(raw)
	return s
}

// Text returns a string member, or the digits of an integer member just as they
// arrived: 9007199254740993 stays 9007199254740993. Anything else gives "".
// It is meant for identifiers, which some providers send as numbers.
func (o Object) Text(name string) string {
	raw, _ := o.raw(name)
	if s, ok := unquote(raw); ok {
		return s
	}
	if integer(raw) {
		return raw
	}
	return ""
}

// Int returns the member if it is an integer that fits, with every digit exact.
func (o Object) Int(name string) (int64, bool) {
	raw, _ := o.raw(name)
	n, err := strconv.ParseInt(raw, 10, 64)
	return n, err == nil
}

// Bool reports whether the member is the literal true. The string "true" is
// not: what a provider did not state as a boolean is not taken as one.
func (o Object) Bool(name string) bool {
	raw, _ := o.raw(name)
	return raw == "true"
}

// Strings returns a member that is an array of strings, or a single string as
// an array of one, as the aud claim allows (RFC 7519 section 4.1.3). Anything
// else, also an array that holds something else, gives nil and false.
func (o Object) Strings(name string) ([]string, bool) {
	raw, _ := o.raw(name)
	if s, ok := unquote(raw); ok {
		return []string{s}, true
	}
	if !strings.HasPrefix(raw, "[") {
		return nil, false
	}
	var list []*string
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		return nil, false
	}
	out := make([]string, len(list))
	for i, s := range list {
		if s == nil { // null is not a string
			return nil, false
		}
		out[i] = *s
	}
	return out, true
}

// Object returns the member if it is an object.
func (o Object) Object(name string) (Object, bool) {
	raw, _ := o.raw(name)
	if !strings.HasPrefix(raw, "{") {
		return Object{}, false
	}
	nested, err := ParseObject([]byte(raw))
	return nested, err == nil
}

// Array returns the elements of a member that is an array of objects, and nil
// if it is anything else.
func (o Object) Array(name string) []Object {
	raw, _ := o.raw(name)
	var parts []json.RawMessage
	if !strings.HasPrefix(raw, "[") || json.Unmarshal([]byte(raw), &parts) != nil {
		return nil
	}
	out := make([]Object, len(parts))
	for i, p := range parts {
		nested, err := ParseObject(p)
		if err != nil {
			return nil
		}
		out[i] = nested
	}
	return out
}

// With returns an object that also has the member name with the JSON of value,
// in place of a member of that name if there was one. It fails for a value without a
// JSON form that [ParseObject] would read.
func (o Object) With(name string, value any) (Object, error) {
	raw, err := encode(value)
	if err == nil {
		err = readable(raw)
	}
	if err != nil {
		return o, err
	}
	return o.with(name, raw), nil
}

// readable tells whether a value can be read again: what a MarshalJSON method returns
// may have a name twice, or be nested too deeply.
func readable(raw string) error {
	_, err := ParseObject([]byte(`{"v":` + raw + `}`))
	return err
}

func (o Object) with(name, raw string) Object {
	out := make([]member, 0, len(o.members)+1)
	for _, m := range o.members {
		if m.name != name {
			out = append(out, m)
		}
	}
	return Object{append(out, member{name, raw})}
}

func (o Object) without(name string) Object {
	if _, ok := o.raw(name); !ok {
		return o
	}
	out := make([]member, 0, len(o.members))
	for _, m := range o.members {
		if m.name != name {
			out = append(out, m)
		}
	}
	return Object{out}
}

// Decode stores the object in the value that v points to, like json.Unmarshal,
// except that member names match struct fields exactly, at every depth.
func (o Object) Decode(v any) error { return decodeExact(o.text(), v) }

// MarshalJSON returns the members in their order.
func (o Object) MarshalJSON() ([]byte, error) { return []byte(o.text()), nil }

func (o Object) text() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(m.name))
		b.WriteByte(':')
		b.WriteString(m.raw)
	}
	b.WriteByte('}')
	return b.String()
}

// Format prints the names of the members only, whatever the verb: what a
// provider says of a person does not belong in a log. MarshalJSON shows all.
func (o Object) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "{"+strings.Join(o.Names(), " ")+"}")
}

// LogValue returns the names of the members.
func (o Object) LogValue() slog.Value { return slog.AnyValue(o.Names()) }

// unquote returns what a JSON string says; raw is valid JSON or empty.
func unquote(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if inner := raw[1 : len(raw)-1]; strings.IndexByte(inner, '\\') < 0 {
		return inner, true
	}
	var s string
	err := json.Unmarshal([]byte(raw), &s)
	return s, err == nil
}

func quote(s string) string {
	raw, err := encode(s)
	if err != nil { // a string always has a JSON form
		return `""`
	}
	return raw
}

// encode returns the JSON of v without the HTML escapes that encoding/json adds
// by default: they would take five bytes more for every & in a cookie.
func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func integer(raw string) bool {
	digits := strings.TrimPrefix(raw, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
