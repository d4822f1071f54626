package providers

import (
	"net/http"

	"golang.org/x/oauth2"
)

// GitHub is sign-in with GitHub, for OAuth Apps and for GitHub Apps. Register one
// at https://github.com/settings/developers with the callback URL
// <your URL>/auth/callback/github.
//
// An OAuth App's token does not expire. A GitHub App's does if "Expire user
// authorization tokens" is on: after eight hours, with a refresh token that is
// good for six months and for one use. A GitHub App also needs the account
// permission "Email addresses" (read-only).
//
// The e-mail address is the primary one that GitHub has verified; an address
// that is not verified is left out. [WithBaseURL] names a GitHub Enterprise
// Server, such as https://github.example.com.
//
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
func GitHub(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "github", Name: "GitHub",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthStyle: oauth2.AuthStyleInParams,
		Scopes:    []string{"read:user", "user:email"},
		Fields: Fields{
			ID: "id", Name: "name|login", Image: "avatar_url",
			Email: "emails.[primary,verified].email", EmailVerified: "emails.[primary,verified].verified",
		},
		Dialect: Dialect{
			GrantedSeparator: ",",
			Spent:            []string{"bad_verification_code", "bad_refresh_token"},
			Revocation: Revocation{
				Method: http.MethodDelete, Encoding: JSONBody, Param: "access_token", Style: oauth2.AuthStyleInHeader, Only: "access_token",
			},
		},
		Style: Style{Background: "#24292f", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
			Console: "https://github.com/settings/developers",
			Refresh: sometimes, Rotation: yes, Revocation: yes, Logout: no,
			Email:   "always: only the primary address that GitHub has verified is taken",
			Subject: "number, the same everywhere",
			Note:    "GitHub Apps have refresh tokens, OAuth Apps have tokens without an end",
		},

		confidential: true,
	}
	c.apply(options)
	base, api := "https://github.com", "https://api.github.com"
	if c.base != "" {
		base, api = c.base, c.base+"/api/v3"
	}
	c.Issuer = base + "/login/oauth"
	c.AuthURL = base + "/login/oauth/authorize"
	c.TokenURL = base + "/login/oauth/access_token"
	c.UserInfoURL = api + "/user"
	c.RevokeURL = api + "/applications/{client_id}/token"
	c.Dialect.Further = map[string]string{"emails": api + "/user/emails"}
	c.base = ""
	return newOAuth2(c)
}
