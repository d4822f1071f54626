package httpauth_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// A refresh token works once. The one that came for it has to be in the browser
// whatever the application does afterwards: fail, panic, or fill the token until
// no cookie holds it. The provider revokes the whole family if it sees the old
// one again, and after two minutes the kit does not remember it any more. F-41.
func TestF_41_S_80d_NewTokensAreSafeBeforeCallbacks(t *testing.T) {
	t.Parallel()
	for name, misbehave := range map[string]func(e *httpauth.JWTEvent) error{
		"error":       func(*httpauth.JWTEvent) error { return errors.New("the database is down") },
		"panic":       func(*httpauth.JWTEvent) error { panic("bug") },
		"over budget": func(e *httpauth.JWTEvent) error { blob.Set(e.Token, strings.Repeat("x", 20<<10)); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				broken := false
				a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
					c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
						if broken {
							return misbehave(e)
						}
						return nil
					}
				})
				withAPI(a)
				a.around = recovered
				b := a.browser()
				b.signIn("alice")
				time.Sleep(31 * time.Second)
				broken = true
				b.get("/api")
				time.Sleep(2 * time.Minute)
				broken = false
				if r := b.get("/api"); r.StatusCode != 200 || a.op.Count("refresh") != 2 {
					t.Errorf("afterwards: %d %s, %d refreshes, %v", r.StatusCode, r.body, a.op.Count("refresh"), a.kinds())
				}
			})
		})
	}
}

// recovered answers a panic as Echo's Recover does: with the headers so far.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

var blob = claims.NewKey[string]("blob")

// The ID token of one person is not sent to a provider when another one signs
// out.
func TestS_161_S_167_IDTokenIsOfWhoSignsOut(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.SignOut.AtProvider = true
		c.Providers = []providers.Provider{testProvider("op"), own{id: &providers.Identity{User: providers.User{ID: "bob"}}}}
	})
	b := a.browser()
	b.signIn("alice")
	alices := b.cookies("/auth")["__Secure-auth.id-token"]
	if alices == "" {
		t.Fatal("no ID token is kept")
	}
	r := b.get("/auth/callback/own?code=x&state=" + param(t, b.start("own", "/"), "state"))
	if kept := b.cookies("/auth")["__Secure-auth.id-token"]; kept != "" {
		t.Errorf("after the sign-in of somebody else (%s) the ID token of alice is still there", r.location())
	}
	// Should it come back, it is not of who is signed in.
	b.signIn("bob")
	b.setCookie("__Secure-auth.id-token", alices, "/auth")
	if out := b.post("/auth/signout", nil).location(); !strings.HasPrefix(out, issuer) || param(t, out, "id_token_hint") != "" {
		t.Errorf("sign-out of bob: %s", out)
	}
}

// Pages for somebody who is signed in are not shown by the back button after the
// sign-out; files that are the same for everybody may be kept.
func TestS_147_PagesOfASessionAreNotStored(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.mux.HandleFunc("/public", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "max-age=60") })
	b := a.browser()
	if r := b.get("/who"); r.Header.Get("Cache-Control") != "" {
		t.Errorf("signed out: %q", r.Header.Get("Cache-Control"))
	}
	b.signIn("alice")
	for dest, want := range map[string]string{"": "no-store, private", "document": "no-store, private", "empty": "no-store, private", "style": "", "image": ""} {
		if r := b.get("/who", header{"Sec-Fetch-Dest", dest}); r.Header.Get("Cache-Control") != want {
			t.Errorf("Sec-Fetch-Dest %q: %q", dest, r.Header.Get("Cache-Control"))
		}
	}
	if r := b.get("/public"); r.Header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("a handler's own word: %q", r.Header.Get("Cache-Control"))
	}
}

