package providers_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// regionalAnswers are handlers by path, as a transport.
func regionalAnswers(handlers map[string]http.HandlerFunc) http.RoundTripper {
	return serve(func(w http.ResponseWriter, r *http.Request) {
		if h := handlers[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// regionalSignIn is a sign-in with a provider whose endpoints answer so.
func regionalSignIn(t *testing.T, p providers.Provider, handlers map[string]http.HandlerFunc) (*providers.Identity, error) {
	t.Helper()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: regionalAnswers(handlers)})
	req := newRequest()
	return p.Exchange(ctx, providers.Callback{
		Params: url.Values{"code": {"code"}, "state": {req.State}, "device_id": {"device"}}, RedirectURL: req.RedirectURL, Nonce: req.Nonce, Verifier: req.Verifier,
	})
}

// regionalRefresh is a refresh with a provider whose endpoints answer so.
func regionalRefresh(t *testing.T, p providers.Provider, a token.Account, answer http.HandlerFunc) (token.Account, error) {
	t.Helper()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: serve(answer)})
	return p.(providers.Refresher).Refresh(ctx, a)
}

// What says in other words than RFC 6749 that a refresh token is no longer good is
// final, and what says something else is not.
func TestRefusalsInOtherWords(t *testing.T) {
	t.Parallel()
	twitch := providers.Twitch("app", "secret", providers.WithMetadata([]byte(`{"issuer":"https://id.twitch.tv/oauth2",
		"authorization_endpoint":"https://id.twitch.tv/oauth2/authorize","token_endpoint":"https://id.twitch.tv/oauth2/token",
		"jwks_uri":"https://id.twitch.tv/oauth2/keys","id_token_signing_alg_values_supported":["RS256"]}`)))
	for name, c := range map[string]struct {
		p      providers.Provider
		status int
		body   string
		kind   error
	}{
		"twitch":                      {twitch, 400, `{"error":"Bad Request","status":400,"message":"Invalid refresh token"}`, providers.ErrInvalidGrant},
		"twitch, 401":                 {twitch, 401, `{"status":401,"message":"Invalid refresh token"}`, providers.ErrInvalidGrant},
		"twitch, code":                {twitch, 400, `{"status":400,"message":"Invalid authorization code"}`, providers.ErrInvalidGrant},
		"twitch, client":              {twitch, 403, `{"status":403,"message":"invalid client secret"}`, providers.ErrRejected},
		"strava":                      {providers.Strava("app", "secret"), 400, `{"message":"Bad Request","errors":[{"resource":"RefreshToken","field":"refresh_token","code":"invalid"}]}`, providers.ErrInvalidGrant},
		"strava, client":              {providers.Strava("app", "secret"), 401, `{"message":"Authorization Error","errors":[{"resource":"Application","field":"client_id","code":"invalid"}]}`, providers.ErrRejected},
		"wechat":                      {providers.WeChat("app", "secret"), 200, `{"errcode":40030,"errmsg":"invalid refresh_token"}`, providers.ErrInvalidGrant},
		"wechat, expired":             {providers.WeChat("app", "secret"), 200, `{"errcode":42002,"errmsg":"refresh_token expired"}`, providers.ErrInvalidGrant},
		"wechat, client":              {providers.WeChat("app", "secret"), 200, `{"errcode":40013,"errmsg":"invalid appid"}`, providers.ErrRejected},
		"kakao":                       {providers.Kakao("app", "secret"), 400, `{"error":"invalid_grant","error_description":"expired_or_invalid_refresh_token","error_code":"KOE322"}`, providers.ErrInvalidGrant},
		"naver":                       {providers.Naver("app", "secret"), 200, `{"error":"invalid_request","error_description":"refresh token is invalid"}`, providers.ErrInvalidGrant},
		"naver, client":               {providers.Naver("app", "secret"), 200, `{"error":"unauthorized_client","error_description":"wrong client id / client secret pair."}`, providers.ErrRejected},
		"vk":                          {providers.VK("app"), 200, `{"error":"invalid_token","error_description":"refresh_token is expired"}`, providers.ErrInvalidGrant},
		"vk, request":                 {providers.VK("app"), 400, `{"error":"invalid_request","error_description":"device_id is missing"}`, providers.ErrRejected},
		"lark":                        {providers.Lark("app", "secret"), 400, `{"code":20073,"error":"invalid_grant","error_description":"The refresh token has been used."}`, providers.ErrInvalidGrant},
		"lark, down":                  {providers.Lark("app", "secret"), 500, `{"code":20050,"error":"server_error","error_description":"An unexpected server error occurred."}`, providers.ErrUnavailable},
		"lark, without an OAuth code": {providers.Lark("app", "secret"), 200, `{"code":99991400,"msg":"request trigger frequency limit"}`, providers.ErrRejected},
		"yandex":                      {providers.Yandex("app", "secret"), 400, `{"error":"invalid_grant","error_description":"expired_token"}`, providers.ErrInvalidGrant},
		"wikimedia":                   {providers.Wikimedia("app", "secret"), 401, `{"error":"invalid_request","hint":"Token has been revoked"}`, providers.ErrInvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := regionalRefresh(t, c.p, token.Account{RefreshToken: token.NewSecret("old")}, reply(c.status, "application/json", c.body))
			if !errors.Is(err, c.kind) {
				t.Errorf("%v, want %v", err, c.kind)
			}
		})
	}
}

