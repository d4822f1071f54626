package httpauth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

func ages(idle, update, absolute time.Duration) func(*httpauth.Config, *providertest.Config) {
	return func(c *httpauth.Config, op *providertest.Config) {
		c.MaxAge, c.UpdateAge, c.AbsoluteMaxAge = idle, update, absolute
		op.AccessTokenLifetime = 1000 * time.Hour
	}
}

const sessionCookie = "__Host-auth.session"

// The three clocks: a session ends when it is not used, and when its sign-in is
// too long ago however much it is used. A copy of the cookie does not outlive
// them (CVE-2025-46344).
func TestS_76_S_173_Lifetimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, ages(time.Hour, 5*time.Minute, 4*time.Hour))
		b := a.browser()
		b.signIn("alice")
		unused := b.cookies("/")[sessionCookie]
		for range 7 { // 3.5 hours
			time.Sleep(30 * time.Minute)
			if b.who() == "" {
				t.Fatal("signed out although in use")
			}
		}
		used := b.cookies("/")[sessionCookie]
		stale := a.browser()
		stale.setCookie(sessionCookie, unused, "/")
		if who := stale.who(); who != "" {
			t.Errorf("a cookie that was not used for 3.5 hours signs in %s", who)
		}
		time.Sleep(29 * time.Minute)
		if b.who() == "" {
			t.Error("signed out before the absolute end")
		}
		time.Sleep(2 * time.Minute)
		copied := a.browser()
		copied.setCookie(sessionCookie, used, "/")
		if b.who() != "" || copied.who() != "" {
			t.Error("signed in after the absolute end")
		}
	})
}

// A shorter absolute age takes effect on sessions that are already there.
func TestS_173_ShorterAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newApp(t, ages(8*time.Hour, time.Hour, 24*time.Hour)).browser()
		b.signIn("alice")
		time.Sleep(3 * time.Hour)
		good := header{"Cookie", sessionCookie + "=" + b.cookies("/")[sessionCookie]}
		if r := newApp(t, ages(time.Hour, time.Minute, 4*time.Hour)).browser().get("/who", good); r.body != "op|alice" {
			t.Errorf("within the new age: %q", r.body)
		}
		if r := newApp(t, ages(time.Hour, time.Minute, 2*time.Hour)).browser().get("/who", good); r.body != "" {
			t.Errorf("beyond the new age: %q", r.body)
		}
	})
}

// The cookie's own end is the session's.
func TestCookieEndsWithSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newApp(t, ages(time.Hour, 5*time.Minute, 90*time.Minute)).browser()
		line := setCookie(b.signIn("alice"), "auth.session")
		if want := "Max-Age=3600; HttpOnly; Secure; SameSite=Lax"; !strings.HasSuffix(line, want) || !strings.Contains(line, "; Path=/;") {
			t.Errorf("after the sign-in: %s", line[len(line)-120:])
		}
		time.Sleep(45 * time.Minute)
		if line := setCookie(b.get("/who"), "auth.session"); !strings.Contains(line, "Max-Age=2700;") {
			t.Errorf("near the absolute end: %s", line[len(line)-120:])
		}
	})
}

// Reads do not write: what is not written cannot overwrite anything.
func TestS_174_WritesOnlyWhenDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newApp(t, ages(time.Hour, 5*time.Minute, 4*time.Hour)).browser()
		b.signIn("alice")
		writes := 0
		for range 100 {
			time.Sleep(time.Second)
			if setCookie(b.get("/auth/session"), "auth.session") != "" || setCookie(b.get("/who"), "auth.session") != "" {
				writes++
			}
		}
		if writes != 0 {
			t.Errorf("%d writes in 100 seconds", writes)
		}
		time.Sleep(4 * time.Minute)
		for _, h := range []header{{"Upgrade", "websocket"}, {"Sec-Purpose", "prefetch"}, {"Sec-Fetch-Dest", "image"}} { // S-176
			if setCookie(b.get("/who", h), "auth.session") != "" {
				t.Errorf("written on %v", h)
			}
		}
		if setCookie(b.do(http.MethodHead, "/who", nil), "auth.session") != "" {
			t.Error("written on HEAD")
		}
		if setCookie(b.get("/who"), "auth.session") == "" {
			t.Error("not written when due")
		}
		if setCookie(b.get("/who"), "auth.session") != "" {
			t.Error("written twice")
		}
	})
}

