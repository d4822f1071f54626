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
// # Testing an application
//
// In tests no network is needed. The application gets the provider's client as
// its own, its handler is called with [InMemory], and [Server.SignIn] does what a
// person does in a browser; the example "Application" is a whole sign-in. All of
// it works under testing/synctest, so that a test of what happens in an hour takes
// no time. Channels and barriers are then made inside the bubble.
//
// # When things go wrong
//
// [Server.Fail] is a script of what goes wrong at an endpoint: a status, a delay,
// an answer that comes drop by drop or never ends, a connection that breaks before
// or after a token was spent. A [Barrier] makes requests meet. [Server.Count],
// [Server.Reuses] and [Server.Refusals] tell what the application did.
//
// Clients can prove themselves by a secret, by a key (private_key_jwt) or by a TLS
// certificate, and push their requests; tokens can be bound to a key (DPoP), with nonces
// or without, and be for certain resources. With SingleSignOn the provider remembers
// who has signed in, and says so in auth_time.
//
// [Config].RefreshGrace, NoRotation and Clock are the habits of other providers.
// [Server.RotateKey] and [Server.DropOldKeys] change keys, [Server.RevokeUser] is
// an administrator who takes an account away, and [Server.SignOut] tells
// applications that somebody has signed out (OpenID Connect Back-Channel Logout).
//
// [Malformed] and [MalformedLogout] list the ways in which tokens can be bad;
// EditIDToken, EditTokens, EditMetadata and Intercept change anything else.
//
// [OAuth2] is another kind of provider: one without OpenID Connect, in the shape that
// you give it, to test how a provider of your own is described.
//
// A connection breaks by a panic with http.ErrAbortHandler, which the server of
// net/http and [InMemory] understand.
//
// It keeps everything in memory and knows no passwords. Never let it decide who
// gets in anywhere that matters.
package providertest
