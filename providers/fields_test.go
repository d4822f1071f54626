package providers_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sealedauth/auth/providers"
)

// nameIn returns what a field finds in a profile.
func nameIn(t testing.TB, field, profile string) string {
	t.Helper()
	p := newPlain(t, func(c *providers.Config) { c.Fields.Name = field })
	p.handlers["/me"] = replyJSON(profile)
	id, err := p.exchange()
	if err != nil {
		t.Fatal(err)
	}
	return id.User.Name
}

func TestFieldPaths(t *testing.T) {
	t.Parallel()
	const profile = `{"id":1,"first":"Ada","last":"Lovelace","none":"","null":null,"number":42,"big":9007199254740993,"float":1.5,
		"data":{"name":"Deep","user":{"name":"Deeper"}},"names":["Zero","One"],"mixed":["a",1],
		"emails":[{"value":"a@x.example","primary":false,"text":"true"},{"value":"b@x.example","primary":true},{"value":"c@x.example","primary":true,"verified":true,"tags":["t0","t1"]}],
		"nested":{"list":[{"deep":[{"x":"y"}]}]},"dotted.name":"never","odd":"a/b&c d"}`
	for field, want := range map[string]string{
		"first":                              "Ada",
		"first last":                         "Ada Lovelace",
		"first none last":                    "Ada Lovelace",
		"none missing":                       "",
		"none|missing|last":                  "Lovelace",
		"missing missing2|first":             "Ada",
		"number":                             "42",
		"big":                                "9007199254740993",
		"float":                              "",
		"null":                               "",
		"data":                               "",
		"data.name":                          "Deep",
		"data.user.name":                     "Deeper",
		"data.user.name.more":                "",
		"names":                              "",
		"names.0":                            "Zero",
		"names.1":                            "One",
		"names.2":                            "",
		"names.-1":                           "",
		"names.+1":                           "One",
		"names.0.x":                          "",
		"mixed.0":                            "",
		"emails.0.value":                     "a@x.example",
		"emails.[primary].value":             "b@x.example",
		"emails.[primary,verified].value":    "c@x.example",
		"emails.[verified].tags.1":           "t1",
		"emails.[text].value":                "", // the text "true" is not true
		"emails.[missing].value":             "",
		"emails.[].value":                    "",
		"emails.3.value":                     "",
		"emails.[primary]":                   "",
		"nested.list.0.deep.0.x":             "y",
		"first.0":                            "",
		".first":                             "",
		"first.":                             "",
		"https://x.example/{number}.png":     "https://x.example/42.png",
		"https://x.example/{odd}/{missing}":  "",
		"https://x.example/{missing}|first":  "Ada",
		"https://x.example/{odd}":            "https://x.example/a%2Fb%26c%20d",
		"https://x.example/{emails.0.value}": "https://x.example/a%40x.example",
		"https://x.example/{number":          "https://x.example/",
	} {
		if got := nameIn(t, field, profile); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

// An e-mail address is verified only if the member of the field says so.
func TestS_29_FieldsEmailVerified(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		path, profile string
		texts, want   bool
	}{
		"true":             {"data.verified", `{"id":1,"data":{"verified":true}}`, false, true},
		"false":            {"data.verified", `{"id":1,"data":{"verified":false}}`, false, false},
		"text":             {"data.verified", `{"id":1,"data":{"verified":"true"}}`, false, false},
		"allowed text":     {"data.verified", `{"id":1,"data":{"verified":"true"}}`, true, true},
		"other text":       {"data.verified", `{"id":1,"data":{"verified":"TRUE"}}`, true, false},
		"number":           {"data.verified", `{"id":1,"data":{"verified":1}}`, false, false},
		"allowed number":   {"data.verified", `{"id":1,"data":{"verified":1}}`, true, true},
		"other number":     {"data.verified", `{"id":1,"data":{"verified":2}}`, true, false},
		"elsewhere":        {"data.verified", `{"id":1,"verified":true,"email_verified":true}`, true, false},
		"standard":         {"", `{"id":1,"email_verified":true}`, false, true},
		"standard, text":   {"", `{"id":1,"email_verified":"true"}`, false, false},
		"of the same list": {"emails.[primary].verified", `{"id":1,"emails":[{"primary":true,"verified":true}]}`, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) { c.Fields.EmailVerified, c.Dialect.LooseTrue = tc.path, tc.texts })
			p.handlers["/me"] = replyJSON(tc.profile)
			id, err := p.exchange()
			if err != nil || id.User.EmailVerified != tc.want {
				t.Fatalf("%+v, %v", id, err)
			}
		})
	}
}

// A field never finds what is not in the profile, whatever its text.
func FuzzFields(f *testing.F) {
	for _, field := range []string{"a", "a.b", "a b|c", "l.0.x", "l.[p,q].x", "https://x/{a}", "{", "}{", "a..b", "l.[", "|", " "} {
		f.Add(field, "v")
	}
	f.Fuzz(func(t *testing.T, field, value string) {
		if !utf8.ValidString(field) || !utf8.ValidString(value) {
			t.Skip()
		}
		v, err := json.Marshal(value)
		if err != nil {
			t.Skip()
		}
		text := string(v)
		got := nameIn(t, field, `{"id":1,"a":`+text+`,"l":[{"p":true,"x":`+text+`}],"n":{"a":`+text+`}}`)
		if got != "" && !strings.Contains(field, "{") && strings.Trim(strings.ReplaceAll(got, value, ""), " 1") != "" {
			t.Fatalf("%q found %q", field, got)
		}
	})
}
