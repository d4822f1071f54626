package httpauth

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/sealedauth/auth/token"
)

// What keys are for. The texts are part of the format.
const (
	purposeSession     token.Purpose = "session"
	purposeIDToken     token.Purpose = "id-token"
	purposeTransaction token.Purpose = "transaction"
	purposeFailure     token.Purpose = "refresh-failed"
	purposeTombstone   token.Purpose = "signed-out"
	purposeShared      token.Purpose = "refreshed" // what instances tell each other
	purposeCSRF        token.Purpose = "csrf"
	purposeProof       token.Purpose = "csrf-proof"
)

// kept is sealed text of one kind in the browser.
type kept struct {
	jar    token.Jar
	sealer *token.Sealer
}

// makeJars names the cookies. The prefix __Host- lets only this host set a
// cookie over https, but needs the path /, so cookies that are to be sent to the
// kit's own routes only have __Secure-. On http, which is localhost, there is no
// prefix, since not every browser takes Secure cookies there.
func (a *Auth) makeJars(ring *token.Keyring) (err error) {
	make := func(purpose token.Purpose, suffix, path, domain string) kept {
		name := a.cfg.Name + "." + suffix
		switch {
		case a.secure() && path == "/" && domain == "":
			name = "__Host-" + name
		case a.secure():
			name = "__Secure-" + name
		}
		return kept{
			jar:    token.Jar{Name: name, Path: path, Domain: domain, Secure: a.secure(), SameSite: http.SameSiteLaxMode},
			sealer: ring.Sealer(purpose, name),
		}
	}
	sessions := make(purposeSession, "session", "/", a.cfg.CookieDomain)
	sessions.jar.Budget, sessions.jar.SameSite = a.cfg.CookieBudget, a.cfg.SameSite
	a.leftovers = a.earlierJars()
	if a.forms, err = a.makeForms(sessions); err != nil {
		return err
	}
	a.idTokens = make(purposeIDToken, "id-token", a.cfg.BasePath, "")
	a.attempts = make(purposeTransaction, "tx", a.cfg.BasePath, "")
	a.binding = make(purposeTransaction, "browser", "/", "").jar
	a.landing = make(purposeTransaction, "landed", "/", "").jar
	for _, p := range a.cfg.Providers {
		if p.Info().FormPost { // its answer is cross-site
			a.binding.SameSite, a.binding.Secure = http.SameSiteNoneMode, true
		}
	}
	a.tombstones = make(purposeTombstone, "signed-out", "/", "")
	a.failures = make(purposeFailure, "refresh-failed", "/", "")
	a.csrf = a.makeCSRF(ring, make(purposeCSRF, "csrf", "/", "").jar)
	return nil
}

// checkForeignName refuses a name for the session's cookie that the kit has for
// another one.
func (a *Auth) checkForeignName() error {
	name := a.cfg.CompatCookie
	taken := strings.HasPrefix(name, a.attempts.jar.Name+".") || strings.HasPrefix(name, a.tombstones.jar.Name)
	for _, own := range []token.Jar{a.idTokens.jar, a.binding, a.landing, a.failures.jar, a.csrf.jar} {
		taken = taken || name == own.Name
	}
	if taken {
		return problem("CompatCookie", "%q is the name of another cookie of the kit", name)
	}
	return nil
}

// envelope gives sealed values a time to end, which the cookie's own attributes
// cannot enforce.
type envelope[T any] struct {
	Value   T     `json:"value"`
	Expires int64 `json:"exp"`
}

// sealValue seals a value that opens until expires.
func sealValue[T any](s *token.Sealer, value T, expires time.Time) (string, error) {
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false) // it would take five bytes more for every & of a URL
	if err := e.Encode(envelope[T]{value, expires.Unix()}); err != nil {
		return "", err
	}
	return s.Seal(bytes.TrimSuffix(plain.Bytes(), []byte("\n")))
}

// openValue opens what sealValue sealed.
func openValue[T any](s *token.Sealer, sealed string) (T, error) {
	var e envelope[T]
	plain, err := s.Open(sealed)
	if err != nil {
		return e.Value, err
	}
	if err := json.Unmarshal(plain, &e); err != nil {
		return e.Value, &token.OpenError{Reason: token.ReasonContent}
	}
	if time.Now().Unix() >= e.Expires {
		return e.Value, &token.OpenError{Reason: token.ReasonExpired}
	}
	return e.Value, nil
}

// hasCookie reports whether a request may have a cookie whose name begins so. It looks
// at no values: to search those takes a good part of the time that opening one does.
func hasCookie(request http.Header, name string) bool {
	for _, line := range request["Cookie"] {
		for line != "" {
			pair, rest, _ := strings.Cut(line, ";")
			if strings.HasPrefix(strings.TrimSpace(pair), name) {
				return true
			}
			line = rest
		}
	}
	return false
}

// private keeps a response out of every cache. Whoever gets a cookie, or an
// answer that depends on one, has to get it from the application itself.
func private(h http.Header) {
	h.Set("Cache-Control", "no-store, private")
	h.Set("Pragma", "no-cache")
	h.Set("CDN-Cache-Control", "no-store") // for caches in front, should a handler change the above
	varyByCookie(h, nil)
}

// stayPrivate keeps the response to somebody who is signed in out of every cache,
// also of the browser's own, which would show it after the sign-out. A handler
// may say otherwise; images, styles and scripts are left alone. Room is memory for the
// line, as below.
func stayPrivate(h http.Header, r *http.Request, room []string) {
	if ofPage(r) && firstLine(h["Cache-Control"]) == "" {
		h["Cache-Control"] = append(room, "no-store, private")
	}
}

// varyByCookie tells caches that the response depends on the session.
func varyByCookie(h http.Header, room []string) {
	before := h["Vary"]
	for _, line := range before {
		if strings.Contains(strings.ToLower(line), "cookie") || strings.TrimSpace(line) == "*" {
			return
		}
	}
	if before == nil {
		before = room
	}
	h["Vary"] = append(before, "Cookie")
}
