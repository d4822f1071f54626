package httpauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// What went wrong once: sign-outs, here and at the provider.

// countingStore counts what is written to it.
type countingStore struct {
	httpauth.RevocationStore
	writes *int
}

func (c countingStore) Revoke(ctx context.Context, key string, at, until time.Time) error {
	*c.writes++
	return c.RevocationStore.Revoke(ctx, key, at, until)
}

// S-158: anybody can send front-channel notices. They are not taken unless the
// application wants them, and then none of any size, so that nobody can push what
// counts out of the store.
func TestS_158_FrontChannelIsOff(t *testing.T) {
	t.Parallel()
	for on, want := range map[bool]map[int]int{ // status by length of the name
		false: {1: http.StatusNotFound, 256: http.StatusNotFound},
		true:  {1: http.StatusOK, 255: http.StatusOK, 256: http.StatusBadRequest, 500000: http.StatusBadRequest},
	} {
		n := 0
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
			c.Revocations, c.SignOut.FrontChannel = countingStore{httpauth.NewMemoryRevocations(), &n}, on
		})
		b := a.browser()
		taken := 0
		for size, status := range want {
			query := url.Values{"iss": {issuer}, "sid": {strings.Repeat("x", size)}}
			if r := b.get("/auth/frontchannel-logout/op?" + query.Encode()); r.StatusCode != status {
				t.Errorf("on %v, a name of %d bytes: %d", on, size, r.StatusCode)
			}
			if status == http.StatusOK {
				taken++
			}
		}
		if n != taken {
			t.Errorf("on %v: %d names were written down, not %d", on, n, taken)
		}
	}
}

// Whether the session still counts cannot be told, but whose it is can: a sign-out
// then ends it at the provider as at any other time.
func TestS_154_SignOutWhileTheStoreIsDown(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(*httpauth.Config, func() error){
		"NotBefore": func(c *httpauth.Config, down func() error) {
			c.NotBefore = func(context.Context, *token.Token) (time.Time, error) { return time.Time{}, down() }
		},
		"Revocations": func(c *httpauth.Config, down func() error) {
			c.Revocations = shakyStore{httpauth.NewMemoryRevocations(), down}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var down error
			var signedOut *token.Token
			a := newApp(t, everywhere, func(c *httpauth.Config, _ *providertest.Config) {
				how(c, func() error { return down })
				c.Events.SignOut = func(_ ctx, e *httpauth.SignedOutEvent) { signedOut = e.Token }
			})
			b := a.browser()
			b.signIn("alice")
			cookie := b.cookies("/")[sessionCookie]
			time.Sleep(2 * time.Minute) // longer than an answer of NotBefore is used
			down = errors.New("connection refused")
			r := b.post("/auth/signout", nil)
			if !strings.HasPrefix(r.location(), issuer+"/logout?") || param(t, r.location(), "id_token_hint") == "" || a.op.Count("revoke") != 2 {
				t.Errorf("%s: sent to %s, %d revocations", name, r.location(), a.op.Count("revoke"))
			}
			if signedOut == nil || signedOut.Subject != "op|alice" || len(sessionCookies(b)) != 0 {
				t.Errorf("%s: event of %v, cookies %v", name, signedOut, sessionCookies(b))
			}
			down = nil
			b.setCookie(sessionCookie, cookie, "/") // as a late response would
			if who := b.who(); who != "" {
				t.Errorf("%s: afterwards signed in as %q", name, who)
			}
		})
	}
}

// shakyStore is a store that may be down.
type shakyStore struct {
	httpauth.RevocationStore
	down func() error
}

func (s shakyStore) RevokedAt(ctx context.Context, keys []string) (time.Time, error) {
	if err := s.down(); err != nil {
		return time.Time{}, err
	}
	return s.RevocationStore.RevokedAt(ctx, keys)
}

// The tokens of connected accounts are taken back at a sign-out, too.
func TestS_155_RevokeConnectedAccounts(t *testing.T) {
	t.Parallel()
	a := newApp(t, twoProviders, func(c *httpauth.Config, _ *providertest.Config) { c.SignOut.Revoke = true })
	withOther(a)
	b := a.browser()
	session := connects(t, b)
	b.post("/auth/signout", nil)
	for _, at := range []string{"op", "other"} {
		if status := a.refreshAt(t, session.AccountAt(at).RefreshToken); status != http.StatusBadRequest {
			t.Errorf("%s: a refresh token of the session is still good: %d", at, status)
		}
	}
	if n := a.op.Count("revoke"); n != 4 {
		t.Errorf("%d revocations", n)
	}
}

// offClock is a provider whose notices are dated by a clock that is off.
type offClock struct {
	providers.Provider
	by time.Duration
}

func (p offClock) VerifyLogout(context.Context, string) (providers.LogoutNotice, error) {
	return providers.LogoutNotice{Subject: "alice", ID: "x", IssuedAt: time.Now().Add(p.by)}, nil
}

// S-157: a notice ends the sessions of before, and none of after, whatever the
// provider's clock says.
func TestS_157_ClockOfTheNotice(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{50 * time.Second, -50 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
				c.Revocations, c.Providers = httpauth.NewMemoryRevocations(), []providers.Provider{offClock{testProvider("op"), by}}
			})
			b := a.browser()
			b.signIn("alice")
			time.Sleep(10 * time.Second)
			r := a.browser().do(http.MethodPost, "/auth/backchannel-logout/op", url.Values{"logout_token": {"x"}})
			if r.StatusCode != http.StatusOK || b.who() != "" {
				t.Errorf("%v: %d, the session of before is %q", by, r.StatusCode, b.who())
			}
			time.Sleep(5 * time.Second)
			if b.signIn("alice"); b.who() != "op|alice" {
				t.Errorf("%v: the session of after does not count", by)
			}
		})
	}
}
