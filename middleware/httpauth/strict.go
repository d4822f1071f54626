package httpauth

import (
	"net/http"
	"net/url"
)

// A session that is SameSite=Strict is not sent with a request that another site
// has led to, through any number of redirects: not after a sign-in at the provider,
// and not after a click on a link in a mail. A page of this site that leads on
// makes the difference.

func (a *Auth) strict() bool { return a.cfg.SameSite == http.SameSiteStrictMode }

// arrive sends the browser to where a sign-in was to lead.
func (v *visit) arrive(where string) {
	if v.strict() && v.r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		where = v.stepURL(where)
	}
	v.redirect(where)
}

func (v *visit) stepURL(where string) string {
	return v.origin + v.route("continue") + "?" + url.Values{"callbackUrl": {where}}.Encode()
}

// step answers GET continue: a page that leads on.
func (v *visit) step() {
	where, err := v.allowedTarget(single(v.r.URL.Query(), "callbackUrl"))
	if err != nil {
		where = v.origin + "/"
	}
	v.render("continue.html", http.StatusOK, view{Title: "One moment", Target: where})
}

// mayHideSession tells whether there may be a session that this request does not
// show.
func (v *visit) mayHideSession() bool {
	return v.strict() && v.r.Method == http.MethodGet && v.r.Header.Get("Sec-Fetch-Site") == "cross-site"
}
