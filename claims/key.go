package claims

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// Key is the name and the type of a claim that the application adds to its
// tokens. Declare keys as package variables; they are small values and safe for
// concurrent use. The claim becomes a top-level member of the JWT.
type Key[T any] struct {
	name  string
	exact bool   // there is a shape, though it may be nil
	shape *shape // of T
	fill  *filler
}

// Named is any [Key], whatever its type.
type Named interface {
	// Name returns the member's name in the JWT.
	Name() string
}

// NewKey returns the key of the claim with this name. Names of registered
// claims, of the profile and of the kit's own members are refused when the key
// is set, with an error that matches [ErrReserved].
func NewKey[T any](name string) Key[T] {
	s, ok := shapeOf(reflect.TypeFor[T](), 0)
	return Key[T]{name, ok, s, fillerOf(reflect.TypeFor[T](), 0)}
}

// Name returns the claim's name.
func (k Key[T]) Name() string { return k.name }

// Get returns the claim's value. It is false when the claim is absent or does
// not have the type T, so a guard that checks only the second result fails
// closed. Strings in it may be parts of the token's text, as those of its fields are.
func (k Key[T]) Get(h Holder) (T, bool) {
	var v T
	c := h.Payload()
	if c == nil {
		return v, false
	}
	raw, ok := c.custom.raw(k.name)
	if !ok || raw == "null" {
		return v, false
	}
	if s, isString := any(&v).(*string); isString { // the commonest type needs no decoder
		*s, ok = unquote(raw)
		return v, ok
	}
	if err := k.decode(raw, &v); err != nil {
		var none T
		return none, false
	}
	return v, true
}

// decode reads a claim, by the shortest way that gives the same as decodeExact.
func (k Key[T]) decode(raw string, v *T) error {
	r := reader{text: raw, simple: isSimple(raw)}
	if k.fill != nil {
		if again := r; k.fill.fill(&again, reflect.ValueOf(v).Elem()) {
			return nil
		}
		*v = *new(T)
	}
	if k.exact && r.fits(k.shape) {
		return json.Unmarshal([]byte(raw), v)
	}
	return decodeExact(raw, v)
}

// Set stores the claim. A value without a JSON form and a reserved name are
// remembered as [Claims.Err]; the token can then not be sealed. Like a write to
// a nil map, Set panics if h holds no claims at all.
func (k Key[T]) Set(h Holder, value T) {
	c := h.Payload()
	raw, err := k.encode(value)
	if err != nil {
		if c.err == nil {
			c.err = err
		}
		return
	}
	if old, ok := c.custom.raw(k.name); !ok || old != raw {
		c.custom = c.custom.with(k.name, raw)
	}
}

// Delete removes the claim.
func (k Key[T]) Delete(h Holder) {
	if c := h.Payload(); c != nil {
		c.custom = c.custom.without(k.name)
	}
}

func (k Key[T]) encode(value T) (string, error) {
	switch {
	case reserved(k.name):
		return "", fmt.Errorf("%w: %q is written by the kit; use the field of Claims, or another name", ErrReserved, k.name)
	case k.name == "" || len(k.name) > 128 || strings.ContainsFunc(k.name, unicode.IsControl):
		return "", fmt.Errorf("%w: a claim's name has 1 to 128 bytes and no control characters", ErrReserved)
	}
	raw, err := encode(value)
	if err != nil {
		return "", fmt.Errorf("claims: claim %q of type %T has no JSON form: %w", k.name, value, err)
	}
	if err := readable(raw); err != nil {
		return "", fmt.Errorf("claims: claim %q: %w", k.name, err)
	}
	return raw, nil
}

// Raw returns the JSON text of the custom claim with this name, whatever its
// type, for code that passes claims on without knowing their keys.
func (c *Claims) Raw(name string) (json.RawMessage, bool) {
	if c == nil {
		return nil, false
	}
	return c.custom.Raw(name)
}

// Is is the rule that the claim is present and equals want. Types with an
// Equal method, such as time.Time, are compared by it.
func (k Key[T]) Is(want T) Rule { return k.In(want) }

// In is the rule that the claim is present and equals one of these values.
// Without values it is not met.
func (k Key[T]) In(wants ...T) Rule {
	return func(h Holder) error {
		if have, ok := k.Get(h); ok {
			for _, want := range wants {
				if equal(have, want) {
					return nil
				}
			}
		}
		return unmet(k.name)
	}
}

func equal[T any](a, b T) bool {
	if e, ok := any(a).(interface{ Equal(T) bool }); ok {
		return e.Equal(b)
	}
	return reflect.DeepEqual(a, b)
}
