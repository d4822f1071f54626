package providers_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// X tells the e-mail address to applications that ask for it.
func TestTwitterEmail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		profile string
		want    providers.User
	}{
		"confirmed": {
			`{"data":{"id":"1","name":"Ada","username":"ada","confirmed_email":"ada@example.com"}}`,
			providers.User{ID: "1", Name: "Ada", Email: "ada@example.com", EmailVerified: true},
		},
		"none": {`{"data":{"id":"1","name":"Ada","username":"ada"}}`, providers.User{ID: "1", Name: "Ada"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := ""
			peer := &providertest.OAuth2{
				AuthURL: "https://x.com/i/oauth2/authorize", TokenURL: "https://api.x.com/2/oauth2/token", UserInfoURL: "https://api.x.com/2/users/me",
				Tokens:  `{"token_type":"bearer","expires_in":7200,"access_token":"{access}"}`,
				Profile: tc.profile,
			}
			peer.Require = func(r *http.Request) error {
				if r.URL.Path == "/2/users/me" {
					asked = r.URL.Query().Get("user.fields")
				}
				return nil
			}
			p := providers.Twitter("app", "secret", providers.WithScopes("users.email"))
			id, err := signInAt(t, p, peer)
			if err != nil || id.User != tc.want || asked != "profile_image_url,confirmed_email" {
				t.Errorf("%+v, %v; asked for %s", id, err, asked)
			}
			if !strings.HasSuffix(id.Account.Scope, " users.email") {
				t.Errorf("scope %s", id.Account.Scope)
			}
		})
	}
}

// Reddit's errors at a refresh and with a code are of different kinds.
func TestSocialErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		make   func(id, secret string, options ...providers.Option) providers.Provider
		answer string
		status int
		kind   error
	}{
		"reddit, code":       {providers.Reddit, `{"error": "invalid_grant"}`, 200, providers.ErrInvalidGrant},
		"reddit, secret":     {providers.Reddit, `{"message": "Unauthorized", "error": 401}`, 401, providers.ErrRejected},
		"reddit, busy":       {providers.Reddit, `{"message": "Too Many Requests", "error": 429}`, 429, providers.ErrUnavailable},
		"pinterest, secret":  {providers.Pinterest, `{"code":2,"message":"Authentication failed."}`, 401, providers.ErrRejected},
		"tiktok, client":     {providers.TikTok, `{"error":"invalid_client","error_description":"Client key or secret is incorrect.","log_id":"1"}`, 200, providers.ErrRejected},
		"twitter, header":    {providers.Twitter, `{"error":"unauthorized_client","error_description":"Missing valid authorization header"}`, 401, providers.ErrRejected},
		"linkedin, client":   {providers.LinkedIn, `{"error":"invalid_client","error_description":"Client authentication failed"}`, 401, providers.ErrRejected},
		"discord, throttled": {providers.Discord, `{"message":"You are being rate limited.","retry_after":0.3,"global":false}`, 429, providers.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := newRequest()
			_, err := tc.make("app", "secret").Exchange(alwaysAnswered(t, tc.status, tc.answer), providers.Callback{
				Params: url.Values{"code": {"c"}}, RedirectURL: req.RedirectURL, Nonce: req.Nonce, Verifier: req.Verifier,
			})
			if !errors.Is(err, tc.kind) {
				t.Error(err)
			}
		})
	}
}

// TikTok says at a profile that there is no error, or which one.
func TestTikTokProfile(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]error{
		`{"data":{},"error":{"code":"access_token_invalid","message":"x","log_id":"1"}}`: providers.ErrRejected,
		`{"data":{"user":{}},"error":{"code":"ok"}}`:                                     providers.ErrProfile,
	} {
		e := socialEntries()["tiktok"]
		e.oauth.Profile = answer
		if id, err := signInAt(t, e.make(), e.oauth); id != nil || !errors.Is(err, want) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// Discord names itself in its callbacks.
func TestDiscordIssuer(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "discord", socialEntries()["discord"])
	cb := j.callback()
	cb.Params.Set("iss", "https://github.com/login/oauth")
	if id, err := j.p.Exchange(j.ctx, cb); id != nil || !errors.Is(err, providers.ErrCallback) {
		t.Error(err)
	}
}

// Without its server's URL there is no Mastodon.
func TestMastodonIssuer(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"", "mastodon.social"} {
		err := providers.Mastodon("app", "secret", issuer).(providers.Checker).Check()
		if err == nil || !strings.Contains(err.Error(), "AuthURL") {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}
