package providers_test

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func socialEntries() map[string]entry {
	all := map[string]entry{
		"discord": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Discord("app", "secret", o...) },
			authorize: "https://discord.com/oauth2/authorize?scope=identify+email",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://discord.com/oauth2/authorize",
				TokenURL:    "https://discord.com/api/oauth2/token",
				UserInfoURL: "https://discord.com/api/users/@me",
				RevokeURL:   "https://discord.com/api/oauth2/token/revoke",
				Tokens:      `{"access_token":"{access}","token_type":"Bearer","expires_in":604800,"refresh_token":"{refresh}","scope":"identify email"}`,
				Profile:     `{"id":"80351110224678912","username":"nelly","discriminator":"0","global_name":"Nelly","avatar":"8342729096ea3675442027381ff50dfe","verified":true,"email":"nelly@discord.com"}`,
				Spent:       `{"error":"invalid_grant","error_description":"Invalid \"code\" in request."}`,
			},
			callback: map[string][]string{"iss": {"https://discord.com"}},
			user: providers.User{
				ID: "80351110224678912", Name: "Nelly", Email: "nelly@discord.com", EmailVerified: true,
				Image: "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png",
			},
			scope: "identify email", expiry: 604800 * time.Second,
		},
		"twitter": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Twitter("app", "secret", o...) },
			authorize: "https://x.com/i/oauth2/authorize?scope=users.read+tweet.read+offline.access",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://x.com/i/oauth2/authorize",
				TokenURL:    "https://api.x.com/2/oauth2/token",
				UserInfoURL: "https://api.x.com/2/users/me",
				RevokeURL:   "https://api.x.com/2/oauth2/revoke",
				Tokens:      `{"token_type":"bearer","expires_in":7200,"access_token":"{access}","scope":"users.read tweet.read offline.access","refresh_token":"{refresh}"}`,
				Profile:     `{"data":{"id":"2244994945","name":"X Dev","username":"TwitterDev","profile_image_url":"https://pbs.twimg.com/profile_images/1/x_normal.jpg"}}`,
				Spent:       `{"error":"invalid_request","error_description":"Value passed for the token was invalid."}`,
			},
			user:  providers.User{ID: "2244994945", Name: "X Dev", Image: "https://pbs.twimg.com/profile_images/1/x_normal.jpg"},
			scope: "users.read tweet.read offline.access", expiry: 2 * time.Hour,
		},
		"linkedin": {
			make:      func(o ...providers.Option) providers.Provider { return providers.LinkedIn("app", "secret", o...) },
			authorize: "https://www.linkedin.com/oauth/v2/authorization?no_pkce=1&scope=openid+profile+email",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.linkedin.com/oauth/v2/authorization",
				TokenURL:    "https://www.linkedin.com/oauth/v2/accessToken",
				UserInfoURL: "https://api.linkedin.com/v2/userinfo",
				Client:      providertest.PostClient("client_id", "client_secret"),
				NoRotation:  true,
				Tokens:      `{"access_token":"{access}","expires_in":5183999,"refresh_token":"{refresh}","refresh_token_expires_in":31535999,"scope":"email,openid,profile","token_type":"Bearer","id_token":"eyJ.eyJ.sig"}`,
				Profile:     `{"sub":"782bbtaQ","name":"John Doe","given_name":"John","family_name":"Doe","picture":"https://media.licdn-ei.com/dms/image/x/0/","locale":{"country":"US","language":"en"},"email":"doe@email.com","email_verified":true}`,
				Spent:       `{"error":"invalid_request","error_description":"Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired. Or external member binding exists"}`,
				Require: func(r *http.Request) error {
					if r.FormValue("code_verifier") != "" { // then it really answers that the client is not valid
						return errors.New("there is a code verifier")
					}
					return nil
				},
			},
			user: providers.User{
				ID: "782bbtaQ", Name: "John Doe", Email: "doe@email.com", EmailVerified: true, Image: "https://media.licdn-ei.com/dms/image/x/0/",
			},
			scope: "email openid profile", expiry: 5183999 * time.Second,
			denied: "user_cancelled_authorize",
		},
		"reddit": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Reddit("app", "secret", o...) },
			authorize: "https://www.reddit.com/api/v1/authorize?duration=permanent&scope=identity",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.reddit.com/api/v1/authorize",
				TokenURL:    "https://www.reddit.com/api/v1/access_token",
				UserInfoURL: "https://oauth.reddit.com/api/v1/me",
				RevokeURL:   "https://www.reddit.com/api/v1/revoke_token",
				NoRotation:  true,
				Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":86400,"scope":"identity","refresh_token":"{refresh}"}`,
				Profile:     `{"id":"5xl4h","name":"spez","icon_img":"https://styles.redditmedia.com/t5_3k30p/styles/x.png?width=256&s=e","has_verified_email":true,"verified":true,"oauth_client_id":"app"}`,
				Spent:       `{"message": "Bad Request", "error": 400}`,
				Require: func(r *http.Request) error {
					if r.Header.Get("User-Agent") != "web:app:v1 (sealedauth)" {
						return errors.New("the user agent is not of Reddit's form")
					}
					return nil
				},
			},
			user:  providers.User{ID: "5xl4h", Name: "spez", Image: "https://styles.redditmedia.com/t5_3k30p/styles/x.png?width=256&s=e"},
			scope: "identity", expiry: 24 * time.Hour,
		},
		"pinterest": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Pinterest("app", "secret", o...) },
			authorize: "https://www.pinterest.com/oauth/?scope=user_accounts%3Aread",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.pinterest.com/oauth/",
				TokenURL:    "https://api.pinterest.com/v5/oauth/token",
				UserInfoURL: "https://api.pinterest.com/v5/user_account",
				Tokens:      `{"response_type":"authorization_code","access_token":"{access}","token_type":"bearer","expires_in":2592000,"scope":"user_accounts:read","refresh_token":"{refresh}","refresh_token_expires_in":31536000}`,
				Refreshed:   `{"response_type":"refresh_token","access_token":"{access}","token_type":"bearer","expires_in":2592000,"scope":"user_accounts:read"}`,
				Profile:     `{"account_type":"PINNER","id":"2783136121146311751","profile_image":"https://i.pinimg.com/280x280_RS/x.jpg","website_url":"","username":"ada","business_name":null}`,
				Spent:       `{"code":283,"message":"The provided authorization grant or refresh token is invalid, expired or revoked."}`,
				SpentStatus: http.StatusUnauthorized,
				NoRotation:  true,
			},
			user:  providers.User{ID: "2783136121146311751", Name: "ada", Image: "https://i.pinimg.com/280x280_RS/x.jpg"},
			scope: "user_accounts:read", expiry: 2592000 * time.Second,
		},
		"tiktok": {
			make:      func(o ...providers.Option) providers.Provider { return providers.TikTok("app", "secret", o...) },
			authorize: "https://www.tiktok.com/v2/auth/authorize/?client_key=app&scope=user.info.basic",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.tiktok.com/v2/auth/authorize/",
				TokenURL:    "https://open.tiktokapis.com/v2/oauth/token/",
				UserInfoURL: "https://open.tiktokapis.com/v2/user/info/",
				RevokeURL:   "https://open.tiktokapis.com/v2/oauth/revoke/",
				Names:       map[string]string{"client_id": "client_key"},
				Client:      providertest.PostClient("client_key", "client_secret"),
				Tokens:      `{"access_token":"{access}","expires_in":7200,"open_id":"723f24d7-e717-40f8-a2b6-cb8464cd23b4","refresh_expires_in":15552000,"refresh_token":"{refresh}","scope":"user.info.basic,video.list","token_type":"Bearer"}`,
				Profile:     `{"data":{"user":{"avatar_url":"https://p19-sign.tiktokcdn-us.com/x.jpeg","open_id":"723f24d7-e717-40f8-a2b6-cb8464cd23b4","display_name":"Tik Toker"}},"error":{"code":"ok","message":"","log_id":"20220829194722CBE87ED59D524E727021"}}`,
				Spent:       `{"error":"invalid_grant","error_description":"Authorization code is expired.","log_id":"202206221854370101130062072500FFA2"}`,
				SpentStatus: http.StatusOK,
			},
			callback: map[string][]string{"scopes": {"user.info.basic"}},
			user: providers.User{
				ID: "723f24d7-e717-40f8-a2b6-cb8464cd23b4", Name: "Tik Toker", Image: "https://p19-sign.tiktokcdn-us.com/x.jpeg",
			},
			scope: "user.info.basic video.list", expiry: 2 * time.Hour,
		},
	}
	maps.Copy(all, metaEntries())
	maps.Copy(all, communityEntries())
	return all
}

