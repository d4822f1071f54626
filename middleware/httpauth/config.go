package httpauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
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

	// CookieBudget is how many bytes the session's cookies may take in a
	// request. Default token.DefaultBudget.
	CookieBudget int

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
}

// Format prints nothing of the configuration, since it holds secrets.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "auth configuration") }

const (
	defaultMaxAge         = 8 * time.Hour
	defaultAbsoluteMaxAge = 7 * 24 * time.Hour
	longestMaxAge         = 400 * 24 * time.Hour // browsers keep no cookie longer
)

// problem says what is wrong with a field of the configuration.
func problem(field, format string, args ...any) error {
	return fmt.Errorf("auth: Config."+field+": "+format, args...)
}

// complete fills in defaults and the environment, and checks everything that can
// be checked without a network. It returns all problems at once.
func (c *Config) complete() error {
	compat := c.checkCompat()
	c.fromEnv()
	errs := []error{compat, c.checkURL(), c.checkAges(), c.checkNames(), c.checkSecrets(), c.checkProviders(), c.Theme.check(), c.Pages.check(c.BasePath)}
	for _, o := range c.RedirectOrigins {
		if err := checkOrigin(o); err != nil {
			errs = append(errs, problem("RedirectOrigins", "%w", err))
		}
	}
	if c.ClientParams == nil {
		c.ClientParams = []string{"prompt", "login_hint", "ui_locales"}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.HTTPClient == nil {
		c.HTTPClient = defaultClient()
	}
	return errors.Join(errs...)
}

func (c *Config) fromEnv() {
	if c.URL == "" {
		c.URL = os.Getenv("AUTH_URL")
	}
	switch {
	case c.Secrets != nil:
	case c.Compat.Foreign():
		c.Secrets = c.sharedSecrets()
	default:
		c.Secrets = env("AUTH_SECRET_3", "AUTH_SECRET_2", "AUTH_SECRET_1", "AUTH_SECRET")
	}
}

// checkURL splits URL into origin and base path.
func (c *Config) checkURL() error {
	if c.URL != "" {
		u, err := url.Parse(c.URL)
		switch {
		case err != nil || u.Host == "" || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
			return problem("URL", "%q is not a URL such as https://app.example.com; set it, or AUTH_URL", c.URL)
		case u.Scheme == "http" && !isLoopback(u.Hostname()):
			return problem("URL", "%s is not https; cookies would cross the network readable. Plain http works on localhost only", c.URL)
		case u.Scheme != "https" && u.Scheme != "http":
			return problem("URL", "%s is neither https nor http", c.URL)
		}
		if c.BasePath == "" {
			c.BasePath = strings.TrimSuffix(u.Path, "/")
		}
		c.URL = originOf(u)
	}
	if c.BasePath == "" {
		c.BasePath = c.usualBasePath()
	}
	if !regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`).MatchString(c.BasePath) {
		return problem("BasePath", "%q is not a path such as /auth", c.BasePath)
	}
	return nil
}

// usualBasePath returns the base path that clients take unless they are told
// another one.
func (c *Config) usualBasePath() string {
	if c.Compat.Foreign() {
		return "/api/auth"
	}
	return "/auth"
}

func (c *Config) checkAges() error {
	if c.MaxAge == 0 {
		c.MaxAge = defaultMaxAge
	}
	if c.AbsoluteMaxAge == 0 {
		c.AbsoluteMaxAge = max(defaultAbsoluteMaxAge, c.MaxAge)
	}
	if c.UpdateAge == 0 {
		c.UpdateAge = max(c.MaxAge/20, min(time.Minute, c.MaxAge/2))
	}
	switch {
	case c.MaxAge < time.Minute:
		return problem("MaxAge", "%s is less than a minute", c.MaxAge)
	case c.AbsoluteMaxAge < c.MaxAge:
		return problem("AbsoluteMaxAge", "%s is less than MaxAge, %s", c.AbsoluteMaxAge, c.MaxAge)
	case c.AbsoluteMaxAge > longestMaxAge:
		return problem("AbsoluteMaxAge", "%s is more than 400 days, which browsers do not keep", c.AbsoluteMaxAge)
	case c.UpdateAge < 0 || c.UpdateAge >= c.MaxAge:
		return problem("UpdateAge", "%s has to be less than MaxAge, %s", c.UpdateAge, c.MaxAge)
	}
	return nil
}

func (c *Config) checkNames() error {
	if c.Name == "" {
		c.Name = "auth"
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString(c.Name) {
		return problem("Name", "%q is not 1 to 64 letters, digits, - and _", c.Name)
	}
	if c.CookieDomain != "" {
		domain := strings.TrimPrefix(c.CookieDomain, ".")
		u, err := url.Parse(c.URL)
		if err != nil || u.Hostname() != domain && !strings.HasSuffix(u.Hostname(), "."+domain) || !strings.Contains(domain, ".") {
			return problem("CookieDomain", "%q is not a domain that the host of URL is in", c.CookieDomain)
		}
		c.CookieDomain = domain
	}
	if c.CookieBudget < 0 || c.CookieBudget > 48<<10 {
		return problem("CookieBudget", "%d is not between 0 and 49152 bytes", c.CookieBudget)
	}
	return nil
}

func (c *Config) checkSecrets() error {
	if c.Audience == "" {
		c.Audience = c.URL
	}
	if c.Audience == "" {
		c.Audience = "http://localhost"
	}
	if len(c.Secrets) == 0 {
		return problem("Secrets", "there is none; set AUTH_SECRET, or Secrets, to at least 32 random bytes: %s", token.SecretAdvice)
	}
	if _, err := token.NewKeyring(c.Audience, c.Secrets...); err != nil {
		return problem("Secrets", "%w", err)
	}
	return nil
}

func (c *Config) checkProviders() error {
	var errs []error
	if c.Providers == nil {
		found, err := providers.FromEnv()
		if err != nil {
			return problem("Providers", "%w", err)
		}
		c.Providers = found
	}
	if len(c.Providers) == 0 {
		return problem("Providers", "there is none; set AUTH_GOOGLE_ID and AUTH_GOOGLE_SECRET, or those of another provider, or list Providers")
	}
	seen := map[string]bool{}
	for i, p := range c.Providers {
		if p == nil {
			errs = append(errs, problem("Providers", "number %d is nil", i+1))
			continue
		}
		id := p.Info().ID
		switch {
		case id == "":
			errs = append(errs, problem("Providers", "number %d has no id; set its ID to a name for URLs, such as acme", i+1))
			continue
		case !validID(id):
			errs = append(errs, problem("Providers", "id %q is not 1 to 64 lower-case letters, digits, - and _", id))
		case seen[id]:
			errs = append(errs, problem("Providers", "two have the id %q; give one another with providers.WithID", id))
		}
		seen[id] = true
		if checker, ok := p.(providers.Checker); ok {
			if err := checker.Check(); err != nil {
				errs = append(errs, problem("Providers", "%w", err))
			}
		}
	}
	return errors.Join(errs...)
}

func validID(id string) bool {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`).MatchString(id)
}

// defaultClient returns a client whose parts all have time limits. Each call
// gets a limit of its own besides.
func defaultClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    3 * time.Second,
		ResponseHeaderTimeout:  5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxConnsPerHost:        64,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
	}}
}
