package providers

import (
	"context"
	"errors"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// WeCom is sign-in with WeCom (WeChat Work), for the members of one company. Create an app
// at https://work.weixin.qq.com/wework_admin: its AgentId, its secret and the company's
// CorpID are the arguments. In the app, set the host of your URL as the callback domain
// of "WeCom authorized login", and list the addresses that your servers call from as
// trusted IPs. In the environment the AgentId is AUTH_WECOM_AGENT.
//
// There are no tokens of a person: the app asks with its own one, which stays out of the
// session. Of apps since June 2022 the answer has neither e-mail address nor picture.
//
// https://developer.work.weixin.qq.com/document/path/98152
func WeCom(corpID, secret, agentID string, options ...Option) Provider {
	c := Config{
		ID: "wecom", Name: "WeCom",
		ClientID: corpID, ClientSecret: secret,
		AuthURL:     "https://login.work.weixin.qq.com/wwlogin/sso/login",
		TokenURL:    "https://qyapi.weixin.qq.com/cgi-bin/gettoken",
		UserInfoURL: "https://qyapi.weixin.qq.com/cgi-bin/user/get",
		Params:      url.Values{"login_type": {"CorpApp"}, "agentid": {agentID}},
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "userid", Name: "name", Email: "biz_mail|email", Image: "avatar"},
		Dialect: Dialect{
			NoPKCE: true, ClientID: "appid",
			Error: "errcode", Success: []string{"0"}, Spent: []string{"40029", "42003"},
		},
		Style: Style{Background: "#0082ef", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developer.work.weixin.qq.com/document/path/98152", Console: "https://work.weixin.qq.com/wework_admin",
			Refresh: no, Rotation: no, Revocation: no, Logout: no,
			Email: "never: it is what the company entered", Subject: "text (userid), within the company",
			Note: "no tokens of a person, no PKCE; WeCom only answers to trusted IPs",
		},

		confidential: true,
	}
	if agentID == "" {
		c.err = errors.New("agentID is empty; set it, or AUTH_WECOM_AGENT, to the app's AgentId")
	}
	c.apply(options)
	return weCom{newOAuth2(c)}
}

type weCom struct{ *client }

const weComUserURL = "https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo"

// Exchange implements Provider.
func (w weCom) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	if err := w.checkCallback(metadata{}, cb.Params); err != nil {
		return nil, err
	}
	app, err := w.ask(ctx, opToken, w.TokenURL, url.Values{"corpid": {w.ClientID}, "corpsecret": {w.secret.Reveal()}})
	if err != nil {
		return nil, err
	}
	access := app.String("access_token")
	member, err := w.ask(ctx, opToken, weComUserURL, url.Values{"access_token": {access}, "code": {cb.Params.Get("code")}})
	if err != nil {
		return nil, err
	}
	userID := member.String("userid")
	if userID == "" { // the person has an openid instead
		return nil, &Error{Provider: w.ID, Op: opUserInfo, Kind: ErrDenied, Detail: "the person is not a member of the company"}
	}
	profile, err := w.ask(ctx, opUserInfo, w.UserInfoURL, url.Values{"access_token": {access}, "userid": {userID}})
	if err != nil {
		return nil, err
	}
	return w.identity(token.Account{Provider: w.ID, Type: string(PlainOAuth2)}, profile)
}

// ask gets an answer of WeCom's API.
func (w weCom) ask(ctx context.Context, op, endpoint string, params url.Values) (claims.Object, error) {
	var answer claims.Object
	req, err := InQuery.request(ctx, "", endpoint, params)
	if err != nil {
		return answer, &Error{Provider: w.ID, Op: op, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	calls, err := w.calls(ctx, op, &answer, token.Secret{}, token.Secret{})
	if err == nil {
		_, err = do(calls, w.ID, op, req)
	}
	return answer, err
}
