package providers

import (
	"golang.org/x/oauth2"
)

// developerPresets lists code hosting and tools of developers.
func developerPresets() []preset {
	return []preset{
		{"bitbucket", plain(Bitbucket)},
		{"digitalocean", plain(DigitalOcean)},
		{"figma", plain(Figma)},
		{"gitea", based(Gitea)},
		{"gitlab", based(GitLab)},
		{"linear", plain(Linear)},
		{"netlify", plain(Netlify)},
	}
}

// GitLab is sign-in with GitLab. Register an application at
// https://gitlab.com/-/user_settings/applications, confidential, with the redirect URI
// <your URL>/auth/callback/gitlab and the scopes openid, profile and email. One that
// was registered for Auth.js has read_user only: add these three.
//
// Access tokens live for two hours. Each refresh ends the old refresh token at once.
// [WithBaseURL] names a GitLab server of your own, such as https://gitlab.example.com.
//
// https://docs.gitlab.com/integration/openid_connect_provider/
func GitLab(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "gitlab", Name: "GitLab",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: "{base}",
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#fc6d26", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.gitlab.com/integration/openid_connect_provider/",
			Console: "https://gitlab.com/-/user_settings/applications",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "email_verified", Subject: "number, the same everywhere on one server",
			Note: "an application of Auth.js needs the scopes openid, profile and email in addition; the ids stay the same",
		},

		standard: "https://gitlab.com",
	}, options...)
}

// Gitea is sign-in with Gitea or Forgejo. Register an OAuth2 application under
// "Applications" in the settings of your account there, as a confidential client, with
// the redirect URI <your URL>/auth/callback/gitea.
//
// It does not use OpenID Connect, of which the issuer differs between versions, and
// whose scopes alone would let tokens do everything. [WithBaseURL] names the server;
// else it is https://gitea.com.
//
// https://docs.gitea.com/development/oauth2-provider
func Gitea(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "gitea", Name: "Gitea",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "{base}/login/oauth/authorize",
		TokenURL:    "{base}/login/oauth/access_token",
		UserInfoURL: "{base}/api/v1/user",
		Scopes:      []string{"read:user"},
		Fields:      Fields{ID: "id", Name: "full_name|login", Image: "avatar_url"},
		Dialect: Dialect{
			Spent: []string{"client is not authorized", "failed PKCE code challenge", "unable to parse refresh token", "token was already used"},
		},
		Style: Style{Background: "#609926", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.gitea.com/development/oauth2-provider",
			Console: "https://gitea.com/user/settings/applications",
			Refresh: yes, Rotation: sometimes, Revocation: no, Logout: no,
			Email: "never: the server does not say", Subject: "number, the same everywhere on one server",
			Note: "a used refresh token ends only with the server's setting INVALIDATE_REFRESH_TOKENS",
		},

		standard: "https://gitea.com",
	}, options...)
}

// Bitbucket is sign-in with Bitbucket Cloud. Register an OAuth consumer in the settings
// of a workspace, with the callback URL <your URL>/auth/callback/bitbucket and the
// permissions "Account: Email" and "Account: Read".
//
// Access tokens live for two hours. The e-mail address is the primary one if it is
// confirmed. Since 2026 tokens can be longer than 2500 characters, which takes much of
// a cookie.
//
// https://developer.atlassian.com/cloud/bitbucket/oauth-2/
func Bitbucket(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "bitbucket", Name: "Bitbucket",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://bitbucket.org/site/oauth2/authorize",
		TokenURL:    "https://bitbucket.org/site/oauth2/access_token",
		UserInfoURL: "https://api.bitbucket.org/2.0/user",
		Scopes:      []string{"account", "email"},
		Fields: Fields{
			ID: "account_id", Name: "display_name|nickname", Image: "links.avatar.href",
			Email:         "emails.values.[is_primary,is_confirmed].email",
			EmailVerified: "emails.values.[is_primary,is_confirmed].is_confirmed",
		},
		Dialect: Dialect{Further: map[string]string{"emails": "https://api.bitbucket.org/2.0/user/emails"}},
		Style:   Style{Background: "#205081", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developer.atlassian.com/cloud/bitbucket/oauth-2/",
			Console: "https://bitbucket.org/account/workspaces/",
			Refresh: yes, Rotation: sometimes, Revocation: no, Logout: no,
			Email:   "always: only the primary address that is confirmed is taken",
			Subject: "text, the Atlassian account, the same everywhere",
			Note:    "refresh tokens are becoming ones for one use during 2026",
		},

		confidential: true,
	}, options...)
}

