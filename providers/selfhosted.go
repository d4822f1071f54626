package providers

import (
	"strings"

	"golang.org/x/oauth2"
)

// selfHostedPresets lists the identity servers that people run themselves.
func selfHostedPresets() []preset {
	return []preset{
		{"authentik", tenant(Authentik)},
		{"boxyhq-saml", tenant(Polis)},
		{"cloudfoundry", tenant(CloudFoundry)},
		{"duende-identity-server6", tenant(Duende)},
		{"fusionauth", tenant(FusionAuth)},
		{"hydra", tenant(Hydra)},
		{"identity-server4", tenant(IdentityServer4)},
		{"keycloak", tenant(Keycloak)},
		{"logto", tenant(Logto)},
		{"zitadel", tenant(ZITADEL)},
	}
}

// Authentik is sign-in with an application of authentik. The issuer is the one that its
// provider shows, such as https://auth.example.com/application/o/<slug>/; leave the
// issuer mode at one per provider. The provider needs a signing key and no encryption
// key, the redirect URI <your URL>/auth/callback/authentik, and for a refresh token the
// scope mapping offline_access. Each refresh brings a new one.
//
// Since 2025.10 no address counts as verified unless a scope mapping of yours says so.
//
// https://docs.goauthentik.io/add-secure-apps/providers/oauth2/
func Authentik(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "authentik", Name: "Authentik",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: endingIn(issuer, "/"),
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#fd4b2d", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.goauthentik.io/add-secure-apps/providers/oauth2/",
			Refresh: sometimes, Rotation: yes, Revocation: yes, Logout: yes,
			Email: "email_verified, as the scope mapping email says", Subject: "as the provider's subject mode says, by default a hash, the same in all applications",
			Note: "refresh tokens need the scope mapping offline_access; without a signing key ID tokens cannot be verified",
		},

		example: "https://auth.example.com/application/o/YOUR_APPLICATION/",
	}, options...)
}

// CloudFoundry is sign-in with a UAA, the server of Cloud Foundry. The issuer is its
// URL, such as https://uaa.example.com, with /oauth/token or without. The client needs
// the grant type authorization_code, the scope openid and the redirect URI
// <your URL>/auth/callback/cloudfoundry; refresh tokens need the grant type
// refresh_token. With the scope profile the given and the family name come too.
//
// https://docs.cloudfoundry.org/api/uaa/
func CloudFoundry(clientID, clientSecret, issuer string, options ...Option) Provider {
	issuer = endingIn(strings.TrimSuffix(issuer, "/"), "/oauth/token")
	return OIDC(Config{
		ID: "cloudfoundry", Name: "Cloud Foundry",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: issuer, DiscoveryURL: endingIn(strings.TrimSuffix(issuer, "/oauth/token"), "/.well-known/openid-configuration"),
		Scopes:    []string{"openid"},
		AuthStyle: oauth2.AuthStyleInParams, // the header is not decoded
		Fields:    Fields{Name: "name|given_name family_name|user_name"},
		Style:     Style{Background: "#0c9ed5", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://docs.cloudfoundry.org/api/uaa/",
			Refresh: sometimes, Rotation: sometimes, Revocation: no, Logout: no,
			Email: "email_verified", Subject: "UUID, the same in all clients of the zone",
		},

		example: "https://uaa.example.com/oauth/token",
	}, options...)
}

// Duende is sign-in with a Duende IdentityServer. The issuer is the server's URL, such
// as https://identity.example.com. The client needs the redirect URI
// <your URL>/auth/callback/duende-identity-server6 and the scopes openid, profile and
// email. If it has AllowOfflineAccess, [WithScopes] with offline_access brings a refresh
// token; without, that scope is refused.
//
// https://docs.duendesoftware.com/identityserver/
func Duende(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "duende-identity-server6", Name: "Duende IdentityServer",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#4d2fb2", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://docs.duendesoftware.com/identityserver/",
			Refresh: onRequest, Rotation: sometimes, Revocation: byMetadata, Logout: byMetadata,
			Email: "email_verified, if the server's profile service tells it", Subject: "as the server has it, the same in all clients",
		},

		example: "https://identity.example.com",
	}, options...)
}

