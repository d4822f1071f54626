package httpauth_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/token"
)

// What the model says of each request when it is sent, when it was handled, and when
// its answer has arrived.

// wasSent notes what a request may and may not see from now on.
func (w *world) wasSent(c *call) {
	c.sentAt, c.carried = w.steps, w.jar[sessionCookie].sight
	if c.carried != nil {
		c.session = w.sessions[c.carried.id]
		c.ended, c.count, c.token = c.session.ended, c.session.count, c.session.token
	}
	w.note("%d %s is sent to instance %d, with %v", c.id, c.kind, c.at, c.carried)
}

// wasHandled judges an answer.
func (w *world) wasHandled(c *call) {
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
	if c.carried == nil || c.lost {
		return
	}
	w.judgePresence(c)
	if c.seen != nil {
		w.judgeAge(c)
	}
	if c.kind == update {
		w.judgeUpdate(c)
	}
	if c.made != nil {
		w.changes++
		w.wasMade(c, c.made)
	}
}

// wasRenewed notes that a request has renewed the access token before the
// application's callback runs.
func (w *world) wasRenewed(c *call, t *token.Token) {
	now := w.sight(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.carried != nil && strings.Contains(fmt.Sprint(c.answer.Header()["Set-Cookie"]), sessionCookie+"=") {
		w.wasMade(c, now)
	}
}

// wasMade notes a new state of a session. It has to have all changes that the same
// place remembers, and a generation of its own.
func (w *world) wasMade(c *call, made *sight) {
	s, mark := c.session, generation{c.where, made.generation}
	twin, ok := s.generations[mark]
	newest := s.newest[c.where]
	switch {
	case ok && twin.count == made.count && twin.token == made.token:
		return // made before, and only on its way
	case ok:
		w.bug(s, twins, "%d makes %v, beside %v", c.id, made, twin)
	case newest.sight == nil:
	case time.Since(newest.at) >= memory: // a request that took longer; from here on there are two states
		if s.forked == noCause && (made.count < newest.count || made.token.age < newest.token.age) {
			s.forked = memoryOver
		}
	case made.count < newest.count || made.token.age < newest.token.age:
		w.bug(s, staleBase, "%d makes %v, after %v", c.id, made, newest.sight)
	}
	s.changed[w.steps] = c.where
	s.generations[mark], s.newest[c.where] = made, state{made, time.Now()}
}

// bug records that a session goes wrong, in a way that may be known.
func (w *world) bug(s *session, why cause, what string, args ...any) {
	if !slices.Contains(knownBugs, why) {
		w.wrong(string(why)+": "+what, args...)
		return
	}
	s.forked = why
	w.because(why, what, args...)
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
	}
}

