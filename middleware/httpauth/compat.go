package httpauth

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// authJSMaxAge is how long a session of Auth.js lives without being used.
const authJSMaxAge = 30 * 24 * time.Hour

// checkCompat checks the formats, and fills in what is different where the
// session is shared with Auth.js.
func (c *Config) checkCompat() error {
	if c.Compat == "" {
		c.Compat = token.Native
	}
	for _, f := range append([]token.Format{c.Compat}, c.Accept...) {
		if f != token.Native && !f.Foreign() {
			return problem("Compat", "%q is not a format; they are Native, AuthJS and NextAuth4", f)
		}
	}
	if name := c.CompatCookie; name != "" {
		host := strings.HasPrefix(name, "__Host-") && c.CookieDomain != ""
		if err := (&http.Cookie{Name: name}).Valid(); err != nil || host || strings.HasSuffix(name, "csrf-token") { //nolint:gosec // only its name is checked
			return problem("CompatCookie", "%q cannot be the name of the session's cookie", name)
		}
	}
	if !c.Compat.Foreign() {
		return nil
	}
	if c.MaxAge == 0 {
		c.MaxAge = authJSMaxAge
	}
	if urls := env(firstOf(c.Compat, "AUTH_URL", "NEXTAUTH_URL")...); c.URL == "" && len(urls) > 0 {
		c.URL = urls[0]
	}
	return nil
}

// sharedSecrets returns the secrets of an environment that is shared with
// next-auth, which seals with AUTH_SECRET or NEXTAUTH_SECRET if there is one, and
// with AUTH_SECRET_3, _2 and _1 only in other frameworks. So that comes first.
func (c *Config) sharedSecrets() []string {
	names := firstOf(c.Compat, "AUTH_SECRET", "NEXTAUTH_SECRET")
	return env(append(names, "AUTH_SECRET_3", "AUTH_SECRET_2", "AUTH_SECRET_1")...)
}

// firstOf returns two names of one variable in the order in which a version of
// next-auth looks for them.
func firstOf(f token.Format, v5, v4 string) []string {
	if f == token.NextAuth4 {
		return []string{v4, v5}
	}
	return []string{v5, v4}
}

// env returns the values of those variables that are set, each once.
func env(names ...string) []string {
	var values []string
	for _, name := range names {
		if v := os.Getenv(name); v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// sessionForm is one form in which the browser may hold the session.
type sessionForm struct {
	format token.Format
	jar    token.Jar
	codec  *token.Codec
}

// makeForms returns the form that is written and then those that are read too.
func (a *Auth) makeForms(native kept) ([]sessionForm, error) {
	var forms []sessionForm
	for _, f := range append([]token.Format{a.cfg.Compat}, a.cfg.Accept...) {
		if slices.ContainsFunc(forms, func(known sessionForm) bool { return known.format == f }) {
			continue
		}
		form := sessionForm{format: f, jar: native.jar}
		if f == token.Native {
			form.codec = token.NewCodec(native.sealer)
			if a.cfg.Compress {
				form.codec = token.NewCompressingCodec(native.sealer)
			}
			forms = append(forms, form)
			continue
		}
		form.jar.Name = a.cfg.CompatCookie
		if form.jar.Name == "" {
			form.jar.Name = f.CookieName("session-token", a.secure())
		}
		form.jar.ChunkSize = f.ChunkSize()
		var err error
		if form.codec, err = token.NewForeignCodec(f, form.jar.Name, a.cfg.CompatMembers, a.cfg.Secrets...); err != nil {
			return nil, problem("Compat", "%w", err)
		}
		forms = append(forms, form)
	}
	return forms, nil
}

// readForms opens the session in whichever form the browser holds it; of several
// that open the newest counts, for applications that share the session write it
// in turn. If none opens, it returns why, for each form that there is. Sessions that
// were ended in this browser do not count.
func (a *Auth) readForms(now time.Time, request http.Header, ended func(*token.Token) bool) (found *token.Token, written bool, failed []unopened) {
	for i, form := range a.forms {
		t, err := form.codec.ReadAt(now, form.jar, request)
		switch {
		case errors.Is(err, token.ErrNoCookie):
		case err != nil:
			failed = append(failed, unopened{form, err})
		case ended(t):
			failed = append(failed, unopened{form, errEnded})
		case found == nil || t.IssuedAt.After(found.IssuedAt) && (t.Subject == found.Subject || !safer(a.forms[0], form)):
			// What Auth.js has written is written anew when it is first seen, so that the
			// session has a sign-in time and a name that stay.
			a.assumeProvider(t)
			form.doubtAuthTime(t)
			found, written = t, i == 0 && (t.Generation != 0 || !form.format.Foreign())
			if form.format.Foreign() && a.cfg.Compat == token.Native {
				for _, name := range []string{"v", "account", "accounts", "gen"} { // members of the native form, which cannot also be claims
					claims.NewKey[any](name).Delete(t)
				}
			}
		}
	}
	return found, written, failed
}

// safer reports whether only this host can have set the cookie of one form, but the
// whole site that of another, so that the latter cannot replace somebody else's.
func safer(one, other sessionForm) bool {
	return strings.HasPrefix(one.jar.Name, "__Host-") && !strings.HasPrefix(other.jar.Name, "__Host-")
}

// doubtAuthTime keeps the time at which Auth.js has written a token from passing for
// the time of the sign-in in RequireRecent: it is written anew all the time.
func (f sessionForm) doubtAuthTime(t *token.Token) {
	if f.format.Foreign() && t.Generation == 0 && t.AuthTime.Equal(t.IssuedAt) {
		t.Account.AuthTime = time.Unix(1, 0)
	}
}

// assumeProvider fills in where an account is of, which a token of Auth.js need not
// say: where there is only one provider, it is that one.
func (a *Auth) assumeProvider(t *token.Token) {
	if t.Account.Provider == "" && !t.Account.AccessToken.IsZero() && len(a.cfg.Providers) == 1 {
		t.Account.Provider = a.cfg.Providers[0].Info().ID
	}
}

// unopened is a form of the session that did not open.
type unopened struct {
	form sessionForm
	err  error
}

// reason returns why, or "" if it is the cookies that are in disorder.
func (u unopened) reason() token.Reason {
	var why *token.OpenError
	errors.As(u.err, &why)
	if why == nil {
		return ""
	}
	return why.Reason
}

// hopeless tells whether it can never open again. A session that is sealed under an
// unknown key, or by another version, may be good on another instance during a
// roll-out; one from the future waits for the clock; and one that says what only
// Auth.js understands is good there.
func (u unopened) hopeless() bool {
	switch u.reason() {
	case token.ReasonKey, token.ReasonVersion, token.ReasonFuture:
		return false
	case token.ReasonContent, token.ReasonForm:
		return !u.form.format.Foreign()
	}
	// Of two cookies with one name, one may have been planted for the whole site.
	// Deleting the other would leave that one.
	return !errors.Is(u.err, token.ErrConflict) || !strings.HasPrefix(u.form.jar.Name, "__Secure-")
}
