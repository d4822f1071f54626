package httpauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// A session of Auth.js that has something else where a field of the account would
// be: what a refresh brings could not be kept, so nothing is spent on it.
func TestS_80d_NothingIsSpentThatCannotBeKeptAfterwards(t *testing.T) {
	t.Parallel()
	for _, extra := range []string{`"scope":["openid"]`, `"accessTokenLifetime":"3600"`, `"providerAccountId":{"x":1}`} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, halfMinute, writes(token.AuthJS))
			b := a.browser()
			b.signIn("alice")
			at := openForeign(t, b, token.AuthJS, testSecret).Account
			b.setCookie(authJSCookie, foreignAccount(t, at, `"provider":"op",`+extra), "/")
			for range 5 {
				if s := b.get("/auth/session").body; strings.Contains(s, httpauth.RefreshTokenError) || b.who() != "x" {
					t.Errorf("%s: %s, signed in as %q", extra, s, b.who())
				}
				time.Sleep(time.Minute)
			}
			if n := a.op.Reuses(); n != 0 {
				t.Errorf("%s: %d reuses, %v", extra, n, a.kinds())
			}
		})
	}
}

// Auth.js writes an older state later: what follows is based on that one, and is not
// refused as overtaken.
func TestS_175_AuthJSWroteLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, writes(token.AuthJS))
		a.mux.HandleFunc("/update", func(w http.ResponseWriter, r *http.Request) {
			if err := httpauth.Update(r.Context(), func(tok *token.Token) error { n, _ := count.Get(tok); count.Set(tok, n+1); return nil }); err != nil {
				fmt.Fprint(w, err)
			}
		})
		b := a.browser()
		b.signIn("alice")
		b.get("/update")
		codec, _ := token.NewForeignCodec(token.AuthJS, authJSCookie, token.Members{}, testSecret)
		old := b.cookies("/")[authJSCookie]
		time.Sleep(time.Second)
		b.get("/update")
		time.Sleep(2 * time.Second)
		tok, err := codec.Open(old) // Next.js rolls the state of before the last update
		if err != nil {
			t.Fatal(err)
		}
		tok.IssuedAt = time.Now()
		sealed, err := codec.Seal(tok)
		if err != nil {
			t.Fatal(err)
		}
		b.setCookie(authJSCookie, sealed, "/")
		for i := range 5 {
			if r := b.get("/update"); r.body != "" {
				t.Errorf("update %d: %s", i, r.body)
			}
			time.Sleep(time.Second)
		}
		if n, _ := count.Get(openForeign(t, b, token.AuthJS, testSecret)); n != 6 {
			t.Errorf("count %d", n)
		}
	})
}

// The foreign session's cookie cannot have the name of another one of the kit.
func TestS_185_ForeignCookieIsNotOneOfTheKit(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"__Host-auth.signed-out", "__Host-auth.browser", "__Host-auth.landed", "__Host-auth.refresh-failed", "__Secure-auth.id-token", "__Secure-auth.tx.abc"} {
		_, err := httpauth.New(httpauth.Config{URL: appURL, Secrets: []string{testSecret}, Compat: token.AuthJS, CompatCookie: name, Providers: provider(), Logger: quiet()})
		if err == nil {
			t.Errorf("%s", name)
		}
	}
}

// A session without a name is not the one that a tombstone spares.
func TestS_160_TombstoneOfASessionWithoutAName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, writes(token.AuthJS))
		b := a.browser()
		late := without(t, "alice", time.Now())
		b.setCookie(authJSCookie, late, "/")
		time.Sleep(10 * time.Second)
		b.post("/auth/signout", nil)
		b.setCookie(authJSCookie, late, "/") // a late response
		if who := b.who(); who != "" {
			t.Errorf("signed in as %q", who)
		}
	})
}

// F-39: a renewal that took longer than the request waited is still there when the
// person has read the page.
func TestS_80d_SlowRefreshIsNotForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = time.Hour })
		b := a.browser()
		b.signIn("alice")
		time.Sleep(56*time.Minute + 30*time.Second) // due, and good for minutes
		a.op.Fail("refresh", providertest.Fault{AnswerDelay: 1100 * time.Millisecond})
		b.get("/who") // a page, which the person then reads
		time.Sleep(2 * time.Minute)
		for range 20 {
			if who := b.who(); who != "op|alice" {
				t.Fatalf("signed out, %v, %d reuses", a.kinds(), a.op.Reuses())
			}
			time.Sleep(time.Second)
		}
	})
}

// Two requests that add one at the same moment, and so seem to make the same change,
// add two.
func TestS_175_EqualChangesInOneMillisecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		count := claims.NewKey[int]("count")
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
		b := a.browser()
		b.signIn("alice")
		time.Sleep(time.Minute)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { b.fork().get("/add") })
		}
		all.Wait()
		if n, _ := count.Get(opened(t, b.get("/add"))); n != 3 {
			t.Errorf("count is %d", n)
		}
	})
}
