package providers

import "strings"

// Keycloak is sign-in with a realm of Keycloak. The issuer is the realm's URL,
// such as https://sso.example.com/realms/main. A refresh token comes with every
// sign-in and lives as long as the Keycloak session.
//
// https://www.keycloak.org/securing-apps/oidc-layers
func Keycloak(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "keycloak", Name: "Keycloak",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#428bca", Text: "#ffffff"},

		example: "https://sso.example.com/realms/main",
	}, options...)
}

// Auth0 is sign-in with an Auth0 tenant. The issuer is the tenant's domain, such
// as https://example.eu.auth0.com/. Refresh tokens need the grant "Refresh Token"
// in the application's settings; with rotation, give it a reuse interval.
//
// https://auth0.com/docs/get-started/authentication-and-authorization-flow
func Auth0(clientID, clientSecret, issuer string, options ...Option) Provider {
	if issuer != "" {
		issuer = strings.TrimSuffix(issuer, "/") + "/" // as Auth0's issuers end
	}
	return OIDC(Config{
		ID: "auth0", Name: "Auth0",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: issuer,
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#eb5424", Text: "#ffffff"},

		example: "https://YOUR_DOMAIN.eu.auth0.com/",
	}, options...)
}

// Okta is sign-in with an Okta organisation. The issuer is the organisation's
// domain or an authorization server in it, such as
// https://example.okta.com/oauth2/default. Refresh tokens need the grant "Refresh
// Token" in the app's settings; with rotation, give it a grace period.
//
// https://developer.okta.com/docs/guides/implement-grant-type/authcode/main/
func Okta(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "okta", Name: "Okta",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#000000", Text: "#ffffff"},

		example: "https://YOUR_DOMAIN.okta.com/oauth2/default",
	}, options...)
}

// ZITADEL is sign-in with a ZITADEL instance. The issuer is its domain, such as
// https://example.zitadel.cloud. Refresh tokens need the grant "Refresh Token" in
// the application's settings.
//
// https://zitadel.com/docs/guides/integrate/login/oidc
func ZITADEL(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "zitadel", Name: "ZITADEL",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#37358a", Text: "#ffffff"},

		example: "https://YOUR_DOMAIN.zitadel.cloud",
	}, options...)
}