// Whatever goes wrong, nobody is signed in: F-70, GHSA-8fpg-xm3f-6cx3.
func TestF_70_S_180_FailClosed(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	stages := map[string]func(*httpauth.Callbacks){
		"jwt":           func(c *httpauth.Callbacks) { c.JWT = func(ctx, *httpauth.JWTEvent) error { return boom } },
		"session":       func(c *httpauth.Callbacks) { c.Session = func(ctx, *httpauth.SessionEvent) error { return boom } },
		"jwt panics":    func(c *httpauth.Callbacks) { c.JWT = func(ctx, *httpauth.JWTEvent) error { panic(boom) } },
		"session panic": func(c *httpauth.Callbacks) { c.Session = func(ctx, *httpauth.SessionEvent) error { panic(boom) } },
	}
	for name, breakIt := range stages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := newApp(t)
			b := good.browser()
			b.signIn("alice")
			bad := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { breakIt(&c.Callbacks) })
			reached := false
			bad.mux.Handle("/guarded", bad.auth.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })))
			victim := &browser{t: t, a: bad, c: b.c}
			victim.c.Transport = recovering{bad}
			r := victim.get("/guarded", header{"Accept", "text/html"})
			if reached || r.StatusCode != http.StatusInternalServerError || strings.Contains(r.body, "boom") {
				t.Errorf("%d %s, handler reached: %v", r.StatusCode, r.body, reached)
			}
			if body := victim.get("/who").body; strings.Contains(body, "alice") {
				t.Errorf("handlers see %q", body)
			}
			if r := victim.get("/auth/session"); r.StatusCode != 500 {
				t.Errorf("GET session: %d %s", r.StatusCode, r.body)
			}
			if victim.cookies("/")[sessionCookie] == "" {
				t.Error("the cookie was deleted, so a passing failure signs people out")
			}
		})
	}
}

// recovering answers 500 to panics, as servers and frameworks do.
type recovering struct{ http.RoundTripper }

func (r recovering) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if recover() != nil {
			w := recorder()
			w.WriteHeader(http.StatusInternalServerError)
			resp, err = w.Result(), nil
		}
	}()
	return r.RoundTripper.RoundTrip(req)
}

func TestJWTCallbackEndsSession(t *testing.T) {
	t.Parallel()
	banned := false
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(ctx, *httpauth.JWTEvent) error {
			if banned {
				return fmt.Errorf("banned: %w", httpauth.ErrSignOut)
			}
			return nil
		}
	})
	b := a.browser()
	b.signIn("alice")
	banned = true
	if b.who() != "" || b.cookies("/")[sessionCookie] != "" {
		t.Error("still signed in")
	}
}

// What the callbacks are given, and that they decide.
func TestCallbacksAtSignIn(t *testing.T) {
	t.Parallel()
	var order []string
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.SignIn = func(_ ctx, e *httpauth.SignInEvent) error {
			order = append(order, "signIn "+e.Provider+" "+e.User.ID+" "+e.Profile.String("email"))
			if e.User.ID == "bob" {
				e.RedirectTo = "/pending"
			}
			if e.User.ID != "alice" {
				return httpauth.ErrAccessDenied
			}
			e.User.Name = "Alice B."
			return nil
		}
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			order = append(order, fmt.Sprintf("jwt %q %v %v", e.Trigger, e.User != nil, e.Account != nil))
			if e.Trigger == httpauth.TriggerSignIn {
				e.Token.Subject = "42"
				role.Set(e.Token, "admin")
			}
			return nil
		}
		c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error {
			order = append(order, "session")
			e.Session.Expose(role, count)
			return e.Session.Set("id", e.Token.Subject)
		}
		c.Events.SignIn = func(_ ctx, e *httpauth.SignedInEvent) { order = append(order, "event "+e.Token.Subject) }
	})
	b := a.browser()
	if r := b.get(b.choose(b.start("op", "/"), "bob")); r.location() != appURL+"/pending" || b.who() != "" {
		t.Errorf("bob: %s", r.location())
	}
	b.signIn("alice")
	want := []string{"signIn op bob bob@example.com", "signIn op alice alice@example.com", `jwt "signIn" true true`, "event 42"}
	if !slices.Equal(order, want) {
		t.Errorf("at the sign-in: %q", order)
	}
	order = nil
	if who := b.who(); who != "42" || !slices.Equal(order, []string{`jwt "" false false`, "session"}) {
		t.Errorf("on a request: %q, who %q", order, who)
	}
	var got struct{ User map[string]string }
	if err := json.Unmarshal([]byte(b.get("/auth/session").body), &got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got.User) != "map[email:alice@example.com id:42 name:Alice B. role:admin]" {
		t.Errorf("session %v", got.User)
	}
}

func TestSignInIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  func(*httpauth.Callbacks)
		code string
	}{
		"signIn": {func(c *httpauth.Callbacks) {
			c.SignIn = func(ctx, *httpauth.SignInEvent) error { return httpauth.ErrAccessDenied }
		}, "AccessDenied"},
		"signIn fails": {func(c *httpauth.Callbacks) {
			c.SignIn = func(ctx, *httpauth.SignInEvent) error { return errors.New("db down") }
		}, "Configuration"},
		"jwt": {func(c *httpauth.Callbacks) {
			c.JWT = func(ctx, *httpauth.JWTEvent) error { return httpauth.ErrAccessDenied }
		}, "AccessDenied"},
		"jwt fails": {func(c *httpauth.Callbacks) {
			c.JWT = func(ctx, *httpauth.JWTEvent) error { return errors.New("db down") }
		}, "Configuration"},
		"no subject": {func(c *httpauth.Callbacks) {
			c.JWT = func(_ ctx, e *httpauth.JWTEvent) error { e.Token.Subject = ""; return nil }
		}, "Configuration"},
		"reserved claim": {func(c *httpauth.Callbacks) {
			c.JWT = func(_ ctx, e *httpauth.JWTEvent) error { claims.NewKey[int]("exp").Set(e.Token, 1); return nil }
		}, "Configuration"},
		"claim without JSON": {func(c *httpauth.Callbacks) {
			c.JWT = func(_ ctx, e *httpauth.JWTEvent) error { claims.NewKey[chan int]("c").Set(e.Token, nil); return nil }
		}, "Configuration"},
		"too many claims": {func(c *httpauth.Callbacks) {
			c.JWT = func(_ ctx, e *httpauth.JWTEvent) error { role.Set(e.Token, strings.Repeat("x", 20000)); return nil }
		}, "SessionTooLarge"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, func(cfg *httpauth.Config, _ *providertest.Config) { c.set(&cfg.Callbacks) })
			b := a.browser()
			r := b.get(b.choose(b.start("op", "/"), "alice"))
			if got := errorOf(t, r); got != c.code || b.who() != "" || setCookie(r, "auth.session") != "" {
				t.Errorf("error %s, signed in as %q, cookie %q", got, b.who(), setCookie(r, "auth.session"))
			}
			if name == "too many claims" && !strings.Contains(a.logged.String(), "largest parts: role") {
				t.Errorf("the log does not say what is too large: %s", a.logged.String())
			}
		})
	}
}

// A session that grew too large for cookies stays what it was.
func TestUpdateOverBudget(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var err error
	a.mux.HandleFunc("/grow", func(_ http.ResponseWriter, r *http.Request) {
		err = httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, strings.Repeat("x", 20000)); return nil })
	})
	b := a.browser()
	b.signIn("alice")
	r := b.get("/grow")
	var budget *token.BudgetError
	if !errors.As(err, &budget) || budget.Parts[0].Name != "role" || len(r.Header["Set-Cookie"]) != 0 || b.who() != "op|alice" {
		t.Errorf("error %v, cookies %v", err, r.Header["Set-Cookie"])
	}
}

