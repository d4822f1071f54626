package auth_test

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/providers"
)

// The Go side of one session with a Next.js application, as docs/authjs.md
// describes it. AUTH_URL, AUTH_SECRET and the providers come from the environment.
func Example_nextJS() {
	e := echo.New()
	e.Use(auth.Middleware(auth.Config{
		Compat: auth.AuthJS, // or auth.NextAuth4
		Callbacks: auth.Callbacks{
			JWT: func(_ context.Context, e *auth.JWTEvent) error {
				if e.Trigger == auth.TriggerSignIn {
					Role.Set(e.Token, "member")
				}
				return nil
			},
			Session: func(_ context.Context, e *auth.SessionEvent) error {
				e.Session.Expose(Role) // useSession finds it as session.user.role
				return nil
			},
		},
	}))
	e.GET("/api/go/me", func(c echo.Context) error {
		s, _ := auth.Current(c)
		return c.JSON(http.StatusOK, s)
	}, auth.Require())
	e.Logger.Fatal(e.Start(":4000"))
}

// The Go side where Next.js goes on signing people in: the routes of the kit have
// a path of their own, and the members are those of the guide for v5.
func Example_nextJSSignsIn() {
	_ = auth.Middleware(auth.Config{
		Compat:   auth.AuthJS,
		BasePath: "/api/go/auth",
		Providers: []auth.Provider{ // the same client as there, to renew its tokens
			providers.Google(os.Getenv("AUTH_GOOGLE_ID"), os.Getenv("AUTH_GOOGLE_SECRET")),
		},
		CompatMembers: auth.Members{AccessToken: "access_token", RefreshToken: "refresh_token", ExpiresAt: "expires_at", Seconds: true},
	})
}

// A move from next-auth v4 to v5 to the kit's own format. What is the same in all
// steps is said once, since the defaults depend on the format.
func Example_moveFromNextAuth() {
	steps := []auth.Config{
		{Compat: auth.NextAuth4, Accept: []auth.Compat{auth.AuthJS}},
		{Compat: auth.AuthJS, Accept: []auth.Compat{auth.NextAuth4, auth.Native}},
		{Compat: auth.Native, Accept: []auth.Compat{auth.AuthJS}},
		{Compat: auth.Native},
	}
	for _, cfg := range steps {
		cfg.URL = "https://app.example.com"
		cfg.BasePath = "/api/auth" // so the redirect URIs stay the same
		cfg.Secrets = []string{os.Getenv("AUTH_SECRET")}
		cfg.MaxAge = 30 * 24 * time.Hour
		cfg.AbsoluteMaxAge = 90 * 24 * time.Hour
		cfg.Providers = []auth.Provider{ // azure-ad is what v4 called it
			providers.MicrosoftEntraID(os.Getenv("AZURE_AD_CLIENT_ID"), os.Getenv("AZURE_AD_CLIENT_SECRET"), os.Getenv("AZURE_AD_TENANT_ID"),
				providers.WithID("azure-ad", "Microsoft")),
		}
		cfg.Callbacks.JWT = func(_ context.Context, e *auth.JWTEvent) error {
			if e.Trigger == auth.TriggerSignIn {
				e.Token.Subject = e.Account.ID // as v4 did
			}
			return nil
		}
		_ = auth.Middleware(cfg)
	}
}

// Sign-in by name and password. The front end calls signIn("credentials", …).
func Example_credentials() {
	_ = auth.Middleware(auth.Config{
		Providers: []auth.Provider{providers.Credentials(providers.CredentialsConfig{
			Authorize: func(_ context.Context, s providers.Submission) (*providers.Identity, error) {
				u, ok := users.Authenticate(s.Get("username"), s.Get("password"))
				if !ok {
					return nil, providers.ErrCredentials
				}
				if s.Get("code") == "" {
					return nil, &providers.CredentialsError{Code: "second_factor"} // signIn returns it as code
				}
				return &providers.Identity{User: providers.User{ID: u.ID, Name: s.Get("username")}}, nil
			},
		})},
	})
}

// What a client may ask the provider for: signIn("google", {}, {prompt: "login", scope: "…"}).
func Example_clientParams() {
	_ = auth.Middleware(auth.Config{
		ClientParams: []string{"prompt", "login_hint", "hd"},
		ClientScopes: []string{"https://www.googleapis.com/auth/calendar.readonly"},
	})
}

func (userTable) Authenticate(_, _ string) (user, bool) { return user{}, false }
