package providers

import (
	"net/http"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/token"
)

// HubSpot is sign-in with HubSpot. Register an app with OAuth at
// https://developers.hubspot.com/, with the redirect URL
// <your URL>/auth/callback/hubspot and the required scope oauth. All scopes that the
// app requires have to be asked for: name the others with [WithScopes].
//
// A refresh token comes with every sign-in; access tokens are good for 30 minutes.
//
// https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens
func HubSpot(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "hubspot", Name: "HubSpot",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://app.hubspot.com/oauth/authorize",
		TokenURL:    "https://api.hubapi.com/oauth/2026-03/token",
		UserInfoURL: "https://api.hubapi.com/oauth/2026-03/token/introspect", // it has no profile
		RevokeURL:   "https://api.hubapi.com/oauth/2026-03/token/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"oauth"},
		Fields:      Fields{ID: "user_id", Name: "user", Email: "user"},
		Dialect: Dialect{
			ProfilePost: true, TokenParam: "token",
			Error: "status",
			Spent: []string{"BAD_AUTH_CODE", "BAD_REFRESH_TOKEN"},
		},
		Style: Style{Background: "#ff7a59", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens",
			Console: "https://developers.hubspot.com/",
			Refresh: yes, Revocation: yes, Logout: no,
			Email: "never: HubSpot does not say", Subject: "number, the same everywhere; hub_id is the account's",
			Note: "there is no name but the address",
		},

		confidential: true,
		adapt: func(r *http.Request, secret, access token.Secret) { // introspection is for clients (RFC 7662)
			setBody(r, url.Values{
				"token": {access.Reveal()}, "token_type_hint": {"access_token"},
				"client_id": {clientID}, "client_secret": {secret.Reveal()},
			}.Encode())
		},
	}, options...)
}

// Mailchimp is sign-in with Mailchimp. Register an app at
// https://admin.mailchimp.com/account/oauth2/, with the redirect URI
// <your URL>/auth/callback/mailchimp; it may begin with http://127.0.0.1, but not with
// http://localhost. There are no scopes. Access tokens do not expire, and there are no
// refresh tokens.
//
// https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/
func Mailchimp(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "mailchimp", Name: "Mailchimp",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://login.mailchimp.com/oauth2/authorize",
		TokenURL:    "https://login.mailchimp.com/oauth2/token",
		UserInfoURL: "https://login.mailchimp.com/oauth2/metadata",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "login.login_id", Name: "login.login_name|accountname", Email: "login.email", Image: "login.avatar"},
		Dialect:     Dialect{Scheme: "OAuth", Endless: true},
		Style:       Style{Background: "#ffe01b", Text: "#241c15"},
		Facts: Facts{
			Docs: "https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/", Console: "https://admin.mailchimp.com/account/oauth2/",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: Mailchimp does not say", Subject: "number, the same everywhere; user_id is the account's",
			Note: "the profile also says where the account's API is (api_endpoint)",
		},

		UntypedTokens: true,
		confidential:  true,
	}, options...)
}

// Pipedrive is sign-in with Pipedrive. Register an app in the Developer Hub of a
// sandbox account, with the callback URL <your URL>/auth/callback/pipedrive (https, one
// only). It gets the scopes that are chosen there.
//
// A refresh token comes with every sign-in; it ends after 60 days without use.
// Revocation uninstalls the app for that person.
//
// https://pipedrive.readme.io/docs/marketplace-oauth-authorization
func Pipedrive(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "pipedrive", Name: "Pipedrive",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://oauth.pipedrive.com/oauth/authorize",
		TokenURL:    "https://oauth.pipedrive.com/oauth/token",
		UserInfoURL: "https://api.pipedrive.com/v1/users/me",
		RevokeURL:   "https://oauth.pipedrive.com/oauth/revoke",
		Fields:      Fields{ID: "data.id", Name: "data.name", Email: "data.email", Image: "data.icon_url"},
		Dialect:     Dialect{GrantedSeparator: ",", Revocation: Revocation{Only: "refresh_token"}},
		Style:       Style{Background: "#017737", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://pipedrive.readme.io/docs/marketplace-oauth-authorization", Console: "https://developers.pipedrive.com/",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: no,
			Email: "never: Pipedrive does not say", Subject: "number, of one company's user; the same for all apps",
			Note: "the token answer's api_domain, the company's own, is not kept: the profile has company_domain",
		},

		confidential: true,
	}, options...)
}

// Zoho is sign-in with Zoho. Register a server-based application at
// https://api-console.zoho.com/, with the redirect URI <your URL>/auth/callback/zoho.
// Accounts belong to data centers; [WithBaseURL] names another one than that of
// zoho.com, such as https://accounts.zoho.eu.
//
// For a refresh token, use [WithParam] with access_type=offline, and with prompt=consent
// to get one again at each sign-in. It does not expire and stays the same.
//
// https://www.zoho.com/accounts/protocol/oauth/web-server-applications.html
func Zoho(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "zoho", Name: "Zoho",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "{base}/oauth/v2/auth",
		TokenURL:    "{base}/oauth/v2/token",
		UserInfoURL: "{base}/oauth/user/info",
		RevokeURL:   "{base}/oauth/v2/token/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"AaaServer.profile.READ"},
		Fields:      Fields{ID: "ZUID", Name: "First_Name Last_Name|Display_Name", Email: "Email"},
		Dialect: Dialect{
			ScopeSeparator: ",",
			Spent:          []string{"invalid_code"}, // with the status 200
			Revocation:     Revocation{Param: "token"},
		},
		Style: Style{Background: "#e42527", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://www.zoho.com/accounts/protocol/oauth/web-server-applications.html",
			Console: "https://api-console.zoho.com/",
			Refresh: onRequest, Rotation: no, Revocation: yes, Logout: no,
			Email: "never: Zoho does not say", Subject: "number, the same everywhere",
			Note: "ten access tokens in ten minutes for each refresh token, and 20 refresh tokens for each person",
		},

		standard:     "https://accounts.zoho.com",
		confidential: true,
	}, options...)
}

// Intercom is sign-in with an Intercom workspace. Register an app in its Developer Hub,
// with OAuth switched on under "Authentication", the redirect URL
// <your URL>/auth/callback/intercom and the permission "Read admins". There are no
// scopes. Access tokens do not expire, and there are no refresh tokens.
//
// https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/setting-up-oauth
func Intercom(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "intercom", Name: "Intercom",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://app.intercom.com/oauth",
		TokenURL:    "https://api.intercom.io/auth/eagle/token",
		UserInfoURL: "https://api.intercom.io/me",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "id", Name: "name", Email: "email", Image: "avatar.image_url"},
		Dialect:     Dialect{Error: "errors.0.code"},
		Style:       Style{Background: "#1f8ded", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/setting-up-oauth",
			Console: "https://app.intercom.com/a/developer-signup",
			Refresh: no, Revocation: no, Logout: no,
			Email: "email_verified; Intercom advises against letting people in without", Subject: "text, of one workspace's admin; app.id_code is the workspace's",
			Note: "PKCE is ignored; workspaces of the EU and Australia have an API of their own for all but this",
		},

		UntypedTokens: true,
		confidential:  true,
	}, options...)
}
