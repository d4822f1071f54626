package token_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// sharedCookie is the session cookie of Auth.js in most tests.
const sharedCookie = "__Secure-authjs.session-token"

// shared returns the codec of a session that is shared with Auth.js.
func shared(t testing.TB, m token.Members, secrets ...string) *token.Codec {
	t.Helper()
	return must(token.NewForeignCodec(token.AuthJS, sharedCookie, m, secrets...))
}

// payloadOf returns the JSON that a token is sealed as.
func payloadOf(t testing.TB, m token.Members, tok *token.Token) string {
	t.Helper()
	sealed := sealToken(t, shared(t, m, secretA), tok)
	return string(must(foreignSealer(t, token.AuthJS, sharedCookie, secretA).Open(sealed)))
}

// openShared opens a JSON text as if Auth.js had sealed it.
func openShared(t testing.TB, m token.Members, json string) (*token.Token, error) {
	t.Helper()
	return shared(t, m, secretA).Open(foreignReference{token.AuthJS, secretA, sharedCookie}.seal(json))
}

// mustOpenShared opens members that stand beside what every token has.
func mustOpenShared(t testing.TB, m token.Members, members string) *token.Token {
	t.Helper()
	tok, err := openShared(t, m, `{"sub":"a","iat":946684800,"exp":4000000000`+members+`}`)
	if err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	return tok
}

// The account stands where the guides of Auth.js have it, or where the
// application says.
func TestMembersPayload(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const begin = `{"sub":"google|42","exp":949276800,"iat":946684800,"jti":"s1","auth_time":946684800,"name":"Ada Lovelace",` +
			`"email":"ada@example.com","picture":"https://op.example/ada.png","role":"admin","org":9007199254740993,`
		renamed := token.Members{
			Provider: "a", AccountID: "b", AccessToken: "access_token", RefreshToken: "refresh_token", ExpiresAt: "expires_at", Lifetime: "c",
			TokenType: "d", Scope: "e", Seconds: true,
		}
		none := token.Members{Provider: "-", AccountID: "-", AccessToken: "-", RefreshToken: "-", ExpiresAt: "-", Lifetime: "-", TokenType: "-", Scope: "-"}
		for name, test := range map[string]struct {
			m    token.Members
			want string
		}{
			"default": {token.Members{}, `"provider":"google","providerAccountId":"42","accessToken":"at-1","refreshToken":"rt-1",` +
				`"accessTokenExpires":946688400000,"accessTokenLifetime":3600,"tokenType":"DPoP","scope":"openid email"}`},
			"renamed": {renamed, `"a":"google","b":"42","access_token":"at-1","refresh_token":"rt-1","expires_at":946688400,"c":3600,"d":"DPoP","e":"openid email"}`},
			"some": {token.Members{RefreshToken: "-", Lifetime: "-", TokenType: "-", Scope: "-"},
				`"provider":"google","providerAccountId":"42","accessToken":"at-1","accessTokenExpires":946688400000}`},
			"seconds": {token.Members{Provider: "-", AccountID: "-", AccessToken: "-", RefreshToken: "-", Lifetime: "-", TokenType: "-", Scope: "-", Seconds: true},
				`"accessTokenExpires":946688400}`},
			"none": {none, `}`},
		} {
			tok := newToken()
			tok.Account.TokenType, tok.Account.IDToken = "DPoP", token.NewSecret("canary")
			want := begin + test.want
			if test.want == "}" {
				want = strings.TrimSuffix(begin, ",") + "}"
			}
			if got := payloadOf(t, test.m, tok); got != want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, want)
			}
			back, err := shared(t, test.m, secretA).Open(sealToken(t, shared(t, test.m, secretA), tok))
			if err != nil || !back.Claims.Equal(&tok.Claims) {
				t.Errorf("%s: claims come back as %+v, %v", name, back, err)
			}
			if none := back.Account == (token.Account{TokenType: "Bearer"}); none != (name == "none") {
				t.Errorf("%s: account comes back as %+v", name, back.Account)
			}
		}
		// What an account does not have takes no room.
		tok := newToken()
		tok.Account = token.Account{TokenType: "Bearer"}
		if got, want := payloadOf(t, token.Members{}, tok), strings.TrimSuffix(begin, ",")+"}"; got != want {
			t.Errorf("no account:\n got %s\nwant %s", got, want)
		}
	})
}

func TestMembersRoundTrip(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, f := range []token.Format{token.AuthJS, token.NextAuth4} {
			for _, m := range []token.Members{{}, {Seconds: true}, {AccessToken: "access_token", ExpiresAt: "expires_at"}} {
				c := must(token.NewForeignCodec(f, f.CookieName("session-token", true), m, secretA))
				want := newToken()
				want.Account.Type = "" // Auth.js does not keep it in the token
				got, err := c.Open(sealToken(t, c, want))
				if err != nil || !got.Equal(want) || got.Account.AccessToken.Reveal() != "at-1" || got.Account.Lifetime != time.Hour {
					t.Errorf("%s, %+v: got %+v, %v", f, m, got, err)
				}
			}
		}
	})
}