func metaEntries() map[string]entry {
	const graph = "https://graph.facebook.com/v25.0"
	return map[string]entry{
		"facebook": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Facebook("app", "secret", o...) },
			authorize: "https://www.facebook.com/v25.0/dialog/oauth?scope=public_profile+email",
			oauth: &providertest.OAuth2{
				AuthURL:      "https://www.facebook.com/v25.0/dialog/oauth",
				TokenURL:     graph + "/oauth/access_token",
				UserInfoURL:  graph + "/me",
				RevokeURL:    graph + "/me/permissions",
				Client:       providertest.PostClient("client_id", "client_secret"),
				RevokeClient: providertest.NoClient,
				RevokeToken:  tokenOfFacebook,
				Require:      requireProof,
				Tokens:       `{"access_token":"{access}","token_type":"bearer","expires_in":5183944}`,
				Profile:      `{"id":"10158765432109876","name":"Ada Lovelace","email":"ada@example.com","picture":{"data":{"height":50,"is_silhouette":false,"url":"https://platform-lookaside.fbsbx.com/x","width":50}}}`,
				Spent:        `{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100,"error_subcode":36009,"fbtrace_id":"A"}}`,
			},
			user:  providers.User{ID: "10158765432109876", Name: "Ada Lovelace", Email: "ada@example.com", Image: "https://platform-lookaside.fbsbx.com/x"},
			scope: "public_profile email", expiry: 5183944 * time.Second,
		},
		"instagram": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Instagram("app", "secret", o...) },
			authorize: "https://www.instagram.com/oauth/authorize?scope=instagram_business_basic",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://www.instagram.com/oauth/authorize",
				TokenURL:    "https://api.instagram.com/oauth/access_token",
				UserInfoURL: "https://graph.instagram.com/v25.0/me",
				Client:      providertest.PostClient("client_id", "client_secret"),
				Tokens:      `{"data":[{"access_token":"{access}","user_id":"990001","permissions":"instagram_business_basic"}]}`,
				Profile:     `{"data":[{"user_id":"17841405793187218","username":"ada","name":"Ada Lovelace","profile_picture_url":"https://scontent.cdninstagram.com/x.jpg","id":"990001"}]}`,
				Spent:       `{"error_type":"OAuthException","code":400,"error_message":"Matching code was not found or was already used."}`,
			},
			user:  providers.User{ID: "17841405793187218", Name: "Ada Lovelace", Image: "https://scontent.cdninstagram.com/x.jpg"},
			scope: "instagram_business_basic",
		},
		"threads": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Threads("app", "secret", o...) },
			authorize: "https://threads.com/oauth/authorize?scope=threads_basic",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://threads.com/oauth/authorize",
				TokenURL:    "https://graph.threads.com/oauth/access_token",
				UserInfoURL: "https://graph.threads.com/v1.0/me",
				Client:      providertest.PostClient("client_id", "client_secret"),
				Tokens:      `{"access_token":"{access}","user_id":17841405793187218}`,
				Profile:     `{"id":"1234567","username":"threadsapitestuser","name":"Threads API Test User","threads_profile_picture_url":"https://scontent-sjc3-1.cdninstagram.com/x.jpg"}`,
				Spent:       `{"error_type":"OAuthException","code":400,"error_message":"Matching code was not found or was already used"}`,
			},
			user:  providers.User{ID: "1234567", Name: "Threads API Test User", Image: "https://scontent-sjc3-1.cdninstagram.com/x.jpg"},
			scope: "threads_basic",
		},
	}
}

// isGraph tells whether a request to Facebook is about a person.
func isGraph(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v25.0/me") }
