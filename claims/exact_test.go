package claims_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
)

type address struct {
	City string `json:"city"`
}

// Profile is exported because encoding/json reads an embedded struct either way,
// but embeds of another kind only if they are.
type Profile struct {
	Nick string `json:"nick"`
	Home address
}

type hidden struct {
	Level int `json:"level"`
}

// Tier is a string that is embedded: encoding/json names the field after it.
type Tier string

// user has every kind of field that a member name can lead to.
type user struct {
	Profile
	hidden
	Tier
	Sub     string             `json:"sub"`
	Plain   string             // named by the field
	Work    address            `json:"work"`
	Ptr     *address           `json:"ptr"`
	List    []address          `json:"list"`
	Pair    [2]address         `json:"pair"`
	Map     map[string]address `json:"map"`
	Deep    map[string][]*user `json:"deep"`
	Any     any                `json:"any"`
	When    time.Time          `json:"when"`
	Raw     json.RawMessage    `json:"raw"`
	Skipped string             `json:"-"`
	Option  string             `json:",omitempty"`
}

// Each text has one member that encoding/json would take for a field of another
// spelling. Decoded exactly, it leaves no trace.
func TestDecodeRefusesOtherSpellings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"SUB":"x"}`, `{"Sub":"x"}`, `{"ſub":"x"}`, `{"plain":"x"}`, `{"PLAIN":"x"}`, `{"S\u0055B":"x"}`,
		`{"WORK":{"city":"x"}}`, `{"work":{"City":"x"}}`, `{"work":{"CITY":"x"}}`, `{"LIST":[{"city":"x"}]}`,
		`{"any":null,"ANY":1}`, `{"When":"2026-01-01T00:00:00Z"}`, `{"RAW":1}`, `{"option":"x"}`,
		`{"Nick":"x"}`, `{"NICK":"x"}`, `{"home":{"city":"x"}}`, `{"Home":{"City":"x"}}`, `{"tier":"x"}`, `{"TIER":"x"}`,
	} {
		var folded, exact user
		if err := json.Unmarshal([]byte(text), &folded); err != nil || reflect.DeepEqual(folded, user{}) {
			t.Errorf("%s does not show anything: encoding/json: %v", text, err)
		}
		if err := object(t, text).Decode(&exact); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(exact, user{}) {
			t.Errorf("%s is decoded as %+v", text, exact)
		}
	}
}

// The same below pointers, lists and maps, where the surroundings stay.
func TestDecodeExactInside(t *testing.T) {
	t.Parallel()
	const text = `{"level":1,"Level":9,"ptr":{"city":"a","CITY":"x"},"list":[{"city":"b","City":"x"},null,{"CITY":"x"}],
		"pair":[{"cIty":"x"},{"city":"c"}],"map":{"K":{"city":"d","CITY":"x"},"k":{"City":"x"}},
		"deep":{"a":[{"sub":"e","SUB":"x","ptr":{"City":"x"},"deep":{"b":[{"Sub":"x"}]}}]},"any":{"City":"kept"}}`
	var got user
	if err := object(t, text).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := user{
		hidden: hidden{1}, Ptr: &address{"a"}, List: []address{{"b"}, {}, {}}, Pair: [2]address{{}, {"c"}},
		Map:  map[string]address{"K": {"d"}, "k": {}},
		Deep: map[string][]*user{"a": {{Sub: "e", Ptr: &address{}, Deep: map[string][]*user{"b": {{}}}}}},
		Any:  map[string]any{"City": "kept"}, // not a struct: there is no other spelling
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded\n%+v, want\n%+v", got, want)
	}
}

// With exact names everything arrives as encoding/json alone would have it.
func TestDecodeAgreesOnExactNames(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `{"sub":"a","Plain":"b","work":{"city":"c"},"ptr":{"city":"d"},"list":[{"city":"e"},{}],"pair":[{"city":"f"}]}`,
		`{"map":{"K":{"city":"d"},"k":{"city":"x"}},"deep":{"a":[{"sub":"e"},null],"A":null},"any":[1.5,{"a":null}]}`,
		`{"when":"2026-01-02T03:04:05.678Z","raw":{"A":[1, 2],"a":0},"Option":"y","nick":"n","Home":{"city":"h"},"Tier":"t"}`,
		`{"work":null,"ptr":null,"list":null,"map":null,"any":null,"unknown":{"Sub":1},"pair":null,"deep":null}`,
	} {
		var want, got user
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%s: encoding/json: %v", text, err)
		}
		if err := object(t, text).Decode(&got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if a, b := marshal(t, got), marshal(t, want); a != b {
			t.Errorf("%s:\n got %s\nwant %s", text, a, b)
		}
	}
}

// Which of several fields of one name encoding/json takes has to be known, or
// the spellings inside it would be judged by another field's type.
func TestDecodeExactAmongEmbedded(t *testing.T) {
	t.Parallel()
	type inner struct {
		Where struct {
			Y string `json:"y"`
		} `json:"where"`
	}
	var named struct {
		Place struct {
			City string `json:"city"`
		} `json:"where"`
		inner `json:"inner"`
	}
	check(t, `{"where":{"CITY":"x","Y":"x"},"inner":{"where":{"Y":"x"}},"Where":{"city":"x"}}`, &named)

	var shallow struct {
		Place struct {
			City string `json:"city"`
		} `json:"where"`
		inner
	}
	check(t, `{"where":{"CITY":"x","y":"x"}}`, &shallow)

	type left struct {
		ID string `json:"id"`
	}
	type right struct{ ID string }
	var both struct {
		left
		right
	}
	check(t, `{"iD":"x","Id":"x"}`, &both)

	type untagged struct {
		Where struct {
			Y string `json:"y"`
		}
	}
	type tagged struct {
		Place address `json:"Where"`
	}
	var ranked struct {
		untagged
		tagged
	}
	check(t, `{"Where":{"CITY":"x","y":"x"}}`, &ranked)

	// Two fields "id" cancel each other, so that only "ID" is left. Written as a
	// struct type, go vet would call it a mistake, which it is.
	type Left left
	type Second struct {
		Other string `json:"id"`
	}
	none := reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "Left", Type: reflect.TypeFor[Left](), Anonymous: true},
		{Name: "Second", Type: reflect.TypeFor[Second](), Anonymous: true},
		{Name: "Upper", Type: reflect.TypeFor[string](), Tag: `json:"ID"`},
	})).Interface()
	check(t, `{"id":"x","Id":"x"}`, none)

	type Loop struct {
		*Loop
		Name string `json:"name"`
	}
	check(t, `{"NAME":"x","loop":{"name":"x"}}`, new(Loop))
	check(t, `{"Name":"x"}`, new(left))
}

// Odd tags are read as encoding/json reads them. Written as struct types, linters
// would call them mistakes.
func TestDecodeExactOddTags(t *testing.T) {
	t.Parallel()
	one := func(tag reflect.StructTag) any {
		return reflect.New(reflect.StructOf([]reflect.StructField{{Name: "Odd", Type: reflect.TypeFor[address](), Tag: tag}})).Interface()
	}
	check(t, `{"odd":{"city":"x"},"Odd":{"CITY":"x"}}`, one(`json:"o'dd"`))
	check(t, `{"-":{"City":"x"}}`, one(`json:"-,"`))
	check(t, `{"Odd":{"city":"x"}}`, one(`json:"-"`))
	check(t, `{"a b":{"City":"x"},"A B":{"city":"x"}}`, one(`json:"a b"`))

	kept := one(`json:"-,"`)
	if err := object(t, `{"-":{"city":"y"}}`).Decode(kept); err != nil || !strings.Contains(marshal(t, kept), `"y"`) {
		t.Errorf("a field named - is lost: %s, %v", marshal(t, kept), err)
	}
}

// check decodes a text of which nothing may arrive.
func check(t *testing.T, text string, v any) {
	t.Helper()
	if err := object(t, text).Decode(v); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	if out := marshal(t, v); strings.Contains(out, `"x"`) {
		t.Errorf("%s arrives in %T as %s", text, v, out)
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	o := object(t, `{"work":"x","list":{},"map":[],"sub":1,"n":1.5,"a":["x"]}`)
	for name, v := range map[string]any{
		"string for struct": &struct {
			Work address `json:"work"`
		}{},
		"object for list": &struct {
			List []address `json:"list"`
		}{},
		"list for map": &struct {
			Map map[string]address `json:"map"`
		}{},
		"number for string": &struct {
			Sub string `json:"sub"`
		}{},
		"fraction for integer": &struct {
			N int `json:"n"`
		}{},
		"strings for structs": &struct {
			A []address `json:"a"`
		}{},
		"not a pointer": user{},
		"nil":           nil,
	} {
		if err := o.Decode(v); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// asIs has its own idea of its JSON, into which Decode does not interfere.
type asIs struct{ text string }

func (a *asIs) UnmarshalJSON(text []byte) error {
	a.text = string(text)
	return nil
}

func TestDecodeLeavesUnmarshalersAlone(t *testing.T) {
	t.Parallel()
	var v struct {
		Own  asIs   `json:"own"`
		List []asIs `json:"list"`
	}
	if err := object(t, `{"own":{"TEXT":1},"list":[{"Text": 2}],"OWN":3}`).Decode(&v); err != nil {
		t.Fatal(err)
	}
	if v.Own.text != `{"TEXT":1}` || len(v.List) != 1 || v.List[0].text != `{"Text": 2}` {
		t.Errorf("decoded %+v", v)
	}
}

func TestAs(t *testing.T) {
	t.Parallel()
	type view struct {
		Sub   string   `json:"sub"`
		Aud   []string `json:"aud"`
		Exp   int64    `json:"exp"`
		Email string   `json:"email"`
		Role  string   `json:"role"`
		Org   struct {
			ID int64 `json:"id"`
		} `json:"org"`
	}
	got, err := claims.As[view](parse(t, full))
	want := view{Sub: "google|42", Aud: []string{"app", "api"}, Exp: 1800000000, Email: "ada@example.com", Role: "admin"}
	want.Org.ID = 9007199254740993
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("As = %+v, %v, want %+v", got, err, want)
	}
	if m, err := claims.As[map[string]any](parse(t, full)); err != nil || len(m) != 13 {
		t.Errorf("As a map = %v, %v", m, err)
	}
	if _, err := claims.As[struct {
		Role int `json:"role"`
	}](parse(t, full)); err == nil || !strings.Contains(err.Error(), "role") {
		t.Errorf("a string as a number: err = %v", err)
	}
}
