// Package auth signs people in to Echo applications without a database.
//
//	e := echo.New()
//	e.Use(auth.Middleware(auth.Config{}))
//
// The session is an encrypted JWT in the browser's cookies. It carries who the
// person is, claims of the application's own, and the tokens of the identity
// provider, which are renewed before they expire. The only thing that instances
// share is a secret, AUTH_SECRET, so the kit runs the same on one server, on a
// hundred, and on functions that live for one request.
//
// Four callbacks let the application decide: SignIn, who gets in; JWT, what the
// token says; Session, what the application and the browser see of it; Redirect,
// where the browser goes. In handlers, [Current] returns the session, [Update]
// changes it, [Client] calls the provider's API, and [Require] guards routes.
//
// This package gathers what most applications need in one import. It holds
// nothing of its own: the names stand for those of the packages claims, token,
// providers, middleware and middleware/httpauth.
package auth
