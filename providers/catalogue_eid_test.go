package providers_test

import (
	"time"

	"github.com/sealedauth/auth/providers"
)

// eidEntries are identities that a person has, whatever the application.
func eidEntries() map[string]entry {
	return map[string]entry{
		"bankid-no": {
			make:      func(o ...providers.Option) providers.Provider { return providers.BankIDNorway("app", "secret", o...) },
			authorize: "https://auth.bankid.no/auth/realms/prod/precheck/auth?scope=openid+profile",
			openid: &openid{
				issuer: "https://auth.bankid.no/auth/realms/prod",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://auth.bankid.no/auth/realms/prod/precheck/auth",
					"token_endpoint":                                 "https://auth.bankid.no/auth/realms/prod/protocol/openid-connect/token",
					"userinfo_endpoint":                              "https://userinfo.bankid.no/userinfo",
					"jwks_uri":                                       "https://auth.bankid.no/auth/realms/prod/protocol/openid-connect/certs",
					"end_session_endpoint":                           "https://auth.bankid.no/auth/realms/prod/protocol/openid-connect/logout",
					"revocation_endpoint":                            nil,
					"require_pushed_authorization_requests":          false,
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post", "client_secret_basic", "private_key_jwt"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims: map[string]any{
					"name": "Kari Nordmann", "given_name": "Kari", "family_name": "Nordmann", "preferred_username": "Nordmann, Kari",
					"birthdate": "1980-03-09", "email_verified": nil,
				},
				idToken: map[string]any{"azp": "app", "acr": "urn:bankid:bid;LOA=4", "amr": []string{"BID"}, "bankid_altsub": "9578-6000-4-127698", "typ": "ID"},
				offline: true,
			},
			user:  providers.User{ID: "b3f4d919-8cc5-413c-9e11-3c2c675b2f8f", Name: "Kari Nordmann"},
			scope: "openid profile", expiry: time.Hour,
			logout: "https://auth.bankid.no/auth/realms/prod/protocol/openid-connect/logout?" + signedOut,
		},
		"simplelogin": {
			make:      func(o ...providers.Option) providers.Provider { return providers.SimpleLogin("app", "secret", o...) },
			authorize: "https://app.simplelogin.io/oauth2/authorize?scope=openid",
			openid: &openid{
				issuer: "https://app.simplelogin.io",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://app.simplelogin.io/oauth2/authorize",
					"token_endpoint":                                 "https://app.simplelogin.io/oauth2/token",
					"userinfo_endpoint":                              "https://app.simplelogin.io/oauth2/userinfo",
					"jwks_uri":                                       "https://app.simplelogin.io/jwks",
					"revocation_endpoint":                            nil,
					"end_session_endpoint":                           nil,
					"scopes_supported":                               nil,
					"code_challenge_methods_supported":               nil,
					"token_endpoint_auth_methods_supported":          nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"id": 42, "client": "App", "name": "Ada", "email": "app.x7k@simplelogin.co", "avatar_url": "https://static.example.com/ada.png"},
				idToken: map[string]any{"at_hash": nil, "sid": nil},
				tokens:  map[string]any{"user": map[string]any{"id": 42, "email": "app.x7k@simplelogin.co"}},
			},
			user:  providers.User{ID: "42", Name: "Ada", Email: "app.x7k@simplelogin.co", EmailVerified: true, Image: "https://static.example.com/ada.png"},
			scope: "openid", expiry: time.Hour,
			denied: "deny",
		},
		"vipps": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Vipps("app", "secret", o...) },
			authorize: "https://api.vipps.no/access-management-1.0/access/oauth2/auth?scope=openid+name+email",
			openid: &openid{
				issuer: "https://api.vipps.no/access-management-1.0/access/",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://api.vipps.no/access-management-1.0/access/oauth2/auth",
					"token_endpoint":                                 "https://api.vipps.no/access-management-1.0/access/oauth2/token",
					"userinfo_endpoint":                              "https://api.vipps.no/vipps-userinfo-api/userinfo",
					"jwks_uri":                                       "https://api.vipps.no/access-management-1.0/access/.well-known/jwks.json",
					"revocation_endpoint":                            nil,
					"end_session_endpoint":                           nil,
					"scopes_supported":                               []string{"openid", "address", "name", "email", "phoneNumber", "nnin", "birthDate"},
					"subject_types_supported":                        []string{"pairwise"},
					"code_challenge_methods_supported":               nil,
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.com"},
				idToken: map[string]any{"name": nil, "given_name": nil, "family_name": nil, "email": nil, "email_verified": nil, "acr": "urn:vipps:acr:app_auth"},
			},
			user:  providers.User{ID: "c06c4afe-d9e1-4c5d-939a-177d752a0944", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true},
			scope: "openid name email", expiry: time.Hour,
		},
	}
}
