package httpauth_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter A: the provider cannot be reached.

// F-1: for ten minutes nothing of the provider answers. People whose access tokens
// are good do not notice, also those whose tokens come due meanwhile. (The plan
// says 100 requests a second; a soak sends them.)
func TestF_1_ProviderIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		a.needs()
		var people []*browser
		for i := range 500 { // their tokens have between ten minutes and an hour left
			people = append(people, a.minted(fmt.Sprintf("user%d", i), 10*time.Minute+time.Duration(i)*6*time.Second))
		}
		a.op.Fail(providertest.Everywhere, noConnection())
		end := a.steady(t)
		rate := scaled(10, 100)
		for i := range 600 * rate {
			r := people[i%len(people)].get("/needs")
			if r.StatusCode != http.StatusOK {
				t.Fatalf("request %d: %d", i, r.StatusCode)
			}
			nothingDeleted(t, r)
			time.Sleep(time.Second / time.Duration(rate))
		}
		end()
		if n := a.asked(); n == 0 || n > 25 {
			t.Errorf("the provider was asked %d times in ten minutes; some tokens came due, and 25 are allowed", n)
		}
	})
}

// F-2: the access tokens of a fifth of the people expire during the outage. What
// needs one is answered at once, with a time to come back, and nothing else
// changes. After the outage everybody is served, without a sign-in.
func TestF_2_TokensExpireMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		people := make([]providertest.User, 50)
		for i := range people {
			people[i] = providertest.User{Subject: fmt.Sprintf("user%d", i)}
		}
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) {
			op.Users, op.AccessTokenLifetime = people, 20*time.Minute
		})
		a.needs()
		browsers := make([]*browser, len(people))
		for i := range people {
			if i == 10 {
				time.Sleep(15 * time.Minute)
			}
			browsers[i] = a.browser()
			browsers[i].signIn(people[i].Subject)
		}
		a.op.Fail(providertest.Everywhere, noConnection())
		end := a.steady(t)
		time.Sleep(5 * time.Minute) // the tokens of the first ten are over
		refused := 0
		for range 60 {
			for i, b := range browsers {
				began := time.Now()
				r := b.get("/needs")
				nothingDeleted(t, r)
				if i >= 10 {
					if r.StatusCode != http.StatusOK {
						t.Fatalf("user %d has a good token: %d", i, r.StatusCode)
					}
					continue
				}
				refused++
				wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
				if took := time.Since(began); r.StatusCode != http.StatusServiceUnavailable || err != nil || wait < 1 || took > 50*time.Millisecond {
					t.Fatalf("user %d: %d after %v, Retry-After %q", i, r.StatusCode, took, r.Header.Get("Retry-After"))
				}
				if who := b.who(); who != fmt.Sprintf("op|user%d", i) {
					t.Fatalf("user %d is signed in as %q", i, who)
				}
			}
			time.Sleep(5 * time.Second)
		}
		if refused != 600 {
			t.Errorf("%d requests were refused", refused)
		}
		a.op.Heal(providertest.Everywhere)
		time.Sleep(30 * time.Second) // the longest rest after failures
		for i, b := range browsers {
			if r := b.get("/needs"); r.StatusCode != http.StatusOK || b.who() == "" {
				t.Errorf("user %d after the outage: %d", i, r.StatusCode)
			}
		}
		end()
	})
}

// F-3: the provider is down when the process starts, and says so at once or not
// at all. The process is ready and serves the sessions that there are.
func TestF_3_DownAtStart(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]providertest.Fault{"refused": noConnection(), "silent": silence()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				before := newApp(t)
				b := before.browser()
				b.signIn("alice")
				before.op.Fail(providertest.Everywhere, fault)
				var a *app
				within(t, time.Second, "the start", func() { a = before.beside() })
				if who := b.visits(a).who(); who != "op|alice" {
					t.Errorf("a session of before: %q", who)
				}
				end := a.steady(t)
				c := a.browser()
				if page := c.get("/auth/signin").body; !strings.Contains(page, "Continue with Test op") {
					t.Errorf("the sign-in page does not show the provider: %s", page)
				}
				var r answer
				within(t, 10*time.Second, "the refusal", func() { r = c.post("/auth/signin/op", url.Values{"callbackUrl": {"/who"}}) })
				if errorOf(t, r) != "ProviderUnavailable" || param(t, r.location(), "callbackUrl") != appURL+"/who" {
					t.Errorf("leads to %s", r.location())
				}
				if page := c.get(r.location()).body; !strings.Contains(page, "The sign-in service does not answer") {
					t.Errorf("page: %s", page)
				}
				before.op.Heal(providertest.Everywhere)
				time.Sleep(30 * time.Second)
				if c.signIn("bob"); c.who() != "op|bob" {
					t.Error("nobody can sign in when it is back")
				}
				end()
			})
		})
	}
}

