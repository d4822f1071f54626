package httpauth

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Config describes the application. Its zero value together with environment
// variables is a working configuration.
type Config struct {
	// URL is the application's own URL as browsers see it, such as
	// https://app.example.com. It is the only source of redirect URIs, of cookie
	// security and of the origin that requests are compared with; forwarding
	// headers decide nothing. A path in it is taken as BasePath. If empty,
	// AUTH_URL is used; without that the kit works on localhost only.
	URL string

	// BasePath is the path under which the kit serves its routes. Default: the
	// path of URL, or /auth, or /api/auth in a format of next-auth.
	BasePath string

	// Secrets encrypt and sign. The first one seals, all of them open, so that
	// they can be rotated: append the new one everywhere, then move it to the
	// front, then remove the old one. If nil, AUTH_SECRET_3, _2, _1 and
	// AUTH_SECRET are used, in that order, as in Auth.js. In a format of next-auth
	// it is AUTH_SECRET, NEXTAUTH_SECRET (for v4 the other way round), AUTH_SECRET_3,
	// _2 and _1.
	Secrets []string `json:"-"`

	// Providers are the ways to sign in, in the order of the sign-in page. If
	// nil, every provider that AUTH_<ID>_ID names is used.
	Providers []providers.Provider

	Callbacks Callbacks // decide
	Events    Events    // tell

	// MaxAge is how long a session lives without being used. Default 8 hours.
	// UpdateAge is how old the cookie may get before it is written anew, so that
	// not every response carries one. Default a twentieth of MaxAge, but at
	// least a minute. AbsoluteMaxAge is how long a session lives after the
	// sign-in, however much it is used. Default 7 days; at most 400.
	MaxAge         time.Duration
	UpdateAge      time.Duration
	AbsoluteMaxAge time.Duration

	// Epoch ends every session whose sign-in was before it. NotBefore does so for
	// one person: it returns the time before which their sign-ins do not count any
	// more, such as when they last changed their password; its answers are used for
	// a minute. Revocations is the store of sessions that were signed out, here or
	// at the provider; without one, a copied cookie works until its end, and
	// providers cannot sign anybody out (back-channel and front-channel logout).
	Epoch       time.Time
	NotBefore   func(ctx context.Context, t *token.Token) (time.Time, error)
	Revocations RevocationStore

	// Coordinator makes several instances refresh each token only once.
	Coordinator Coordinator

	// AwaitRefresh makes a request wait for the end of the refresh that it asks for.
	// By default it waits for a second if the access token is still good, and no longer
	// than its client does; the refresh goes on behind the response, and the next
	// request has the new tokens. Set it where an instance may be frozen or ended once
	// it has answered, as functions are: a new refresh token would be lost there. Fetches
	// of metadata and keys are waited for, too. The
	// provider has eight seconds, and ten more if its metadata has to be fetched; one
	// of the application's own needs a limit, too. It is always on under GOOS=js.
	AwaitRefresh bool

	// SignOut tells what else happens when somebody signs out.
	SignOut SignOut

	// RedirectOrigins are further origins that the browser may be sent to after
	// a sign-in or sign-out, such as https://www.example.com. Each is a full
	// origin; a label * at the very left stands for one label.
	RedirectOrigins []string

	// Name is the stem of all cookie names. Default "auth". Applications that
	// share a host need different ones, since cookies do not tell ports and
	// paths apart.
	Name string

	// CookieDomain shares the session with subdomains, at the price of the
	// __Host- prefix, which keeps subdomains from planting cookies.
	CookieDomain string

	// SameSite is Lax, the default, or Strict: then a browser that comes from another
	// site does not send the session. After a sign-in, and where a guard would send
	// somebody to sign in who only came by a link, the kit takes one step more, from
	// its own page, which does send it. Accounts cannot be connected then (see
	// [Connect]).
	SameSite http.SameSite

	// CookieBudget is how many bytes the session's cookies may take in a
	// request. Default token.DefaultBudget.
	CookieBudget int

	// Compress opens sessions that are compressed, and writes them so where that saves
	// a cookie: one of 4 kB then takes one instead of two. It is off by default, since
	// the length of the cookie then tells something about what is in it to whoever can
	// choose a claim and watch the traffic; see [token.NewCompressingCodec]. It is for
	// the native format, and every instance has to have it before sessions are shared.
	Compress bool

	// Audience separates applications that have the same secret: a session
	// opens only under the audience that it was sealed under. Default: the
	// origin of URL. Set the same on services that share sessions.
	Audience string

	// Compat is the format of the session's cookies: Native, or AuthJS or
	// NextAuth4 to share the session with a Next.js application that has the same
	// secret. It also decides about the CSRF cookie, the base path (/api/auth),
	// MaxAge (30 days, as there) and what clients are told without a session.
	// Default Native.
	Compat token.Format

	// Accept lists further formats that are read. A session in one of them is
	// written anew in the format of Compat, so a team moves to another format
	// without signing anybody out: first every instance accepts it, then they
	// write it.
	Accept []token.Format

	// CompatCookie is the full name of the Auth.js session cookie, if the
	// application on the other side has given it one of its own
	// (cookies.sessionToken.name). CompatMembers are the members that its jwt
	// callback keeps the provider's tokens in.
	CompatCookie  string
	CompatMembers token.Members

	// ClientParams are the parameters of an authorization request that a client
	// may choose, as signIn("google", {}, {prompt: "login"}) does. Default prompt,
	// login_hint and ui_locales; empty but not nil means none. ClientScopes are
	// the scopes that it may ask for in addition to the provider's, with the
	// parameter scope.
	ClientParams []string
	ClientScopes []string

	// SignInData are the parameters of the sign-in page, or of a POST that starts a
	// sign-in, that the application wants to find again in its callbacks after it,
	// such as "invite". They travel sealed.
	SignInData []string

	Theme Theme // how the built-in pages look
	Pages Pages // pages of the application instead of the built-in ones

	// HTTPClient makes all outbound calls. Default: a client with short time
	// limits that honours HTTPS_PROXY.
	HTTPClient *http.Client

	// Logger gets warnings and errors, and at the start the redirect URIs to
	// register. Default slog.Default().
	Logger *slog.Logger
}

// SignOut tells what else happens when somebody signs out. The session's cookies
// are deleted whatever becomes of it.
type SignOut struct {
	// AtProvider also ends the provider's session, by sending the browser there
	// (OpenID Connect RP-Initiated Logout). <URL>/auth/signed-out has to be
	// registered as a post-logout redirect URI.
	AtProvider bool
	// Revoke also invalidates the provider's tokens (RFC 7009), as far as that
	// takes no longer than two seconds.
	Revoke bool
	// FrontChannel lets providers sign people out by a page in a frame (OpenID
	// Connect Front-Channel Logout 1.0). It needs Revocations. Whoever asks can put
	// names into that store, so prefer the back channel.
	FrontChannel bool
}

// Format prints nothing of the configuration, since it holds secrets.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "auth configuration") }
