package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// F-36: four tabs of one browser send twenty requests each at the moment when the
// access token expires, again and again. The provider's refresh tokens work once;
// one that came twice would end the session. The moments differ, from a tenth of a
// second before the end to as much after it.
func TestF36_TabsAtExpiry(t *testing.T) {
	const tabs, requests, life = 4, 20, 3
	cycles := rounds(t, "CYCLES", 10)
	s, issuer := startCertified(t, fmt.Sprintf("AT_TTL=%d", life))
	browser := newTabFor(t, time.Duration(cycles)*20*time.Second, chromedp.IgnoreCertErrors)
	var open []*person
	for range tabs {
		open = append(open, s.enter(t, browser))
	}
	open[0].signInAtCertified("dora")
	now := script[heard](open[0].tab, "ask('/who')")

	var refreshes, signOuts, early, longer int
	var longest time.Duration
	before := counts(t, issuer)
	for cycle := range cycles {
		had := counts(t, issuer)["refresh_token"]
		at := now.Session.User.Expires + int64(cycle%5)*50 - 100
		began := time.UnixMilli(at)
		answers := all[[]heard](open, func(i int) string {
			return fmt.Sprintf("burst(%d, %d, 'c%d-t%d')", requests, at, cycle, i)
		})
		took := time.Since(began)
		tokens := map[string]bool{}
		for _, a := range flatten(answers) {
			if a.Status == http.StatusServiceUnavailable || a.Session.Error == httpauth.RefreshUnavailable {
				early++ // the access token ended while it was being renewed
				continue
			}
			if a.Status != http.StatusOK || a.Session.User.Name != "Person dora" || a.Session.Error != "" {
				signOuts++
				t.Errorf("cycle %d: %+v", cycle, a)
			}
			tokens[a.Session.User.Token] = true
			if a.Session.User.Expires > now.Session.User.Expires {
				now = a
			}
		}
		n := counts(t, issuer)["refresh_token"] - had
		refreshes += n
		longest = max(longest, took)
		switch {
		case took > life*time.Second*9/10-time.Second: // so slow that the next token came due; its end is a whole second
			longer++
		case n != 1 || len(tokens) != 1 || !tokens[now.Session.User.Token]:
			t.Errorf("cycle %d: %d refreshes, and the requests saw %d access tokens", cycle, n, len(tokens))
		}
		if t.Failed() {
			break
		}
	}
	after := counts(t, issuer)
	t.Logf("%d cycles of %d requests: %d refreshes at the provider, %d grant errors, %d families revoked, %d sign-outs, %d told to come again; longest cycle %v, %d outlasted a token",
		cycles, tabs*requests, refreshes, after["error"]-before["error"], after["revoked"]-before["revoked"], signOuts, early, longest.Round(time.Millisecond), longer)
	if refreshes < cycles || after["error"] != 0 || after["revoked"] != 0 {
		t.Errorf("grants at the provider: %v", after)
	}
	for _, v := range open {
		v.open(s.url + "/members")
		v.see("h1")
	}
}

func flatten[T any](lists [][]T) (all []T) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// signInAtCertified goes through the provider's own pages.
func (v *person) signInAtCertified(name string) {
	v.t.Helper()
	script[bool](v.tab, "signIn('acme'); true")
	v.see("input[name=login]")
	v.do(chromedp.SendKeys(chromedp.CSS("input[name=login]"), name), chromedp.SendKeys(chromedp.CSS("input[name=password]"), "any"))
	v.click("button[type=submit]")
	v.until("document.querySelector('input[name=prompt][value=consent]') !== null", 10*time.Second)
	v.click("button[type=submit]")
	v.until("location.href === '"+v.s.url+"/' && document.readyState === 'complete'", 10*time.Second)
}

