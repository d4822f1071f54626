package httpauth_test

import (
	"fmt"
	"time"

	"github.com/sealedauth/auth/token"
)

const (
	memory  = 15 * time.Minute // how long an instance, or a coordinator, remembers
	quarter = 15 * time.Minute // how long the browser remembers what was ended, and a sign-in under way
)

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

// change is a change of the claim, with the generation of its state.
type change struct {
	origin
	number int64
}

// sight is a state of a session, as a cookie or a request shows it.
type sight struct {
	id    string // of the session
	who   string
	count int // how many changes are in it
	token *refreshToken

	number  int64 // its generation
	expires time.Time
	place   // that made it
}

func (s *sight) String() string {
	if s == nil {
		return "nobody"
	}
	if s.token == nil {
		return s.who + " with an unknown refresh token"
	}
	return fmt.Sprintf("%s with %d changes and refresh token %d of age %d, generation …%d", s.who, s.count, s.token.number, s.token.age, s.number%1000000)
}

// state is a state of a session, and when it was made.
type state struct {
	*sight
	at time.Time
}

// age returns that of the refresh token; 0 if there is no state.
func (s state) age() int {
	if s.sight == nil {
		return 0
	}
	return s.token.age
}

// number returns the generation; 0 if there is no state.
func (s state) number() int64 {
	if s.sight == nil {
		return 0
	}
	return s.sight.number
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
	bornAt  time.Time
	arrived int // the step that brought it to the browser; 0 before
	ended   ended
	endedBy *call
	counts  map[int]change // where each number of changes was made first
	changed map[place]int  // the last step that has changed it

	generations map[generation]state // the states of each
	newest      map[place]state
	forked      cause // why there are two lines of states from now on

	// What the browser has been shown. It must not see anything older any more.
	count int
	token *refreshToken
}

// memo is what the model notes of a request.
type memo struct {
	sentAt    int
	carried   *sight // of the cookies that were sent; nil without a session
	session   *session
	ended     ended
	count     int           // not to be less than this
	token     *refreshToken // not to be older than this
	ready     bool          // a sign-in has its cookies
	conflict  bool
	where     place
	began     int
	handled   int
	handledAt time.Time
	newest    state    // what its instance had made last when it began
	why       cause    // why it need not see its session
	known     state    // the newest state that its instance remembered at the beginning
	seen      *sight   // what the application saw; nil if there was no session
	made      *sight   // what the answer brings
	drops     bool     // the answer takes the session's cookie away
	born      *session // of a sign-in
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
	return &sight{t.ID, t.Subject, n, w.tokens[t.Account.RefreshToken.Reveal()], t.Generation, t.ExpiresAt, place{}}
}
