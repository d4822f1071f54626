package httpauth

import (
	"sync"
	"time"

	"github.com/sealedauth/auth/token"
)

const (
	generationsFor = time.Minute // how late a response may come
	maxGenerations = 5000        // sessions
)

// generations remembers the newest state of sessions that have just changed.
//
// A browser keeps the cookie of the response that arrives last, which need not be
// the one that was made last: a slow response brings back what another request has
// changed meanwhile. Nothing in the response can prevent that. But the next
// request shows it, and then the newer state is put in place again.
type generations struct {
	*recent[string, *token.Token]
	order *sync.Mutex // of commits
}

func newGenerations() generations {
	return generations{newRecent[string, *token.Token](maxGenerations), new(sync.Mutex)}
}

// newer returns the newest state of the token's session if it is newer than t.
func (g generations) newer(t *token.Token) (*token.Token, bool) {
	known, ok := g.get(t.ID)
	if !ok || known.Generation <= t.Generation || !time.Now().Before(known.ExpiresAt) {
		return nil, false
	}
	if t.IssuedAt.After(known.IssuedAt) { // Auth.js has written it, which knows no generations
		return nil, false
	}
	copied := *known
	return &copied, true
}

// commit remembers a new state of a session. It is false if somebody else has
// changed the session since the state that the new one was made from, whose
// generation is base; then the new one must not be written.
func (g generations) commit(t *token.Token, base int64) bool {
	g.order.Lock()
	defer g.order.Unlock()
	if known, ok := g.get(t.ID); ok && known.Generation > base && known.Generation != t.Generation {
		return false
	}
	copied := *t
	g.put(t.ID, &copied, time.Now().Add(generationsFor))
	return true
}

// advance gives the token a generation of its own.
func advance(t *token.Token, at time.Time) {
	t.Generation = max(at.UnixMilli(), t.Generation+1)
}
