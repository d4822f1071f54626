package providers_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

func TestGitHub(t *testing.T) {
	t.Parallel()
	r := newHub().rig(t)
	if info := r.p.Info(); info.ID != "github" || info.Name != "GitHub" || info.Protocol != providers.PlainOAuth2 {
		t.Errorf("info %+v", info)
	}
	if err := r.p.(providers.Checker).Check(); err != nil {
		t.Error(err)
	}
	id, err := r.exchange()
	if err != nil {
		t.Fatal(err)
	}
	want := providers.User{ID: "583231", Name: "The Octocat", Email: "octocat@example.com", EmailVerified: true, Image: "https://avatars.githubusercontent.com/u/583231"}
	if id.User != want {
		t.Errorf("user %+v", id.User)
	}
	a := id.Account
	if a.Provider != "github" || a.ID != "583231" || a.Type != "oauth" || a.AccessToken.Reveal() != "gho_1" || a.Scope != "read:user user:email" ||
		!a.RefreshToken.IsZero() || !a.ExpiresAt.IsZero() {
		t.Errorf("account %s %s %s, scope %q, until %v", a.Provider, a.ID, a.Type, a.Scope, a.ExpiresAt)
	}
	if id.Profile.String("login") != "octocat" {
		t.Errorf("profile %s", toJSON(id.Profile))
	}
}

// The name falls back to the login, which everybody has.
func TestGitHubWithoutName(t *testing.T) {
	t.Parallel()
	h := newHub()
	h.user = `{"login":"octocat","id":9007199254740993,"name":null}`
	id, err := h.rig(t).exchange()
	if err != nil || id.User.Name != "octocat" || id.User.ID != "9007199254740993" {
		t.Fatalf("%+v, %v", id, err)
	}
}

// Only the primary address that GitHub has verified is passed on. The public one
// of the profile can be anything.
func TestGitHubEmail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		emails http.HandlerFunc
		email  string
	}{
		"primary and verified":      {replyJSON(octocatEmails), "octocat@example.com"},
		"primary is unverified":     {replyJSON(`[{"email":"victim@example.com","primary":true,"verified":false},{"email":"old@example.com","primary":false,"verified":true}]`), ""},
		"verified as text":          {replyJSON(`[{"email":"victim@example.com","primary":true,"verified":"true"}]`), ""},
		"no primary":                {replyJSON(`[{"email":"old@example.com","primary":false,"verified":true}]`), ""},
		"none":                      {replyJSON(`[]`), ""},
		"not a list":                {replyJSON(`{"email":"x@example.com","primary":true,"verified":true}`), ""},
		"list of something else":    {replyJSON(`["x@example.com"]`), ""},
		"scope is missing":          {reply(404, "application/json", `{"message":"Not Found"}`), ""},
		"permission is missing":     {reply(403, "application/json", `{"message":"Resource not accessible by integration"}`), ""},
		"permission, with no JSON":  {reply(403, "text/html", `<html>`), ""},
		"hidden (the noreply form)": {replyJSON(`[{"email":"1+octocat@users.noreply.github.com","primary":true,"verified":true}]`), "1+octocat@users.noreply.github.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub()
			h.emails = tc.emails
			h.user = strings.Replace(octocat, `"email":null`, `"email":"public@example.com","email_verified":true`, 1)
			id, err := h.rig(t).exchange()
			if err != nil {
				t.Fatal(err)
			}
			if id.User.Email != tc.email || id.User.EmailVerified != (tc.email != "") || id.User.ID != "583231" {
				t.Fatalf("user %+v", id.User)
			}
		})
	}
}

