package providers

import "golang.org/x/oauth2"

// Amazon is sign-in with Amazon ("Login with Amazon"). Register a security profile at
// https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html, with the
// return URL <your URL>/auth/callback/amazon under "Web Settings". Accounts of all
// countries work with it.
//
// A refresh token comes with every sign-in.
//
// https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html
func Amazon(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "amazon", Name: "Amazon",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.amazon.com/ap/oa",
		TokenURL:    "https://api.amazon.com/auth/o2/token",
		UserInfoURL: "https://api.amazon.com/user/profile",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"profile"},
		Fields:      Fields{ID: "user_id", Name: "name", Email: "email"},
		Style:       Style{Background: "#ff9900", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html",
			Console: "https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html",
			Refresh: yes, Revocation: no, Logout: no,
			Email: "never: Amazon does not say whether it has verified it", Subject: "text, the same in all applications of a developer",
		},

		confidential: true,
	}, options...)
}

// Yahoo is sign-in with Yahoo. Register an app at https://developer.yahoo.com/apps/,
// with the redirect URI <your URL>/auth/callback/yahoo and the permissions "OpenID
// Connect: Email" and "Profile".
//
// A refresh token comes with every sign-in and stays the same.
//
// https://developer.yahoo.com/oauth2/guide/openid_connect/
func Yahoo(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "yahoo", Name: "Yahoo",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:    "https://api.login.yahoo.com",
		RevokeURL: "https://api.login.yahoo.com/oauth2/revoke", // which its metadata has under another name
		Scopes:    []string{"openid", "profile", "email"},
		Style:     Style{Background: "#6001d2", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developer.yahoo.com/oauth2/guide/openid_connect/", Console: "https://developer.yahoo.com/apps/",
			Refresh: yes, Rotation: no, Revocation: yes, Logout: no,
			Email: "email_verified", Subject: "text, the same everywhere",
		},

		confidential: true,
	}, options...)
}