// When the session cannot be made after an update, the handler sees none.
func TestS_180_UpdateFailsClosed(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error {
			if _, updated := role.Get(e.Token); updated {
				return errors.New("boom")
			}
			return nil
		}
	})
	a.mux.HandleFunc("/update", func(_ http.ResponseWriter, r *http.Request) {
		if err := httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, "x"); return nil }); err == nil {
			t.Error("no error")
		}
		if _, ok := httpauth.FromContext(r.Context()); ok || httpauth.Check(r) == nil {
			t.Error("there still is a session")
		}
	})
	b := a.browser()
	b.signIn("alice")
	b.get("/update")
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { e.Session.Expose(role); return nil }
	})
	var errs []error
	a.mux.HandleFunc("/update", func(_ http.ResponseWriter, r *http.Request) {
		for _, v := range []string{"one", "two"} {
			errs = append(errs, httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, v); return nil }))
		}
		errs = append(errs, httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, "no"); return httpauth.ErrAccessDenied }))
		if s, ok := httpauth.FromContext(r.Context()); ok && role.Is("two")(s) != nil {
			t.Error("the handler does not see its own update")
		}
	})
	b := a.browser()
	b.signIn("alice")
	r := b.get("/update")
	if n := len(r.Header["Set-Cookie"]); n != 1 || errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], httpauth.ErrAccessDenied) {
		t.Errorf("%d cookies, errors %v", n, errs)
	}
	if s := b.get("/auth/session").body; !strings.Contains(s, `"role":"two"`) {
		t.Errorf("session %s", s)
	}
	errs = nil
	a.browser().get("/update")
	if !errors.Is(errs[0], httpauth.ErrNoSession) {
		t.Errorf("without a session: %v", errs[0])
	}
}

// A session in several cookies: it opens, and shrinks without leftovers.
func TestChunkedSession(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.mux.HandleFunc("/size", func(_ http.ResponseWriter, r *http.Request) {
		size := len(r.URL.RawQuery)
		if err := httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, strings.Repeat("x", size)); return nil }); err != nil {
			t.Error(err)
		}
	})
	b := a.browser()
	b.signIn("alice")
	for _, size := range []int{4000, 4500, 10, 3900, 1} {
		b.get("/size?" + strings.Repeat("y", size))
		if b.who() != "op|alice" {
			t.Fatalf("lost at size %d", size)
		}
		n := 0
		for name, value := range b.cookies("/") {
			if strings.HasPrefix(name, sessionCookie) {
				n++
				if len(name)+len(value) > 4096 {
					t.Errorf("cookie of %d bytes", len(name)+len(value))
				}
			}
		}
		if want := 1 + (size+1000)*4/3/4000; n != want {
			t.Errorf("size %d takes %d cookies, want %d", size, n, want)
		}
	}
}

// S-93, S-97: cookies that are in conflict or incomplete mean no session, and
// are cleaned up; one that another instance may be able to read is left alone.
func TestS_93_S_97_BadCookies(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	b.signIn("alice")
	good := b.cookies("/")[sessionCookie]
	other := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Secrets = []string{"another-secret-0123456789-abcdefghijk"}
	})
	o := other.browser()
	o.signIn("alice")
	for name, c := range map[string]struct {
		header  string
		deleted bool
	}{
		"two values":         {sessionCookie + "=" + good + "; " + sessionCookie + "=" + flipped(good), true},
		"two lines of chunk": {sessionCookie + "=2.abcdef.x; " + sessionCookie + ".1=2.abcdef.x; " + sessionCookie + ".1=2.abcdef.y", true},
		"a chunk missing":    {sessionCookie + "=2.abcdef." + good, true},
		"only a later chunk": {sessionCookie + ".1=2.abcdef.x", true},
		"changed":            {sessionCookie + "=" + flipped(good), true},
		"garbage":            {sessionCookie + "=x", true},
		"empty":              {sessionCookie + "=", true},
		"of another secret":  {sessionCookie + "=" + o.cookies("/")[sessionCookie], false},
	} {
		r := a.browser().get("/who", header{"Cookie", c.header})
		if r.body != "" {
			t.Errorf("%s: signed in as %s", name, r.body)
		}
		if line := setCookie(r, "auth.session"); (line != "") != c.deleted || c.deleted && !strings.Contains(line, "Max-Age=0") {
			t.Errorf("%s: Set-Cookie %q", name, line)
		}
	}
	if !slices.Contains(a.kinds(), httpauth.KindCookie) {
		t.Error("no event")
	}
	if r := a.browser().get("/who", header{"Cookie", sessionCookie + "=" + good + "; x=y; " + sessionCookie + "=" + good}); r.body != "op|alice" {
		t.Errorf("the same value twice: %q", r.body)
	}
}

// flipped returns a sealed text with another character in its middle.
func flipped(s string) string {
	i, c := len(s)/2, byte('A')
	if s[i] == c {
		c = 'B'
	}
	return s[:i] + string(c) + s[i+1:]
}

