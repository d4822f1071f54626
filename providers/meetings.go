package providers

import "golang.org/x/oauth2"

// Zoom is sign-in with Zoom. Register a user-managed general app at
// https://marketplace.zoom.us/develop/create, with the OAuth redirect URL
// <your URL>/auth/callback/zoom, also in its allow list, and the scope user:read:user.
// Zoom gives the scopes that the app has; none are asked for.
//
// A refresh token comes with every sign-in; it is good for 90 days and for one use. A
// new sign-in of the same person ends the tokens of the one before.
//
// https://developers.zoom.us/docs/integrations/oauth/
func Zoom(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "zoom", Name: "Zoom",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://zoom.us/oauth/authorize",
		TokenURL:    "https://zoom.us/oauth/token",
		UserInfoURL: "https://api.zoom.us/v2/users/me",
		RevokeURL:   "https://zoom.us/oauth/revoke",
		Fields:      Fields{ID: "id", Name: "display_name|first_name last_name", Email: "email", EmailVerified: "verified", Image: "pic_url"},
		Dialect:     Dialect{LooseTrue: true, Revocation: Revocation{Param: "token", Only: "access_token"}},
		Style:       Style{Background: "#0b5cff", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developers.zoom.us/docs/integrations/oauth/", Console: "https://marketplace.zoom.us/develop/create",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "verified, which is the number 1", Subject: "text, the same everywhere",
			Note: "one pair of tokens for each person and app",
		},
	}, options...)
}

// Webex is sign-in with Webex. Register an integration at
// https://developer.webex.com/my-apps/new/integration, with the redirect URI
// <your URL>/auth/callback/webex and the scope spark:people_read, which is for the
// profile.
//
// A refresh token comes with every sign-in. It is good for 90 days after each use, and
// stays the same.
//
// https://developer.webex.com/docs/integrations
func Webex(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "webex", Name: "Webex",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://webexapis.com/v1/authorize",
		TokenURL:    "https://webexapis.com/v1/access_token",
		UserInfoURL: "https://webexapis.com/v1/people/me",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"spark:people_read"},
		Fields:      Fields{ID: "id", Name: "displayName", Email: "emails.0", Image: "avatar"},
		Dialect:     Dialect{Spent: []string{"invalid_request"}}, // what is said of an old refresh token
		Style:       Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developer.webex.com/docs/integrations", Console: "https://developer.webex.com/my-apps",
			Refresh: yes, Rotation: no, Revocation: no, Logout: no,
			Email: "never: Webex does not say", Subject: "text, the same everywhere",
			Note: "access tokens are good for 14 days; its ID tokens name an issuer that depends on the person",
		},

		UntypedTokens: true, // as its documentation shows them
		confidential:  true,
	}, options...)
}