// Of Kakao an address counts only while it is the account's own.
func TestKakaoAddresses(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]bool{
		`{"email":"a@example.com","is_email_valid":true,"is_email_verified":true}`:     true,
		`{"email":"a@example.com","is_email_valid":false,"is_email_verified":true}`:    false,
		`{"email":"a@example.com","is_email_valid":true,"is_email_verified":false}`:    false,
		`{"email":"a@example.com","is_email_verified":true}`:                           false,
		`{"email":"a@example.com","is_email_valid":"true","is_email_verified":"true"}`: false,
		`{"email":"a@example.com","email_verified":true}`:                              false,
	} {
		id, err := regionalSignIn(t, providers.Kakao("app", "secret"), map[string]http.HandlerFunc{
			"/oauth/token": replyJSON(`{"access_token":"a","token_type":"bearer","expires_in":60}`),
			"/v2/user/me":  replyJSON(`{"id":1,"kakao_account":` + account + `}`),
		})
		if err != nil || id.User.Email != "a@example.com" || id.User.EmailVerified != want {
			t.Errorf("%s: %v, %+v", account, err, id)
		}
	}
}

// Yandex has a picture of nobody, which is left out.
func TestYandexPictures(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]string{
		`{"id":"1","is_avatar_empty":true,"default_avatar_id":"0/0-0"}`: "",
		`{"id":"1"}`: "",
		`{"id":"1","is_avatar_empty":false,"default_avatar_id":"21/a b?c#d"}`: "https://avatars.yandex.net/get-yapic/21/a%20b%3Fc%23d/islands-200",
	} {
		id, err := regionalSignIn(t, providers.Yandex("app", "secret"), map[string]http.HandlerFunc{
			"/token": replyJSON(`{"access_token":"a","token_type":"bearer"}`),
			"/info":  replyJSON(profile),
		})
		if err != nil || id.User.Image != want {
			t.Errorf("%s: %v, %+v", profile, err, id)
		}
	}
}

// WeChat sends JSON as text, and has another page for its own browser, which wants the
// parameters in a certain order.
func TestWeChatInItsOwnBrowser(t *testing.T) {
	t.Parallel()
	p := providers.WeChat("wx1", "secret", providers.WithOfficialAccount())
	req := newRequest()
	location, err := p.AuthCodeURL(t.Context(), req)
	want := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&redirect_uri=" + url.QueryEscape(req.RedirectURL) +
		"&response_type=code&scope=snsapi_userinfo&state=" + url.QueryEscape(req.State) + "#wechat_redirect"
	if err != nil || location != want {
		t.Errorf("%v\n %s, want\n %s", err, location, want)
	}
	text := func(body string) http.HandlerFunc { return reply(http.StatusOK, "text/plain", body) }
	const tokens = `{"access_token":"a","expires_in":7200,"refresh_token":"r","openid":"o","scope":"snsapi_userinfo"}`
	id, err := regionalSignIn(t, p, map[string]http.HandlerFunc{
		"/sns/oauth2/access_token": text(tokens), "/sns/userinfo": text(`{"openid":"o","nickname":"N","unionid":"u"}`),
	})
	if err != nil || id.User.ID != "u" || id.User.Name != "N" {
		t.Errorf("%v, %+v", err, id)
	}
	for why, profile := range map[string]string{
		"no usable id": `{"openid":"o","nickname":"N"}`, // of an account that is not bound
		"40003":        `{"errcode":40003,"errmsg":"invalid openid"}`,
	} {
		id, err := regionalSignIn(t, p, map[string]http.HandlerFunc{"/sns/oauth2/access_token": text(tokens), "/sns/userinfo": text(profile)})
		if id != nil || err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want %s", err, why)
		}
	}
}