// slowly signs somebody in and lets a request of the first tab begin that renews
// the session. It returns when the renewed session is in the headers of a response
// that is still to come, with the function that lets it come.
func slowly(t *testing.T, tabs []*person, name string) (finish func()) {
	t.Helper()
	s, slow := tabs[0].s, tabs[0]
	slow.signIn("alice")
	had := s.op.Count("refresh")
	script[bool](slow.tab, "window.slow = ask('/slow?gate="+name+"'); true")
	g := s.gate(name)
	select {
	case lines := <-g.reached:
		if !strings.Contains(strings.Join(lines, "\n"), ".session=") || s.op.Count("refresh") != had+1 {
			t.Fatalf("the slow response does not carry a renewed session: %v", lines)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the slow request did not arrive")
	}
	return func() {
		close(g.open)
		if got := script[heard](slow.tab, "window.slow"); got.Status != http.StatusOK || got.Session.User.Name != "Alice Example" {
			t.Fatalf("the slow request: %+v", got)
		}
	}
}

// threeTabs opens the application, on HTTP/2, in three tabs of one browser.
func threeTabs(t *testing.T, n int) []*person {
	t.Helper()
	s := startService(t, httpsServer())
	s.soon = true
	browser := newTabFor(t, time.Minute+time.Duration(n)*5*time.Second, chromedp.IgnoreCertErrors)
	var tabs []*person
	for range 3 {
		tabs = append(tabs, s.enter(t, browser))
	}
	return tabs
}

// F-42, F-44: a response that renews the session is under way when another tab
// signs out, and arrives last. Nobody is signed in afterwards, in any tab.
func TestF44_SignOutDuringSlowResponse(t *testing.T) {
	n := rounds(t, "RUNS", 10)
	tabs := threeTabs(t, n)
	back := 0
	for round := range n {
		finish := slowly(t, tabs, fmt.Sprintf("out-%d", round))
		script[any](tabs[1].tab, "post('/auth/signout')")
		if left := tabs[1].cookie(".session"); left != "" {
			t.Fatalf("round %d: a cookie after the sign-out: %s", round, left)
		}
		finish()
		if tabs[0].cookie(".session") != "" {
			back++ // or there would be nothing to prove
		}
		for i, got := range all[heard](tabs, func(i int) string { return fmt.Sprintf("ask('/who?%d')", i) }) {
			if got.Status != http.StatusUnauthorized {
				t.Errorf("round %d: tab %d is signed in: %+v", round, i, got)
			}
		}
		if left := tabs[0].cookie(".session"); left != "" {
			t.Errorf("round %d: the cookie is back: %s", round, left)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d rounds: the late response brought the cookie back in %d; signed out for good in %d", n, back, n)
	if back != n {
		t.Errorf("the late response brought the cookie back in %d of %d rounds only", back, n)
	}
	tabs[2].open(tabs[2].s.url + "/members")
	tabs[2].until("location.pathname === '/auth/signin'", 10*time.Second)
}

// F-43, F-44: the same with a change of the session instead of a sign-out. The
// change stays, and so do the tokens of the refresh.
func TestF44_UpdateDuringSlowResponse(t *testing.T) {
	n := rounds(t, "RUNS", 10)
	tabs := threeTabs(t, n)
	stale := 0
	for round := range n {
		nickname := fmt.Sprintf("n%d", round)
		finish := slowly(t, tabs, nickname)
		changed := script[heard](tabs[1].tab, "update({nickname: '"+nickname+"'})")
		if changed.Status != http.StatusOK || changed.Session.User.Nickname != nickname {
			t.Fatalf("round %d: update: %+v", round, changed)
		}
		finish()
		if tabs[0].elsewhere().User.Nickname == "" {
			stale++
		}
		for i, got := range all[heard](tabs, func(i int) string { return fmt.Sprintf("ask('/api?%d')", i) }) {
			if got.Status != http.StatusOK || got.Session.User.Nickname != nickname || got.Session.User.Token != changed.Session.User.Token {
				t.Errorf("round %d: tab %d: %+v", round, i, got)
			}
		}
		if got := tabs[0].elsewhere(); got.User.Nickname != nickname || got.User.Token != changed.Session.User.Token {
			t.Errorf("round %d: the cookie says %+v", round, got)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d rounds: the late response brought the older session back in %d; the newest won in %d", n, stale, n)
	if stale != n {
		t.Errorf("the late response brought the older session back in %d of %d rounds only", stale, n)
	}
}

// elsewhere returns what the browser's cookie says to an instance that has seen
// nothing before.
func (v *person) elsewhere() (seen sight) {
	v.t.Helper()
	a, err := httpauth.New(v.s.cfg)
	if err != nil {
		v.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(v.t.Context(), http.MethodHead, "/who", nil)
	r.Header.Set("Cookie", v.cookie("auth."))
	w := httptest.NewRecorder()
	a.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if session, ok := httpauth.FromContext(r.Context()); ok {
			seen = decode[sight](v.t, session)
		}
	})).ServeHTTP(w, r)
	return seen
}
