package httpauth

import (
	"time"

	"github.com/sealedauth/auth/token"
)

// tombstoneFor is how long a session that was ended is remembered in the browser:
// longer than any response takes.
const tombstoneFor = 15 * time.Minute

// tombstone says that a session was ended, and when. It is a cookie, so that it
// holds on every instance: a response that was under way at the sign-out may still
// bring the session back, and then the next request refuses it.
type tombstone struct {
	Session string `json:"session,omitempty"` // id of the session that was ended
	Except  string `json:"except,omitempty"`  // id of the one that took its place
	At      int64  `json:"at"`                // every other session of before is over too
}

// bury puts a tombstone into the response for the session that ends, and for every
// one of before. A sign-in is such an end too, whatever the request shows: after a
// cross-site POST, for one, it shows no session, and still there may be one. Its
// own session is excepted by name, for clocks differ and callbacks take time.
func (s *state) bury(ended, except *token.Token) {
	k := s.auth.tombstones
	now := time.Now()
	mark := tombstone{At: now.Unix()}
	if ended != nil {
		mark.Session = ended.ID
	}
	if except != nil {
		mark.Except = except.ID
	}
	sealed, err := sealValue(k.sealer, mark, now.Add(tombstoneFor))
	if err == nil {
		err = k.jar.Write(s.header, s.request.Header, sealed, now.Add(tombstoneFor))
	}
	if err != nil {
		s.auth.report(s.request, KindUnavailable, err)
	}
}

// buried reports whether the token's session was ended in this browser.
func (s *state) buried(t *token.Token) bool {
	k := s.auth.tombstones
	sealed, err := k.jar.Read(s.request.Header)
	if err != nil {
		return false
	}
	mark, err := openValue[tombstone](k.sealer, sealed)
	switch {
	case err != nil || t.ID == mark.Except:
		return false
	case t.ID == mark.Session:
		return true
	}
	return t.AuthTime.Unix() < mark.At
}
