package claims

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// filler reads a claim into the types that most claims have: strings, truth values,
// integers, and slices and structs of these. It makes no copies, where encoding/json
// reads a text twice and takes memory for each part. What is out of the ordinary it
// leaves to encoding/json, also all that is an error.
type filler struct {
	kind   reflect.Kind
	elem   *filler          // of a slice
	fields map[string]place // of a struct, by name
}

type place struct {
	index int
	*filler
}

// fillerOf returns the filler of a type, or nil for types that need encoding/json.
func fillerOf(t reflect.Type, depth int) *filler {
	if t == nil || depth > deepestShape || readsItself(t) {
		return nil
	}
	switch kind := t.Kind(); kind {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &filler{kind: kind}
	case reflect.Slice:
		if elem := fillerOf(t.Elem(), depth+1); elem != nil {
			return &filler{kind: kind, elem: elem}
		}
	case reflect.Struct:
		if fields := placesOf(t, depth); fields != nil {
			return &filler{kind: kind, fields: fields}
		}
	}
	return nil
}

// readsItself reports whether encoding/json asks a type how it is read.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t == reflect.TypeFor[json.Number]() || p.Implements(reflect.TypeFor[json.Unmarshaler]()) ||
		p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// placesOf returns the fields of a struct, or nil if one of them needs encoding/json.
func placesOf(t reflect.Type, depth int) map[string]place {
	known := jsonFields(t)
	places := make(map[string]place, len(known))
	for i := range t.NumField() {
		f := t.Field(i)
		_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || options != "" && options != "omitempty" && options != "omitzero" {
			return nil
		}
		name, _ := tagName(f)
		if !f.IsExported() || known[name] != f.Type {
			continue
		}
		fill := fillerOf(f.Type, depth+1)
		if fill == nil {
			return nil
		}
		places[name] = place{i, fill}
	}
	if len(places) != len(known) {
		return nil
	}
	return places
}

// fill reads the next value into v, which is zero. If it is false, v is of no use.
func (f *filler) fill(r *reader, v reflect.Value) bool {
	switch c := r.peek(); f.kind {
	case reflect.Struct:
		return c == '{' && f.object(r, v)
	case reflect.Slice:
		return c == '[' && f.array(r, v)
	case reflect.String:
		if c != '"' {
			return false
		}
		s, err := r.str()
		v.SetString(s)
		return err == nil
	}
	raw, err := r.value()
	if err != nil {
		return false
	}
	if f.kind == reflect.Bool {
		v.SetBool(raw == "true")
		return raw == "true" || raw == "false"
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || v.OverflowInt(n) {
		return false
	}
	v.SetInt(n)
	return true
}

func (f *filler) object(r *reader, v reflect.Value) bool {
	if r.enter() != nil {
		return false
	}
	var seen nameSet
	for {
		name, more, err := r.name(&seen)
		if err != nil || !more {
			return err == nil
		}
		if p, ok := f.fields[name]; ok {
			if !p.fill(r, v.Field(p.index)) {
				return false
			}
			continue
		}
		for known := range f.fields {
			if strings.EqualFold(known, name) { // encoding/json would take it for that
				return false
			}
		}
		if _, err := r.value(); err != nil {
			return false
		}
	}
}

func (f *filler) array(r *reader, v reflect.Value) bool {
	if r.enter() != nil {
		return false
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 4))
	for n := 0; !r.take(']'); n++ {
		if n > 0 && !r.take(',') || r.count() != nil {
			return false
		}
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		if !f.elem.fill(r, v.Index(n)) {
			return false
		}
	}
	r.depth--
	return true
}
