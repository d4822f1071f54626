package httpauth

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// landedFor is how long after a sign-in its missing is noticed.
const landedFor = 30 * time.Second

// errNotKept tells that a browser has not kept the session of a sign-in.
var errNotKept = errors.New("auth: somebody has just signed in, but their browser did not keep the session")

// landed marks that a session was given to the browser. If the next thing it asks
// for is the sign-in page, without a session, then it did not keep it, and signing
// in again would not help.
func (v *visit) landed() {
	expires := time.Now().Add(landedFor)
	if err := v.landing.Write(v.w.Header(), v.r.Header, "1", expires); err != nil {
		v.report(v.r, KindUnavailable, err)
	}
}

// lost returns what to tell somebody who has just signed in and is on the sign-in
// page again, without a session.
func (v *visit) lost() (message, bool) {
	if !v.landing.Holds(v.r.Header) || v.anySession() {
		return message{}, false
	}
	causes := v.causes()
	v.report(v.r, KindCookie, fmt.Errorf("%w; %s", errNotKept, causes))
	m := codeNotKept.message()
	m.Text += " " + causes
	return m, true
}

// notKept says so on a page of its own, once.
func (v *visit) notKept(m message) {
	v.landing.Delete(v.w.Header(), v.r.Header)
	if v.elsewhere("error", url.Values{"error": {string(codeNotKept)}}) {
		return
	}
	v.render("error.html", m.Status, view{Title: m.Title, Message: m})
}

func (v *visit) anySession() bool {
	for _, form := range v.forms {
		if form.jar.Holds(v.r.Header) {
			return true
		}
	}
	return false
}

// causes names what keeps a browser from a session's cookie while it takes
// others.
func (v *visit) causes() string {
	var list []string
	if domain := v.cfg.CookieDomain; domain != "" {
		list = append(list, "the cookie is for the domain "+domain+", which the address in the browser has to be in")
	}
	if v.secure() {
		list = append(list, "the cookie is Secure, so the address in the browser has to start with https")
	}
	list = append(list, "a proxy removes large Set-Cookie or Cookie headers")
	return "Likely causes: " + strings.Join(list, "; ") + "."
}

// codeWithout returns the code for a request that cannot be answered for want of a
// cookie: a browser that sends none at all keeps none.
func (v *visit) codeWithout(usual errorCode) errorCode {
	if len(v.r.Header["Cookie"]) == 0 {
		return codeNoCookies
	}
	return usual
}
