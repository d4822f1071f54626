package providers

import (
	"strings"

	"golang.org/x/oauth2"
)

// Mastodon is sign-in with one Mastodon server, of which the issuer is the URL, such as
// https://mastodon.social. Register an application there under Preferences >
// Development, with the redirect URI <your URL>/auth/callback/mastodon and the scope
// read:accounts.
//
// Ids are of that server alone. Tokens do not expire, and there is no e-mail address.
//
// https://docs.joinmastodon.org/client/authorized/
func Mastodon(clientID, clientSecret, issuer string, options ...Option) Provider {
	base := strings.TrimSuffix(issuer, "/")
	return OAuth2(Config{
		ID: "mastodon", Name: "Mastodon",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     base + "/oauth/authorize",
		TokenURL:    base + "/oauth/token",
		UserInfoURL: base + "/api/v1/accounts/verify_credentials",
		RevokeURL:   base + "/oauth/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"read:accounts"},
		Fields:      Fields{ID: "id", Name: "display_name|username", Image: "avatar_static"},
		Style:       Style{Background: "#6364ff", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.joinmastodon.org/client/authorized/",
			Refresh: no, Revocation: yes, Logout: no,
			Email: "never: Mastodon tells no address", Subject: "number as text, of that server alone",
		},

		example: "https://mastodon.social", confidential: true,
	}, options...)
}

// Patreon is sign-in with Patreon. Register a client of API version 2 at
// https://www.patreon.com/portal/registration/register-clients, with the redirect URI
// <your URL>/auth/callback/patreon.
//
// A refresh token comes with every sign-in, and each refresh brings a new one.
//
// https://docs.patreon.com/#oauth
func Patreon(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "patreon", Name: "Patreon",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.patreon.com/oauth2/authorize",
		TokenURL:    "https://www.patreon.com/api/oauth2/token",
		UserInfoURL: "https://www.patreon.com/api/oauth2/v2/identity?fields%5Buser%5D=email,full_name,image_url,is_email_verified",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"identity", "identity[email]"},
		Fields: Fields{
			ID: "data.id", Name: "data.attributes.full_name", Image: "data.attributes.image_url",
			Email: "data.attributes.email", EmailVerified: "data.attributes.is_email_verified",
		},
		Style: Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.patreon.com/#oauth", Console: "https://www.patreon.com/portal/registration/register-clients",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: no,
			Email: "is_email_verified", Subject: "number as text, the same everywhere",
		},

		confidential: true,
	}, options...)
}

// Dribbble is sign-in with Dribbble. Register an application at
// https://dribbble.com/account/applications/new, with the callback URL
// <your URL>/auth/callback/dribbble. Tokens do not expire.
//
// https://developer.dribbble.com/v2/oauth/
func Dribbble(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "dribbble", Name: "Dribbble",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://dribbble.com/oauth/authorize",
		TokenURL:    "https://dribbble.com/oauth/token",
		UserInfoURL: "https://api.dribbble.com/v2/user",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"public"},
		Fields:      Fields{ID: "id", Name: "name|login", Image: "avatar_url"},
		Style:       Style{Background: "#ea4c89", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developer.dribbble.com/v2/oauth/", Console: "https://dribbble.com/account/applications/new",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: Dribbble tells no address", Subject: "number, the same everywhere",
		},

		confidential: true,
	}, options...)
}

// WordPress is sign-in with WordPress.com, not with a WordPress of one's own. Register
// an application of type "Web" at https://developer.wordpress.com/apps/, with the
// redirect URL <your URL>/auth/callback/wordpress.
//
// The scope auth lets it see who signs in, and no sites. Tokens do not expire.
//
// https://developer.wordpress.com/docs/oauth2/
func WordPress(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "wordpress", Name: "WordPress.com",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://public-api.wordpress.com/oauth2/authorize",
		TokenURL:    "https://public-api.wordpress.com/oauth2/token",
		UserInfoURL: "https://public-api.wordpress.com/rest/v1.1/me/",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"auth"},
		Fields:      Fields{ID: "ID", Name: "display_name|username", Email: "email", Image: "avatar_URL"},
		Style:       Style{Background: "#3858e9", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developer.wordpress.com/docs/oauth2/", Console: "https://developer.wordpress.com/apps/",
			Refresh: no, Revocation: no, Logout: no,
			Email: "email_verified", Subject: "number, the same everywhere",
		},

		confidential: true,
	}, options...)
}

// Foursquare is sign-in with Foursquare, by its legacy API of version 2. Register a
// project at https://foursquare.com/developers/, with the redirect URL
// <your URL>/auth/callback/foursquare. Newer projects may not be let in. Tokens do not
// expire.
//
// https://docs.foursquare.com/developer/docs/using-oauth-authentication
func Foursquare(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "foursquare", Name: "Foursquare",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://foursquare.com/oauth2/authenticate",
		TokenURL:    "https://foursquare.com/oauth2/access_token",
		UserInfoURL: "https://api.foursquare.com/v2/users/self?v=20230131",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields: Fields{
			ID: "response.user.id", Name: "response.user.firstName response.user.lastName", Email: "response.user.contact.email",
		},
		Dialect:       Dialect{TokenParam: "oauth_token"},
		UntypedTokens: true,
		Style:         Style{Background: "#3333ff", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.foursquare.com/developer/docs/using-oauth-authentication", Console: "https://foursquare.com/developers/",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: Foursquare does not say whether it has verified it", Subject: "number as text, the same everywhere",
			Note: "a legacy API, meant for projects from before November 2021",
		},

		confidential: true,
	}, options...)
}