// DigitalOcean is sign-in with DigitalOcean. Register an application at
// https://cloud.digitalocean.com/account/api/applications/new with the callback URL
// <your URL>/auth/callback/digitalocean. The person chooses a team, for which the
// tokens are.
//
// Access tokens live for 30 days, and a refresh token is good for one use.
//
// https://docs.digitalocean.com/reference/api/oauth/
func DigitalOcean(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "digitalocean", Name: "DigitalOcean",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthStyle:   oauth2.AuthStyleInParams,
		AuthURL:     "https://cloud.digitalocean.com/v1/oauth/authorize",
		TokenURL:    "https://cloud.digitalocean.com/v1/oauth/token",
		UserInfoURL: "https://api.digitalocean.com/v2/account",
		RevokeURL:   "https://cloud.digitalocean.com/v1/oauth/revoke?token={token}",
		Scopes:      []string{"account:read"},
		Fields:      Fields{ID: "account.uuid", Name: "account.name", Email: "account.email", EmailVerified: "account.email_verified"},
		Dialect:     Dialect{Revocation: Revocation{Bearer: true, Only: "access_token"}},
		Style:       Style{Background: "#0080ff", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.digitalocean.com/reference/api/oauth/",
			Console: "https://cloud.digitalocean.com/account/api/applications",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "email_verified of the account", Subject: "UUID, the same everywhere",
			Note: "tokens are for one team",
		},
	}, options...)
}

// Netlify is sign-in with Netlify. Register an OAuth app at
// https://app.netlify.com/user/applications with the redirect URI
// <your URL>/auth/callback/netlify. There are no scopes: a token may do everything that
// the person may, and it does not expire.
//
// https://docs.netlify.com/api/get-started/#oauth2
func Netlify(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "netlify", Name: "Netlify",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthStyle:   oauth2.AuthStyleInParams,
		AuthURL:     "https://app.netlify.com/authorize",
		TokenURL:    "https://api.netlify.com/oauth/token",
		UserInfoURL: "https://api.netlify.com/api/v1/user",
		Fields:      Fields{ID: "id", Name: "full_name", Email: "email", Image: "avatar_url"},
		Style:       Style{Background: "#32e6e2", Text: "#0e1e25"},
		Facts: Facts{
			Docs: "https://docs.netlify.com/api/get-started/#oauth2", Console: "https://app.netlify.com/user/applications",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: Netlify does not say", Subject: "text, the same everywhere",
			Note: "tokens may do everything, and end only when the person removes the application",
		},

		confidential: true,
	}, options...)
}

// Figma is sign-in with Figma. Register an app at
// https://www.figma.com/developers/apps with the redirect URL
// <your URL>/auth/callback/figma and the scope current_user:read. A public app is
// reviewed before others can use it.
//
// Access tokens live for 90 days; the refresh token stays the same.
//
// https://developers.figma.com/docs/rest-api/authentication/
func Figma(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "figma", Name: "Figma",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:       "https://www.figma.com/oauth",
		TokenURL:      "https://api.figma.com/v1/oauth/token",
		UserInfoURL:   "https://api.figma.com/v1/me",
		Scopes:        []string{"current_user:read"},
		UntypedTokens: true,
		Fields:        Fields{ID: "id", Name: "handle", Email: "email", Image: "img_url"},
		Dialect: Dialect{
			RefreshURL: "https://api.figma.com/v1/oauth/refresh",
			Error:      "status", Spent: []string{"400"}, // where error is just true
		},
		Style: Style{Background: "#ff7237", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developers.figma.com/docs/rest-api/authentication/", Console: "https://www.figma.com/developers/apps",
			Refresh: yes, Rotation: no, Revocation: no, Logout: no,
			Email: "never: Figma does not say", Subject: "digits, the same everywhere",
		},

		confidential: true,
	}, options...)
}
