package httpauth_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// ada returns a provider that lets ada in with the password "right".
func ada() providers.Provider {
	return providers.Credentials(providers.CredentialsConfig{
		Authorize: func(_ ctx, s providers.Submission) (*providers.Identity, error) {
			switch s.Get("username") + "/" + s.Get("password") {
			case "ada/right":
				profile, err := claims.ParseObject([]byte(`{"role":"admin"}`))
				return &providers.Identity{
					User:    providers.User{ID: "42", Name: "Ada", Email: "ada@example.com"},
					Account: token.Account{AccessToken: token.NewSecret("backend-token")},
					Profile: profile,
				}, err
			case "ada/half":
				return nil, &providers.CredentialsError{Code: "second_factor"}
			case "ada/odd":
				return nil, &providers.CredentialsError{Code: "a b&c"}
			case "ada/broken":
				return nil, errors.New("password of ada: the database is down")
			case "ada/nobody":
				return &providers.Identity{}, nil
			}
			return nil, nil //nolint:nilnil // means that the credentials are wrong
		},
	})
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	a := newApp(t, withCredentials, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerSignIn {
				role.Set(e.Token, e.Profile.String("role"))
			}
			return nil
		}
		c.Callbacks.SignIn = func(_ ctx, e *httpauth.SignInEvent) error {
			if e.Account.Type != "credentials" || e.Provider != "credentials" {
				t.Errorf("sign-in with %+v", e.Account)
			}
			if e.Request.PostFormValue("banned") != "" || e.Request.URL.Query().Get("banned") != "" {
				return httpauth.ErrAccessDenied
			}
			return nil
		}
	})
	page := a.browser()
	html := page.get("/auth/signin?callbackUrl=/who").body
	for _, part := range []string{`action="/auth/callback/credentials"`, `name="username" type="text"`, `name="password" type="password"`, `autocomplete="current-password"`} {
		if !strings.Contains(html, part) {
			t.Errorf("the sign-in page lacks %s", part)
		}
	}
	login := func(b *browser, path, password string) answer {
		return b.post(path, url.Values{"username": {"ada"}, "password": {password}, "callbackUrl": {"/who"}})
	}
	if r := login(page, "/auth/callback/credentials", "right"); r.location() != appURL+"/who" || page.who() != "credentials|42" {
		t.Fatalf("sign-in: %d %s, then %q", r.StatusCode, r.location(), page.who())
	}
	for _, c := range []struct{ path, password, want string }{
		{"/auth/callback/credentials", "wrong", "/auth/signin?callbackUrl=https%3A%2F%2Fapp.example.com%2Fwho&code=credentials&error=CredentialsSignin"},
		{"/auth/callback/credentials", "half", "/auth/signin?callbackUrl=https%3A%2F%2Fapp.example.com%2Fwho&code=second_factor&error=CredentialsSignin"},
		{"/auth/callback/credentials", "odd", "/auth/signin?callbackUrl=https%3A%2F%2Fapp.example.com%2Fwho&error=CredentialsSignin"},
		{"/auth/callback/credentials", "broken", "/auth/error?error=Configuration"},
		{"/auth/callback/credentials", "nobody", "/auth/error?error=Configuration"},
		{"/auth/callback/credentials?banned=1", "right", "/auth/error?error=AccessDenied"},
	} {
		b := a.browser()
		if r := login(b, c.path, c.password); r.location() != appURL+c.want || b.who() != "" {
			t.Errorf("password %s: %s, then %q", c.password, r.location(), b.who())
		}
	}
	if r := a.browser().get("/auth/callback/credentials?username=ada&password=right"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", r.StatusCode)
	}
}

// S-166: nobody can be signed in by a form of another site.
func TestS_166_CredentialsNeedAToken(t *testing.T) {
	t.Parallel()
	b := newApp(t, withCredentials).browser()
	b.csrf()
	form := url.Values{"username": {"ada"}, "password": {"right"}}
	if r := b.do(http.MethodPost, "/auth/callback/credentials", form); errorOf(t, r) != "MissingCSRF" || b.who() != "" {
		t.Errorf("without a token: %s", r.location())
	}
	if r := b.post("/auth/callback/credentials", form, header{"Sec-Fetch-Site", "cross-site"}); errorOf(t, r) != "MissingCSRF" || b.who() != "" {
		t.Errorf("from another site: %s", r.location())
	}
}

// S-141: what somebody typed in is in no log, whatever goes wrong.
func TestS_141_CredentialsAreNotLogged(t *testing.T) {
	t.Parallel()
	a := newApp(t, withCredentials)
	for _, password := range []string{"right", "wrong-canary", "half"} {
		a.browser().post("/auth/callback/credentials", url.Values{"username": {"ada"}, "password": {password}})
	}
	if log := a.logged.String(); strings.Contains(log, "canary") || strings.Contains(log, "backend-token") {
		t.Errorf("logged: %s", log)
	}
}
