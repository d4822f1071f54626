package claims_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/sealedauth/auth/claims"
)

type plan struct {
	Name  string `json:"name"`
	Seats int    `json:"seats"`
}

// testKey sets a value, reads it back from the same claims and from their JSON,
// and deletes it.
func testKey[T any](t *testing.T, value, other T) {
	t.Helper()
	k := claims.NewKey[T]("k")
	var c claims.Claims
	if v, ok := k.Get(&c); ok || !reflect.ValueOf(&v).Elem().IsZero() {
		t.Errorf("%T: absent = %v, %v", value, v, ok)
	}
	k.Set(&c, value)
	if err := c.Err(); err != nil {
		t.Fatalf("%T: Err = %v", value, err)
	}
	for _, h := range []*claims.Claims{&c, parse(t, marshal(t, c))} {
		if err := k.Is(value)(h); err != nil {
			v, ok := k.Get(h)
			t.Errorf("%T: set to %v, got %v, %v", value, value, v, ok)
		}
		if err := k.Is(other)(h); !errors.Is(err, claims.ErrUnmet) {
			t.Errorf("%T: %v counts as %v", value, value, other)
		}
		if err := k.In(other, value)(h); err != nil {
			t.Errorf("%T: In = %v", value, err)
		}
	}
	k.Delete(&c)
	if _, ok := k.Get(&c); ok || marshal(t, c) != "{}" {
		t.Errorf("%T: still there after Delete: %s", value, marshal(t, c))
	}
}

func TestKeyTypes(t *testing.T) {
	t.Parallel()
	testKey(t, "text", "Text")
	testKey(t, "", "x")
	testKey(t, "\x00\n\u2028<>&😀\\\"", "")
	testKey(t, true, false)
	testKey(t, false, true)
	testKey[int64](t, math.MaxInt64, math.MaxInt64-1)
	testKey[int64](t, math.MinInt64, 0)
	testKey[int64](t, 9007199254740993, 9007199254740992)
	testKey[uint64](t, math.MaxUint64, 0)
	testKey(t, 1.5, 1.25)
	testKey(t, []string{"a", "b"}, []string{"b", "a"})
	testKey(t, []string{}, []string{""})
	testKey(t, map[string]int{"a": 1}, map[string]int{"A": 1})
	testKey(t, plan{"pro", 5}, plan{"pro", 6})
	testKey(t, &plan{"pro", 5}, &plan{"free", 5})
	testKey(t, []plan{{"pro", 5}, {"free", 1}}, nil)
	testKey(t, time.Unix(1700000000, 123), time.Unix(1700000000, 124))
	testKey(t, time.Hour, time.Minute)
	testKey[any](t, "x", true)
}

// Times are the same if they are the same instant, whatever their zone.
func TestKeyTimeIsInstant(t *testing.T) {
	t.Parallel()
	since := claims.NewKey[time.Time]("since")
	var c claims.Claims
	moment := time.Date(2026, 1, 2, 12, 0, 0, 0, time.FixedZone("", 3600))
	since.Set(&c, moment)
	if err := since.Is(moment.UTC())(&c); err != nil {
		t.Errorf("the same instant in another zone: %v", err)
	}
	if err := since.In(moment.Add(time.Hour), moment.Add(1))(&c); err == nil {
		t.Error("another instant counts as the same")
	}
}

// What a guard reads is either a value of the type or nothing.
func TestKeyGetWrongType(t *testing.T) {
	t.Parallel()
	c := parse(t, `{"s":"x","n":1,"f":1.5,"big":9223372036854775808,"b":true,"nil":null,"a":["x",1],"o":{"seats":"five"},
		"e":"","t":"2026-13-01T00:00:00Z","ts":"true"}`)
	refuse(t, claims.NewKey[string]("n"), c)
	refuse(t, claims.NewKey[string]("b"), c)
	refuse(t, claims.NewKey[string]("nil"), c)
	refuse(t, claims.NewKey[string]("o"), c)
	refuse(t, claims.NewKey[string]("absent"), c)
	refuse(t, claims.NewKey[bool]("ts"), c)
	refuse(t, claims.NewKey[bool]("n"), c)
	refuse(t, claims.NewKey[bool]("nil"), c)
	refuse(t, claims.NewKey[int64]("s"), c)
	refuse(t, claims.NewKey[int64]("f"), c)
	refuse(t, claims.NewKey[int64]("big"), c)
	refuse(t, claims.NewKey[int8]("big"), c)
	refuse(t, claims.NewKey[[]string]("a"), c)
	refuse(t, claims.NewKey[[]string]("s"), c)
	refuse(t, claims.NewKey[[]string]("nil"), c)
	refuse(t, claims.NewKey[plan]("o"), c)
	refuse(t, claims.NewKey[plan]("a"), c)
	refuse(t, claims.NewKey[*plan]("nil"), c)
	refuse(t, claims.NewKey[any]("nil"), c)
	refuse(t, claims.NewKey[time.Time]("t"), c)
	refuse(t, claims.NewKey[time.Time]("e"), c)
}

