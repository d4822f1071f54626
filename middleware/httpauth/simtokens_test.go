package httpauth_test

import (
	"slices"
	"time"
)

// The provider's part of the model: which refresh token came from which, and who has
// spent it.

// grant is what came out of a sign-in at the provider.
type grant struct{ ended cause }

// refreshToken is a refresh token as the model knows it.
type refreshToken struct {
	number, age int // age counts the tokens before it
	grant       *grant
	made        origin
	asked       []*ask
	next        []*refreshToken
	refused     cause
}

// ask is a use of a refresh token that the provider accepted.
type ask struct {
	origin
	lost   bool // the answer
	broken bool // the coordinator was
}

// refusal returns why the provider has refused the token, or one after it.
func (t *refreshToken) refusal() cause {
	if t.refused != noCause {
		return t.refused
	}
	for _, n := range t.next {
		if why := n.refusal(); why != noCause {
			return why
		}
	}
	return noCause
}

// issued notes a new refresh token.
func (w *world) issued(before *refreshToken, text string, at place) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.issue(before, text, at)
}

func (w *world) issue(before *refreshToken, text string, at place) {
	t := &refreshToken{number: len(w.tokens) + 1, grant: new(grant), made: origin{at, time.Now()}}
	if before != nil {
		t.age, t.grant = before.age+1, before.grant
		before.next = append(before.next, t)
	}
	w.tokens[text] = t
}

// together tells whether two places are one where a token may be spent once.
func (w *world) together(a, b place) bool { return w.plan.coordinator || a.instance == b.instance }

// spent notes that a refresh token was replaced, which may happen once.
func (w *world) spent(text, next string, at place, alone bool) *ask {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes++
	t, a := w.tokens[text], &ask{origin: origin{at, time.Now()}, broken: alone || w.shared.broken}
	for _, before := range t.asked {
		if w.together(before.place, at) && w.blame(before, a) == noCause {
			w.wrong("refresh token %d is spent twice in one place, %s apart", t.number, a.at.Sub(before.at))
		}
	}
	t.asked = append(t.asked, a)
	w.issue(t, next, at)
	w.note("refresh token %d is replaced by %d, for instance %d", t.number, len(w.tokens), at.instance)
	return a
}

// blame returns why a token was used although it had been used before.
func (w *world) blame(before, now *ask) cause {
	switch {
	case before.lost:
		return answerDropped
	case !w.together(before.place, now.place):
		return noCoordinator
	case w.plan.coordinator && (before.broken || now.broken):
		return coordinatorDown
	case !w.plan.coordinator && before.life != now.life:
		return restarted
	case now.at.Sub(before.at) >= memory:
		return memoryOver
	}
	return noCause
}

// refused notes that a refresh token was refused.
func (w *world) refused(text string, at place, alone bool, why cause) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes++
	t := w.tokens[text]
	now := &ask{origin: origin{at, time.Now()}, broken: alone || w.shared.broken}
	switch {
	case why != noCause:
	case t.grant.ended != noCause:
		why = t.grant.ended
	case len(t.asked) > 0:
		i := slices.IndexFunc(t.asked, func(a *ask) bool { return w.blame(a, now) != noCause })
		if i < 0 {
			w.wrong("refresh token %d is spent twice in one place", t.number)
			return
		}
		why = w.blame(t.asked[i], now)
		t.grant.ended = why
	}
	t.refused = why
	w.note("refresh token %d is refused to instance %d", t.number, at.instance)
}

// endedAtProvider notes that a sign-out has ended a grant.
func (w *world) endedAtProvider(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.tokens[text]; t != nil && t.grant.ended == noCause {
		t.grant.ended = endedWithSignOut
	}
}
