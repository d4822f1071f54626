package providers_test

import (
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func workEntries() map[string]entry {
	all := map[string]entry{}
	for _, group := range []map[string]entry{teamEntries(), messageEntries(), storageEntries(), salesEntries(), financeEntries(), shopEntries()} {
		maps.Copy(all, group)
	}
	return all
}

// made makes an entry's constructor of a preset's.
func made(constructor func(id, secret string, o ...providers.Option) providers.Provider) func(...providers.Option) providers.Provider {
	return func(o ...providers.Option) providers.Provider { return constructor("app", "secret", o...) }
}

// madeAt is made for a preset of which every customer has an own one.
func madeAt(constructor func(id, secret, issuer string, o ...providers.Option) providers.Provider, issuer string) func(...providers.Option) providers.Provider {
	return func(o ...providers.Option) providers.Provider { return constructor("app", "secret", issuer, o...) }
}

// postClient is a client that authenticates in the body.
func postClient() func(*http.Request, url.Values) [2]string {
	return providertest.PostClient("client_id", "client_secret")
}

// teamEntries are those of tasks and documents.
func teamEntries() map[string]entry {
	return map[string]entry{
		"atlassian": {
			make:      made(providers.Atlassian),
			authorize: "https://auth.atlassian.com/authorize?audience=api.atlassian.com&prompt=consent&scope=read%3Ame",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://auth.atlassian.com/authorize",
				TokenURL:    "https://auth.atlassian.com/oauth/token",
				UserInfoURL: "https://api.atlassian.com/me",
				Client:      postClient(),
				Tokens:      `{"access_token":"{access}","refresh_token":"{refresh}","expires_in":3600,"scope":"read:me"}`,
				Spent:       `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}`,
				SpentStatus: http.StatusForbidden,
				Profile: `{"account_type":"atlassian","account_id":"112233aa-bb11-cc22-33dd-445566abcabc","email":"mia@example.com","name":"Mia Krystof",
					"picture":"https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/112233aa/1234abcd","account_status":"active",
					"nickname":"mkrystof","zoneinfo":"Australia/Sydney","locale":"en-US","extended_profile":{"job_title":"Designer"}}`,
			},
			user: providers.User{
				ID: "112233aa-bb11-cc22-33dd-445566abcabc", Name: "Mia Krystof", Email: "mia@example.com",
				Image: "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/112233aa/1234abcd",
			},
			scope: "read:me", expiry: time.Hour,
		},
		"click-up": {
			make:      made(providers.ClickUp),
			authorize: "https://app.clickup.com/api",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://app.clickup.com/api",
				TokenURL:    "https://api.clickup.com/api/v2/oauth/token",
				UserInfoURL: "https://api.clickup.com/api/v2/user",
				Client:      postClient(),
				Tokens:      `{"access_token":"{access}"}`,
				Spent:       `{"err":"Code already used","ECODE":"OAUTH_014"}`,
				Profile: `{"user":{"id":123,"username":"John Doe","email":"john@example.com","color":"#7b68ee",
					"profilePicture":"https://attachments.clickup.com/profilePictures/123_aBc.jpg","initials":"JD","week_start_day":null}}`,
			},
			user: providers.User{
				ID: "123", Name: "John Doe", Email: "john@example.com",
				Image: "https://attachments.clickup.com/profilePictures/123_aBc.jpg",
			},
		},
		"notion": {
			make:      made(providers.Notion),
			authorize: "https://api.notion.com/v1/oauth/authorize?owner=user",
			oauth: &providertest.OAuth2{
				AuthURL:   "https://api.notion.com/v1/oauth/authorize",
				TokenURL:  "https://api.notion.com/v1/oauth/token",
				RevokeURL: "https://api.notion.com/v1/oauth/revoke",
				Require: func(r *http.Request) error {
					if r.Header.Get("Notion-Version") == "" {
						return http.ErrNotSupported
					}
					return nil
				},
				RevokeToken: func(r *http.Request, _ url.Values) string { return providertest.JSONParams(r).Get("token") },
				Tokens: `{"access_token":"{access}","token_type":"bearer","refresh_token":"{refresh}","bot_id":"b3414d65-1224-4ab7-a6ff-cc9d8773d601",
					"workspace_icon":null,"workspace_name":"Ada's Notion","workspace_id":"j565d4d7-2882-41bs-964a-3f9d9ca7c36h",
					"owner":{"type":"user","user":{"object":"user","id":"e79a0b74-3aba-4149-9f74-0bb5791a6ee6","name":"Ada Lovelace",
					"avatar_url":"https://secure.notion-static.com/ada.jpg","type":"person","person":{"email":"ada@example.com"}}},
					"duplicated_template_id":null,"request_id":"be9bb4ab-9c4a-4b0c-9aa5-ba6e8a1f9d2e"}`,
			},
			user: providers.User{
				ID: "e79a0b74-3aba-4149-9f74-0bb5791a6ee6", Name: "Ada Lovelace", Email: "ada@example.com",
				Image: "https://secure.notion-static.com/ada.jpg",
			},
		},
		"todoist": {
			make:      made(providers.Todoist),
			authorize: "https://app.todoist.com/oauth/authorize?scope=data%3Aread",
			oauth: &providertest.OAuth2{
				AuthURL:      "https://app.todoist.com/oauth/authorize",
				TokenURL:     "https://api.todoist.com/oauth/access_token",
				UserInfoURL:  "https://api.todoist.com/api/v1/user",
				RevokeURL:    "https://api.todoist.com/api/v1/revoke",
				Client:       postClient(),
				RevokeClient: providertest.BasicClient,
				Tokens:       `{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}","scope":"data:read"}`,
				Spent:        `{"error":"bad_authorization_code"}`,
				Profile: `{"id":"2671355","email":"me@example.com","full_name":"Example User","avatar_big":"https://dcff1xvirvpfp.cloudfront.net/ad3e_big.jpg",
					"inbox_project_id":"6X7rM8997g3RQmvh","lang":"en","premium_status":"not_premium","token":"0123456789abcdef","verification_status":"legacy"}`,
			},
			user: providers.User{
				ID: "2671355", Name: "Example User", Email: "me@example.com", Image: "https://dcff1xvirvpfp.cloudfront.net/ad3e_big.jpg",
			},
			scope: "data:read", expiry: time.Hour,
		},
	}
}

