package httpauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter C: the provider's keys. Where a flood of tokens is needed
// they come as logout tokens, which anybody can send.

// F-23: for ten minutes every fetch of the keys is good, fails, or is not answered,
// at random, and the keys are to be fetched anew every five minutes. All sign-ins
// succeed. (The plan says 50 a second; that is for a soak.)
func TestF_23_KeysFlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "keys" {
				w.Header().Set("Cache-Control", "max-age=300")
			}
			return false
		}
		a.browser().signIn("alice")
		dice := rand.New(rand.NewPCG(23, 23))
		for range 1000 {
			a.op.Fail("keys", []providertest.Fault{{}, {Status: http.StatusInternalServerError}, {Delay: time.Hour}}[dice.IntN(3)])
		}
		defer a.steady(t)()
		var all sync.WaitGroup
		every := time.Second * 2 / time.Duration(scaled(1, 100))
		for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(every) {
			all.Go(func() { a.browser().signIn("alice") })
		}
		all.Wait()
		if n := a.op.Count("keys"); n < 3 || n > 21 {
			t.Errorf("%d fetches in ten minutes", n)
		}
	})
}

// F-24: a new key every minute, which signs at once. Every sign-in succeeds, and
// each instance fetches the keys once for each of them.
func TestF_24_NewKeyEveryMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		defer a.steady(t)()
		instances := []*app{a, a.beside()}
		for range 10 {
			a.op.RotateKey()
			var all sync.WaitGroup
			for i := range 10 {
				all.Go(func() {
					b := a.browser().visits(instances[i%2])
					if b.signIn("alice"); b.who() != "op|alice" {
						t.Error("not signed in")
					}
				})
			}
			all.Wait()
			time.Sleep(time.Minute)
		}
		if n := a.op.Count("keys"); n > 20 {
			t.Errorf("%d fetches by two instances for ten keys", n)
		}
	})
}

// notices posts logout tokens, and returns how many were taken.
func notices(b *browser, n int, pause time.Duration, token func(i int) string) (taken int) {
	for i := range n {
		time.Sleep(pause)
		if r := b.do(http.MethodPost, "/auth/backchannel-logout/op", url.Values{"logout_token": {token(i)}}); r.StatusCode == http.StatusOK {
			taken++
		}
	}
	return taken
}

// F-25: a flood of tokens that name random keys costs one fetch in half a minute.
// (The plan says 10,000; that is for a soak.)
func TestF_25_UnknownKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, withNotices)
		b := a.browser()
		b.signIn("alice")
		defer a.steady(t)()
		_, rest, _ := strings.Cut(a.op.LogoutToken(nil), ".")
		before, n := a.op.Count("keys"), scaled(1000, 10000)
		for part := range 4 { // within two minutes
			taken := notices(b, n/4, 30*time.Second/time.Duration(n/4), func(i int) string {
				head := fmt.Sprintf(`{"alg":"ES256","typ":"logout+jwt","kid":"random-%d-%d"}`, part, i)
				return base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + rest
			})
			if taken != 0 {
				t.Errorf("%d were taken", taken)
			}
			if fetches := a.op.Count("keys") - before; fetches != part+1 {
				t.Errorf("%d fetches after %d half minutes", fetches, part+1)
			}
		}
		if b.who() != "op|alice" {
			t.Error("signed out")
		}
	})
}

// F-26: a flood of bad signatures under the key that is known costs none.
func TestF_26_BadSignatures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, withNotices)
		b := a.browser()
		b.signIn("alice")
		defer a.steady(t)()
		good := a.op.LogoutToken(nil)
		cut := strings.LastIndexByte(good, '.') + 1
		bad := good[:cut] + strings.Repeat("A", 85) + "A"
		before := a.op.Count("keys")
		if taken := notices(b, scaled(500, 10000), time.Millisecond, func(int) string { return bad }); taken != 0 {
			t.Errorf("%d were taken", taken)
		}
		if n := a.op.Count("keys") - before; n != 0 || b.who() != "op|alice" {
			t.Errorf("%d fetches, signed in as %q", n, b.who())
		}
		if notices(b, 1, 0, func(int) string { return good }) != 1 || b.who() != "" {
			t.Error("the good one is not taken")
		}
	})
}

// F-27: a key that the provider has removed. Whoever has got hold of it can sign
// with it until the keys are fetched again, an hour later at the latest.
func TestF_27_RemovedKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		a.browser().signIn("alice")
		stolen := a.op.SigningKey()
		a.op.RotateKey()
		a.op.DropOldKeys()
		a.op.EditTokens = func(answer map[string]any) {
			good, _ := answer["id_token"].(string)
			payload, err := base64.RawURLEncoding.DecodeString(strings.Split(good, ".")[1])
			if err != nil {
				t.Error(err)
			}
			answer["id_token"] = providertest.Sign(stolen, payload)
		}
		time.Sleep(59 * time.Minute)
		if b := a.browser(); b.signIn("alice").StatusCode != http.StatusFound || b.who() == "" {
			t.Error("within the hour: the test does not do what it should")
		}
		time.Sleep(2 * time.Minute)
		b := a.browser()
		if r := b.get(b.choose(b.start("op", "/"), "alice")); errorOf(t, r) != "OAuthCallbackError" || b.who() != "" {
			t.Errorf("after the hour: %s, signed in as %q", r.location(), b.who())
		}
	})
}