// Who only looks at a snapshot of a page is nobody, though there is a unionid.
func TestWeChatSnapshot(t *testing.T) {
	t.Parallel()
	for marked, let := range map[string]bool{`,"is_snapshotuser":1`: false, `,"is_snapshotuser":0`: true, ``: true} {
		id, err := regionalSignIn(t, providers.WeChat("wx1", "secret", providers.WithOfficialAccount()), map[string]http.HandlerFunc{
			"/sns/oauth2/access_token": replyJSON(`{"access_token":"a","expires_in":7200,"openid":"o","scope":"snsapi_userinfo"` + marked + `}`),
			"/sns/userinfo":            replyJSON(`{"openid":"o","nickname":"N","unionid":"u"}`),
		})
		if let && (err != nil || id.User.ID != "u") || !let && (id != nil || !errors.Is(err, providers.ErrDenied)) {
			t.Errorf("%s: %v, %+v", marked, err, id)
		}
	}
}

// A refresh token of VK goes with the device that it was given to.
func TestVKKeepsTheDevice(t *testing.T) {
	t.Parallel()
	id, err := regionalSignIn(t, providers.VK("app"), map[string]http.HandlerFunc{
		"/oauth2/auth":      replyJSON(`{"access_token":"a","refresh_token":"r1","token_type":"Bearer","expires_in":3600,"user_id":1}`),
		"/oauth2/user_info": replyJSON(`{"user":{"user_id":"1"}}`),
	})
	if err != nil || id.Account.RefreshToken.Reveal() != "r1 device" {
		t.Fatalf("%v, %+v", err, id)
	}
	for _, answered := range []struct{ tokens, kept string }{
		{`{"access_token":"b","refresh_token":"r2","token_type":"Bearer"}`, "r2 device"},
		{`{"access_token":"b","token_type":"Bearer"}`, "r1 device"},
	} {
		var form, query url.Values
		a, err := regionalRefresh(t, providers.VK("app"), id.Account, func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			form, query = r.PostForm, r.URL.Query()
			replyJSON(answered.tokens)(w, r)
		})
		if err != nil || a.RefreshToken.Reveal() != answered.kept {
			t.Errorf("%v, kept %q", err, a.RefreshToken.Reveal())
		}
		if form.Get("refresh_token") != "r1" || query.Get("device_id") != "device" || query.Get("state") == "" || form.Has("client_secret") {
			t.Errorf("asked with %v and %v", query, form)
		}
	}
	id, err = regionalSignIn(t, providers.VK("app"), map[string]http.HandlerFunc{
		"/oauth2/auth":      replyJSON(`{"access_token":"a","token_type":"Bearer"}`),
		"/oauth2/user_info": replyJSON(`{"user":{"user_id":"1"}}`),
	})
	if err != nil || !id.Account.RefreshToken.IsZero() {
		t.Errorf("without a refresh token: %v, %+v", err, id)
	}
}

// What is not a profile of 42 is nobody.
func TestFortyTwoProfiles(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]error{
		`{"id":7,"login":"a"}`:   nil,
		`{"id":"7","login":"a"}`: providers.ErrResponse,
		`{"login":"a"}`:          providers.ErrResponse,
		`[]`:                     providers.ErrResponse,
		`<html>`:                 providers.ErrResponse,
	} {
		id, err := regionalSignIn(t, providers.FortyTwoSchool("app", "secret"), map[string]http.HandlerFunc{
			"/oauth/token": replyJSON(`{"access_token":"a","token_type":"bearer"}`), "/v2/me": replyJSON(profile),
		})
		if !errors.Is(err, want) || want == nil && (id.User.ID != "7" || id.User.Name != "a") {
			t.Errorf("%s: %v, %+v", profile, err, id)
		}
	}
	if _, err := regionalSignIn(t, providers.FortyTwoSchool("app", "secret"), map[string]http.HandlerFunc{
		"/oauth/token": replyJSON(`{"access_token":"a","token_type":"bearer"}`),
		"/v2/me":       reply(http.StatusTooManyRequests, "application/json", `{}`),
	}); !errors.Is(err, providers.ErrUnavailable) {
		t.Errorf("too many requests: %v", err)
	}
}

// Wikimedia's software runs elsewhere too.
func TestOtherMediaWikis(t *testing.T) {
	t.Parallel()
	p := providers.Wikimedia("app", "secret", providers.WithBaseURL("https://wiki.example.org/w/rest.php/"))
	if err := p.(providers.Checker).Check(); err != nil {
		t.Error(err)
	}
	location, err := p.AuthCodeURL(t.Context(), newRequest())
	if err != nil || bare(location) != "https://wiki.example.org/w/rest.php/oauth2/authorize" {
		t.Errorf("%v, %s", err, location)
	}
}
