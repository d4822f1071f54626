package httpauth_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// The fault tests, TestF_<number>, inject what goes wrong in real life. They are
// listed in docs/faults.md. `make soak` runs them with more of everything.

// soaking tells whether this run may take minutes.
var soaking = os.Getenv("SOAK") != ""

// scaled returns how much of something a test takes: what fits a test run, or, in
// a soak, what the plan says.
func scaled(usual, soak int) int {
	if soaking {
		return soak
	}
	return usual
}

// silence is a fault: a request arrives and is never answered.
func silence() providertest.Fault {
	return providertest.Fault{Delay: time.Hour, Times: providertest.Always}
}

// noConnection is a fault: nothing arrives.
func noConnection() providertest.Fault {
	return providertest.Fault{Refuse: true, Times: providertest.Always}
}

// asked returns how many requests the provider has had, at all endpoints.
func (a *app) asked() int {
	n := 0
	for _, endpoint := range []string{"discovery", "keys", "token", "refresh", "userinfo", "revoke", "logout"} {
		n += a.op.Count(endpoint)
	}
	return n
}

// needs adds a handler that needs an access token and does not use it. It answers
// as an application does that has none.
func (a *app) needs() {
	a.mux.HandleFunc("/needs", func(w http.ResponseWriter, r *http.Request) {
		_, err := httpauth.Client(r.Context())
		var e *httpauth.Error
		switch {
		case err == nil:
			w.WriteHeader(http.StatusOK)
		case errors.As(err, &e):
			w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter/time.Second)))
			w.WriteHeader(e.StatusCode())
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	})
}

// beside returns another instance of the application: the same secret and the same
// provider, and a memory of its own.
func (a *app) beside(options ...func(*httpauth.Config, *providertest.Config)) *app {
	other := newApp(a.t, options...)
	other.op, other.http.Transport = a.op, a.http.Transport
	return other
}

// minted returns the browser of somebody whose access token is good for a while.
// The provider does not know it.
func (a *app) minted(subject string, left time.Duration) *browser {
	a.t.Helper()
	cookies, err := a.auth.Cookies(&token.Token{
		Claims: claims.Claims{Subject: "op|" + subject},
		Account: token.Account{
			Provider: "op", ID: subject, ExpiresAt: time.Now().Add(left), Lifetime: max(left, time.Hour),
			AccessToken: token.NewSecret("at-" + subject), RefreshToken: token.NewSecret("rt-" + subject),
		},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	b := a.browser()
	for _, c := range cookies {
		b.setCookie(c.Name, c.Value, "/")
	}
	return b
}

// steady is the steady-state probe: people whose access tokens are good send
// requests for as long as a fault lasts, and nothing that happens to others may
// happen to them. Time is virtual, so an answer takes no time unless it waited for
// something. It ends, and judges, with the function that it returns.
func (a *app) steady(t *testing.T) (end func()) {
	t.Helper()
	a.mux.HandleFunc("/steady", func(w http.ResponseWriter, r *http.Request) {
		if _, err := httpauth.Client(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	var people []*browser
	for i := range 5 {
		people = append(people, a.minted(fmt.Sprintf("steady%d", i), 1000*time.Hour))
	}
	n := 0
	once := func() {
		began := time.Now()
		r := people[n%len(people)].get("/steady")
		if took := time.Since(began); r.StatusCode != http.StatusOK || took > 5*time.Millisecond {
			t.Errorf("steady state: %d after %v", r.StatusCode, took)
		}
		n++
	}
	var probe sync.WaitGroup
	stop := make(chan struct{})
	probe.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(scaled(2, 50)))
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				once()
			}
		}
	})
	return func() {
		t.Helper()
		close(stop)
		probe.Wait()
		once() // a fault may have taken no time at all
	}
}

// nothingDeleted checks that an answer takes no cookie away.
func nothingDeleted(t *testing.T, r answer) {
	t.Helper()
	for _, c := range r.Cookies() {
		if c.MaxAge < 0 {
			t.Errorf("%s is deleted", c.Name)
		}
	}
}

// opened returns the session that an answer brings, or nil.
func opened(t *testing.T, r answer) *token.Token {
	t.Helper()
	for _, c := range r.Cookies() {
		if c.Name == sessionCookie && c.MaxAge >= 0 {
			return openedCookie(t, c.Value)
		}
	}
	return nil
}

// openedCookie opens a session's cookie with the application's secret.
func openedCookie(t *testing.T, sealed string) *token.Token {
	t.Helper()
	ring, err := token.NewKeyring(appURL, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := token.NewCodec(ring.Sealer("session", sessionCookie)).Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// inBubble returns how many goroutines there are in the caller's bubble of
// synctest, when each of them waits.
func inBubble() int {
	synctest.Wait()
	own := make([]byte, 200)
	own = own[:runtime.Stack(own, false)]
	_, name, _ := strings.Cut(string(own), "synctest bubble ")
	name, _, _ = strings.Cut(name, "]")
	all := make([]byte, 4<<20)
	all = all[:runtime.Stack(all, true)]
	return strings.Count(string(all), "synctest bubble "+name+"]")
}

// sockets is how the provider is reached over the network of this machine.
type sockets struct {
	scheme string                          // default http
	host   string                          // default 127.0.0.1
	wrap   func(net.Listener) net.Listener // around what accepts the connections
}

// onSockets is newApp with the provider behind a real socket, and with the kit's
// own client.
func onSockets(t *testing.T, s sockets, options ...func(*httpauth.Config, *providertest.Config)) *app {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.wrap == nil {
		s.wrap = func(l net.Listener) net.Listener { return l }
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	place := cmp.Or(s.scheme, "http") + "://" + net.JoinHostPort(cmp.Or(s.host, "127.0.0.1"), port)
	a := newApp(t, append(options, at(place))...)
	*a.http = *httpauth.DefaultClient()
	server := &http.Server{Handler: a.op, ErrorLog: discardLog()}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(s.wrap(l)) })
	t.Cleanup(func() {
		a.http.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	})
	return a
}

// at makes the provider be at another place.
func at(base string) func(*httpauth.Config, *providertest.Config) {
	return func(c *httpauth.Config, op *providertest.Config) {
		op.Issuer = base
		c.Providers = []providers.Provider{providers.OIDC(providers.Config{
			ID: "op", Name: "Test op", ClientID: "app", ClientSecret: "secret", Issuer: base,
		})}
	}
}

// expiring makes access tokens that have expired when they are issued, so that
// every request refreshes.
func expiring(_ *httpauth.Config, op *providertest.Config) {
	op.AccessTokenLifetime = time.Millisecond
}

// within runs f and checks that it takes no longer than that.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > limit {
		t.Errorf("%s took %v, at most %v are allowed", what, took, limit)
	}
}

// allocated returns how many bytes f allocates for each of n runs. Everything else
// that runs meanwhile counts too, so tests that use it do not run in parallel.
func allocated(n int, f func(i int)) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range n {
		f(i)
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / uint64(n)
}

// heap returns the bytes on the heap that are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what pools have kept goes the second time
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// unread is a response that nobody reads: it costs next to nothing, so what a test
// measures is the kit's.
type unread struct {
	header http.Header
	status int
}

func (u *unread) Header() http.Header         { return u.header }
func (u *unread) Write(p []byte) (int, error) { return len(p), nil }
func (u *unread) WriteHeader(status int)      { u.status = status }

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
