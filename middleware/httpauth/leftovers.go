package httpauth

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/sealedauth/auth/token"
)

// earlierJars returns the jars that this application may have kept its sessions in
// before its configuration was changed: before it had https, or a CookieDomain, or
// when it had one. Nothing of that is read, but whoever signs out is to be signed
// out if the change is taken back.
func (a *Auth) earlierJars() []token.Jar {
	stem := a.cfg.Name + ".session"
	plain := token.Jar{Name: stem, Path: "/", SameSite: http.SameSiteLaxMode}
	if !a.secure() {
		return nil
	}
	jars := []token.Jar{plain}
	plain.Secure, plain.Name = true, "__Host-"+stem
	if a.cfg.CookieDomain != "" {
		jars = append(jars, plain)
	}
	plain.Name = "__Secure-" + stem
	for _, domain := range parents(a.cfg.URL) {
		if domain != a.cfg.CookieDomain {
			plain.Domain = domain
			jars = append(jars, plain)
		}
	}
	return jars
}

// parents returns the domains that a host could have set cookies for: its own name
// and those above it, down to two labels.
func parents(origin string) []string {
	u, err := url.Parse(origin)
	if err != nil {
		return nil
	}
	var domains []string
	for domain := u.Hostname(); strings.Contains(domain, "."); {
		domains = append(domains, domain)
		_, domain, _ = strings.Cut(domain, ".")
	}
	return domains
}

// deleteLeftovers takes sessions of earlier configurations out of the browser. It
// comes last: cookies of one name and several domains have a line each.
func (s *state) deleteLeftovers() {
	for _, jar := range s.auth.leftovers {
		if !jar.Holds(s.request.Header) {
			continue
		}
		h := http.Header{}
		jar.Delete(h, s.request.Header)
		s.header["Set-Cookie"] = append(s.header["Set-Cookie"], h["Set-Cookie"]...)
	}
}
