package providers

import "golang.org/x/oauth2"

// Lark is sign-in with Lark, for companies outside China; inside it is [Feishu].
// Register a custom app at https://open.larksuite.com/app, add the redirect URL
// <your URL>/auth/callback/lark in its security settings, and publish a version. The
// e-mail address needs the permission contact:user.email:readonly.
//
// [WithScopes] with offline_access brings a refresh token, which is good for one use and
// seven days. Every scope has to be granted to the app first. Tokens are long; see the
// size of cookies.
//
// https://open.larksuite.com/document/common-capabilities/sso/api/obtain-oauth-code
func Lark(clientID, clientSecret string, options ...Option) Provider {
	return lark("lark", "Lark", "larksuite.com", clientID, clientSecret, options)
}

// Feishu is sign-in with Feishu, as [Lark] is called in China. Register a custom app at
// https://open.feishu.cn/app, with the redirect URL <your URL>/auth/callback/feishu; all
// else is as with Lark.
//
// https://open.feishu.cn/document/common-capabilities/sso/api/obtain-oauth-code
func Feishu(clientID, clientSecret string, options ...Option) Provider {
	return lark("feishu", "Feishu", "feishu.cn", clientID, clientSecret, options)
}

func lark(id, name, domain, clientID, clientSecret string, options []Option) Provider {
	accounts, open := "https://accounts."+domain, "https://open."+domain
	return OAuth2(Config{
		ID: id, Name: name,
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     accounts + "/open-apis/authen/v1/authorize",
		TokenURL:    open + "/open-apis/authen/v2/oauth/token",
		UserInfoURL: open + "/open-apis/authen/v1/user_info",
		RevokeURL:   accounts + "/oauth/v1/revoke",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields: Fields{
			ID: "data.open_id", Name: "data.name|data.en_name", Email: "data.enterprise_email|data.email", Image: "data.avatar_url",
		},
		Dialect: Dialect{Error: "error|code", Success: []string{"0"}},
		Style:   Style{Background: "#3370ff", Text: "#000000"},
		Facts: Facts{
			Docs: open + "/document/common-capabilities/sso/api/obtain-oauth-code", Console: open + "/app",
			Refresh: onRequest, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: it is what the company entered", Subject: "text (open_id), of this app only",
			Note: "revocation is the endpoint that Lark's own command line uses; it is not in the documentation",
		},

		confidential: true,
	}, options...)
}
