package middleware_test

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware"
)

// An Echo application with one guarded page. Secret and providers come from the
// environment.
func Example() {
	role := claims.NewKey[string]("role")
	e := echo.New()
	e.Use(middleware.Middleware(middleware.Config{}))
	e.GET("/admin", func(c echo.Context) error {
		s, _ := middleware.Current(c) // the guard has seen that there is one
		return c.String(http.StatusOK, "hello "+s.User.Name)
	}, middleware.Require(role.Is("admin")))
	e.Logger.Fatal(e.Start(":3000"))
}

// What an open session alone is not enough for: the person has to have authenticated
// in the last ten minutes. A page leads there by way of the provider.
func ExampleRequireRecent() {
	e := echo.New()
	e.Use(middleware.Middleware(middleware.Config{}))
	e.POST("/password", func(c echo.Context) error {
		return c.NoContent(http.StatusNoContent)
	}, middleware.RequireRecent(10*time.Minute))
	e.Logger.Fatal(e.Start(":3000"))
}
