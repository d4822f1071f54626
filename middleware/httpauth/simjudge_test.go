package httpauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sealedauth/auth/token"
)

// What the model says of each request when it is sent, when it was handled, and when
// its answer has arrived.

// wasSent notes what a request may and may not see from now on.
func (w *world) wasSent(c *call) {
	c.sentAt, c.carried = w.steps, w.jar[sessionCookie].sight
	if c.conflict && (c.kind == signIn || c.kind == signOut) { // it does not know whom it ends
		c.carried = nil
	}
	if c.carried != nil {
		c.session = w.sessions[c.carried.id]
		c.ended, c.count, c.token = c.session.ended, c.session.count, c.session.token
	}
	w.note("%d %s is sent to instance %d, with %v", c.id, c.kind, c.at, c.carried)
}

// begins notes what the instance remembers of the session.
func (w *world) begins(c *call) {
	if c.session == nil {
		return
	}
	c.newest = c.session.newest[c.where]
	if c.newest.number() > c.carried.number && time.Since(c.newest.at) < memory {
		c.known = c.newest
	}
}

// wasHandled judges an answer.
func (w *world) wasHandled(c *call) {
	c.handled, c.handledAt = w.steps, time.Now()
	w.readAnswer(c)
	w.note("%d %s is handled: %d, it saw %v, brings %v%s", c.id, c.kind, c.answer.Code, c.seen, c.made, map[bool]string{true: ", takes the session away"}[c.drops])
	switch {
	case c.kind == signIn:
		w.judgeSignIn(c)
		return
	case c.made != nil && c.carried == nil, c.seen != nil && c.carried == nil:
		w.wrong("%d: a session out of nowhere", c.id)
		return
	case c.made != nil && (c.made.id != c.carried.id || c.made.who != c.session.who || c.made.token.grant != c.session.grant):
		w.wrong("%d: the answer brings the session of somebody else", c.id)
	case c.seen != nil && (c.seen.id != c.carried.id || c.seen.who != c.session.who || c.seen.token.grant != c.session.grant):
		w.wrong("%d: it sees the session of somebody else", c.id)
	}
	if c.kind == signOut {
		w.judgeSignOut(c)
		return
	}
	if c.carried == nil {
		return
	}
	if !c.lost {
		w.judgePresence(c)
	}
	if !c.lost && c.seen != nil {
		w.judgeAge(c)
	}
	met := c.session.changed[c.where] >= c.began
	if c.made != nil {
		w.changes++
		w.wasMade(c, c.made)
	}
	if c.kind == update && c.seen != nil {
		w.judgeUpdate(c, met)
	}
}

