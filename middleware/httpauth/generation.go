package httpauth

import (
	"sync"
	"time"

	"github.com/sealedauth/auth/token"
)

const (
	generationsFor = 15 * time.Minute // how late a response may come
	maxGenerations = 5000             // sessions
)

// generations remembers the newest state of sessions that have just changed.
//
// A browser keeps the cookie of the response that arrives last, which need not be
// the one that was made last: a slow response brings back what another request has
// changed meanwhile. Nothing in the response can prevent that. But the next
// request shows it, and then the newer state is put in place again.
type generations struct {
	*recent[string, *token.Token]
	order   *sync.Mutex // of commits
	foreign bool        // Auth.js writes the session too
}

func newGenerations(foreign bool) generations {
	return generations{newRecent[string, *token.Token](maxGenerations), new(sync.Mutex), foreign}
}

// newer returns the newest state of the token's session if it is newer than t.
func (g generations) newer(t *token.Token, now time.Time) (*token.Token, bool) {
	known, ok := g.get(t.ID, now)
	if ok && t.ID != "" && g.overtakenBy(t, known) { // what follows is based on what Auth.js wrote
		g.forget(t.ID)
		return nil, false
	}
	if t.ID == "" || !ok || known.Generation <= t.Generation || !now.Before(known.ExpiresAt) {
		return nil, false
	}
	return known.Clone(), true
}

// overtakenBy reports whether Auth.js, which passes generations on as they are, has
// written t after the state that is known.
func (g generations) overtakenBy(t, known *token.Token) bool {
	return g.foreign && t.IssuedAt.After(known.IssuedAt)
}

// commit remembers a new state of a session, made from the one that the request
// brought. It is false if somebody else has changed the session since that one,
// whose generation is base; then the new one must not be written, even if it looks
// the same: of two requests that add one, one would get lost.
func (g generations) commit(t *token.Token, base int64) bool {
	g.order.Lock()
	defer g.order.Unlock()
	now := time.Now()
	if known, ok := g.get(t.ID, now); ok && known.Generation > base {
		return false
	}
	g.put(t.ID, t.Clone(), now.Add(generationsFor))
	return true
}

// advance gives the token a generation of its own.
func advance(t *token.Token, at time.Time) {
	t.Generation = max(at.UnixMilli(), t.Generation+1)
}
