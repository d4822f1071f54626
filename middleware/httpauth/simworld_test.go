package httpauth_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// The simulated world: one browser, some instances of the kit, and a provider
// that rotates refresh tokens. Everything stands still between two steps, so a
// list of steps is a history, and the same list is the same history again.

// kind is what a request is for.
type kind string

const (
	look    kind = "look"     // reads, with an answer that can bring no cookies, as an image does
	page    kind = "page"     // reads, and renews the access token if that is due
	update  kind = "update"   // adds one to a claim, as update() of the browser's client does
	signOut kind = "sign-out" // ends the session
	signIn  kind = "sign-in"  // comes back from the provider, as somebody else
)

// The moments of a request.
type moment int

const (
	waiting moment = iota
	sent           // with the cookies of that moment
	handling
	handled
	over // its cookies have arrived, or never will
)

// call is one request.
type call struct {
	world       *world
	id          int
	kind        kind
	at          int               // the instance that handles it
	who         string            // who signs in
	back        string            // the callback of a sign-in
	needs       map[string]string // the cookies that it needs there
	slow        bool              // the application's callback takes its time
	moment      moment
	heard       int // how many answers had arrived when it was sent
	started     time.Time
	cookies     string
	also        string // cookies that come besides
	body        string
	request     *http.Request
	cancel      context.CancelFunc
	stopWaiting context.CancelFunc
	answer      *httptest.ResponseRecorder
	done        chan struct{} // closed when it is handled
	lost        bool          // the answer will not arrive

	memo // what the model knows of it
}

// place is one life of an instance, from its start to its end.
type place struct{ instance, life int }

// world is one history.
type world struct {
	*rig
	plan     plan
	jar      cookies
	kits     []*httpauth.Auth
	lives    []int
	calls    []*call
	luck     *rand.Rand // nil where nothing is left to it
	steps    int
	arrivals int
	turns    int   // how often the access tokens expire
	active   *call // that goes on in this step
	alone    bool  // nothing else goes on, so nothing waits for its step
	told     bool  // an answer without cookies has arrived in this step
	over     chan struct{}

	mu      sync.Mutex
	gates   map[string]chan fault
	changes int // of what instances and provider remember

	model
}

func (r *rig) newWorld(p plan) *world {
	w := &world{rig: r, plan: p, jar: cookies{}, over: make(chan struct{}), gates: map[string]chan fault{}, model: newModel()}
	r.world, r.op.RefreshGrace = w, p.grace
	r.shared.forget()
	for i := range p.instances {
		w.kits, w.lives = append(w.kits, r.boot(p, place{i, 0})), append(w.lives, 0)
	}
	return w
}

// park waits at a gate until its step comes. It is false if there will be none.
func (w *world) park(ctx context.Context, label string) (fault, bool) {
	if w.alone {
		return noFault, true
	}
	g := make(chan fault)
	w.mu.Lock()
	for w.gates[label] != nil { // a second flight where there should be one
		label += "+"
		w.changes++
	}
	w.gates[label] = g
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.gates, label)
		w.mu.Unlock()
	}()
	select {
	case f := <-g:
		return f, true
	case <-ctx.Done():
	case <-w.over:
	}
	return "", false
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// count1 is the application's JWT callback: an update adds one.
func count1(ctx context.Context, e *httpauth.JWTEvent) error {
	c := callOf(ctx)
	if c == nil || e.Trigger == httpauth.TriggerSignIn {
		return nil
	}
	n, _ := count.Get(e.Token)
	c.goesOn()
	c.world.wasRenewed(c, e.Token)
	if e.Trigger == httpauth.TriggerUpdate || c.slow {
		_, _ = c.world.park(ctx, c.label("F"))
	}
	if e.Trigger == httpauth.TriggerUpdate {
		count.Set(e.Token, n+1)
	}
	return nil
}

// see is the application's session callback: what it sees is what the request
// observes.
func see(ctx context.Context, e *httpauth.SessionEvent) error {
	if c := callOf(ctx); c != nil {
		c.seen = c.world.sight(e.Token)
	}
	return nil
}

func (c *call) label(letter string) string { return fmt.Sprint(letter, c.id) }

// enter puts a new session into the browser, as after a sign-in.
func (w *world) enter(who string) {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: &wire{w.rig, place{}}})
	where, err := w.provider.AuthCodeURL(ctx, providers.AuthRequest{RedirectURL: appURL, State: "s", Nonce: "n", Verifier: verifier})
	w.must(err)
	back, err := w.op.SignIn(where, who)
	w.must(err)
	u, err := url.Parse(back)
	w.must(err)
	id, err := w.provider.Exchange(ctx, providers.Callback{Params: u.Query(), RedirectURL: appURL, Nonce: "n", Verifier: verifier})
	w.must(err)
	t := &token.Token{Claims: claims.Claims{Subject: "op|" + who}, Account: id.Account}
	cookies, err := w.kits[0].Cookies(t)
	w.must(err)
	for _, c := range cookies {
		w.jar.take([]string{c.String()})
	}
	now := w.jar[sessionCookie]
	now.sight = w.sight(t)
	w.jar[sessionCookie] = now
	w.register(now.sight).arrived = w.steps
}

// verifier is that of sign-ins that the simulation makes itself.
const verifier = "a-code-verifier-has-at-least-forty-three-characters"

// must is for what cannot fail.
func (w *world) must(err error) {
	if err != nil {
		panic(err)
	}
}

// newCall adds a request. A sign-in has been to the provider by now.
func (w *world) newCall(k kind, at int, who string) *call {
	c := &call{world: w, id: len(w.calls), kind: k, at: at, who: who, started: time.Now(), done: make(chan struct{}), answer: httptest.NewRecorder()}
	w.calls = append(w.calls, c)
	if k == signIn {
		known := maps.Clone(w.jar)
		form := url.Values{"csrfToken": {w.csrf(at)}, "callbackUrl": {"/"}}
		start := w.visit(at, http.MethodPost, "/auth/signin/op", form.Encode())
		back, err := w.op.SignIn(start.Header().Get("Location"), who)
		if err != nil {
			w.wrong("a sign-in does not start: %v %s", err, start.Body)
		}
		c.back, c.needs = strings.TrimPrefix(back, appURL), map[string]string{bindingName: w.jar[bindingName].value}
		for name, crumb := range w.jar {
			if _, ok := known[name]; !ok {
				c.needs[name] = crumb.value
			}
		}
	}
	return c
}

// visit is a request that is over at once.
func (w *world) visit(at int, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.kits[at].Wrap(http.NotFoundHandler()).ServeHTTP(answer, w.request(context.Background(), method, path, w.jar.header(path), body))
	w.jar.take(answer.Header()["Set-Cookie"])
	return answer
}

func (w *world) request(ctx context.Context, method, path, cookies, body string) *http.Request {
	r, err := http.NewRequestWithContext(ctx, method, appURL+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.RequestURI = path
	r.Header.Set("Cookie", cookies)
	r.Header.Set("Origin", appURL)
	switch {
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	case body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// csrf returns the token for a form, as its page or its client has it.
func (w *world) csrf(at int) string {
	if _, ok := w.jar[csrfName]; !ok {
		w.visit(at, http.MethodGet, "/auth/csrf", "")
	}
	text, _, _ := strings.Cut(w.jar[csrfName].value, "%7C")
	return text
}
