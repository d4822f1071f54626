package providers_test

import (
	"net/http"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func communityEntries() map[string]entry {
	body := providertest.PostClient("client_id", "client_secret")
	return map[string]entry{
		"mastodon": {
			make: func(o ...providers.Option) providers.Provider {
				return providers.Mastodon("app", "secret", "https://mastodon.social/", o...)
			},
			authorize: "https://mastodon.social/oauth/authorize?scope=read%3Aaccounts",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://mastodon.social/oauth/authorize",
				TokenURL:    "https://mastodon.social/oauth/token",
				UserInfoURL: "https://mastodon.social/api/v1/accounts/verify_credentials",
				RevokeURL:   "https://mastodon.social/oauth/revoke",
				Client:      body,
				Tokens:      `{"access_token":"{access}","token_type":"Bearer","scope":"read:accounts","created_at":1573979017}`,
				Profile:     `{"id":"14715","username":"trwnh","acct":"trwnh","display_name":"infinite love","locked":false,"avatar":"https://files.mastodon.social/accounts/avatars/000/014/715/original/x.gif","avatar_static":"https://files.mastodon.social/accounts/avatars/000/014/715/static/x.png","source":{"privacy":"public"}}`,
				Spent:       `{"error":"invalid_grant","error_description":"The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}`,
			},
			user: providers.User{
				ID: "14715", Name: "infinite love", Image: "https://files.mastodon.social/accounts/avatars/000/014/715/static/x.png",
			},
			scope: "read:accounts",
		},
		"patreon": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Patreon("app", "secret", o...) },
			authorize: "https://www.patreon.com/oauth2/authorize?scope=identity+identity%5Bemail%5D",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.patreon.com/oauth2/authorize",
				TokenURL:    "https://www.patreon.com/api/oauth2/token",
				UserInfoURL: "https://www.patreon.com/api/oauth2/v2/identity",
				Client:      body,
				Tokens:      `{"access_token":"{access}","refresh_token":"{refresh}","expires_in":2678400,"scope":"identity identity[email]","token_type":"Bearer","version":"0.0.1"}`,
				Profile:     `{"data":{"attributes":{"email":"john@example.com","full_name":"John Doe","image_url":"https://c8.patreon.com/2/200/12345689","is_email_verified":true},"id":"12345689","type":"user"},"links":{"self":"https://www.patreon.com/api/oauth2/v2/user/12345689"}}`,
				Spent:       `{"error":"invalid_grant"}`,
				SpentStatus: http.StatusUnauthorized,
			},
			user: providers.User{
				ID: "12345689", Name: "John Doe", Email: "john@example.com", EmailVerified: true, Image: "https://c8.patreon.com/2/200/12345689",
			},
			scope: "identity identity[email]", expiry: 2678400 * time.Second,
		},
		"dribbble": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Dribbble("app", "secret", o...) },
			authorize: "https://dribbble.com/oauth/authorize?scope=public",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://dribbble.com/oauth/authorize",
				TokenURL:    "https://dribbble.com/oauth/token",
				UserInfoURL: "https://api.dribbble.com/v2/user",
				Client:      body,
				Tokens:      `{"access_token":"{access}","token_type":"bearer","scope":"public","created_at":1520350000}`,
				Profile:     `{"id":1,"name":"Dan Cederholm","login":"simplebits","html_url":"https://dribbble.com/simplebits","avatar_url":"https://d13yacurqjgara.cloudfront.net/users/1/avatars/normal/dc.jpg","pro":false,"type":"Player"}`,
			},
			user:  providers.User{ID: "1", Name: "Dan Cederholm", Image: "https://d13yacurqjgara.cloudfront.net/users/1/avatars/normal/dc.jpg"},
			scope: "public",
		},
		"wordpress": {
			make:      func(o ...providers.Option) providers.Provider { return providers.WordPress("app", "secret", o...) },
			authorize: "https://public-api.wordpress.com/oauth2/authorize?scope=auth",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://public-api.wordpress.com/oauth2/authorize",
				TokenURL:    "https://public-api.wordpress.com/oauth2/token",
				UserInfoURL: "https://public-api.wordpress.com/rest/v1.1/me/",
				Client:      body,
				Tokens:      `{"access_token":"{access}","blog_id":"0","blog_url":"","token_type":"bearer","scope":"auth"}`,
				Profile:     `{"ID":158468313,"display_name":"logonlabs","username":"logonlabs","email":"developer@logonlabs.com","primary_blog":163479709,"token_site_id":false,"token_scope":["auth"],"avatar_URL":"https://0.gravatar.com/avatar/673c0010807c5f65d08c9bba846c5e4f?s=96&d=identicon","verified":true,"email_verified":true}`,
			},
			user: providers.User{
				ID: "158468313", Name: "logonlabs", Email: "developer@logonlabs.com", EmailVerified: true,
				Image: "https://0.gravatar.com/avatar/673c0010807c5f65d08c9bba846c5e4f?s=96&d=identicon",
			},
			scope: "auth",
		},
		"foursquare": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Foursquare("app", "secret", o...) },
			authorize: "https://foursquare.com/oauth2/authenticate",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://foursquare.com/oauth2/authenticate",
				TokenURL:    "https://foursquare.com/oauth2/access_token",
				UserInfoURL: "https://api.foursquare.com/v2/users/self",
				Client:      body,
				Access:      providertest.TokenParam("oauth_token"),
				Tokens:      `{"access_token":"{access}"}`,
				Profile:     `{"meta":{"code":200,"requestId":"59a45921351e3d43b07028b5"},"response":{"user":{"id":"1234567","firstName":"Ada","lastName":"Lovelace","contact":{"email":"ada@example.com"},"photo":{"prefix":"https://fastly.4sqi.net/img/user/","suffix":"/x.jpg"}}}}`,
			},
			user: providers.User{ID: "1234567", Name: "Ada Lovelace", Email: "ada@example.com"},
		},
		"amazon": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Amazon("app", "secret", o...) },
			authorize: "https://www.amazon.com/ap/oa?scope=profile",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.amazon.com/ap/oa",
				TokenURL:    "https://api.amazon.com/auth/o2/token",
				UserInfoURL: "https://api.amazon.com/user/profile",
				Client:      body,
				NoRotation:  true,
				Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":3600,"refresh_token":"{refresh}"}`,
				Profile:     `{"user_id":"amzn1.account.K2LI23KL2LK2","email":"mhashimoto-04@plaxo.com","name":"Mork Hashimoto","postal_code":"98052"}`,
				Spent:       `{"error":"invalid_grant","error_description":"The request has an invalid grant parameter : code","request_id":"bef0c2f8-e292-4l96-8c95-8833fbd559df"}`,
			},
			user:  providers.User{ID: "amzn1.account.K2LI23KL2LK2", Name: "Mork Hashimoto", Email: "mhashimoto-04@plaxo.com"},
			scope: "profile", expiry: time.Hour,
		},
		"yahoo": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Yahoo("app", "secret", o...) },
			authorize: "https://api.login.yahoo.com/oauth2/request_auth?scope=openid+profile+email",
			openid: &openid{
				issuer: "https://api.login.yahoo.com",
				metadata: map[string]any{
					"authorization_endpoint":                         "https://api.login.yahoo.com/oauth2/request_auth",
					"token_endpoint":                                 "https://api.login.yahoo.com/oauth2/get_token",
					"userinfo_endpoint":                              "https://api.login.yahoo.com/openid/v1/userinfo",
					"jwks_uri":                                       "https://api.login.yahoo.com/openid/v1/certs",
					"token_revocation_endpoint":                      "https://api.login.yahoo.com/oauth2/revoke",
					"revocation_endpoint":                            nil,
					"end_session_endpoint":                           nil,
					"id_token_signing_alg_values_supported":          []string{"ES256", "RS256"},
					"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
					"code_challenge_methods_supported":               nil,
					"authorization_response_iss_parameter_supported": nil,
				},
				claims:  map[string]any{"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "email": "ada@yahoo.com"},
				idToken: map[string]any{"name": nil, "given_name": nil, "family_name": nil, "email": nil, "email_verified": nil}, // they are in the user info
				tokens:  map[string]any{"scope": nil},
				offline: true, noRotation: true,
			},
			user:  providers.User{ID: "ZYYXWVU6YZ5XABCDEFGHIJKL3M", Name: "Ada Lovelace", Email: "ada@yahoo.com", EmailVerified: true},
			scope: "openid profile email", expiry: time.Hour,
		},
	}
}