func refuse[T any](t *testing.T, k claims.Key[T], h claims.Holder) {
	t.Helper()
	v, ok := k.Get(h)
	if ok || !reflect.ValueOf(&v).Elem().IsZero() {
		t.Errorf("Key[%T] %q = %v, %v; want the zero value and false", v, k.Name(), v, ok)
	}
	if err := k.Is(v)(h); !errors.Is(err, claims.ErrUnmet) {
		t.Errorf("Key[%T] %q: the rule Is(zero) is met by a claim of another type", v, k.Name())
	}
}

// Keys are for custom claims. Registered ones are fields, and a key does not
// read them either.
func TestKeyReservedNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "name", "email", "picture", "account", "v",
		"", "a\nb", "a\x00", "a\x7f", "a\u0085", strings.Repeat("x", 129),
	} {
		c := claims.Claims{Subject: "alice", Name: "Ada"}
		k := claims.NewKey[string](name)
		k.Set(&c, "mallory")
		if !errors.Is(c.Err(), claims.ErrReserved) {
			t.Errorf("%q: Err = %v, want ErrReserved", name, c.Err())
		}
		if v, ok := k.Get(&c); ok {
			t.Errorf("%q: Get = %q", name, v)
		}
		if c.Subject != "alice" || c.Name != "Ada" || len(c.Object().Names()) != 2 {
			t.Errorf("%q: the claims changed: %v", name, c.Object().Names())
		}
	}
	for _, name := range []string{"SUB", "Account", "role", "https://example.com/roles", "a b", `a"b`, "é", strings.Repeat("x", 128)} {
		var c claims.Claims
		claims.NewKey[int](name).Set(&c, 1)
		if err := c.Err(); err != nil {
			t.Errorf("%q: Err = %v", name, err)
		}
		if v, ok := claims.NewKey[int](name).Get(parse(t, marshal(t, c))); !ok || v != 1 {
			t.Errorf("%q: does not survive JSON", name)
		}
	}
}

// twice and broken have MarshalJSON methods that return what could not be read
// again.
type twice struct{}

func (twice) MarshalJSON() ([]byte, error) { return []byte(`{"a":1,"\u0061":2}`), nil }

type broken struct{}

func (broken) MarshalJSON() ([]byte, error) { return []byte(`{"a":`), nil }

type failing struct{}

var errFailing = errors.New("no")

func (failing) MarshalJSON() ([]byte, error) { return nil, errFailing }

type deep struct{}

func (deep) MarshalJSON() ([]byte, error) {
	return []byte(strings.Repeat("[", 32) + strings.Repeat("]", 32)), nil
}

func setErr[T any](value T) error {
	var c claims.Claims
	k := claims.NewKey[T]("k")
	k.Set(&c, value)
	if _, ok := c.Raw("k"); ok {
		return fmt.Errorf("%T was stored", value)
	}
	return c.Err()
}

