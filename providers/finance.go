package providers

import (
	"cmp"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// FreshBooks is sign-in with FreshBooks. Register an app at
// https://my.freshbooks.com/#/developer, with the redirect URI
// <your URL>/auth/callback/freshbooks (https only, also in development) and the scope
// user:profile:read.
//
// A refresh token comes with every sign-in; it is good for one use.
//
// https://www.freshbooks.com/api/authentication
func FreshBooks(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "freshbooks", Name: "FreshBooks",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://auth.freshbooks.com/oauth/authorize/",
		TokenURL:    "https://api.freshbooks.com/auth/oauth/token",
		UserInfoURL: "https://api.freshbooks.com/auth/api/v1/users/me",
		RevokeURL:   "https://api.freshbooks.com/auth/oauth/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"user:profile:read"},
		Fields:      Fields{ID: "response.id", Name: "response.first_name response.last_name", Email: "response.email"},
		Dialect:     Dialect{Revocation: Revocation{Param: "token"}},
		Style:       Style{Background: "#0075dd", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://www.freshbooks.com/api/authentication", Console: "https://my.freshbooks.com/#/developer",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: confirmed_at is a time", Subject: "number, the same everywhere",
		},

		confidential: true,
	}, options...)
}

// NetSuite is sign-in with an account of NetSuite: the third argument is its ID, such as
// 1234567 or 1234567_SB1. Switch on the feature "NetSuite as OIDC Provider" there, and
// make an integration record under Setup > Integration with the authorization code
// grant and the redirect URI <your URL>/auth/callback/netsuite.
//
// A refresh token comes with every sign-in; it is good for seven days, or as long as
// the record says.
//
// https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_160855520475.html
func NetSuite(clientID, clientSecret, account string, options ...Option) Provider {
	var web, api string
	if account != "" { // as it stands in host names
		host := strings.ReplaceAll(strings.ToLower(account), "_", "-")
		web, api = "https://"+host+".app.netsuite.com", "https://"+host+".suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1"
	}
	return OAuth2(Config{
		ID: "netsuite", Name: "NetSuite",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     at(web, "/app/login/oauth2/authorize.nl"),
		TokenURL:    at(api, "/token"),
		UserInfoURL: at(api, "/userinfo"),
		RevokeURL:   at(api, "/revoke"),
		Scopes:      []string{"openid", "email"},
		Fields:      Fields{ID: "sub", Name: "name|email"},
		Dialect:     Dialect{Revocation: Revocation{Param: "token", Only: "refresh_token"}}, // which takes the access token along
		Style:       Style{Background: "#181a1b", Text: "#fbfbfb"},
		Facts: Facts{
			Docs:    "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_160855520475.html",
			Refresh: yes, Rotation: no, Revocation: yes, Logout: no,
			Email: "email_verified, if NetSuite says so", Subject: "text of the account and the person in it",
			Note: "ID tokens are not used: they are also for others than the client",
		},

		example: "1234567_SB1",
	}, options...)
}

// Xero is sign-in with Xero. Register a web app at
// https://developer.xero.com/app/manage, with the redirect URI
// <your URL>/auth/callback/xero.
//
// A refresh token comes with every sign-in; it is good for 60 days and for one use.
// The claim xero_userid is the person's id in Xero's APIs.
//
// https://developer.xero.com/documentation/guides/oauth2/sign-in/
func Xero(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "xero", Name: "Xero",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: "https://identity.xero.com",
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#13b5ea", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developer.xero.com/documentation/guides/oauth2/sign-in/", Console: "https://developer.xero.com/app/manage",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: byMetadata,
			Email: "never: Xero does not say", Subject: "text, the same everywhere",
		},
	}, options...)
}

// Shopify is sign-in with a shop, for those who run it: the third argument is its
// address, such as https://example.myshopify.com. Register an app in the dashboard,
// with the redirect URL <your URL>/auth/callback/shopify. It asks for no scopes, which
// leaves it to the app's configuration to name them; [WithScopes] asks for some.
//
// The access token is the person's own ("online") and ends after a day at most. There
// is no refresh token.
//
// https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
func Shopify(clientID, clientSecret, issuer string, options ...Option) Provider {
	base := strings.TrimSuffix(issuer, "/")
	return OAuth2(Config{
		ID: "shopify", Name: "Shopify",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:   at(base, "/admin/oauth/authorize"),
		TokenURL:  at(base, "/admin/oauth/access_token"),
		AuthStyle: oauth2.AuthStyleInParams,
		Params:    url.Values{"grant_options[]": {"per-user"}},
		Fields:    Fields{ID: "id", Name: "first_name last_name", Email: "email"},
		Dialect: Dialect{
			ScopeSeparator: ",",
			ProfileIn:      "associated_user",
			Spent:          []string{"invalid_request"},
		},
		Style: Style{Background: "#5e8e3e", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant",
			Console: "https://dev.shopify.com/dashboard/",
			Refresh: no, Revocation: no, Logout: no,
			Email: "email_verified; Shopify advises against trusting an address without", Subject: "number, of one person on the staff",
			Note: "API calls carry the access token as X-Shopify-Access-Token; PKCE is ignored",
		},

		UntypedTokens: true,
		confidential:  true,
		example:       "https://example.myshopify.com",
	}, options...)
}

// PayPal is sign-in with PayPal. Register an app at
// https://developer.paypal.com/dashboard/applications, and set under "Log in with
// PayPal" the return URL <your URL>/auth/callback/paypal and that it may have the full
// name and the e-mail address. [WithBaseURL] with https://www.sandbox.paypal.com is for
// tests.
//
// A refresh token comes with every sign-in and stays the same.
//
// https://developer.paypal.com/docs/log-in-with-paypal/
func PayPal(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "paypal", Name: "PayPal",
		ClientID: clientID, ClientSecret: clientSecret,
		Scopes: []string{"openid", "profile", "email"},
		Params: url.Values{"flowEntry": {"static"}},
		Fields: Fields{
			ID: "user_id", Name: "name",
			Email: "emails.[primary].value|email", EmailVerified: "emails.[primary].confirmed",
		},
		Style: Style{Background: "#003087", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developer.paypal.com/docs/log-in-with-paypal/", Console: "https://developer.paypal.com/dashboard/applications",
			Refresh: yes, Rotation: no, Revocation: no, Logout: no,
			Email: "the primary address is confirmed, as PayPal says", Subject: "URL, the same everywhere",
			Note: "ID tokens are not used: some are signed with the client secret",
		},

		confidential: true,
	}
	c.apply(options)
	base := cmp.Or(c.base, "https://www.paypal.com")
	api := strings.Replace(base, "://www.", "://api-m.", 1)
	c.AuthURL, c.TokenURL = base+"/signin/authorize", api+"/v1/oauth2/token"
	c.UserInfoURL = api + "/v1/identity/oauth2/userinfo?schema=paypalv1.1"
	c.base = ""
	return newOAuth2(c)
}
