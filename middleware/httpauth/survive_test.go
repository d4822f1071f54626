package httpauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// late sends a request whose answer arrives after everything else: its cookies
// are taken by arrive.
func (b *browser) late(path string) (arrive func()) {
	r := b.fork().get(path)
	return func() {
		u, err := url.Parse(appURL + path)
		if err != nil {
			b.t.Fatal(err)
		}
		b.c.Jar.SetCookies(u, r.Cookies())
	}
}

// S-160, F-42: an answer that was under way at the sign-out cannot bring the
// session back, whether the cookie that it brings is new or old, and on whichever
// instance that is noticed. Auth.js #8897 and #4612.
func TestF_42_S_160_SignOutIsFinal(t *testing.T) {
	t.Parallel()
	for _, f := range []token.Format{token.Native, token.AuthJS, token.NextAuth4} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute, writes(f))
				b := a.browser()
				b.signIn("alice")
				time.Sleep(31 * time.Second) // the late answer brings a renewed token
				arrive := b.late("/who")
				b.post("/auth/signout", nil)
				arrive()
				if len(sessionCookies(b)) == 0 {
					t.Fatal("the late answer brought nothing back, so there is nothing to refuse")
				}
				other := b.visits(newApp(t, halfMinute, writes(f)))
				for _, at := range []*browser{other, b} {
					if who := at.who(); who != "" {
						t.Errorf("signed in as %q after the sign-out", who)
					}
				}
				if names := sessionCookies(b); len(names) != 0 {
					t.Errorf("%v is still there", names)
				}
				if b.signIn("bob"); b.who() != "op|bob" {
					t.Error("nobody can sign in any more")
				}
			})
		})
	}
}

// The session of before a sign-in does not come back either: it may be somebody
// else's.
func TestS_161_LateAnswerOfSomebodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newApp(t, halfMinute).browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		arrive := b.late("/who")
		b.signIn("bob")
		arrive()
		if who := b.who(); who == "op|alice" {
			t.Errorf("after bob has signed in, alice is back")
		}
	})
}

// S-175, F-43, F-44: an answer that arrives late does not undo what was changed
// meanwhile.
func TestF_43_F_44_S_175_LateAnswersDoNotWin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Trigger == httpauth.TriggerUpdate {
					role.Set(e.Token, "admin")
				}
				return nil
			}
		})
		withAPI(a)
		a.mux.HandleFunc("/role", func(w http.ResponseWriter, r *http.Request) {
			s, _ := httpauth.FromContext(r.Context())
			have, _ := role.Get(s)
			_, _ = io.WriteString(w, have)
		})
		b := a.browser()
		b.signIn("alice")
		csrf := b.csrf()
		time.Sleep(31 * time.Second)
		arrive := b.late("/who") // with a renewed token, without the role
		b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+csrf+`","data":{}}`)
		arrive()
		for range 2 {
			if got := b.get("/role").body; got != "admin" {
				t.Fatalf("role %q", got)
			}
		}
		if r := b.get("/api"); r.StatusCode != 200 || a.op.Count("refresh") != 1 {
			t.Errorf("API: %d %s, %d refreshes", r.StatusCode, r.body, a.op.Count("refresh"))
		}
		// The browser holds it too, not only the memory of this instance.
		time.Sleep(2 * time.Minute)
		if got := b.get("/role").body; got != "admin" {
			t.Errorf("two minutes later: role %q", got)
		}
	})
}

// A change by a handler is made to the newest state, so that two of them at the
// same time are both kept.
func TestS_175_ChangesAddUp(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.mux.HandleFunc("/add", func(_ http.ResponseWriter, r *http.Request) {
		err := httpauth.Update(r.Context(), func(tok *token.Token) error {
			n, _ := count.Get(tok)
			count.Set(tok, n+1)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	a.mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		s, _ := httpauth.FromContext(r.Context())
		n, _ := count.Get(s)
		_, _ = fmt.Fprint(w, n)
	})
	b := a.browser()
	b.signIn("alice")
	var arrivals []func()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			arrive := b.late("/add")
			mu.Lock()
			defer mu.Unlock()
			arrivals = append(arrivals, arrive)
		})
	}
	wg.Wait()
	for _, arrive := range arrivals {
		arrive()
	}
	if got := b.get("/count").body; got != "3" {
		t.Errorf("count %s after three changes", got)
	}
}

