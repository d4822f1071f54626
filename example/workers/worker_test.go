package main_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// workers are both ways to build the Worker.
var workers = []struct{ name, tags string }{{"app", ""}, {"lean", "lean"}}

// In workerd: a guard, a sign-in at an OpenID provider, a session in two cookies and
// its ID token in a third, an access token that is renewed, a sign-out that revokes it.
func TestWorker(t *testing.T) {
	for _, w := range workers {
		t.Run(w.name, func(t *testing.T) {
			op := provider(t, time.Millisecond, nil) // what it gives has always expired
			worker := start(t, built(t, w.name, w.tags)+"/worker.capnp", environment(op.Issuer)...)
			b := newBrowser(t, worker)
			if r := b.get("/me"); !strings.HasPrefix(r.Header.Get("Location"), appURL+"/auth/signin?") {
				t.Errorf("without a session: %d %s", r.StatusCode, r.Header.Get("Location"))
			}
			if r := b.get("/auth/signin"); r.StatusCode != http.StatusOK || !strings.Contains(r.body, `action="/auth/signin/acme"`) {
				t.Errorf("sign-in page: %d %s", r.StatusCode, r.body)
			}
			b.signIn(op)
			names := b.cookies("/auth")
			if !slices.Contains(names, "__Host-auth.session") || !slices.Contains(names, "__Host-auth.session.1") {
				t.Errorf("cookies %q", names)
			}
			if w.name == "lean" && !slices.Contains(names, "__Secure-auth.id-token") {
				t.Errorf("no ID token in %q", names)
			}
			for n := range 3 {
				before := op.Count("refresh")
				if r := b.signedIn(); written(r) < 2 || op.Count("refresh") != before+1 {
					t.Errorf("request %d: %d cookies written, %d refreshes", n, written(r), op.Count("refresh")-before)
				}
			}
			if op.Reuses() > 0 {
				t.Errorf("%d refresh tokens were used twice", op.Reuses())
			}
			r := b.post("/auth/signout", url.Values{})
			if names := b.cookies("/"); slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "__Host-auth.session") }) || op.Count("revoke") == 0 {
				t.Errorf("sign-out: %d, %q, %d revocations", r.StatusCode, names, op.Count("revoke"))
			}
			if r := b.get("/me"); r.StatusCode == http.StatusOK {
				t.Errorf("signed out, and still: %s", r.body)
			}
		})
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
