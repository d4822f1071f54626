package httpauth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sealedauth/auth/token"
)

// state is the session of one request. It hangs in the request's context, so
// that handlers find it.
type state struct {
	auth    *Auth
	request *http.Request
	header  http.Header // of the response
	origin  string

	mu        sync.Mutex
	token     *token.Token // nil without a session
	opened    *token.Token // what the cookie held, whether it counts or not
	session   *Session     // nil without a session
	refreshed bool         // what is being saved came of a refresh
	moves     bool         // the cookie is of a format that is read but not written
	err       error        // why there is no session although there is a token
	unsaved   error        // why a change is not in the cookie
	refresh   error        // why the access token could not be renewed

	renewing  sync.Mutex  // held while a token that an API refused is renewed
	committed func() bool // tells whether the response has begun; may be nil
}

// load reads the session of a request and brings it up to date: it opens the
// cookie, renews the access token if that is due, runs the callbacks, and writes
// the cookie if anything changed or its time has come. It never fails: what goes
// wrong is reported, and then there is no session.
func (a *Auth) load(w http.ResponseWriter, r *http.Request, trigger Trigger, data json.RawMessage) *state {
	s := &state{auth: a, request: r, header: w.Header()}
	varyByCookie(s.header)
	s.origin, _ = a.origin(r)
	if s.origin == "" || !s.open() {
		return s
	}
	stayPrivate(s.header, r)
	before, base := s.token.Clone(), s.token.Generation
	problem := s.freshen()
	if s.token == nil {
		return s
	}
	// A refresh token that was spent is of no use any more. The new one is in the
	// response before anything of the application runs that could fail.
	if !s.token.Equal(before) {
		base = s.keepRefreshed(before)
	}
	before = s.token.Clone()
	s.runJWT(&JWTEvent{Request: r, Trigger: trigger, Token: s.token, Data: data})
	if s.token == nil {
		return s
	}
	changed := !s.token.Equal(before)
	if changed {
		advance(s.token, time.Now())
	}
	rolls := time.Since(s.token.IssuedAt) >= a.cfg.UpdateAge
	if changed || rolls || s.moves {
		s.keep(base)
	}
	s.makeSession(problem)
	return s
}

// open reads and opens the cookie, and tells whether there is a session that
// counts.
func (s *state) open() bool {
	a := s.auth
	t, written, failed := a.readForms(s.request.Header, s.buried)
	if t == nil {
		s.discard(failed)
		return false
	}
	if newest, ok := a.generations.newer(t); ok { // a late response has brought an older one back
		t, written = newest, false
	}
	if t.ID == "" { // a jwt.encode of the application's own need not give one
		t.ID, written = newID(), false
	}
	s.opened = t
	err := s.auth.admissible(s.request.Context(), t)
	switch {
	case err == nil:
		s.token, s.moves = t, !written
		return true
	case isEnded(err):
		if carriesCookies(s.request) {
			s.drop()
		}
	default:
		a.report(s.request, KindCallback, err)
		s.err = err
	}
	return false
}

// discard reports cookies that do not open, and deletes those that never will.
func (s *state) discard(failed []unopened) {
	for _, u := range failed {
		if u.reason() != token.ReasonExpired && !errors.Is(u.err, errEnded) {
			s.auth.report(s.request, KindCookie, u.err)
		}
		if u.hopeless() && carriesCookies(s.request) {
			u.form.jar.Delete(s.header, s.request.Header)
			private(s.header)
		}
	}
}

// runJWT calls the JWT callback. Afterwards the token is nil if there is to be
// no session in this request.
func (s *state) runJWT(e *JWTEvent) {
	callback := s.auth.cfg.Callbacks.JWT
	if callback == nil {
		return
	}
	err := callback(s.request.Context(), e)
	switch {
	case err == nil:
		return
	case errors.Is(err, ErrSignOut):
		s.auth.streams.end(s.token.ID)
		s.drop()
	default:
		s.auth.report(s.request, KindCallback, err)
		s.err = err
	}
	s.token = nil
}

// makeSession makes the session from the token.
func (s *state) makeSession(problem string) {
	session := newSession(s, problem)
	if callback := s.auth.cfg.Callbacks.Session; callback != nil {
		err := callback(s.request.Context(), &SessionEvent{Request: s.request, Session: session, Token: s.token})
		if err != nil {
			s.auth.report(s.request, KindCallback, err)
			s.err, s.token = err, nil
			return
		}
	}
	s.session = session
}

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
		if newest, ok := s.auth.generations.newer(before); ok {
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
	sealed, err := form.codec.Seal(t)
	if err != nil {
		return err
	}
	before := slices.Clone(s.header["Set-Cookie"])
	s.deleteForms(s.auth.forms[1:])
	err = form.jar.Write(s.header, s.request.Header, sealed, t.ExpiresAt)
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

// saveIDToken keeps a new ID token in its own cookie, which is sent to the kit's
// routes only. It serves signing out at the provider; if it is too large it is
// left out, which most providers accept.
func (s *state) saveIDToken() error {
	t := s.token
	if t.Account.IDToken.IsZero() || !s.auth.cfg.SignOut.AtProvider {
		return nil
	}
	k := s.auth.idTokens
	end := t.AuthTime.Add(s.auth.cfg.AbsoluteMaxAge)
	sealed, err := sealValue(k.sealer, idTokenOf{Account: accountName(t), Token: t.Account.IDToken.Reveal()}, end)
	if err == nil {
		err = k.jar.Write(s.header, s.request.Header, sealed, end)
	}
	var budget *token.BudgetError
	if errors.As(err, &budget) {
		s.auth.log.DebugContext(s.request.Context(), "auth: the ID token is too large to keep", "bytes", budget.Size)
		return nil
	}
	return err
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

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// newID returns 128 random bits as text.
func newID() string { return rand.Text() }

type stateKey struct{}

func stateOf(ctx context.Context) *state {
	s, _ := ctx.Value(stateKey{}).(*state)
	return s
}
