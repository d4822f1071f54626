package token_test

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

func codec(t testing.TB, secrets ...string) *token.Codec {
	t.Helper()
	return token.NewCodec(sealer(t, secrets...))
}

// sealToken seals a token that the test knows to be good.
func sealToken(t testing.TB, c *token.Codec, tok *token.Token) string {
	t.Helper()
	sealed, err := c.Seal(tok)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// openPayload opens a JSON text as if it had been sealed as a session.
func openPayload(t testing.TB, json string) (*token.Token, error) {
	t.Helper()
	s := sealer(t, secretA)
	return token.NewCodec(s).Open(seal(t, s, json))
}

func TestCodecRoundTrip(t *testing.T) {
	bubble(t, func(t *testing.T) {
		want := newToken()
		got, err := codec(t, secretA).Open(sealToken(t, codec(t, secretA), want))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(want) || !want.Equal(got) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		a := got.Account
		if a.AccessToken.Reveal() != "at-1" || a.RefreshToken.Reveal() != "rt-1" || a.Provider != "google" || a.ID != "42" || a.Type != "oidc" ||
			a.TokenType != "Bearer" || a.Scope != "openid email" || !a.ExpiresAt.Equal(want.Account.ExpiresAt) || a.Lifetime != time.Hour {
			t.Errorf("account = %+v", a)
		}
		if err := claims.HasScope("email", "openid")(got); err != nil {
			t.Errorf("HasScope = %v", err)
		}
	})
}

// The payload is what FORMAT.md says, member by member.
func TestCodecPayload(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tok := newToken()
		tok.Account.IDToken = token.NewSecret("canary")
		_, _, plain, err := refA.open(sealToken(t, codec(t, secretA), tok))
		const want = `{"sub":"google|42","exp":949276800,"iat":946684800,"jti":"s1","auth_time":946684800,"name":"Ada Lovelace",` +
			`"email":"ada@example.com","picture":"https://op.example/ada.png","role":"admin","org":9007199254740993,` +
			`"account":{"provider":"google","id":"42","type":"oidc","access_token":"at-1","refresh_token":"rt-1","token_type":"Bearer",` +
			`"expires_at":946688400,"expires_in":3600,"scope":"openid email"}}`
		if err != nil || string(plain) != want {
			t.Errorf("payload, %v\n got %s\nwant %s", err, plain, want)
		}
		least := token.Token{Claims: claims.Claims{Subject: "a", ExpiresAt: time.Unix(949276800, 0)}}
		_, _, plain, err = refA.open(sealToken(t, codec(t, secretA), &least))
		if want := `{"sub":"a","exp":949276800,"account":{"provider":"","id":""}}`; err != nil || string(plain) != want {
			t.Errorf("least payload = %s, %v, want %s", plain, err, want)
		}
	})
}

