// Package middleware fits the engine of package httpauth into Echo v4: a
// middleware, guards for routes, and helpers for handlers.
//
//	e := echo.New()
//	e.Use(middleware.Middleware(middleware.Config{}))
//	e.GET("/admin", admin, middleware.Require(Role.Is("admin")))
//
// The middleware works under Use, under Pre, and on a group if Config.BasePath
// is in the group. It serves its own routes, so none have to be registered.
//
// Mount it before everything that needs the session, and after CORS, so that
// refusals carry CORS headers too.
package middleware
