package providers

import (
	"context"
	"net/url"

	"golang.org/x/oauth2"
)

// regionalPresets lists providers that are at home in one country or region.
func regionalPresets() []preset {
	return []preset{
		{"feishu", plain(Feishu)},
		{"kakao", plain(Kakao)},
		{"lark", plain(Lark)},
		{"line", plain(LINE)},
		{"naver", plain(Naver)},
		{"vk", func(e environment) Provider { return VK(e.id) }},
		{"wechat", plain(WeChat)},
		{"wecom", func(e environment) Provider { return WeCom(e.id, e.secret, e.get("AGENT")) }},
		{"yandex", plain(Yandex)},
	}
}

// Yandex is sign-in with Yandex ID. Register an application at
// https://oauth.yandex.com/client/new, with the redirect URI
// <your URL>/auth/callback/yandex and access to the login, name, e-mail address and
// picture: a scope that is not chosen there is refused.
//
// A refresh token comes with every sign-in. The access token lives for months, and a
// refresh before its time may bring the same one again. Tokens cannot be revoked.
//
// https://yandex.com/dev/id/doc/en/
func Yandex(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "yandex", Name: "Yandex",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://oauth.yandex.ru/authorize",
		TokenURL:    "https://oauth.yandex.ru/token",
		UserInfoURL: "https://login.yandex.ru/info?format=json",
		Scopes:      []string{"login:info", "login:email", "login:avatar"},
		Fields:      Fields{ID: "id", Name: "display_name|real_name|first_name", Email: "default_email|emails.0"},
		Dialect:     Dialect{Spent: []string{"bad_verification_code"}},
		Style:       Style{Background: "#ffcc00", Text: "#000000"},
		Facts: Facts{
			Docs: "https://yandex.com/dev/id/doc/en/", Console: "https://oauth.yandex.com/client/new",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: no,
			Email: "never: Yandex does not say it", Subject: "digits, the same everywhere",
			Note: "revocation only ends tokens that were asked for with a device_id",
		},

		confidential: true,
	}
	c.apply(options)
	return yandex{newOAuth2(c)}
}

type yandex struct{ *client }

// Exchange implements Provider. The profile names the picture by a path, and says
// whether there is one.
func (y yandex) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	id, err := y.client.Exchange(ctx, cb)
	if err != nil {
		return nil, err
	}
	if avatar := id.Profile.String("default_avatar_id"); avatar != "" && !id.Profile.Bool("is_avatar_empty") {
		u := url.URL{Scheme: "https", Host: "avatars.yandex.net", Path: "/get-yapic/" + avatar + "/islands-200"}
		id.User.Image = u.String()
	}
	return id, nil
}

// Kakao is sign-in with Kakao. Register an app at https://developers.kakao.com/console/app,
// switch Kakao Login on, and add the redirect URI <your URL>/auth/callback/kakao. The
// client id is the REST API key; switch the client secret on too. What the person is
// asked for are the consent items of the app, so no scopes are sent. The e-mail address
// needs a review of the app.
//
// A refresh token comes with every sign-in, and is replaced when it has less than a month
// left. [WithScopes] takes the ids of consent items; they are separated by commas.
//
// https://developers.kakao.com/docs/latest/en/kakaologin/rest-api
func Kakao(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "kakao", Name: "Kakao",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://kauth.kakao.com/oauth/authorize",
		TokenURL:    "https://kauth.kakao.com/oauth/token",
		UserInfoURL: "https://kapi.kakao.com/v2/user/me",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields: Fields{
			ID: "id", Name: "kakao_account.profile.nickname|kakao_account.name", Email: "kakao_account.email",
			Image: "kakao_account.profile.profile_image_url",
		},
		Dialect: Dialect{ScopeSeparator: ","},
		Style:   Style{Background: "#fee500", Text: "#191919"},
		Facts: Facts{
			Docs:    "https://developers.kakao.com/docs/latest/en/kakaologin/rest-api",
			Console: "https://developers.kakao.com/console/app",
			Refresh: yes, Rotation: sometimes, Revocation: no, Logout: no,
			Email: "is_email_valid and is_email_verified", Subject: "number, of this app only",
			Note: "refresh tokens rotate in their last month; an app can only unlink a person, not revoke a token",
		},
	}
	c.apply(options)
	return kakao{newOAuth2(c)}
}

type kakao struct{ *client }

// Exchange implements Provider. A verified address is no longer valid once it is that of
// another account.
func (k kakao) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	id, err := k.client.Exchange(ctx, cb)
	if err != nil {
		return nil, err
	}
	account, _ := id.Profile.Object("kakao_account")
	id.User.EmailVerified = account.Bool("is_email_valid") && account.Bool("is_email_verified")
	return id, nil
}

// Naver is sign-in with Naver. Register an application at
// https://developers.naver.com/apps, with the API "Naver Login", the items to ask for,
// and the callback URL <your URL>/auth/callback/naver. Until Naver has reviewed it, only
// the testers that it lists can sign in. There are no scopes.
//
// A refresh token comes with every sign-in and stays the same. Revoking the access
// token removes the application from the person's account.
//
// https://developers.naver.com/docs/login/api/api.md
func Naver(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "naver", Name: "Naver",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://nid.naver.com/oauth2.0/authorize",
		TokenURL:    "https://nid.naver.com/oauth2.0/token",
		UserInfoURL: "https://openapi.naver.com/v1/nid/me",
		RevokeURL:   "https://nid.naver.com/oauth2.0/token?grant_type=delete&service_provider=NAVER",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "response.id", Name: "response.nickname|response.name", Email: "response.email", Image: "response.profile_image"},
		Dialect: Dialect{
			Error: "resultcode", Success: []string{"00"},
			Spent:      []string{"invalid_request"}, // with status 200
			Revocation: Revocation{Encoding: InQuery, Param: "access_token", Only: "access_token"},
		},
		Style: Style{Background: "#03c75a", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developers.naver.com/docs/login/api/api.md", Console: "https://developers.naver.com/apps",
			Refresh: yes, Rotation: no, Revocation: yes, Logout: no,
			Email: "never: it is the contact address, which the person can change", Subject: "text, of this application only",
			Note: "revocation removes the application from the account",
		},

		confidential: true,
	}, options...)
}