// F-1, F-2, F-8, S-80h: a provider that is down is asked now and then, by all
// sessions together, and nobody is signed out. When it is back, everybody is
// served within two seconds.
func TestF_2_S_80h_ProviderIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		users := make([]providertest.User, 50)
		for i := range users {
			users[i] = providertest.User{Subject: fmt.Sprintf("user%d", i)}
		}
		down := true
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) {
			op.Users, op.AccessTokenLifetime = users, 12*time.Minute
		})
		withAPI(a)
		browsers := make([]*browser, len(users))
		for i, u := range users {
			browsers[i] = a.browser()
			browsers[i].signIn(u.Subject)
		}
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if down && endpoint == "refresh" {
				w.WriteHeader(http.StatusBadGateway)
				return true
			}
			return false
		}
		// Ten minutes in which tokens are due but good.
		time.Sleep(11 * time.Minute)
		for range 60 {
			for _, b := range browsers {
				if r := b.get("/api"); r.StatusCode != 200 {
					t.Fatalf("a good token, and %d %s", r.StatusCode, r.body)
				}
			}
			time.Sleep(500 * time.Millisecond)
		}
		if n := a.op.Count("refresh"); n > 5 {
			t.Errorf("%d tries in half a minute of an outage", n)
		}
		// Now they have expired: an API call cannot be made, the session stays.
		time.Sleep(time.Minute)
		before := a.op.Count("refresh")
		for range 30 {
			for _, b := range browsers {
				r := b.get("/api")
				if r.StatusCode != http.StatusServiceUnavailable || b.who() == "" {
					t.Fatalf("an expired token: %d %s", r.StatusCode, r.body)
				}
			}
			time.Sleep(time.Second)
		}
		if n := a.op.Count("refresh") - before; n > 16 {
			t.Errorf("%d tries in half a minute", n)
		}
		down = false
		time.Sleep(2 * time.Second)
		for i, b := range browsers {
			if r := b.get("/api"); r.StatusCode != 200 {
				t.Errorf("user %d after the outage: %d %s", i, r.StatusCode, r.body)
			}
		}
	})
}

// S-80h: one session alone tries at growing distances.
func TestS_80h_BackOffOfASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		b := a.browser()
		b.signIn("alice")
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "refresh" {
				w.WriteHeader(http.StatusInternalServerError)
			}
			return endpoint == "refresh"
		}
		time.Sleep(31 * time.Second)
		for range 6000 {
			b.who()
			time.Sleep(10 * time.Millisecond)
		}
		if n := a.op.Count("refresh"); n < 4 || n > 10 {
			t.Errorf("%d tries in a minute", n)
		}
	})
}

// F-8: a provider that says for how long it wants to be left alone is.
func TestF_8_S_131_RetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		withAPI(a)
		b, c := a.browser(), a.browser()
		b.signIn("alice")
		c.signIn("bob")
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "refresh" {
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(http.StatusTooManyRequests)
			}
			return endpoint == "refresh"
		}
		time.Sleep(31 * time.Second)
		for range 19 {
			b.get("/api")
			c.get("/api")
			time.Sleep(time.Second)
		}
		if n := a.op.Count("refresh"); n != 1 {
			t.Errorf("%d tries by two sessions within the time", n)
		}
	})
}

// memoryCoordinator is a coordinator of instances in one process.
type memoryCoordinator struct {
	mu      sync.Mutex
	results map[string][]byte
	broken  error
}

func (m *memoryCoordinator) Once(ctx context.Context, key string, work func(context.Context) ([]byte, time.Duration)) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	if r, ok := m.results[key]; ok {
		return r, nil
	}
	r, keep := work(ctx)
	m.results[key] = r
	time.AfterFunc(keep, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.results, key)
	})
	return r, nil
}

