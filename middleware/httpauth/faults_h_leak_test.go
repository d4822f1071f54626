package httpauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// F-68: everything goes wrong over and over again, and nothing is left of it.

// forgetful is a provider that remembers nothing, so that what grows is the kit's:
// a code is the nonce of its sign-in, and every refresh token is good.
type forgetful struct {
	issuer  string
	key     jose.JSONWebKey
	renewed atomic.Int64
	trouble atomic.Pointer[func(w http.ResponseWriter, r *http.Request) bool] // comes first
	ahead   atomic.Int64                                                      // how far its clock is
}

func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if trouble := f.trouble.Load(); trouble != nil && (*trouble)(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%[2]q,"token_endpoint":%[3]q,"jwks_uri":%[4]q,"scopes_supported":["openid","offline_access"]}`,
			f.issuer, f.issuer+"/authorize", f.issuer+"/token", f.issuer+"/keys")
	case "/keys":
		public := f.key.Public()
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	case "/token":
		if r.PostForm.Get("grant_type") == "refresh_token" {
			f.renewed.Add(1)
		}
		now := time.Now().Add(time.Duration(f.ahead.Load()))
		payload := fmt.Sprintf(`{"iss":%q,"aud":"app","sub":"alice","name":"Alice","email":"a@example.com","nonce":%q,"iat":%d,"exp":%d}`,
			f.issuer, r.PostForm.Get("code"), now.Unix(), now.Add(time.Hour).Unix())
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": "at-" + rand32(), "refresh_token": "rt-" + rand32(), "token_type": "Bearer", "expires_in": 0,
			"id_token": providertest.Sign(f.key, []byte(payload)),
		})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func rand32() string { return fmt.Sprintf("%032d", time.Now().UnixNano()) }

// weather is the kit between people and two providers, all over real sockets. One
// of the providers is bad most of the time, so the kit spares it; the other is only
// slow now and then.
type weather struct {
	t         *testing.T
	kit       bare
	bad, good *forgetful
	way       *http.Transport // of the people
	outbound  *http.Client
	people    []*http.Client // by turns of the bad and of the good provider
	elsewhere string         // a session under another secret
}

func newWeather(t *testing.T) *weather {
	t.Helper()
	w := &weather{t: t, outbound: httpauth.DefaultClient(), elsewhere: sealedElsewhere(t)}
	w.outbound.Timeout = 300 * time.Millisecond
	var list []providers.Provider
	for id, op := range map[string]**forgetful{"bad": &w.bad, "good": &w.good} {
		maker, err := providertest.New(providertest.Config{})
		if err != nil {
			t.Fatal(err)
		}
		*op = &forgetful{key: maker.SigningKey()}
		(*op).issuer = "http://" + listening(t, &http.Server{Handler: *op})
		list = append(list, providers.OIDC(providers.Config{ID: id, ClientID: "app", ClientSecret: "secret", Issuer: (*op).issuer}))
	}
	w.kit = newBare(t, func(c *httpauth.Config) {
		c.HTTPClient, c.Revocations, c.Providers = w.outbound, httpauth.NewMemoryRevocations(), list
	})
	w.way = through("tcp", listening(t, &http.Server{Handler: w.kit.handler, ReadTimeout: time.Second, WriteTimeout: 5 * time.Second}))
	for range 4 {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		p := &http.Client{Transport: w.way, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		w.people = append(w.people, p)
	}
	return w
}

// send sends a request, and returns where the answer leads and what it says.
func (w *weather) send(c *http.Client, method, where string, body io.Reader, limit time.Duration) (location, text string) {
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	if strings.HasPrefix(where, "/") {
		where = appURL + where
	}
	r, err := http.NewRequestWithContext(ctx, method, where, body)
	if err != nil {
		w.t.Error(err)
		return "", ""
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.Do(r)
	if err != nil {
		return "", ""
	}
	defer func() { _ = resp.Body.Close() }()
	raw, _ := io.ReadAll(resp.Body)
	return resp.Header.Get("Location"), string(raw)
}

// signIn goes through a whole sign-in of a person, which may fail.
func (w *weather) signIn(i int) string {
	c, id := w.people[i], []string{"bad", "good"}[i%2]
	_, text := w.send(c, http.MethodGet, "/auth/csrf", nil, time.Second)
	var got struct{ CSRFToken string }
	_ = json.Unmarshal([]byte(text), &got)
	where, _ := w.send(c, http.MethodPost, "/auth/signin/"+id, strings.NewReader(url.Values{"csrfToken": {got.CSRFToken}}.Encode()), time.Second)
	u, err := url.Parse(where)
	if err != nil {
		return where
	}
	back := url.Values{"state": {u.Query().Get("state")}, "code": {u.Query().Get("nonce")}}
	where, _ = w.send(c, http.MethodGet, "/auth/callback/"+id+"?"+back.Encode(), nil, time.Second)
	return where
}

// during lets something happen while something is wrong with a provider.
func (f *forgetful) during(trouble func(w http.ResponseWriter, r *http.Request) bool, something func()) {
	f.trouble.Store(&trouble)
	defer f.trouble.Store(nil)
	something()
}

// storm is one round of everything.
func (w *weather) storm() {
	aborts := func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
	everybody := func(limit time.Duration) {
		var all sync.WaitGroup
		for i := range 24 {
			all.Go(func() { w.send(w.people[i%len(w.people)], http.MethodGet, "/auth/session", nil, limit) })
		}
		all.Wait()
	}
	w.bad.during(aborts, func() { // A: nothing answers
		w.signIn(0)
		everybody(time.Second)
	})
	for _, trouble := range []http.HandlerFunc{ // B: the answers are bad
		func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) },
		func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(rw, endless{}, 1<<20) },
		func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(rw).Flush()
			<-r.Context().Done()
		},
	} {
		w.bad.during(func(rw http.ResponseWriter, r *http.Request) bool { trouble(rw, r); return true }, func() { w.signIn(2) })
	}
	w.bad.during(func(rw http.ResponseWriter, r *http.Request) bool { // C: so are the keys
		if r.URL.Path == "/keys" {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
		return r.URL.Path == "/keys"
	}, func() {
		head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","typ":"logout+jwt","kid":"` + rand32() + `"}`))
		w.send(w.people[0], http.MethodPost, "/auth/backchannel-logout/bad", strings.NewReader("logout_token="+head+".e30.AAAA"), time.Second)
	})
	w.good.during(func(_ http.ResponseWriter, r *http.Request) bool { // D: browsers go away from slow refreshes
		select {
		case <-time.After(20 * time.Millisecond):
		case <-r.Context().Done():
		}
		return false
	}, func() { everybody(10 * time.Millisecond) })
	everybody(time.Second)
	w.send(w.people[2], http.MethodGet, "/auth/callback/bad?code=x&state=x", nil, time.Second)                              // E
	for _, cookie := range []string{sessionCookie + "=" + w.elsewhere, sessionCookie + "=" + strings.Repeat(".", 64<<10)} { // F, H
		w.kit.serve(withCookie(w.t, "/", cookie))
	}
	w.bad.ahead.Store(int64(time.Hour)) // G
	w.signIn(0)
	w.bad.ahead.Store(0)
	w.send(w.people[3], http.MethodPost, "/auth/signin/bad", io.LimitReader(endless{}, 1<<20), time.Second) // H
	w.send(w.people[3], http.MethodPost, "/auth/signin/bad", slow{}, 20*time.Millisecond)
}

