package providers_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// S-155, the provider's part: the refresh token first, then the access token,
// each with its hint.
func TestS_155_Revoke(t *testing.T) {
	t.Parallel()
	at, rt := token.NewSecret("at-1"), token.NewSecret("rt-1")
	for name, tc := range map[string]struct {
		account token.Account
		want    []string
	}{
		"both":         {token.Account{AccessToken: at, RefreshToken: rt}, []string{"refresh_token rt-1", "access_token at-1"}},
		"access only":  {token.Account{AccessToken: at}, []string{"access_token at-1"}},
		"refresh only": {token.Account{RefreshToken: rt}, []string{"refresh_token rt-1"}},
		"neither":      {token.Account{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			if err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), tc.account); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, call := range p.to("/revoke") {
				got = append(got, call.form.Get("token_type_hint")+" "+call.form.Get("token"))
				if call.method != http.MethodPost || call.header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(call.query) != 0 {
					t.Errorf("%s %v", call.method, call.header)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Fatalf("revoked %q", got)
			}
		})
	}
}

// If the one cannot be revoked, the other still is, and both failures are told.
func TestRevokeAnswers(t *testing.T) {
	t.Parallel()
	account := token.Account{AccessToken: token.NewSecret("at-1"), RefreshToken: token.NewSecret("rt-1")}
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		kind   error
	}{
		"200":              {reply(200, "", ""), nil},
		"204":              {reply(204, "", ""), nil},
		"200 with a page":  {reply(200, "text/html", "<html>ok</html>"), nil},
		"201":              {reply(201, "", ""), providers.ErrUnavailable},
		"200, but":         {replyJSON(`{"error":"unsupported_token_type"}`), providers.ErrRejected},
		"400":              {reply(400, "application/json", `{"error":"unsupported_token_type"}`), providers.ErrRejected},
		"401":              {reply(401, "application/json", `{"error":"invalid_client"}`), providers.ErrRejected},
		"500":              {reply(500, "", ""), providers.ErrUnavailable},
		"503":              {reply(503, "", ""), providers.ErrUnavailable},
		"longer than 8 KB": {reply(200, "", strings.Repeat("x", 8<<10+1)), providers.ErrResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			p.handlers["/revoke"] = tc.answer
			err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), account)
			if n := len(p.to("/revoke")); n != 2 {
				t.Fatalf("%d calls", n)
			}
			if tc.kind == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			refused(t, nil, err, tc.kind, "revocation")
			if n := strings.Count(err.Error(), "revocation"); n != 2 {
				t.Fatalf("%d failures told: %v", n, err)
			}
		})
	}
}

// S-155: a token that is no longer good is no failure (RFC 7009 section 2.2).
// Google revokes both tokens with the first and then refuses the second. Some
// providers revoke refresh tokens only: then the access token has gone with it,
// or ends by itself, but only if that first call went well.
func TestS_155_RevokeWhatIsRevoked(t *testing.T) {
	t.Parallel()
	refuse := func(status int, code string) http.HandlerFunc {
		return reply(status, "application/json", `{"error":"`+code+`"}`)
	}
	good := reply(200, "", "")
	for name, tc := range map[string]struct {
		refresh, access http.HandlerFunc
		failures        int
	}{
		"both good":                      {good, good, 0},
		"second invalid":                 {good, refuse(400, "invalid_token"), 0},
		"second of an unsupported type":  {good, refuse(400, "unsupported_token_type"), 0},
		"first invalid":                  {refuse(400, "invalid_token"), good, 0},
		"both invalid":                   {refuse(400, "invalid_token"), refuse(400, "invalid_token"), 0},
		"first invalid, second by type":  {refuse(400, "invalid_token"), refuse(400, "unsupported_token_type"), 0},
		"first of an unsupported type":   {refuse(400, "unsupported_token_type"), good, 1},
		"first fails, second by type":    {reply(503, "", ""), refuse(400, "unsupported_token_type"), 2},
		"first fails, second invalid":    {reply(503, "", ""), refuse(400, "invalid_token"), 1},
		"second with another status":     {good, refuse(401, "invalid_token"), 1},
		"second, and not for the token":  {good, refuse(400, "invalid_client"), 1},
		"second of no type, with a 200":  {good, refuse(200, "unsupported_token_type"), 1},
		"second while the server is sad": {good, refuse(503, "unsupported_token_type"), 1},
		"access only, of no type":        {nil, refuse(400, "unsupported_token_type"), 1},
		"access only, invalid":           {nil, refuse(400, "invalid_token"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			p.handlers["/revoke"] = func(w http.ResponseWriter, r *http.Request) {
				if r.PostFormValue("token_type_hint") == "refresh_token" {
					tc.refresh(w, r)
					return
				}
				tc.access(w, r)
			}
			account, calls := token.Account{AccessToken: token.NewSecret("at-1")}, 1
			if tc.refresh != nil {
				account.RefreshToken, calls = token.NewSecret("rt-1"), 2
			}
			err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), account)
			failures := 0
			if err != nil {
				failures = strings.Count(err.Error(), "revocation")
			}
			if failures != tc.failures || len(p.to("/revoke")) != calls {
				t.Fatalf("%d failures after %d calls: %v", failures, len(p.to("/revoke")), err)
			}
		})
	}
}

