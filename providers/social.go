package providers

import (
	"slices"

	"golang.org/x/oauth2"
)

// socialPresets lists social networks, what their companies also run, and communities.
func socialPresets() []preset {
	return []preset{
		{"amazon", plain(Amazon)},
		{"discord", plain(Discord)},
		{"dribbble", plain(Dribbble)},
		{"facebook", plain(Facebook)},
		{"foursquare", plain(Foursquare)},
		{"instagram", plain(Instagram)},
		{"linkedin", plain(LinkedIn)},
		{"mastodon", tenant(Mastodon)},
		{"patreon", plain(Patreon)},
		{"pinterest", plain(Pinterest)},
		{"reddit", plain(Reddit)},
		{"threads", plain(Threads)},
		{"tiktok", plain(TikTok)},
		{"twitter", plain(Twitter)},
		{"wordpress", plain(WordPress)},
		{"yahoo", plain(Yahoo)},
	}
}

// Discord is sign-in with Discord. Register an application at
// https://discord.com/developers/applications, with the redirect
// <your URL>/auth/callback/discord under "OAuth2".
//
// A refresh token comes with every sign-in, and each refresh brings a new one.
// [WithParam] with prompt=none skips the consent of those who gave it before.
//
// https://docs.discord.com/developers/topics/oauth2
func Discord(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "discord", Name: "Discord",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:      "https://discord.com", // which its callbacks name
		AuthURL:     "https://discord.com/oauth2/authorize",
		TokenURL:    "https://discord.com/api/oauth2/token",
		UserInfoURL: "https://discord.com/api/users/@me",
		RevokeURL:   "https://discord.com/api/oauth2/token/revoke",
		Scopes:      []string{"identify", "email"},
		Fields: Fields{
			ID: "id", Name: "global_name|username", Email: "email", EmailVerified: "verified",
			Image: "https://cdn.discordapp.com/avatars/{id}/{avatar}.png",
		},
		Style: Style{Background: "#5865f2", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.discord.com/developers/topics/oauth2", Console: "https://discord.com/developers/applications",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "verified, as Discord says", Subject: "snowflake, the same everywhere",
		},
	}, options...)
}

// Twitter is sign-in with X, the former Twitter. Register an app at
// https://console.x.com: under "User authentication settings" a "Web App" with the
// callback <your URL>/auth/callback/twitter. The calls for the profile are metered.
//
// The e-mail address needs "Request email from users" there, and
// [WithScopes]("users.email"). X tells only addresses that it has confirmed.
//
// https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
func Twitter(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "twitter", Name: "X",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://x.com/i/oauth2/authorize",
		TokenURL:    "https://api.x.com/2/oauth2/token",
		UserInfoURL: "https://api.x.com/2/users/me?user.fields=profile_image_url",
		RevokeURL:   "https://api.x.com/2/oauth2/revoke",
		Scopes:      []string{"users.read", "tweet.read", "offline.access"},
		Fields:      Fields{ID: "data.id", Name: "data.name|data.username", Email: "data.confirmed_email", Image: "data.profile_image_url"},
		Dialect:     Dialect{Spent: []string{"invalid_request"}, VerifiedOnly: true},
		Style:       Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code", Console: "https://console.x.com",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "always: X tells only confirmed addresses, with the scope users.email", Subject: "number as text, the same everywhere",
		},
	}
	c.apply(options)
	if slices.Contains(c.further, "users.email") { // without it the field is refused
		c.UserInfoURL += ",confirmed_email"
	}
	return newOAuth2(c)
}

// LinkedIn is sign-in with LinkedIn. Register an app at
// https://www.linkedin.com/developers/apps, with the product "Sign In with LinkedIn
// using OpenID Connect" and, under "Auth", the redirect URL
// <your URL>/auth/callback/linkedin.
//
// LinkedIn's ID tokens lack the nonce, so that the profile is asked for instead, and
// it refuses PKCE from web applications: what ties the answer to the browser is the
// state. Refresh tokens are for its partners.
//
// https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
func LinkedIn(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "linkedin", Name: "LinkedIn",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.linkedin.com/oauth/v2/authorization",
		TokenURL:    "https://www.linkedin.com/oauth/v2/accessToken",
		UserInfoURL: "https://api.linkedin.com/v2/userinfo",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"openid", "profile", "email"},
		Fields:      Fields{ID: "sub"},
		Dialect: Dialect{
			NoPKCE: true, GrantedSeparator: ",", Spent: []string{"invalid_request"},
			Denied: []string{"user_cancelled_login", "user_cancelled_authorize"},
		},
		Style: Style{Background: "#0a66c2", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2",
			Console: "https://www.linkedin.com/developers/apps",
			Refresh: sometimes, Rotation: no, Revocation: no, Logout: no,
			Email: "email_verified", Subject: "text, another one in each application",
			Note: "takes no PKCE; refresh tokens are for partners",
		},

		confidential: true,
	}, options...)
}

