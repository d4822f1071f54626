package httpauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// Faults of the letter F: secrets that are rotated, and deployments that roll.
// TestF_57 is in session_test.go.

const nextSecret = "the-next-secret-9876543210-zyxwvutsrqp"

// withSecrets has its own secrets, and sessions that outlive a rotation.
func withSecrets(secrets ...string) func(*httpauth.Config, *providertest.Config) {
	return func(c *httpauth.Config, op *providertest.Config) {
		c.Secrets, c.MaxAge, op.AccessTokenLifetime = secrets, 24*time.Hour, 100*time.Hour
	}
}

// F-53: four instances take a new secret in three phases, one instance after the
// other, while 150 people use them in turn. Nobody is signed out. When the old
// secret goes, those are who were away since before the new one came first: 50.
func TestF_53_RotationUnderLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := newApp(t, withSecrets(testSecret))
		site := []*app{first, first.beside(withSecrets(testSecret)), first.beside(withSecrets(testSecret)), first.beside(withSecrets(testSecret))}
		people := make([]*browser, 200)
		for i := range people {
			people[i] = first.browser()
			people[i].signIn([]string{"alice", "bob"}[i%2])
		}
		turn := 0
		visit := func(who []*browser) (signedOut int) {
			for i, b := range who {
				if got := b.visits(site[turn%4]).who(); got == "" {
					signedOut++
				} else if got != []string{"op|alice", "op|bob"}[i%2] {
					t.Fatalf("somebody is %q", got)
				}
				turn++
			}
			turn++
			return signedOut
		}
		active, away := people[:150], people[150:]
		for phase, secrets := range [][]string{{testSecret, nextSecret}, {nextSecret, testSecret}} {
			for i := range site {
				site[i] = first.beside(withSecrets(secrets...))
				time.Sleep(73 * time.Minute) // longer than Config.UpdateAge, so cookies are written anew
				if n := visit(active); n != 0 {
					t.Fatalf("phase %d, instance %d: %d were signed out", phase+1, i, n)
				}
			}
		}
		used := func() (old uint64) {
			for _, a := range site {
				old += a.auth.SecretUses()[1]
			}
			return old
		}
		time.Sleep(73 * time.Minute)
		visit(active)
		if before := used(); visit(active) != 0 || used() != before {
			t.Error("the counters do not say that nobody who is active needs the old secret")
		}
		for i := range site {
			site[i] = first.beside(withSecrets(nextSecret))
			if n := visit(active); n != 0 {
				t.Errorf("removal, instance %d: %d of those who are active were signed out", i, n)
			}
		}
		if n := visit(away); n != len(away) {
			t.Errorf("%d of those who were away were signed out, %d were to be", n, len(away))
		}
	})
}

// F-54: one of four instances puts the new secret first before the others know it.
// Whoever gets a cookie from it is a stranger to the others. They say so at once,
// and leave the cookie alone, so when they know the secret nobody has been lost.
func TestF_54_RotationInTheWrongOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := newApp(t, withSecrets(testSecret))
		site := []*app{first, first.beside(withSecrets(testSecret)), first.beside(withSecrets(testSecret)), first.beside(withSecrets(nextSecret, testSecret))}
		people := make([]*browser, 40)
		for i := range people {
			people[i] = first.browser()
			people[i].signIn("alice")
		}
		time.Sleep(73 * time.Minute)
		lost := 0
		for i := range 400 {
			at := site[(i+i/40)%4]
			r := people[i%40].visits(at).get("/who")
			nothingDeleted(t, r)
			if r.body == "" {
				if lost++; at.lastReason() != token.ReasonKey {
					t.Fatalf("the application is told %q", at.lastReason())
				}
			}
			time.Sleep(time.Second)
		}
		t.Logf("%d of 400 requests found nobody signed in", lost)
		if lost == 0 {
			t.Error("nobody: the test does not do what it should")
		}
		for i := range site {
			site[i] = first.beside(withSecrets(nextSecret, testSecret))
		}
		for i, b := range people {
			if who := b.visits(site[i%4]).who(); who != "op|alice" {
				t.Errorf("number %d was lost", i)
			}
		}
	})
}

// F-55: an instance without its secret, or with a part of it, does not start.
func TestF_55_SecretIsLost(t *testing.T) {
	t.Parallel()
	for name, secrets := range map[string][]string{
		"none": {}, "empty": {""}, "short": {testSecret[:31]}, "repeated": {strings.Repeat("ab", 32)}, "second is empty": {testSecret, ""},
	} {
		_, err := httpauth.New(httpauth.Config{URL: appURL, Secrets: secrets, Providers: provider(), Logger: quiet()})
		if err == nil || !strings.Contains(err.Error(), "Secrets") || strings.Contains(err.Error(), testSecret[:31]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// F-56: a session of the next version of the format, or with members that only the
// next one knows. The first is nobody's here, the second is read; neither is an
// error, and neither is taken from the browser.
func TestF_56_Versions(t *testing.T) {
	t.Parallel()
	ring, err := token.NewKeyring(appURL, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	sealer := ring.Sealer("session", sessionCookie)
	a := newApp(t)
	now := time.Now()
	for member, want := range map[string]string{`"v":2`: "", `"v":"2"`: "", `"v":1`: "op|alice", `"later":{"x":[1]}`: "op|alice"} {
		sealed, err := sealer.Seal(fmt.Appendf(nil, `{"sub":"op|alice","jti":"x","iat":%d,"exp":%d,"auth_time":%d,"account":{"provider":"op","id":"alice","later":1},%s}`,
			now.Unix(), now.Add(time.Hour).Unix(), now.Unix(), member))
		if err != nil {
			t.Fatal(err)
		}
		b := a.browser()
		b.setCookie(sessionCookie, sealed, "/")
		r := b.get("/who")
		nothingDeleted(t, r)
		if r.StatusCode != http.StatusOK || r.body != want {
			t.Errorf("%s: %d %q", member, r.StatusCode, r.body)
		}
		if s := b.get("/auth/session"); s.StatusCode != http.StatusOK || (s.body == "null") != (want == "") {
			t.Errorf("%s: %d %s", member, s.StatusCode, s.body)
		}
	}
}
