package httpauth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// Faults of the letter B that are about what an answer to a refresh means.

// F-19: errors of OAuth. Only invalid_grant ends the session, and only after a
// while, since another instance may have been faster; everything else is the
// provider's problem, or the configuration's.
func TestF_19_ErrorCodes(t *testing.T) {
	t.Parallel()
	codes := map[string]providertest.Fault{"200 with an error": {Body: `{"error":"temporarily_unavailable"}`}}
	for _, code := range []string{
		"invalid_grant", "invalid_client", "unauthorized_client", "temporarily_unavailable", "interaction_required", "made_up",
	} {
		codes[code] = providertest.Fault{Status: http.StatusBadRequest, Body: `{"error":"` + code + `","error_description":"canary"}`}
	}
	for name, fault := range codes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault.Times = providertest.Always
			atTokenEndpoint(t, func(t *testing.T, a *app, b *browser, back string) {
				a.op.Fail("token", fault)
				signInFails(t, a, b, back)
			}, func(t *testing.T, a *app, b *browser) {
				a.op.Fail("refresh", fault)
				if name != "invalid_grant" {
					staysSignedIn(t, a, b)
					time.Sleep(time.Minute)
					if b.who() != "op|alice" {
						t.Error("signed out")
					}
					return
				}
				began := time.Now()
				for b.who() == "op|alice" && time.Since(began) < time.Minute {
					time.Sleep(time.Second)
				}
				if took := time.Since(began); took < 10*time.Second || took > 15*time.Second {
					t.Errorf("signed out after %v", took)
				}
				if len(sessionCookies(b)) != 0 || a.op.Count("refresh") != 1 {
					t.Errorf("cookies %v, %d refreshes", sessionCookies(b), a.op.Count("refresh"))
				}
			})
		})
	}
}

// F-20: the ID token of a refresh is of somebody else, or for somebody else. The
// session ends, the application is told, and the new tokens are nowhere.
func TestF_20_AnotherIdentity(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"sub": "mallory", "iss": "https://evil.example", "aud": "another", "azp": "another"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var events []error
				a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
					c.Events.Refresh = func(_ ctx, e *httpauth.RefreshEvent) { events = append(events, e.Err) }
				})
				b := a.browser()
				b.signIn("alice")
				a.op.EditIDToken = func(c map[string]any) { c[name] = value }
				time.Sleep(31 * time.Second)
				r := b.get("/who")
				if r.body != "" || opened(t, r) != nil || len(sessionCookies(b)) != 0 {
					t.Errorf("signed in as %q with %v", r.body, sessionCookies(b))
				}
				a.failedWith(t, providers.ErrIdentityChanged)
				if len(events) != 1 || events[0] == nil || !slices.Contains(a.kinds(), httpauth.KindProvider) {
					t.Errorf("events %v, %v", events, a.kinds())
				}
				a.op.EditIDToken = nil
				if b.signIn("alice"); b.who() != "op|alice" {
					t.Error("no way back in")
				}
			})
		})
	}
}

// F-21: no new refresh token, the same one, a new one.
func TestF_21_RefreshTokens(t *testing.T) {
	t.Parallel()
	for name, replaced := range map[string]bool{"missing": false, "same": false, "rotated": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t, halfMinute, func(_ *httpauth.Config, op *providertest.Config) { op.NoRotation = name != "rotated" })
				b := a.browser()
				before := opened(t, b.signIn("alice"))
				a.op.EditTokens = func(answer map[string]any) {
					if name == "same" {
						answer["refresh_token"] = before.Account.RefreshToken.Reveal()
					}
				}
				for i := range 3 {
					time.Sleep(31 * time.Second)
					after := opened(t, b.get("/who"))
					if after == nil || after.Account.AccessToken.Equal(before.Account.AccessToken) || a.op.Count("refresh") != i+1 {
						t.Fatalf("refresh %d: %v", i+1, a.kinds())
					}
					if changed := !after.Account.RefreshToken.Equal(before.Account.RefreshToken); changed != replaced {
						t.Errorf("refresh %d: replaced %v", i+1, changed)
					}
					before = after
				}
			})
		})
	}
}

// F-22: the answer comes after the browser has given up, up to eight seconds
// later: whoever comes next has it, from the same instance. Another instance
// cannot: if the provider has no grace, the person has to sign in again, once.
func TestF_22_LateSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute)
		a.needs()
		b := a.browser()
		b.signIn("alice")
		other := b.fork().visits(a.beside())
		other.a.needs()
		time.Sleep(31 * time.Second)
		a.op.Fail("refresh", providertest.Fault{AnswerDelay: 7 * time.Second})
		end := a.steady(t)
		giveUp(t, b, time.Second)
		time.Sleep(7 * time.Second)
		if r := b.get("/needs"); r.StatusCode != http.StatusOK || a.op.Count("refresh") != 1 || opened(t, r) == nil {
			t.Errorf("the next request: %d, %d refreshes", r.StatusCode, a.op.Count("refresh"))
		}
		end()
		signIns := 0
		for range 30 { // what the browser of somebody does who only ever sees the other instance
			if other.who() == "" {
				signIns++
				other.signIn("alice")
			}
			time.Sleep(time.Second)
		}
		if signIns != 1 || strings.Contains(other.get("/auth/session").body, "error") {
			t.Errorf("%d sign-ins on the other instance", signIns)
		}
	})
}

// giveUp sends a request whose browser goes away after a while.
func giveUp(t *testing.T, b *browser, after time.Duration) {
	t.Helper()
	short, cancel := contextWithTimeout(t, after)
	defer cancel()
	r, err := http.NewRequestWithContext(short, http.MethodGet, appURL+"/needs", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := b.fork().c.Do(r); err == nil {
		_ = resp.Body.Close()
	}
}
