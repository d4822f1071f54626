package providertest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// A provider of one's own is tested with one in memory that looks like it.
func ExampleOAuth2() {
	p := providers.OAuth2(providers.Config{
		ID: "acme", Name: "Acme", ClientID: "app", ClientSecret: "secret",
		AuthURL: "https://acme.example/authorize", TokenURL: "https://acme.example/token", UserInfoURL: "https://acme.example/me",
		Scopes: []string{"me"}, Fields: providers.Fields{ID: "user.id", Name: "user.name"},
	})
	acme := &providertest.OAuth2{
		AuthURL: "https://acme.example/authorize", TokenURL: "https://acme.example/token", UserInfoURL: "https://acme.example/me",
		Tokens:  `{"access_token":"{access}","token_type":"bearer","expires_in":3600,"refresh_token":"{refresh}"}`,
		Profile: `{"user":{"id":42,"name":"Ada"}}`,
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, providertest.InMemory(acme))
	verifier, redirect := oauth2.GenerateVerifier(), "https://app.example.com/auth/callback/acme"
	where, err := p.AuthCodeURL(ctx, providers.AuthRequest{RedirectURL: redirect, State: "state", Verifier: verifier})
	if err != nil {
		fmt.Println(err)
		return
	}
	params, err := acme.SignIn(where)
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := p.Exchange(ctx, providers.Callback{Params: params, RedirectURL: redirect, Verifier: verifier})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(id.User.ID, id.User.Name, acme.IsGood(id.Account.AccessToken.Reveal()))
	// Output: 42 Ada true
}

const base = "https://acme.example"

// acme returns a provider, and a function that asks it.
func acme(t *testing.T, change func(*providertest.OAuth2)) (*providertest.OAuth2, func(method, path string, params url.Values, header ...string) (int, string)) {
	s := &providertest.OAuth2{
		AuthURL: base + "/authorize", TokenURL: base + "/token", UserInfoURL: base + "/me", RevokeURL: base + "/apps/{client}/token",
		Further: map[string]string{base + "/emails": `[]`},
		Tokens:  `{"access_token":"{access}","token_type":"bearer","refresh_token":"{refresh}"}`,
		Profile: `{"id":42}`, Client: providertest.PostClient("client_id", "client_secret"),
	}
	if change != nil {
		change(s)
	}
	return s, func(method, path string, params url.Values, header ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(params.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := providertest.InMemory(s).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
}

func grantOf(t *testing.T, s *providertest.OAuth2) url.Values {
	t.Helper()
	q := url.Values{"client_id": {"app"}, "response_type": {"code"}, "redirect_uri": {"https://app.example"}, "state": {"s"},
		"code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"}}
	answer, err := s.SignIn(base + "/authorize?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "grant_type": {"authorization_code"}, "code": answer["code"],
		"redirect_uri": {"https://app.example"}, "code_verifier": {verifier}}
}

// A code is good once, and only as it was asked for.
func TestOAuth2Codes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		set    []string
		header []string
		status int
	}{
		"good":            {nil, nil, 200},
		"wrong secret":    {[]string{"client_secret", "x"}, nil, 401},
		"no secret":       {[]string{"client_secret", ""}, nil, 401},
		"two ways":        {nil, []string{"Authorization", "Basic x"}, 401},
		"other redirect":  {[]string{"redirect_uri", "https://evil.example"}, nil, 400},
		"other verifier":  {[]string{"code_verifier", strings.Repeat("x", 43)}, nil, 400},
		"no verifier":     {[]string{"code_verifier", ""}, nil, 400},
		"unknown code":    {[]string{"code", "x"}, nil, 400},
		"no grant type":   {[]string{"grant_type", ""}, nil, 400},
		"of a device":     {[]string{"grant_type", "device_code"}, nil, 400},
		"unknown refresh": {[]string{"refresh_token", "x", "grant_type", "refresh_token"}, nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ask := acme(t, nil)
			form := grantOf(t, s)
			for i := 0; i < len(tc.set); i += 2 {
				form.Set(tc.set[i], tc.set[i+1])
			}
			if status, body := ask("POST", "/token", form, tc.header...); status != tc.status {
				t.Fatal(status, body)
			}
			if status, _ := ask("POST", "/token", form, tc.header...); status == 200 {
				t.Fatal("it is good twice")
			}
		})
	}
}

// Refresh tokens rotate or not, and what is revoked is over.
func TestOAuth2Tokens(t *testing.T) {
	t.Parallel()
	for _, rotates := range []bool{true, false} {
		s, ask := acme(t, func(s *providertest.OAuth2) { s.NoRotation = !rotates })
		_, first := ask("POST", "/token", grantOf(t, s))
		refresh := between(first, `"refresh_token":"`)
		form := url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "grant_type": {"refresh_token"}, "refresh_token": {refresh}}
		status, second := ask("POST", "/token", form)
		if status != 200 || s.IsGood(refresh) == rotates {
			t.Fatal(status, second)
		}
		access, next := between(second, `"access_token":"`), between(second, `"refresh_token":"`)
		for path, want := range map[string]string{"/me": `{"id":42}`, "/emails": `[]`} {
			if status, body := ask("GET", path, nil, "Authorization", "Bearer "+access); status != 200 || body != want {
				t.Error(path, status, body)
			}
			if status, _ := ask("GET", path, nil, "Authorization", "Bearer x"); status != 401 {
				t.Error(path, status)
			}
		}
		if status, _ := ask("POST", "/apps/any/token", url.Values{"client_id": {"app"}, "client_secret": {"x"}, "token": {next}}); status != 401 || !s.IsGood(next) {
			t.Error("another client may revoke")
		}
		if status, _ := ask("POST", "/apps/any/token", url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "token": {next}}); status != 200 || s.IsGood(next) || s.IsGood(access) {
			t.Error("it is not revoked")
		}
	}
	_, ask := acme(t, nil)
	if status, _ := ask("GET", "/nowhere", nil); status != 404 {
		t.Error(status)
	}
}

// What is no request for a code is refused.
func TestOAuth2SignIn(t *testing.T) {
	t.Parallel()
	s, _ := acme(t, nil)
	for _, where := range []string{"", "%", base + "/other?client_id=app&response_type=code&redirect_uri=x&state=s", base + "/authorize",
		base + "/authorize?client_id=other&response_type=code&redirect_uri=x&state=s", base + "/authorize?client_id=app&response_type=token&redirect_uri=x&state=s"} {
		if answer, err := s.SignIn(where); err == nil {
			t.Errorf("%s: %v", where, answer)
		}
	}
}

func between(s, before string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, `"`)
	return s
}
