package claims

import (
	"encoding/json"
	"reflect"
	"strings"
)

// shape is what has to be known of a type to see that encoding/json reads a text into
// it exactly: the names of its fields at every depth. It is found out once for each
// [Key].
type shape struct {
	fields map[string]*shape // of a struct; nil for a field within which nothing can go wrong
	elem   *shape            // of a map, a slice or an array
}

const deepestShape = 16

// shapeOf returns the shape of a type. It is false for types that hold an interface,
// in which numbers would lose digits, or themselves.
func shapeOf(t reflect.Type, depth int) (s *shape, ok bool) {
	if t == nil || depth > deepestShape || t.Kind() == reflect.Interface {
		return nil, false
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil, true // it reads for itself
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem(), depth+1)
	case reflect.Map, reflect.Slice, reflect.Array:
		elem, ok := shapeOf(t.Elem(), depth+1)
		if elem == nil {
			return nil, ok
		}
		return &shape{elem: elem}, ok
	case reflect.Struct:
		s = &shape{fields: map[string]*shape{}}
		for name, field := range jsonFields(t) {
			if s.fields[name], ok = shapeOf(field, depth+1); !ok {
				return nil, false
			}
		}
		return s, true
	}
	return nil, true
}

// fits reports whether no member of the next value would land in a field of another
// spelling. False is no verdict.
func (r *reader) fits(s *shape) bool {
	switch c := r.peek(); {
	case s != nil && c == '{' && (s.fields != nil || s.elem != nil):
		return r.objectFits(s)
	case s != nil && c == '[' && s.elem != nil:
		return r.arrayFits(s.elem)
	}
	_, err := r.value()
	return err == nil
}

func (r *reader) arrayFits(elem *shape) bool {
	if r.enter() != nil {
		return false
	}
	for first := true; !r.take(']'); first = false {
		if !first && !r.take(',') || !r.fits(elem) {
			return false
		}
	}
	r.depth--
	return true
}

func (r *reader) objectFits(s *shape) bool {
	if r.enter() != nil {
		return false
	}
	var seen nameSet
	for {
		name, more, err := r.name(&seen)
		if err != nil || !more {
			return err == nil
		}
		field, ok := s.fields[name]
		if s.elem != nil {
			field, ok = s.elem, true
		}
		if !ok && s.resembles(name) || !r.fits(field) {
			return false
		}
	}
}

// resembles reports whether encoding/json would take a name for one of the fields.
func (s *shape) resembles(name string) bool {
	for known := range s.fields {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	return false
}
