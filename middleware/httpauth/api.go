package httpauth

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// session answers GET session: the session as the browser may see it, or null.
func (v *visit) session() {
	v.writeSession(v.load(v.w, v.r, TriggerNone, nil), http.StatusOK, http.StatusInternalServerError)
}

// updateSession answers POST session, the client's update(data). The data goes to
// the JWT callback and nowhere else.
func (v *visit) updateSession() {
	if !v.csrf.verify(v.r, v.origin, v.form.get("csrfToken")) {
		v.report(v.r, KindCSRF, errCSRF)
		writeJSON(v.w, http.StatusBadRequest, nil)
		return
	}
	v.writeSession(v.load(v.w, v.r, TriggerUpdate, v.form.data), http.StatusOK, http.StatusBadRequest)
}

func (v *visit) writeSession(s *state, ok, failed int) {
	switch {
	case s.err != nil:
		writeJSON(v.w, failed, nil)
	case s.session == nil:
		writeJSON(v.w, ok, nil)
	default:
		if v.cfg.Events.Session != nil {
			v.cfg.Events.Session(v.r.Context(), &SessionEvent{Request: v.r, Session: s.session, Token: s.token})
		}
		writeJSON(v.w, ok, s.session)
	}
}

// listProviders answers GET providers: an object in the order of configuration.
func (v *visit) listProviders() {
	var b bytes.Buffer
	for i, p := range v.cfg.Providers {
		info := p.Info()
		raw, err := json.Marshal(map[string]string{
			"id": info.ID, "name": info.Name, "type": string(info.Protocol),
			"signinUrl": v.origin + v.route("signin", info.ID), "callbackUrl": v.origin + v.route("callback", info.ID),
		})
		if err != nil {
			v.fail(KindUnavailable, codeConfiguration, err)
			return
		}
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(`"` + info.ID + `":`) // an id needs no escapes
		b.Write(raw)
	}
	b.WriteByte('}')
	writeJSON(v.w, http.StatusOK, json.RawMessage(b.Bytes()))
}
