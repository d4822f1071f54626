package providers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

func TestDialectProfile(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dialect  providers.Dialect
		endpoint string // of the profile, below the issuer
		want     string // method, path, query, Authorization and body of the request; empty if there is none
	}{
		"standard":   {providers.Dialect{}, "/me", "GET /me  Bearer at-1 "},
		"scheme":     {providers.Dialect{Scheme: "OAuth"}, "/me", "GET /me  OAuth at-1 "},
		"bare":       {providers.Dialect{Scheme: " "}, "/me", "GET /me  at-1 "},
		"query":      {providers.Dialect{TokenParam: "oauth_token"}, "/me?v=2", "GET /me oauth_token=at-1&v=2  "},
		"POST":       {providers.Dialect{ProfilePost: true}, "/me", "POST /me  Bearer at-1 "},
		"POST form":  {providers.Dialect{ProfilePost: true, TokenParam: "access_token"}, "/me?c={client_id}", "POST /me c=app  access_token=at-1"},
		"path":       {providers.Dialect{}, "/me/{access_token}", "GET /me/at-1   "},
		"answer":     {providers.Dialect{}, "/me?u={user.id}", "GET /me u=u1 Bearer at-1 "},
		"header":     {providers.Dialect{Header: map[string]string{"X-Token": "{access_token}", "X-Client": "{client_id}"}}, "/me", "GET /me   "},
		"in answer":  {providers.Dialect{ProfileIn: "user"}, "", ""},
		"the answer": {providers.Dialect{ProfileIn: "."}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) {
				c.Dialect, c.UserInfoURL = tc.dialect, ""
				if tc.endpoint != "" {
					c.UserInfoURL = issuer + tc.endpoint
				}
			})
			p.handlers["/token"] = replyJSON(strings.Replace(goodTokens, "{", `{"id":42,"user":{"id":"u1"},`, 1))
			p.handlers["/me/at-1"] = p.handlers["/me"]
			if err := p.p.(providers.Checker).Check(); err != nil {
				t.Fatal(err)
			}
			id, err := p.exchange()
			if err != nil || id.User.ID != map[bool]string{true: "u1", false: "42"}[name == "in answer"] {
				t.Fatalf("%v, %v", id, err)
			}
			asked := append(p.to("/me"), p.to("/me/at-1")...)
			if tc.want == "" {
				if len(asked) != 0 {
					t.Fatal("it was asked for")
				}
				return
			}
			s := asked[0]
			if got := s.method + " " + s.path + " " + s.query.Encode() + " " + s.header.Get("Authorization") + " " + s.body; got != tc.want {
				t.Errorf("sent %q, want %q", got, tc.want)
			}
			if name == "header" && (s.header.Get("X-Token") != "at-1" || s.header.Get("X-Client") != "app") {
				t.Error(s.header)
			}
		})
	}
	t.Run("what the URL needs is missing", func(t *testing.T) {
		t.Parallel()
		p := newPlain(t, func(c *providers.Config) { c.UserInfoURL = issuer + "/me?u={user.id}" })
		id, err := p.exchange()
		refused(t, id, err, providers.ErrProfile, "lacks what its URL needs")
	})
	t.Run("no profile where it should be", func(t *testing.T) {
		t.Parallel()
		p := newPlain(t, func(c *providers.Config) { c.Dialect.ProfileIn = "user" })
		id, err := p.exchange()
		refused(t, id, err, providers.ErrProfile, "no usable id")
	})
}

func TestDialectRevocation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		revocation providers.Revocation
		path       string // of the endpoint
		want       []string
	}{
		"standard": {providers.Revocation{}, "/revoke", []string{
			"POST /revoke  Basic token=rt&token_type_hint=refresh_token", "POST /revoke  Basic token=at&token_type_hint=access_token"}},
		"access only":  {providers.Revocation{Only: "access_token", Param: "access_token"}, "/revoke", []string{"POST /revoke  Basic access_token=at"}},
		"refresh only": {providers.Revocation{Only: "refresh_token", Style: oauth2.AuthStyleInParams}, "/revoke", []string{"POST /revoke  none client_id=app&client_secret=secret&token=rt&token_type_hint=refresh_token"}},
		"JSON":         {providers.Revocation{Only: "access_token", Encoding: providers.JSONBody, Method: "DELETE", Param: "t"}, "/revoke", []string{`DELETE /revoke  Basic {"t":"at"}`}},
		"query":        {providers.Revocation{Only: "access_token", Encoding: providers.InQuery, Method: "DELETE", Param: "t"}, "/revoke", []string{`DELETE /revoke t=at Basic `}},
		"path":         {providers.Revocation{Only: "refresh_token", Method: "DELETE", Encoding: providers.InQuery}, "/revoke/{token}", []string{`DELETE /revoke/rt  Basic `}},
		"itself":       {providers.Revocation{Only: "access_token", Bearer: true}, "/revoke", []string{"POST /revoke  Bearer at "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) { c.RevokeURL, c.Dialect.Revocation = issuer+tc.path, tc.revocation })
			p.handlers["/revoke/rt"] = p.handlers["/revoke"]
			err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), token.Account{
				AccessToken: token.NewSecret("at"), RefreshToken: token.NewSecret("rt"),
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range append(p.to("/revoke"), p.to("/revoke/rt")...) {
				auth := s.header.Get("Authorization")
				if strings.HasPrefix(auth, "Basic ") {
					auth = "Basic"
				} else if auth == "" {
					auth = "none"
				}
				got = append(got, s.method+" "+s.path+" "+s.query.Encode()+" "+auth+" "+s.body)
			}
			if strings.Join(got, "\n") != strings.Join(tc.want, "\n") {
				t.Errorf("sent\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

// A further document belongs to the profile, unless the person did not allow it.
func TestDialectFurther(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		email  string
		kind   error
	}{
		"list":      {replyJSON(`[{"primary":true,"email":"a@x.example"}]`), "a@x.example", nil},
		"forbidden": {reply(http.StatusForbidden, "application/json", `{}`), "", nil},
		"missing":   {reply(http.StatusNotFound, "", ""), "", nil},
		"down":      {reply(http.StatusBadGateway, "", ""), "", providers.ErrUnavailable},
		"no JSON":   {replyJSON(`[`), "", providers.ErrResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) {
				c.Dialect.Further = map[string]string{"emails": issuer + "/users/{id}/emails"}
				c.Fields.Email = "emails.[primary].email"
			})
			p.handlers["/me"] = replyJSON(`{"id":42,"emails":[{"primary":true,"email":"other@x.example"}]}`)
			p.handlers["/users/42/emails"] = tc.answer
			id, err := p.exchange()
			if tc.kind != nil {
				refused(t, id, err, tc.kind, "user info")
				return
			}
			if err != nil || id.User.Email != tc.email {
				t.Fatalf("%v, %v", id, err)
			}
		})
	}
}

func TestDialectLogout(t *testing.T) {
	t.Parallel()
	p := newPlain(t, func(c *providers.Config) {
		c.LogoutURL, c.Dialect.LogoutReturn = issuer+"/logout", "logout_uri"
	})
	got, err := p.p.(providers.LogoutURLer).LogoutURL(t.Context(), providers.Logout{RedirectURL: redirectURL})
	if err != nil || got != issuer+"/logout?client_id=app&logout_uri="+url.QueryEscape(redirectURL) {
		t.Error(got, err)
	}
}
