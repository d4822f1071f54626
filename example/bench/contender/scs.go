package contender

import (
	"context"
	"encoding/gob"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// scsStore is github.com/alexedwards/scs with its store in memory, the one contender
// that keeps sessions on the server: the cookie holds an id.
type scsStore struct {
	plain
	manager *scs.SessionManager
}

func newSCS() (Codec, error) {
	gob.Register(Session{})
	m := scs.New()
	m.Lifetime, m.Cookie.Name, m.Cookie.Secure = Life, cookieName, true
	return &scsStore{plain{}, m}, nil
}

// Encode starts a new session each time. All but those that are to be read are taken
// out of the memory again, where a benchmark would otherwise leave millions.
func (s *scsStore) Encode(response, request http.Header, own any) error {
	ctx, err := s.manager.Load(context.Background(), "")
	if err != nil {
		return err
	}
	s.manager.Put(ctx, "session", *own.(*Session))
	id, expires, err := s.manager.Commit(ctx)
	if err != nil {
		return err
	}
	s.manager.WriteSessionCookie(ctx, writer{response}, id, expires.Truncate(time.Second))
	if len(request) == 0 {
		return nil
	}
	return s.manager.Store.Delete(id)
}

func (s *scsStore) Decode(r *http.Request) (any, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil, err
	}
	ctx, err := s.manager.Load(r.Context(), c.Value)
	if err != nil {
		return nil, err
	}
	found, ok := s.manager.Get(ctx, "session").(Session)
	if !ok {
		return nil, errors.New("no session")
	}
	return &found, nil
}