// Any token that can be sealed comes back the same.
func TestCodecRoundTripProperty(t *testing.T) {
	t.Parallel()
	c := codec(t, secretA)
	note, list := claims.NewKey[string]("note"), claims.NewKey[[]int64]("list")
	property := func(sub, id, name, access, refresh, scope, text string, numbers []int64, expires int32, lifetime int32) bool {
		valid := func(s string) string { return strings.ToValidUTF8(s, "") }
		tok := &token.Token{
			Claims: claims.Claims{Subject: "s" + valid(sub), ID: valid(id), Name: valid(name), ExpiresAt: time.Now().Add(time.Hour)},
			Account: token.Account{
				Provider: "p", ID: valid(id), AccessToken: token.NewSecret(valid(access)), RefreshToken: token.NewSecret(valid(refresh)),
				Scope: valid(scope), Lifetime: time.Duration(lifetime) * time.Second, ExpiresAt: time.Unix(int64(expires), 0),
			},
		}
		note.Set(tok, valid(text))
		list.Set(tok, numbers)
		sealed, err := c.Seal(tok)
		if err != nil {
			return false
		}
		got, err := c.Open(sealed)
		return err == nil && (got.Equal(tok) || expires == 0)
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	c := codec(t, secretA)
	for name, change := range map[string]func(*token.Token){
		"no end":                 func(tok *token.Token) { tok.ExpiresAt = time.Time{} },
		"no subject":             func(tok *token.Token) { tok.Subject = "" },
		"reserved name":          func(tok *token.Token) { claims.NewKey[int]("account").Set(tok, 1) },
		"no JSON form":           func(tok *token.Token) { claims.NewKey[float64]("f").Set(tok, math.NaN()) },
		"more than a reader has": func(tok *token.Token) { claims.NewKey[[]int]("l").Set(tok, make([]int, 1995)) },
		"end before our era":     func(tok *token.Token) { tok.ExpiresAt = time.Unix(-1, 0) },
		"end after our era":      func(tok *token.Token) { tok.ExpiresAt = time.Unix(1<<40, 0) },
		"start before our era":   func(tok *token.Token) { tok.IssuedAt = time.Unix(-1, 0) },
		"foreign version":        func(tok *token.Token) { _ = tok.UnmarshalJSON([]byte(`{"sub":"a","exp":4000000000,"v":2}`)) },
	} {
		tok := newToken()
		change(tok)
		if sealed, err := c.Seal(tok); err == nil || sealed != "" {
			t.Errorf("%s: sealed", name)
		} else if strings.Contains(err.Error(), "at-1") || strings.Contains(err.Error(), "google|42") {
			t.Errorf("%s: the error tells too much: %v", name, err)
		}
	}
	tok := newToken()
	claims.NewKey[int]("sub").Set(tok, 1)
	if _, err := c.Seal(tok); !errors.Is(err, claims.ErrReserved) {
		t.Errorf("the cause is lost: %v", err)
	}
}

// The time in the token decides, whatever the browser does with its cookie.
func TestS_76_Times(t *testing.T) {
	bubble(t, func(t *testing.T) {
		now := time.Now()
		for name, test := range map[string]struct {
			claims string
			reason token.Reason
		}{
			"good":                   {`"exp":E+1`, ""},
			"ends now":               {`"exp":E+0`, token.ReasonExpired},
			"ended":                  {`"exp":E-1`, token.ReasonExpired},
			"ended in 1970":          {`"exp":0`, token.ReasonExpired},
			"ends with a fraction":   {`"exp":E+0.9`, token.ReasonExpired},
			"no end":                 {`"iat":E+0`, token.ReasonContent},
			"end is null":            {`"exp":null`, token.ReasonContent},
			"end is a string":        {`"exp":"E+1"`, token.ReasonContent},
			"end of another case":    {`"EXP":E+1`, token.ReasonContent},
			"end beyond all":         {`"exp":253402300800`, token.ReasonContent},
			"made now":               {`"exp":E+99,"iat":E+0`, ""},
			"made a minute ahead":    {`"exp":E+99,"iat":E+60`, ""},
			"made later":             {`"exp":E+99,"iat":E+61`, token.ReasonFuture},
			"valid in a minute":      {`"exp":E+99,"nbf":E+60`, ""},
			"valid later":            {`"exp":E+99,"nbf":E+61`, token.ReasonFuture},
			"later and over":         {`"exp":E-9,"iat":E+61`, token.ReasonExpired},
			"made at no number":      {`"exp":E+99,"iat":"now"`, token.ReasonContent},
			"valid from no number":   {`"exp":E+99,"nbf":true`, token.ReasonContent},
			"signed in at no number": {`"exp":E+99,"auth_time":"1"`, token.ReasonContent},
		} {
			json := `{"sub":"a",` + relative(test.claims, now) + `,"account":{}}`
			_, err := openPayload(t, json)
			if test.reason == "" {
				if err != nil {
					t.Errorf("%s: %s: %v", name, json, err)
				}
				continue
			}
			because(t, name, err, test.reason)
		}
	})
}

// relative puts unix times in the place of E+n and E-n.
func relative(text string, now time.Time) string {
	for {
		i := strings.Index(text, "E")
		if i < 0 {
			return text
		}
		var n int64
		_, _ = fmt.Sscanf(text[i+1:], "%d", &n)
		digits := len(text[i+1:]) - len(strings.TrimLeft(text[i+1:], "+-0123456789"))
		text = text[:i] + fmt.Sprint(now.Unix()+n) + text[i+1+digits:]
	}
}

// Who says what time it is gets the session of that time, in every format.
func TestReadAt(t *testing.T) {
	t.Parallel()
	j, tok := hostJar(), newToken()
	foreign, err := token.NewForeignCodec(token.AuthJS, j.Name, token.Members{}, secretA)
	if err != nil {
		t.Fatal(err)
	}
	for format, c := range map[string]*token.Codec{"native": codec(t, secretA), "Auth.js": foreign} {
		request := http.Header{"Cookie": {j.Name + "=" + sealToken(t, c, tok)}}
		if got, err := c.ReadAt(tok.ExpiresAt.Add(-time.Second), j, request); err != nil || got.Subject != tok.Subject {
			t.Errorf("%s: before the end: %v", format, err)
		}
		_, err := c.ReadAt(tok.ExpiresAt.Add(time.Minute), j, request)
		because(t, format+", after the end", err, token.ReasonExpired)
		_, err = c.ReadAt(tok.IssuedAt.Add(-token.Skew-time.Second), j, request)
		because(t, format+", before it was made", err, token.ReasonFuture)
	}
}

// A browser that keeps a cookie for ever does not keep the session.
func TestS_76_CookieOutlivesToken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, j := codec(t, secretA), hostJar()
		tok := newToken()
		response := http.Header{}
		if err := j.Write(response, nil, sealToken(t, c, tok), tok.ExpiresAt); err != nil {
			t.Fatal(err)
		}
		b := browser{}
		b.take(t, response)
		open := func() error {
			sealed, err := j.Read(b.request())
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Open(sealed)
			return err
		}
		time.Sleep(30*oneDay - time.Nanosecond)
		if err := open(); err != nil {
			t.Errorf("just before the end: %v", err)
		}
		time.Sleep(time.Nanosecond)
		because(t, "at the end", open(), token.ReasonExpired)
		time.Sleep(1000 * oneDay)
		because(t, "years later", open(), token.ReasonKey)
	})
}

