package providers

import (
	"net/url"

	"golang.org/x/oauth2"
)

// mediaPresets lists providers of music, video, sports and learning.
func mediaPresets() []preset {
	return []preset{
		{"42-school", plain(FortyTwoSchool)},
		{"coinbase", plain(Coinbase)},
		{"concept2", plain(Concept2)},
		{"eventbrite", plain(Eventbrite)},
		{"huggingface", plain(HuggingFace)},
		{"spotify", plain(Spotify)},
		{"strava", plain(Strava)},
		{"trakt", plain(Trakt)},
		{"twitch", plain(Twitch)},
		{"wikimedia", based(Wikimedia)},
	}
}

// Strava is sign-in with Strava. Create an application at
// https://www.strava.com/settings/api, with the host of your URL as its authorization
// callback domain. A new one is for your own account only, until you ask for more there.
//
// Strava gives no e-mail address. Access tokens live for six hours; a refresh token comes
// with every sign-in. Revocation removes the application from the person's account.
//
// https://developers.strava.com/docs/authentication/
func Strava(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "strava", Name: "Strava",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:   "https://www.strava.com/oauth/authorize",
		TokenURL:  "https://www.strava.com/oauth/token",
		RevokeURL: "https://www.strava.com/oauth/deauthorize",
		Scopes:    []string{"read"},
		AuthStyle: oauth2.AuthStyleInParams,
		Fields:    Fields{ID: "id", Name: "firstname lastname|username", Image: "profile"},
		Dialect: Dialect{
			ScopeSeparator: ",", ProfileIn: "athlete",
			Error: "errors.0.resource", Spent: []string{"AuthorizationCode", "RefreshToken"},
			Revocation: Revocation{Param: "access_token", Only: "access_token"},
		},
		Style: Style{Background: "#fc5200", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developers.strava.com/docs/authentication/", Console: "https://www.strava.com/settings/api",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: no,
			Email: "never: Strava gives no address", Subject: "number, the same everywhere",
			Note: "the profile comes with the tokens; revocation removes the application from the account",
		},

		confidential: true,
	}, options...)
}

// Spotify is sign-in with Spotify. Create an app at
// https://developer.spotify.com/dashboard, with the redirect URI
// <your URL>/auth/callback/spotify; for development it takes http://127.0.0.1, but not
// localhost. In development mode an app is for five people that it lists, its owner needs
// Premium, and there may be no e-mail address.
//
// A refresh token comes with every sign-in. Tokens cannot be revoked.
//
// https://developer.spotify.com/documentation/web-api/tutorials/code-flow
func Spotify(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "spotify", Name: "Spotify",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://accounts.spotify.com/authorize",
		TokenURL:    "https://accounts.spotify.com/api/token",
		UserInfoURL: "https://api.spotify.com/v1/me",
		Scopes:      []string{"user-read-email"},
		Fields:      Fields{ID: "id", Name: "display_name", Email: "email", Image: "images.0.url"},
		Style:       Style{Background: "#1db954", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developer.spotify.com/documentation/web-api/tutorials/code-flow",
			Console: "https://developer.spotify.com/dashboard",
			Refresh: yes, Rotation: sometimes, Revocation: no, Logout: no,
			Email: "never: Spotify says that addresses are not verified", Subject: "text, the same everywhere",
			Note: "apps in development mode are for five people, and may get no e-mail address",
		},
	}, options...)
}

// Trakt is sign-in with Trakt. Create an application at
// https://trakt.tv/oauth/applications, with the redirect URI
// <your URL>/auth/callback/trakt. There are no scopes, and no e-mail address.
//
// The id is the account's uuid. Auth.js takes the slug, which changes with the user name.
// A refresh token comes with every sign-in, and each refresh brings a new one.
//
// https://trakt.docs.apiary.io/#reference/authentication-oauth
func Trakt(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "trakt", Name: "Trakt",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://trakt.tv/oauth/authorize",
		TokenURL:    "https://api.trakt.tv/oauth/token",
		UserInfoURL: "https://api.trakt.tv/users/settings",
		RevokeURL:   "https://api.trakt.tv/oauth/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "user.ids.uuid", Name: "user.name|user.username", Image: "user.images.avatar.full"},
		Dialect: Dialect{
			Header:       map[string]string{"Trakt-Api-Version": "2", "Trakt-Api-Key": "{client_id}"},
			TokenRequest: JSONBody,
			Revocation:   Revocation{Encoding: JSONBody},
		},
		Style: Style{Background: "#ed2224", Text: "#000000"},
		Facts: Facts{
			Docs: "https://trakt.docs.apiary.io/#reference/authentication-oauth", Console: "https://trakt.tv/oauth/applications",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: Trakt gives no address", Subject: "uuid, the same everywhere; the slug in Auth.js",
		},

		confidential: true,
	}, options...)
}

// Twitch is sign-in with Twitch. Register an application at
// https://dev.twitch.tv/console/apps, with the OAuth redirect URL
// <your URL>/auth/callback/twitch, as a confidential client.
//
// Twitch tells only what the parameter claims asks for. A refresh token comes with every
// sign-in; it ends when the person changes the password or removes the application.
//
// https://dev.twitch.tv/docs/authentication/getting-tokens-oidc/
func Twitch(clientID, clientSecret string, options ...Option) Provider {
	const asked = `{"email":null,"email_verified":null,"picture":null,"preferred_username":null}`
	return OIDC(Config{
		ID: "twitch", Name: "Twitch",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:    "https://id.twitch.tv/oauth2",
		RevokeURL: "https://id.twitch.tv/oauth2/revoke",
		Scopes:    []string{"openid", "user:read:email"},
		Params:    url.Values{"claims": {`{"id_token":` + asked + `,"userinfo":` + asked + `}`}},
		AuthStyle: oauth2.AuthStyleInParams,
		Dialect: Dialect{
			Error: "message", Spent: []string{"Invalid authorization code", "Invalid refresh token"},
			Revocation: Revocation{Only: "access_token"},
		},
		Style: Style{Background: "#9146ff", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://dev.twitch.tv/docs/authentication/getting-tokens-oidc/",
			Console: "https://dev.twitch.tv/console/apps",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: no,
			Email: "email_verified", Subject: "digits, the same everywhere",
			Note: "errors have a message in place of a code; no PKCE, though sending it does no harm",
		},

		confidential: true,
	}, options...)
}

// Concept2 is sign-in with the Concept2 Logbook. Register an application at
// https://log.concept2.com/developers/keys, with the redirect URI
// <your URL>/auth/callback/concept2.
//
// A refresh token comes with every sign-in, and each refresh brings a new one; access
// tokens live for a week. [WithScopes] with results:read or results:write opens the
// person's workouts.
//
// https://log.concept2.com/developers/documentation/
func Concept2(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "concept2", Name: "Concept2",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://log.concept2.com/oauth/authorize",
		TokenURL:    "https://log.concept2.com/oauth/access_token",
		UserInfoURL: "https://log.concept2.com/api/users/me",
		Scopes:      []string{"user:read"},
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "data.id", Name: "data.first_name data.last_name|data.username", Email: "data.email", Image: "data.profile_image"},
		Dialect:     Dialect{ScopeSeparator: ",", Spent: []string{"invalid_request"}},
		Style:       Style{Background: "#004a98", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://log.concept2.com/developers/documentation/", Console: "https://log.concept2.com/developers/keys",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: no,
			Email: "never: Concept2 does not say it", Subject: "number, the same everywhere",
		},

		confidential: true,
	}, options...)
}
