package httpauth

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sealedauth/auth/token"
)

// maxTarget is the longest redirect target that is taken.
const maxTarget = 2048

var errTarget = errors.New("auth: redirect target is not on an allowed origin")

// target decides where the browser is sent: to raw if that is allowed, else to
// the application's start page. The Redirect callback may change it, within the
// same limits. It never fails.
func (v *visit) target(raw string) string {
	home := v.origin + "/"
	where, err := v.allowedTarget(raw)
	if err != nil {
		if raw != "" {
			v.report(v.r, KindRedirect, err)
		}
		where = home
	}
	if v.cfg.Callbacks.Redirect == nil {
		return where
	}
	e := &RedirectEvent{Request: v.r, URL: where, BaseURL: v.origin}
	if err := v.cfg.Callbacks.Redirect(v.r.Context(), e); err != nil {
		v.report(v.r, KindCallback, err)
		return where
	}
	if e.URL == where {
		return where
	}
	if where, err = v.allowedTarget(e.URL); err != nil {
		v.report(v.r, KindRedirect, err)
		return home
	}
	return where
}

// allowedTarget is the one function that decides about redirect targets. It
// takes a path, or an absolute URL on the application's own origin or one of
// RedirectOrigins, and returns it parsed and written anew, always absolute, so
// that no browser can read it differently.
func (v *visit) allowedTarget(raw string) (string, error) {
	u, ok := parseTarget(raw)
	if !ok {
		return "", errTarget
	}
	if u.Host == "" { // relative to the application
		own, err := url.Parse(v.origin)
		if err != nil {
			return "", errTarget
		}
		u.Scheme, u.Host = own.Scheme, own.Host
	}
	if u.Path == "" {
		u.Path = "/"
	}
	if !safePath(u) || !v.allowedOrigin(u) || v.loops(u) {
		return "", errTarget
	}
	fragment := u.EscapedFragment()
	u.Fragment, u.RawFragment = "", ""
	where := originOf(u) + u.RequestURI()
	if fragment != "" {
		where += "#" + fragment
	}
	if len(where) > maxTarget { // escapes made it longer
		return "", errTarget
	}
	return where, nil
}

// parseTarget parses a target that is either absolute, with a scheme and a host
// and nobody's name, or relative: a path, or a query or a fragment of the start
// page. Everything in between is where parsers differ.
func parseTarget(raw string) (*url.URL, bool) {
	if raw == "" || len(raw) > maxTarget || !plainASCII(raw) {
		return nil, false
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || strings.HasSuffix(u.Host, ":") {
		return nil, false
	}
	absolute := u.Scheme != "" && u.Host != ""
	relative := u.Scheme == "" && u.Host == "" && strings.ContainsRune("/?#", rune(raw[0]))
	return u, absolute || relative
}

// plainASCII refuses white space, control characters, backslashes, which
// browsers take for slashes, quotes and angle brackets, and everything that is
// not ASCII.
func plainASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`\<>"`, c)
	})
}

// safePath refuses paths that are, or become after one or two more decodings or
// after their dots are resolved, a network location or contain control
// characters.
func safePath(u *url.URL) bool {
	path := u.EscapedPath()
	for range 3 {
		clean := strings.ToLower(path)
		if strings.Contains(clean, "//") || strings.Contains(clean, `\`) || !printable(clean) {
			return false
		}
		decoded, err := url.PathUnescape(path)
		if err != nil || decoded == path {
			return err == nil
		}
		path = decoded
	}
	return true
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// allowedOrigin compares scheme, host and port as a whole.
func (v *visit) allowedOrigin(u *url.URL) bool {
	origin := originOf(u)
	return origin == v.origin || slices.ContainsFunc(v.cfg.RedirectOrigins, func(entry string) bool {
		return matchOrigin(entry, origin)
	})
}

// matchOrigin matches an origin with an entry of RedirectOrigins; a star stands
// for exactly one label.
func matchOrigin(entry, origin string) bool {
	entry = strings.ToLower(entry)
	before, after, star := strings.Cut(entry, "*.")
	if !star {
		return entry == origin
	}
	label, ok := strings.CutPrefix(origin, before)
	if !ok {
		return false
	}
	label, ok = strings.CutSuffix(label, "."+after)
	return ok && label != "" && !strings.ContainsAny(label, "./:@")
}

// loops reports whether the target is a route of the kit that would lead back
// here or do something.
func (v *visit) loops(u *url.URL) bool {
	rest, ok := strings.CutPrefix(u.Path, v.cfg.BasePath)
	return ok && originOf(u) == v.origin && (rest == "" || rest[0] == '/')
}

// redirect sends the browser to an absolute URL.
func (v *visit) redirect(to string) { v.redirectAs(http.StatusOK, to) }

// redirectAs is redirect with a status for clients that follow redirects
// themselves. They get the URL as JSON: those of Auth.js v5, which say so in a
// header, always with 200; those of next-auth v4, which say so in the form, with
// the status, where 0 stands for the 200 of something that did not work.
func (v *visit) redirectAs(status int, to string) {
	switch {
	case v.r.Header.Get("X-Auth-Return-Redirect") != "":
		if status == http.StatusOK {
			v.w.Header().Set("Location", to)
		}
		writeJSON(v.w, http.StatusOK, map[string]string{"url": to})
	case v.form.get("json") == "true":
		writeJSON(v.w, cmp.Or(status, http.StatusOK), map[string]string{"url": to})
	default:
		v.w.Header().Set("Location", to)
		v.w.WriteHeader(http.StatusFound)
	}
}

// nextAuth4 tells whether the client is one of next-auth v4, whose words and
// status codes differ.
func (v *visit) nextAuth4() bool {
	return v.form.get("json") == "true" ||
		v.cfg.Compat == token.NextAuth4 && v.r.Header.Get("X-Auth-Return-Redirect") == ""
}
