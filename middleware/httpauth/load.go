package httpauth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
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

	// Memory for what nearly every request needs.
	context inContext
	first   Session
	lines   [2]string // of response headers
}

// load reads the session of a request and brings it up to date: it opens the
// cookie, renews the access token if that is due, runs the callbacks, and writes
// the cookie if anything changed or its time has come. It never fails: what goes
// wrong is reported, and then there is no session.
func (a *Auth) load(w http.ResponseWriter, r *http.Request, trigger Trigger, data json.RawMessage) *state {
	s := &state{auth: a, request: r, header: w.Header()}
	now := time.Now() // once: it takes as long as the decryption of a short session
	varyByCookie(s.header, s.lines[0:0:1])
	s.origin, _ = a.origin(r)
	if s.origin == "" || !s.open(now) {
		return s
	}
	stayPrivate(s.header, r, s.lines[1:1:2])
	problem, base := s.refreshDue(now)
	changed := s.token != nil && s.runJWT(trigger, data)
	if s.token == nil {
		return s
	}
	rolls := now.Sub(s.token.IssuedAt) >= a.cfg.UpdateAge
	if changed || rolls || s.moves {
		s.keep(base)
	}
	s.makeSession(problem)
	return s
}

// refreshDue renews the access tokens that are due. It returns what the session is to
// say about that, and the generation that further changes of this request are based on.
func (s *state) refreshDue(now time.Time) (problem string, base int64) {
	base = s.token.Generation
	if !s.anyDue(now) {
		return "", base
	}
	before := s.token.Clone()
	problem = s.freshen(now)
	// A refresh token that was spent is of no use any more. The new one is in the
	// response before anything of the application runs that could fail.
	if s.token != nil && !s.token.Equal(before) {
		base = s.keepRefreshed(before)
	}
	return problem, base
}

// open reads and opens the cookie, and tells whether there is a session that
// counts.
func (s *state) open(now time.Time) bool {
	a := s.auth
	t, written, failed := a.readForms(now, s.request.Header, s.buried)
	if t == nil {
		s.discard(failed)
		return false
	}
	if newest, ok := a.generations.newer(t, now); ok { // a late response has brought an older one back
		t, written = newest, false
	}
	if t.ID == "" { // a jwt.encode of the application's own need not give one
		t.ID, written = newID(), false
	}
	s.opened = t
	err := s.auth.admissible(s.request.Context(), t, now)
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
		if u.reason() != token.ReasonExpired && !isEnded(u.err) {
			s.auth.report(s.request, KindCookie, u.err)
		}
		if u.hopeless() && carriesCookies(s.request) {
			u.form.jar.Delete(s.header, s.request.Header)
			private(s.header)
		}
	}
}

// runJWT calls the JWT callback, and tells whether that has changed the token.
// Afterwards the token is nil if there is to be no session in this request.
func (s *state) runJWT(trigger Trigger, data json.RawMessage) (changed bool) {
	callback := s.auth.cfg.Callbacks.JWT
	if callback == nil {
		return false
	}
	before := s.token.Clone()
	err := callback(s.request.Context(), &JWTEvent{Request: s.request, Trigger: trigger, Token: s.token, Data: data})
	switch {
	case err == nil:
		if changed = !s.token.Equal(before); changed {
			advance(s.token, time.Now())
		}
		return changed
	case errors.Is(err, ErrSignOut):
		s.auth.streams.end(s.token.ID)
		s.drop()
	default:
		s.auth.report(s.request, KindCallback, err)
		s.err = err
	}
	s.token = nil
	return false
}

// makeSession makes the session from the token.
func (s *state) makeSession(problem string) {
	session := &s.first
	if session.token != nil { // somebody may hold on to the one of before
		session = new(Session)
	}
	session.begin(s, problem)
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

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// newID returns 128 random bits as text.
func newID() string { return rand.Text() }

const idLength = 26 // of newID

type stateKey struct{}

// inContext is a request's context with its session in it.
type inContext struct {
	context.Context //nolint:containedctx // it is one

	state *state
}

// Value returns the session's state under its key.
func (c *inContext) Value(key any) any {
	if key == (stateKey{}) {
		return c.state
	}
	return c.Context.Value(key)
}

func stateOf(ctx context.Context) *state {
	s, _ := ctx.Value(stateKey{}).(*state)
	return s
}
