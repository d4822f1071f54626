package httpauth

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/token"
)

// tombstoneFor is how long a session that was ended is remembered in the browser:
// longer than any response takes.
const tombstoneFor = 15 * time.Minute

// tombstone says that a session was ended, and when. It is a cookie, so that it
// holds on every instance: a response that was under way at the sign-out may still
// bring the session back, and then the next request refuses it. Each has a name of
// its own, for of two ends the one that was made first may arrive last.
type tombstone struct {
	Sessions []string `json:"sessions,omitempty"` // ids of those that were ended, the last one first
	Except   string   `json:"except,omitempty"`   // id of the one that took their place
	At       int64    `json:"at"`                 // every other session of before is over too

	cookie string // its name
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
	// What the browser had before is over with it, also the session that a tombstone
	// has spared: a late response may have put another one in its place.
	before := s.tombstones()
	slices.SortStableFunc(before, func(a, b tombstone) int { return cmp.Compare(b.At, a.At) })
	for _, b := range before {
		mark.Sessions = append(append(mark.Sessions, b.Except), b.Sessions...)
		s.tombstoneJar(b.cookie).Delete(s.header, s.request.Header)
	}
	if except != nil {
		mark.Except = except.ID
	}
	mark.Sessions = slices.DeleteFunc(mark.Sessions, func(id string) bool { return id == "" || id == mark.Except })
	mark.Sessions = mark.Sessions[:min(len(mark.Sessions), maxEnded)]
	sealed, err := sealValue(k.sealer, mark, now.Add(tombstoneFor))
	if err == nil {
		err = s.tombstoneJar(k.jar.Name+"."+newID()[:10]).Write(s.header, s.request.Header, sealed, now.Add(tombstoneFor))
	}
	if err != nil {
		s.auth.report(s.request, KindUnavailable, err)
	}
}

func (s *state) tombstoneJar(name string) token.Jar {
	jar := s.auth.tombstones.jar
	jar.Name = name
	return jar
}

// tombstones returns those of the request.
func (s *state) tombstones() (all []tombstone) {
	k := s.auth.tombstones
	if !hasCookie(s.request.Header, k.jar.Name) {
		return nil // as nearly always
	}
	for _, c := range s.request.Cookies() {
		if c.Name != k.jar.Name && !strings.HasPrefix(c.Name, k.jar.Name+".") {
			continue
		}
		if mark, err := openValue[tombstone](k.sealer, c.Value); err == nil {
			mark.cookie = c.Name
			all = append(all, mark)
		}
	}
	return all
}

// buried reports whether the token's session was ended in this browser.
func (s *state) buried(t *token.Token) bool {
	for _, mark := range s.tombstones() {
		if slices.Contains(mark.Sessions, t.ID) || (t.ID == "" || t.ID != mark.Except) && t.AuthTime.Unix() < mark.At {
			return true
		}
	}
	return false
}
