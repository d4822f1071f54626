package httpauth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter I: functions, which start for one request and are frozen after
// it.

// static returns the application's provider with the metadata and the keys that it has
// now, so that neither has to be fetched.
func (a *app) static() providers.Provider {
	a.t.Helper()
	document := func(path string) []byte {
		resp, err := a.op.Client().Get(issuer + path)
		if err != nil {
			a.t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		raw, _ := io.ReadAll(resp.Body)
		return raw
	}
	return testProvider("op", providers.WithMetadata(document("/.well-known/openid-configuration")), providers.WithKeys(document("/keys")))
}

// F-74: every request is the first one of an instance, from the first page to the
// sign-out. With metadata and keys in the configuration nothing is fetched but tokens;
// and a request that has a session fetches nothing at all, whatever is configured.
func TestF_74_ColdStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := newApp(t, halfMinute)
		p := first.static()
		discovered := first.op.Count("discovery") + first.op.Count("keys")
		b := first.browser()
		b.c.Transport = coldStarts(func() *app {
			return first.beside(halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
				c.Providers, c.SignOut.Revoke = []providers.Provider{p}, true
			})
		})
		b.signIn("alice")
		asked := first.asked()
		if b.who() != "op|alice" || first.asked() != asked {
			t.Errorf("signed in as %q, after %d calls", b.who(), first.asked()-asked)
		}
		time.Sleep(time.Minute)
		if b.who() != "op|alice" || first.op.Count("refresh") != 1 {
			t.Errorf("signed in as %q, %d refreshes", b.who(), first.op.Count("refresh"))
		}
		b.post("/auth/signout", url.Values{})
		if b.who() != "" || first.op.Count("revoke") == 0 {
			t.Errorf("signed in as %q, %d revocations", b.who(), first.op.Count("revoke"))
		}
		if n := first.op.Count("discovery") + first.op.Count("keys") - discovered; n != 0 {
			t.Errorf("%d calls for what is configured", n)
		}
	})
}

// coldStarts is a way to an application of which each request meets a new instance.
type coldStarts func() *app

func (f coldStarts) RoundTrip(r *http.Request) (*http.Response, error) { return f().RoundTrip(r) }

// F-74: without anything in the configuration, a new instance asks nobody either to
// open a session, and the provider may be out of reach.
func TestF_74_SessionWithoutNetwork(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	b.signIn("alice")
	other := a.beside()
	asked := a.asked()
	a.op.Fail("discovery", noConnection())
	a.op.Fail("keys", noConnection())
	b.c.Transport = other
	if b.who() != "op|alice" || !strings.Contains(b.get("/auth/session").body, "alice@example.com") || a.asked() != asked {
		t.Errorf("signed in as %q after %d calls", b.who(), a.asked()-asked)
	}
}

// F-74: making the middleware takes 5 ms and 2 MiB at most, static documents included.
func TestF_74_Init(t *testing.T) { //nolint:paralleltest // it measures time and memory
	source := newApp(t)
	source.static()
	once := func() {
		if _, err := httpauth.New(httpauth.Config{
			URL: appURL, Secrets: []string{testSecret}, Logger: quiet(), Providers: []providers.Provider{source.static()},
		}); err != nil {
			t.Fatal(err)
		}
	}
	once()
	took := fastest(5, once)
	used := allocated(5, func(int) { once() })
	if took > slack(5*time.Millisecond)/2 || used > 2<<20 {
		t.Errorf("%v, %d bytes", took, used)
	}
	t.Logf("%v, %d KiB", took, used>>10)
}

// F-75: when a response has been given, nothing of its request goes on: not after a
// sign-in, a refresh, a refresh that fails, or a sign-out that revokes, also with a
// provider that does not answer. What is done is done before.
func TestF_75_NothingAfterTheResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) { c.SignOut.Revoke = true })
		b := a.browser()
		before := inBubble()
		still := func(what string) {
			t.Helper()
			asked := a.asked()
			if now := inBubble(); now != before {
				t.Errorf("%d goroutines after %s", now-before, what)
			}
			time.Sleep(3 * time.Hour) // frozen, and thawed
			if now := inBubble(); now != before || a.asked() != asked {
				t.Errorf("later, %d goroutines and %d calls after %s", now-before, a.asked()-asked, what)
			}
		}
		b.signIn("alice")
		still("a sign-in")
		if b.who() != "op|alice" || a.op.Count("refresh") != 1 {
			t.Errorf("signed in as %q, %d refreshes", b.who(), a.op.Count("refresh"))
		}
		still("a refresh")
		a.op.Fail("refresh", providertest.Fault{Status: http.StatusServiceUnavailable})
		b.who()
		still("a refresh that failed")
		if b.who() != "op|alice" {
			t.Errorf("signed in as %q", b.who())
		}
		b.post("/auth/signout", nil)
		if a.op.Count("revoke") == 0 {
			t.Error("nothing was revoked before the response")
		}
		still("a sign-out")
		b.signIn("alice")
		a.op.Fail("revoke", silence())
		b.post("/auth/signout", nil)
		still("a sign-out that could not revoke")
	})
}

