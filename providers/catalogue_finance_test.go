package providers_test

import (
	"net/http"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// financeEntries are those of bookkeeping.
func financeEntries() map[string]entry {
	return map[string]entry{
		"freshbooks": {
			make:      made(providers.FreshBooks),
			authorize: "https://auth.freshbooks.com/oauth/authorize/?scope=user%3Aprofile%3Aread",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://auth.freshbooks.com/oauth/authorize/",
				TokenURL:    "https://api.freshbooks.com/auth/oauth/token",
				UserInfoURL: "https://api.freshbooks.com/auth/api/v1/users/me",
				RevokeURL:   "https://api.freshbooks.com/auth/oauth/revoke",
				Client:      postClient(),
				Tokens: `{"access_token":"{access}","token_type":"Bearer","expires_in":43199,"refresh_token":"{refresh}","scope":"user:profile:read",
					"created_at":1724400000,"direct_buy_tokens":{}}`,
				Spent:       `{"error":"invalid_grant","error_description":"The provided authorization grant is invalid, expired or revoked."}`,
				SpentStatus: http.StatusUnauthorized,
				Profile: `{"response":{"id":712052,"identity_id":712052,"first_name":"Ada","last_name":"Lovelace","email":"ada@example.com",
					"confirmed_at":"2024-01-01T00:00:00Z","business_memberships":[]}}`,
			},
			user:  providers.User{ID: "712052", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope: "user:profile:read", expiry: 43199 * time.Second,
		},
		"netsuite": {
			make:      madeAt(providers.NetSuite, "1234567_SB1"),
			authorize: "https://1234567-sb1.app.netsuite.com/app/login/oauth2/authorize.nl?scope=openid+email",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://1234567-sb1.app.netsuite.com/app/login/oauth2/authorize.nl",
				TokenURL:    "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token",
				UserInfoURL: "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/userinfo",
				RevokeURL:   "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/revoke",
				NoRotation:  true,
				Tokens:      `{"access_token":"{access}","refresh_token":"{refresh}","expires_in":"3600","token_type":"bearer","id_token":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}`,
				Refreshed:   `{"access_token":"{access}","expires_in":"3600","token_type":"bearer"}`,
				Profile:     `{"sub":"1234567_SB1;5","email":"ada@example.com"}`,
			},
			user:  providers.User{ID: "1234567_SB1;5", Name: "ada@example.com", Email: "ada@example.com"},
			scope: "openid email", expiry: time.Hour,
		},
		"xero": {
			make:      made(providers.Xero),
			authorize: "https://login.xero.com/identity/connect/authorize?scope=openid+profile+email+offline_access",
			openid: &openid{
				issuer: "https://identity.xero.com",
				metadata: map[string]any{
					"authorization_endpoint":                "https://login.xero.com/identity/connect/authorize",
					"token_endpoint":                        "https://identity.xero.com/connect/token",
					"userinfo_endpoint":                     "https://identity.xero.com/connect/userinfo",
					"jwks_uri":                              "https://identity.xero.com/.well-known/openid-configuration/jwks",
					"revocation_endpoint":                   "https://identity.xero.com/connect/revocation",
					"end_session_endpoint":                  "https://identity.xero.com/connect/endsession",
					"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
				},
				claims: map[string]any{
					"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.com", "email_verified": nil,
					"preferred_username": "ada@example.com", "xero_userid": "4eaedef4-ffba-4a9c-903f-c811ba031794",
				},
				tokens: map[string]any{"expires_in": 1800},
			},
			user:   providers.User{ID: "5f1f7bd2cd3a4a8fa1c4f5b3d3f0a2f1", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope:  "openid profile email offline_access",
			expiry: 30 * time.Minute,
			logout: "https://identity.xero.com/connect/endsession?client_id=app&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fauth%2Fsigned-out&state=the-state",
		},
	}
}

// shopEntries are those of buying and selling.
func shopEntries() map[string]entry {
	return map[string]entry{
		"paypal": {
			make:      made(providers.PayPal),
			authorize: "https://www.paypal.com/signin/authorize?flowEntry=static&scope=openid+profile+email",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.paypal.com/signin/authorize",
				TokenURL:    "https://api-m.paypal.com/v1/oauth2/token",
				UserInfoURL: "https://api-m.paypal.com/v1/identity/oauth2/userinfo",
				NoRotation:  true,
				Tokens: `{"scope":"openid profile email","access_token":"{access}","token_type":"Bearer","refresh_token":"{refresh}","expires_in":28800,
					"nonce":"2026-09-01T10:00:00ZbB8Wy"}`,
				Refreshed: `{"scope":"openid profile email","access_token":"{access}","token_type":"Bearer","expires_in":28800,"nonce":"2026-09-01T18:00:00ZcC9Xz"}`,
				Profile: `{"user_id":"https://www.paypal.com/webapps/auth/identity/user/mWq6_1sU85v5EG9yHdPxJRrhGHrnMJ-1PQKtX6pcsmA","name":"identity test",
					"given_name":"identity","family_name":"test","payer_id":"WDJJHEBZ4X2LY","verified_account":"true",
					"emails":[{"value":"old@example.com","primary":false,"confirmed":true},{"value":"user1@example.com","primary":true,"confirmed":true}]}`,
			},
			user: providers.User{
				ID:   "https://www.paypal.com/webapps/auth/identity/user/mWq6_1sU85v5EG9yHdPxJRrhGHrnMJ-1PQKtX6pcsmA",
				Name: "identity test", Email: "user1@example.com", EmailVerified: true,
			},
			scope: "openid profile email", expiry: 8 * time.Hour,
		},
		"shopify": {
			make:      madeAt(providers.Shopify, "https://example.myshopify.com/"),
			authorize: "https://example.myshopify.com/admin/oauth/authorize?grant_options%5B%5D=per-user",
			oauth: &providertest.OAuth2{
				AuthURL:  "https://example.myshopify.com/admin/oauth/authorize",
				TokenURL: "https://example.myshopify.com/admin/oauth/access_token",
				Client:   postClient(),
				Callback: map[string][]string{
					"shop": {"example.myshopify.com"}, "host": {"YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZXhhbXBsZQ"}, "timestamp": {"1724400000"},
					"hmac": {"700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"},
				},
				Tokens: `{"access_token":"{access}","scope":"write_orders,read_customers","expires_in":86399,"associated_user_scope":"write_orders",
					"associated_user":{"id":902541635,"first_name":"John","last_name":"Smith","email":"john@example.com","email_verified":true,
					"account_owner":true,"locale":"en","collaborator":false}}`,
				Spent: `{"error":"invalid_request","error_description":"The authorization code was not found or was already used"}`,
			},
			user:  providers.User{ID: "902541635", Name: "John Smith", Email: "john@example.com", EmailVerified: true},
			scope: "write_orders read_customers", expiry: 86399 * time.Second,
		},
	}
}
