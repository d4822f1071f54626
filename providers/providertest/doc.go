// Package providertest is an OpenID provider in a box: an http.Handler with
// discovery, keys, a user picker, tokens, user info, revocation and logout, for
// tests and for trying things out without an account anywhere.
//
// It is strict where relying parties make mistakes: PKCE with S256 is required,
// redirect URIs match exactly, codes work once, refresh tokens rotate, and one
// that is used twice takes its whole family with it.
//
//	op, err := providertest.New(providertest.Config{Issuer: "http://localhost:9000"})
//	go http.ListenAndServe("localhost:9000", op)
//
// In tests no network is needed: [Server.Client] calls the handler directly, and
// [Server.SignIn] does what a person does in a browser.
//
// It keeps everything in memory and knows no passwords. Never let it decide who
// gets in anywhere that matters.
package providertest
