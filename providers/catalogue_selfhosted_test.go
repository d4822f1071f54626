package providers_test

import (
	"net/http"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func selfHostedEntries() map[string]entry {
	return map[string]entry{
		"authentik": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Authentik("app", "secret", "https://auth.example.com/application/o/wiki", o...)
			},
			authorize: "https://auth.example.com/application/o/authorize/?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://auth.example.com/application/o/wiki/",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://auth.example.com/application/o/authorize/",
					"token_endpoint":                                 "https://auth.example.com/application/o/token/",
					"userinfo_endpoint":                              "https://auth.example.com/application/o/userinfo/",
					"jwks_uri":                                       "https://auth.example.com/application/o/wiki/jwks/",
					"revocation_endpoint":                            "https://auth.example.com/application/o/revoke/",
					"end_session_endpoint":                           "https://auth.example.com/application/o/wiki/end-session/",
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post", "client_secret_basic"},
					"code_challenge_methods_supported":               []string{"plain", "S256"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims: map[string]any{
					"name": "Ada Lovelace", "email": "ada@example.com", "email_verified": false, "preferred_username": "ada", "nickname": "ada", "groups": []string{},
				},
				idToken: map[string]any{"acr": "goauthentik.io/providers/oauth2/default", "amr": []string{"pwd"}},
			},
			user:  providers.User{ID: "b3f1a4d2c5e6978801122334455667788990aabbccddeeff00112233445566ff", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope: "openid profile email offline_access", expiry: time.Hour,
			logout: "https://auth.example.com/application/o/wiki/end-session/?" + signedOut,
		},
		"boxyhq-saml": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Polis("app", "secret", "https://sso.example.com/", append(o, providers.WithParam("tenant", "acme"), providers.WithParam("product", "crm"))...)
			},
			authorize: "https://sso.example.com/api/oauth/authorize?product=crm&tenant=acme",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://sso.example.com/api/oauth/authorize",
				TokenURL:    "https://sso.example.com/api/oauth/token",
				UserInfoURL: "https://sso.example.com/api/oauth/userinfo",
				Client:      providertest.PostClient("client_id", "client_secret"),
				Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":300}`,
				Profile: `{"id":"32b5af58fdf","email":"jackson@example.com","firstName":"SAML","lastName":"Jackson","roles":[],"groups":[],
					"raw":{},"requested":{"tenant":"acme","product":"crm","client_id":"app"}}`,
				Spent:       `Invalid code`,
				SpentStatus: http.StatusForbidden,
			},
			user:   providers.User{ID: "32b5af58fdf", Name: "SAML Jackson", Email: "jackson@example.com"},
			expiry: 5 * time.Minute,
		},
		"cloudfoundry": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.CloudFoundry("app", "secret", "https://uaa.example.com", o...)
			},
			authorize: "https://uaa.example.com/oauth/authorize?scope=openid",
			openid: &openid{
				issuer:    "https://uaa.example.com/oauth/token",
				discovery: "https://uaa.example.com/.well-known/openid-configuration",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://uaa.example.com/oauth/authorize",
					"token_endpoint":                                 "https://uaa.example.com/oauth/token",
					"userinfo_endpoint":                              "https://uaa.example.com/userinfo",
					"jwks_uri":                                       "https://uaa.example.com/token_keys",
					"revocation_endpoint":                            nil,
					"end_session_endpoint":                           nil,
					"scopes_supported":                               []string{"openid", "profile", "email", "phone", "roles", "user_attributes"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
					"code_challenge_methods_supported":               nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims: map[string]any{"email": "ada@example.com", "user_name": "ada"},
				idToken: map[string]any{
					"aud": []string{"app"}, "azp": "app", "cid": "app", "client_id": "app", "origin": "uaa", "zid": "uaa", "grant_type": "authorization_code",
					"rev_sig": "bf2c2d6c", "sid": nil, "at_hash": nil,
				},
				tokens:  map[string]any{"token_type": "bearer", "jti": "acb6803a48114d9fb4761e403c17f812"},
				offline: true,
			},
			user:  providers.User{ID: "7f791ea9-9b78-4a2f-ad37-0bb5ea2c4e3c", Name: "ada", Email: "ada@example.com", EmailVerified: true},
			scope: "openid", expiry: time.Hour,
		},
		"duende-identity-server6": identityServer(providers.Duende, true),
		"fusionauth": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.FusionAuth("app", "secret", "https://auth.example.com/d7d09513-a3f5-401c-9685-34ab6c552453", o...)
			},
			authorize: "https://auth.example.com/oauth2/authorize?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://auth.example.com/d7d09513-a3f5-401c-9685-34ab6c552453",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://auth.example.com/oauth2/authorize",
					"token_endpoint":                                 "https://auth.example.com/oauth2/token",
					"userinfo_endpoint":                              "https://auth.example.com/oauth2/userinfo",
					"jwks_uri":                                       "https://auth.example.com/.well-known/jwks.json",
					"end_session_endpoint":                           "https://auth.example.com/oauth2/logout",
					"revocation_endpoint":                            nil,
					"scopes_supported":                               []string{"openid", "offline_access"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
					"id_token_signing_alg_values_supported":          []string{"ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": nil, "given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.com"},
				idToken: map[string]any{"given_name": nil, "family_name": nil, "applicationId": "app", "roles": []string{}, "authenticationType": "PASSWORD"},
				tokens:  map[string]any{"userId": "00000000-0000-0001-0000-000000000000", "refresh_token_id": "1aa2bb"},
			},
			user:  providers.User{ID: "00000000-0000-0001-0000-000000000000", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true},
			scope: "openid profile email offline_access", expiry: time.Hour,
			logout: "https://auth.example.com/oauth2/logout?" + signedOut,
		},
		"hydra": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Hydra("app", "secret", "https://hydra.example.com/", append(o, providers.WithScopes("offline_access"))...)
			},
			authorize: "https://hydra.example.com/oauth2/auth?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://hydra.example.com/", // with a slash, as Hydra 1 has it
				metadata: map[string]any{
					"authorization_endpoint":                         "https://hydra.example.com/oauth2/auth",
					"token_endpoint":                                 "https://hydra.example.com/oauth2/token",
					"userinfo_endpoint":                              "https://hydra.example.com/userinfo",
					"jwks_uri":                                       "https://hydra.example.com/.well-known/jwks.json",
					"revocation_endpoint":                            "https://hydra.example.com/oauth2/revoke",
					"end_session_endpoint":                           "https://hydra.example.com/oauth2/sessions/logout",
					"scopes_supported":                               []string{"offline_access", "offline", "openid"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post", "client_secret_basic", "private_key_jwt", "none"},
					"code_challenge_methods_supported":               []string{"plain", "S256"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "email": "ada@example.com"},
				idToken: map[string]any{"aud": []string{"app"}, "rat": time.Now().Unix(), "jti": "0f1c"},
				tokens:  map[string]any{"token_type": "bearer"},
			},
			user:  providers.User{ID: "f6e0a1d0-4b8c-4a6f-8f5a-6f3b2c1d0e9f", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true},
			scope: "openid profile email offline_access", expiry: time.Hour,
			logout: "https://hydra.example.com/oauth2/sessions/logout?" + signedOut,
		},
		"identity-server4": identityServer(providers.IdentityServer4, nil),
		"keycloak": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Keycloak("app", "secret", "https://sso.example.com/realms/main", o...)
			},
			authorize: "https://sso.example.com/realms/main/protocol/openid-connect/auth?scope=openid+profile+email",
			openid: &openid{
				issuer: "https://sso.example.com/realms/main",
				metadata: map[string]any{
					"authorization_endpoint":                "https://sso.example.com/realms/main/protocol/openid-connect/auth",
					"token_endpoint":                        "https://sso.example.com/realms/main/protocol/openid-connect/token",
					"userinfo_endpoint":                     "https://sso.example.com/realms/main/protocol/openid-connect/userinfo",
					"jwks_uri":                              "https://sso.example.com/realms/main/protocol/openid-connect/certs",
					"revocation_endpoint":                   "https://sso.example.com/realms/main/protocol/openid-connect/revoke",
					"end_session_endpoint":                  "https://sso.example.com/realms/main/protocol/openid-connect/logout",
					"token_endpoint_auth_methods_supported": []string{"private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "client_secret_jwt"},
					"code_challenge_methods_supported":      []string{"plain", "S256"},
				},
				claims:  map[string]any{"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "preferred_username": "ada", "email": "ada@example.com"},
				idToken: map[string]any{"typ": "ID", "azp": "app", "acr": "1"},
				tokens:  map[string]any{"refresh_expires_in": 1800, "not-before-policy": 0, "session_state": "bf71d01f-3a7c-474a-92c7-6c395cb95fc6"},
				offline: true,
			},
			user:  providers.User{ID: "f7a3c1b2-0f9e-4d0c-8e37-9f5d9f3d8a11", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true},
			scope: "openid profile email", expiry: time.Hour,
			logout: "https://sso.example.com/realms/main/protocol/openid-connect/logout?" + signedOut,
		},
		"logto": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Logto("app", "secret", "https://example.logto.app/", o...)
			},
			authorize: "https://example.logto.app/oidc/auth?prompt=consent&scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://example.logto.app/oidc",
				metadata: map[string]any{
					"authorization_endpoint": "https://example.logto.app/oidc/auth",
					"token_endpoint":         "https://example.logto.app/oidc/token",
					"userinfo_endpoint":      "https://example.logto.app/oidc/me",
					"jwks_uri":               "https://example.logto.app/oidc/jwks",
					"revocation_endpoint":    "https://example.logto.app/oidc/token/revocation",
					"end_session_endpoint":   "https://example.logto.app/oidc/session/end",
				},
				claims:  map[string]any{"name": nil, "username": "ada", "picture": nil, "email": "ada@example.com"},
				idToken: map[string]any{"name": nil, "sid": nil},
			},
			user:  providers.User{ID: "h5pqx0ej9zcw", Name: "ada", Email: "ada@example.com", EmailVerified: true},
			scope: "openid profile email offline_access", expiry: time.Hour,
			logout: "https://example.logto.app/oidc/session/end?" + signedOut,
		},
		"zitadel": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.ZITADEL("app", "secret", "https://example.zitadel.cloud", o...)
			},
			authorize: "https://example.zitadel.cloud/oauth/v2/authorize?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://example.zitadel.cloud",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://example.zitadel.cloud/oauth/v2/authorize",
					"token_endpoint":                                 "https://example.zitadel.cloud/oauth/v2/token",
					"userinfo_endpoint":                              "https://example.zitadel.cloud/oidc/v1/userinfo",
					"jwks_uri":                                       "https://example.zitadel.cloud/oauth/v2/keys",
					"revocation_endpoint":                            "https://example.zitadel.cloud/oauth/v2/revoke",
					"end_session_endpoint":                           "https://example.zitadel.cloud/oidc/v1/end_session",
					"token_endpoint_auth_methods_supported":          []string{"none", "client_secret_basic", "client_secret_post", "private_key_jwt"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "preferred_username": "ada@example.zitadel.cloud", "email": "ada@example.com"},
				idToken: map[string]any{"name": nil, "email": nil, "email_verified": nil, "aud": []string{"app", "170086824411201793"}, "azp": "app"},
			},
			user:  providers.User{ID: "170086363054473473", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true},
			scope: "openid profile email offline_access", expiry: time.Hour,
			logout: "https://example.zitadel.cloud/oidc/v1/end_session?" + signedOut,
		},
	}
}

