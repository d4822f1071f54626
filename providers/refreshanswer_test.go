package providers_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Without new ones the old refresh token and the old ID token stay.
func TestS_80e_OldTokensStay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	account := r.mustSignIn().Account
	r.op.EditTokens = func(answer map[string]any) {
		delete(answer, "refresh_token")
		delete(answer, "id_token")
		delete(answer, "scope")
	}
	renewed, err := r.refresh(account)
	if err != nil {
		t.Fatal(err)
	}
	if !renewed.RefreshToken.Equal(account.RefreshToken) || !renewed.IDToken.Equal(account.IDToken) || renewed.Scope != account.Scope {
		t.Fatal("something was lost")
	}
	if renewed.AccessToken.Equal(account.AccessToken) {
		t.Fatal("the access token is the old one")
	}
}

// Tokens rotate, and the one that was spent is refused for good.
func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.mustSignIn().Account
	second, err := r.refresh(first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.refresh(second); err != nil {
		t.Fatal(err)
	}
	_, err = r.refresh(first)
	refused(t, nil, err, providers.ErrInvalidGrant, "(error invalid_grant)")
}

// What can be done about a failure decides its kind: only ErrInvalidGrant and
// ErrIdentityChanged may end a session.
func TestS_80f_ErrorKinds(t *testing.T) {
	t.Parallel()
	oauth := func(status int, code string) http.HandlerFunc {
		return reply(status, "application/json", `{"error":"`+code+`","error_description":"canary"}`)
	}
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"invalid_grant":              {oauth(400, "invalid_grant"), providers.ErrInvalidGrant},
		"invalid_grant with 401":     {oauth(401, "invalid_grant"), providers.ErrInvalidGrant},
		"invalid_grant with 200":     {oauth(200, "invalid_grant"), providers.ErrInvalidGrant},
		"invalid_grant with 500":     {oauth(500, "invalid_grant"), providers.ErrUnavailable},
		"invalid_grant with 429":     {oauth(429, "invalid_grant"), providers.ErrUnavailable},
		"invalid_client":             {oauth(401, "invalid_client"), providers.ErrRejected},
		"unauthorized_client":        {oauth(400, "unauthorized_client"), providers.ErrRejected},
		"invalid_scope":              {oauth(400, "invalid_scope"), providers.ErrRejected},
		"interaction_required":       {oauth(400, "interaction_required"), providers.ErrRejected},
		"temporarily_unavailable":    {oauth(400, "temporarily_unavailable"), providers.ErrUnavailable},
		"server_error":               {oauth(400, "server_error"), providers.ErrUnavailable},
		"slow_down":                  {oauth(400, "slow_down"), providers.ErrUnavailable},
		"429":                        {reply(429, "", ""), providers.ErrUnavailable},
		"500":                        {reply(500, "text/html", "<html>"), providers.ErrUnavailable},
		"503":                        {reply(503, "", ""), providers.ErrUnavailable},
		"403 of a gateway":           {reply(403, "text/html", "<html>"), providers.ErrUnavailable},
		"400 without code":           {reply(400, "application/json", `{"message":"no"}`), providers.ErrUnavailable},
		"code inside other text":     {reply(400, "text/html", `{"error":"invalid_grant"}<html>`), providers.ErrUnavailable},
		"broken JSON":                {replyJSON(`{"access_token":`), providers.ErrResponse},
		"a code that merely has it":  {oauth(400, "not_invalid_grant"), providers.ErrRejected},
		"description that has it":    {reply(400, "application/json", `{"error":"x","error_description":"invalid_grant"}`), providers.ErrRejected},
		"invalid_grant, other case":  {oauth(400, "INVALID_GRANT"), providers.ErrRejected},
		"Error, not error, with 400": {reply(400, "application/json", `{"Error":"invalid_grant"}`), providers.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			grants(t, func(p *plain) { p.handlers["/token"] = tc.answer }, func(t *testing.T, _ *plain, a token.Account, err error) {
				refused(t, nil, err, tc.want, "")
				for _, other := range []error{
					providers.ErrUnavailable, providers.ErrResponse, providers.ErrInvalidGrant, providers.ErrRejected,
					providers.ErrDenied, providers.ErrCallback, providers.ErrIDToken, providers.ErrProfile, providers.ErrConfig,
					providers.ErrIdentityChanged,
				} {
					if errors.Is(err, other) != (other == tc.want) {
						t.Fatalf("%v also matches %v", err, other)
					}
				}
			})
		})
	}
}

// Without a refresh token there is nothing to send.
func TestRefreshWithoutToken(t *testing.T) {
	t.Parallel()
	p := newPlain(t)
	_, err := p.p.(providers.Refresher).Refresh(p.context(t.Context()), token.Account{Provider: "plain", ID: "42"})
	refused(t, nil, err, providers.ErrResponse, "")
	checkNoRequest(t, p.wire)
}
