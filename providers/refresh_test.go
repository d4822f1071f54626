package providers_test

import (
	"crypto/elliptic"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// The ID token of a refresh has to be as good as that of the sign-in, and of the
// same person (OpenID Connect Core section 12.2). It has no nonce and may be of
// an old authentication.
func TestS_33_RefreshedIDToken(t *testing.T) {
	t.Parallel()
	const otherPerson = "it is of another person than at the sign-in"
	for name, tc := range map[string]struct {
		set members
		why string
	}{
		"nothing changed":  {members{}, ""},
		"other sub":        {members{"sub": "bob"}, otherPerson},
		"sub of case":      {members{"sub": "Alice"}, otherPerson},
		"no sub":           {members{"sub": nil}, badSubject},
		"SUB":              {members{"SUB": "bob"}, lookAlike},
		"other iss":        {members{"iss": "https://evil.example"}, otherIssuer},
		"other aud":        {members{"aud": "other"}, otherClient},
		"several aud":      {members{"aud": []string{"app", "other"}}, "no azp"},
		"foreign azp":      {members{"azp": "other"}, wrongAZP},
		"expired":          {members{"exp": time.Now().Add(-time.Hour).Unix()}, expired},
		"in the future":    {members{"iat": time.Now().Add(time.Hour).Unix()}, "issued in the future"},
		"no iat":           {members{"iat": nil}, "exp or iat is missing"},
		"foreign at_hash":  {members{"at_hash": hashOf("another", "ES256")}, wrongHash},
		"signed long ago":  {members{"iat": time.Now().Add(-20 * time.Hour).Unix()}, ""},
		"nonce is allowed": {members{"nonce": "of the sign-in"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			account := r.mustSignIn().Account
			r.op.EditIDToken = func(claims map[string]any) {
				for name, value := range tc.set {
					if claims[name] = value; value == nil {
						delete(claims, name)
					}
				}
			}
			renewed, err := r.refresh(account)
			if tc.why != "" {
				refused(t, nil, err, providers.ErrIDToken, tc.why)
				if !renewed.Equal(token.Account{}) {
					t.Fatal("tokens came with the error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if renewed.AccessToken.Equal(account.AccessToken) || renewed.RefreshToken.Equal(account.RefreshToken) || renewed.IDToken.Equal(account.IDToken) {
				t.Fatal("the tokens are the old ones")
			}
			if renewed.ID != "alice" || renewed.Provider != "op" || renewed.Type != "oidc" {
				t.Fatalf("account %s %s %s", renewed.Provider, renewed.ID, renewed.Type)
			}
		})
	}
	t.Run("foreign signature", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		account := r.mustSignIn().Account
		r.forge(func(payload []byte) string {
			return signWith(newEC(t, elliptic.P256()), r.op.SigningKey().KeyID)(payload)
		})
		_, err := r.refresh(account)
		refused(t, nil, err, providers.ErrIDToken, noKey)
	})
}

// An account whose id is not the subject is still recognised as the same one.
func TestS_33_AccountIDOfAnotherClaim(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *setup) { s.config.Fields = providers.Fields{ID: "oid"} })
	oid := "o-1"
	r.op.EditIDToken = func(claims map[string]any) { claims["oid"] = oid }
	account := r.mustSignIn().Account
	if account.ID != "o-1" {
		t.Fatalf("id %q", account.ID)
	}
	if _, err := r.refresh(account); err != nil {
		t.Fatal(err)
	}
	account = r.mustSignIn().Account
	oid = "o-2"
	_, err := r.refresh(account)
	refused(t, nil, err, providers.ErrIDToken, "another person")
}

// While the keys are out of reach nobody knows whether the ID token is good. The
// new refresh token must not get lost for that: the old one is already spent.
func TestRefreshWhileKeysAreDown(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		account := r.mustSignIn().Account
		r.op.RotateKey() // so that the keys that are known do not help
		r.answers["keys"] = reply(503, "text/plain", "down")
		renewed, err := r.refresh(account)
		if err != nil {
			t.Fatal(err)
		}
		if renewed.RefreshToken.Equal(account.RefreshToken) || !renewed.IDToken.Equal(account.IDToken) {
			t.Fatal("the refresh token has to be the new one, and the ID token the old one")
		}
		delete(r.answers, "keys")
		time.Sleep(time.Minute)
		if _, err := r.refresh(renewed); err != nil {
			t.Fatal(err)
		}
	})
}

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

// What can be done about a failure decides its kind: only ErrInvalidGrant, and a
// bad ID token, may end a session.
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