// FusionAuth is sign-in with FusionAuth. The issuer is the URL that the tenant's
// settings have as issuer, which has to be changed there from acme.com to the server's
// URL, such as https://auth.example.com, or for a further tenant to that with the
// tenant's id behind it. The application needs the grant "Authorization Code", the
// redirect URL <your URL>/auth/callback/fusionauth, and under "JWT" a key with RS256 or
// ES256 for ID tokens, since with the default one they cannot be verified. Refresh
// tokens need "Generate refresh tokens" and the grant "Refresh Token".
//
// https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints
func FusionAuth(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "fusionauth", Name: "FusionAuth",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Fields: Fields{Name: "name|given_name middle_name family_name|preferred_username"},
		Style:  Style{Background: "#f58320", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints",
			Refresh: sometimes, Rotation: sometimes, Revocation: byMetadata, Logout: byMetadata,
			Email: "email_verified", Subject: "UUID, the same in all applications of the tenant",
			Note: "the tenant's issuer has to be a URL, and ID tokens need an asymmetric key",
		},

		example: "https://auth.example.com",
	}, options...)
}

// Hydra is sign-in with Ory Hydra or the Ory Network. The issuer is what the server has
// as urls.self.issuer, to the letter, such as https://example.projects.oryapis.com. The
// client needs the redirect URI <your URL>/auth/callback/hydra and the scopes openid,
// profile and email. If it may have offline_access, [WithScopes] with that brings a
// refresh token, and each refresh a new one.
//
// https://www.ory.com/docs/hydra
func Hydra(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "hydra", Name: "Ory Hydra",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: issuer, // of which some end in a slash, and some do not
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#0f172a", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://www.ory.com/docs/hydra",
			Refresh: onRequest, Rotation: yes, Revocation: yes, Logout: yes,
			Email: "email_verified, as the consent application says", Subject: "as the login application says",
		},

		example: "https://YOUR_PROJECT.projects.oryapis.com",
	}, options...)
}

// IdentityServer4 is sign-in with an IdentityServer4, which has had no support since
// 2022. It is used as [Duende] is, with the callback path
// /auth/callback/identity-server4.
//
// https://identityserver4.readthedocs.io
func IdentityServer4(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "identity-server4", Name: "IdentityServer4",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#1b6ec2", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://identityserver4.readthedocs.io",
			Refresh: onRequest, Rotation: sometimes, Revocation: byMetadata, Logout: byMetadata,
			Email: "email_verified, if the server's profile service tells it", Subject: "as the server has it, the same in all clients",
			Note: "out of support since 2022",
		},

		example: "https://identity.example.com",
	}, options...)
}

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
		Style:  Style{Background: "#428bca", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://www.keycloak.org/securing-apps/oidc-layers",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: yes,
			Email: "email_verified, which the realm's administrators can set too", Subject: "UUID, the same in all clients of the realm",
			Note: "the scope offline_access makes refresh tokens outlive the session",
		},

		example: "https://sso.example.com/realms/main",
	}, options...)
}

// Logto is sign-in with Logto. Create a "Traditional web" application with the redirect
// URI <your URL>/auth/callback/logto. The issuer is the endpoint with /oidc, such as
// https://example.logto.app/oidc.
//
// The prompt consent goes with offline_access, for a refresh token.
//
// https://docs.logto.io/integrate-logto/application-data-structure
func Logto(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "logto", Name: "Logto",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: endingIn(strings.TrimSuffix(issuer, "/"), "/oidc"),
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Params: map[string][]string{"prompt": {"consent"}},
		Fields: Fields{Name: "name|username"},
		Style:  Style{Background: "#5d34f2", Text: "#ffffff"},

		Algorithms: []string{"ES384"}, // its default
		Facts: Facts{
			Docs: "https://docs.logto.io/integrate-logto/application-data-structure", Console: "https://cloud.logto.io",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: yes,
			Email: "email_verified", Subject: "text of 12 characters, the same in all applications of the tenant",
		},

		example: "https://YOUR_TENANT.logto.app/oidc",
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
		Facts: Facts{
			Docs:    "https://zitadel.com/docs/guides/integrate/login/oidc",
			Refresh: sometimes, Rotation: yes, Revocation: yes, Logout: yes,
			Email: "email_verified", Subject: "number, the same in all applications of the instance",
			Note: "refresh tokens need the grant Refresh Token in the application's settings",
		},

		example: "https://YOUR_DOMAIN.zitadel.cloud",
	}, options...)
}