// Any token that can be sealed comes back the same.
func TestMembersRoundTripProperty(t *testing.T) {
	t.Parallel()
	note, list := claims.NewKey[string]("note"), claims.NewKey[[]int64]("list")
	property := func(sub, id, name, access, refresh, kind, scope, text string, numbers []int64, expires uint32, lifetime uint16, seconds bool) bool {
		valid := func(s string) string { return strings.ToValidUTF8(s, "") }
		tok := &token.Token{
			Claims: claims.Claims{Subject: "s" + valid(sub), ID: valid(id), Name: valid(name), IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour), AuthTime: time.Now()},
			Account: token.Account{
				Provider: valid(name), ID: valid(id), AccessToken: token.NewSecret(valid(access)), RefreshToken: token.NewSecret(valid(refresh)), TokenType: "t" + valid(kind),
				Scope: valid(scope), Lifetime: time.Duration(lifetime) * time.Second, ExpiresAt: time.Unix(1e8+int64(expires), 0),
			},
		}
		note.Set(tok, valid(text))
		list.Set(tok, numbers)
		c := shared(t, token.Members{Seconds: seconds}, secretA)
		sealed, err := c.Seal(tok)
		if err != nil {
			return false
		}
		got, err := c.Open(sealed)
		return err == nil && got.Equal(tok)
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
}

// What the other side keeps under such a name, but cannot be a part of an
// account, stays what it is.
func TestMembersOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"provider", "providerAccountId", "accessToken", "refreshToken", "accessTokenExpires", "accessTokenLifetime", "tokenType", "scope"} {
		values := []string{`{"a":1}`, `["x"]`, `true`, `false`, `1.5`, `-1`, `1e300`, `"x"`, `7`}
		for _, raw := range values {
			tok := mustOpenShared(t, token.Members{}, `,"`+name+`":`+raw)
			got, isClaim := tok.Raw(name)
			taken := map[string]bool{
				`"x"`: name != "accessTokenExpires" && name != "accessTokenLifetime",
				`7`:   strings.HasPrefix(name, "accessTokenE") || name == "accessTokenLifetime" || name == "providerAccountId",
				`-1`:  name == "providerAccountId",
				`1.5`: name == "accessTokenExpires",
			}[raw]
			if isClaim == taken || isClaim && string(got) != raw || (tok.Account == token.Account{TokenType: "Bearer"}) == taken {
				t.Errorf("%s = %s: claim %s, account %+v", name, raw, got, tok.Account)
			}
			if isClaim && !strings.Contains(payloadOf(t, token.Members{}, tok), `"`+name+`":`+raw) {
				t.Errorf("%s = %s gets lost", name, raw)
			}
		}
		// JavaScript writes null where it computed with what was not there. That
		// must not stand in the way of the first refresh.
		for _, raw := range []string{`null`, `""`} {
			tok := mustOpenShared(t, token.Members{}, `,"`+name+`":`+raw)
			if _, isClaim := tok.Raw(name); isClaim || tok.Account != (token.Account{TokenType: "Bearer"}) {
				t.Errorf("%s = %s: account %+v, a claim: %v", name, raw, tok.Account, isClaim)
			}
			tok.Account = newToken().Account
			sealToken(t, shared(t, token.Members{}, secretA), tok)
		}
	}
	// Names are exact, and a field that is kept out of the token is not read.
	tok := mustOpenShared(t, token.Members{RefreshToken: "-", Scope: "-"}, `,"AccessToken":"x","access_token":"y","refreshToken":"z","-":"w"`)
	if tok.Account != (token.Account{TokenType: "Bearer"}) {
		t.Errorf("account = %+v", tok.Account)
	}
	for name, want := range map[string]string{"AccessToken": `"x"`, "access_token": `"y"`, "refreshToken": `"z"`, "-": `"w"`} {
		if raw, _ := tok.Raw(name); string(raw) != want {
			t.Errorf("claim %s = %s", name, raw)
		}
	}
	// What the kit itself has no claims for, Auth.js applications do.
	if tok := mustOpenShared(t, token.Members{}, `,"account":{"provider":"x"},"v":2,"user":{"id":1}`); !strings.HasSuffix(payloadOf(t, token.Members{}, tok), `,"account":{"provider":"x"},"v":2,"user":{"id":1}}`) {
		t.Errorf("written as %s", payloadOf(t, token.Members{}, tok))
	}
}