// keysWith answers with the provider's key among others.
func keysWith(t *testing.T, op *providertest.Server, before, after string) func(string, http.ResponseWriter, *http.Request) bool {
	t.Helper()
	return func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
		if endpoint != "keys" {
			return false
		}
		key := op.SigningKey()
		own, err := json.Marshal(key.Public())
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"keys":[`+before+string(own)+after+`]}`)
		return true
	}
}

// F-28: keys that are odd, broken, or many do not spoil the good one, and cost no
// time; a set that is too large is refused, and the one of before stays.
func TestF_28_OddKeySets(t *testing.T) {
	t.Parallel()
	odd := strings.Join([]string{
		`{"kty":"AKP","alg":"ML-DSA-44","kid":"pq","pub":"AAAA"}`, `{"kty":"OKP","crv":"X25519","kid":"x","x":"AAAA"}`,
		`{"kty":"EC","crv":"secp256k1","kid":"k","x":"AA","y":"AA"}`, `{"kty":"RSA","kid":"short","n":"AQAB","e":"AQAB"}`,
		`{"kty":"oct","kid":"o","k":"AAAA"}`, `{}`, `{"kty":7}`, `{"kty":"EC","crv":"P-256","x":"!","y":"?"}`,
	}, ",")
	many := strings.Repeat(`{"kty":"oct","kid":"n","k":"AA"},`, 450) // 2,000 members and elements are the limit
	for name, around := range map[string]func(a *app) (before, after string){
		"odd":             func(*app) (string, string) { return odd + ",", "," + odd },
		"many":            func(*app) (string, string) { return many, "" },
		"same kid before": func(a *app) (string, string) { return sameKeyID(t, a) + ",", "" },
		"same kid after":  func(a *app) (string, string) { return "", "," + sameKeyID(t, a) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			b := a.browser()
			back := b.choose(b.start("op", "/"), "alice")
			before, after := around(a)
			a.op.Intercept = keysWith(t, a.op, before, after)
			within(t, slack(50*time.Millisecond), "a sign-in with these keys", func() {
				if r := b.get(back); r.location() != appURL+"/" {
					t.Errorf("leads to %s, %v", r.location(), a.events)
				}
			})
		})
	}
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t)
			a.browser().signIn("alice")
			large := `{"kty":"oct","kid":"n","k":"` + strings.Repeat("A", 512<<10) + `"},`
			a.op.Intercept = keysWith(t, a.op, large, "")
			time.Sleep(61 * time.Minute)
			b := a.browser()
			if b.signIn("alice"); b.who() != "op|alice" || a.op.Count("keys") != 2 {
				t.Errorf("signed in as %q after %d fetches", b.who(), a.op.Count("keys"))
			}
		})
	})
}

// sameKeyID is another key under the id of the one that signs.
func sameKeyID(t *testing.T, a *app) string {
	t.Helper()
	other, err := providertest.New(providertest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	key := other.SigningKey()
	key.KeyID = a.op.SigningKey().KeyID
	raw, err := json.Marshal(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// F-29: a hundred wait for one fetch of the keys. The one who caused it goes away;
// the others get what they wait for.
func TestF_29_LeaderOfTheFetchGoesAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := newApp(t)
		a := started.beside() // which has no keys yet
		a.browser().start("op", "/")
		a.op.Fail("keys", providertest.Fault{Delay: 2 * time.Second})
		defer a.steady(t)()
		var all sync.WaitGroup
		for i := range 100 {
			b := started.browser()
			back := b.choose(b.start("op", "/"), "alice")
			b = b.visits(a)
			if i == 0 {
				all.Go(func() {
					short, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					r, err := http.NewRequestWithContext(short, http.MethodGet, back, nil)
					if err != nil {
						t.Error(err)
						return
					}
					if resp, err := b.c.Do(r); err == nil && b.who() != "" {
						_ = resp.Body.Close()
						t.Error("the one who has gone is signed in")
					}
				})
				synctest.Wait()
				continue
			}
			all.Go(func() {
				if r := b.get(back); r.location() != appURL+"/" || b.who() != "op|alice" {
					t.Errorf("number %d: %s", i, r.location())
				}
			})
		}
		all.Wait()
		if n := a.op.Count("keys"); n != 1 {
			t.Errorf("%d fetches", n)
		}
	})
}

// F-30: the key set is empty one day, with status 200. The one of before stays.
func TestF_30_EmptyKeySet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = time.Hour })
		a.browser().signIn("alice")
		a.op.Fail("keys", providertest.Fault{Body: `{"keys":[]}`, Times: providertest.Always})
		for range 4 { // two hours; after the first the keys are to be fetched anew
			time.Sleep(30 * time.Minute)
			if b := a.browser(); b.signIn("alice").StatusCode != http.StatusFound || b.who() != "op|alice" {
				t.Fatal("nobody can sign in")
			}
		}
		if n := a.op.Count("keys"); n < 2 {
			t.Error("the empty set was never seen")
		}
	})
}
