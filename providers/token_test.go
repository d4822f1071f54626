package providers_test

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// grants runs a test of the token endpoint at the exchange of a code and at a
// refresh. The call returns what both have in common.
func grants(t *testing.T, edit func(*plain), check func(t *testing.T, p *plain, a token.Account, err error)) {
	t.Helper()
	for name, call := range map[string]func(*plain) (token.Account, error){
		"exchange": func(p *plain) (token.Account, error) {
			id, err := p.exchange()
			if id == nil {
				return token.Account{}, err
			}
			return id.Account, err
		},
		"refresh": (*plain).refresh,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlain(t)
				edit(p)
				a, err := call(p)
				if n := len(p.to("/token")); n != 1 {
					t.Fatalf("%d token requests", n)
				}
				if err != nil && len(p.to("/me")) != 0 {
					t.Fatal("the profile was asked for after a bad token answer")
				}
				check(t, p, a, err)
			})
		})
	}
}

// refusedGrant checks a failed call of grants.
func refusedGrant(kind error, why string) func(*testing.T, *plain, token.Account, error) {
	return func(t *testing.T, _ *plain, a token.Account, err error) {
		t.Helper()
		refused(t, nil, err, kind, why)
		if !a.Equal(token.Account{}) {
			t.Fatal("an account came with the error")
		}
	}
}

// A failing endpoint gets the code, and the refresh token, once. x/oauth2 would
// send either a second time if the way to authenticate were left to it.
func TestS_59_SentOnce(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 408, 429, 500, 502, 503, 504} {
		for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
			p := newPlain(t, func(c *providers.Config) { c.AuthStyle = style })
			p.handlers["/token"] = reply(status, "text/html", "<html>")
			if _, err := p.exchange(); err == nil || len(p.to("/token")) != 1 {
				t.Errorf("exchange, %d, style %d: %d requests, %v", status, style, len(p.to("/token")), err)
			}
			if _, err := p.refresh(); err == nil || len(p.to("/token")) != 2 {
				t.Errorf("refresh, %d, style %d: %d requests, %v", status, style, len(p.to("/token"))-1, err)
			}
		}
	}
	r := newRig(t) // and at an OpenID provider
	id := r.mustSignIn()
	r.answers["token"], r.answers["refresh"] = reply(500, "", ""), reply(500, "", "")
	for _, endpoint := range []string{"token", "refresh"} {
		before := r.op.Count(endpoint)
		if endpoint == "token" {
			_, err := r.signIn()
			refused(t, nil, err, providers.ErrUnavailable, "status 500")
		} else {
			_, err := r.refresh(id.Account)
			refused(t, nil, err, providers.ErrUnavailable, "status 500")
		}
		if n := r.op.Count(endpoint) - before; n != 1 {
			t.Errorf("%s: %d requests", endpoint, n)
		}
	}
}

// Id and secret are encoded before base64 (RFC 6749 section 2.3.1), and stand in
// one place only (S-61).
func TestS_60_S_61_ClientSecretBasic(t *testing.T) {
	t.Parallel()
	const id, secret = "my app/ü", "p@ss:w%rd+ é"
	for _, header := range []bool{true, false} {
		p := newPlain(t, func(c *providers.Config) {
			c.ClientID, c.ClientSecret = id, secret
			if !header {
				c.AuthStyle = oauth2.AuthStyleInParams
			}
		})
		if _, err := p.exchange(); err != nil {
			t.Fatal(err)
		}
		account, err := p.refresh()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), account); err != nil {
			t.Fatal(err)
		}
		calls := append(p.to("/token"), p.to("/revoke")...)
		if len(calls) != 4 {
			t.Fatalf("%d calls", len(calls))
		}
		for _, call := range calls {
			checkCredentials(t, call, header, id, secret)
		}
		if got := (&http.Request{Header: calls[0].header}); header {
			if _, encoded, _ := got.BasicAuth(); encoded != "p%40ss%3Aw%25rd%2B+%C3%A9" {
				t.Fatalf("encoded as %q", encoded)
			}
		}
	}
}

