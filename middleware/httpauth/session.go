package httpauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// The values of Session.Error.
const (
	// RefreshTokenError tells that the access token cannot be renewed any more.
	// The session ends soon; signing in again repairs it.
	RefreshTokenError = "RefreshTokenError"
	// RefreshUnavailable tells that the access token has expired and the
	// provider cannot be reached at the moment.
	RefreshUnavailable = "RefreshUnavailable"
)

// Session is what the application and the browser see of a token.
//
// It holds the claims of the token, so keys read from it: Role.Get(session). As
// JSON, for the browser's client, it shows name, email, image, expiry, the error
// if there is one, and what the session callback exposed; nothing else.
type Session struct {
	User    User
	Expires time.Time // when the session ends if it is not used
	Error   string    // RefreshTokenError, RefreshUnavailable, or empty

	exposed []exposed // members of user
	members []exposed // beside it
	token   *token.Token
	state   *state // that it was made by
}

// User is the person, as the application sees them. Its ID is not shown to the
// browser unless the session callback exposes it: e.Session.Set("id", …).
type User struct {
	ID    string // the token's subject
	Name  string
	Email string
	Image string
}

type exposed struct {
	name string
	raw  json.RawMessage
}

// begin fills in what a session says without a callback.
func (s *Session) begin(from *state, problem string) {
	t := from.token
	*s = Session{
		User:    User{ID: t.Subject, Name: t.Name, Email: t.Email, Image: t.Picture},
		Expires: t.ExpiresAt, Error: problem, token: t, state: from,
	}
}

// Payload returns the token's claims, to be read only: changes are not kept.
// Use Update to change the token.
func (s *Session) Payload() *claims.Claims {
	if s == nil || s.token == nil {
		return nil
	}
	return &s.token.Claims
}

// Scopes returns the scopes that the access token was granted.
func (s *Session) Scopes() []string {
	if s == nil || s.token == nil {
		return nil
	}
	return s.token.Scopes()
}

// Provider returns the id of the provider that the person signed in with.
func (s *Session) Provider() string {
	if s == nil || s.token == nil {
		return ""
	}
	return s.token.Account.Provider
}

// Context returns a context that ends with the session, for streams that outlive
// a request's usual time. Its cause is then ErrNoSession.
//
// It lives on while other requests of the session on this instance prolong it, and
// ends when one of them signs out. What was done elsewhere, by Config.Epoch,
// NotBefore and Revocations, ends it within a minute.
func (s *Session) Context(parent context.Context) (context.Context, context.CancelFunc) {
	if s.state == nil { // made by hand
		return context.WithDeadlineCause(parent, s.Expires, ErrNoSession)
	}
	counts := func(ctx context.Context) error { return s.state.auth.admissible(ctx, s.token, time.Now()) }
	return s.state.auth.streams.start(parent, s.token, counts)
}

// Expose shows claims of the token to the browser, as members of session.user.
// Claims that are absent are left out.
func (s *Session) Expose(keys ...claims.Named) {
	for _, k := range keys {
		if raw, ok := s.Payload().Raw(k.Name()); ok {
			s.put(k.Name(), raw)
		}
	}
}

// Set shows a value to the browser, as a member of session.user, in place of one
// of that name. It returns an error if the value has no JSON form.
func (s *Session) Set(name string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("auth: session.user.%s: %w", name, err)
	}
	s.put(name, raw)
	return nil
}

// SetMember shows a value to the browser as a member of the session itself, beside
// user, where front ends that were written for Auth.js may look for it. The
// members that the kit writes cannot be replaced.
func (s *Session) SetMember(name string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("auth: session.%s: %w", name, err)
	}
	if name == "user" || name == "expires" || name == "error" {
		return fmt.Errorf("auth: session.%s is written by the kit", name)
	}
	s.members = slices.DeleteFunc(s.members, func(e exposed) bool { return e.name == name })
	s.members = append(s.members, exposed{name, raw})
	return nil
}

func (s *Session) put(name string, raw json.RawMessage) {
	s.exposed = slices.DeleteFunc(s.exposed, func(e exposed) bool { return e.name == name })
	s.exposed = append(s.exposed, exposed{name, raw})
}

// MarshalJSON returns the session in the shape that Auth.js clients expect.
func (s *Session) MarshalJSON() ([]byte, error) {
	var user, all object
	for _, p := range []struct{ name, value string }{
		{"name", s.User.Name}, {"email", s.User.Email}, {"image", s.User.Image},
	} {
		own := slices.ContainsFunc(s.exposed, func(e exposed) bool { return e.name == p.name })
		if p.value != "" && !own {
			user.addText(p.name, p.value)
		}
	}
	for _, e := range s.exposed {
		user.addRaw(e.name, e.raw)
	}
	all.addRaw("user", user.text())
	all.addText("expires", s.Expires.UTC().Format("2006-01-02T15:04:05.000Z"))
	if s.Error != "" {
		all.addText("error", s.Error)
	}
	for _, e := range s.members {
		all.addRaw(e.name, e.raw)
	}
	return all.text(), errors.Join(user.err, all.err)
}

// object is a JSON object whose members keep their order.
type object struct {
	b   []byte
	err error
}

func (o *object) add(name string, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		o.err = errors.Join(o.err, fmt.Errorf("auth: session: %s: %w", name, err))
		return
	}
	o.member(name)
	o.b = append(o.b, raw...)
}

// addText is add for a string, and addRaw for JSON.
func (o *object) addText(name, value string) {
	o.member(name)
	o.b = claims.AppendString(o.b, value)
}

func (o *object) addRaw(name string, raw []byte) {
	o.member(name)
	o.b = append(o.b, raw...)
}

func (o *object) member(name string) {
	before := byte(',')
	if len(o.b) == 0 {
		before = '{'
	}
	o.b = append(claims.AppendString(append(o.b, before), name), ':')
}

func (o *object) text() []byte {
	if len(o.b) == 0 {
		return []byte("{}")
	}
	return append(o.b, '}')
}