// Seal and Open, with the clock of the writer ahead by as much as is allowed.
func TestS_76_Skew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tok := newToken()
		tok.IssuedAt = time.Now().Add(token.Skew)
		sealed := sealToken(t, codec(t, secretA), tok)
		if _, err := codec(t, secretA).Open(sealed); err != nil {
			t.Errorf("a minute ahead: %v", err)
		}
		tok.IssuedAt = tok.IssuedAt.Add(time.Second)
		sealed = sealToken(t, codec(t, secretA), tok)
		_, err := codec(t, secretA).Open(sealed)
		because(t, "more than a minute ahead", err, token.ReasonFuture)
		time.Sleep(time.Second)
		if _, err := codec(t, secretA).Open(sealed); err != nil {
			t.Errorf("a second later: %v", err)
		}
	})
}

func TestS_87_Payload(t *testing.T) {
	t.Parallel()
	const end = `"exp":4000000000`
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, json := range map[string]string{
		"no subject":            `{` + end + `,"account":{}}`,
		"empty subject":         `{"sub":"",` + end + `,"account":{}}`,
		"subject is null":       `{"sub":null,` + end + `,"account":{}}`,
		"subject is a number":   `{"sub":42,` + end + `,"account":{}}`,
		"subject, other case":   `{"SUB":"a",` + end + `,"account":{}}`,
		"subject twice":         `{"sub":"a","sub":"b",` + end + `,"account":{}}`,
		"subject by escape":     `{"sub":"a","s\u0075b":"b",` + end + `,"account":{}}`,
		"no account":            `{"sub":"a",` + end + `}`,
		"account is null":       `{"sub":"a",` + end + `,"account":null}`,
		"account is a list":     `{"sub":"a",` + end + `,"account":[]}`,
		"account, other case":   `{"sub":"a",` + end + `,"Account":{}}`,
		"account id, a number":  `{"sub":"a",` + end + `,"account":{"id":42}}`,
		"expires_at, a string":  `{"sub":"a",` + end + `,"account":{"expires_at":"1"}}`,
		"expires_at, fraction":  `{"sub":"a",` + end + `,"account":{"expires_at":1.5}}`,
		"expires_at, too large": `{"sub":"a",` + end + `,"account":{"expires_at":9223372036854775808}}`,
		"token twice":           `{"sub":"a",` + end + `,"account":{"access_token":"x","access_token":"y"}}`,
		"custom claim twice":    `{"sub":"a",` + end + `,"account":{},"role":"user","role":"admin"}`,
		"twice inside":          `{"sub":"a",` + end + `,"account":{},"o":{"a":[{"b":1,"b":2}]}}`,
		"too deep":              `{"sub":"a",` + end + `,"account":{},"o":` + nested(32) + `}`,
		"invalid UTF-8":         `{"sub":"a` + "\xff" + `",` + end + `,"account":{}}`,
		"half a pair":           `{"sub":"a\ud800",` + end + `,"account":{}}`,
		"something follows":     `{"sub":"a",` + end + `,"account":{}}x`,
		"a list":                `[{"sub":"a",` + end + `,"account":{}}]`,
		"null":                  `null`,
		"nothing":               ``,
	} {
		tok, err := openPayload(t, json)
		because(t, name, err, token.ReasonContent)
		if tok != nil {
			t.Errorf("%s: opens as %+v", name, tok)
		}
	}
	tok, err := openPayload(t, `{"sub":"a",`+end+`,"account":{"ID":"x","Access_Token":"x","future":[1]},"future":{"a":1},"o":`+nested(31)+`}`)
	if err != nil {
		t.Fatalf("unknown members: %v", err)
	}
	if tok.Account.ID != "" || !tok.Account.AccessToken.IsZero() {
		t.Errorf("a member of another spelling was taken: %+v", tok.Account)
	}
	if raw, ok := tok.Raw("future"); !ok || string(raw) != `{"a":1}` {
		t.Errorf("an unknown member is lost: %s", raw)
	}
}