// Reddit is sign-in with Reddit. Register a "web app" at
// https://www.reddit.com/prefs/apps, with the redirect URI
// <your URL>/auth/callback/reddit. Reddit has to approve new ones first.
//
// It asks for permanent access, which brings a refresh token; [WithParam] with
// duration=temporary switches that off. There is no e-mail address.
//
// https://github.com/reddit-archive/reddit/wiki/OAuth2
func Reddit(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "reddit", Name: "Reddit",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.reddit.com/api/v1/authorize",
		TokenURL:    "https://www.reddit.com/api/v1/access_token",
		UserInfoURL: "https://oauth.reddit.com/api/v1/me?raw_json=1", // else URLs are escaped as in HTML
		RevokeURL:   "https://www.reddit.com/api/v1/revoke_token",
		Scopes:      []string{"identity"},
		Params:      map[string][]string{"duration": {"permanent"}},
		Fields:      Fields{ID: "id", Name: "name", Image: "icon_img"},
		Dialect: Dialect{
			Header: map[string]string{"User-Agent": "web:{client_id}:v1 (sealedauth)"}, // others are throttled
			Error:  "error", Spent: []string{"400", "invalid_request"},                 // a number at a refresh
		},
		Style: Style{Background: "#ff4500", Text: "#000000"},
		Facts: Facts{
			Docs: "https://github.com/reddit-archive/reddit/wiki/OAuth2", Console: "https://www.reddit.com/prefs/apps",
			Refresh: yes, Rotation: no, Revocation: yes, Logout: no,
			Email: "never: Reddit tells no address", Subject: "text, the same everywhere",
			Note: "since November 2025 new applications need Reddit's approval",
		},

		confidential: true,
	}, options...)
}

// Pinterest is sign-in with Pinterest. Register an app at
// https://developers.pinterest.com/apps/, with the redirect URI
// <your URL>/auth/callback/pinterest. There is no e-mail address.
//
// A refresh token comes with every sign-in. Those of older apps are good for a year
// and stay the same; those of newer ones are good for 60 days and change.
//
// https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
func Pinterest(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "pinterest", Name: "Pinterest",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.pinterest.com/oauth/",
		TokenURL:    "https://api.pinterest.com/v5/oauth/token",
		UserInfoURL: "https://api.pinterest.com/v5/user_account",
		Scopes:      []string{"user_accounts:read"},
		Fields:      Fields{ID: "id", Name: "business_name|username", Image: "profile_image"},
		Dialect:     Dialect{ScopeSeparator: ",", Error: "code", Spent: []string{"283"}},
		Style:       Style{Background: "#e60023", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/",
			Console: "https://developers.pinterest.com/apps/",
			Refresh: yes, Rotation: sometimes, Revocation: no, Logout: no,
			Email: "never: Pinterest tells no address", Subject: "number as text, the same everywhere",
		},

		confidential: true,
	}, options...)
}

// TikTok is sign-in with TikTok. Register an app at
// https://developers.tiktok.com/apps with the product "Login Kit", the platform "Web"
// and the redirect URI <your URL>/auth/callback/tiktok. The client id is the client
// key there. There is no e-mail address.
//
// A refresh token comes with every sign-in, and each refresh brings a new one.
//
// https://developers.tiktok.com/doc/oauth-user-access-token-management
func TikTok(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "tiktok", Name: "TikTok",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.tiktok.com/v2/auth/authorize/",
		TokenURL:    "https://open.tiktokapis.com/v2/oauth/token/",
		UserInfoURL: "https://open.tiktokapis.com/v2/user/info/?fields=open_id,avatar_url,display_name",
		RevokeURL:   "https://open.tiktokapis.com/v2/oauth/revoke/",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"user.info.basic"},
		Fields:      Fields{ID: "data.user.open_id", Name: "data.user.display_name", Image: "data.user.avatar_url"},
		Dialect: Dialect{
			ClientID: "client_key", ScopeSeparator: ",",
			Error: "error.code", Success: []string{"ok"}, // an error in each answer about the person
			Revocation: Revocation{Param: "token", Only: "access_token"},
		},
		Style: Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developers.tiktok.com/doc/oauth-user-access-token-management", Console: "https://developers.tiktok.com/apps",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: TikTok tells no address", Subject: "text, another one in each application",
			Note: "apps for desktops want another kind of PKCE; register a web app",
		},

		confidential: true,
	}, options...)
}
