package main_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealedauth/auth/example/serverless/platformtest"
	"github.com/sealedauth/auth/providers/providertest"
)

// workers are both ways to build the Worker.
var workers = []struct{ name, tags string }{{"app", ""}, {"lean", "lean"}}

// In workerd, at a provider of ours and at a certified one: a guard, a sign-in, a
// session in two cookies and its ID token in a third, an access token that is renewed
// again and again, a sign-out that revokes it and goes on to the provider.
func TestWorker(t *testing.T) {
	certified := platformtest.StartCertified(t, appURL+"/auth", "acme", groupCount)
	for _, w := range workers {
		t.Run(w.name, func(t *testing.T) {
			op := provider(t, time.Millisecond, nil) // what it gives has always expired
			b := newBrowser(t, start(t, built(t, w.name, w.tags)+"/worker.capnp", environment(op.Issuer)...))
			if r := b.get("/auth/signin"); r.StatusCode != http.StatusOK || !strings.Contains(r.body, `action="/auth/signin/acme"`) {
				t.Errorf("sign-in page: %d %s", r.StatusCode, r.body)
			}
			b.walk(op, 0, false) // the ID token says all groups: it is too large to keep
			if op.Count("refresh") != 3 || op.Count("revoke") != 2 || op.Reuses() > 0 {
				t.Errorf("%d refreshes, %d revocations, %d refresh tokens were used twice", op.Count("refresh"), op.Count("revoke"), op.Reuses())
			}
		})
		t.Run(w.name+", certified", func(t *testing.T) {
			env := append(environment(certified.Issuer), "AUTH_ACME_ID="+platformtest.ClientID, "AUTH_ACME_SECRET="+platformtest.ClientSecret)
			b := newBrowser(t, start(t, built(t, w.name, w.tags)+"/worker.capnp", env...))
			before := certified.Counts()
			b.walk(certified.Person("alice"), 20*time.Second, true)
			if n := certified.Counts(); n["refresh_token"]-before["refresh_token"] != 3 || n["revoked"]-before["revoked"] != 1 || n["error"] != 0 {
				t.Errorf("at oidc-provider: %v", n)
			}
		})
	}
}

// walk is the whole way of somebody at a provider whose access tokens expire within
// some time.
func (b *browser) walk(who platformtest.Person, within time.Duration, keepsIDToken bool) {
	b.t.Helper()
	if r := b.get("/me"); !strings.HasPrefix(r.Header.Get("Location"), appURL+"/auth/signin?") {
		b.t.Errorf("without a session: %d %s", r.StatusCode, r.Header.Get("Location"))
	}
	b.signIn(who)
	names := b.cookies("/auth")
	if !slices.Contains(names, "__Host-auth.session") || !slices.Contains(names, "__Host-auth.session.1") || slices.Contains(names, "__Secure-auth.id-token") != keepsIDToken {
		b.t.Errorf("cookies %q", names)
	}
	for range 3 {
		b.renewed(within)
	}
	r := b.post("/auth/signout", url.Values{})
	back, err := who.SignOut(r.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back, appURL+"/auth/signed-out?") || strings.Contains(r.Header.Get("Location"), "id_token_hint=") != keepsIDToken {
		b.t.Errorf("signed out to %d, %q, %v", r.StatusCode, back, err)
	}
	if r = b.get(strings.TrimPrefix(back, appURL)); r.Header.Get("Location") != appURL+"/" {
		b.t.Errorf("back at %d %q", r.StatusCode, r.Header.Get("Location"))
	}
	names = b.cookies("/auth")
	if slices.ContainsFunc(names, func(n string) bool {
		return strings.HasPrefix(n, "__Host-auth.session") || n == "__Secure-auth.id-token"
	}) {
		b.t.Errorf("after the sign-out: %q", names)
	}
	if r := b.get("/me"); r.StatusCode == http.StatusOK {
		b.t.Errorf("signed out, and still: %s", r.body)
	}
}

// renewed sends requests until one brings the session with a new access token, in all
// of its cookies. That has to be so within some time.
func (b *browser) renewed(within time.Duration) {
	b.t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		n := written(b.signedIn())
		if n >= 2 {
			return
		}
		if n > 0 || time.Since(began) >= within {
			b.t.Errorf("the renewed session is in %d cookies", n)
			return
		}
	}
}

