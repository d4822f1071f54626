package providers

import (
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// Dropbox is sign-in with Dropbox. Register an app at
// https://www.dropbox.com/developers/apps, with the redirect URI
// <your URL>/auth/callback/dropbox, and the permission account_info.read, which covers
// the e-mail address.
//
// It asks for a refresh token, which does not expire and stays the same; [WithParam]
// with an empty token_access_type switches that off.
//
// https://developers.dropbox.com/oauth-guide
func Dropbox(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "dropbox", Name: "Dropbox",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.dropbox.com/oauth2/authorize",
		TokenURL:    "https://api.dropboxapi.com/oauth2/token",
		UserInfoURL: "https://api.dropboxapi.com/2/users/get_current_account",
		RevokeURL:   "https://api.dropboxapi.com/2/auth/token/revoke",
		Scopes:      []string{"account_info.read"},
		Params:      url.Values{"token_access_type": {"offline"}},
		Fields:      Fields{ID: "account_id", Name: "name.display_name", Image: "profile_photo_url"},
		Dialect: Dialect{
			ProfilePost: true,
			Revocation:  Revocation{Bearer: true, Only: "access_token"}, // which takes the refresh token along
		},
		Style: Style{Background: "#0061fe", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developers.dropbox.com/oauth-guide", Console: "https://www.dropbox.com/developers/apps",
			Refresh: yes, Rotation: no, Revocation: yes, Logout: no,
			Email: "email_verified", Subject: "text, the same everywhere",
		},
	}, options...)
}

// Box is sign-in with Box. Register a custom app with "User Authentication (OAuth 2.0)"
// at https://app.box.com/developers/console, with the redirect URI
// <your URL>/auth/callback/box. It gets the scopes that are chosen there.
//
// A refresh token comes with every sign-in; it is good for 60 days and for one use.
//
// https://developer.box.com/guides/authentication/oauth2/
func Box(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "box", Name: "Box",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://account.box.com/api/oauth2/authorize",
		TokenURL:    "https://api.box.com/oauth2/token",
		UserInfoURL: "https://api.box.com/2.0/users/me",
		RevokeURL:   "https://api.box.com/oauth2/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "id", Name: "name", Email: "login", Image: "avatar_url"},
		Dialect:     Dialect{Revocation: Revocation{Param: "token"}},
		Style:       Style{Background: "#0075c9", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developer.box.com/guides/authentication/oauth2/", Console: "https://app.box.com/developers/console",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: Box does not say", Subject: "text of digits, the same everywhere",
			Note: "the image is shown to people who are signed in to Box",
		},

		confidential: true,
	}, options...)
}

// Nextcloud is sign-in with a Nextcloud server, such as https://cloud.example.com.
// Register a client under "Security" in its administration settings, with the
// redirection URI <your URL>/auth/callback/nextcloud. There are no scopes: the tokens
// are good for everything that the person may do there.
//
// A refresh token comes with every sign-in, and each refresh brings a new one.
//
// https://docs.nextcloud.com/server/latest/admin_manual/configuration_server/oauth2.html
func Nextcloud(clientID, clientSecret, issuer string, options ...Option) Provider {
	base := strings.TrimSuffix(strings.TrimSuffix(issuer, "/"), "/index.php")
	return OAuth2(Config{
		ID: "nextcloud", Name: "Nextcloud",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     at(base, "/index.php/apps/oauth2/authorize"), // which is good without pretty URLs, too
		TokenURL:    at(base, "/index.php/apps/oauth2/api/v1/token"),
		UserInfoURL: at(base, "/ocs/v2.php/cloud/user?format=json"),
		Fields: Fields{
			ID: "ocs.data.id", Name: "ocs.data.displayname", Email: "ocs.data.email",
			Image: base + "/index.php/avatar/{ocs.data.id}/512",
		},
		Dialect: Dialect{
			Header: map[string]string{"OCS-APIRequest": "true"},
			Spent:  []string{"invalid_request"}, // as it calls all that is wrong with a code or a refresh token
		},
		Style: Style{Background: "#0082c9", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.nextcloud.com/server/latest/admin_manual/configuration_server/oauth2.html",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: no,
			Email: "never: people may change it as they like", Subject: "text, of one server; the same for all its clients",
			Note: "Nextcloud slows down an address from which bad codes come",
		},

		confidential: true,
		example:      "https://cloud.example.com",
	}, options...)
}