// S-75: an application with the same secret but another origin.
func TestS_75_Applications(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.signIn("alice")
	good := b.cookies("/")[sessionCookie]
	elsewhere := func(c *httpauth.Config, _ *providertest.Config) { c.URL = "https://other.example.com" }
	if r := newApp(t, elsewhere).browser().get("/who", header{"Cookie", sessionCookie + "=" + good}); r.body != "" {
		t.Errorf("another application signs in %s", r.body)
	}
	shared := func(c *httpauth.Config, _ *providertest.Config) { c.Audience = appURL }
	if r := newApp(t, elsewhere, shared).browser().get("/who", header{"Cookie", sessionCookie + "=" + good}); r.body != "op|alice" {
		t.Errorf("with the same audience: %q", r.body)
	}
}

// S-83, F-57: secrets are rotated in three steps without signing anybody out, and
// each step can be taken back.
func TestF_57_S_83_Rotation(t *testing.T) {
	t.Parallel()
	const before, after = testSecret, "the-next-secret-9876543210-zyxwvutsrqp"
	with := func(secrets ...string) *app {
		return newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Secrets = secrets })
	}
	steps := [][]string{{before}, {before, after}, {after, before}, {after}}
	for i, step := range steps {
		b := with(step...).browser()
		b.signIn("alice")
		csrf := b.csrf()
		for _, near := range steps[max(0, i-1):min(len(steps), i+2)] { // a rolling deploy
			a := with(near...)
			other := &browser{t: t, a: a, c: &http.Client{Transport: a, Jar: b.c.Jar}}
			if who := other.who(); who != "op|alice" {
				t.Errorf("sealed with %d secrets, opened with %d: %q", len(step), len(near), who)
			}
			if other.csrf() != csrf && slices.Contains(near, step[0]) {
				t.Error("the CSRF token did not survive")
			}
		}
	}
}

// Providers of the application's own are held to what the kit relies on.
func TestOwnProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id   *providers.Identity
		code string
	}{
		"good":  {&providers.Identity{User: providers.User{ID: "7", Name: "Seven"}}, ""},
		"no id": {&providers.Identity{User: providers.User{Name: "Nobody"}}, "OAuthCallbackError"},
		"nil":   {nil, "OAuthCallbackError"},
	} {
		a := newApp(t, func(cfg *httpauth.Config, _ *providertest.Config) { cfg.Providers = []providers.Provider{own{c.id}} })
		b := a.browser()
		start := b.post("/auth/signin/own", nil)
		r := b.get("/auth/callback/own?state=" + param(t, start.location(), "state"))
		if c.code == "" {
			if b.who() != "own|7" {
				t.Errorf("%s: %s", name, r.location())
			}
			continue
		}
		if errorOf(t, r) != c.code || b.who() != "" {
			t.Errorf("%s: %s, signed in as %q", name, r.location(), b.who())
		}
	}
}

// own is the smallest provider.
type own struct{ id *providers.Identity }

func (own) Info() providers.Info { return providers.Info{ID: "own", Name: "Own"} }
func (own) AuthCodeURL(_ ctx, r providers.AuthRequest) (string, error) {
	return "https://own.example.com/?state=" + r.State, nil
}
func (o own) Exchange(ctx, providers.Callback) (*providers.Identity, error) { return o.id, nil }

// With Compress a session that would take two cookies takes one, and is found again.
func TestCompress(t *testing.T) {
	t.Parallel()
	groups := claims.NewKey[[]string]("groups")
	many := func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerSignIn {
				var list []string
				for i := range 200 {
					list = append(list, fmt.Sprintf("group-%d-of-people", i))
				}
				groups.Set(e.Token, list)
			}
			return nil
		}
	}
	for compress, want := range map[bool]int{false: 2, true: 1} {
		b := newApp(t, many, func(c *httpauth.Config, _ *providertest.Config) { c.Compress = compress }).browser()
		b.signIn("alice")
		n := 0
		for name := range b.cookies("/") {
			if strings.HasPrefix(name, sessionCookie) {
				n++
			}
		}
		if n != want || b.who() != "op|alice" {
			t.Errorf("compress %v: %d cookies, signed in as %q", compress, n, b.who())
		}
	}
}