// F-34, F-77: with a coordinator, instances spend each refresh token once, also
// at a provider without grace, and share what went wrong; what they tell each
// other is sealed. If the coordinator is out of order they go on alone.
func TestF_34_F_77_S_80b_Coordinator(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := &memoryCoordinator{results: map[string][]byte{}}
		with := func(c *httpauth.Config, _ *providertest.Config) { c.Coordinator = shared }
		one, two := newApp(t, halfMinute, with), newApp(t, halfMinute, with)
		two.op.Intercept = func(_ string, w http.ResponseWriter, r *http.Request) bool {
			one.op.ServeHTTP(w, r) // one provider for both
			return true
		}
		withAPI(one)
		withAPI(two)
		b := one.browser()
		b.signIn("alice")
		for range 5 {
			time.Sleep(31 * time.Second)
			before := one.op.Count("refresh")
			var wg sync.WaitGroup
			for i := range 10 {
				wg.Go(func() {
					at := []*app{one, two}[i%2]
					if r := b.fork().visits(at).get("/api"); r.StatusCode != 200 {
						t.Errorf("request %d: %d %s", i, r.StatusCode, r.body)
					}
				})
			}
			wg.Wait()
			if n := one.op.Count("refresh") - before; n != 1 {
				t.Fatalf("%d refreshes", n)
			}
			b.get("/api")
		}
		shared.mu.Lock()
		results := slices.Collect(maps.Values(shared.results))
		shared.mu.Unlock()
		for _, r := range results {
			if s := string(r); !strings.HasPrefix(s, "eyJ") || strings.Contains(s, "at-") {
				t.Errorf("shared in the clear: %.40s", s)
			}
		}
		time.Sleep(31 * time.Second)
		shared.mu.Lock()
		shared.broken = errors.New("connection refused")
		shared.mu.Unlock()
		if r := b.get("/api"); r.StatusCode != 200 {
			t.Errorf("without the coordinator: %d %s", r.StatusCode, r.body)
		}
	})
}

// S-162: sessions from before an epoch, the application's or a person's, are over.
func TestS_162_Epochs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, since := 0, time.Time{}
		var broken error
		lever := func(c *httpauth.Config, _ *providertest.Config) {
			c.NotBefore = func(_ context.Context, tok *token.Token) (time.Time, error) {
				asked++
				if tok.Subject == "op|alice" {
					return since, broken
				}
				return time.Time{}, nil
			}
		}
		a := newApp(t, lever)
		b, c := a.browser(), a.browser()
		b.signIn("alice")
		c.signIn("bob")
		time.Sleep(time.Minute)
		for range 10 {
			b.who()
		}
		if asked != 1 {
			t.Errorf("asked %d times within a minute", asked)
		}
		since = time.Now()
		time.Sleep(61 * time.Second)
		if b.who() != "" || c.who() != "op|bob" {
			t.Errorf("after the epoch of alice: %q, %q", b.who(), c.who())
		}
		if b.signIn("alice"); b.who() != "op|alice" {
			t.Error("alice cannot sign in any more")
		}
		broken = errors.New("database is down")
		time.Sleep(61 * time.Second)
		if r := b.get("/auth/session"); r.StatusCode != 500 || r.body != `{"message":"Internal Server Error"}` {
			t.Errorf("fail closed: %d %s", r.StatusCode, r.body)
		}
		broken = nil
		if b.who() != "op|alice" {
			t.Error("the session is gone although it could not be judged")
		}
		after := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Epoch = time.Now() })
		time.Sleep(time.Second)
		if who := b.visits(after).who(); who != "" {
			t.Errorf("before the application's epoch: %q", who)
		}
	})
}

// S-159: with a store, a copy of the cookie is worth nothing after the sign-out.
func TestS_159_RevokedCookie(t *testing.T) {
	t.Parallel()
	store := httpauth.NewMemoryRevocations()
	with := func(c *httpauth.Config, _ *providertest.Config) { c.Revocations = store }
	b := newApp(t, with).browser()
	b.signIn("alice")
	thief := b.fork().visits(newApp(t, with))
	if thief.who() != "op|alice" {
		t.Fatal("the copy does not work before the sign-out")
	}
	b.post("/auth/signout", nil)
	if who := thief.who(); who != "" {
		t.Errorf("the copy still works: %q", who)
	}
}

type brokenStore struct{}

func (brokenStore) Revoke(context.Context, string, time.Time, time.Time) error {
	return errors.New("down")
}
func (brokenStore) RevokedAt(context.Context, []string) (time.Time, error) {
	return time.Time{}, errors.New("down")
}

// A store that is out of order makes requests fail closed; a sign-out still takes
// the cookies away.
func TestS_180_StoreIsDown(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.signIn("alice")
	at := b.visits(newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Revocations = brokenStore{} }))
	if r := at.get("/auth/session"); r.StatusCode != 500 || at.who() != "" || len(sessionCookies(b)) != 1 {
		t.Errorf("%d %s, cookies %v", r.StatusCode, r.body, sessionCookies(b))
	}
	if at.post("/auth/signout", nil); len(sessionCookies(b)) != 0 {
		t.Errorf("after the sign-out: %v", sessionCookies(b))
	}
}

