package httpauth

import (
	"encoding/json"
	"net/http"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// session answers GET session: the session as the browser may see it, or null.
func (v *visit) session() {
	v.writeSession(v.load(v.w, v.r, TriggerNone, nil), http.StatusInternalServerError)
}

// updateSession answers POST session, the client's update(data). The data goes to
// the JWT callback and nowhere else.
func (v *visit) updateSession() {
	if !v.csrf.verify(v.r, v.origin, v.form.get("csrfToken"), v.sessionID) {
		v.report(v.r, KindCSRF, errCSRF)
		v.noSession(http.StatusBadRequest)
		return
	}
	s := v.load(v.w, v.r, TriggerUpdate, v.form.data)
	if s.unsaved != nil { // the client has to know that it was in vain
		v.noSession(http.StatusBadRequest)
		return
	}
	v.writeSession(s, http.StatusBadRequest)
}

func (v *visit) writeSession(s *state, failed int) {
	switch {
	case s.err != nil:
		v.noSession(failed)
	case s.session == nil:
		v.noSession(http.StatusOK)
	default:
		if v.cfg.Events.Session != nil {
			v.cfg.Events.Session(v.r.Context(), &SessionEvent{Request: v.r, Session: s.session, Token: s.token})
		}
		writeJSON(v.w, http.StatusOK, s.session)
	}
}

// noSession tells that there is none: null, which clients of Auth.js v5 take for
// that, or the empty object that those of next-auth v4 do. If something went wrong
// it is an object that says so, since null would leave a client of v5 waiting for
// ever.
func (v *visit) noSession(status int) {
	switch {
	case v.cfg.Compat == token.NextAuth4:
		writeJSON(v.w, status, struct{}{})
	case status == http.StatusOK:
		writeJSON(v.w, status, nil)
	default:
		writeJSON(v.w, status, map[string]string{"message": http.StatusText(status)})
	}
}

// clientLog answers POST _log, to which clients of next-auth v4 send their own
// errors. Anybody could, so nothing is done with them.
func (v *visit) clientLog() {
	if v.r.Method != http.MethodPost {
		v.w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	writeJSON(v.w, http.StatusOK, struct{}{})
}

// listing is a provider in the answer to GET providers.
type listing struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Type        providers.Protocol `json:"type"`
	SignInURL   string             `json:"signinUrl"`
	CallbackURL string             `json:"callbackUrl"`
}

// listProviders answers GET providers: an object in the order of configuration.
func (v *visit) listProviders() {
	var all object
	for _, p := range v.cfg.Providers {
		info := p.Info()
		entry := listing{info.ID, info.Name, info.Protocol, v.origin + v.route("signin", info.ID), v.origin + v.route("callback", info.ID)}
		if entry.Type == providers.OpenIDConnect && v.cfg.Compat == token.NextAuth4 { // which does not know that word
			entry.Type = providers.PlainOAuth2
		}
		all.add(info.ID, entry)
	}
	writeJSON(v.w, http.StatusOK, json.RawMessage(all.text()))
}