// identityServer is a server of the family of IdentityServer. Duende's names itself in
// callbacks.
func identityServer(constructor func(id, secret, issuer string, options ...providers.Option) providers.Provider, sendsIssuer any) entry {
	return entry{
		make: func(o ...providers.Option) providers.Provider {
			return constructor("app", "secret", "https://identity.example.com", append(o, providers.WithScopes("offline_access"))...)
		},
		authorize: "https://identity.example.com/connect/authorize?scope=openid+profile+email+offline_access",
		openid: &openid{
			issuer: "https://identity.example.com",
			metadata: map[string]any{
				"authorization_endpoint":                         "https://identity.example.com/connect/authorize",
				"token_endpoint":                                 "https://identity.example.com/connect/token",
				"userinfo_endpoint":                              "https://identity.example.com/connect/userinfo",
				"jwks_uri":                                       "https://identity.example.com/.well-known/openid-configuration/jwks",
				"revocation_endpoint":                            "https://identity.example.com/connect/revocation",
				"end_session_endpoint":                           "https://identity.example.com/connect/endsession",
				"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
				"code_challenge_methods_supported":               []string{"plain", "S256"},
				"authorization_response_iss_parameter_supported": sendsIssuer,
			},
			claims:  map[string]any{"name": "Alice Smith", "given_name": "Alice", "email": "AliceSmith@email.example"},
			idToken: map[string]any{"name": nil, "given_name": nil, "email": nil, "email_verified": nil, "idp": "local", "amr": []string{"pwd"}},
		},
		user:  providers.User{ID: "818727", Name: "Alice Smith", Email: "AliceSmith@email.example", EmailVerified: true},
		scope: "openid profile email offline_access", expiry: time.Hour,
		logout: "https://identity.example.com/connect/endsession?" + signedOut,
	}
}
