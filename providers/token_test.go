package providers_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

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
