package providers

import "strings"

// platformPresets lists the identity platforms that host their customers' tenants.
func platformPresets() []preset {
	return []preset{
		{"asgardeo", tenant(Asgardeo)},
		{"auth0", tenant(Auth0)},
		{"azure-ad-b2c", tenant(AzureADB2C)},
		{"bankid-no", based(BankIDNorway)},
		{"beyondidentity", tenant(BeyondIdentity)},
		{"cognito", tenant(Cognito)},
		{"descope", based(Descope)},
		{"frontegg", tenant(Frontegg)},
		{"kinde", tenant(Kinde)},
		{"okta", tenant(Okta)},
		{"onelogin", tenant(OneLogin)},
		{"ping-id", tenant(PingID)},
		{"salesforce", tenant(Salesforce)},
		{"simplelogin", based(SimpleLogin)},
		{"united-effects", tenant(UnitedEffects)},
		{"vipps", based(Vipps)},
		{"workos", func(e environment) Provider {
			return WorkOS(e.id, e.secret, WithParam("connection", e.get("CONNECTION")), WithParam("organization", e.get("ORGANIZATION")))
		}},
	}
}

// endingIn returns a tenant's URL with what its provider's issuers end in.
func endingIn(issuer, end string) string {
	if issuer == "" || strings.HasSuffix(issuer, end) {
		return issuer
	}
	return strings.TrimSuffix(issuer, "/") + end
}

// Asgardeo is sign-in with an organization of Asgardeo, or with a WSO2 Identity
// Server. Register a "Traditional Web Application" for OpenID Connect at
// https://console.asgardeo.io with the authorized redirect URL
// <your URL>/auth/callback/asgardeo, and request the attributes for name, e-mail and
// picture under "User Attributes". The issuer is https://api.asgardeo.io/t/ with the
// organization's name, or the one that the console shows, which ends in /oauth2/token.
//
// Refresh tokens need the grant type "Refresh Token" in the "Protocol" tab.
//
// https://wso2.com/asgardeo/docs/guides/authentication/oidc/
func Asgardeo(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "asgardeo", Name: "Asgardeo",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: endingIn(strings.TrimSuffix(issuer, "/"), "/oauth2/token"),
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#ff7300", Text: "#000000"},
		Facts: Facts{
			Docs: "https://wso2.com/asgardeo/docs/guides/authentication/oidc/", Console: "https://console.asgardeo.io",
			Refresh: sometimes, Rotation: sometimes, Revocation: yes, Logout: yes,
			Email: "email_verified, if the organization has it among the attributes", Subject: "UUID, the same in all applications of the organization",
			Note: "claims come only for attributes that the application requests in the console",
		},

		example: "https://api.asgardeo.io/t/YOUR_ORGANIZATION/oauth2/token",
	}, options...)
}

// Auth0 is sign-in with an Auth0 tenant. The issuer is the tenant's domain, such
// as https://example.eu.auth0.com/. Refresh tokens need the grant "Refresh Token"
// in the application's settings; with rotation, give it a reuse interval. The
// tenant's setting "RP-Initiated Logout End Session Endpoint Discovery" is needed
// for sign-out there.
//
// https://auth0.com/docs/get-started/authentication-and-authorization-flow
func Auth0(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "auth0", Name: "Auth0",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:  endingIn(issuer, "/"),
		Scopes:  []string{"openid", "profile", "email", "offline_access"},
		Dialect: Dialect{Revocation: Revocation{Only: "refresh_token"}},
		Style:   Style{Background: "#eb5424", Text: "#000000"},
		Facts: Facts{
			Docs: "https://auth0.com/docs/get-started/authentication-and-authorization-flow", Console: "https://manage.auth0.com",
			Refresh: sometimes, Rotation: sometimes, Revocation: yes, Logout: byMetadata,
			Email: "email_verified", Subject: "the connection and an id, as in auth0|5f7c8ec7, the same in all applications of the tenant",
			Note: "refresh tokens need the grant Refresh Token in the application's settings; only they can be revoked",
		},

		example: "https://YOUR_DOMAIN.eu.auth0.com/",
	}, options...)
}

// Cognito is sign-in with a user pool of Amazon Cognito. The issuer is
// https://cognito-idp.<region>.amazonaws.com/<pool id>. The pool needs a domain, and
// its app client the grant "Authorization code", the scopes openid, profile and email,
// the callback URL <your URL>/auth/callback/cognito, and <your URL>/auth/signed-out or
// what else your sign-out returns to among its sign-out URLs.
//
// A refresh token comes with every sign-in. With rotation, give it a grace period.
//
// https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
func Cognito(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "cognito", Name: "Cognito",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email"},
		Fields: Fields{Name: "name|given_name family_name|preferred_username|cognito:username"},
		Dialect: Dialect{
			LooseTrue:    true, // in the user info
			Revocation:   Revocation{Only: "refresh_token"},
			LogoutReturn: "logout_uri",
		},
		Style: Style{Background: "#dd344c", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html",
			Console: "https://console.aws.amazon.com/cognito",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: yes,
			Email:   "email_verified; for people of other providers only if the pool maps that attribute",
			Subject: "UUID, the same in all app clients of the pool", Note: "only refresh tokens can be revoked",
		},

		example: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE",
	}, options...)
}

