package httpauth_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
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
	world   *world
	id      int
	kind    kind
	at      int               // the instance that handles it
	who     string            // who signs in
	back    string            // the callback of a sign-in
	needs   map[string]string // the cookies that it needs there
	slow    bool              // the application's callback takes its time
	moment  moment
	cookies string
	body    string
	request *http.Request
	cancel  context.CancelFunc
	answer  *httptest.ResponseRecorder
	done    chan struct{} // closed when it is handled
	lost    bool          // the answer will not arrive

	memo // what the model knows of it
}

// plan is what a history has in common with others.
type plan struct {
	instances   int
	coordinator bool          // the instances share one
	grace       time.Duration // of the provider, for refresh tokens that were spent
	revoke      bool          // a sign-out ends the provider's tokens too
	off         string        // the protection that is switched off
	pace        time.Duration // between two steps on a server
}

// accessLife is how long access tokens live; turn is longer.
const (
	accessLife = 30 * time.Second
	turn       = 31 * time.Second
)

// rig is what histories use one after the other, since it takes long to make.
type rig struct {
	op       *providertest.Server
	kits     map[string]*httpauth.Auth
	opener   *token.Codec
	provider providers.Provider
	world    *world // of the history that runs
}

func newRig() *rig {
	op, err := providertest.New(providertest.Config{
		Issuer: issuer, AccessTokenLifetime: accessLife,
		Users: []providertest.User{{Subject: "alice", Name: "Alice"}, {Subject: "bob", Name: "Bob"}, {Subject: "carol", Name: "Carol"}},
	})
	ring, ringErr := token.NewKeyring(appURL, testSecret)
	if err != nil || ringErr != nil {
		panic(fmt.Sprint(err, ringErr))
	}
	opener := token.NewCodec(ring.Sealer("session", sessionCookie))
	return &rig{op: op, kits: map[string]*httpauth.Auth{}, opener: opener, provider: testProvider("op")}
}

// kit returns an instance that remembers nothing.
func (r *rig) kit(p plan, at, life int, c httpauth.Coordinator) *httpauth.Auth {
	key := fmt.Sprint(at, p.coordinator, p.revoke, p.off)
	if a, ok := r.kits[key]; ok && life == 0 {
		httpauth.Forget(a)
		httpauth.SwitchOff(a, p.off)
		return a
	}
	cfg := httpauth.Config{
		URL: appURL, Secrets: []string{testSecret}, Logger: quiet(), Providers: []providers.Provider{r.provider},
		HTTPClient: &http.Client{Transport: &wire{r, place{at, life}}},
		SignOut:    httpauth.SignOut{Revoke: p.revoke},
		Callbacks:  httpauth.Callbacks{JWT: count1, Session: see},
	}
	if p.coordinator {
		cfg.Coordinator = c
	}
	a, err := httpauth.New(cfg)
	if err != nil {
		panic(err)
	}
	httpauth.SwitchOff(a, p.off)
	if life == 0 {
		r.kits[key] = a
	}
	return a
}

// place is one life of an instance, from its start to its end.
type place struct{ instance, life int }

// world is one history.
type world struct {
	*rig
	plan  plan
	jar   cookies
	kits  []*httpauth.Auth
	lives []int
	calls []*call
	steps int
	turns int  // how often the access tokens expire
	told  bool // an answer without cookies has arrived in this step
	over  chan struct{}

	shared *sharing

	mu      sync.Mutex
	gates   map[string]chan fault
	changes int // of what instances and provider remember

	model
}

func (r *rig) newWorld(p plan) *world {
	w := &world{rig: r, plan: p, jar: cookies{}, over: make(chan struct{}), gates: map[string]chan fault{}, shared: newSharing(), model: newModel()}
	r.world, r.op.RefreshGrace = w, p.grace
	for i := range p.instances {
		w.kits, w.lives = append(w.kits, r.kit(p, i, 0, w.shared)), append(w.lives, 0)
	}
	return w
}

// park waits at a gate until its step comes. It is false if there will be none.
func (w *world) park(ctx context.Context, label string) (fault, bool) {
	g := make(chan fault)
	w.mu.Lock()
	w.gates[label] = g
	if label[0] == 'P' { // a flight, which others may join
		w.changes++
	}
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

// newCall adds a request. A sign-in has been to the provider by now.
func (w *world) newCall(k kind, at int, who string) *call {
	c := &call{world: w, id: len(w.calls), kind: k, at: at, who: who, done: make(chan struct{}), answer: httptest.NewRecorder()}
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