func (w *world) judgeSignIn(c *call) {
	switch {
	case c.made == nil && c.lost:
	case c.made == nil && !c.ready:
		w.because(signInCleared, "%d does not sign in", c.id)
	case c.made == nil:
		w.wrong("%d: a sign-in fails: %s", c.id, c.answer.Header().Get("Location"))
	case c.made.who != "op|"+c.who || w.sessions[c.made.id] != nil:
		w.wrong("%d: the session is not of %s, or not new", c.id, c.who)
	default:
		c.born = &session{
			who: c.made.who, grant: c.made.token.grant, born: w.steps, token: c.made.token,
			counts: map[int]origin{}, changed: map[int]place{}, generations: map[generation]*sight{}, newest: map[place]state{},
		}
		w.sessions[c.made.id] = c.born
	}
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
	why := c.carried.token.refusal()
	switch gone := time.Since(c.session.endedAt) >= 15*time.Minute; {
	case c.ended == closed && c.seen != nil && gone:
		w.because(unburied, "%d sees a session that was ended", c.id)
	case c.ended == closed && (c.seen != nil || c.made != nil):
		w.wrong("%d: a session that was ended is back", c.id)
	case c.ended == unsure && c.seen == nil:
		w.because(signInsMet, "%d does not count as signed in", c.id)
	case c.ended == closed || c.seen != nil:
	case c.conflict:
		w.because(conflicting, "%d does not count as signed in", c.id)
	case why != noCause:
		w.because(why, "%d does not count as signed in", c.id)
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
	if c.seen.count < c.count {
		w.excuse(c, s.counts[c.count], c.carried.count < c.count, "%d sees %d changes after %d", c.id, c.seen.count, c.count)
	}
	if c.seen.token.age < c.token.age {
		w.excuse(c, c.token.made, c.carried.token.age < c.token.age, "%d sees a token of age %d after %d", c.id, c.seen.token.age, c.token.age)
	}
}

// judgeUpdate holds changes to being kept, each of them, or refused.
func (w *world) judgeUpdate(c *call) {
	s := c.session
	switch {
	case c.seen == nil:
	case c.answer.Code == http.StatusOK:
		before, twice := s.counts[c.seen.count]
		if twice {
			w.excuse(c, before, true, "%d is change number %d, and so was another one", c.id, c.seen.count)
		}
		s.counts[c.seen.count] = origin{c.where, time.Now()}
	default:
		for step, where := range s.changed {
			if step >= c.began && where == c.where {
				w.because(overtaken, "%d is refused", c.id)
				return
			}
		}
		w.wrong("%d: a change is refused that met no other", c.id)
	}
}

// excuse finds the reason why something newer is not known.
func (w *world) excuse(c *call, newer origin, behind bool, what string, args ...any) {
	s := c.session
	why := s.forked
	switch {
	case !behind || why != noCause:
	case newer.instance != c.where.instance:
		why = elsewhere
	case newer.life != c.where.life:
		why = restarted
	case time.Since(newer.at) >= memory:
		why = memoryOver
	}
	if why == noCause {
		w.wrong("older than what was there: "+what, args...)
		return
	}
	s.forked = why
	w.because(why, what, args...)
}

// arrived judges what an answer did to the browser.
func (w *world) arrived(c *call, before, after *sight) {
	w.note("%d %s arrives: %v", c.id, c.kind, after)
	if before != nil && w.sessions[before.id].ended != closed && (after == nil || after.id != before.id) {
		w.because(w.loss(c, before), "%s is not signed in any more", before.who)
	}
	switch {
	case c.kind == signOut:
		for _, s := range w.sessions {
			w.end(s, c, s == c.session || s.arrived > 0 && s.arrived <= c.sentAt)
		}
	case c.born != nil:
		c.born.arrived = w.steps
		if c.carried == nil {
			break
		}
		for _, s := range w.sessions {
			w.end(s, c, s == c.session)
		}
	case c.seen != nil && c.answer.Code == http.StatusOK:
		c.session.count = max(c.session.count, c.seen.count)
		if c.session.token.age < c.seen.token.age {
			c.session.token = c.seen.token
		}
	}
}

// end notes that a session was ended by an answer: surely, or perhaps.
func (w *world) end(s *session, by *call, surely bool) {
	switch {
	case s == by.born, s.ended == closed:
	case surely:
		s.ended, s.endedAt = closed, time.Now()
	case s.born < by.began+1:
		s.ended = unsure
	}
}

// loss returns why a session is not in the browser any more.
func (w *world) loss(c *call, before *sight) cause {
	own := c.carried != nil && c.carried.id == before.id
	switch {
	case c.kind == signOut && own:
		return signedOut
	case c.kind == signOut:
		return lateSignOut
	case c.kind == signIn:
		return signedInAnew
	case c.made != nil:
		return lateAnswer
	case !own && c.ended != open:
		return lateRefusal
	case c.ended == unsure:
		return signInsMet
	case c.conflict:
		return conflicting
	}
	why := c.carried.token.refusal()
	if why == noCause {
		w.wrong("%d takes %v away without a cause", c.id, before)
	}
	return why
}
