package httpauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

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
	c.AwaitRefresh = c.AwaitRefresh || runtime.GOOS == "js" // nothing there outlives its response
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.HTTPClient == nil {
		c.HTTPClient, _ = newClient()
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
	switch c.SameSite {
	case 0, http.SameSiteDefaultMode:
		c.SameSite = http.SameSiteLaxMode
	case http.SameSiteLaxMode, http.SameSiteStrictMode:
	default:
		return problem("SameSite", "it has to be Lax or Strict: a cookie that every site's requests carry invites them")
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
