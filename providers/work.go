package providers

import (
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// workPresets lists tools that people work with.
func workPresets() []preset {
	return []preset{
		{"atlassian", plain(Atlassian)},
		{"box", plain(Box)},
		{"click-up", plain(ClickUp)},
		{"dropbox", plain(Dropbox)},
		{"freshbooks", plain(FreshBooks)},
		{"hubspot", plain(HubSpot)},
		{"intercom", plain(Intercom)},
		{"mailchimp", plain(Mailchimp)},
		{"mattermost", tenant(Mattermost)},
		{"netsuite", tenant(NetSuite)},
		{"nextcloud", tenant(Nextcloud)},
		{"notion", plain(Notion)},
		{"paypal", based(PayPal)},
		{"pipedrive", plain(Pipedrive)},
		{"shopify", tenant(Shopify)},
		{"slack", plain(Slack)},
		{"todoist", plain(Todoist)},
		{"webex", plain(Webex)},
		{"xero", plain(Xero)},
		{"zoho", based(Zoho)},
		{"zoom", plain(Zoom)},
	}
}

// Atlassian is sign-in with an Atlassian account, as of Jira and Confluence. Register
// an OAuth 2.0 integration at https://developer.atlassian.com/console/myapps/, with
// the callback URL <your URL>/auth/callback/atlassian under "Authorization". Add the
// "User identity API" with the scope read:me under "Permissions", and switch on sharing
// under "Distribution", since else only its owner can sign in.
//
// For a refresh token, add the scope offline_access with [WithScopes]. Each refresh
// brings a new one.
//
// https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
func Atlassian(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "atlassian", Name: "Atlassian",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://auth.atlassian.com/authorize",
		TokenURL:    "https://auth.atlassian.com/oauth/token",
		UserInfoURL: "https://api.atlassian.com/me",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"read:me"},
		Params:      url.Values{"audience": {"api.atlassian.com"}, "prompt": {"consent"}},
		Fields:      Fields{ID: "account_id"},
		Style:       Style{Background: "#0052cc", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/", Console: "https://developer.atlassian.com/console/myapps/",
			Refresh: onRequest, Rotation: yes, Revocation: no, Logout: no,
			Email: "email_verified, which the documentation does not mention", Subject: "text, the same everywhere",
			Note: "refresh tokens need the scope offline_access, and end after 90 days without use",
		},

		UntypedTokens: true, // as its documentation shows them
		confidential:  true,
	}, options...)
}

// Slack is sign-in with Slack. Register an app at https://api.slack.com/apps, with the
// redirect URL <your URL>/auth/callback/slack under "OAuth & Permissions" (https only)
// and the user scopes openid, profile and email. For people of other workspaces, switch
// on its public distribution. [WithParam] with team names the workspace that is meant,
// which the person can change. Ids are unique in one workspace or organisation: with
// several, the claim https://slack.com/team_id belongs to the id, and to who may get in.
//
// Leave PKCE off in the app: Slack then takes it for a public client. There is a refresh
// token if token rotation is on, which cannot be switched off again.
//
// https://docs.slack.dev/authentication/sign-in-with-slack/
func Slack(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "slack", Name: "Slack",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: "https://slack.com",
		Scopes: []string{"openid", "profile", "email"},
		Dialect: Dialect{
			NoPKCE: true,
			Spent:  []string{"invalid_code", "code_already_used", "code_expired", "invalid_refresh_token", "token_expired"}, // with the status 200
		},
		Style: Style{Background: "#611f69", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.slack.dev/authentication/sign-in-with-slack/", Console: "https://api.slack.com/apps",
			Refresh: sometimes, Rotation: yes, Revocation: no, Logout: no,
			Email: "email_verified", Subject: "text, of one workspace or organisation; the same for all apps there",
			Note: "the claim https://slack.com/team_id names the workspace; PKCE fails together with a client secret",
		},

		confidential: true,
	}, options...)
}

// Notion is sign-in with Notion. Register a public connection at
// https://www.notion.so/developers/connections, with the redirect URI
// <your URL>/auth/callback/notion and the capability to read user information
// including e-mail addresses. There are no scopes: the person chooses pages.
//
// A refresh token comes with every sign-in, but access tokens say of no end.
//
// https://developers.notion.com/guides/get-started/authorization
func Notion(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "notion", Name: "Notion",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:   "https://api.notion.com/v1/oauth/authorize",
		TokenURL:  "https://api.notion.com/v1/oauth/token",
		RevokeURL: "https://api.notion.com/v1/oauth/revoke",
		Params:    url.Values{"owner": {"user"}},
		Fields:    Fields{ID: "id", Name: "name", Email: "person.email", Image: "avatar_url"},
		Dialect: Dialect{
			Header:     map[string]string{"Notion-Version": "2022-06-28"},
			ProfileIn:  "owner.user",
			Revocation: Revocation{Encoding: JSONBody, Param: "token", Only: "access_token"},
		},
		Style: Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developers.notion.com/guides/get-started/authorization", Console: "https://www.notion.so/developers/connections",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: Notion does not say", Subject: "UUID, the same everywhere",
			Note: "access tokens do not tell when they end, so they are not refreshed before",
		},

		confidential: true,
	}, options...)
}

