package httpauth_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// What went wrong once: sessions that are shared with Auth.js.

const authJSCookie = "__Secure-authjs.session-token"

// without seals the session of somebody as Auth.js would whose jwt.encode leaves
// members out.
func without(t *testing.T, subject string, at time.Time) string {
	t.Helper()
	name := authJSCookie
	codec, err := token.NewForeignCodec(token.AuthJS, name, token.Members{}, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	tok := &token.Token{}
	tok.Subject, tok.IssuedAt, tok.ExpiresAt = subject, at, at.Add(time.Hour)
	sealed, err := codec.Seal(tok) // a token without an id: no jti, and nothing of the kit
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// Sessions that have no name, since the other side gives them none, are sessions of
// different people all the same.
func TestSessionsWithoutAName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, writes(token.AuthJS))
		now := time.Now()
		of := func(subject string) *browser {
			b := a.browser()
			b.setCookie(authJSCookie, without(t, subject, now), "/")
			return b
		}
		time.Sleep(time.Minute)
		alice, bob := of("alice"), of("bob")
		for range 2 {
			if alice.who() != "alice" || bob.who() != "bob" {
				t.Errorf("alice is %q, bob is %q", alice.who(), bob.who())
			}
			time.Sleep(time.Second)
		}
		// A sign-out without a session, or even two, ends nothing that begins later.
		carol := a.browser()
		carol.post("/auth/signout", nil)
		carol.post("/auth/signout", nil)
		time.Sleep(2 * time.Second)
		carol.setCookie(authJSCookie, without(t, "carol", time.Now()), "/")
		if who := carol.who(); who != "carol" {
			t.Errorf("carol, who signed in after a sign-out, is %q", who)
		}
	})
}

// A cookie that another host of the site has planted does not displace the session
// of somebody else whose cookie only this host can set, however new it is.
func TestS_91_PlantedForeignSessionDoesNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, writes(token.Native, token.AuthJS))
		b := a.browser()
		b.signIn("alice")
		time.Sleep(2 * time.Second)
		b.setCookie(authJSCookie, sealForeign(t, `{"sub":"attacker"}`), "/")
		if who := b.who(); who != "op|alice" {
			t.Errorf("signed in as %q", who)
		}
	})
}

// Of two cookies with one name, one may have been planted for the whole site. Both
// are left: a deletion would take the good one, and the other one would count then.
func TestS_93_PlantedCookieDoesNotDeleteTheGoodOne(t *testing.T) {
	t.Parallel()
	a := newApp(t, writes(token.AuthJS))
	b := a.browser()
	b.signIn("alice")
	good := b.cookies("/")[authJSCookie]
	planted := sealForeign(t, `{"sub":"attacker"}`)
	for _, line := range []string{
		authJSCookie + "=" + good + "; " + authJSCookie + "=" + planted,
		authJSCookie + "=" + planted + "; " + authJSCookie + "=" + good,
	} {
		r := a.browser().get("/who", header{"Cookie", line})
		nothingDeleted(t, r)
		if r.body != "" {
			t.Errorf("signed in as %q", r.body)
		}
	}
}

// A cookie that is no session of this kit may be one of the application on the other
// side, with sessions in a database or with a codec of its own. It stays.
func TestCompatLeavesOtherSessionsAlone(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"of a database": "b2f6d1c4-7b1e-4a55-9f0e-6a7b4c1d2e3f", "signed": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc",
	} {
		b := newApp(t, writes(token.AuthJS)).browser()
		b.setCookie(authJSCookie, value, "/")
		r := b.get("/who")
		nothingDeleted(t, r)
		if r.body != "" || b.cookies("/")[authJSCookie] != value {
			t.Errorf("%s: %q", name, r.body)
		}
	}
	// The same where one name is read in two formats, and the key is unknown.
	a := newApp(t, writes(token.AuthJS, token.NextAuth4), func(c *httpauth.Config, _ *providertest.Config) {
		c.CompatCookie, c.Secrets = authJSCookie, []string{strings.ToUpper(testSecret)}
	})
	b := a.browser()
	b.setCookie(authJSCookie, sealForeign(t, `{"sub":"x"}`), "/")
	r := b.get("/who")
	nothingDeleted(t, r)
	if r.body != "" {
		t.Errorf("an unknown key: %q", r.body)
	}
}

// A name that no browser would take, or that is another cookie's, is an error at the
// start and not at the first sign-in.
func TestS_185_NamesOfTheForeignCookie(t *testing.T) {
	t.Parallel()
	for name, domain := range map[string]string{
		"a;b": "", "a b": "", "a=b": "", "ä": "", "__Host-authjs.csrf-token": "", "__Host-x": "example.com",
	} {
		_, err := httpauth.New(httpauth.Config{
			URL: appURL, Secrets: []string{testSecret}, Compat: token.AuthJS, CompatCookie: name, CookieDomain: domain,
			Providers: provider(), Logger: quiet(),
		})
		if err == nil || !strings.Contains(err.Error(), "Config.CompatCookie") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// foreignAccount is a session of Auth.js with the tokens of an account, which are
// due, and with members of the application's own.
func foreignAccount(t *testing.T, at token.Account, members string) string {
	t.Helper()
	return sealForeign(t, fmt.Sprintf(`{"sub":"x","accessToken":%q,"refreshToken":%q,"accessTokenExpires":%d,%s}`,
		at.AccessToken.Reveal(), at.RefreshToken.Reveal(), time.Now().Add(-time.Second).UnixMilli(), members))
}

// A member that is not what the kit keeps under its name stays, and does not keep
// the account from being renewed.
func TestUnreadableTokenType(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, writes(token.AuthJS))
		withAPI(a)
		b := a.browser()
		b.signIn("alice")
		at := openForeign(t, b, token.AuthJS, testSecret).Account
		b.setCookie(authJSCookie, foreignAccount(t, at, `"provider":"op","tokenType":7`), "/")
		for range 3 {
			if r := b.get("/api"); r.StatusCode != http.StatusOK {
				t.Errorf("%d %s %v", r.StatusCode, r.body, a.kinds())
			}
			time.Sleep(2 * time.Minute)
		}
		if raw, ok := openForeign(t, b, token.AuthJS, testSecret).Raw("tokenType"); !ok || string(raw) != "7" {
			t.Errorf("the member is %s", raw)
		}
		if kinds := a.kinds(); len(kinds) != 0 || a.op.Reuses() != 0 {
			t.Errorf("events %v, %d reuses", kinds, a.op.Reuses())
		}
	})
}

// A session that cannot be written does not cost its refresh token: it goes on with
// what it has, and the application is told.
func TestS_80d_NothingIsSpentThatCannotBeKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, writes(token.AuthJS))
		b := a.browser()
		b.signIn("alice")
		at := openForeign(t, b, token.AuthJS, testSecret).Account
		b.setCookie(authJSCookie, foreignAccount(t, at, `"provider":{"x":1}`), "/") // where the kit wants to put "op"
		for range 3 {
			if who := b.who(); who != "x" {
				t.Errorf("signed in as %q", who)
			}
			time.Sleep(time.Minute)
		}
		if n := a.op.Count("refresh"); n != 0 || !slices.Contains(a.kinds(), httpauth.KindUnavailable) {
			t.Errorf("%d refreshes, events %v", n, a.kinds())
		}
	})
}