// A session that has grown too large is kept without what can be spared.
func TestBudgetSparesThePicture(t *testing.T) {
	t.Parallel()
	picture := "https://cdn.example.com/" + strings.Repeat("p", 3000)
	a := newApp(t, func(c *httpauth.Config, op *providertest.Config) {
		c.CookieBudget = 3000
		op.Users = []providertest.User{{Subject: "alice", Name: "Alice", Claims: map[string]any{"picture": picture}}}
	})
	b := a.browser()
	b.signIn("alice")
	if r := b.get("/auth/session"); !strings.Contains(r.body, "Alice") || strings.Contains(r.body, "cdn") {
		t.Errorf("session: %s", r.body)
	}
	if kinds := a.kinds(); len(kinds) != 1 || kinds[0] != httpauth.KindBudget {
		t.Errorf("events %v", kinds)
	}
}

// What the application wants to find again after a sign-in comes along sealed,
// by the page and by a client; nothing else does.
func TestSignInData(t *testing.T) {
	t.Parallel()
	var found, inJWT map[string]string
	a := newApp(t, withCredentials, func(c *httpauth.Config, _ *providertest.Config) {
		c.SignInData = []string{"invite", "plan"}
		c.Callbacks.SignIn = func(_ ctx, e *httpauth.SignInEvent) error { found = e.Data; return nil }
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerSignIn {
				inJWT = e.SignInData
			}
			return nil
		}
	})
	check := func(what string) {
		t.Helper()
		if found["invite"] != `a"b` || len(found) != 1 || inJWT["invite"] != `a"b` {
			t.Errorf("%s: %v, %v", what, found, inJWT)
		}
		found, inJWT = nil, nil
	}
	b := a.browser()
	page := b.get("/auth/signin?invite=a%22b&other=x&plan=" + strings.Repeat("x", 600)).body
	if !strings.Contains(page, `name="invite" value="a&#34;b"`) || strings.Contains(page, "other") || strings.Contains(page, "xxx") {
		t.Errorf("page: %s", page)
	}
	start := b.post("/auth/signin/op", url.Values{"invite": {`a"b`}, "other": {"x"}})
	if strings.Contains(start.location(), "invite") {
		t.Errorf("the provider sees it: %s", start.location())
	}
	b.get(b.choose(start.location(), "alice"))
	check("form")
	b.get(b.choose(b.post("/auth/signin/op?invite=a%22b", nil).location(), "alice"))
	check("query")
	b.post("/auth/callback/credentials", url.Values{"username": {"ada"}, "password": {"right"}, "invite": {`a"b`}})
	check("credentials")
}

// F-51: who keeps no cookies is told so, instead of going in circles.
func TestF_51_NoCookies(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.c.Jar = nil
	r := b.do(http.MethodPost, "/auth/signin/op", url.Values{"csrfToken": {b.csrf()}})
	if errorOf(t, r) != "CookiesRequired" {
		t.Errorf("sign-in: %s", r.location())
	}
	if page := b.get(strings.TrimPrefix(r.location(), appURL)).body; !strings.Contains(page, "Your browser sent no cookies") {
		t.Errorf("page: %s", page)
	}
}

// Who has just signed in and is on the sign-in page again, without a session, is
// told what keeps the browser from keeping it.
func TestSessionIsNotKept(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.CookieDomain = "example.com" })
	b := a.browser()
	b.signIn("alice")
	if page := b.get("/auth/signin").body; strings.Contains(page, "did not keep") {
		t.Errorf("a browser that keeps it: %s", page)
	}
	b.setCookie("__Secure-auth.session", "", "/") // what a browser does with a cookie of a foreign domain
	other := a.browser()
	for name, value := range b.cookies("/auth") {
		if !strings.Contains(name, ".session") {
			other.setCookie(name, value, "/")
		}
	}
	page := other.get("/auth/signin").body
	for _, part := range []string{"did not keep it", "the domain example.com", "https", "a proxy"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page does not say %q: %s", part, page)
		}
	}
	if kinds := a.kinds(); len(kinds) != 1 || kinds[0] != httpauth.KindCookie {
		t.Errorf("events %v", kinds)
	}
}