// A claim and a member of one name cannot both be written, and a claim that
// would come back as a part of the account is no better.
func TestMembersConflict(t *testing.T) {
	t.Parallel()
	name := claims.NewKey[any]
	for what, change := range map[string]func(tok *token.Token){
		"accessToken":        func(tok *token.Token) { name("accessToken").Set(tok, "canary") },
		"accessTokenExpires": func(tok *token.Token) { name("accessTokenExpires").Set(tok, "2026-01-01T00:00:00Z") },
		"scope":              func(tok *token.Token) { name("scope").Set(tok, []int{1}) },
		"refreshToken": func(tok *token.Token) {
			tok.Account = token.Account{}
			name("refreshToken").Set(tok, "canary")
		},
		"provider": func(tok *token.Token) {
			tok.Account.Provider = ""
			name("provider").Set(tok, "canary")
		},
	} {
		tok := newToken()
		change(tok)
		sealed, err := shared(t, token.Members{}, secretA).Seal(tok)
		if err == nil || sealed != "" || !strings.Contains(err.Error(), `"`+what+`"`) || !strings.Contains(err.Error(), "Members") {
			t.Errorf("%s: %v", what, err)
		} else if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "at-1") {
			t.Errorf("%s: the error tells too much: %v", what, err)
		}
	}
	tok := newToken()
	name("scope").Set(tok, "admin")
	c := shared(t, token.Members{Scope: "oauthScope"}, secretA)
	if back, err := c.Open(sealToken(t, c, tok)); err != nil || back.Account.Scope != "openid email" || back.Claims.Err() != nil {
		t.Errorf("with another name: %+v, %v", back, err)
	} else if got, _ := name("scope").Get(back); got != "admin" {
		t.Errorf("claim = %v", got)
	}
}

