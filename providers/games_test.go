package providers_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// exchangeWith redeems a code at a token endpoint that always answers the same.
func exchangeWith(t *testing.T, p providers.Provider, status int, answer string) (*providers.Identity, error) {
	t.Helper()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, providertest.InMemory(reply(status, "application/json", answer)))
	return p.Exchange(ctx, goodCallback())
}

// Some token endpoints say in words of their own that a code is spent, and in nearly
// the same ones what is something else.
func TestSpentInOtherWords(t *testing.T) {
	t.Parallel()
	bungie, gitea := providers.Bungie("app", "secret", "key"), providers.Gitea("app", "secret")
	figma, osu := providers.Figma("app", "secret"), providers.Osu("app", "secret")
	for name, tc := range map[string]struct {
		p      providers.Provider
		status int
		answer string
		want   error
	}{
		"bungie, stale":       {bungie, 400, `{"error":"invalid_grant","error_description":"AuthorizationCodeStale"}`, providers.ErrInvalidGrant},
		"bungie, revoked":     {bungie, 500, `{"error":"server_error","error_description":"AuthorizationRecordRevoked"}`, providers.ErrInvalidGrant},
		"bungie, maintenance": {bungie, 400, `{"error":"server_error","error_description":"SystemDisabled"}`, providers.ErrUnavailable},
		"bungie, too early":   {bungie, 400, `{"error":"server_error","error_description":"RefreshTokenNotYetValid"}`, providers.ErrUnavailable},
		"gitea, used":         {gitea, 400, `{"error":"unauthorized_client","error_description":"token was already used"}`, providers.ErrInvalidGrant},
		"gitea, newer":        {gitea, 400, `{"error":"invalid_grant","error_description":"authorization code already used"}`, providers.ErrInvalidGrant},
		"gitea, other secret": {gitea, 400, `{"error":"unauthorized_client","error_description":"invalid client secret"}`, providers.ErrRejected},
		"figma, by the RFC":   {figma, 400, `{"error":"invalid_grant","error_description":"The code is spent."}`, providers.ErrInvalidGrant},
		"figma, other secret": {figma, 401, `{"error":true,"status":401,"message":"Unauthorized","i18n":null}`, providers.ErrRejected},
		"figma, broken":       {figma, 503, `{"error":true,"status":503,"message":"Try again","i18n":null}`, providers.ErrUnavailable},
		"osu, other secret":   {osu, 401, `{"error":"invalid_client","error_description":"Client authentication failed"}`, providers.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if id, err := exchangeWith(t, tc.p, tc.status, tc.answer); id != nil || !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}

// Without its API key, Bungie answers with an error of its own.
func TestBungieWithoutKey(t *testing.T) {
	t.Parallel()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, providertest.InMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/Token/") {
			replyJSON(goodTokens)(w, r)
			return
		}
		reply(http.StatusUnauthorized, "application/json", `{"ErrorCode":2102,"ErrorStatus":"ApiKeyMissingFromRequest","Message":"Key is missing."}`)(w, r)
	})))
	var e *providers.Error
	_, err := providers.Bungie("app", "secret", "").Exchange(ctx, goodCallback())
	if !errors.As(err, &e) || !errors.Is(err, providers.ErrRejected) || e.Code != "ApiKeyMissingFromRequest" {
		t.Error(err)
	}
}

// The profile of EVE Online is what its access token says, if that is of a character and
// for this client.
func TestEVEOnlineToken(t *testing.T) {
	t.Parallel()
	jwt := func(claims string) string { return "e30." + encode(claims) + ".c2ln" }
	for name, tc := range map[string]struct {
		access string
		want   string // id; empty if it is refused
	}{
		"a character":      {jwt(`{"sub":"CHARACTER:EVE:1","aud":["app","EVE Online"]}`), "1"},
		"one audience":     {jwt(`{"sub":"CHARACTER:EVE:1","aud":"app"}`), "1"},
		"another client":   {jwt(`{"sub":"CHARACTER:EVE:1","aud":["other","EVE Online"]}`), ""},
		"no audience":      {jwt(`{"sub":"CHARACTER:EVE:1"}`), ""},
		"no character":     {jwt(`{"sub":"CORPORATION:EVE:1","aud":["app"]}`), ""},
		"no number":        {jwt(`{"sub":"CHARACTER:EVE:","aud":["app"]}`), ""},
		"not a number":     {jwt(`{"sub":"CHARACTER:EVE:1/../2","aud":["app"]}`), ""},
		"no subject":       {jwt(`{"aud":["app"]}`), ""},
		"no object":        {jwt(`["app"]`), ""},
		"not base64":       {"e30.!!!.c2ln", ""},
		"not a JWT at all": {"opaque", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, err := exchangeWith(t, providers.EVEOnline("app", "secret"), http.StatusOK,
				`{"access_token":"`+tc.access+`","expires_in":1199,"token_type":"Bearer"}`)
			switch {
			case tc.want == "" && (id != nil || !errors.Is(err, providers.ErrProfile)):
				t.Errorf("%+v, %v", id, err)
			case tc.want != "" && (err != nil || id.User.ID != tc.want || id.Account.ID != tc.want):
				t.Errorf("%+v, %v", id, err)
			case err != nil && strings.Contains(err.Error(), tc.access):
				t.Errorf("the token is in %v", err)
			}
		})
	}
}