// Only 200 with a JSON object is an answer.
func TestS_63_TokenAnswers(t *testing.T) {
	t.Parallel()
	const form = "access_token=at-1&token_type=bearer"
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   error
		why    string
	}{
		"200 HTML":         {reply(200, "text/html", goodTokens), providers.ErrResponse, "content type is not JSON"},
		"200 text":         {reply(200, "text/plain", form), providers.ErrResponse, "content type is not JSON"},
		"200 form":         {reply(200, "application/x-www-form-urlencoded", form), providers.ErrResponse, "content type is not JSON"},
		"200 unknown type": {reply(200, "-", goodTokens), providers.ErrResponse, "content type is not JSON"},
		"200 empty":        {replyJSON(""), providers.ErrResponse, "malformed"},
		"200 null":         {replyJSON("null"), providers.ErrResponse, "malformed"},
		"200 array":        {replyJSON("[" + goodTokens + "]"), providers.ErrResponse, "malformed"},
		"200 truncated":    {replyJSON(goodTokens[:len(goodTokens)-1]), providers.ErrResponse, "malformed"},
		"200 two":          {replyJSON(goodTokens + "\n" + goodTokens), providers.ErrResponse, "malformed"},
		"200 BOM":          {replyJSON("\ufeff" + goodTokens), providers.ErrResponse, "malformed"},
		"200 UTF-16":       {replyJSON("\xff\xfe{\x00}\x00"), providers.ErrResponse, "malformed"},
		"200 token twice":  {replyJSON(`{"access_token":"a","token_type":"bearer","access_token":"b"}`), providers.ErrResponse, "stands twice"},
		"201":              {reply(201, "application/json", goodTokens), providers.ErrUnavailable, "status 201"},
		"202":              {reply(202, "application/json", goodTokens), providers.ErrUnavailable, "status 202"},
		"204":              {reply(204, "application/json", ""), providers.ErrUnavailable, "status 204"},
		"400, good body":   {reply(400, "application/json", goodTokens), providers.ErrUnavailable, "status 400"},
		"500, good body":   {reply(500, "application/json", goodTokens), providers.ErrUnavailable, "status 500"},
		"other case":       {replyJSON(`{"ACCESS_TOKEN":"at-1","Token_Type":"bearer"}`), providers.ErrResponse, "a token is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			grants(t, func(p *plain) { p.handlers["/token"] = tc.answer }, refusedGrant(tc.kind, tc.why))
		})
	}
	t.Run("JSON with charset", func(t *testing.T) {
		grants(t, func(p *plain) { p.handlers["/token"] = reply(200, "application/json;charset=UTF-8", goodTokens) }, goodGrant("at-1"))
	})
}

func goodGrant(accessToken string) func(*testing.T, *plain, token.Account, error) {
	return func(t *testing.T, _ *plain, a token.Account, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got := a.AccessToken.Reveal(); got != accessToken {
			t.Fatalf("access token %q", got)
		}
	}
}

// Some say 200 and mean an error, with or without tokens beside it.
func TestS_64_ErrorWith200(t *testing.T) {
	t.Parallel()
	for member, tc := range map[string]struct {
		kind error
		why  string
	}{
		`"error":"x"`:               {providers.ErrRejected, "(error x)"},
		`"error":"invalid_grant"`:   {providers.ErrInvalidGrant, "(error invalid_grant)"},
		`"error":"slow_down"`:       {providers.ErrUnavailable, "(error slow_down)"},
		`"error":{"code":190}`:      {providers.ErrRejected, "(error unreadable)"},
		`"error":["x"]`:             {providers.ErrRejected, "(error unreadable)"},
		`"error":1`:                 {providers.ErrRejected, "(error unreadable)"},
		`"error":true`:              {providers.ErrRejected, "(error unreadable)"},
		`"error":"<script>"`:        {providers.ErrRejected, "(error unreadable)"},
		`"error":"x\r\nX-Header:y"`: {providers.ErrRejected, "(error unreadable)"},
	} {
		t.Run(member, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(strings.Replace(goodTokens, "{", "{"+member+",", 1))
			}, refusedGrant(tc.kind, tc.why))
		})
	}
	for _, member := range []string{`"error":null`, `"error":""`, `"error":false`} {
		t.Run(member, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(strings.Replace(goodTokens, "{", "{"+member+",", 1))
			}, goodGrant("at-1"))
		})
	}
}