// If the addresses cannot be had just now, the sign-in fails as a whole: an
// application that decides by the address must not take it for missing.
func TestGitHubEmailUnavailable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		emails http.HandlerFunc
		kind   error
	}{
		"500":         {reply(500, "", ""), providers.ErrUnavailable},
		"429":         {reply(429, "", ""), providers.ErrUnavailable},
		"401":         {reply(401, "application/json", `{"message":"Bad credentials"}`), providers.ErrUnavailable},
		"broken JSON": {replyJSON(`[{"email":`), providers.ErrResponse},
		"closed list": {replyJSON(`[]},"x":{"emails":[`), providers.ErrResponse},
		"redirection": {reply(302, "", ""), providers.ErrResponse},
		"too long":    {replyJSON(`[` + strings.Repeat(" ", 256<<10) + `]`), providers.ErrResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub()
			h.emails = tc.emails
			id, err := h.rig(t).exchange()
			refused(t, id, err, tc.kind, "github: user info")
		})
	}
}

// GitHub says 200 and means an error, in its own words.
func TestGitHubErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit func(*providers.Callback)
		kind error
		why  string
	}{
		"unknown code":    {func(c *providers.Callback) { c.Params.Set("code", "used") }, providers.ErrInvalidGrant, "bad_verification_code"},
		"other verifier":  {func(c *providers.Callback) { c.Verifier = newRequest().Verifier }, providers.ErrInvalidGrant, "bad_verification_code"},
		"other redirect":  {func(c *providers.Callback) { c.RedirectURL = "https://evil.example" }, providers.ErrRejected, "redirect_uri_mismatch"},
		"person cancels":  {func(c *providers.Callback) { c.Params = url.Values{"error": {"access_denied"}} }, providers.ErrDenied, "access_denied"},
		"app suspended":   {func(c *providers.Callback) { c.Params = url.Values{"error": {"application_suspended"}} }, providers.ErrRejected, "application_suspended"},
		"foreign issuer":  {func(c *providers.Callback) { c.Params.Set("iss", "https://evil.example") }, providers.ErrCallback, "another issuer"},
		"GitHub's issuer": {func(c *providers.Callback) { c.Params.Set("iss", "https://github.com/login/oauth") }, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newHub().rig(t)
			cb := goodCallback()
			tc.edit(&cb)
			id, err := r.p.Exchange(r.context(t.Context()), cb)
			if tc.kind == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			refused(t, id, err, tc.kind, tc.why)
			if len(r.to("/user")) != 0 {
				t.Fatal("the profile was asked for")
			}
		})
	}
	t.Run("wrong secret", func(t *testing.T) {
		t.Parallel()
		r := newHub().rig(t)
		r.p = providers.GitHub("app", "wrong")
		id, err := r.exchange()
		refused(t, id, err, providers.ErrRejected, "incorrect_client_credentials")
	})
}

// The tokens of a GitHub App expire and rotate, and each refresh token works once.
func TestGitHubAppTokens(t *testing.T) {
	virtual(t, func(t *testing.T) {
		h := newHub()
		h.app = true
		r := h.rig(t)
		id, err := r.exchange()
		if err != nil {
			t.Fatal(err)
		}
		first := id.Account
		if first.Lifetime != 8*time.Hour || !first.ExpiresAt.Equal(time.Now().Add(8*time.Hour)) || first.RefreshToken.Reveal() != "ghr_1" {
			t.Fatalf("%v until %v", first.Lifetime, first.ExpiresAt)
		}
		time.Sleep(8 * time.Hour)
		refresh := func(a token.Account) (token.Account, error) {
			return r.p.(providers.Refresher).Refresh(r.context(t.Context()), a)
		}
		second, err := refresh(first)
		if err != nil {
			t.Fatal(err)
		}
		if second.AccessToken.Reveal() != "ghu_2" || second.RefreshToken.Reveal() != "ghr_2" || second.ID != "583231" ||
			!second.ExpiresAt.Equal(time.Now().Add(8*time.Hour)) {
			t.Fatalf("until %v", second.ExpiresAt)
		}
		failed, err := refresh(first)
		refused(t, nil, err, providers.ErrInvalidGrant, "bad_refresh_token")
		if !failed.Equal(token.Account{}) {
			t.Fatal("tokens came with the error")
		}
		if n := len(r.to("/login/oauth/access_token")); n != 3 {
			t.Fatalf("%d token requests", n)
		}
	})
}

