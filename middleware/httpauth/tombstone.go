package httpauth

import (
	"slices"
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
	Sessions []string `json:"sessions,omitempty"` // ids of those that were ended, the last one first
	Except   string   `json:"except,omitempty"`   // id of the one that took their place
	At       int64    `json:"at"`                 // every other session of before is over too
}

// maxEnded is how many ended sessions are named: those that a browser can have had
// within a second, for which At is too coarse.
const maxEnded = 5

// bury puts a tombstone into the response for the session that ends, and for every
// one of before. A sign-in is such an end too, whatever the request shows: after a
// cross-site POST, for one, it shows no session, and still there may be one. Its
// own session is excepted by name, for clocks differ and callbacks take time.
func (s *state) bury(ended, except *token.Token) {
	k := s.auth.tombstones
	now := time.Now()
	mark := tombstone{At: now.Unix()}
	if ended != nil {
		mark.Sessions = []string{ended.ID}
		s.auth.streams.end(ended.ID)
	}
	// What the browser had before is over with it, also the session that the last
	// tombstone spared: a late response may have put another one in its place.
	if before, ok := s.tombstone(); ok {
		mark.Sessions = append(append(mark.Sessions, before.Except), before.Sessions...)
	}
	if except != nil {
		mark.Except = except.ID
	}
	mark.Sessions = slices.DeleteFunc(mark.Sessions, func(id string) bool { return id == "" || id == mark.Except })
	mark.Sessions = mark.Sessions[:min(len(mark.Sessions), maxEnded)]
	sealed, err := sealValue(k.sealer, mark, now.Add(tombstoneFor))
	if err == nil {
		err = k.jar.Write(s.header, s.request.Header, sealed, now.Add(tombstoneFor))
	}
	if err != nil {
		s.auth.report(s.request, KindUnavailable, err)
	}
}

// tombstone returns the one of the request.
func (s *state) tombstone() (tombstone, bool) {
	k := s.auth.tombstones
	sealed, err := k.jar.Read(s.request.Header)
	if err != nil {
		return tombstone{}, false
	}
	mark, err := openValue[tombstone](k.sealer, sealed)
	return mark, err == nil
}

// buried reports whether the token's session was ended in this browser.
func (s *state) buried(t *token.Token) bool {
	mark, ok := s.tombstone()
	switch {
	case !ok || t.ID == mark.Except:
		return false
	case slices.Contains(mark.Sessions, t.ID):
		return true
	}
	return t.AuthTime.Unix() < mark.At
}
