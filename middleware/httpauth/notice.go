package httpauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

var errNotice = errors.New("auth: a notice of a sign-out is not of this provider, or names no session")

// backChannelLogout answers POST backchannel-logout/<provider>: the provider's
// server tells that somebody has signed out there (OpenID Connect Back-Channel
// Logout 1.0). No browser is involved, so the sessions are written down as ended.
//
// A notice counts once; then it would also end what began after it. The time is
// this server's: clocks differ.
func (v *visit) backChannelLogout(p providers.Provider) {
	verifier, ok := p.(providers.LogoutVerifier)
	switch {
	case !ok || v.cfg.Revocations == nil:
		v.notFound()
		return
	case v.r.Method != http.MethodPost:
		v.w.Header().Set("Allow", http.MethodPost)
		v.w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case !v.readForm(maxFormPost, typeForm):
		return
	}
	ctx := v.outbound(v.r.Context())
	notice, err := verifier.VerifyLogout(ctx, v.form.get("logout_token"))
	replay := p.Info().ID + "|" + notice.ID
	if _, known := v.notices.get(replay, time.Now()); known && err == nil {
		v.w.WriteHeader(http.StatusOK)
		return
	}
	if err == nil {
		err = v.obey(ctx, p.Info().ID, notice)
	}
	if err != nil {
		v.report(v.r, KindSignOut, err)
		writeJSON(v.w, http.StatusBadRequest, map[string]string{"error": "invalid_request"}) // section 2.8
		return
	}
	v.notices.put(replay, struct{}{}, time.Now().Add(noticesFor))
	v.signedOutElsewhere(notice)
	v.w.WriteHeader(http.StatusOK)
}

const (
	noticesFor = 15 * time.Minute // longer than a logout token is good
	maxNotices = 10000
	maxSID     = 255
)

// obey ends what a notice names: one session, or all that the person began before.
func (v *visit) obey(ctx context.Context, provider string, n providers.LogoutNotice) error {
	now := time.Now()
	if n.SessionID == "" {
		return v.revoke(ctx, accountKey(provider, n.Subject), now)
	}
	err := v.revoke(ctx, providerSessionKey(provider, n.SessionID), now.Add(token.Skew))
	if n.Subject != "" { // sessions of which nobody knows what the provider calls them
		err = errors.Join(err, v.revoke(ctx, namelessKey(provider, n.Subject), now))
	}
	return err
}

func (v *visit) signedOutElsewhere(n providers.LogoutNotice) {
	if v.cfg.Events.SignOut != nil {
		v.cfg.Events.SignOut(v.r.Context(), &SignedOutEvent{Request: v.r, Notice: &n})
	}
}

// frontChannelLogout answers GET frontchannel-logout/<provider>: the provider shows
// this address in a frame of its own page when somebody signs out there (OpenID
// Connect Front-Channel Logout 1.0). The session's cookie does not come along, since
// it is SameSite=Lax, so it is written down as ended like the above. Anybody can
// send such a request, also with names that do not exist, and fill the store with
// them; so this is off unless SignOut.FrontChannel says otherwise.
func (v *visit) frontChannelLogout(p providers.Provider) {
	issuer, err := url.Parse(p.Info().Issuer)
	switch {
	case err != nil || issuer.Host == "" || v.cfg.Revocations == nil || !v.cfg.SignOut.FrontChannel:
		v.notFound()
		return
	case v.r.Method != http.MethodGet:
		v.w.Header().Set("Allow", http.MethodGet)
		v.w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	query := v.r.URL.Query()
	notice := providers.LogoutNotice{SessionID: single(query, "sid"), IssuedAt: time.Now()}
	err = errNotice
	if single(query, "iss") == p.Info().Issuer && notice.SessionID != "" && len(notice.SessionID) <= maxSID {
		err = v.obey(v.r.Context(), p.Info().ID, notice)
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors "+originOf(issuer))
	if err != nil {
		v.report(v.r, KindSignOut, err)
		v.w.WriteHeader(http.StatusBadRequest)
		return
	}
	v.signedOutElsewhere(notice)
	v.w.WriteHeader(http.StatusOK)
}