func TestMembersRefused(t *testing.T) {
	t.Parallel()
	for what, m := range map[string]token.Members{
		"twice":            {AccessToken: "t", RefreshToken: "t"},
		"as a default":     {AccessToken: "refreshToken"},
		"sub":              {Provider: "sub"},
		"exp":              {ExpiresAt: "exp"},
		"email":            {AccountID: "email"},
		"account":          {Scope: "account"},
		"v":                {Lifetime: "v"},
		"too long":         {Scope: strings.Repeat("x", 129)},
		"control":          {Scope: "a\nb"},
		"the last of them": {Scope: "jti"},
	} {
		c, err := token.NewForeignCodec(token.NextAuth4, "c", m, secretA)
		if c != nil || err == nil || !strings.HasPrefix(err.Error(), "token: members: ") {
			t.Errorf("%s: %v", what, err)
		}
		if reserved := what != "twice" && what != "as a default"; errors.Is(err, claims.ErrReserved) != reserved {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Both units are read, whichever is written.
func TestMembersUnits(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{
		`1795447210`: 1795447210, `1795447210331`: 1795447210, `1795447210.9`: 1795447210, `1795447210331.7`: 1795447210, `1.795447210e9`: 1795447210,
		`1.795447210331e12`: 1795447210, `0`: 0, `99999999999`: 99999999999, `100000000000`: 1e8, `99999999999999`: 99999999999, `4102444800`: 4102444800,
	} {
		for _, seconds := range []bool{false, true} {
			m := token.Members{ExpiresAt: "expires_at", Seconds: seconds}
			tok := mustOpenShared(t, m, `,"expires_at":`+raw)
			if _, isClaim := tok.Raw("expires_at"); isClaim || tok.Account.ExpiresAt.IsZero() || tok.Account.ExpiresAt.Unix() != want {
				t.Errorf("%s is %v", raw, tok.Account.ExpiresAt)
			}
			written := fmt.Sprintf(`"expires_at":%d000}`, want)
			if seconds {
				written = fmt.Sprintf(`"expires_at":%d}`, want)
			}
			if got := payloadOf(t, m, tok); want > 0 && !strings.HasSuffix(got, written) {
				t.Errorf("%s is written as %s", raw, got)
			}
		}
	}
	for _, raw := range []string{`100000000000000`, `-1`, `1e15`, `1e400000`, `"1795447210"`, `"2026-11-23T15:20:10.331Z"`} {
		tok, err := openShared(t, token.Members{}, `{"sub":"a","iat":946684800,"exp":4000000000,"accessTokenExpires":`+raw+`}`)
		if err != nil {
			because(t, raw, err, token.ReasonContent) // no number that JSON readers agree on
		} else if _, isClaim := tok.Raw("accessTokenExpires"); !isClaim || !tok.Account.ExpiresAt.IsZero() {
			t.Errorf("%s is %v", raw, tok.Account.ExpiresAt)
		}
	}
}

// What Auth.js writes of a person, and what it leaves out.
func TestForeignClaims(t *testing.T) {
	t.Parallel()
	tok := mustOpenShared(t, token.Members{}, `,"name":null,"email":null,"picture":null,"jti":"x"`)
	if tok.Name != "" || tok.Email != "" || tok.Picture != "" || tok.Err() != nil || len(tok.Object().Names()) != 5 {
		t.Errorf("claims = %v", tok.Object().Names())
	}
	if !tok.AuthTime.Equal(time.Unix(946684800, 0)) {
		t.Errorf("AuthTime = %v, want iat", tok.AuthTime)
	}
	// The kit writes the time of the sign-in, which Auth.js carries along.
	tok = mustOpenShared(t, token.Members{}, `,"auth_time":900000000`)
	if !tok.AuthTime.Equal(time.Unix(900000000, 0)) || !strings.Contains(payloadOf(t, token.Members{}, tok), `"auth_time":900000000`) {
		t.Errorf("AuthTime = %v", tok.AuthTime)
	}
	for what, json := range map[string]string{
		"no sub":            `{"iat":946684800,"exp":4000000000,"name":"Ada"}`,
		"sub is empty":      `{"sub":"","iat":946684800,"exp":4000000000}`,
		"sub is null":       `{"sub":null,"iat":946684800,"exp":4000000000}`,
		"sub is a number":   `{"sub":42,"iat":946684800,"exp":4000000000}`,
		"no exp":            `{"sub":"a","iat":946684800}`,
		"no iat":            `{"sub":"a","exp":4000000000}`,
		"sub twice":         `{"sub":"a","sub":"b","iat":946684800,"exp":4000000000}`,
		"token twice":       `{"sub":"a","iat":946684800,"exp":4000000000,"accessToken":"x","accessToken":"y"}`,
		"name is a number":  `{"sub":"a","iat":946684800,"exp":4000000000,"name":1}`,
		"something follows": `{"sub":"a","iat":946684800,"exp":4000000000}x`,
		"a list":            `[]`,
		"a string":          `"x"`,
		"nothing":           ``,
	} {
		tok, err := openShared(t, token.Members{}, json)
		if because(t, what, err, token.ReasonContent); tok != nil {
			t.Errorf("%s: opens as %+v", what, tok)
		}
	}
	for what, change := range map[string]func(*token.Token){
		"no end":      func(tok *token.Token) { tok.ExpiresAt = time.Time{} },
		"no subject":  func(tok *token.Token) { tok.Subject = "" },
		"no iat":      func(tok *token.Token) { tok.IssuedAt, tok.AuthTime = time.Time{}, time.Time{} },
		"no JSON":     func(tok *token.Token) { claims.NewKey[func()]("f").Set(tok, func() {}) },
		"end too far": func(tok *token.Token) { tok.ExpiresAt = time.Unix(1<<40, 0) },
	} {
		tok := newToken()
		change(tok)
		if sealed, err := shared(t, token.Members{}, secretA).Seal(tok); err == nil || sealed != "" {
			t.Errorf("%s: sealed", what)
		}
	}
}

// What only the kit knows travels in one member, which Auth.js passes on. What
// stands there without being the kit's is nobody's.
func TestMembersOfTheKit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := shared(t, token.Members{}, secretA)
		want := newToken()
		want.Generation, want.Account.SessionID = 1700000000123, "op-session"
		want.Connected = []token.Account{{Provider: "github", ID: "7", AccessToken: token.NewSecret("gh"), RefreshToken: token.NewSecret("gr"), TokenType: ""}}
		got, err := c.Open(sealToken(t, c, want))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(want) || got.Generation != want.Generation || got.Account.SessionID != "op-session" || got.ID != want.ID {
			t.Errorf("got %+v, want %+v", got, want)
		}
		for _, odd := range []string{`null`, `1`, `{}`, `{"sid":1}`, `{"sid":"x","gen":"1"}`, `{"sid":""}`, `{"sid":"x","accounts":{}}`} {
			tok, err := openShared(t, token.Members{}, fmt.Sprintf(`{"sub":"u","jti":"j","iat":%d,"exp":%d,"_auth":%s}`, time.Now().Unix(), time.Now().Unix()+60, odd))
			if err != nil || tok.ID != "j" || tok.Generation != 0 {
				t.Errorf("%s: %+v, %v", odd, tok, err)
			}
		}
		// Auth.js gives the token a new jti; the session's name stays.
		tok, err := openShared(t, token.Members{}, fmt.Sprintf(`{"sub":"u","jti":"new","iat":%d,"exp":%d,"_auth":{"sid":"old","gen":5}}`, time.Now().Unix(), time.Now().Unix()+60))
		if err != nil || tok.ID != "old" || tok.Generation != 5 {
			t.Errorf("%+v, %v", tok, err)
		}
	})
}