// An OAuth App's token has no end and no refresh token, so there is nothing to
// renew and nothing is sent.
func TestGitHubOAuthAppDoesNotRefresh(t *testing.T) {
	t.Parallel()
	r := newHub().rig(t)
	id, err := r.exchange()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.p.(providers.Refresher).Refresh(r.context(t.Context()), id.Account); err == nil || len(r.to("/login/oauth/access_token")) != 1 {
		t.Fatal(err)
	}
}

// Revocation is GitHub's own call. It takes the client's credentials, and the
// token in a JSON body.
func TestGitHubRevoke(t *testing.T) {
	t.Parallel()
	h := newHub()
	r := h.rig(t)
	account := token.Account{AccessToken: token.NewSecret(`gho_"x`), RefreshToken: token.NewSecret("ghr_1")}
	if err := r.p.(providers.Revoker).Revoke(r.context(t.Context()), account); err != nil {
		t.Fatal(err)
	}
	if len(h.revoked) != 1 || h.revoked[0] != `gho_"x` {
		t.Fatalf("revoked %q", h.revoked)
	}
	if _, err := r.p.(providers.LogoutURLer).LogoutURL(t.Context(), providers.Logout{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("GitHub has no logout endpoint: %v", err)
	}
	r.p = providers.GitHub("other", "secret")
	refused(t, nil, r.p.(providers.Revoker).Revoke(r.context(t.Context()), account), providers.ErrUnavailable, "status 4")
}

// A GitHub Enterprise Server has everything under its own host.
func TestGitHubEnterprise(t *testing.T) {
	t.Parallel()
	h := newHub()
	h.host, h.api = "github.corp.example", "github.corp.example"
	for _, base := range []string{"https://github.corp.example", "https://github.corp.example/"} {
		r := h.rig(t, providers.WithBaseURL(base))
		if err := r.p.(providers.Checker).Check(); err != nil {
			t.Fatal(err)
		}
		raw, err := r.p.AuthCodeURL(r.context(t.Context()), newRequest())
		if err != nil || !strings.HasPrefix(raw, "https://github.corp.example/login/oauth/authorize?") {
			t.Fatal(raw, err)
		}
		id, err := r.exchange()
		if err != nil || id.User.Email != "octocat@example.com" {
			t.Fatal(id, err)
		}
		if err := r.p.(providers.Revoker).Revoke(r.context(t.Context()), id.Account); err != nil {
			t.Fatal(err)
		}
		if n := r.strangers("github.corp.example"); n != 0 {
			t.Fatalf("%d requests to other hosts", n)
		}
		cb := goodCallback()
		cb.Params.Set("iss", "https://github.com/login/oauth") // is another server
		_, err = r.p.Exchange(r.context(t.Context()), cb)
		refused(t, nil, err, providers.ErrCallback, "another issuer")
	}
	if err := providers.GitHub("app", "secret", providers.WithBaseURL("http://github.corp.example")).(providers.Checker).Check(); err == nil {
		t.Fatal("http is accepted")
	}
}

// The fake is as strict as GitHub is where the kit could go wrong unnoticed.
func TestHubIsGitHub(t *testing.T) {
	t.Parallel()
	h := newHub()
	post := func(accept string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://github.com/login/oauth/access_token", strings.NewReader("client_id=app"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", accept)
		resp, err := serve(h.serve).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	for accept, start := range map[string]string{"*/*": "error=incorrect_client_credentials", "application/json": `{"error":"incorrect_client_credentials"`} {
		resp := post(accept)
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(string(body), start) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		_ = resp.Body.Close()
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := serve(h.serve).RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("without User-Agent: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
}