func TestS_87_Version(t *testing.T) {
	t.Parallel()
	for _, v := range []string{`2`, `99`, `0`, `"1"`, `1.0`, `null`, `true`, `[1]`} {
		// What a later version means by its members is not for this one to judge.
		for _, rest := range []string{`,"sub":"a","exp":4000000000,"account":{}`, `,"sub":["a"]`, ``} {
			_, err := openPayload(t, `{"v":`+v+rest+`}`)
			because(t, "v = "+v, err, token.ReasonVersion)
		}
	}
	for _, v := range []string{``, `"v":1,`, `"V":2,`} {
		tok, err := openPayload(t, `{`+v+`"sub":"a","exp":4000000000,"account":{}}`)
		if err != nil {
			t.Errorf("{%s…}: %v", v, err)
			continue
		}
		if _, ok := tok.Raw("v"); ok {
			t.Error("the version became a claim")
		}
	}
}

// An id of more than 53 bits keeps its digits all the way into the browser and
// back.
func TestS_137_DigitsThroughCookie(t *testing.T) {
	bubble(t, func(t *testing.T) {
		id, profile := claims.NewKey[int64]("id"), claims.NewKey[map[string]any]("profile")
		tok := newToken()
		id.Set(tok, 9007199254740993)
		raw, err := openPayload(t, `{"sub":"a","exp":4000000000,"account":{},"profile":{"id":9007199254740993}}`)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := profile.Get(raw)
		profile.Set(tok, p)
		b, j, c := browser{}, hostJar(), codec(t, secretA)
		for range 3 {
			response := http.Header{}
			if err := j.Write(response, b.request(), sealToken(t, c, tok), tok.ExpiresAt); err != nil {
				t.Fatal(err)
			}
			b.take(t, response)
			if tok, err = c.Open(must(j.Read(b.request()))); err != nil {
				t.Fatal(err)
			}
		}
		if n, ok := id.Get(tok); !ok || n != 9007199254740993 {
			t.Errorf("id = %d, %v", n, ok)
		}
		if p, _ := profile.Get(tok); fmt.Sprint(p["id"]) != "9007199254740993" {
			t.Errorf("profile = %v", p)
		}
	})
}