// F-75: the one exception. A refresh ahead of the token's end that takes longer than a
// second does not keep the request, and goes on. It ends by itself, and its result is
// there for the next request to this instance, for a quarter of an hour.
func TestF_75_SlowRefreshAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		b := a.browser()
		b.signIn("alice")
		before := inBubble()
		time.Sleep(59 * time.Minute)
		a.op.Fail("refresh", providertest.Fault{Delay: 4 * time.Second})
		began := time.Now()
		if b.who() != "op|alice" || time.Since(began) > 1100*time.Millisecond {
			t.Errorf("signed in as %q after %v", b.who(), time.Since(began))
		}
		if inBubble() == before {
			t.Error("nothing goes on, so this test, docs/faults.md and docs/serverless.md are out of date")
		}
		time.Sleep(15 * time.Second)
		if now := inBubble(); now != before {
			t.Errorf("%d goroutines are left", now-before)
		}
		time.Sleep(10 * time.Minute)
		if b.who() != "op|alice" || a.op.Count("refresh") != 1 || a.op.Reuses() != 0 {
			t.Errorf("signed in as %q, %d refresh tokens were used twice", b.who(), a.op.Reuses())
		}
	})
}

// F-75: an instance thaws after hours, and everybody comes at once. Each session is
// renewed once, nothing else happens.
func TestF_75_Thaw(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		var people []*browser
		for range 5 {
			b := a.browser()
			b.signIn("alice")
			people = append(people, b)
		}
		asked := a.asked()
		time.Sleep(6 * time.Hour)
		if n := a.asked() - asked; n != 0 {
			t.Errorf("%d calls while frozen", n)
		}
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if who := people[i%5].fork().who(); who != "op|alice" {
					t.Errorf("signed in as %q", who)
				}
			})
		}
		all.Wait()
		if n := a.op.Count("refresh"); n != len(people) || a.op.Reuses() != 0 {
			t.Errorf("%d refreshes, %d refresh tokens were used twice", n, a.op.Reuses())
		}
	})
}

// sized makes sessions with a claim of a size.
func sized(size func() int) func(*httpauth.Config, *providertest.Config) {
	return func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			role.Set(e.Token, strings.Repeat("x", size()))
			return nil
		}
	}
}

// F-76: what gateways and their adapters do to the Cookie header of a session in
// several cookies. All parts arrive, and r.TLS is nil. Lines that are folded with
// commas, which no gateway may do to cookies, mean nobody, and nothing is deleted.
func TestF_76_GatewaysFoldHeaders(t *testing.T) {
	t.Parallel()
	join := func(with string) func([]string) []string {
		return func(pairs []string) []string { return []string{strings.Join(pairs, with)} }
	}
	for name, c := range map[string]struct {
		fold func(pairs []string) []string
		want string
	}{
		"as sent":              {join("; "), "op|alice"},
		"folded without space": {join(";"), "op|alice"},
		"multiValueHeaders":    {func(pairs []string) []string { return pairs }, "op|alice"},
		"cookies and header":   {func(pairs []string) []string { return append(pairs, strings.Join(pairs, "; ")) }, "op|alice"},
		"each line twice":      {func(pairs []string) []string { return append(pairs, pairs...) }, "op|alice"},
		"backwards": {func(pairs []string) (lines []string) {
			for _, pair := range pairs {
				lines = append([]string{pair}, lines...)
			}
			return lines
		}, "op|alice"},
		"folded with commas": {join(", "), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, sized(func() int { return 4000 }))
			b := a.browser()
			b.signIn("alice")
			folded := 0
			a.around = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if line := r.Header.Get("Cookie"); strings.Contains(line, sessionCookie+".1=") {
						r.Header["Cookie"] = c.fold(strings.Split(line, "; "))
						folded++
					}
					r.TLS = nil
					next.ServeHTTP(w, r)
				})
			}
			r := b.get("/who")
			if r.body != c.want || folded == 0 {
				t.Errorf("signed in as %q, %v", r.body, a.kinds())
			}
			nothingDeleted(t, r)
		})
	}
}

// F-76: the headers of the longest session that is kept, at the kit's own routes, where
// the ID token comes too, leave room in the 10,240 bytes of API Gateway.
func TestF_76_HeaderLimit(t *testing.T) {
	t.Parallel()
	size, longest := 0, 0
	a := newApp(t, sized(func() int { return size }), everywhere)
	for size = 2000; size < 6000; size += 200 {
		b := a.browser()
		if r := b.get(b.choose(b.start("op", "/"), "alice")); r.location() != appURL+"/" {
			break // over the budget
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		for name, value := range b.cookies("/auth/callback/op") {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		longest = max(longest, len(r.Header.Get("Cookie")))
		if !strings.Contains(r.Header.Get("Cookie"), "auth.id-token=") {
			t.Error("the ID token does not come")
		}
	}
	if longest < 7000 || longest > 9240 {
		t.Errorf("the longest Cookie header has %d bytes", longest)
	}
	t.Logf("%d bytes", longest)
}
