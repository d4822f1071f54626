package httpauth

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// origin returns the application's own origin, such as https://app.example.com.
// It is the configured one, whatever the request says. Without a configured one,
// as in development, the Host header is believed if it names this machine.
func (a *Auth) origin(r *http.Request) (string, bool) {
	if a.cfg.URL != "" {
		return a.cfg.URL, true
	}
	u, err := url.Parse("http://" + r.Host)
	if err != nil || u.Host != r.Host || u.User != nil || !isLoopback(u.Hostname()) {
		return "", false
	}
	return originOf(u), true
}

// secure reports whether the application runs on https.
func (a *Auth) secure() bool { return strings.HasPrefix(a.cfg.URL, "https://") }

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// originOf returns scheme, host and port in their normal form.
func originOf(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); port == "443" && scheme == "https" || port == "80" && scheme == "http" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return scheme + "://" + strings.TrimSuffix(host, ":")
}

// sameOrigin tells whether a request was made by a page of this application, as
// far as the browser says so: Fetch Metadata first, then Origin, then Referer.
// A client that sends none of them is judged by its CSRF token alone.
func sameOrigin(r *http.Request, origin string) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	from := r.Header.Get("Origin")
	if from == "" {
		referer, err := url.Parse(r.Header.Get("Referer"))
		if err != nil {
			return false
		}
		if referer.Host == "" {
			return r.Header.Get("Referer") == ""
		}
		from = originOf(referer)
	}
	return from == origin
}

// checkOrigin checks an entry of RedirectOrigins.
func checkOrigin(entry string) error {
	u, err := url.Parse(strings.Replace(entry, "://*.", "://any.", 1))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Host, "*"):
		return errors.New(entry + " is not an origin such as https://www.example.com, with * only as a whole label at the left")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return errors.New(entry + " is not https")
	}
	return nil
}