// wasRenewed notes that a request has renewed the access token before the
// application's callback runs.
func (w *world) wasRenewed(c *call, t *token.Token) {
	now := w.sight(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note("%d has come to its callback", c.id)
	if c.carried != nil && strings.Contains(fmt.Sprint(c.answer.Header()["Set-Cookie"]), sessionCookie+"=") {
		w.wasMade(c, now)
	}
}

// wasMade notes a new state of a session. It has to have all changes that the same
// place remembers, and a generation of its own.
func (w *world) wasMade(c *call, made *sight) {
	s, mark := c.session, generation{c.where, made.number}
	twin, ok := s.generations[mark]
	newest, foreign := s.newest[c.where], false
	switch {
	case ok && twin.count == made.count && twin.token == made.token:
		s.changed[c.where] = w.steps
		return // made before: it is on its way, or is put in place again
	case c.carried.place != c.where && made.number == c.carried.number: // it is from elsewhere, where others give numbers
		foreign = true
	case ok && time.Since(twin.at) < memory:
		w.wrong("%d makes %v, beside %v of the same generation", c.id, made, twin.sight)
	case newest.sight == nil || c.carried.number > newest.number() || c.carried.number == newest.number() && c.carried.place != c.where || time.Since(newest.at) >= memory:
	case made.count < newest.count || made.token.age < newest.token.age:
		w.wrong("older than what was there: %d makes %v, after %v", c.id, made, newest.sight)
	}
	s.changed[c.where] = w.steps
	now := state{made, time.Now()}
	s.newest[c.where] = now
	if !foreign {
		s.generations[mark] = now
	}
}

// readAnswer finds out what the answer does to the session's cookie.
func (w *world) readAnswer(c *call) {
	for _, line := range c.answer.Header()["Set-Cookie"] {
		set, err := http.ParseSetCookie(line)
		if err != nil || set.Name != sessionCookie {
			continue
		}
		if c.drops = set.MaxAge < 0; c.drops {
			continue
		}
		t, err := w.opener.Open(set.Value)
		if err != nil {
			w.wrong("%d: the answer brings a cookie that does not open: %v", c.id, err)
			continue
		}
		c.made = w.sight(t)
		c.made.place = c.where
	}
}

func (w *world) judgeSignIn(c *call) {
	switch {
	case c.made == nil && c.lost:
	case c.made == nil && !c.ready:
		w.because(signInCleared, "%d does not sign in", c.id)
	case c.made == nil && time.Since(c.started) >= quarter:
		w.because(signInSlow, "%d does not sign in", c.id)
	case c.made == nil:
		w.wrong("%d: a sign-in fails: %s", c.id, c.answer.Header().Get("Location"))
	case c.made.who != "op|"+c.who || w.sessions[c.made.id] != nil:
		w.wrong("%d: the session is not of %s, or not new", c.id, c.who)
	default:
		c.born = w.register(c.made)
	}
}

// register notes a new session.
func (w *world) register(made *sight) *session {
	s := &session{
		who: made.who, grant: made.token.grant, born: w.steps, bornAt: time.Now(), token: made.token,
		counts: map[int]change{}, changed: map[place]int{},
		generations: map[generation]state{}, newest: map[place]state{},
	}
	w.sessions[made.id] = s
	return s
}

func (w *world) judgeSignOut(c *call) {
	w.changes++
	if c.answer.Code != http.StatusFound || !c.drops || c.made != nil {
		w.wrong("%d: a sign-out does not take the session away", c.id)
	}
}

// judgePresence holds a request to what it has to see: its session, as long as
// that was not ended, and nothing afterwards.
func (w *world) judgePresence(c *call) {
	c.why = w.refusal(c)
	switch {
	case c.ended == closed && (c.seen != nil || c.made != nil) && w.unmarked(c) != noCause:
		w.because(w.unmarked(c), "%d: %v is back", c.id, c.carried)
	case c.ended == closed && (c.seen != nil || c.made != nil):
		w.wrong("%d: a session that was ended is back", c.id)
	case c.ended == unsure && c.seen == nil:
		w.because(signInsMet, "%d does not count as signed in", c.id)
	case c.ended == closed || c.seen != nil:
	case c.conflict:
		w.because(conflicting, "%d does not count as signed in", c.id)
	case !time.Now().Before(c.carried.expires):
		w.because(unused, "%d does not count as signed in", c.id)
	case c.why != noCause:
		w.because(c.why, "%d does not count as signed in", c.id)
	default:
		w.wrong("%d: signed out without a cause", c.id)
	}
	if c.drops && c.seen != nil {
		w.wrong("%d: the answer takes a session away that is good", c.id)
	}
}

// judgeAge holds a request to what the browser has seen before.
func (w *world) judgeAge(c *call) {
	s := c.session
	if k := c.known; k.sight != nil && (c.seen.count < k.count || c.seen.token.age < k.token.age) {
		if s.forked == noCause { // else a later state that was made of an older one has taken its place
			w.wrong("older than what was there: %d sees %v, and not %v", c.id, c.seen, k)
		} else {
			w.because(s.forked, "%d sees %v, and not %v", c.id, c.seen, k)
		}
	}
	// Then the instance remembers the token, with what has changed since, or the client knows.
	overtaken := s.newest[c.where].number() > c.seen.number || c.answer.Code == http.StatusBadRequest
	if age := c.seen.token.age; c.kind != look && c.made == nil && age > c.carried.token.age && age > c.newest.age() && !overtaken {
		w.wrong("%d does not bring the token that it has renewed", c.id)
	}
	if c.seen.count < c.count {
		w.excuse(c, s.counts[c.count].origin, "%d sees %d changes after %d", c.id, c.seen.count, c.count)
	}
	if c.seen.token.age < c.token.age {
		w.excuse(c, c.token.made, "%d sees a token of age %d after %d", c.id, c.seen.token.age, c.token.age)
	}
}

// judgeUpdate holds changes to being kept, each of them, or refused.
func (w *world) judgeUpdate(c *call, met bool) {
	s := c.session
	if c.answer.Code == http.StatusOK {
		before, twice := s.counts[c.seen.count]
		switch {
		case !twice || c.lost:
		case before.place == c.where && before.number == c.seen.number:
			w.wrong("%d is change number %d, and so was another one", c.id, c.seen.count)
		default:
			w.excuse(c, before.origin, "%d is change number %d, and so was another one", c.id, c.seen.count)
		}
		if !twice {
			s.counts[c.seen.count] = change{origin{c.where, time.Now()}, c.seen.number}
		}
		return
	}
	if c.made != nil && c.made.count == c.seen.count {
		w.wrong("%d is refused, and brings %v", c.id, c.made)
		return
	}
	switch {
	case met:
		w.because(overtaken, "%d is refused", c.id)
	case !c.lost:
		w.wrong("%d: a change is refused that met no other", c.id)
	}
}
