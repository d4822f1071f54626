package providers_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func regionalEntries() map[string]entry {
	return map[string]entry{
		"feishu": larkEntry("feishu.cn", providers.Feishu),
		"kakao":  kakaoEntry(),
		"lark":   larkEntry("larksuite.com", providers.Lark),
		"line":   lineEntry(),
		"naver":  naverEntry(),
		"vk":     vkEntry(),
		"wechat": weChatEntry(),
		"wecom":  weComEntry(),
		"yandex": {
			make:      func(o ...providers.Option) providers.Provider { return providers.Yandex("app", "secret", o...) },
			authorize: "https://oauth.yandex.ru/authorize?scope=login%3Ainfo+login%3Aemail+login%3Aavatar",
			oauth: &providertest.OAuth2{
				AuthURL:     "https://oauth.yandex.ru/authorize",
				TokenURL:    "https://oauth.yandex.ru/token",
				UserInfoURL: "https://login.yandex.ru/info",
				Tokens:      `{"token_type":"bearer","access_token":"{access}","expires_in":31536000,"refresh_token":"{refresh}"}`,
				Profile: `{"first_name":"Ivan","last_name":"Ivanov","display_name":"ivan","emails":["test@yandex.ru","other-test@yandex.ru"],
					"default_email":"test@yandex.ru","default_phone":{"id":12345678,"number":"+79037659418"},"real_name":"Ivan Ivanov","is_avatar_empty":false,
					"birthday":"1987-03-12","default_avatar_id":"131652443/enc-3a","login":"ivan","old_social_login":"uid-mmzxrnry","sex":"male",
					"id":"1000034426","client_id":"4760187d81bc4b7799476b42b5103713","psuid":"1.AAceCw.tbHgw5DtJ9_zeqPrk-Ba2w.qPWSRC5v2t2IaksPJgnge"}`,
				Spent: `{"error":"bad_verification_code","error_description":"Invalid code"}`,
			},
			user: providers.User{
				ID: "1000034426", Name: "ivan", Email: "test@yandex.ru",
				Image: "https://avatars.yandex.net/get-yapic/131652443/enc-3a/islands-200",
			},
			scope: "login:info login:email login:avatar", expiry: 31536000 * time.Second,
		},
	}
}

func kakaoEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Kakao("app", "secret", o...) },
		authorize: "https://kauth.kakao.com/oauth/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://kauth.kakao.com/oauth/authorize",
			TokenURL:    "https://kauth.kakao.com/oauth/token",
			UserInfoURL: "https://kapi.kakao.com/v2/user/me",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens: `{"token_type":"bearer","access_token":"{access}","expires_in":21599,"refresh_token":"{refresh}",
				"refresh_token_expires_in":5184000,"scope":"account_email profile_image profile_nickname"}`,
			Refreshed:  `{"access_token":"{access}","token_type":"bearer","expires_in":21599}`,
			NoRotation: true,
			Profile: `{"id":9007199254740993,"connected_at":"2022-04-11T01:45:28Z","kakao_account":{"profile_nickname_needs_agreement":false,
				"profile":{"nickname":"홍길동","thumbnail_image_url":"https://k.kakaocdn.net/dn/x/img_110x110.jpg",
				"profile_image_url":"https://k.kakaocdn.net/dn/x/img_640x640.jpg","is_default_image":false},
				"has_email":true,"email_needs_agreement":false,"is_email_valid":true,"is_email_verified":true,"email":"sample@sample.com"}}`,
			Spent: `{"error":"invalid_grant","error_description":"authorization code not found for code=x","error_code":"KOE320"}`,
		},
		user: providers.User{
			ID: "9007199254740993", Name: "홍길동", Email: "sample@sample.com", EmailVerified: true,
			Image: "https://k.kakaocdn.net/dn/x/img_640x640.jpg",
		},
		scope: "account_email profile_image profile_nickname", expiry: 21599 * time.Second,
	}
}

