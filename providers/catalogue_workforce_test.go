package providers_test

import (
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// workforceEntries are the platforms for a company's own people.
func workforceEntries() map[string]entry {
	const beyond = "https://auth-us.beyondidentity.com/v1/tenants/00012da391ea206d/realms/862e4b72cfdce072/applications/a3b5c6d7"
	return map[string]entry{
		"beyondidentity": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.BeyondIdentity("app", "secret", beyond, o...)
			},
			authorize: beyond + "/authorize?scope=openid+profile+email",
			openid: &openid{
				issuer: beyond,
				metadata: map[string]any{
					"authorization_endpoint": beyond + "/authorize",
					"token_endpoint":         beyond + "/token",
					"userinfo_endpoint":      beyond + "/userinfo",
					"jwks_uri":               beyond + "/.well-known/jwks.json",
					"revocation_endpoint":    beyond + "/revoke",
					"end_session_endpoint":   nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims: map[string]any{"name": "Ada Lovelace", "preferred_username": "ada", "email": "ada@example.com", "email_verified": nil},
			},
			user:  providers.User{ID: "ada", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope: "openid profile email", expiry: time.Hour,
		},
		"okta": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Okta("app", "secret", "https://example.okta.com/oauth2/default", o...)
			},
			authorize: "https://example.okta.com/oauth2/default/v1/authorize?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://example.okta.com/oauth2/default",
				metadata: map[string]any{
					"authorization_endpoint":                "https://example.okta.com/oauth2/default/v1/authorize",
					"token_endpoint":                        "https://example.okta.com/oauth2/default/v1/token",
					"userinfo_endpoint":                     "https://example.okta.com/oauth2/default/v1/userinfo",
					"jwks_uri":                              "https://example.okta.com/oauth2/default/v1/keys",
					"revocation_endpoint":                   "https://example.okta.com/oauth2/default/v1/revoke",
					"end_session_endpoint":                  "https://example.okta.com/oauth2/default/v1/logout",
					"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"},
				},
				claims:  map[string]any{"name": "Ada Lovelace", "email": "ada@example.com", "preferred_username": "ada@example.com"},
				idToken: map[string]any{"email_verified": nil}, // it is in the user info
			},
			user:   providers.User{ID: "00uid4BxXw6I6TV4m0g3", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: false},
			scope:  "openid profile email offline_access",
			expiry: time.Hour,
			logout: "https://example.okta.com/oauth2/default/v1/logout?" + signedOut,
		},
		"onelogin": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.OneLogin("app", "secret", "https://acme.onelogin.com", o...)
			},
			authorize: "https://acme.onelogin.com/oidc/2/auth?scope=openid+profile+email",
			openid: &openid{
				issuer: "https://acme.onelogin.com/oidc/2",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://acme.onelogin.com/oidc/2/auth",
					"token_endpoint":                                 "https://acme.onelogin.com/oidc/2/token",
					"userinfo_endpoint":                              "https://acme.onelogin.com/oidc/2/me",
					"jwks_uri":                                       "https://acme.onelogin.com/oidc/2/certs",
					"revocation_endpoint":                            "https://acme.onelogin.com/oidc/2/token/revocation",
					"end_session_endpoint":                           "https://acme.onelogin.com/oidc/2/logout",
					"scopes_supported":                               []string{"openid", "name", "profile", "groups", "email", "params", "phone"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
					"code_challenge_methods_supported":               nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "email": "ada@example.com", "email_verified": nil, "preferred_username": "ada", "groups": []string{"Staff"}},
				offline: true,
			},
			user:  providers.User{ID: "37213721", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope: "openid profile email", expiry: time.Hour,
			logout: "https://acme.onelogin.com/oidc/2/logout?" + signedOut,
		},
		"ping-id": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.PingID("app", "secret", "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as", o...)
			},
			authorize: "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/authorize?scope=openid+profile+email",
			openid: &openid{
				issuer: "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/authorize",
					"token_endpoint":                                 "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/token",
					"userinfo_endpoint":                              "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/userinfo",
					"jwks_uri":                                       "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/jwks",
					"revocation_endpoint":                            "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/revoke",
					"end_session_endpoint":                           "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/signoff",
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"},
					"code_challenge_methods_supported":               []string{"plain", "S256"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": nil, "given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.com", "email_verified": false},
				idToken: map[string]any{"given_name": nil, "family_name": nil, "email": nil, "email_verified": nil, "acr": "Single_Factor", "env": "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6"},
				offline: true,
			},
			user:  providers.User{ID: "5e1b6a3c-8d37-4a8c-9c0a-6d9f5c8e2b17", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope: "openid profile email", expiry: time.Hour,
			logout: "https://auth.pingone.eu/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6/as/signoff?" + signedOut,
		},
		"salesforce": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Salesforce("app", "secret", "https://example.my.salesforce.com/", append(o, providers.WithScopes("refresh_token"))...)
			},
			authorize: "https://example.my.salesforce.com/services/oauth2/authorize?scope=openid+profile+email+refresh_token",
			openid: &openid{
				issuer: "https://example.my.salesforce.com",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://example.my.salesforce.com/services/oauth2/authorize",
					"token_endpoint":                                 "https://example.my.salesforce.com/services/oauth2/token",
					"userinfo_endpoint":                              "https://example.my.salesforce.com/services/oauth2/userinfo",
					"jwks_uri":                                       "https://example.my.salesforce.com/id/keys",
					"revocation_endpoint":                            "https://example.my.salesforce.com/services/oauth2/revoke",
					"end_session_endpoint":                           nil,
					"scopes_supported":                               []string{"offline_access", "id", "api", "email", "address", "openid", "profile", "refresh_token", "phone", "full"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post", "client_secret_basic", "private_key_jwt"},
					"code_challenge_methods_supported":               nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims: map[string]any{
					"user_id": "005x00000012Q9P", "organization_id": "00Dx00000001hxy", "preferred_username": "ada@example.org",
					"nickname": "ada", "name": "Ada Lovelace", "email": "ada@example.com", "picture": "https://example.my.salesforce.com/profilephoto/005/F",
				},
				idToken: map[string]any{"name": nil, "email": nil, "email_verified": nil, "picture": nil, "preferred_username": nil, "nickname": nil}, // unless the app is set to include them
				tokens: map[string]any{
					"expires_in": nil, "scope": "refresh_token openid profile email", "issued_at": "1790000000000", "signature": "0CmxinZir53Yex7nE0TD+zMpvIWYGb/bdJh6XfOH6EQ=",
					"instance_url": "https://example.my.salesforce.com", "id": "https://login.salesforce.com/id/00Dx00000001hxy/005x00000012Q9P",
				},
				offline: true,
			},
			user: providers.User{
				ID: "https://login.salesforce.com/id/00Dx00000001hxy/005x00000012Q9P", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true,
				Image: "https://example.my.salesforce.com/profilephoto/005/F",
			},
			scope: "refresh_token openid profile email",
		},
		"workos": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.WorkOS("app", "secret", append(o, providers.WithParam("organization", "org_01EHWNCE74X7JSDV0X3SZ3KJNY"))...)
			},
			authorize: "https://api.workos.com/sso/authorize?organization=org_01EHWNCE74X7JSDV0X3SZ3KJNY",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://api.workos.com/sso/authorize",
				TokenURL:    "https://api.workos.com/sso/token",
				UserInfoURL: "https://api.workos.com/sso/profile",
				Client:      providertest.PostClient("client_id", "client_secret"),
				Tokens:      `{"token_type":"Bearer","access_token":"{access}","expires_in":600,"profile":` + workosProfile + `}`,
				Profile:     workosProfile,
				Spent:       `{"error":"invalid_grant","error_description":"The code '01E2RJ4C05B52KKZ8FSRDAP23J' has expired or is invalid."}`,
			},
			user:   providers.User{ID: "prof_01DMC79VCBZ0NY2099737PSVF1", Name: "Todd Rundgren", Email: "todd@example.com"},
			expiry: 10 * time.Minute,
		},
	}
}

// workosProfile is the profile of WorkOS' documentation.
const workosProfile = `{"object":"profile","id":"prof_01DMC79VCBZ0NY2099737PSVF1","connection_id":"conn_01E4ZCR3C56J083X43JQXF3JK5",
	"connection_type":"OktaSAML","organization_id":"org_01EHWNCE74X7JSDV0X3SZ3KJNY","email":"todd@example.com","first_name":"Todd",
	"last_name":"Rundgren","idp_id":"00u1a0ufowBJlzPlk357","role":{"slug":"admin"},"groups":[],"custom_attributes":{},"raw_attributes":{}}`
