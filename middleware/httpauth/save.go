package httpauth

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/sealedauth/auth/token"
)

// keep saves the token if the response can carry it, and if nobody else has
// changed the session since its generation base. If that fails, the session of
// before is still in the browser.
func (s *state) keep(base int64) int64 {
	if !carriesCookies(s.request) {
		s.unsaved = errNotNow
		return base
	}
	if err := s.save(base); err != nil {
		s.unsaved = err
		s.auth.reportSave(s.request, err)
		return base
	}
	s.unsaved = nil // what an earlier try has left out is in this one
	return s.token.Generation
}

// keepRefreshed keeps what a refresh has brought. If somebody else has changed the
// session meanwhile, their state is taken with the new tokens in it: neither may get
// lost. It returns the generation that further changes of this request are based on.
func (s *state) keepRefreshed(before *token.Token) (base int64) {
	s.refreshed = true
	defer func() { s.refreshed = false }()
	mine := s.token
	for range maxOvertaken {
		s.token, base = mine, before.Generation
		if newest, ok := s.auth.generations.newer(before, time.Now()); ok {
			base = newest.Generation
			s.token = bringIn(mine, before, newest)
		}
		base = s.keep(base)
		if !errors.Is(s.unsaved, ErrConcurrentUpdate) {
			break
		}
	}
	return base
}

// bringIn puts what mine has renewed since before into the newest state, unless that
// has it already.
func bringIn(mine, before, newest *token.Token) *token.Token {
	renewed := false
	for _, a := range append([]token.Account{mine.Account}, mine.Connected...) {
		old, now := before.AccountAt(a.Provider), newest.AccountAt(a.Provider)
		if old != nil && now != nil && now.RefreshToken.Equal(old.RefreshToken) && !now.Equal(a) {
			*now, renewed = a, true
		}
	}
	if renewed {
		advance(newest, time.Now())
	}
	return newest
}

// save seals the token and puts it into the response, with a new end. It fails
// with ErrConcurrentUpdate if the session has changed since its generation base.
func (s *state) save(base int64) error {
	a, t := s.auth, s.token
	now := time.Now().Truncate(time.Second) // the cookie holds whole seconds
	if t.Generation == 0 {
		advance(t, now)
		base = t.Generation // others that come at once may give it the same
	}
	t.IssuedAt = now
	t.ExpiresAt = earlier(now.Add(a.cfg.MaxAge), a.latestEnd(t))
	if !a.generations.commit(t, base) {
		return ErrConcurrentUpdate
	}
	err := s.store()
	if err != nil {
		a.generations.forget(t.ID)
		return err
	}
	private(s.header)
	a.streams.prolong(t.ID, t.ExpiresAt)
	return s.saveIDToken()
}

// store seals the token and writes it. If it is too large, what can be spared is
// left out.
func (s *state) store() error {
	err := s.write()
	var budget *token.BudgetError
	if errors.As(err, &budget) && s.token.Picture != "" {
		s.auth.report(s.request, KindBudget, err)
		s.token.Picture = ""
		err = s.write()
	}
	if errors.As(err, &budget) && s.refreshed { // the new refresh token is all that the session hangs on
		s.auth.report(s.request, KindBudget, err)
		s.token.Account.AccessToken = token.Secret{}
		err = s.write()
	}
	if errors.As(err, &budget) {
		budget.Parts = token.Weigh(s.token)
	}
	return err
}

// write puts the sealed session into the response in place of every form of it
// that the browser holds.
func (s *state) write() error {
	form, t := s.auth.forms[0], s.token
	before := slices.Clone(s.header["Set-Cookie"])
	s.deleteForms(s.auth.forms[1:])
	err := form.codec.Write(form.jar, s.header, s.request.Header, t)
	if err != nil { // nothing was changed
		s.header["Set-Cookie"] = before
	}
	return err
}

// deleteForms takes forms of the session that the request shows out of the
// browser.
func (s *state) deleteForms(forms []sessionForm) {
	for _, form := range forms {
		if form.jar.Holds(s.request.Header) {
			form.jar.Delete(s.header, s.request.Header)
		}
	}
}

// maxIDToken is how many bytes an ID token may have to be kept. The URL of a sign-out
// does not take a longer one, so its cookie would only fill the headers, up to where a
// gateway refuses them.
const maxIDToken = 2 << 10

// saveIDToken keeps a new ID token in its own cookie, which is sent to the kit's
// routes only. It serves signing out at the provider; if it is too large it is
// left out, which most providers accept.
func (s *state) saveIDToken() error {
	t := s.token
	if t.Account.IDToken.IsZero() || !s.auth.cfg.SignOut.AtProvider {
		return nil
	}
	idToken := t.Account.IDToken.Reveal()
	if len(idToken) > maxIDToken {
		s.auth.log.DebugContext(s.request.Context(), "auth: the ID token is too large to keep", "bytes", len(idToken))
		return nil
	}
	k := s.auth.idTokens
	end := t.AuthTime.Add(s.auth.cfg.AbsoluteMaxAge)
	sealed, err := sealValue(k.sealer, idTokenOf{Account: accountName(t), Token: idToken}, end)
	if err != nil {
		return err
	}
	return k.jar.Write(s.header, s.request.Header, sealed, end)
}

// idTokenOf is a kept ID token with the account it is of: the cookie may outlive
// a sign-in as somebody else.
type idTokenOf struct {
	Account string `json:"account"`
	Token   string `json:"token"`
}

// accountName names an account among those of all providers.
func accountName(t *token.Token) string { return t.Account.Provider + "|" + t.Account.ID }

// drop takes the session out of the browser.
func (s *state) drop() {
	s.deleteForms(s.auth.forms[1:])
	s.auth.forms[0].jar.Delete(s.header, s.request.Header)
	s.auth.failures.jar.Delete(s.header, s.request.Header)
	s.auth.idTokens.jar.Delete(s.header, s.request.Header)
	private(s.header)
}

func (a *Auth) reportSave(r *http.Request, err error) {
	kind := KindUnavailable
	var budget *token.BudgetError
	switch {
	case errors.As(err, &budget):
		kind = KindBudget
	case errors.Is(err, ErrConcurrentUpdate):
		kind = KindConcurrent
	}
	a.report(r, kind, err)
}

// latestEnd returns when a session ends however much it is used: after AbsoluteMaxAge,
// or when the provider wants it to end, if that is before.
func (a *Auth) latestEnd(t *token.Token) time.Time {
	end := t.AuthTime.Add(a.cfg.AbsoluteMaxAge)
	if t.Account.SessionEnds.IsZero() {
		return end
	}
	return earlier(end, t.Account.SessionEnds)
}
