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
	Session string `json:"session"` // id of the session
	At      int64  `json:"at"`      // every session of before is over too
}

// bury puts a tombstone into the response. Without a token it stands for every
// session so far.
func (s *state) bury(t *token.Token) {
	k := s.auth.tombstones
	now := time.Now()
	mark := tombstone{At: now.Unix()}
	if t != nil {
		mark.Session = t.ID
		s.auth.generations.forget(t.ID)
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
	return err == nil && (mark.Session == t.ID || t.AuthTime.Unix() < mark.At)
}
