package claims

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// decodeExact is json.Unmarshal without its case folding: a member whose name
// only resembles a field of the target is left out before decoding. Numbers
// that land in an interface keep their digits as json.Number.
func decodeExact(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(exact(text, reflect.TypeOf(v))))
	d.UseNumber()
	return d.Decode(v)
}

// exact returns the JSON text without the members that encoding/json would
// store in a field of t of another spelling.
func exact(text string, t reflect.Type) string {
	if t == nil || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return text
	}
	switch t.Kind() {
	case reflect.Pointer:
		return exact(text, t.Elem())
	case reflect.Struct:
		fields := jsonFields(t)
		return mapObject(text, func(name string) (reflect.Type, bool) {
			if f, ok := fields[name]; ok {
				return f, true
			}
			for known := range fields {
				if strings.EqualFold(known, name) {
					return nil, false
				}
			}
			return nil, true
		})
	case reflect.Map:
		return mapObject(text, func(string) (reflect.Type, bool) { return t.Elem(), true })
	case reflect.Slice, reflect.Array:
		return mapArray(text, t.Elem())
	}
	return text
}

// mapObject rewrites an object member by member; target tells the type that a
// member goes into, or that it is to be dropped.
func mapObject(text string, target func(name string) (reflect.Type, bool)) string {
	o, err := ParseObject([]byte(text))
	if err != nil {
		return text // null, or not an object: json.Unmarshal says what is wrong
	}
	kept := make([]member, 0, len(o.members))
	for _, m := range o.members {
		if t, ok := target(m.name); ok {
			kept = append(kept, member{m.name, exact(m.raw, t)})
		}
	}
	return Object{kept}.text()
}

func mapArray(text string, elem reflect.Type) string {
	var parts []json.RawMessage
	if json.Unmarshal([]byte(text), &parts) != nil || parts == nil {
		return text
	}
	var b strings.Builder
	b.WriteByte('[')
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(exact(string(p), elem))
	}
	b.WriteByte(']')
	return b.String()
}

// jsonField is a field of a struct as encoding/json sees it.
type jsonField struct {
	typ    reflect.Type
	depth  int  // how many structs embed it
	tagged bool // its name comes from its tag
	twice  bool // another field has the same rank, so neither of them is used
}

// jsonFields returns the JSON names of a struct's fields with their types, by
// the rules of encoding/json: fields of embedded structs count as the struct's
// own, of one name the shallowest wins, then the tagged one, else none.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	found := make(map[string]jsonField)
	collect(found, t, nil)
	fields := make(map[string]reflect.Type, len(found))
	for name, f := range found {
		if !f.twice {
			fields[name] = f.typ
		}
	}
	return fields
}

// collect finds the fields of t, which the structs above embed.
func collect(found map[string]jsonField, t reflect.Type, above []reflect.Type) {
	if slices.Contains(above, t) {
		return // it embeds itself
	}
	for i := range t.NumField() {
		f := t.Field(i)
		typ := f.Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		embedded := f.Anonymous && typ.Kind() == reflect.Struct
		name, tagged := tagName(f)
		switch {
		case f.Tag.Get("json") == "-" || !f.IsExported() && !embedded:
		case embedded && !tagged:
			collect(found, typ, append(above, t))
		default:
			rank(found, name, jsonField{typ: f.Type, depth: len(above), tagged: tagged})
		}
	}
}

// rank stores f under its name if nothing of the same name takes precedence.
func rank(found map[string]jsonField, name string, f jsonField) {
	old, ok := found[name]
	switch {
	case !ok || f.depth < old.depth || f.depth == old.depth && f.tagged && !old.tagged:
		found[name] = f
	case f.depth == old.depth && f.tagged == old.tagged:
		old.twice = true
		found[name] = old
	}
}

// tagName returns a field's name and whether it comes from its tag. Names that
// encoding/json does not take from a tag count as none.
func tagName(f reflect.StructField) (name string, tagged bool) {
	name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
	foreign := func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c)
	}
	if name == "" || strings.ContainsFunc(name, foreign) {
		return f.Name, false
	}
	return name, true
}