// naverEntry has one endpoint that redeems, refreshes and revokes.
func naverEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Naver("app", "secret", o...) },
		authorize: "https://nid.naver.com/oauth2.0/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://nid.naver.com/oauth2.0/authorize",
			TokenURL:    "https://nid.naver.com/oauth2.0/token",
			UserInfoURL: "https://openapi.naver.com/v1/nid/me",
			RevokeURL:   "https://nid.naver.com/oauth2.0/token/delete",
			Names:       map[string]string{"token": "access_token"},
			Client:      providertest.PostClient("client_id", "client_secret"),
			Params: func(r *http.Request) url.Values {
				if r.Method == http.MethodGet {
					return providertest.QueryParams(r)
				}
				return providertest.FormParams(r)
			},
			Require: func(r *http.Request) error {
				if r.URL.Query().Get("grant_type") == "delete" && r.URL.Query().Get("service_provider") == "NAVER" {
					r.URL.Path += "/delete"
				}
				return nil
			},
			Tokens:     `{"access_token":"{access}","refresh_token":"{refresh}","token_type":"bearer","expires_in":"3600"}`,
			Refreshed:  `{"access_token":"{access}","token_type":"bearer","expires_in":"3600"}`,
			NoRotation: true,
			Profile: `{"resultcode":"00","message":"success","response":{"email":"openapi@naver.com","nickname":"OpenAPI",
				"profile_image":"https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif","age":"40-49","gender":"F","id":"32742776",
				"name":"오픈 API","birthday":"10-01","birthyear":"1900","mobile":"010-0000-0000"}}`,
			Spent: `{"error":"invalid_request","error_description":"no valid data in session"}`, SpentStatus: http.StatusOK,
		},
		user: providers.User{
			ID: "32742776", Name: "OpenAPI", Email: "openapi@naver.com",
			Image: "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif",
		},
		expiry: time.Hour,
	}
}

func larkEntry(domain string, constructor func(id, secret string, o ...providers.Option) providers.Provider) entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return constructor("app", "secret", o...) },
		authorize: "https://accounts." + domain + "/open-apis/authen/v1/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://accounts." + domain + "/open-apis/authen/v1/authorize",
			TokenURL:    "https://open." + domain + "/open-apis/authen/v2/oauth/token",
			UserInfoURL: "https://open." + domain + "/open-apis/authen/v1/user_info",
			RevokeURL:   "https://accounts." + domain + "/oauth/v1/revoke",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens: `{"code":0,"access_token":"{access}","expires_in":7200,"refresh_token":"{refresh}","refresh_token_expires_in":604800,
				"scope":"auth:user.id:read offline_access","token_type":"Bearer"}`,
			Profile: `{"code":0,"msg":"success","data":{"name":"zhangsan","en_name":"San Zhang","avatar_url":"https://www.feishu.cn/avatar/icon",
				"open_id":"ou-caecc734c2e3328a62489fe0648c4b98779515d3","union_id":"on-d89jhsdhjsajkda7828enjdj328ydhhw3u43yjhdj",
				"email":"zhangsan@example.com","enterprise_email":"demo@mail.example.com","user_id":"5d9bdxxx","tenant_key":"736588c92lxf175d"}}`,
			Spent: `{"code":20003,"error":"invalid_grant","error_description":"The authorization code is not found. Please note that an authorization code can only be used once."}`,
		},
		user: providers.User{
			ID: "ou-caecc734c2e3328a62489fe0648c4b98779515d3", Name: "zhangsan", Email: "demo@mail.example.com",
			Image: "https://www.feishu.cn/avatar/icon",
		},
		scope: "auth:user.id:read offline_access", expiry: 2 * time.Hour,
	}
}

