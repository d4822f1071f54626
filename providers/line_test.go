package providers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// lineSecret is as long as those of LINE are, and as HS256 wants it.
const lineSecret = "0123456789abcdef0123456789abcdef"

// lineEntry is of a provider that signs ID tokens with the client secret.
func lineEntry() entry {
	const tokens = `{"access_token":"{access}","expires_in":2592000,"id_token":"ID_TOKEN","refresh_token":"{refresh}","scope":"profile openid email","token_type":"Bearer"}`
	server := &providertest.OAuth2{
		AuthURL:     "https://access.line.me/oauth2/v2.1/authorize",
		TokenURL:    "https://api.line.me/oauth2/v2.1/token",
		UserInfoURL: "https://api.line.me/oauth2/v2.1/userinfo",
		RevokeURL:   "https://api.line.me/oauth2/v2.1/revoke",
		Names:       map[string]string{"token": "access_token"},
		Client: func(r *http.Request, params url.Values) [2]string {
			client := providertest.PostClient("client_id", "client_secret")(r, params)
			client[1] = map[string]string{lineSecret: "secret"}[client[1]]
			return client
		},
		Refreshed: `{"token_type":"Bearer","scope":"profile openid email","access_token":"{access}","expires_in":2591977,"refresh_token":"{refresh}"}`,
		Spent:     `{"error":"invalid_grant","error_description":"invalid authorization code"}`,
	}
	return entry{
		make: func(o ...providers.Option) providers.Provider {
			return noted{providers.LINE("app", lineSecret, o...).(wholeProvider), func(nonce string) {
				server.Tokens = strings.Replace(tokens, "ID_TOKEN", signedHS256(lineClaims(nonce), lineSecret), 1)
			}}
		},
		authorize: "https://access.line.me/oauth2/v2.1/authorize?scope=openid+profile+email",
		oauth:     server,
		user: providers.User{
			ID: "U1234567890abcdef1234567890abcdef", Name: "Taro Line", Email: "taro.line@example.com",
			Image: "https://sample_line.me/aBcdefg123456",
		},
		scope: "profile openid email", expiry: 30 * 24 * time.Hour,
	}
}

// wholeProvider is all that a provider without OpenID Connect can do.
type wholeProvider interface {
	providers.Provider
	providers.Checker
	providers.Refresher
	providers.Revoker
	providers.LogoutURLer
}

// noted tells the nonce of each request.
type noted struct {
	wholeProvider
	note func(nonce string)
}

func (n noted) AuthCodeURL(ctx context.Context, r providers.AuthRequest) (string, error) {
	n.note(r.Nonce)
	return n.wholeProvider.AuthCodeURL(ctx, r)
}

func lineClaims(nonce string) map[string]any {
	return map[string]any{
		"iss": "https://access.line.me", "sub": "U1234567890abcdef1234567890abcdef", "aud": "app",
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nonce": nonce, "amr": []string{"linesso"},
		"name": "Taro Line", "picture": "https://sample_line.me/aBcdefg123456", "email": "taro.line@example.com",
	}
}

func signedHS256(claims map[string]any, secret string) string {
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(toJSON(claims)))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// A token that is not of this sign-in, or not of LINE, is refused.
func TestLINEChecksItsIDTokens(t *testing.T) {
	t.Parallel()
	req := newRequest()
	with := func(name string, value any) string {
		return signedHS256(edit(lineClaims(req.Nonce), map[string]any{name: value}), lineSecret)
	}
	good := with("email_verified", nil)
	header, payload, _ := strings.Cut(good, ".")
	for name, c := range map[string]struct{ token, why string }{
		"none":             {"", "there is none"},
		"too long":         {strings.Repeat("x", 33<<10), "too long"},
		"no token":         {"a.b.c", "HS256"},
		"unsigned":         {"eyJhbGciOiJub25lIn0." + strings.SplitN(payload, ".", 2)[0] + ".", "HS256"},
		"other secret":     {signedHS256(lineClaims(req.Nonce), strings.Repeat("x", 32)), "client secret"},
		"changed":          {header + ".e30." + strings.SplitN(payload, ".", 2)[1], "client secret"},
		"other issuer":     {with("iss", "https://evil.example"), "issuer"},
		"other audience":   {with("aud", "another"), "another client"},
		"other nonce":      {with("nonce", "another"), "nonce"},
		"no nonce":         {with("nonce", nil), "nonce"},
		"no subject":       {with("sub", nil), "sub"},
		"no end":           {with("exp", nil), "expired"},
		"expired":          {with("exp", time.Now().Add(-time.Hour).Unix()), "expired"},
		"of the future":    {with("iat", time.Now().Add(time.Hour).Unix()), "future"},
		"of the past":      {with("iat", time.Now().Add(-time.Hour).Unix()), "long ago"},
		"unreadable claim": {with("exp", "soon"), "exp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := replyJSON(`{"access_token":"a","token_type":"Bearer","expires_in":60,"id_token":` + toJSON(c.token) + `}`)
			if c.token == "" {
				answer = replyJSON(`{"access_token":"a","token_type":"Bearer","expires_in":60}`)
			}
			ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: serve(answer)})
			cb := providers.Callback{
				Params: map[string][]string{"code": {"code"}}, RedirectURL: req.RedirectURL, Nonce: req.Nonce, Verifier: req.Verifier,
			}
			id, err := providers.LINE("app", lineSecret).Exchange(ctx, cb)
			kind := providers.ErrIDToken
			if name == "too long" { // for any token
				kind = providers.ErrResponse
			}
			refused(t, id, err, kind, c.why)
		})
	}
	id, err := providers.LINE("app", lineSecret).Exchange(t.Context(), providers.Callback{Params: map[string][]string{"code": {"code"}}, Verifier: req.Verifier})
	refused(t, id, err, providers.ErrCallback, "no nonce")
}
