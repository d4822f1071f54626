package providers

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/oauth2"
)

// WeChat is sign-in with WeChat, by a QR code on a web page. Register a website
// application at https://open.weixin.qq.com, with the host of your URL as its
// authorization callback domain. The client id is its AppID.
//
// WeChat knows neither PKCE nor e-mail addresses. The id is the unionid, which is the
// same in all applications of one developer account. A refresh token comes with every
// sign-in and is good for 30 days. [WithOfficialAccount] is for pages in WeChat's own
// browser.
//
// https://developers.weixin.qq.com/doc/oplatform/en/Website_App/WeChat_Login/Wechat_Login.html
func WeChat(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "wechat", Name: "WeChat",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:       "https://open.weixin.qq.com/connect/qrconnect",
		TokenURL:      "https://api.weixin.qq.com/sns/oauth2/access_token",
		UserInfoURL:   "https://api.weixin.qq.com/sns/userinfo?openid={openid}&lang=zh_CN",
		Scopes:        []string{"snsapi_login"},
		AuthStyle:     oauth2.AuthStyleInParams,
		UntypedTokens: true,
		Fields:        Fields{ID: "unionid", Name: "nickname", Image: "headimgurl"},
		Dialect: Dialect{
			NoPKCE: true, ScopeSeparator: ",", Fragment: "#wechat_redirect",
			ClientID: "appid", ClientSecret: "secret",
			TokenRequest: InQuery, RefreshURL: "https://api.weixin.qq.com/sns/oauth2/refresh_token",
			AnyContentType: true, TokenParam: "access_token",
			Error: "errcode", Success: []string{"0"},
			Spent: []string{"40029", "40030", "40163", "42002", "42003"},
		},
		Style: Style{Background: "#07c160", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developers.weixin.qq.com/doc/oplatform/en/Website_App/WeChat_Login/Wechat_Login.html",
			Console: "https://open.weixin.qq.com",
			Refresh: yes, Rotation: no, Revocation: no, Logout: no,
			Email: "never: WeChat gives no address", Subject: "text (unionid), the same in all applications of the developer",
			Note: "no PKCE; errors come with status 200",
		},

		confidential: true,
	}
	c.apply(options)
	return weChat{newOAuth2(c)}
}

type weChat struct{ *client }

// Exchange implements Provider. To somebody who only looks at a page in WeChat's browser
// (a snapshot), WeChat gives a made-up account, of which the unionid is nobody's.
//
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
func (w weChat) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	m, account, answer, err := w.spend(ctx, cb)
	if err != nil {
		return nil, err
	}
	if answer.Text("is_snapshotuser") == "1" {
		return nil, &Error{Provider: w.ID, Op: opToken, Kind: ErrDenied, Detail: "WeChat shows a snapshot of the page, and does not say who looks at it"}
	}
	return w.identify(ctx, m, account, answer, cb)
}

// WithOfficialAccount makes [WeChat] sign people in inside WeChat's own browser, with an
// official account of https://mp.weixin.qq.com, whose AppID the client id is then. The
// account has to be bound to a developer account of https://open.weixin.qq.com, since
// nobody has a unionid otherwise.
func WithOfficialAccount() Option {
	return optionFunc(func(c *Config) {
		if !strings.HasPrefix(c.AuthURL, "https://open.weixin.qq.com/") { // it would send people to WeChat all the same
			c.err = errors.Join(c.err, errors.New("WithOfficialAccount is for WeChat only"))
			return
		}
		c.AuthURL, c.Scopes = "https://open.weixin.qq.com/connect/oauth2/authorize", []string{"snsapi_userinfo"}
	})
}
