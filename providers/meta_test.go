package providers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// tokenOfFacebook finds the token in a call that takes an application off an account.
func tokenOfFacebook(r *http.Request, _ url.Values) string {
	if r.Method != http.MethodDelete {
		return ""
	}
	return providertest.BearerToken(r)
}

// requireProof is what "Require app secret" does in an app's settings.
func requireProof(r *http.Request) error {
	mac := hmac.New(sha256.New, []byte("secret"))
	_, _ = mac.Write([]byte(providertest.BearerToken(r)))
	if isGraph(r) && r.URL.Query().Get("appsecret_proof") != hex.EncodeToString(mac.Sum(nil)) {
		return errors.New("there is no proof of the secret")
	}
	return nil
}

// Instagram answers without the list that its documentation shows, too, with the id of
// the account as a number that no float can hold.
func TestInstagramFlat(t *testing.T) {
	t.Parallel()
	peer := &providertest.OAuth2{
		AuthURL: "https://www.instagram.com/oauth/authorize", TokenURL: "https://api.instagram.com/oauth/access_token",
		UserInfoURL: "https://graph.instagram.com/v25.0/me",
		Client:      providertest.PostClient("client_id", "client_secret"),
		Tokens:      `{"access_token":"{access}","user_id":17841405793187219,"permissions":["instagram_business_basic"]}`,
		Profile:     `{"user_id":17841405793187219,"username":"ada","id":"990001"}`,
	}
	id, err := signInAt(t, providers.Instagram("app", "secret"), peer)
	if err != nil || id.User != (providers.User{ID: "17841405793187219", Name: "ada"}) {
		t.Fatalf("%+v, %v", id, err)
	}
}

// Other errors of Meta's than a spent code are not final for the code.
func TestMetaErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		make   func(id, secret string, options ...providers.Option) providers.Provider
		answer string
		status int
		kind   error
		code   string
	}{
		"facebook, expired":      {providers.Facebook, `{"error":{"message":"This authorization code has expired.","type":"OAuthException","code":100,"error_subcode":36007}}`, 400, providers.ErrInvalidGrant, "36007"},
		"facebook, no subcode":   {providers.Facebook, `{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100}}`, 400, providers.ErrInvalidGrant, "100"},
		"facebook, redirect URI": {providers.Facebook, `{"error":{"message":"Error validating verification code.","type":"OAuthException","code":100,"error_subcode":36008}}`, 400, providers.ErrRejected, "36008"},
		"facebook, secret":       {providers.Facebook, `{"error":{"message":"Error validating client secret.","type":"OAuthException","code":1}}`, 400, providers.ErrRejected, "1"},
		"facebook, outage":       {providers.Facebook, `{"error":{"message":"Service temporarily unavailable","type":"OAuthException","code":2}}`, 503, providers.ErrUnavailable, "2"},
		"instagram, secret":      {providers.Instagram, `{"error_type":"OAuthException","code":400,"error_message":"Error validating client secret"}`, 400, providers.ErrRejected, "unreadable"},
		"threads, spent":         {providers.Threads, `{"error_type":"OAuthException","code":400,"error_message":"This authorization code has been used"}`, 400, providers.ErrInvalidGrant, "unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := alwaysAnswered(t, tc.status, tc.answer)
			req := newRequest()
			_, err := tc.make("app", "secret").Exchange(ctx, providers.Callback{
				Params: url.Values{"code": {"c"}}, RedirectURL: req.RedirectURL, Nonce: req.Nonce, Verifier: req.Verifier,
			})
			var e *providers.Error
			if !errors.Is(err, tc.kind) || !errors.As(err, &e) || e.Code != tc.code {
				t.Errorf("%v", err)
			}
		})
	}
}

// alwaysAnswered is a context in which each call is answered so.
func alwaysAnswered(t *testing.T, status int, body string) context.Context {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
	return context.WithValue(t.Context(), oauth2.HTTPClient, providertest.InMemory(handler))
}

// signInAt signs in at a provider.
func signInAt(t *testing.T, p providers.Provider, peer *providertest.OAuth2) (*providers.Identity, error) {
	t.Helper()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, providertest.InMemory(peer))
	req := newRequest()
	raw, err := p.AuthCodeURL(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	params, err := peer.SignIn(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p.Exchange(ctx, providers.Callback{Params: params, RedirectURL: req.RedirectURL, Nonce: req.Nonce, Verifier: req.Verifier})
}
