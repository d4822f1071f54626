package httpauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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
	changed := *old
	if newest, ok := s.auth.generations.newer(old); ok {
		changed = *newest
	}
	base := changed.Generation
	if err := change(&changed); err != nil {
		return err
	}
	advance(&changed, time.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != old { // another goroutine of this request
		return ErrConcurrentUpdate
	}
	s.token = &changed
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

// Client returns an HTTP client that sends the session's access token. It is
// fresh, since it was renewed before the handler ran; if that failed, the error
// says why, and matches ErrNoAccessToken.
//
// The token is sent over https only (or to this machine), and not to other hosts
// that a redirect leads to. The client is for this request; it makes its calls
// with Config.HTTPClient.
func Client(ctx context.Context) (*http.Client, error) {
	s := stateOf(ctx)
	if s == nil {
		return nil, ErrNotMounted
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil || s.err != nil {
		return nil, ErrNoSession
	}
	account := s.token.Account
	switch {
	case account.AccessToken.IsZero():
		return nil, fmt.Errorf("%w: the provider gave none, or it was not kept", ErrNoAccessToken)
	case !account.ExpiresAt.IsZero() && !time.Now().Before(account.ExpiresAt):
		if s.refresh != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoAccessToken, s.refresh)
		}
		return nil, fmt.Errorf("%w: it has expired and cannot be renewed", ErrNoAccessToken)
	}
	c := *s.auth.cfg.HTTPClient
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	c.Transport = bearer{next, account.AccessToken}
	return &c, nil
}

// bearer is a transport that adds the access token.
type bearer struct {
	next  http.RoundTripper
	token token.Secret
}

// RoundTrip implements http.RoundTripper. A request that follows a redirect gets
// the token only if no other host had a hand in it.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	own := confidential(r.URL)
	for from := r.Response; from != nil; from = from.Request.Response {
		own = own && from.Request.URL.Host == r.URL.Host && confidential(from.Request.URL)
	}
	if own {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token.Reveal())
	}
	return b.next.RoundTrip(r)
}

// confidential tells whether what is sent to u stays between the two ends.
func confidential(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}