// The account of another provider in the same session, renewed by itself.
func TestConnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var triggers []httpauth.Trigger
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Providers = []providers.Provider{testProvider("op"), testProvider("other")}
			c.Callbacks.SignIn = func(_ ctx, e *httpauth.SignInEvent) error {
				if e.Token != nil && e.User.ID == "banned" {
					return httpauth.ErrAccessDenied
				}
				return nil
			}
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Trigger != httpauth.TriggerNone {
					triggers = append(triggers, e.Trigger)
				}
				return nil
			}
		}, func(_ *httpauth.Config, op *providertest.Config) {
			op.Users = []providertest.User{{Subject: "alice"}, {Subject: "bob"}, {Subject: "banned"}}
		})
		a.mux.HandleFunc("/connect", func(w http.ResponseWriter, r *http.Request) {
			if err := httpauth.Connect(w, r, r.FormValue("to"), "/settings"); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
		a.mux.HandleFunc("/whose", func(w http.ResponseWriter, r *http.Request) {
			client, err := httpauth.ClientFor(r.Context(), r.FormValue("at"))
			if err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
			resp, err := client.Get(issuer + "/userinfo")
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = resp.Body.Close() }()
			var info struct{ Sub string }
			_ = json.NewDecoder(resp.Body).Decode(&info)
			_, _ = io.WriteString(w, info.Sub)
		})
		b := a.browser()
		if r := b.get("/connect?to=other"); r.StatusCode != 400 {
			t.Errorf("without a session: %d", r.StatusCode)
		}
		b.signIn("alice")
		if r := b.get("/whose?at=other"); !strings.Contains(r.body, "no account at this provider") {
			t.Errorf("before: %s", r.body)
		}
		back := b.get(b.choose(b.get("/connect?to=other").location(), "bob"))
		if back.location() != appURL+"/settings" || b.who() != "op|alice" {
			t.Fatalf("connected: %s, signed in as %q, %v", back.location(), b.who(), a.kinds())
		}
		for range 3 {
			if mine, other := b.get("/whose?at=op").body, b.get("/whose?at=other").body; mine != "alice" || other != "bob" {
				t.Errorf("accounts of %q and %q", mine, other)
			}
			time.Sleep(31 * time.Second)
		}
		b.get("/who")
		if n := a.op.Count("refresh"); n != 6 {
			t.Errorf("%d refreshes of two accounts in three lives", n)
		}
		for to, subject := range map[string]string{"other": "banned", "op": "bob"} { // refused by the callback; another account of the sign-in's provider
			if r := b.get(b.choose(b.get("/connect?to="+to).location(), subject)); errorOf(t, r) != "AccessDenied" {
				t.Errorf("%s at %s: %s", subject, to, r.location())
			}
		}
		// The answer belongs to the session that asked.
		start := b.get("/connect?to=other").location()
		b.signIn("bob")
		if r := b.get(b.choose(start, "alice")); errorOf(t, r) != "SignInExpired" || b.get("/whose?at=other").body == "alice" {
			t.Errorf("connected to another session: %s", r.location())
		}
		if fmt.Sprint(triggers) != "[signIn connect signIn]" {
			t.Errorf("triggers %v", triggers)
		}
	})
}

// An API that refuses a token gets another one, once; the session has it too.
func TestClientRenewsOn401(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = time.Hour })
		withAPI(a)
		refuse, calls := 0, 0
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
			if endpoint != "userinfo" || r.Context() == nil {
				return false
			}
			calls++
			if refuse > 0 {
				refuse--
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			return false
		}
		b := a.browser()
		b.signIn("alice")
		refuse = 1
		if r := b.get("/api"); r.StatusCode != 401 || a.op.Count("refresh") != 0 { // the next one would be refused, too
			t.Errorf("a token that has only just been issued: %d, %d refreshes", r.StatusCode, a.op.Count("refresh"))
		}
		time.Sleep(2 * time.Minute)
		calls = 0
		refuse = 1
		if r := b.get("/api"); r.StatusCode != 200 || calls != 2 || a.op.Count("refresh") != 1 || setCookie(r, ".session") == "" {
			t.Errorf("%d %s after %d calls and %d refreshes", r.StatusCode, r.body, calls, a.op.Count("refresh"))
		}
		time.Sleep(2 * time.Minute)
		if r := b.get("/api"); r.StatusCode != 200 || a.op.Count("refresh") != 1 {
			t.Errorf("afterwards: %d, %d refreshes", r.StatusCode, a.op.Count("refresh"))
		}
		refuse = 2
		if r := b.get("/api"); r.StatusCode != 401 || a.op.Count("refresh") != 2 {
			t.Errorf("an API that always refuses: %d, %d refreshes", r.StatusCode, a.op.Count("refresh"))
		}
	})
}