// A client that updates the session hears when that did not work.
func TestUpdateOverBudgetIsToldToTheClient(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerUpdate {
				blob.Set(e.Token, strings.Repeat("x", 20<<10))
			}
			return nil
		}
	})
	b := a.browser()
	b.signIn("alice")
	r := b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+b.csrf()+`","data":{}}`)
	if r.StatusCode != 400 || r.body != `{"message":"Bad Request"}` || b.who() != "op|alice" {
		t.Errorf("%d %s, then %q", r.StatusCode, r.body, b.who())
	}
}

// A change may look at the session, and one that is overtaken by another does
// not undo it.
func TestUpdateSeesTheSession(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var nested, outer error
	a.mux.HandleFunc("/change", func(_ http.ResponseWriter, r *http.Request) {
		outer = httpauth.Update(r.Context(), func(tok *token.Token) error {
			if s, ok := httpauth.FromContext(r.Context()); !ok || s.User.ID != "op|alice" {
				t.Errorf("the session within a change: %v", ok)
			}
			count.Set(tok, 1)
			nested = httpauth.Update(r.Context(), func(tok *token.Token) error { role.Set(tok, "admin"); return nil })
			return nil
		})
	})
	b := a.browser()
	b.signIn("alice")
	b.get("/change")
	if nested != nil || !errors.Is(outer, httpauth.ErrConcurrentUpdate) {
		t.Errorf("nested %v, outer %v", nested, outer)
	}
}

// A target that grows when it is written anew is not one that breaks the sign-in.
func TestS_112_TargetsThatGrow(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]string{
		"braces":     "/" + strings.Repeat("{", 2000),
		"ampersands": "/?" + strings.Repeat("&", 2000),
		"quotes":     "/?" + strings.Repeat("'", 2000),
		"fragment":   "/#" + strings.Repeat("{", 2000),
	} {
		b := newApp(t).browser()
		r := b.post("/auth/signin/op", url.Values{"callbackUrl": {target}})
		if !strings.HasPrefix(r.location(), issuer) {
			t.Errorf("%s: %s", name, r.location())
			continue
		}
		if back := b.get(b.choose(r.location(), "alice")); !strings.HasPrefix(back.location(), appURL+"/") || b.who() != "op|alice" {
			t.Errorf("%s: %s", name, back.location())
		}
	}
}

// At a sign-in the account of the event is that of the token.
func TestAccountOfTheEvent(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerSignIn {
				e.Account.Scope = "only this"
			}
			return nil
		}
	})
	a.mux.HandleFunc("/scopes", func(w http.ResponseWriter, r *http.Request) {
		s, _ := httpauth.FromContext(r.Context())
		_, _ = w.Write([]byte(strings.Join(s.Scopes(), ",")))
	})
	b := a.browser()
	b.signIn("alice")
	if got := b.get("/scopes").body; got != "only,this" {
		t.Errorf("scopes %q", got)
	}
}

// A client is told that its change was in vain only if it was: what does not fit
// the cookie before the callback may fit after it.
func TestUpdateThatFitsInTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.CookieBudget = 3000
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				switch e.Trigger {
				case httpauth.TriggerSignIn:
					blob.Set(e.Token, strings.Repeat("x", 1200))
				case httpauth.TriggerUpdate:
					blob.Delete(e.Token)
					role.Set(e.Token, "admin")
				}
				return nil
			}
			c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { e.Session.Expose(role); return nil }
		})
		b := a.browser()
		b.signIn("alice")
		a.op.EditTokens = func(answer map[string]any) { answer["refresh_token"] = "rt-" + strings.Repeat("y", 1500) }
		csrf := b.csrf()
		time.Sleep(31 * time.Second)
		r := b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+csrf+`","data":{}}`)
		if r.StatusCode != 200 || !strings.Contains(r.body, "admin") || !strings.Contains(b.get("/auth/session").body, "admin") {
			t.Errorf("%d %s %v", r.StatusCode, r.body, a.kinds())
		}
		if kinds := a.kinds(); len(kinds) == 0 || kinds[0] != httpauth.KindBudget {
			t.Errorf("the first try fitted, so this shows nothing: %v", kinds)
		}
	})
}