// endless is a body that does not end, and slow is one of which a byte comes now
// and then.
type (
	endless struct{}
	slow    struct{}
)

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func (slow) Read(p []byte) (int, error) {
	time.Sleep(5 * time.Millisecond)
	p[0] = 'a'
	return 1, nil
}

// left returns what there is that could have been left behind.
func (w *weather) left() (goroutines, files int) {
	w.way.CloseIdleConnections()
	w.outbound.CloseIdleConnections()
	open, _ := os.ReadDir("/proc/self/fd") // nothing, where there is no such place
	return runtime.NumGoroutine(), len(open)
}

// F-68: goroutines and open files are what they were, and the heap does not grow by
// a megabyte in a minute. (A soak goes on for minutes; what the kit remembers is at
// its most after the first two.)
func TestF_68_NothingIsLeft(t *testing.T) { //nolint:paralleltest // it looks at the whole process
	w := newWeather(t)
	for i := range w.people {
		if where := w.signIn(i); where != appURL+"/" {
			t.Fatalf("person %d: %s", i, where)
		}
	}
	w.storm()
	goroutines, files := w.left()
	for range 10 { // what is on its way out is not part of what there was
		time.Sleep(50 * time.Millisecond)
		g, f := w.left()
		goroutines, files = min(goroutines, g), min(files, f)
	}
	calm, rounds := time.Duration(scaled(0, 150))*time.Second, 0
	began := time.Now()
	for ; time.Since(began) < calm; rounds++ {
		w.storm()
	}
	before, since := heap(), time.Now()
	for limit := time.Duration(scaled(3, 120)) * time.Second; time.Since(since) < limit; rounds++ {
		w.storm()
	}
	grown, minutes := heap()-before, max(1, time.Since(since).Minutes())
	if slope := float64(grown) / minutes; slope > 1<<20 {
		t.Errorf("the heap grew by %.0f bytes a minute", slope)
	}
	nowGoroutines, nowFiles := 0, 0
	eventually(t, "goroutines and open files are what they were", func() bool {
		nowGoroutines, nowFiles = w.left()
		return nowGoroutines <= goroutines+5 && nowFiles <= files+5
	})
	if where := w.signIn(1); where != appURL+"/" {
		t.Errorf("after all that nobody can sign in: %s", where)
	}
	if n := w.good.renewed.Load(); n < int64(rounds) {
		t.Errorf("%d refreshes: the test does not do what it should", n)
	}
	t.Logf("%d rounds, %d refreshes: goroutines %d, then %d; files %d, then %d; heap +%d KiB", rounds, w.good.renewed.Load(), goroutines, nowGoroutines, files, nowFiles, grown>>10)
}