// F-75: a refresh ahead of the token's end is over before the response, since the
// Worker ends with it. Nothing has to be configured for that: the lean Worker does not.
func TestWorkerAwaitsRefresh(t *testing.T) {
	for _, w := range workers {
		op := provider(t, time.Hour, nil)
		env := environment(op.Issuer, secretA)
		b := newBrowser(t, start(t, built(t, w.name, w.tags)+"/worker.capnp", env...))
		b.signIn(op)
		for range 2 {
			platformtest.Due(t, b.c.Jar, appURL, secretA)
			op.Fail("refresh", providertest.Fault{AnswerDelay: 1200 * time.Millisecond})
			if n := written(b.signedIn()); n < 2 {
				t.Errorf("%s: the renewed session is in %d cookies", w.name, n)
			}
		}
		if op.Count("refresh") != 2 || op.Reuses() != 0 {
			t.Errorf("%s: %d refreshes, %d refresh tokens were used twice", w.name, op.Count("refresh"), op.Reuses())
		}
	}
}

// The Worker's fetch follows no redirect of a provider: it would take the client's
// secret along.
func TestWorkerFollowsNoRedirects(t *testing.T) {
	var leaked atomic.Int32
	op := provider(t, time.Hour, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/token":
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			case "/elsewhere":
				leaked.Add(1)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	b := newBrowser(t, start(t, built(t, "app", "")+"/worker.capnp", environment(op.Issuer)...))
	r := b.get(b.callback(op))
	if leaked.Load() != 0 || !strings.Contains(r.Header.Get("Location"), "error=") {
		t.Errorf("%d requests elsewhere; answer %d %s", leaked.Load(), r.StatusCode, r.Header.Get("Location"))
	}
}

// A provider that does not answer holds nobody up for longer than the kit's limits.
func TestWorkerGivesUp(t *testing.T) {
	gone := make(chan struct{}, 1)
	op := provider(t, time.Hour, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/token" {
				next.ServeHTTP(w, r)
				return
			}
			_ = r.ParseForm()
			<-r.Context().Done()
			gone <- struct{}{}
		})
	})
	b := newBrowser(t, start(t, built(t, "app", "")+"/worker.capnp", environment(op.Issuer)...))
	where, began := b.callback(op), time.Now()
	r := b.get(where)
	if took := time.Since(began); took > 12*time.Second || !strings.Contains(r.Header.Get("Location"), "error=") {
		t.Errorf("after %v: %d %s", took, r.StatusCode, r.Header.Get("Location"))
	}
	select {
	case <-gone:
	case <-time.After(3 * time.Second):
		t.Error("the call goes on")
	}
}

// A session that one platform sealed opens on the other, in both directions and under
// an older secret too, and the provider is not asked.
func TestSessionsTravel(t *testing.T) {
	op := provider(t, time.Hour, nil)
	const older, newer = "an older secret, for the tests only 7f3a", "a newer secret, for the tests only 9c1e"
	env := environment(op.Issuer, older)
	rotated := environment(op.Issuer, older, newer) // AUTH_SECRET_1 comes before AUTH_SECRET
	worker, rotatedWorker := start(t, built(t, "app", "")+"/worker.capnp", env...), start(t, built(t, "lean", "lean")+"/worker.capnp", rotated...)
	server := serverful(t, env)
	var people []*browser
	for _, from := range []http.RoundTripper{worker, server} {
		b := newBrowser(t, from)
		b.signIn(op)
		people = append(people, b)
	}
	asked := op.Count("token") + op.Count("refresh") + op.Count("discovery") + op.Count("keys")
	for _, b := range people {
		for _, there := range []http.RoundTripper{worker, server} {
			b.at(there).signedIn()
		}
	}
	for _, b := range people { // now sealed anew, under the newer secret or not yet
		b.at(rotatedWorker).signedIn()
	}
	if n := op.Count("token") + op.Count("refresh") + op.Count("discovery") + op.Count("keys"); n != asked {
		t.Errorf("opening sessions took %d calls of the provider", n-asked)
	}
}