func TestS_65_TokenType(t *testing.T) {
	t.Parallel()
	for member, ok := range map[string]bool{
		`"token_type":"bearer"`: true, `"token_type":"Bearer"`: true, `"token_type":"BEARER"`: true,
		`"token_type":"mac"`: false, `"token_type":"DPoP"`: false, `"token_type":"bearer "`: false, `"token_type":""`: false,
		`"token_type":null`: false, `"token_type":5`: false, `"x":1`: false, `"Token_Type":"bearer"`: false,
	} {
		t.Run(member, func(t *testing.T) {
			check := goodGrant("at-1")
			if !ok {
				check = refusedGrant(providers.ErrResponse, "token_type is not Bearer")
			}
			grants(t, func(p *plain) { p.handlers["/token"] = replyJSON(`{"access_token":"at-1",` + member + `}`) }, check)
		})
	}
	t.Run("left out where that is known", func(t *testing.T) {
		t.Parallel()
		p := newPlain(t, func(c *providers.Config) { c.UntypedTokens = true })
		p.handlers["/token"] = replyJSON(`{"access_token":"at-1"}`)
		if _, err := p.exchange(); err != nil {
			t.Fatal(err)
		}
		p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"mac"}`)
		id, err := p.exchange()
		refused(t, id, err, providers.ErrResponse, "token_type is not Bearer")
	})
}

// A token has to fit into a header.
func TestS_66_TokenCharacters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		for value, ok := range map[string]bool{
			`"abc.DEF-_~+/="`: true, `"with space"`: true, `"~"`: true,
			`"a\r\nX: y"`: false, `"a\ny"`: false, `"a\u0000b"`: false, `"a\tb"`: false, `"a\u001fb"`: false, `"a\u007f"`: false, `"ü"`: false,
			`""`: false, `5`: false, `true`: false, `["a"]`: false, `{}`: false,
			`null`: name != "access_token",
		} {
			t.Run(name+" "+value, func(t *testing.T) {
				o := members{"access_token": "at-1", "refresh_token": "rt-1", "token_type": "bearer"}
				o[name] = rawJSON(value)
				check := refusedGrant(providers.ErrResponse, "a token is missing, too long, or has characters that no header can carry")
				if ok {
					check = func(t *testing.T, _ *plain, _ token.Account, err error) {
						if err != nil {
							t.Fatal(err)
						}
					}
				}
				grants(t, func(p *plain) { p.handlers["/token"] = replyJSON(toJSON(o)) }, check)
			})
		}
	}
}

// How long a token is good for, however it is said.
func TestS_67_Lifetime(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for value, want := range map[string]time.Duration{
		`3600`: time.Hour, `"3600"`: time.Hour, `3599.5`: time.Hour - time.Second, `3600.0`: time.Hour, `1`: time.Second, `1.8e3`: 30 * time.Minute,
		`0`: 0, `-5`: 0, `"-5"`: 0, `0.5`: 0, `-1e300`: 0,
		`31536000`: year, `31536001`: year, `1e18`: year, `1000000000000000000`: year, `99999999999999999999999`: year, `1e300`: year, `"9223372036854775807"`: year,
		`null`: -1,
	} {
		t.Run(value, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer","expires_in":` + value + `}`)
			}, func(t *testing.T, _ *plain, a token.Account, err error) {
				checkLifetime(t, a, err, want)
			})
		})
	}
	t.Run("absent", func(t *testing.T) {
		grants(t, func(p *plain) { p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer"}`) },
			func(t *testing.T, _ *plain, a token.Account, err error) { checkLifetime(t, a, err, -1) })
	})
	for _, value := range []string{`"abc"`, `""`, `"1h"`, `"3599.5"`, `true`, `[3600]`, `{}`} {
		t.Run(value, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer","expires_in":` + value + `}`)
			}, refusedGrant(providers.ErrResponse, "expires_in is not a number of seconds"))
		})
	}
}

// checkLifetime checks both fields that say how long a token is good for; less
// than nothing stands for a provider that does not say.
func checkLifetime(t *testing.T, a token.Account, err error, want time.Duration) {
	t.Helper()
	switch {
	case err != nil:
		t.Fatal(err)
	case want < 0:
		if !a.ExpiresAt.IsZero() || a.Lifetime != 0 {
			t.Fatalf("%v, until %v", a.Lifetime, a.ExpiresAt)
		}
	case a.Lifetime != want || !a.ExpiresAt.Equal(time.Now().Add(want)): // the clock stands still
		t.Fatalf("%v, until %v", a.Lifetime, a.ExpiresAt)
	}
}

// The granted scope is recorded; without one in the answer it is what was asked
// for (RFC 6749 section 5.1).
func TestS_68_GrantedScope(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]string{
		`"read mail"`: {"read mail", "read mail"}, `"read"`: {"read", "read"}, `""`: {"read", "read write"}, `null`: {"read", "read write"}, `5`: {"read", "read write"},
	} {
		t.Run(value, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer","scope":` + value + `}`)
			}, func(t *testing.T, _ *plain, a token.Account, err error) {
				wanted := want[0]
				if strings.HasSuffix(t.Name(), "refresh") {
					wanted = want[1]
				}
				if err != nil || a.Scope != wanted {
					t.Fatalf("scope %q, %v", a.Scope, err)
				}
			})
		})
	}
}

// A code is not sent again, however the connection breaks.
func TestS_69_NoRetry(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]error{
		"reset":        &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET},
		"refused":      &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED},
		"early end":    io.ErrUnexpectedEOF,
		"end":          io.EOF,
		"unknown host": &net.DNSError{Err: "no such host", Name: "op.example.com", IsNotFound: true},
		"other":        errors.New("some other thing"),
	} {
		t.Run(name, func(t *testing.T) {
			grants(t, func(p *plain) {
				next := p.next
				p.next = roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path == "/token" {
						return nil, broken
					}
					return next.RoundTrip(r)
				})
			}, refusedGrant(providers.ErrUnavailable, ""))
		})
	}
}

// What goes to the token endpoint, to the letter.
func TestTokenRequests(t *testing.T) {
	t.Parallel()
	p := newPlain(t)
	if _, err := p.exchange(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.refresh(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []url.Values{
		{"grant_type": {"authorization_code"}, "code": {"the-code"}, "redirect_uri": {redirectURL}, "code_verifier": {goodCallback().Verifier}},
		{"grant_type": {"refresh_token"}, "refresh_token": {"rt-0"}},
	} {
		got := p.to("/token")[i]
		if got.method != "POST" || got.header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(got.query) != 0 ||
			!maps.EqualFunc(got.form, want, func(a, b []string) bool { return len(a) == 1 && a[0] == b[0] }) {
			t.Errorf("%s %s", got.method, got.body)
		}
	}
}
