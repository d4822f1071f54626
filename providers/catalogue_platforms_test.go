package providers_test

import (
	"maps"
	"time"

	"github.com/sealedauth/auth/providers"
)

// signedOut is what logout URLs have in common.
const signedOut = "client_id=app&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fauth%2Fsigned-out&state=the-state"

func platformEntries() map[string]entry {
	all := customerEntries()
	maps.Copy(all, workforceEntries())
	maps.Copy(all, eidEntries())
	return all
}

// customerEntries are the platforms for an application's own customers.
func customerEntries() map[string]entry {
	return map[string]entry{
		"asgardeo": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Asgardeo("app", "secret", "https://api.asgardeo.io/t/bifrost", o...)
			},
			authorize: "https://api.asgardeo.io/t/bifrost/oauth2/authorize?scope=openid+profile+email",
			openid: &openid{
				issuer: "https://api.asgardeo.io/t/bifrost/oauth2/token",
				metadata: map[string]any{
					"authorization_endpoint": "https://api.asgardeo.io/t/bifrost/oauth2/authorize",
					"token_endpoint":         "https://api.asgardeo.io/t/bifrost/oauth2/token",
					"userinfo_endpoint":      "https://api.asgardeo.io/t/bifrost/oauth2/userinfo",
					"jwks_uri":               "https://api.asgardeo.io/t/bifrost/oauth2/jwks",
					"revocation_endpoint":    "https://api.asgardeo.io/t/bifrost/oauth2/revoke",
					"end_session_endpoint":   "https://api.asgardeo.io/t/bifrost/oidc/logout",
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": nil, "given_name": "Ada", "username": "ada@example.com", "preferred_username": "ada@example.com", "email": "ada@example.com", "email_verified": nil},
				idToken: map[string]any{"azp": "app", "amr": []string{"BasicAuthenticator"}},
				offline: true,
			},
			user:  providers.User{ID: "4d0d0a23-1b6b-4f4a-9a4f-0b1b7a7e6a0c", Name: "ada@example.com", Email: "ada@example.com"},
			scope: "openid profile email", expiry: time.Hour,
			logout: "https://api.asgardeo.io/t/bifrost/oidc/logout?" + signedOut,
		},
		"auth0": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Auth0("app", "secret", "https://example.eu.auth0.com", o...)
			},
			authorize: "https://example.eu.auth0.com/authorize?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://example.eu.auth0.com/",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://example.eu.auth0.com/authorize",
					"token_endpoint":                                 "https://example.eu.auth0.com/oauth/token",
					"userinfo_endpoint":                              "https://example.eu.auth0.com/userinfo",
					"jwks_uri":                                       "https://example.eu.auth0.com/.well-known/jwks.json",
					"revocation_endpoint":                            "https://example.eu.auth0.com/oauth/revoke",
					"end_session_endpoint":                           "https://example.eu.auth0.com/oidc/logout",
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"},
					"code_challenge_methods_supported":               []string{"S256", "plain"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims: map[string]any{
					"nickname": "ada", "name": "Ada Lovelace", "email": "ada@example.com",
					"picture": "https://s.gravatar.com/avatar/ada", "updated_at": "2026-10-01T10:00:00.000Z",
				},
			},
			user: providers.User{
				ID: "auth0|5f7c8ec7c33c6c004bbafe82", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true,
				Image: "https://s.gravatar.com/avatar/ada",
			},
			scope: "openid profile email offline_access", expiry: time.Hour,
			logout: "https://example.eu.auth0.com/oidc/logout?" + signedOut,
		},
		"azure-ad-b2c": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.AzureADB2C("app", "secret", "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/v2.0", o...)
			},
			authorize: "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/oauth2/v2.0/authorize?scope=openid+offline_access+app",
			openid: &openid{
				issuer: "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/v2.0/",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/oauth2/v2.0/authorize",
					"token_endpoint":                                 "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/oauth2/v2.0/token",
					"end_session_endpoint":                           "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/oauth2/v2.0/logout",
					"jwks_uri":                                       "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/discovery/v2.0/keys",
					"userinfo_endpoint":                              nil,
					"revocation_endpoint":                            nil,
					"scopes_supported":                               []string{"openid"},
					"subject_types_supported":                        []string{"pairwise"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post", "client_secret_basic"},
					"code_challenge_methods_supported":               nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "email": nil, "email_verified": nil, "emails": []string{"ada@example.com", "ada@home.example"}, "idp": "LocalAccount"},
				idToken: map[string]any{"ver": "1.0", "tfp": "B2C_1_signin", "nbf": time.Now().Unix(), "sid": nil},
				tokens: map[string]any{
					"not_before": time.Now().Unix(), "expires_in": "3600", "profile_info": "eyJ2ZXIiOiIxLjAifQ", "refresh_token_expires_in": 1209600,
				},
			},
			user:  providers.User{ID: "884408e1-2918-4cd0-b12d-3aa027d7563b", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope: "openid offline_access app", expiry: time.Hour,
			logout: "https://contoso.b2clogin.com/tfp/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_signin/oauth2/v2.0/logout?" + signedOut,
		},
		"cognito": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Cognito("app", "secret", "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE", o...)
			},
			authorize: "https://example.auth.us-east-1.amazoncognito.com/oauth2/authorize?scope=openid+profile+email",
			openid: &openid{
				issuer: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://example.auth.us-east-1.amazoncognito.com/oauth2/authorize",
					"token_endpoint":                                 "https://example.auth.us-east-1.amazoncognito.com/oauth2/token",
					"userinfo_endpoint":                              "https://example.auth.us-east-1.amazoncognito.com/oauth2/userInfo",
					"jwks_uri":                                       "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE/.well-known/jwks.json",
					"revocation_endpoint":                            "https://example.auth.us-east-1.amazoncognito.com/oauth2/revoke",
					"end_session_endpoint":                           "https://example.auth.us-east-1.amazoncognito.com/logout",
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
					"code_challenge_methods_supported":               nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": nil, "given_name": nil, "email": "ada@example.com"},
				idToken: map[string]any{"cognito:username": "ada", "token_use": "id", "event_id": "64f513be-32db-42b0-b78e-b02127b4f463", "sid": nil},
				tokens:  map[string]any{"scope": nil},
				offline: true,
			},
			user:  providers.User{ID: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", Name: "ada", Email: "ada@example.com", EmailVerified: true},
			scope: "openid profile email", expiry: time.Hour,
			logout: "https://example.auth.us-east-1.amazoncognito.com/logout?client_id=app&logout_uri=https%3A%2F%2Fapp.example.com%2Fauth%2Fsigned-out&state=the-state",
		},
		"descope": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Descope("app", "secret", o...) },
			authorize: "https://api.descope.com/oauth2/v1/authorize?scope=openid+profile+email",
			openid: &openid{
				issuer: "https://api.descope.com/app",
				metadata: map[string]any{
					"authorization_endpoint": "https://api.descope.com/oauth2/v1/authorize",
					"token_endpoint":         "https://api.descope.com/oauth2/v1/token",
					"userinfo_endpoint":      "https://api.descope.com/oauth2/v1/userinfo",
					"jwks_uri":               "https://api.descope.com/app/.well-known/jwks.json",
					"revocation_endpoint":    "https://api.descope.com/oauth2/v1/revoke",
					"end_session_endpoint":   "https://api.descope.com/oauth2/v1/logout",
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "email": "ada@example.com", "picture": "https://static.example.com/ada.png", "phone_number": "+15555550100", "phone_number_verified": true},
				offline: true,
			},
			user: providers.User{
				ID: "U2Ysk9SaVYh2RHcMYnTUN6cHSHmD", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true,
				Image: "https://static.example.com/ada.png",
			},
			scope: "openid profile email", expiry: time.Hour,
			logout: "https://api.descope.com/oauth2/v1/logout?" + signedOut,
		},
		"frontegg": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Frontegg("app", "secret", "https://example.frontegg.com/", o...)
			},
			authorize: "https://example.frontegg.com/oauth/authorize?scope=openid+profile+email",
			openid: &openid{
				issuer:    "https://example.frontegg.com",
				discovery: "https://example.frontegg.com/oauth/.well-known/openid-configuration",
				metadata: map[string]any{
					"authorization_endpoint": "https://example.frontegg.com/oauth/authorize",
					"token_endpoint":         "https://example.frontegg.com/oauth/token",
					"userinfo_endpoint":      "https://example.frontegg.com/oauth/userinfo",
					"jwks_uri":               "https://example.frontegg.com/.well-known/jwks.json",
					"revocation_endpoint":    nil,
					"end_session_endpoint":   nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "email": "ada@example.com", "profilePictureUrl": "https://fronteggprodeustorage.example.com/ada.png", "tenantId": "ad9e6a3f", "roles": []string{"Admin"}, "type": "userToken"},
				offline: true,
			},
			user: providers.User{
				ID: "9e1f1a3c-2b9d-4b0e-9a4e-1d6f5f4d3c2b", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true,
				Image: "https://fronteggprodeustorage.example.com/ada.png",
			},
			scope: "openid profile email", expiry: time.Hour,
		},
		"kinde": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Kinde("app", "secret", "https://example.kinde.com", o...)
			},
			authorize: "https://example.kinde.com/oauth2/auth?scope=openid+profile+email+offline",
			openid: &openid{
				issuer: "https://example.kinde.com",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://example.kinde.com/oauth2/auth",
					"token_endpoint":                                 "https://example.kinde.com/oauth2/token",
					"userinfo_endpoint":                              "https://example.kinde.com/oauth2/v2/user_profile",
					"jwks_uri":                                       "https://example.kinde.com/.well-known/jwks",
					"revocation_endpoint":                            "https://example.kinde.com/oauth2/revoke",
					"end_session_endpoint":                           "https://example.kinde.com/logout",
					"scopes_supported":                               []string{"address", "email", "event_hooks", "offline", "openid", "phone", "profile"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Jane Smith", "email": "jane.smith@example.com", "email_verified": nil, "given_name": "Jane", "family_name": "Smith"},
				idToken: map[string]any{"aud": []string{"https://example.kinde.com", "app"}, "azp": "app", "org_codes": []string{"org_9c1dbe7"}},
				offline: true,
			},
			user:  providers.User{ID: "kp_58ece9f68a7c4c098efc1cf45c774e16", Name: "Jane Smith", Email: "jane.smith@example.com"},
			scope: "openid profile email offline", expiry: time.Hour,
			logout: "https://example.kinde.com/logout?client_id=app&redirect=https%3A%2F%2Fapp.example.com%2Fauth%2Fsigned-out&state=the-state",
		},
		"united-effects": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.UnitedEffects("app", "secret", "https://auth.unitedeffects.com/OvYpzqVzJTy3N", o...)
			},
			authorize: "https://auth.unitedeffects.com/OvYpzqVzJTy3N/auth?scope=openid+email",
			openid: &openid{
				issuer: "https://auth.unitedeffects.com/OvYpzqVzJTy3N",
				metadata: map[string]any{
					"authorization_endpoint": "https://auth.unitedeffects.com/OvYpzqVzJTy3N/auth",
					"token_endpoint":         "https://auth.unitedeffects.com/OvYpzqVzJTy3N/token",
					"userinfo_endpoint":      "https://auth.unitedeffects.com/OvYpzqVzJTy3N/me",
					"jwks_uri":               "https://auth.unitedeffects.com/OvYpzqVzJTy3N/jwks",
					"revocation_endpoint":    "https://auth.unitedeffects.com/OvYpzqVzJTy3N/token/revocation",
					"end_session_endpoint":   "https://auth.unitedeffects.com/OvYpzqVzJTy3N/session/end",
				},
				claims:  map[string]any{"group": "OvYpzqVzJTy3N", "email": "ada@example.com", "email_verified": nil, "verified": true},
				idToken: map[string]any{"email": nil, "verified": nil}, // they are in the user info
			},
			user:  providers.User{ID: "7c2a9f6e-47f1-4a9a-9b57-2f3c1f6b8a10", Email: "ada@example.com", EmailVerified: true},
			scope: "openid email", expiry: time.Hour,
			logout: "https://auth.unitedeffects.com/OvYpzqVzJTy3N/session/end?" + signedOut,
		},
	}
}
