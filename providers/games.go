package providers

import (
	"errors"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"
)

// gamePresets lists what people play: games, and music.
func gamePresets() []preset {
	return []preset{
		{"battlenet", based(BattleNet)},
		{"bungie", func(e environment) Provider { return Bungie(e.id, e.secret, e.get("API_KEY")) }},
		{"eveonline", plain(EVEOnline)},
		{"faceit", plain(FACEIT)},
		{"osu", plain(Osu)},
		{"roblox", plain(Roblox)},
		{"soundcloud", plain(SoundCloud)},
	}
}

// BattleNet is sign-in with Battle.net. Register a client at
// https://community.developer.battle.net/access/clients with the redirect URL
// <your URL>/auth/callback/battlenet.
//
// There are no e-mail addresses and no refresh tokens; a token lives for a day.
// [WithBaseURL] names another region's issuer: https://oauth.battlenet.com.cn is that
// of China. All others have the same one.
//
// https://community.developer.battle.net/documentation/guides/using-oauth
func BattleNet(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "battlenet", Name: "Battle.net",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: "{base}",
		Scopes: []string{"openid"},
		Fields: Fields{Name: "battle_tag|battletag"},
		Style:  Style{Background: "#148eff", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://community.developer.battle.net/documentation/guides/using-oauth",
			Console: "https://community.developer.battle.net/access/clients",
			Refresh: no, Revocation: byMetadata, Logout: byMetadata,
			Email: "never: Battle.net gives no address", Subject: "digits, the same everywhere",
			Note: "revocation and logout stand in the metadata only",
		},

		standard:     "https://oauth.battle.net",
		confidential: true,
	}, options...)
}

// Bungie is sign-in with Bungie.net. Register an application at
// https://www.bungie.net/en/Application as a confidential OAuth client, with the
// redirect URL <your URL>/auth/callback/bungie. Its API key, which every call for a
// profile needs, is the third argument, or AUTH_BUNGIE_API_KEY.
//
// What tokens may do is set at the application. Access tokens live for an hour; a
// refresh token is good for 90 days and for one use, and after a year the person has to
// sign in again. There are no e-mail addresses.
//
// https://github.com/Bungie-net/api/wiki/OAuth-Documentation
func Bungie(clientID, clientSecret, apiKey string, options ...Option) Provider {
	const user = "Response.bungieNetUser."
	c := Config{
		ID: "bungie", Name: "Bungie",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.bungie.net/en/OAuth/Authorize",
		TokenURL:    "https://www.bungie.net/Platform/App/OAuth/Token/",
		UserInfoURL: "https://www.bungie.net/Platform/User/GetMembershipsForCurrentUser/",
		Fields: Fields{
			ID: user + "membershipId", Name: user + "displayName|" + user + "uniqueName",
			Image: "https://www.bungie.net{+" + user + "profilePicturePath}",
		},
		Dialect: Dialect{
			Header: map[string]string{"X-API-Key": apiKey},
			Error:  "ErrorStatus", Success: []string{"Success"},
			Spent: []string{
				"AuthorizationCodeInvalid", "AuthorizationCodeStale", "AccessTokenHasExpired",
				"AuthorizationRecordExpired", "AuthorizationRecordRevoked",
			},
		},
		Style: Style{Background: "#0061a6", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://github.com/Bungie-net/api/wiki/OAuth-Documentation", Console: "https://www.bungie.net/en/Application",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: no,
			Email: "never: Bungie gives no address", Subject: "digits, the same everywhere",
			Note: "needs an API key in addition",
		},

		confidential: true,
	}
	if apiKey == "" {
		c.err = errors.New("apiKey is empty; set it, or AUTH_BUNGIE_API_KEY, to the application's API key")
	}
	return OAuth2(c, options...)
}