// vkEntry is of a public client, which VK knows by the device that it gave it.
func vkEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.VK("app", o...) },
		authorize: "https://id.vk.ru/authorize?scope=vkid.personal_info+email",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://id.vk.ru/authorize",
			TokenURL:    "https://id.vk.ru/oauth2/auth",
			UserInfoURL: "https://id.vk.ru/oauth2/user_info",
			RevokeURL:   "https://id.vk.ru/oauth2/logout",
			Names:       map[string]string{"token": "access_token"},
			Callback:    url.Values{"device_id": {"hWyk-3rV_x"}, "type": {"code_v2"}, "expires_in": {"3600"}},
			Client: func(_ *http.Request, params url.Values) [2]string {
				if params.Has("client_secret") {
					return [2]string{}
				}
				return [2]string{params.Get("client_id"), "secret"}
			},
			Access: providertest.TokenParam("access_token"),
			Require: func(r *http.Request) error {
				switch _ = r.ParseForm(); {
				case r.Method != http.MethodPost || r.Form.Get("client_id") != "app":
					return errors.New("not a POST of the client")
				case r.URL.Path != "/oauth2/auth":
				case r.Form.Get("device_id") != "hWyk-3rV_x" && r.Form.Get("refresh_token") != "spent" || r.Form.Get("state") == "":
					return fmt.Errorf("device %q, state %q", r.Form.Get("device_id"), r.Form.Get("state"))
				}
				return nil
			},
			Tokens: `{"refresh_token":"{refresh}","access_token":"{access}","id_token":"eyJ0.eyJp.c2ln","token_type":"Bearer","expires_in":3600,
				"user_id":1234567890,"state":"random-state","scope":"vkid.personal_info email"}`,
			Refreshed: `{"refresh_token":"{refresh}","access_token":"{access}","token_type":"Bearer","expires_in":3600,"user_id":1234567890,
				"state":"other-state","scope":"vkid.personal_info email"}`,
			Profile: `{"user":{"user_id":"1234567890","first_name":"Ivan","last_name":"Ivanov","phone":"79991234567",
				"avatar":"https://pp.userapi.com/60tZWMo4SmwcploUVl9XEt8ufnTTvDUmQ6Bj1g/mmv1pcj63C4.png","email":"ivan_i123@vk.ru","sex":2,"verified":true,"birthday":"01.01.2000"}}`,
			Spent: `{"error":"invalid_grant","error_description":"Code is invalid or expired"}`,
		},
		user: providers.User{
			ID: "1234567890", Name: "Ivan Ivanov", Email: "ivan_i123@vk.ru",
			Image: "https://pp.userapi.com/60tZWMo4SmwcploUVl9XEt8ufnTTvDUmQ6Bj1g/mmv1pcj63C4.png",
		},
		scope: "vkid.personal_info email", expiry: time.Hour,
	}
}

func weChatEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.WeChat("app", "secret", o...) },
		authorize: "https://open.weixin.qq.com/connect/qrconnect?appid=app&no_pkce=1&scope=snsapi_login#wechat_redirect",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://open.weixin.qq.com/connect/qrconnect",
			TokenURL:    "https://api.weixin.qq.com/sns/oauth2/access_token",
			RefreshURL:  "https://api.weixin.qq.com/sns/oauth2/refresh_token",
			UserInfoURL: "https://api.weixin.qq.com/sns/userinfo",
			Names:       map[string]string{"client_id": "appid", "client_secret": "secret"},
			Params:      providertest.QueryParams,
			Client:      providertest.PostClient("appid", "secret"),
			Access:      providertest.TokenParam("access_token"),
			Require: func(r *http.Request) error {
				if r.Method != http.MethodGet || r.URL.Path == "/sns/userinfo" && r.URL.Query().Get("openid") != "OPENID" {
					return errors.New("not a GET, or for nobody")
				}
				return nil
			},
			Tokens: `{"access_token":"{access}","expires_in":7200,"refresh_token":"{refresh}","openid":"OPENID","scope":"snsapi_login",
				"unionid":"o6_bmasdasdsad6_2sgVt7hMZOPfL"}`,
			Refreshed:  `{"access_token":"{access}","expires_in":7200,"refresh_token":"{refresh}","openid":"OPENID","scope":"snsapi_login"}`,
			NoRotation: true,
			Profile: `{"openid":"OPENID","nickname":"NICKNAME","sex":1,"province":"PROVINCE","city":"CITY","country":"COUNTRY",
				"headimgurl":"https://thirdwx.qlogo.cn/mmopen/g3MonUZtNHkdmzicIlibx6iaFqAc56vxLSUfpb6n5WKSYVY0ChQKkiaJSgQ1dZuTOgvLLrhJbERQQ/0",
				"privilege":["PRIVILEGE1","PRIVILEGE2"],"unionid":"o6_bmasdasdsad6_2sgVt7hMZOPfL"}`,
			Spent: `{"errcode":40029,"errmsg":"invalid code, rid: 6597d1a2-1a2b3c4d-5e6f7a8b"}`, SpentStatus: http.StatusOK,
		},
		user: providers.User{
			ID: "o6_bmasdasdsad6_2sgVt7hMZOPfL", Name: "NICKNAME",
			Image: "https://thirdwx.qlogo.cn/mmopen/g3MonUZtNHkdmzicIlibx6iaFqAc56vxLSUfpb6n5WKSYVY0ChQKkiaJSgQ1dZuTOgvLLrhJbERQQ/0",
		},
		scope: "snsapi_login", expiry: 2 * time.Hour,
	}
}
