// Command nextjs-shared is the Go side of the example: it signs people in, seals
// the session in the form of Auth.js, and serves a JSON API. Next.js sends it
// everything under /api/auth and /api/go; see the README beside it.
//
// AUTH_SECRET, AUTH_URL and GO_URL, where this server listens, are those of the
// Next.js side. With the variables of a provider, such as AUTH_GOOGLE_ID and
// AUTH_GOOGLE_SECRET, that provider is offered; without any, an OpenID provider in
// this process.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// The claims that both sides know.
var (
	Role     = claims.NewKey[string]("role")
	Nickname = claims.NewKey[string]("nickname")
)

func main() {
	if err := run(cmp.Or(os.Getenv("AUTH_URL"), "http://localhost:3000")); err != nil {
		slog.Error("nextjs-shared", "error", err)
		os.Exit(1)
	}
}

// run serves until something fails. site is the origin of Next.js, which is all
// that browsers see.
func run(site string) error {
	available, err := providers.FromEnv()
	if err == nil && len(available) == 0 {
		available, err = demo(site)
	}
	if err != nil {
		return err
	}
	signIn, err := auth.New(auth.Config{
		URL:       site,
		Compat:    auth.AuthJS, // the cookie, as next-auth v5 reads and writes it
		Providers: available,
		Callbacks: auth.Callbacks{JWT: fill, Session: show},
		Theme:     auth.Theme{Name: "One session, Next.js and Go"},
	})
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Use(signIn)
	api := e.Group("/api/go", auth.Require())
	api.GET("/me", me)
	api.GET("/admin", me, auth.Require(Role.Is("admin")))
	e.Server.ReadHeaderTimeout = 5 * time.Second
	address := strings.TrimPrefix(cmp.Or(os.Getenv("GO_URL"), "http://127.0.0.1:4000"), "http://")
	slog.Info("ready", "behind", site, "address", address)
	return e.Start(address)
}

// fill puts claims into the token. What update() sends comes from the browser, so
// only what is known is taken from it.
func fill(_ context.Context, e *auth.JWTEvent) error {
	switch e.Trigger {
	case auth.TriggerSignIn:
		Role.Set(e.Token, "member")
		if e.Token.Subject == "demo|alice" {
			Role.Set(e.Token, "admin")
		}
	case auth.TriggerUpdate:
		var data struct {
			Nickname string `json:"nickname"`
		}
		if json.Unmarshal(e.Data, &data) == nil && len(data.Nickname) <= 40 {
			Nickname.Set(e.Token, data.Nickname)
		}
	}
	return nil
}

// show decides what useSession sees besides name, e-mail address and picture.
func show(_ context.Context, e *auth.SessionEvent) error {
	e.Session.Expose(Role, Nickname)
	err := e.Session.Set("provider", e.Token.Account.Provider)
	if until := e.Token.Account.ExpiresAt; !until.IsZero() {
		err = errors.Join(err, e.Session.Set("accessTokenExpires", until.UnixMilli()))
	}
	return err
}

// me answers with what Go knows of the person.
func me(c echo.Context) error {
	s, _ := auth.Current(c)
	role, _ := Role.Get(s)
	nickname, _ := Nickname.Get(s)
	return c.JSON(http.StatusOK, map[string]string{"name": s.User.Name, "role": role, "nickname": nickname, "provider": s.Provider()})
}

// demo starts an OpenID provider in this process. Its access tokens live for 20
// seconds, so that one can watch them being renewed.
func demo(site string) ([]auth.Provider, error) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	issuer := "http://" + listener.Addr().String()
	op, err := providertest.New(providertest.Config{
		Issuer:              issuer,
		Clients:             []providertest.Client{{ID: "example", RedirectURIs: []string{site + "/api/auth/callback/demo"}}},
		AccessTokenLifetime: 20 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: op, ReadHeaderTimeout: 5 * time.Second}
	go func() { slog.Error("demo provider", "error", server.Serve(listener)) }()
	return []auth.Provider{providers.OIDC(providers.Config{
		ID: "demo", Name: "Demo", ClientID: "example", Issuer: issuer,
		Style: providers.Style{Background: "#3457d5", Text: "#ffffff"},
	})}, nil
}