func TestRevokeUnsupported(t *testing.T) {
	t.Parallel()
	p := newPlain(t, func(c *providers.Config) { c.RevokeURL = "" })
	if err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), token.Account{AccessToken: token.NewSecret("x")}); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	r := newRig(t)
	r.describe(members{"revocation_endpoint": nil, "end_session_endpoint": nil})
	if err := r.p.(providers.Revoker).Revoke(r.ctx(), token.Account{AccessToken: token.NewSecret("x")}); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if u, err := r.p.(providers.LogoutURLer).LogoutURL(r.ctx(), providers.Logout{}); !errors.Is(err, errors.ErrUnsupported) || u != "" {
		t.Error(u, err)
	}
}

// What is revoked at the provider no longer works there.
func TestRevokeEndsTheGrant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	account := r.mustSignIn().Account
	if err := r.p.(providers.Revoker).Revoke(r.ctx(), account); err != nil {
		t.Fatal(err)
	}
	_, err := r.refresh(account)
	refused(t, nil, err, providers.ErrInvalidGrant, "invalid_grant")
}

// S-156, the provider's part: what the logout URL says, and the id token only
// while the URL stays within 2 KiB.
func TestS_156_LogoutURL(t *testing.T) {
	t.Parallel()
	const home = "https://app.example.com/auth/signed-out"
	for name, tc := range map[string]struct {
		endpoint string
		logout   providers.Logout
		want     url.Values
	}{
		"all": {"/logout", providers.Logout{IDToken: token.NewSecret("a.b.c"), RedirectURL: home, State: "s"},
			url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {home}, "state": {"s"}, "id_token_hint": {"a.b.c"}}},
		"no hint": {"/logout", providers.Logout{RedirectURL: home, State: "s"},
			url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {home}, "state": {"s"}}},
		"nothing": {"/logout", providers.Logout{}, url.Values{"client_id": {"app"}}},
		"own parameters": {"/logout?tenant=a&state=evil", providers.Logout{RedirectURL: home, State: "s"},
			url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {home}, "state": {"s"}, "tenant": {"a"}}},
		"hint much too long": {"/logout", providers.Logout{IDToken: token.NewSecret(strings.Repeat("x", 4000)), RedirectURL: home, State: "s"},
			url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {home}, "state": {"s"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.describe(members{"end_session_endpoint": issuer + tc.endpoint})
			raw, err := r.p.(providers.LogoutURLer).LogoutURL(r.ctx(), tc.logout)
			if err != nil {
				t.Fatal(err)
			}
			if u := parseURL(t, raw); u.Query().Encode() != tc.want.Encode() || !strings.HasPrefix(raw, issuer+"/logout?") {
				t.Fatal(raw)
			}
		})
	}
	t.Run("the edge", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		seen := map[bool]int{}
		for n := 1700; n < 2048; n++ {
			raw, err := r.p.(providers.LogoutURLer).LogoutURL(r.ctx(), providers.Logout{IDToken: token.NewSecret(strings.Repeat("x", n)), RedirectURL: home, State: "s"})
			if err != nil || len(raw) > 2048 {
				t.Fatalf("%d bytes, %v", len(raw), err)
			}
			hinted := strings.Contains(raw, "id_token_hint")
			seen[hinted]++
			if full := len(fmt.Sprint(raw, "&id_token_hint=")) + n; !hinted && full <= 2048 {
				t.Fatalf("the hint is left out of a URL of %d bytes", full)
			}
		}
		if seen[true] == 0 || seen[false] == 0 {
			t.Fatal(seen)
		}
	})
}
