package providers_test

import (
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// A plain OAuth 2 profile has to say who it is of: CVE-2026-42560 and
// GHSA-f6qq-3m3h-4g42.
func TestS_30_ProfileID(t *testing.T) {
	t.Parallel()
	const big = "9007199254740993" // which a float64 cannot hold
	long := strings.Repeat("x", 255)
	for profile, want := range map[string]string{
		`{}`:                                 "",
		`{"id":null}`:                        "",
		`{"id":""}`:                          "",
		`{"id":true}`:                        "",
		`{"id":[1]}`:                         "",
		`{"id":{"a":1}}`:                     "",
		`{"id":1.5}`:                         "",
		`{"id":1e3}`:                         "",
		`{"ID":42}`:                          "",
		`{"sub":"alice"}`:                    "",
		`{"email":"alice@example.com"}`:      "",
		`{"id":"` + long + `x"}`:             "",
		`{"id":"` + long + `"}`:              long,
		`{"id":` + big + `}`:                 big, // S-137
		`{"id":"` + big + `"}`:               big,
		`{"id":18446744073709551617}`:        "18446744073709551617",
		`{"id":42,"name":null,"email":null}`: "42",
		`{"id":"ü"}`:                         "ü",
	} {
		t.Run(profile[:min(len(profile), 40)], func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			p.handlers["/me"] = replyJSON(profile)
			id, err := p.exchange()
			if want == "" {
				refused(t, id, err, providers.ErrProfile, "it has no usable id")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if id.User.ID != want || id.Account.ID != want || id.Account.Provider != "plain" || id.Account.Type != "oauth" {
				t.Fatalf("user %+v, account %s %s %s", id.User, id.Account.Provider, id.Account.ID, id.Account.Type)
			}
		})
	}
}

func TestS_30_ProfileAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range badProfiles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			p.handlers["/me"] = tc.answer
			id, err := p.exchange()
			refused(t, id, err, tc.kind, tc.why)
		})
	}
}

// JSON that is out of bounds is refused wherever it comes from, and what is
// within them arrives unchanged.
func TestS_136_S_137_S_138_JSON(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	many := func(n int) string { return `[` + strings.Repeat("1,", n-1) + `1]` }
	for name, tc := range map[string]struct {
		x  string
		ok bool
	}{
		"31 deep":        {deep(31), true},
		"32 deep":        {deep(32), false},
		"10,000 deep":    {deep(10000), false},
		"1,900 members":  {many(1900), true},
		"2,000 members":  {many(2000), false},
		"64 KiB string":  {`"` + strings.Repeat("x", 64<<10-2) + `"`, true},
		"longer string":  {`"` + strings.Repeat("x", 64<<10) + `"`, false},
		"1e400":          {`1e400`, false},
		"-0":             {`-0`, false},
		"NaN":            {`NaN`, false},
		"half a pair":    {`"\ud800"`, false},
		"other half":     {`"\udc00x"`, false},
		"a pair":         {`"\ud83d\ude00"`, true},
		"bad UTF-8":      {"\"\xff\"", false},
		"overlong UTF-8": {"\"\xc0\xaf\"", false},
		"NUL":            {`"\u0000"`, true},
		"raw NUL":        {"\"\x00\"", false},
		"big integer":    {`9007199254740993`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			profile := `{"id":42,"x":` + tc.x + `}`
			p := newPlain(t)
			p.handlers["/me"] = replyJSON(profile)
			id, err := p.exchange()
			if !tc.ok {
				refused(t, id, err, providers.ErrResponse, "malformed JSON")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if raw, _ := id.Profile.Raw("x"); string(raw) != tc.x {
				t.Fatalf("x is %.60s", raw)
			}
			if text := toJSON(id.Profile); text != profile && name != "a pair" && name != "NUL" {
				t.Fatalf("profile is %.60s", text)
			}
		})
	}
}

// Fields tell where in a profile the user is.
func TestFields(t *testing.T) {
	t.Parallel()
	const profile = `{"data":{"user":{"id":7,"names":{"full":"Alice"}}},"login":"al","mail":"","mails":{"main":"a@x.example"},"avatar":"https://x.example/a.png"}`
	for name, tc := range map[string]struct {
		fields providers.Fields
		want   providers.User
	}{
		"paths": {providers.Fields{ID: "data.user.id", Name: "data.user.names.full", Email: "mails.main", Image: "avatar"},
			providers.User{ID: "7", Name: "Alice", Email: "a@x.example", Image: "https://x.example/a.png"}},
		"alternatives": {providers.Fields{ID: "id|data.user.id", Name: "name|login", Email: "mail|mails.main"},
			providers.User{ID: "7", Name: "al", Email: "a@x.example"}},
		"wrong way":  {providers.Fields{ID: "login.id|login"}, providers.User{ID: "al"}},
		"an object":  {providers.Fields{ID: "data|data.user|login"}, providers.User{ID: "al"}},
		"empty path": {providers.Fields{ID: ".|login"}, providers.User{ID: "al"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) { c.Fields = tc.fields })
			p.handlers["/me"] = replyJSON(profile)
			id, err := p.exchange()
			if err != nil {
				t.Fatal(err)
			}
			if id.User != tc.want {
				t.Fatalf("user %+v", id.User)
			}
		})
	}
}

// S-126: pictures are passed on as text, never fetched.
func TestS_126_PictureIsNotFetched(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.op.EditIDToken = func(claims map[string]any) { claims["picture"] = "http://169.254.169.254/latest" }
	if id := r.mustSignIn(); id.User.Image != "http://169.254.169.254/latest" || r.strangers("op.example.com") != 0 {
		t.Fatalf("user %+v, %d requests elsewhere", id.User, r.strangers("op.example.com"))
	}
}
