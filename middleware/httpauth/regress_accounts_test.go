package httpauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// What went wrong once: accounts that are connected, and the client of one.

// twoProviders has a second provider to connect an account of.
func twoProviders(c *httpauth.Config, _ *providertest.Config) {
	c.Providers = []providers.Provider{testProvider("op"), testProvider("other")}
}

// withOther adds handlers that connect an account of the other provider, and that
// answer with the error of its client.
func withOther(a *app) {
	a.mux.HandleFunc("/connect", func(w http.ResponseWriter, r *http.Request) {
		if err := httpauth.Connect(w, r, "other", "/"); err != nil {
			a.t.Error(err)
		}
	})
	a.mux.HandleFunc("/has", func(w http.ResponseWriter, r *http.Request) {
		_, err := httpauth.ClientFor(r.Context(), "other")
		_, _ = fmt.Fprint(w, err)
	})
}

// connects signs alice in and connects the account of bob.
func connects(t *testing.T, b *browser) *token.Token {
	t.Helper()
	b.signIn("alice")
	r := b.get(b.choose(b.get("/connect").location(), "bob"))
	if r.location() != appURL+"/" {
		t.Fatalf("not connected: %s", r.location())
	}
	return opened(t, r)
}

// connected returns the browser of somebody with a connected account, without a
// sign-in.
func (a *app) connected() *browser {
	a.t.Helper()
	cookies, err := a.auth.Cookies(&token.Token{
		Claims: claims.Claims{Subject: "alice"}, Account: token.Account{Provider: "op", ID: "alice"},
		Connected: []token.Account{{Provider: "gh", ID: "1", Scope: "old", AccessToken: token.NewSecret("at")}},
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

var errRefused = errors.New("refused")

// scopeOf returns the scope of the connected account as a handler sees it.
func scopeOf(ctx context.Context) (scope string) {
	_ = httpauth.Update(ctx, func(tok *token.Token) error { scope = tok.AccountAt("gh").Scope; return errRefused })
	return scope
}

// A change of a connected account is noticed like any other; one that is refused
// has not happened.
func TestChangesOfConnectedAccounts(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Request.URL.Path == "/change" {
				e.Token.AccountAt("gh").Scope = "changed"
			}
			return nil
		}
	})
	a.mux.HandleFunc("/change", func(http.ResponseWriter, *http.Request) {})
	a.mux.HandleFunc("/refused", func(w http.ResponseWriter, r *http.Request) {
		err := httpauth.Update(r.Context(), func(tok *token.Token) error { tok.AccountAt("gh").Scope = "half"; return errRefused })
		_, _ = fmt.Fprintf(w, "%v, %s", errors.Is(err, errRefused), scopeOf(r.Context()))
	})
	b := a.connected()
	if r := b.get("/refused"); r.body != "true, old" || len(r.Header["Set-Cookie"]) != 0 {
		t.Errorf("after a change that was refused: %s", r.body)
	}
	if r := b.get("/change"); setCookie(r, ".session") == "" {
		t.Error("a change by the callback is not kept")
	}
	if r := b.get("/refused"); r.body != "true, changed" {
		t.Errorf("after a change by the callback: %s", r.body)
	}
}

// What one request makes of a connected account is not what others see, nor a data
// race: each has a copy of the newest state of the session.
func TestConnectedAccountsAreNotShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Request.URL.Path == "/poison" {
					e.Token.AccountAt("gh").Scope = "poison"
					return errRefused // so it is not kept
				}
				return nil
			}
		})
		a.mux.HandleFunc("/update", func(_ http.ResponseWriter, r *http.Request) {
			if err := httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, "x"); return nil }); err != nil {
				t.Error(err)
			}
		})
		a.mux.HandleFunc("/scope", func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, scopeOf(r.Context())) })
		b := a.connected()
		time.Sleep(time.Second)
		old := b.fork() // for which the newest state comes from memory
		b.get("/update")
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { old.fork().get("/poison") })
			all.Go(func() {
				if got := old.fork().get("/scope").body; got != "old" {
					t.Errorf("scope %q", got)
				}
			})
		}
		all.Wait()
	})
}

// A client whose account was removed meanwhile gets the API's answer.
func TestClientOfAnAccountThatIsGone(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{testProvider("op"), testProvider("gh")}
	})
	a.mux.HandleFunc("/gone", func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("panic: %v", p)
			}
		}()
		httpauth.SetCommitted(r.Context(), func() bool { return false })
		client, err := httpauth.ClientFor(r.Context(), "gh")
		if err != nil {
			t.Error(err)
			return
		}
		if err := httpauth.Update(r.Context(), func(tok *token.Token) error { tok.Connected = nil; return nil }); err != nil {
			t.Error(err)
		}
		resp, err := client.Get(issuer + "/userinfo")
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	})
	if r := a.connected().get("/gone"); r.StatusCode != http.StatusUnauthorized || a.op.Count("refresh") != 0 {
		t.Errorf("%d, %d refreshes", r.StatusCode, a.op.Count("refresh"))
	}
}