// Descope is sign-in with a project of Descope. The client id is the project's id and
// the secret an access key, or they are those of an OIDC application of it; register
// <your URL>/auth/callback/descope with that. [WithBaseURL] names another issuer than
// https://api.descope.com/<client id>, as other regions and further applications have.
//
// A refresh token comes with every sign-in.
//
// https://docs.descope.com/identity-federation/applications/oidc-apps
func Descope(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "descope", Name: "Descope",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: "{base}",
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#1c1c23", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.descope.com/identity-federation/applications/oidc-apps", Console: "https://app.descope.com",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: yes,
			Email: "email_verified", Subject: "text, the same in all applications of the project",
		},

		standard: "https://api.descope.com/" + clientID,
	}, options...)
}

// Frontegg is sign-in with an environment of Frontegg. The issuer is its domain, such
// as https://example.frontegg.com. The client id and the secret, which is called API
// key, are in the environment's settings; with several applications the client id is
// the application's. Register <your URL>/auth/callback/frontegg under "Authentication",
// "Login method", "Hosted login".
//
// A refresh token comes with every sign-in, and each refresh brings a new one.
//
// https://developers.frontegg.com/guides/management/frontegg-idp/native-hosted
func Frontegg(clientID, clientSecret, issuer string, options ...Option) Provider {
	issuer = strings.TrimSuffix(issuer, "/")
	return OIDC(Config{
		ID: "frontegg", Name: "Frontegg",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: issuer, DiscoveryURL: endingIn(issuer, "/oauth/.well-known/openid-configuration"),
		Scopes: []string{"openid", "profile", "email"},
		Fields: Fields{Image: "picture|profilePictureUrl"},
		Style:  Style{Background: "#3c4a5a", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developers.frontegg.com/guides/management/frontegg-idp/native-hosted", Console: "https://portal.frontegg.com",
			Refresh: yes, Rotation: yes, Revocation: byMetadata, Logout: byMetadata,
			Email: "email_verified", Subject: "UUID, the same in all applications of the environment",
		},

		example: "https://YOUR_DOMAIN.frontegg.com",
	}, options...)
}

// Kinde is sign-in with a business at Kinde. Register a "Back-end web" application at
// https://app.kinde.com with the callback URL <your URL>/auth/callback/kinde, and among
// its logout redirect URLs what your sign-out returns to. The issuer is the business's
// domain, such as https://example.kinde.com.
//
// The scope offline, as offline_access is called here, brings a refresh token, and each
// refresh a new one.
//
// https://docs.kinde.com/build/tokens/refresh-tokens/
func Kinde(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "kinde", Name: "Kinde",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:  strings.TrimSuffix(issuer, "/"),
		Scopes:  []string{"openid", "profile", "email", "offline"},
		Dialect: Dialect{LogoutReturn: "redirect"},
		Style:   Style{Background: "#0f0f0f", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.kinde.com/build/tokens/refresh-tokens/", Console: "https://app.kinde.com",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: yes,
			Email: "email_verified, which Kinde does not promise", Subject: "text, as in kp_0ba7c433, the same in all applications of the business",
		},

		example: "https://YOUR_DOMAIN.kinde.com",
	}, options...)
}

// UnitedEffects is sign-in with an auth group of United Effects, or of a server of one's
// own. The issuer is the group's URL, such as https://auth.unitedeffects.com/<group id>.
// Register <your URL>/auth/callback/united-effects with the client.
//
// [WithScopes] with offline_access and [WithParam] with the prompt consent bring a
// refresh token. There are no names, and with the parameter resource, which Auth.js
// sends, no e-mail address.
//
// https://github.com/UnitedEffects/ueauth
func UnitedEffects(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "united-effects", Name: "United Effects",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "email"},
		Fields: Fields{Name: "name|username", EmailVerified: "verified"},
		Style:  Style{Background: "#2b2d42", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://github.com/UnitedEffects/ueauth",
			Refresh: onRequest, Rotation: sometimes, Revocation: yes, Logout: yes,
			Email: "verified", Subject: "text, the same in all clients of the group",
		},

		example: "https://auth.unitedeffects.com/YOUR_GROUP_ID",
	}, options...)
}
