package providers_test

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// storageEntries are those of files.
func storageEntries() map[string]entry {
	return map[string]entry{
		"box": {
			make:      made(providers.Box),
			authorize: "https://account.box.com/api/oauth2/authorize",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://account.box.com/api/oauth2/authorize",
				TokenURL:    "https://api.box.com/oauth2/token",
				UserInfoURL: "https://api.box.com/2.0/users/me",
				RevokeURL:   "https://api.box.com/oauth2/revoke",
				Client:      postClient(),
				Tokens:      `{"access_token":"{access}","expires_in":3600,"restricted_to":[],"refresh_token":"{refresh}","token_type":"bearer"}`,
				Spent:       `{"error":"invalid_grant","error_description":"Refresh token has expired"}`,
				Profile: `{"id":"11446498","type":"user","name":"Aaron Levie","login":"ceo@example.com","created_at":"2012-12-12T10:53:43-08:00",
					"language":"en","status":"active","avatar_url":"https://www.box.com/api/avatar/large/181216415"}`,
			},
			user: providers.User{
				ID: "11446498", Name: "Aaron Levie", Email: "ceo@example.com", Image: "https://www.box.com/api/avatar/large/181216415",
			},
			expiry: time.Hour,
		},
		"dropbox": {
			make:      made(providers.Dropbox),
			authorize: "https://www.dropbox.com/oauth2/authorize?scope=account_info.read&token_access_type=offline",
			oauth: &providertest.OAuth2{
				AuthURL:      "https://www.dropbox.com/oauth2/authorize",
				TokenURL:     "https://api.dropboxapi.com/oauth2/token",
				UserInfoURL:  "https://api.dropboxapi.com/2/users/get_current_account",
				RevokeURL:    "https://api.dropboxapi.com/2/auth/token/revoke",
				RevokeClient: providertest.NoClient,
				RevokeToken:  func(r *http.Request, _ url.Values) string { return providertest.BearerToken(r) },
				NoRotation:   true,
				Require: func(r *http.Request) error {
					if r.URL.Path != "/oauth2/token" && (r.Method != http.MethodPost || r.Header.Get("Content-Type") != "") {
						return http.ErrNotSupported // of calls without arguments
					}
					return nil
				},
				Tokens: `{"access_token":"{access}","expires_in":14400,"token_type":"bearer","scope":"account_info.read","refresh_token":"{refresh}",
					"account_id":"dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc","uid":"12345"}`,
				Refreshed: `{"access_token":"{access}","expires_in":14400,"token_type":"bearer"}`,
				Spent:     `{"error":"invalid_grant","error_description":"code doesn't exist or has expired"}`,
				Profile: `{"account_id":"dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc","name":{"given_name":"Franz","surname":"Ferdinand",
					"familiar_name":"Franz","display_name":"Franz Ferdinand (Personal)","abbreviated_name":"FF"},"email":"franz@example.com",
					"email_verified":true,"disabled":false,"profile_photo_url":"https://dl-web.dropbox.com/account_photo/get/dbid","locale":"en",
					"country":"US","is_paired":true,"account_type":{".tag":"basic"}}`,
			},
			user: providers.User{
				ID: "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc", Name: "Franz Ferdinand (Personal)", Email: "franz@example.com", EmailVerified: true,
				Image: "https://dl-web.dropbox.com/account_photo/get/dbid",
			},
			scope: "account_info.read", expiry: 4 * time.Hour,
		},
		"nextcloud": {
			make:      madeAt(providers.Nextcloud, "https://cloud.example.com/index.php/"),
			authorize: "https://cloud.example.com/index.php/apps/oauth2/authorize",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://cloud.example.com/index.php/apps/oauth2/authorize",
				TokenURL:    "https://cloud.example.com/index.php/apps/oauth2/api/v1/token",
				UserInfoURL: "https://cloud.example.com/ocs/v2.php/cloud/user",
				Tokens:      `{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}","user_id":"ada"}`,
				Spent:       `{"error":"invalid_request"}`,
				Require: func(r *http.Request) error {
					if r.Header.Get("OCS-APIRequest") != "true" || r.URL.Path == "/ocs/v2.php/cloud/user" && r.URL.Query().Get("format") != "json" {
						return http.ErrNotSupported
					}
					return nil
				},
				Profile: `{"ocs":{"meta":{"status":"ok","statuscode":200,"message":"OK"},"data":{"enabled":true,"id":"ada","email":"ada@example.com",
					"displayname":"Ada Lovelace","display-name":"Ada Lovelace","groups":["users"],"language":"en"}}}`,
			},
			user: providers.User{
				ID: "ada", Name: "Ada Lovelace", Email: "ada@example.com", Image: "https://cloud.example.com/index.php/avatar/ada/512",
			},
			expiry: time.Hour,
		},
	}
}

