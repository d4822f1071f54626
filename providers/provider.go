package providers

import (
	"context"
	"net/url"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// Provider is an identity provider: it knows how to send someone there and what
// comes back. What else a provider can do it shows by implementing [Refresher],
// [Revoker], [LogoutURLer], [LogoutVerifier] or [Authorizer] too.
//
// Implementations are safe for concurrent use. They make their HTTP calls with
// the client that the context carries under oauth2.HTTPClient, as
// golang.org/x/oauth2 does.
type Provider interface {
	// Info describes the provider. It returns the same at every call and does
	// no work.
	Info() Info

	// AuthCodeURL returns the URL to send the browser to (RFC 6749 section
	// 4.1.1). It may have to fetch the provider's metadata first.
	AuthCodeURL(ctx context.Context, r AuthRequest) (string, error)

	// Exchange turns the provider's answer into an identity. The caller has
	// already compared the state. Exchange checks the issuer parameter (RFC
	// 9207) and the error parameter before it redeems the code, and redeems it
	// at most once.
	Exchange(ctx context.Context, c Callback) (*Identity, error)
}

// Refresher is a provider that can renew an access token.
type Refresher interface {
	// Refresh spends the account's refresh token (RFC 6749 section 6) and
	// returns the account with the new tokens. It sends exactly one token
	// request. A new ID token that fails a check is left out, and the old one
	// stays. Errors that match [ErrInvalidGrant] or [ErrIdentityChanged] are
	// final; all others may pass.
	Refresh(ctx context.Context, a token.Account) (token.Account, error)
}

// Revoker is a provider that can invalidate tokens.
type Revoker interface {
	// Revoke invalidates the account's tokens (RFC 7009). It returns
	// errors.ErrUnsupported if this provider has no such endpoint.
	Revoke(ctx context.Context, a token.Account) error
}

// LogoutURLer is a provider that can end its own session with the browser.
type LogoutURLer interface {
	// LogoutURL returns the URL to send the browser to (OpenID Connect
	// RP-Initiated Logout 1.0). It returns errors.ErrUnsupported if this
	// provider has no such endpoint.
	LogoutURL(ctx context.Context, l Logout) (string, error)
}

// LogoutVerifier is a provider that can tell the application by itself that a
// person has signed out there (OpenID Connect Back-Channel Logout 1.0).
type LogoutVerifier interface {
	// VerifyLogout checks a logout token by section 2.6 of that specification and
	// returns what it says. A token that fails a check is an [ErrLogoutToken];
	// while the provider's keys cannot be had, so that nobody can tell, the error
	// is an [ErrUnavailable]. Whether the token came before (its ID) is for the
	// caller to know.
	VerifyLogout(ctx context.Context, logoutToken string) (LogoutNotice, error)
}

// Checker is a provider that can tell what is missing in its configuration. It
// is asked once, when the application starts, and does no network calls.
type Checker interface {
	Check() error
}

// Protocol is how one talks to a provider.
type Protocol string

// The protocols, with the names that Auth.js gives them.
const (
	OpenIDConnect Protocol = "oidc"
	PlainOAuth2   Protocol = "oauth"
)

// Info describes a provider.
type Info struct {
	ID       string   // in URLs and configuration: lower-case letters, digits, - and _
	Name     string   // for people
	Protocol Protocol // OpenIDConnect, PlainOAuth2 or CredentialsProtocol
	Style    Style    // of the sign-in button

	// Issuer is the issuer identifier of an OpenID provider, as it stands in the
	// iss of its tokens and of its front-channel logout; empty for plain OAuth 2.
	// Where one provider stands for many tenants it holds "{tenantid}", and no iss
	// is equal to it.
	Issuer string

	// FormPost tells that the answer comes as a cross-site POST
	// (response_mode=form_post). The transaction's cookie is then sent
	// cross-site too.
	FormPost bool

	// Facts are what is known of the provider; docs/providers.md is made of them.
	Facts Facts
}

// Style is the brand of a sign-in button: CSS colours of the form #rrggbb.
type Style struct {
	Background string
	Text       string
}

// AuthRequest is what the kit adds to an authorization request. Everything in
// it but Params is made by the kit and cannot be chosen from outside.
type AuthRequest struct {
	RedirectURL string     // where the answer goes
	State       string     // ties the answer to the browser
	Nonce       string     // ties the ID token to the browser; for OpenID Connect
	Verifier    string     // PKCE code verifier; only its S256 hash is sent (RFC 7636)
	Params      url.Values // further parameters, which never replace the ones above; see Callback.Asked
	Scopes      []string   // scopes to ask for in addition to the configured ones
}

// Callback is the provider's answer with what the transaction remembers.
type Callback struct {
	Params      url.Values // of the query, or of the form for form_post; each at most once
	RedirectURL string     // exactly as in the AuthRequest (RFC 6749 section 4.1.3)
	Nonce       string
	Verifier    string
	Scopes      []string // as in the AuthRequest, for a provider that does not say what it granted

	// Asked is the Params of the AuthRequest, or those that Exchange has to see met:
	// max_age and acr_values. With max_age the ID token has to say when the person
	// authenticated (auth_time), no longer ago than that; with acr_values, how (acr),
	// in one of these ways. See OpenID Connect Core section 3.1.2.1.
	Asked url.Values
}

// Logout is what a provider needs to end its session.
type Logout struct {
	IDToken     token.Secret // as id_token_hint; may be empty
	RedirectURL string       // where to come back to; has to be registered at the provider
	State       string       // comes back with the browser
}

// LogoutNotice tells that a person has signed out at the provider. It names a
// person, a session or both. With a session only that one has ended, without
// one all of the person have (OpenID Connect Back-Channel Logout 1.0 section 2.4).
type LogoutNotice struct {
	Subject   string    // sub: the person; the id of the account, unless Config.Fields takes that from another claim
	SessionID string    // sid: the session, as in the account's SessionID
	ID        string    // jti: of this notice, to tell a replay by
	IssuedAt  time.Time // iat: when it was sent, at most ten minutes ago
}

// Identity is who signed in.
type Identity struct {
	User    User
	Account token.Account
	Profile claims.Profile // as the provider sent it
}

// User is a profile in the words that all providers share.
type User struct {
	ID            string // the provider's stable id of the account
	Name          string
	Email         string
	EmailVerified bool // the provider states that the person controls the address
	Image         string
}
