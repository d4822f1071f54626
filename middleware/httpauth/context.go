package httpauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sealedauth/auth/token"
)

// FromContext returns the session of the request that ctx belongs to. It is
// false whenever there is none to be relied on: nobody is signed in, the cookie
// does not open, a callback failed, or the middleware does not run here.
func FromContext(ctx context.Context) (*Session, bool) {
	s := stateOf(ctx)
	if s == nil {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session, s.session != nil && s.err == nil
}

// Update changes the token of the session and puts the new cookie into the
// response at once, so it has to be called before the body is written. The
// change is made to a copy: if it returns an error, or the result cannot be
// sealed, nothing has changed. It is made to the newest state of the session that
// is known, and again if that was overtaken, so it should do nothing else.
func Update(ctx context.Context, change func(*token.Token) error) error {
	s := stateOf(ctx)
	if s == nil {
		return ErrNotMounted
	}
	return s.changeToken(change)
}

// changeToken makes a change to the newest state of the session, again if it was
// overtaken.
func (s *state) changeToken(change func(*token.Token) error) error {
	for range maxOvertaken {
		err := s.update(change)
		if !errors.Is(err, errOvertaken) {
			return err
		}
	}
	return ErrConcurrentUpdate
}

// maxOvertaken is how often a change is tried.
const maxOvertaken = 5

var errOvertaken = errors.New("auth: another request has changed the session")

// update tries a change once. The change runs without the lock, since it may look
// at the session.
func (s *state) update(change func(*token.Token) error) error {
	s.mu.Lock()
	old, session, err := s.token, s.session, s.err
	s.mu.Unlock()
	if session == nil || err != nil {
		return ErrNoSession
	}
	changed := old.Clone()
	if newest, ok := s.auth.generations.newer(old, time.Now()); ok {
		changed = newest
	}
	base := changed.Generation
	if err := change(changed); err != nil {
		return err
	}
	advance(changed, time.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != old { // another goroutine of this request
		return ErrConcurrentUpdate
	}
	s.token = changed
	switch err := s.save(base); {
	case errors.Is(err, ErrConcurrentUpdate):
		s.token = old
		return errOvertaken
	case err != nil:
		s.token = old
		return fmt.Errorf("auth: update: %w", err)
	}
	s.makeSession(session.Error)
	return s.err
}
