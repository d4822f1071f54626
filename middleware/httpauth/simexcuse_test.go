package httpauth_test

import (
	"net/http"
	"time"
)

// What the model says of the browser when an answer has arrived, and the causes that
// it accepts.

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
		for _, s := range w.sessions {
			w.end(s, c, s == c.session || s.arrived > 0 && s.arrived <= c.sentAt)
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
		s.ended, s.endedBy = closed, by
	case s.born < by.began+1:
		s.ended = unsure
	}
}

// loss returns why a session is not in the browser any more.
func (w *world) loss(c *call, before *sight) cause {
	own := c.carried != nil && c.carried.id == before.id
	switch {
	case c.kind == signOut && (own || c.conflict):
		return signedOut
	case c.kind == signOut:
		return lateSignOut
	case c.kind == signIn:
		return signedInAnew
	case c.made != nil:
		return lateAnswer
	case !own && c.ended != open:
		return lateRefusal
	case c.conflict:
		return conflicting
	case c.carried == nil:
		w.wrong("%d takes %v away, of whom it knew nothing", c.id, before)
	case c.ended == unsure:
		return signInsMet
	case !c.handledAt.Before(c.carried.expires):
		return unused
	}
	if c.why == noCause {
		w.wrong("%d takes %v away without a cause", c.id, before)
	}
	return c.why
}

// unmarked returns why the tombstone of the request's session does not show it.
func (w *world) unmarked(c *call) cause {
	s := c.session
	switch by := s.endedBy; {
	case time.Since(by.handledAt) >= quarter:
		return unburied
	case by.session != s && s.bornAt.Unix() == by.handledAt.Unix():
		return withinSecond
	case w.bornWith(s) > namedByTombstone && s.bornAt.Unix() == by.handledAt.Unix():
		return manyAtOnce
	}
	return noCause
}

// namedByTombstone is how many sessions a tombstone names.
const namedByTombstone = 5

// bornWith returns how many sessions began in the same second as s.
func (w *world) bornWith(s *session) (n int) {
	for _, other := range w.sessions {
		if other.bornAt.Unix() == s.bornAt.Unix() {
			n++
		}
	}
	return n
}

// refusal returns why the provider has refused the refresh token that a request
// stands on: that of its cookie, or of a newer state that its instance remembers.
func (w *world) refusal(c *call) cause {
	own := c.carried.token
	if why := own.refusal(); why != noCause {
		return why
	}
	newest := c.session.newest[c.where]
	switch {
	case newest.sight == nil || newest.token.refusal() == noCause:
		return noCause
	case own.grant.ended != noCause:
		return own.grant.ended
	}
	return oldToken
}

// excuse finds the reason why something newer is not known.
func (w *world) excuse(c *call, newer origin, what string, args ...any) {
	s := c.session
	why := s.forked
	switch {
	case why != noCause:
	case newer.instance != c.where.instance:
		why = elsewhere
	case c.carried.instance != c.where.instance && c.carried.number >= newer.at.UnixMilli(): // so it seemed to be the newer one
		why = elsewhere
	case c.carried.place != c.where && c.carried.number >= c.newest.number(): // which is why its instance believes it
		why = restarted
		if c.carried.instance != c.where.instance {
			why = elsewhere
		}
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