// messageEntries are those of messages and calls.
func messageEntries() map[string]entry {
	return map[string]entry{
		"mattermost": {
			make:      madeAt(providers.Mattermost, "https://chat.example.com/"),
			authorize: "https://chat.example.com/oauth/authorize",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://chat.example.com/oauth/authorize",
				TokenURL:    "https://chat.example.com/oauth/access_token",
				UserInfoURL: "https://chat.example.com/api/v4/users/me",
				Client:      postClient(),
				Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":2592000,"scope":"","refresh_token":"{refresh}","id_token":""}`,
				Spent: `{"id":"api.oauth.get_access_token.refresh_token.app_error","message":"invalid_grant: Invalid refresh token.",
					"detailed_error":"","request_id":"5fszmwz1w38uubpo6mx9rydo5a","status_code":404}`,
				SpentStatus: http.StatusNotFound,
				Profile: `{"id":"ou3onfw9zjncmrg1obqhtgugsy","create_at":1493209863123,"update_at":1530000000000,"delete_at":0,"username":"ada","auth_data":"",
					"auth_service":"","email":"ada@example.com","email_verified":true,"nickname":"","first_name":"Ada","last_name":"Lovelace","position":"",
					"roles":"system_user","notify_props":{"email":"true"},"locale":"en"}`,
			},
			user:   providers.User{ID: "ou3onfw9zjncmrg1obqhtgugsy", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true},
			expiry: 720 * time.Hour,
		},
		"slack": {
			make:      made(providers.Slack),
			authorize: "https://slack.com/openid/connect/authorize?no_pkce=1&scope=openid+profile+email",
			openid: &openid{
				issuer: "https://slack.com",
				metadata: map[string]any{
					"authorization_endpoint":                "https://slack.com/openid/connect/authorize",
					"token_endpoint":                        "https://slack.com/api/openid.connect.token",
					"userinfo_endpoint":                     "https://slack.com/api/openid.connect.userInfo",
					"jwks_uri":                              "https://slack.com/openid/connect/keys",
					"revocation_endpoint":                   nil,
					"end_session_endpoint":                  nil,
					"code_challenge_methods_supported":      nil,
					"response_modes_supported":              []string{"form_post"},
					"scopes_supported":                      []string{"openid", "profile", "email"},
					"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
				},
				claims: map[string]any{
					"name": "Alice", "email": "alice@example.com", "picture": "https://secure.gravatar.com/avatar/bc.png", "locale": "en-US",
					"given_name": "", "family_name": "", "date_email_verified": 1622128723,
					"https://slack.com/team_id": "T0123ABC456", "https://slack.com/user_id": "U123ABC456",
				},
				tokens: map[string]any{"ok": true, "scope": nil, "expires_in": nil, "refresh_token": nil},
			},
			user: providers.User{
				ID: "U123ABC456", Name: "Alice", Email: "alice@example.com", EmailVerified: true, Image: "https://secure.gravatar.com/avatar/bc.png",
			},
			scope: "openid profile email",
		},
		"webex": {
			make:      made(providers.Webex),
			authorize: "https://webexapis.com/v1/authorize?scope=spark%3Apeople_read",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://webexapis.com/v1/authorize",
				TokenURL:    "https://webexapis.com/v1/access_token",
				UserInfoURL: "https://webexapis.com/v1/people/me",
				Client:      postClient(),
				NoRotation:  true,
				Tokens:      `{"access_token":"{access}","expires_in":1209600,"refresh_token":"{refresh}","refresh_token_expires_in":7776000}`,
				Spent:       `{"error":"invalid_request","error_description":"The refresh token provided is expired, revoked, malformed, or invalid."}`,
				Profile: `{"id":"Y2lzY29zcGFyazovL3VzL1BFT1BMRS9mNWIzNjE4Ny1jOGRkLTQ3MjctOGIyZi1mOWM0NDdmMjkwNDY","emails":["john.andersen@example.com"],
					"phoneNumbers":[{"type":"work","value":"+1 408 526 7209"}],"displayName":"John Andersen","nickName":"John","firstName":"John",
					"lastName":"Andersen","avatar":"https://avatar-a.example.com/john.jpg","orgId":"OTZhYmMyYWEtM2RjYy0xMWU1LWExNTItZmUzNDgxOWNkYzlh",
					"created":"2015-10-18T14:26:16+00:00","status":"active","type":"person"}`,
			},
			user: providers.User{
				ID:   "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9mNWIzNjE4Ny1jOGRkLTQ3MjctOGIyZi1mOWM0NDdmMjkwNDY",
				Name: "John Andersen", Email: "john.andersen@example.com", Image: "https://avatar-a.example.com/john.jpg",
			},
			scope: "spark:people_read", expiry: 14 * 24 * time.Hour,
		},
		"zoom": {
			make:      made(providers.Zoom),
			authorize: "https://zoom.us/oauth/authorize",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://zoom.us/oauth/authorize",
				TokenURL:    "https://zoom.us/oauth/token",
				UserInfoURL: "https://api.zoom.us/v2/users/me",
				RevokeURL:   "https://zoom.us/oauth/revoke",
				Tokens: `{"access_token":"{access}","token_type":"bearer","refresh_token":"{refresh}","expires_in":3599,"scope":"user:read:user",
					"api_url":"https://api.zoom.us"}`,
				Spent: `{"reason":"Invalid Token!","error":"invalid_grant"}`,
				Profile: `{"id":"KDcuGIm1QgePTO8WbOqwIQ","first_name":"Jill","last_name":"Chill","display_name":"Jill Chill","email":"jchill@example.com",
					"type":2,"pmi":3542471135,"verified":1,"pic_url":"https://example.com/photo.jpg","account_id":"q6gBJVO5TzexKYTb_I2rpg","status":"active"}`,
			},
			user: providers.User{
				ID: "KDcuGIm1QgePTO8WbOqwIQ", Name: "Jill Chill", Email: "jchill@example.com", EmailVerified: true, Image: "https://example.com/photo.jpg",
			},
			scope: "user:read:user", expiry: 3599 * time.Second,
		},
	}
}
