package httpauth

import (
	"errors"
	"net/http"
	"net/url"
)

var errInitiated = errors.New("auth: a link asked for a sign-in at an issuer that is not configured")

// signInEntry answers GET signin: the sign-in page or, if there is an iss, a sign-in
// that somebody else has initiated.
func (v *visit) signInEntry() {
	if query := v.r.URL.Query(); query.Has("iss") {
		v.initiated(query)
		return
	}
	v.signInPage()
}

// initiated answers a link or a form of a provider, or of a portal, that wants the
// person to be signed in here (OpenID Connect Core section 4). Anybody can make one,
// also for an account of their own, so it starts nothing: it leads to the sign-in page
// of that provider, where the person has to agree. The target is for the page to
// judge.
func (v *visit) initiated(params url.Values) {
	issuer := single(params, "iss")
	var matching []string
	for _, p := range v.cfg.Providers {
		if info := p.Info(); info.Issuer != "" && info.Issuer == issuer {
			matching = append(matching, info.ID)
		}
	}
	if len(matching) == 0 {
		v.unknownIssuer()
		return
	}
	page := v.route("signin", matching[0])
	if len(matching) > 1 {
		page = v.route("signin")
	}
	forward := url.Values{}
	if target := single(params, "target_link_uri"); target != "" {
		forward.Set("callbackUrl", target)
	}
	if hint := single(params, paramLoginHint); hint != "" {
		forward.Set(paramLoginHint, hint)
	}
	v.redirect(v.origin + page + "?" + forward.Encode())
}

func (v *visit) unknownIssuer() {
	v.report(v.r, KindInitiated, errInitiated)
	if v.elsewhere("error", url.Values{"error": {string(codeDefault)}}) {
		return
	}
	m := message{"Sign-in did not work", "The link that brought you here is for a sign-in service that this site does not use.", http.StatusBadRequest}
	v.render("error.html", m.Status, view{Title: m.Title, Message: m})
}
