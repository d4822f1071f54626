// Package providers knows identity providers: how to send someone there, what
// comes back, how to keep it fresh and how to end it.
//
// Most applications pass presets to the configuration:
//
//	providers.Google(id, secret)
//	providers.Keycloak(id, secret, "https://sso.example.com/realms/main")
//
// or let [FromEnv] find them in the environment. A preset is data, a [Config],
// handed to [OIDC] or [OAuth2]; any other provider is described the same way in
// a few lines, and anything that speaks neither protocol implements [Provider].
// Where a provider differs from the standards its [Dialect] says so, and its [Facts]
// tell what it can do; docs/providers.md lists all.
//
// What the generic providers do, whatever the data says: PKCE with S256, but for the
// few providers that fail with it;
// the issuer parameter and the error parameter are checked before a code is
// redeemed; client authentication is fixed and never probed; ID tokens are
// verified with their signature and every claim that OpenID Connect Core section
// 3.1.3.7 names, and logout tokens (OpenID Connect Back-Channel Logout 1.0) by the
// same means; answers are read strictly, bounded in size and time; redirects
// are not followed; errors never contain a token, a code or a response body.
//
// What some providers ask for in addition are options, of presets too: a key or a TLS
// certificate instead of a secret ([WithClientKey], RFC 7523, and Config.MutualTLS, RFC
// 8705), authorization requests that are pushed ([WithPush], RFC 9126), access tokens
// that are bound to a key ([WithDPoP], RFC 9449) or for certain APIs ([WithResources],
// RFC 8707).
//
// Nothing is fetched before it is needed. Metadata and keys are fetched on first
// use, kept in memory and renewed; [WithMetadata] and [WithKeys] give them
// statically.
package providers
