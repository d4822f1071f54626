package claims

import (
	"encoding/json"
	"reflect"
	"strings"
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

// jsonFields returns the JSON names of a struct's fields with their types.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = f.Type
	}
	return fields
}
