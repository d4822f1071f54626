package auth_test

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
)

var (
	Role      = claims.NewKey[string]("role")
	CreatedAt = claims.NewKey[time.Time]("createdAt")
)

// A whole application: sign-in with two providers, a role from the
// application's own database, a guarded group, and a call of Google's API.
func Example() {
	e := echo.New()
	e.Use(auth.Middleware(auth.Config{
		URL:     "https://app.example.com",          // or AUTH_URL
		Secrets: []string{os.Getenv("AUTH_SECRET")}, // or AUTH_SECRET, AUTH_SECRET_1 … 3
		Providers: []auth.Provider{ // or, when nil, every provider that AUTH_<ID>_ID names
			providers.Google(os.Getenv("AUTH_GOOGLE_ID"), os.Getenv("AUTH_GOOGLE_SECRET")),
			providers.GitHub(os.Getenv("AUTH_GITHUB_ID"), os.Getenv("AUTH_GITHUB_SECRET")),
		},
		Callbacks: auth.Callbacks{
			SignIn: func(ctx context.Context, e *auth.SignInEvent) error {
				if e.Provider == "google" && e.Profile.String("hd") != "example.com" {
					return auth.ErrAccessDenied
				}
				return nil
			},
			JWT: func(ctx context.Context, e *auth.JWTEvent) error {
				if e.Trigger == auth.TriggerSignIn { // user, account and profile are here this once
					u, err := users.FindOrCreate(ctx, e.User)
					if err != nil {
						return err
					}
					e.Token.Subject = u.ID
					Role.Set(e.Token, u.Role)
					CreatedAt.Set(e.Token, u.CreatedAt)
				}
				return nil // on later requests the account is already fresh when this runs
			},
			Session: func(ctx context.Context, e *auth.SessionEvent) error {
				e.Session.Expose(Role, CreatedAt) // into session.user, for the browser's client
				return nil
			},
		},
	}))

	e.GET("/", func(c echo.Context) error {
		s, ok := auth.Current(c)
		if !ok {
			return c.Redirect(http.StatusSeeOther, "/auth/signin")
		}
		return c.String(http.StatusOK, "hello "+s.User.Name)
	})
	admin := e.Group("/admin", auth.Require(Role.Is("admin"))) // page: redirect to sign-in; API: 401; wrong role: 403

	admin.GET("/events", func(c echo.Context) error {
		calendar, err := auth.Client(c) // *http.Client that sends the fresh access token
		if err != nil {
			return err
		}
		events, err := calendar.Get("https://www.googleapis.com/calendar/v3/calendars/primary/events")
		if err != nil {
			return err
		}
		defer events.Body.Close()
		return c.Stream(http.StatusOK, echo.MIMEApplicationJSON, events.Body)
	})
	admin.POST("/role", func(c echo.Context) error {
		err := auth.Update(c, func(t *auth.Token) error { // change the token from a handler; writes the cookie at once
			Role.Set(t, c.FormValue("role"))
			return nil
		})
		if err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
	e.Logger.Fatal(e.Start(":3000"))
}

// users stands for the application's database.
var users userTable

type userTable struct{}

type user struct {
	ID, Role  string
	CreatedAt time.Time
}

func (userTable) FindOrCreate(_ context.Context, u *providers.User) (user, error) {
	return user{ID: u.ID, Role: "member", CreatedAt: time.Now()}, nil
}
