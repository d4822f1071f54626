package httpauth_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/sealedauth/auth/token"
)

// cause is why something was lost that a person might have expected to keep. What
// is lost without one of these is a bug.
type cause string

const (
	noCause cause = ""

	// The person wanted it.
	signedOut    cause = "the person signed out"
	signedInAnew cause = "the person signed in as somebody else"

	// One browser has one session cookie, and the last answer wins.
	lateSignOut   cause = "a sign-out that was sent before a sign-in arrived after it"
	lateAnswer    cause = "an answer of the session of before arrived after a sign-in"
	lateRefusal   cause = "an answer that takes an ended session away arrived after a sign-in"
	signInsMet    cause = "a sign-in was under way while the person signed out or signed in elsewhere"
	signInCleared cause = "a sign-out took the sign-in along that was under way"

	// A refresh token can be spent once.
	noCoordinator     cause = "two instances spent one refresh token: they share no coordinator, and the provider had no grace for it"
	coordinatorDown   cause = "two instances spent one refresh token while their coordinator was out of order"
	answerDropped     cause = "the provider's answer was lost after it had replaced the refresh token"
	refusedByProvider cause = "the provider refused the refresh token of its own accord"
	endedWithSignOut  cause = "the provider ended the tokens at a sign-out whose answer did not arrive"

	// Memory ends: that of an instance with its process, any with its minute.
	restarted  cause = "an instance was restarted while the browser had an older state"
	memoryOver cause = "the older state came more than a minute after the newer one was made"
	elsewhere  cause = "the newer state was made by another instance, and they share no memory of states"
	unburied   cause = "an answer arrived more than a quarter of an hour after the sign-out"

	// Bugs of the kit, see knownBugs.
	twins     cause = "BUG: two states of a session, made in one place, have the same generation"
	staleBase cause = "BUG: a state overwrites one that the same place has made since"

	// Not silently.
	overtaken   cause = "a change met another one; its client was told"
	conflicting cause = "the session's cookie came twice with different values"
	unused      cause = "the session was not used for its whole life"
)

// knownBugs are the bugs that do not make a simulation fail.
var knownBugs = []cause{}

// memory is how long an instance, or a coordinator, remembers.
const memory = time.Minute

// The model: what a history may look like from outside.
type model struct {
	sessions map[string]*session
	tokens   map[string]*refreshToken
	causes   map[cause]int
	verbose  bool // keep a log
	log      []string
	problem  string // the first invariant that does not hold
	start    time.Time
}

func newModel() model {
	return model{sessions: map[string]*session{}, tokens: map[string]*refreshToken{}, causes: map[cause]int{}, start: time.Now()}
}

// origin is where and when something was made.
type origin struct {
	place
	at time.Time
}

// sight is a state of a session, as a cookie or a request shows it.
type sight struct {
	id    string // of the session
	who   string
	count int // how many changes are in it
	token *refreshToken

	generation int64
}

func (s *sight) String() string {
	if s == nil {
		return "nobody"
	}
	return fmt.Sprintf("%s with %d changes and refresh token %d of age %d, generation …%d", s.who, s.count, s.token.number, s.token.age, s.generation%1000000)
}

// state is a state of a session, and when it was made.
type state struct {
	*sight
	at time.Time
}

// generation is a number that an instance has given to a state.
type generation struct {
	place
	number int64
}

// ended tells whether a session was ended in the browser.
type ended int

const (
	open   ended = iota
	unsure       // it was on its way to the browser meanwhile: either is right
	closed
)

// session is a session as the model knows it.
type session struct {
	who     string
	grant   *grant
	born    int // the step that made it
	arrived int // the step that brought it to the browser; 0 before
	ended   ended
	endedAt time.Time
	counts  map[int]origin // where each number of changes was made first
	changed map[int]place  // where it was changed, by step

	generations map[generation]*sight // the states of each
	newest      map[place]state
	forked      cause // why there are two lines of states from now on

	// What the browser has been shown. It must not see anything older any more.
	count int
	token *refreshToken
}

// memo is what the model notes of a request.
type memo struct {
	sentAt   int
	carried  *sight // of the cookies that were sent; nil without a session
	session  *session
	ended    ended
	count    int           // not to be less than this
	token    *refreshToken // not to be older than this
	ready    bool          // a sign-in has its cookies
	conflict bool
	where    place
	began    int
	seen     *sight   // what the application saw; nil if there was no session
	made     *sight   // what the answer brings
	drops    bool     // the answer takes the session's cookie away
	born     *session // of a sign-in
}

// wrong records that an invariant does not hold.
func (w *world) wrong(format string, args ...any) {
	w.note("WRONG: "+format, args...)
	if w.problem == "" {
		w.problem = fmt.Sprintf(format, args...)
	}
}

// because records a cause.
func (w *world) because(why cause, what string, args ...any) {
	w.causes[why]++
	w.note(what+", because "+string(why), args...)
}

func (w *world) note(format string, args ...any) {
	if w.verbose {
		w.log = append(w.log, fmt.Sprintf("%3d  %8s  ", w.steps, time.Since(w.start))+fmt.Sprintf(format, args...))
	}
}

// sight reads what the model needs of a token.
func (w *world) sight(t *token.Token) *sight {
	n, _ := count.Get(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	return &sight{t.ID, t.Subject, n, w.tokens[t.Account.RefreshToken.Reveal()], t.Generation}
}

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
func (w *world) spent(text, next string, at place) *ask {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes++
	t, a := w.tokens[text], &ask{origin: origin{at, time.Now()}, broken: w.shared.broken}
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
func (w *world) refused(text string, at place, why cause) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes++
	t := w.tokens[text]
	now := &ask{origin: origin{at, time.Now()}, broken: w.shared.broken}
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