// A token that an API refuses is not renewed where nobody knows whether the response
// has begun, or where it has: the new refresh token would be lost.
func TestS_80d_ClientDoesNotRenewIntoNothing(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]func() bool{"unknown": nil, "begun": func() bool { return true }} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, func(_ *httpauth.Config, op *providertest.Config) { op.AccessTokenLifetime = time.Hour })
			withAPI(a)
			a.mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
				if committed != nil {
					httpauth.SetCommitted(r.Context(), committed)
				}
				w.WriteHeader(http.StatusOK)
				client, err := httpauth.Client(r.Context())
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := client.Get(issuer + "/userinfo")
				if err != nil {
					t.Error(err)
					return
				}
				_ = resp.Body.Close()
				_, _ = fmt.Fprint(w, resp.StatusCode)
			})
			b := a.browser()
			b.signIn("alice")
			time.Sleep(2 * time.Minute) // a token that has only just been issued is not renewed anyway
			a.op.Fail("userinfo", providertest.Fault{Status: http.StatusUnauthorized})
			if r := b.get("/stream"); r.body != "401" || a.op.Count("refresh") != 0 {
				t.Errorf("%s: %s, %d refreshes", name, r.body, a.op.Count("refresh"))
			}
			time.Sleep(time.Hour)
			if r := b.get("/api"); r.StatusCode != http.StatusOK || b.who() != "op|alice" {
				t.Errorf("%s, later: %d %v", name, r.StatusCode, a.kinds())
			}
		})
	}
}

// S-80b: the answer of the instance that came second with the refresh token of a
// connected account does not undo what the first one got.
func TestS_80b_ConnectedAccountOfTheLoser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		options := func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Trigger == httpauth.TriggerSignIn {
					e.Token.Account.RefreshToken = token.Secret{} // only the other one is renewed
				}
				return nil
			}
		}
		one, two := newApp(t, halfMinute, twoProviders, options), newApp(t, halfMinute, twoProviders, options)
		two.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "refresh" { // which leaves the rest of the family alone
				jsonError(w, http.StatusBadRequest, "invalid_grant")
			}
			return endpoint == "refresh"
		}
		withOther(one)
		b := one.browser()
		connects(t, b)
		time.Sleep(time.Minute)
		old := b.fork().visits(two)
		if r := b.get("/has"); r.body != "<nil>" {
			t.Fatalf("the first one: %s", r.body)
		}
		second := old.get("/who")
		if second.body != "op|alice" || two.op.Count("refresh") != 1 {
			t.Fatalf("the second one: %q after %d refreshes", second.body, two.op.Count("refresh"))
		}
		b.deliver(second)
		for range 3 {
			time.Sleep(2 * time.Minute)
			if has := b.get("/has").body; has != "<nil>" || b.who() != "op|alice" {
				t.Errorf("afterwards: %s, signed in as %q", has, b.who())
			}
		}
	})
}

// S-175: an account is connected although another tab changes the session meanwhile,
// and the change stays.
func TestS_175_ConnectMeetsAnUpdate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b *browser
		a := newApp(t, twoProviders, func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Trigger == httpauth.TriggerConnect {
					time.Sleep(5 * time.Millisecond)
					b.fork().get("/update")
					time.Sleep(5 * time.Millisecond)
				}
				return nil
			}
		})
		withOther(a)
		showRole(a)
		a.mux.HandleFunc("/update", func(_ http.ResponseWriter, r *http.Request) {
			if err := httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, "x"); return nil }); err != nil {
				t.Error(err)
			}
		})
		b = a.browser()
		connects(t, b)
		if has, have := b.get("/has").body, b.get("/role").body; has != "<nil>" || have != "x" {
			t.Errorf("the account: %s, role %q, %v", has, have, a.kinds())
		}
	})
}

// A provider that answers by a cross-site POST cannot be connected, since that POST
// does not show the session. The developer is told at once, and nobody is sent away.
func TestConnectByFormPostIsRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t, withFormPostProvider)
	var got error
	a.mux.HandleFunc("/connect", func(w http.ResponseWriter, r *http.Request) { got = httpauth.Connect(w, r, "apple", "/") })
	b := a.browser()
	b.signIn("alice")
	r := b.get("/connect")
	if got == nil || !strings.Contains(got.Error(), "cross-site POST") || r.location() != "" || setCookie(r, ".tx.") != "" {
		t.Errorf("%v, sent to %q", got, r.location())
	}
}

// What goes wrong with one account is not told of another one.
func TestErrorsOfTwoAccounts(t *testing.T) {
	t.Parallel()
	for refused, want := range map[string]map[string]int{
		"op":    {"op": http.StatusUnauthorized, "other": http.StatusServiceUnavailable},
		"other": {"op": http.StatusServiceUnavailable, "other": http.StatusUnauthorized},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, halfMinute, twoProviders)
			withOther(a)
			got := map[string]int{}
			a.mux.HandleFunc("/both", func(_ http.ResponseWriter, r *http.Request) {
				for _, at := range []string{"op", "other"} {
					_, err := httpauth.ClientFor(r.Context(), at)
					var e *httpauth.Error
					if errors.As(err, &e) {
						got[at] = e.StatusCode()
					}
				}
			})
			b := a.browser()
			gone := connects(t, b).AccountAt(refused).RefreshToken.Reveal()
			a.op.Intercept = func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
				switch {
				case endpoint != "refresh":
					return false
				case r.PostFormValue("refresh_token") == gone:
					jsonError(w, http.StatusBadRequest, "invalid_grant")
				default:
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return true
			}
			time.Sleep(31 * time.Second)
			b.get("/both")
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s is refused: %v, want %v", refused, got, want)
			}
		})
	}
}