// salesEntries are those that companies meet their customers with.
func salesEntries() map[string]entry {
	return map[string]entry{
		"hubspot": {
			make:      made(providers.HubSpot),
			authorize: "https://app.hubspot.com/oauth/authorize?scope=oauth",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://app.hubspot.com/oauth/authorize",
				TokenURL:    "https://api.hubapi.com/oauth/2026-03/token",
				UserInfoURL: "https://api.hubapi.com/oauth/2026-03/token/introspect",
				RevokeURL:   "https://api.hubapi.com/oauth/2026-03/token/revoke",
				Client:      postClient(),
				NoRotation:  true,
				Access: func(r *http.Request) string {
					_ = r.ParseForm()
					if r.Header.Get("Authorization") != "" || r.PostForm.Get("client_id") != "app" || r.PostForm.Get("client_secret") != "secret" {
						return ""
					}
					return r.PostForm.Get("token")
				},
				Tokens: `{"token_type":"bearer","access_token":"{access}","refresh_token":"{refresh}","expires_in":1800,"hub_id":1234567,"scopes":["oauth"]}`,
				Spent: `{"status":"BAD_REFRESH_TOKEN","error":"invalid_request","error_description":"missing or invalid refresh token",
					"message":"missing or invalid refresh token","correlationId":"11da2e7b-1a3b-4c1c-9a4d-0f4f0c4ba3a5"}`,
				Profile: `{"active":true,"token_use":"access_token","user":"ada@example.com","user_id":293199,"hub_id":1234567,"hub_domain":"demo.com",
					"app_id":456,"client_id":"app","scopes":["oauth"],"expires_in":1754,"token_type":"access"}`,
			},
			user:  providers.User{ID: "293199", Name: "ada@example.com", Email: "ada@example.com"},
			scope: "oauth", expiry: 30 * time.Minute,
		},
		"intercom": {
			make:      made(providers.Intercom),
			authorize: "https://app.intercom.com/oauth",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://app.intercom.com/oauth",
				TokenURL:    "https://api.intercom.io/auth/eagle/token",
				UserInfoURL: "https://api.intercom.io/me",
				Client:      postClient(),
				Tokens:      `{"token_type":"Bearer","token":"{access}","access_token":"{access}"}`,
				Profile: `{"type":"admin","id":"991267459","email":"admin@example.com","name":"Ciaran Lee","email_verified":true,
					"app":{"type":"app","id_code":"this_is_an_id","name":"MyApp","region":"US"},
					"avatar":{"type":"avatar","image_url":"https://static.intercomassets.com/avatars/1.jpg"},"has_inbox_seat":true}`,
			},
			user: providers.User{
				ID: "991267459", Name: "Ciaran Lee", Email: "admin@example.com", EmailVerified: true,
				Image: "https://static.intercomassets.com/avatars/1.jpg",
			},
		},
		"mailchimp": {
			make:      made(providers.Mailchimp),
			authorize: "https://login.mailchimp.com/oauth2/authorize",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://login.mailchimp.com/oauth2/authorize",
				TokenURL:    "https://login.mailchimp.com/oauth2/token",
				UserInfoURL: "https://login.mailchimp.com/oauth2/metadata",
				Client:      postClient(),
				Access: func(r *http.Request) string {
					access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
					return access
				},
				Tokens: `{"access_token":"{access}","expires_in":0,"scope":null}`,
				Profile: `{"dc":"us6","role":"owner","accountname":"Freddie's Jokes","user_id":17163,"login":{"email":"freddie@example.com",
					"avatar":null,"login_id":17164,"login_name":"freddie","login_email":"freddie@example.com"},
					"login_url":"https://login.mailchimp.com","api_endpoint":"https://us6.api.mailchimp.com"}`,
			},
			user: providers.User{ID: "17164", Name: "freddie", Email: "freddie@example.com"},
		},
		"pipedrive": {
			make:      made(providers.Pipedrive),
			authorize: "https://oauth.pipedrive.com/oauth/authorize",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://oauth.pipedrive.com/oauth/authorize",
				TokenURL:    "https://oauth.pipedrive.com/oauth/token",
				UserInfoURL: "https://api.pipedrive.com/v1/users/me",
				RevokeURL:   "https://oauth.pipedrive.com/oauth/revoke",
				Tokens: `{"access_token":"{access}","token_type":"Bearer","expires_in":3599,"refresh_token":"{refresh}","scope":"base,users:read",
					"api_domain":"https://example.pipedrive.com"}`,
				Profile: `{"success":true,"data":{"id":123456,"name":"Jane Doe","default_currency":"USD","email":"jane@example.com","activated":true,
					"icon_url":null,"company_id":77,"company_name":"Example","company_domain":"example"},"additional_data":{}}`,
			},
			user:  providers.User{ID: "123456", Name: "Jane Doe", Email: "jane@example.com"},
			scope: "base users:read", expiry: 3599 * time.Second,
		},
		"zoho": {
			make:      made(providers.Zoho),
			authorize: "https://accounts.zoho.com/oauth/v2/auth?scope=AaaServer.profile.READ",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://accounts.zoho.com/oauth/v2/auth",
				TokenURL:    "https://accounts.zoho.com/oauth/v2/token",
				UserInfoURL: "https://accounts.zoho.com/oauth/user/info",
				RevokeURL:   "https://accounts.zoho.com/oauth/v2/token/revoke",
				Client:      postClient(),
				NoRotation:  true,
				Callback:    url.Values{"location": {"us"}, "accounts-server": {"https://accounts.zoho.com"}},
				Tokens: `{"access_token":"{access}","refresh_token":"{refresh}","scope":"AaaServer.profile.READ","api_domain":"https://www.zohoapis.com",
					"token_type":"Bearer","expires_in":3600}`,
				Refreshed:   `{"access_token":"{access}","scope":"AaaServer.profile.READ","api_domain":"https://www.zohoapis.com","token_type":"Bearer","expires_in":3600}`,
				Spent:       `{"error":"invalid_code"}`,
				SpentStatus: http.StatusOK,
				Profile:     `{"First_Name":"Ada","Email":"ada@example.com","Last_Name":"Lovelace","Display_Name":"ada","ZUID":12345678}`,
			},
			user:  providers.User{ID: "12345678", Name: "Ada Lovelace", Email: "ada@example.com"},
			scope: "AaaServer.profile.READ", expiry: time.Hour,
		},
	}
}