// F-4: discovery fails half of the time, for a day. What was fetched once is good
// until it can be fetched again; a failure is not remembered for longer than 30
// seconds.
func TestF_4_DiscoveryFlaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		dice := rand.New(rand.NewPCG(4, 4))
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint != "discovery" || dice.IntN(2) == 0 {
				return false
			}
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		failed, starts := 0, 24*12
		for range starts {
			b := a.browser()
			if r := b.post("/auth/signin/op", nil); !strings.HasPrefix(r.location(), issuer) {
				failed++
				time.Sleep(5 * time.Second) // it is asked again by then
			}
			time.Sleep(5 * time.Minute)
		}
		if failed*100 > starts || a.op.Count("discovery") < 24 {
			t.Errorf("%d of %d sign-ins failed, with %d fetches", failed, starts, a.op.Count("discovery"))
		}
		// From nothing: a fetch that failed is repeated within 30 seconds.
		fresh := a.beside()
		a.op.Intercept = nil
		a.op.Fail("discovery", providertest.Fault{Status: 500})
		b := fresh.browser()
		if errorOf(t, b.post("/auth/signin/op", nil)) != "ProviderUnavailable" {
			t.Error("no failure to begin with")
		}
		time.Sleep(30 * time.Second)
		b.signIn("alice")
	})
}

// F-5: a document that was good turns bad. The one of before serves, until it is
// a day old.
func TestF_5_DiscoveryTurnsBad(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(map[string]any){
		"another issuer": func(m map[string]any) { m["issuer"] = "https://evil.example" },
		"plain http":     func(m map[string]any) { m["token_endpoint"] = "http://op.example.com/token" },
		"http everywhere": func(m map[string]any) {
			m["jwks_uri"], m["authorization_endpoint"] = "http://op.example.com/keys", "http://op.example.com/authorize"
		},
		"no jwks_uri": func(m map[string]any) { delete(m, "jwks_uri") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t)
				a.browser().signIn("alice")
				a.op.EditMetadata = edit
				for range 23 {
					time.Sleep(time.Hour)
					if b := a.browser(); b.signIn("alice").StatusCode != http.StatusFound || b.who() != "op|alice" {
						t.Fatal("the document of before does not serve")
					}
				}
				if n := a.op.Count("discovery"); n < 20 {
					t.Errorf("%d fetches in 23 hours: the bad document was never seen", n)
				}
				time.Sleep(2 * time.Hour)
				if code := errorOf(t, a.browser().post("/auth/signin/op", nil)); code != "OAuthCallbackError" {
					t.Errorf("after more than a day: %s", code)
				}
				a.op.EditMetadata = nil
				time.Sleep(30 * time.Second)
				a.browser().signIn("alice")
			})
		})
	}
}

// F-8: a provider that asks to be left alone is, for as long as it says, at most a
// minute. A thousand requests wait meanwhile.
func TestF_8_RetryAfter(t *testing.T) {
	t.Parallel()
	start := time.Date(2000, 1, 1, 0, 0, 31, 0, time.UTC) // when time begins in a bubble, and the token has expired
	for value, window := range map[string]time.Duration{
		"5":    5 * time.Second,
		"3600": time.Minute,
		start.Add(20 * time.Second).Format(http.TimeFormat): 20 * time.Second,
		"garbage": time.Second,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute)
				a.needs()
				b := a.browser()
				b.signIn("alice")
				time.Sleep(31 * time.Second)
				a.op.Fail("refresh", providertest.Fault{
					Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {value}}, Times: providertest.Always,
				})
				end := a.steady(t)
				for i := range 1000 { // within one window, which the first one opens
					if r := b.get("/needs"); r.StatusCode != http.StatusServiceUnavailable {
						t.Fatalf("request %d: %d", i, r.StatusCode)
					}
					if i < 999 {
						time.Sleep(window / 1001)
					}
				}
				if n := a.op.Count("refresh"); n != 1 {
					t.Errorf("%d tries within %v", n, window)
				}
				a.op.Heal("refresh")
				time.Sleep(window/1000 + time.Second)
				if r := b.get("/needs"); r.StatusCode != http.StatusOK || a.op.Count("refresh") != 2 {
					t.Errorf("afterwards: %d, %d tries", r.StatusCode, a.op.Count("refresh"))
				}
				end()
			})
		})
	}
}

// F-6: a name that is looked up for half a minute, or a connection that nobody
// accepts, costs a sign-in ten seconds, also with a client of the application's own
// that has no limits. See TestF_6_Names for the kit's own client.
func TestF_6_SlowDial(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		a.http.Transport = slowDialer(30 * time.Second)
		end := a.steady(t)
		within(t, 10*time.Second, "the refusal", func() {
			if code := errorOf(t, a.browser().post("/auth/signin/op", nil)); code != "ProviderUnavailable" {
				t.Error(code)
			}
		})
		end()
		time.Sleep(30 * time.Second) // net/http lets a dial come to its end
		a.mu.Lock()
		defer a.mu.Unlock()
		if !errors.Is(a.events[0].Err, providers.ErrUnavailable) {
			t.Errorf("event %v", a.events[0].Err)
		}
	})
}