// ClickUp is sign-in with ClickUp. An owner or admin of a workspace registers an app
// under "ClickUp API" in its settings, with the redirect URL
// <your URL>/auth/callback/click-up. There are no scopes: the person chooses
// workspaces. Access tokens do not expire, and there are no refresh tokens.
//
// https://developer.clickup.com/docs/authentication
func ClickUp(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "click-up", Name: "ClickUp",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://app.clickup.com/api",
		TokenURL:    "https://api.clickup.com/api/v2/oauth/token",
		UserInfoURL: "https://api.clickup.com/api/v2/user",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "user.id", Name: "user.username", Email: "user.email", Image: "user.profilePicture"},
		Dialect: Dialect{
			Error: "ECODE",
			Spent: []string{"OAUTH_014"}, // "Code already used"
		},
		Style: Style{Background: "#7b68ee", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developer.clickup.com/docs/authentication",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: ClickUp does not say", Subject: "number, the same everywhere",
			Note: "PKCE is ignored; access tokens do not expire",
		},

		UntypedTokens: true, // as its documentation shows them
		confidential:  true,
	}, options...)
}

// Todoist is sign-in with Todoist. Register an app at
// https://app.todoist.com/app/settings/integrations/app-management, with the redirect
// URL <your URL>/auth/callback/todoist. The scope data:read is for the profile, and lets
// the application read all tasks, too: Todoist has no smaller one.
//
// A refresh token comes with every sign-in, and each refresh brings a new one. Older apps
// that have not opted in to that have access tokens without an end instead. The profile
// holds the person's own API token as "token": do not keep it.
//
// https://developer.todoist.com/api/v1/
func Todoist(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "todoist", Name: "Todoist",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://app.todoist.com/oauth/authorize",
		TokenURL:    "https://api.todoist.com/oauth/access_token",
		UserInfoURL: "https://api.todoist.com/api/v1/user",
		RevokeURL:   "https://api.todoist.com/api/v1/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"data:read"},
		Fields:      Fields{ID: "id", Name: "full_name", Email: "email", Image: "avatar_big"},
		Dialect: Dialect{
			ScopeSeparator: ",",
			Spent:          []string{"bad_authorization_code"},
			Revocation:     Revocation{Style: oauth2.AuthStyleInHeader, Only: "access_token"},
		},
		Style: Style{Background: "#e44332", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developer.todoist.com/api/v1/", Console: "https://app.todoist.com/app/settings/integrations/app-management",
			Refresh: sometimes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: verification_status is a text", Subject: "text, the same everywhere",
			Note: "revocation ends the access token only; the profile holds a secret of the person",
		},

		confidential: true,
	}, options...)
}

// Mattermost is sign-in with a Mattermost server, such as https://chat.example.com.
// Switch on "Enable OAuth 2.0 Service Provider" in its System Console, and register an
// application under "Integrations", with the callback URL
// <your URL>/auth/callback/mattermost. There are no scopes.
//
// A refresh token comes with every sign-in, and each refresh brings a new one.
//
// https://developers.mattermost.com/integrate/apps/authentication/oauth2
func Mattermost(clientID, clientSecret, issuer string, options ...Option) Provider {
	base := strings.TrimSuffix(issuer, "/")
	return OAuth2(Config{
		ID: "mattermost", Name: "Mattermost",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     at(base, "/oauth/authorize"),
		TokenURL:    at(base, "/oauth/access_token"),
		UserInfoURL: at(base, "/api/v4/users/me"),
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "id", Name: "first_name last_name|nickname|username", Email: "email"},
		Dialect: Dialect{
			EmptyTokens: true,
			Error:       "status_code", // its errors have no better code: 404 is for refresh tokens
			Spent:       []string{"400", "404"},
		},
		Style: Style{Background: "#1e325c", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developers.mattermost.com/integrate/apps/authentication/oauth2",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: no,
			Email: "email_verified", Subject: "text, of one server; the same for all its applications",
			Note: "a second sign-in brings the same tokens as the first, while they are good",
		},

		confidential: true,
		example:      "https://chat.example.com",
	}, options...)
}

// at returns an endpoint of a server; empty as long as nobody has named the server, so
// that the check tells.
func at(base, path string) string {
	if base == "" {
		return ""
	}
	return base + path
}
