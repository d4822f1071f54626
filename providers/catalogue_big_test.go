package providers_test

import (
	"net/http"
	"net/url"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func bigEntries() map[string]entry {
	return map[string]entry{
		"apple": appleEntry(),
		"google": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Google("app", "secret", o...) },
			authorize: "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent&scope=openid+profile+email",
			openid: &openid{
				issuer: "https://accounts.google.com",
				metadata: map[string]any{
					"authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
					"token_endpoint":         "https://oauth2.googleapis.com/token",
					"userinfo_endpoint":      "https://openidconnect.googleapis.com/v1/userinfo",
					"revocation_endpoint":    "https://oauth2.googleapis.com/revoke",
					"jwks_uri":               "https://www.googleapis.com/oauth2/v3/certs",
					"end_session_endpoint":   nil,
					"authorization_response_iss_parameter_supported": nil,
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post", "client_secret_basic"},
				},
				claims: map[string]any{
					"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "email": "ada@gmail.com",
					"picture": "https://lh3.googleusercontent.com/a/x=s96-c",
				},
				tokens: map[string]any{
					"expires_in": 3599,
					"scope":      "openid https://www.googleapis.com/auth/userinfo.profile https://www.googleapis.com/auth/userinfo.email",
				},
				offline: true, noRotation: true,
			},
			user: providers.User{
				ID: "110169484474386276334", Name: "Ada Lovelace", Email: "ada@gmail.com", EmailVerified: true,
				Image: "https://lh3.googleusercontent.com/a/x=s96-c",
			},
			scope:  "openid https://www.googleapis.com/auth/userinfo.profile https://www.googleapis.com/auth/userinfo.email",
			expiry: 3599 * time.Second,
		},
		"microsoft-entra-id": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.MicrosoftEntraID("app", "secret", tenantA, o...)
			},
			authorize: entra + tenantA + "/oauth2/v2.0/authorize?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: entra + tenantA + "/v2.0",
				metadata: map[string]any{
					"authorization_endpoint": entra + tenantA + "/oauth2/v2.0/authorize",
					"token_endpoint":         entra + tenantA + "/oauth2/v2.0/token",
					"userinfo_endpoint":      "https://graph.microsoft.com/oidc/userinfo",
					"jwks_uri":               entra + tenantA + "/discovery/v2.0/keys",
					"end_session_endpoint":   entra + tenantA + "/oauth2/v2.0/logout",
					"revocation_endpoint":    nil,
					"authorization_response_iss_parameter_supported": nil,
					"token_endpoint_auth_methods_supported":          []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
				},
				claims: map[string]any{
					"name": "Ada Lovelace", "email": "ada@contoso.com", "preferred_username": "ada@contoso.com", "email_verified": nil,
					"tid": tenantA, "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474", "ver": "2.0",
				},
				tokens: map[string]any{"scope": "openid profile email", "ext_expires_in": 3599, "expires_in": 3599},
			},
			user:  providers.User{ID: "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", Name: "Ada Lovelace", Email: "ada@contoso.com"},
			scope: "openid profile email", expiry: 3599 * time.Second,
			logout: entra + tenantA + "/oauth2/v2.0/logout?client_id=app&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fauth%2Fsigned-out&state=the-state",
		},
		"github": {
			make:      func(o ...providers.Option) providers.Provider { return providers.GitHub("app", "secret", o...) },
			authorize: "https://github.com/login/oauth/authorize?scope=read%3Auser+user%3Aemail",
			oauth: &providertest.OAuth2{
				AuthURL:      "https://github.com/login/oauth/authorize",
				TokenURL:     "https://github.com/login/oauth/access_token",
				UserInfoURL:  "https://api.github.com/user",
				RevokeURL:    "https://api.github.com/applications/app/token",
				Client:       providertest.PostClient("client_id", "client_secret"),
				RevokeClient: providertest.BasicClient,
				RevokeToken: func(r *http.Request, _ url.Values) string {
					return providertest.JSONParams(r).Get("access_token")
				},
				Tokens:      `{"access_token":"{access}","token_type":"bearer","scope":"read:user,user:email"}`,
				Profile:     octocat,
				Further:     map[string]string{"https://api.github.com/user/emails": octocatEmails},
				Spent:       `{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}`,
				SpentStatus: http.StatusOK,
			},
			user: providers.User{
				ID: "583231", Name: "The Octocat", Email: "octocat@example.com", EmailVerified: true,
				Image: "https://avatars.githubusercontent.com/u/583231",
			},
			scope: "read:user user:email",
		},
	}
}