func TestKeyValuesWithoutJSON(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"function":  setErr(func() {}),
		"channel":   setErr(make(chan int)),
		"NaN":       setErr(math.NaN()),
		"infinity":  setErr(math.Inf(1)),
		"complex":   setErr(1i),
		"any of it": setErr[any](map[string]any{"f": func() {}}),
		"failing":   setErr(failing{}),
		"broken":    setErr(broken{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "has no JSON form") || !strings.Contains(err.Error(), `"k"`) {
			t.Errorf("%s: Err = %v", name, err)
		}
	}
	if err := setErr(failing{}); !errors.Is(err, errFailing) {
		t.Errorf("the cause is lost: %v", err)
	}
	for name, err := range map[string]error{
		"a name twice":  setErr(twice{}),
		"too deep":      setErr(deep{}),
		"too long":      setErr(strings.Repeat("x", 64<<10)),
		"too many":      setErr(make([]int, 2000)),
		"negative zero": setErr(math.Copysign(0, -1)),
	} {
		if !errors.Is(err, claims.ErrMalformed) {
			t.Errorf("%s: Err = %v, want ErrMalformed", name, err)
		}
	}
}

// The first error stays: it is the cause, and later good values do not hide it.
func TestKeyFirstErrorStays(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	claims.NewKey[int]("sub").Set(&c, 1)
	first := c.Err()
	claims.NewKey[func()]("f").Set(&c, func() {})
	claims.NewKey[int]("good").Set(&c, 1)
	if c.Err() != first || !errors.Is(first, claims.ErrReserved) {
		t.Errorf("Err = %v, want %v", c.Err(), first)
	}
}

// The order is that of setting, and setting the same value again changes
// nothing, so that no cookie is written for it.
func TestKeyOrder(t *testing.T) {
	t.Parallel()
	c := parse(t, `{"a":1,"b":2,"c":3}`)
	before := *c
	claims.NewKey[int]("a").Set(c, 1)
	if !c.Equal(&before) {
		t.Errorf("the same value again: %s", marshal(t, c))
	}
	claims.NewKey[int]("a").Set(c, 9)
	claims.NewKey[int]("b").Delete(c)
	claims.NewKey[int]("absent").Delete(c)
	if got := marshal(t, c); got != `{"c":3,"a":9}` {
		t.Errorf("claims = %s", got)
	}
}

func TestNilPayload(t *testing.T) {
	t.Parallel()
	role := claims.NewKey[string]("role")
	for _, h := range []claims.Holder{nobody{}, (*claims.Claims)(nil)} {
		if v, ok := role.Get(h); ok || v != "" {
			t.Errorf("Get = %q, %v", v, ok)
		}
		if _, ok := h.Payload().Raw("role"); ok {
			t.Error("Raw finds a claim")
		}
		role.Delete(h)
		if v, err := claims.As[plan](h); err != nil || v != (plan{}) {
			t.Errorf("As = %v, %v", v, err)
		}
		if !panics(func() { role.Set(h, "admin") }) {
			t.Error("Set is lost in silence")
		}
		for name, rule := range map[string]claims.Rule{
			"Is": role.Is(""), "In": role.In("", "admin"), "HasScope": claims.HasScope("a"), "HasAudience": claims.HasAudience(""),
			"Contains": claims.Contains(claims.NewKey[[]string]("roles")), "Any": claims.Any(role.Is("")), "All": claims.All(role.Is("")),
		} {
			if err := rule(h); !errors.Is(err, claims.ErrUnmet) {
				t.Errorf("%s: err = %v, want ErrUnmet", name, err)
			}
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func TestKeyNamed(t *testing.T) {
	t.Parallel()
	var n claims.Named = claims.NewKey[time.Time]("createdAt")
	if n.Name() != "createdAt" {
		t.Errorf("Name = %q", n.Name())
	}
}

// Any text and any number that is set is read back the same, also through JSON.
func TestKeyRoundTripProperty(t *testing.T) {
	t.Parallel()
	words, number, table := claims.NewKey[[]string]("words"), claims.NewKey[int64]("number"), claims.NewKey[map[string]float64]("table")
	property := func(list []string, n int64, m map[string]float64) bool {
		for i := range list {
			list[i] = strings.ToValidUTF8(list[i], "")
		}
		var c claims.Claims
		words.Set(&c, list)
		number.Set(&c, n)
		table.Set(&c, m)
		if c.Err() != nil {
			return false
		}
		back := parse(t, marshal(t, c))
		return back.Equal(parse(t, marshal(t, back))) && words.Is(list)(back) == nil && number.Is(n)(back) == nil && table.Is(m)(back) == nil
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
}
