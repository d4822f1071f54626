package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
)

//go:embed web
var web embed.FS

// The claims that this application adds to its tokens.
var (
	Role      = claims.NewKey[string]("role")
	CreatedAt = claims.NewKey[time.Time]("createdAt")
	Groups    = claims.NewKey[[]string]("groups")
	Nickname  = claims.NewKey[string]("nickname")
)

// newApp puts the application together. api returns the URL of a provider's API
// that tells about the signed-in person.
func newApp(base string, secrets []string, available []auth.Provider, api func(provider string) string) (*echo.Echo, error) {
	db := &database{users: map[string]person{}}
	log := &journal{entries: map[string][]entry{}}
	signIn, err := auth.New(auth.Config{
		URL:       base,
		Secrets:   secrets,
		Providers: available,
		SignOut:   auth.SignOut{AtProvider: true, Revoke: true},
		Theme:     auth.Theme{Name: "Sealed Auth example"},
		Callbacks: callbacks(db),
		Events:    events(log),
	})
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	templates, err := template.New("").Funcs(template.FuncMap{"initial": initial}).ParseFS(web, "web/*.html")
	if err != nil {
		return nil, err
	}
	static, err := fs.Sub(web, "web")
	if err != nil {
		return nil, err
	}
	e.Renderer = renderer{templates}
	e.HTTPErrorHandler = showError(e)
	e.StaticFS("/static", static)
	e.Use(middleware.Recover(), secureHeaders, signIn)
	routes(e, log, api)
	return e, nil
}

func callbacks(db *database) auth.Callbacks {
	return auth.Callbacks{
		// Who signed in for the first time is created; role and date come from
		// the database and are in the token from then on.
		JWT: func(ctx context.Context, e *auth.JWTEvent) error {
			if e.Trigger != auth.TriggerSignIn {
				return nil
			}
			p, err := db.findOrCreate(ctx, e.Token.Subject, e.User)
			if err != nil {
				return err
			}
			Role.Set(e.Token, p.Role)
			CreatedAt.Set(e.Token, p.CreatedAt)
			if groups, ok := e.Profile.Strings("groups"); ok {
				Groups.Set(e.Token, groups)
			}
			return nil
		},
		// What the browser may see besides name, e-mail address and picture.
		Session: func(_ context.Context, e *auth.SessionEvent) error {
			e.Session.Expose(Role, CreatedAt, Nickname)
			if e.Token.Account.ExpiresAt.IsZero() { // some providers' tokens have no end
				return nil
			}
			return e.Session.Set("accessTokenExpires", e.Token.Account.ExpiresAt)
		},
	}
}

func events(log *journal) auth.Events {
	return auth.Events{
		SignIn: func(_ context.Context, e *auth.SignedInEvent) { log.add(e.Token.Subject, "signed in") },
		SignOut: func(_ context.Context, e *auth.SignedOutEvent) {
			if e.Token != nil {
				log.add(e.Token.Subject, "signed out")
			}
		},
		Refresh: func(_ context.Context, e *auth.RefreshEvent) {
			if e.Err == nil {
				log.add(e.Subject, "access token renewed")
			} else {
				log.add(e.Subject, "access token not renewed")
			}
		},
	}
}

func routes(e *echo.Echo, log *journal, apiOf func(string) string) {
	e.GET("/", func(c echo.Context) error {
		s, ok := auth.Current(c)
		if !ok {
			return c.Render(http.StatusOK, "welcome.html", nil)
		}
		return c.Render(http.StatusOK, "home.html", map[string]any{
			"Session": s, "Name": cmp.Or(s.User.Name, s.User.Email, s.User.ID), "Admin": claims.All(Role.Is("admin"))(s) == nil,
		})
	})

	admin := e.Group("/admin", auth.Require(Role.Is("admin")))
	admin.GET("", func(c echo.Context) error {
		s, _ := auth.Current(c)
		return c.Render(http.StatusOK, "admin.html", map[string]any{"Session": s})
	})

	api := e.Group("/api", auth.Require())
	api.GET("/status", func(c echo.Context) error { return status(c, log) })
	api.GET("/profile", func(c echo.Context) error { return profile(c, apiOf) })
	api.POST("/nickname", rename)
}

// status tells the home page what to show: the session as the browser's client
// sees it, the claims, and the size of its cookies.
func status(c echo.Context, log *journal) error {
	s, ok := auth.Current(c)
	if !ok {
		return echo.ErrUnauthorized
	}
	size, count := 0, 0
	for _, cookie := range c.Cookies() {
		if cookie.Name == "auth.session" || strings.Contains(cookie.Name, "auth.session.") || strings.HasSuffix(cookie.Name, "-auth.session") {
			size += len(cookie.Name) + 1 + len(cookie.Value)
			count++
		}
	}
	return c.JSON(http.StatusOK, map[string]any{
		"session": s, "claims": s.Payload(), "cookieBytes": size, "cookies": count, "journal": log.of(s.User.ID),
	})
}

// profile calls the provider's API with the fresh access token.
func profile(c echo.Context, api func(string) string) error {
	s, _ := auth.Current(c)
	where := api(s.Provider())
	if where == "" {
		return echo.NewHTTPError(http.StatusNotFound, "set PROFILE_URL to a URL of this provider's API")
	}
	client, err := auth.Client(c)
	if err != nil {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "no access token").SetInternal(err)
	}
	resp, err := client.Get(where)
	if err != nil {
		return echo.NewHTTPError(http.StatusBadGateway, "the provider does not answer").SetInternal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return c.Stream(resp.StatusCode, echo.MIMEApplicationJSON, io.LimitReader(resp.Body, 1<<20))
}

// rename changes a claim from a handler. Forms of other sites cannot send JSON,
// and the session's cookie is SameSite=Lax besides.
func rename(c echo.Context) error {
	var body struct {
		Nickname string `json:"nickname"`
	}
	if c.Request().Header.Get(echo.HeaderContentType) != echo.MIMEApplicationJSON {
		return echo.ErrUnsupportedMediaType
	}
	if err := c.Bind(&body); err != nil {
		return err
	}
	if len(body.Nickname) > 40 {
		return echo.NewHTTPError(http.StatusBadRequest, "a nickname has at most 40 bytes")
	}
	err := auth.Update(c, func(t *auth.Token) error {
		Nickname.Set(t, body.Nickname)
		return nil
	})
	if err != nil {
		return err
	}
	s, _ := auth.Current(c)
	return c.JSON(http.StatusOK, s)
}

// showError renders refusals as a page for people and as JSON for programs.
func showError(e *echo.Echo) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		var he *echo.HTTPError
		if c.Response().Committed || !errors.As(err, &he) || !strings.Contains(c.Request().Header.Get("Accept"), "text/html") {
			e.DefaultHTTPErrorHandler(err, c)
			return
		}
		if renderErr := c.Render(he.Code, "message.html", map[string]any{"Code": he.Code, "Text": http.StatusText(he.Code)}); renderErr != nil {
			e.Logger.Error(renderErr)
		}
	}
}

// initial returns the first letter of a name; providers need not tell one.
func initial(name string) string {
	for _, letter := range name {
		return string(letter)
	}
	return "?"
}

func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		return next(c)
	}
}

type renderer struct{ templates *template.Template }

// Render implements echo.Renderer.
func (r renderer) Render(w io.Writer, name string, data any, _ echo.Context) error {
	return r.templates.ExecuteTemplate(w, name, data)
}