// Whatever the claims say, the header lines are plain.
func TestS_138_ClaimsNeverReachHeaders(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tok := newToken()
		tok.Name = "a\x00b\r\nSet-Cookie: evil=1\u2028😀\xff"
		tok.Account.ID = "x\r\ny;z,\"\\"
		claims.NewKey[string]("note").Set(tok, strings.Repeat("\r\n;\x00", 300))
		response := http.Header{}
		if err := hostJar().Write(response, nil, sealToken(t, codec(t, secretA), tok), tok.ExpiresAt); err != nil {
			t.Fatal(err)
		}
		if len(response["Set-Cookie"]) < 2 {
			t.Fatal("this was to be a large token")
		}
		for _, line := range response["Set-Cookie"] {
			if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' || c > '~' }) || strings.Contains(line, "evil") {
				t.Errorf("Set-Cookie: %q", line)
			}
		}
	})
}

// The token of a request is opened once and then changed; the one in the cookie
// is another.
func TestTokenEqual(t *testing.T) {
	bubble(t, func(t *testing.T) {
		base := newToken()
		for name, change := range map[string]func(*token.Token){
			"Subject":       func(t *token.Token) { t.Subject = "x" },
			"claim":         func(t *token.Token) { claims.NewKey[int]("x").Set(t, 1) },
			"Provider":      func(t *token.Token) { t.Account.Provider = "x" },
			"ID":            func(t *token.Token) { t.Account.ID = "x" },
			"Type":          func(t *token.Token) { t.Account.Type = "x" },
			"AccessToken":   func(t *token.Token) { t.Account.AccessToken = token.NewSecret("at-2") },
			"RefreshToken":  func(t *token.Token) { t.Account.RefreshToken = token.Secret{} },
			"IDToken":       func(t *token.Token) { t.Account.IDToken = token.NewSecret("id") },
			"TokenType":     func(t *token.Token) { t.Account.TokenType = "DPoP" },
			"ExpiresAt":     func(t *token.Token) { t.Account.ExpiresAt = t.Account.ExpiresAt.Add(time.Second) },
			"no ExpiresAt":  func(t *token.Token) { t.Account.ExpiresAt = time.Time{} },
			"Lifetime":      func(t *token.Token) { t.Account.Lifetime = 2 * time.Hour },
			"Scope":         func(t *token.Token) { t.Account.Scope = "openid" },
			"AccessToken,0": func(t *token.Token) { t.Account.AccessToken = token.Secret{} },
		} {
			changed := newToken()
			change(changed)
			if changed.Equal(base) || base.Equal(changed) {
				t.Errorf("%s: a change goes unseen", name)
			}
		}
		if same := newToken(); !same.Equal(base) || !same.Account.Equal(base.Account) {
			t.Error("two tokens that say the same are not equal")
		}
	})
}

// Tokens are opened by many requests at once.
func TestCodecConcurrently(t *testing.T) {
	t.Parallel()
	c := codec(t, secretA)
	tok := newToken()
	done := make(chan error)
	for range 8 {
		go func() {
			for range 50 {
				sealed, err := c.Seal(tok)
				if err == nil {
					_, err = c.Open(sealed)
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Time passes in the bubble only if every goroutine waits, so opening waits for
// nothing.
func TestS_85_NothingWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for _, sealed := range []string{"", ".", "x....", seal(t, sealer(t, secretB), "x"), seal(t, sealer(t, secretA), "x")} {
			if _, err := codec(t, secretA).Open(sealed); !errors.Is(err, token.ErrOpen) {
				t.Errorf("%q: %v", sealed, err)
			}
		}
		if passed := time.Since(start); passed != 0 {
			t.Errorf("refusing took %v", passed)
		}
	})
}