// F-44: a callback that takes long, on a request that started before a change,
// does not undo it by what it changes itself.
func TestF_44_S_175_SlowCallback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := false
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				switch {
				case e.Trigger == httpauth.TriggerUpdate:
					role.Set(e.Token, "admin")
				case slow && e.Trigger == httpauth.TriggerNone:
					slow = false
					time.Sleep(3 * time.Second)
					count.Set(e.Token, 1)
				}
				return nil
			}
			c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { e.Session.Expose(role); return nil }
		})
		b := a.browser()
		b.signIn("alice")
		csrf := b.csrf()
		slow = true
		var arrive func()
		var wg sync.WaitGroup
		wg.Go(func() { arrive = b.late("/auth/session") })
		time.Sleep(time.Second)
		b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+csrf+`","data":{}}`)
		wg.Wait()
		arrive()
		if r := b.get("/auth/session"); !strings.Contains(r.body, "admin") {
			t.Errorf("the change is gone: %s %v", r.body, a.kinds())
		}
	})
}

// Several calls of one handler that are refused share the new token.
func TestClientRenewsOnceForParallelCalls(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(_ *httpauth.Config, _ *providertest.Config) {})
	a.op.EditTokens = func(answer map[string]any) { delete(answer, "expires_in") }
	var mu sync.Mutex
	waiting, refused := make(chan struct{}), 0
	a.op.Intercept = func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
		if endpoint != "userinfo" || r.Header.Get("X-Call") == "" {
			return false
		}
		mu.Lock()
		refused++
		n := refused
		mu.Unlock()
		switch {
		case n > 2:
			return false
		case n == 2:
			close(waiting) // both have been sent with the old token
		}
		<-waiting
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	a.mux.HandleFunc("/both", func(_ http.ResponseWriter, r *http.Request) {
		httpauth.SetCommitted(r.Context(), func() bool { return false })
		client, err := httpauth.Client(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, issuer+"/userinfo", nil)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("X-Call", "1")
				resp, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = resp.Body.Close() }()
				if resp.StatusCode != 200 {
					t.Errorf("status %d", resp.StatusCode)
				}
			})
		}
		wg.Wait()
	})
	b := a.browser()
	b.signIn("alice")
	if b.get("/both"); a.op.Count("refresh") != 1 {
		t.Errorf("%d refreshes", a.op.Count("refresh"))
	}
}

// A stream that outlives the session ends with it.
func TestStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, ages(time.Hour, time.Minute, 24*time.Hour))
		began := time.Now()
		a.mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
			s, ok := httpauth.FromContext(r.Context())
			if !ok {
				t.Fatal("no session")
			}
			until, cancel := s.Context(r.Context())
			defer cancel()
			for {
				select {
				case <-until.Done():
					_, _ = fmt.Fprintf(w, "ended after %v: %v", time.Since(began), context.Cause(until))
					return
				case <-time.After(time.Minute):
					_, _ = io.WriteString(w, ".")
				}
			}
		})
		b := a.browser()
		b.signIn("alice")
		if r := b.get("/stream"); !strings.HasSuffix(r.body, "ended after 1h0m0s: auth: no session") {
			t.Errorf("stream: %s", r.body)
		}
	})
}

// A token that ends while a request waits for the next one is as good as ended, so
// the request waits; with one that is good for longer it goes on.
func TestRefreshJustBeforeTheEnd(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]time.Duration{
		500 * time.Millisecond: 2 * time.Second, 2 * time.Second: time.Second, -time.Second: 2 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, halfMinute)
			withAPI(a)
			b := a.browser()
			b.signIn("alice")
			a.op.Intercept = func(endpoint string, _ http.ResponseWriter, _ *http.Request) bool {
				if endpoint == "refresh" {
					time.Sleep(2 * time.Second)
				}
				return false
			}
			time.Sleep(30*time.Second - left)
			began := time.Now()
			r := b.get("/api")
			if took := time.Since(began); r.StatusCode != 200 || took != want {
				t.Errorf("with %v left: %d %s after %v", left, r.StatusCode, r.body, took)
			}
			time.Sleep(5 * time.Second) // until the renewal has ended, too
		})
	}
}