// FACEIT is sign-in with FACEIT. Register an OAuth2 client in the App Studio at
// https://developers.faceit.com/apps with the redirect URL
// <your URL>/auth/callback/faceit.
//
// It does not use OpenID Connect: the ID tokens of FACEIT lack what the standard asks
// for.
//
// https://docs.faceit.com/getting-started/authentication/oauth2/
func FACEIT(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "faceit", Name: "FACEIT",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://accounts.faceit.com/accounts",
		TokenURL:    "https://api.faceit.com/auth/v1/oauth/token",
		UserInfoURL: "https://api.faceit.com/auth/v1/resources/userinfo",
		Scopes:      []string{"openid", "profile", "email"},
		Params:      url.Values{"redirect_popup": {"true"}}, // else the answer goes to the window that opened this one
		Fields:      Fields{ID: "guid", Name: "nickname"},
		Style:       Style{Background: "#ff5500", Text: "#000000"},
		Facts: Facts{
			Docs: "https://docs.faceit.com/getting-started/authentication/oauth2/", Console: "https://developers.faceit.com/apps",
			Refresh: yes, Revocation: no, Logout: no,
			Email: "email_verified", Subject: "UUID, the same everywhere",
		},

		confidential: true,
	}, options...)
}

// Osu is sign-in with osu!. Register an OAuth application in your account's settings at
// https://osu.ppy.sh/home/account/edit with the callback URL
// <your URL>/auth/callback/osu.
//
// Access tokens live for a day; a refresh token is good for three months and for one
// use. There are no e-mail addresses.
//
// https://osu.ppy.sh/docs/
func Osu(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "osu", Name: "osu!",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthStyle:   oauth2.AuthStyleInParams,
		AuthURL:     "https://osu.ppy.sh/oauth/authorize",
		TokenURL:    "https://osu.ppy.sh/oauth/token",
		UserInfoURL: "https://osu.ppy.sh/api/v2/me",
		RevokeURL:   "https://osu.ppy.sh/api/v2/oauth/tokens/current",
		Scopes:      []string{"identify"},
		Fields:      Fields{ID: "id", Name: "username", Image: "avatar_url"},
		Dialect: Dialect{
			Spent:      []string{"invalid_request"}, // so its server calls a code or a refresh token that is spent
			Revocation: Revocation{Method: http.MethodDelete, Bearer: true, Only: "access_token"},
		},
		Style: Style{Background: "#ff66aa", Text: "#000000"},
		Facts: Facts{
			Docs: "https://osu.ppy.sh/docs/", Console: "https://osu.ppy.sh/home/account/edit#oauth",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: osu! gives no address", Subject: "number, the same everywhere",
		},

		confidential: true,
	}, options...)
}

// Roblox is sign-in with Roblox. Register an OAuth 2.0 app at
// https://create.roblox.com/dashboard/credentials with the redirect URL
// <your URL>/auth/callback/roblox and the scopes openid and profile. It serves ten
// people until Roblox has reviewed it.
//
// Access tokens live for 15 minutes; a refresh token is good for 90 days and for one
// use. There are no e-mail addresses.
//
// https://create.roblox.com/docs/cloud/auth/oauth2-reference
func Roblox(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "roblox", Name: "Roblox",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:  "https://apis.roblox.com/oauth/",
		Scopes:  []string{"openid", "profile"},
		Dialect: Dialect{Revocation: Revocation{Only: "refresh_token"}},
		Style:   Style{Background: "#335fff", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://create.roblox.com/docs/cloud/auth/oauth2-reference",
			Console: "https://create.roblox.com/dashboard/credentials",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: Roblox gives no address", Subject: "digits, the same everywhere",
		},
	}, options...)
}

// SoundCloud is sign-in with SoundCloud. Register an app at
// https://soundcloud.com/you/apps with the redirect URI
// <your URL>/auth/callback/soundcloud.
//
// Access tokens live for an hour, and a refresh token is good for one use. There are no
// e-mail addresses and no scopes.
//
// https://developers.soundcloud.com/docs/api/guide
func SoundCloud(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "soundcloud", Name: "SoundCloud",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthStyle:   oauth2.AuthStyleInParams,
		AuthURL:     "https://secure.soundcloud.com/authorize",
		TokenURL:    "https://secure.soundcloud.com/oauth/token",
		UserInfoURL: "https://api.soundcloud.com/me",
		RevokeURL:   "https://secure.soundcloud.com/sign-out",
		Fields:      Fields{ID: "urn", Name: "full_name|username", Image: "avatar_url"},
		Dialect: Dialect{
			Scheme:     "OAuth",
			Revocation: Revocation{Encoding: JSONBody, Param: "access_token", Only: "access_token"},
		},
		Style: Style{Background: "#ff5500", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developers.soundcloud.com/docs/api/guide", Console: "https://soundcloud.com/you/apps",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: SoundCloud gives no address", Subject: "URN, the same everywhere",
		},

		confidential: true,
	}, options...)
}
