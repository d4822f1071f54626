package httpauth_test

import (
	"io"
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

func singleSignOn(_ *httpauth.Config, op *providertest.Config) { op.SingleSignOn = true }

// withRecent adds a route that a sign-in of five minutes ago is enough for.
func (a *app) withRecent() *app {
	a.mux.Handle("/recent", a.auth.RequireRecent(5*time.Minute)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "in")
	})))
	return a
}

var (
	asPage   = header{"Sec-Fetch-Mode", "navigate"}
	asScript = header{"Sec-Fetch-Mode", "cors"}
)

// recent tells whether the route lets somebody in.
func (b *browser) recent() bool {
	b.t.Helper()
	return b.get("/recent", asScript).body == "in"
}

// stepUp goes the way of a person who is refused: to the sign-in page, from there to
// the provider, and back.
func (b *browser) stepUp(subject string) answer {
	b.t.Helper()
	page := b.get("/recent", asPage).location()
	got := b.get(page)
	if got.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %d", page, got.StatusCode)
	}
	form := formOf(b.t, got.body)
	start := b.do(http.MethodPost, form.action, form.values)
	return b.get(b.choose(start.location(), subject))
}

// S-179: who authenticated too long ago is asked to do it again, and comes back to
// where they were.
func TestS_179_RequireRecent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, singleSignOn).withRecent()
		b := a.browser()
		if r := b.get("/recent", asScript); r.StatusCode != 401 || !strings.Contains(r.body, "unauthenticated") || r.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("without a session: %d %s", r.StatusCode, r.body)
		}
		if r := b.get("/recent", asPage); param(t, r.location(), "max_age") != "" {
			t.Errorf("without a session: to %s", r.location())
		}
		b.signIn("alice")
		if time.Sleep(5 * time.Minute); !b.recent() {
			t.Fatal("refused after five minutes")
		}
		time.Sleep(time.Second)
		r := b.get("/recent", asScript)
		challenge := r.Header.Get("WWW-Authenticate")
		if r.StatusCode != 401 || !strings.Contains(r.body, `"insufficient_user_authentication"`) || r.Header.Get("Cache-Control") != "no-store, private" ||
			!strings.HasPrefix(challenge, `Bearer error="insufficient_user_authentication", `) || !strings.HasSuffix(challenge, `, max_age="300"`) {
			t.Errorf("%d %s %s", r.StatusCode, r.body, challenge)
		}
		r = b.get("/recent", asPage)
		if where := r.location(); r.StatusCode != 302 || !strings.HasPrefix(where, appURL+"/auth/signin/op?") || param(t, where, "max_age") != "300" ||
			param(t, where, "callbackUrl") != appURL+"/recent" || param(t, where, "error") != "ReauthenticationRequired" {
			t.Errorf("%d to %s", r.StatusCode, where)
		}
		if page := b.get(r.location()); !strings.Contains(page.body, "confirm that it is you") || strings.Count(page.body, "<form") != 1 {
			t.Errorf("page %s", page.body)
		}
		if r := b.do(http.MethodPost, "/recent", url.Values{}, asPage); r.StatusCode != 302 || param(t, r.location(), "callbackUrl") != "" {
			t.Errorf("POST: %d to %s", r.StatusCode, r.location())
		}
		if r := b.do(http.MethodOptions, "/recent", nil, header{"Origin", "https://x.example"}, header{"Access-Control-Request-Method", "GET"}); r.StatusCode != 200 {
			t.Errorf("preflight: %d", r.StatusCode)
		}
		if b.who() != "op|alice" {
			t.Error("the session has ended")
		}
		if r := b.stepUp("alice"); r.location() != appURL+"/recent" || !b.recent() {
			t.Errorf("after the step-up: to %s, let in %v, %v", r.location(), b.recent(), a.kinds())
		}
	})
}

// S-179: a sign-in by which nobody has proven anything, since the provider still knew
// them, is not recent, however new the session is.
func TestS_179_SingleSignOnIsNoProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, singleSignOn).withRecent()
		a.browser().signIn("alice")
		time.Sleep(time.Hour)
		b := a.browser()
		if b.signIn("alice"); b.recent() {
			t.Error("let in an hour after the authentication")
		}
		if b.stepUp("alice"); !b.recent() {
			t.Error("refused after the step-up")
		}
		// The provider's word is kept with the session, also when that is written anew.
		time.Sleep(4 * time.Minute)
		c := a.browser()
		if c.signIn("alice"); !c.recent() {
			t.Error("refused four minutes after the authentication")
		}
		time.Sleep(90 * time.Second)
		if c.recent() {
			t.Error("let in more than five minutes after the authentication")
		}
	})
}

// S-179, S-31: a provider that does not say when the person authenticated, although it
// was asked, or that did not ask them, makes nobody recent.
func TestS_179_ProviderThatDoesNotSay(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(map[string]any){
		"nothing": func(claims map[string]any) { delete(claims, "auth_time") },
		"old":     func(claims map[string]any) { claims["auth_time"] = time.Now().Add(-time.Hour).Unix() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newApp(t).withRecent()
				a.op.EditIDToken = edit
				b := a.browser()
				b.signIn("alice")
				if b.recent() != (name == "nothing") { // without max_age the sign-in itself counts
					t.Errorf("after the sign-in: %v", b.recent())
				}
				time.Sleep(10 * time.Minute)
				if r := b.stepUp("alice"); param(t, r.location(), "error") != "OAuthCallbackError" || b.recent() {
					t.Errorf("step-up leads to %s, let in %v", r.location(), b.recent())
				}
				if b.who() != "op|alice" {
					t.Error("the session of before is gone")
				}
			})
		})
	}
}

// S-179: what cannot tell is not asked; the person sees that it does not work.
func TestS_179_PlainOAuthCannot(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{testProvider("op"), providers.GitHub("id", "secret")}
	})
	r := a.browser().post("/auth/signin/github?max_age=60", nil)
	if param(t, r.location(), "error") != "Configuration" {
		t.Errorf("to %s", r.location())
	}
}

// S-179: max_age from outside makes a sign-in stricter or is nothing.
func TestS_179_MaxAgeFromOutside(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"300": "300", "0": "0", "": "", "-1": "", "x": "", "1e3": "", "99999999999": "", "5&max_age=6": "", "300 ": "",
	} {
		b := newApp(t).browser()
		page := b.get("/auth/signin/op?max_age=" + value)
		r := b.post("/auth/signin/op?max_age="+value, nil)
		if got := param(t, r.location(), "max_age"); got != want || strings.Contains(page.body, `name="max_age" value="`+want+`"`) != (want != "") {
			t.Errorf("%q: sent %q, page %s", value, got, page.body)
		}
	}
}

// S-179: when somebody authenticated that Auth.js has signed in nobody knows: the time
// in its token is that of its last writing.
func TestS_179_SessionOfAuthJS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Compat = token.AuthJS; c.BasePath = "/auth" }).withRecent()
		codec, err := token.NewForeignCodec(token.AuthJS, "__Secure-authjs.session-token", token.Members{}, testSecret)
		if err != nil {
			t.Fatal(err)
		}
		tok := &token.Token{}
		tok.Subject, tok.IssuedAt, tok.ExpiresAt = "op|alice", time.Now(), time.Now().Add(time.Hour)
		sealed, err := codec.Seal(tok)
		if err != nil {
			t.Fatal(err)
		}
		b := a.browser()
		b.setCookie("__Secure-authjs.session-token", sealed, "/")
		for range 2 { // as Auth.js wrote it, and as the kit did
			if b.who() != "op|alice" || b.recent() {
				t.Errorf("signed in as %q, recent %v", b.who(), b.recent())
			}
		}
		if b.stepUp("alice"); !b.recent() {
			t.Error("refused after the step-up")
		}
	})
}

// S-32: what a client may choose is checked like what the application asks for.
func TestS_32_ClassOfTheClient(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, op *providertest.Config) {
		c.ClientParams, op.ACRValues = []string{"acr_values"}, []string{"bronze", "gold"}
	})
	for asked, in := range map[string]bool{"gold": true, "platinum": false, "platinum gold": true, "silver platinum": false} {
		b := a.browser()
		start := b.post("/auth/signin/op?"+url.Values{"acr_values": {asked}}.Encode(), nil)
		if b.get(b.choose(start.location(), "alice")); (b.who() == "op|alice") != in {
			t.Errorf("%s: signed in as %q", asked, b.who())
		}
	}
}

// S-179: to connect the account of the sign-in once more counts as well, if the
// provider says that the person authenticated for it.
func TestS_179_Connected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, says := range []bool{true, false} {
			signedIn := time.Now()
			a := newApp(t).withRecent()
			a.mux.HandleFunc("/connect", func(w http.ResponseWriter, r *http.Request) {
				if err := httpauth.Connect(w, r, "op", "/"); err != nil {
					t.Error(err)
				}
			})
			a.op.EditIDToken = func(claims map[string]any) {
				claims["auth_time"] = signedIn.Add(-time.Hour).Unix()
			}
			b := a.browser()
			if b.signIn("alice"); b.recent() {
				t.Error("recent by an authentication of an hour ago")
			}
			time.Sleep(time.Minute)
			a.op.EditIDToken = func(claims map[string]any) {
				if !says { // which makes nobody more recent
					delete(claims, "auth_time")
				}
			}
			b.get(b.choose(b.get("/connect").location(), "alice"))
			if b.who() != "op|alice" || b.recent() != says {
				t.Errorf("the provider says it %v: signed in as %q, recent %v", says, b.who(), b.recent())
			}
		}
	})
}

// S-55: a provider that must not ask the person anything, but has to, is not asked
// again by itself.
func TestS_55_PromptNone(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"login_required", "interaction_required", "consent_required", "account_selection_required"} {
		a := newApp(t)
		b := a.browser()
		for range 2 {
			where := b.post("/auth/signin/op?prompt=none", url.Values{"callbackUrl": {"/deep"}}).location()
			if param(t, where, "prompt") != "none" {
				t.Fatalf("to %s", where)
			}
			back := withParam(t, b.choose(where, ""), "error", code)
			r := b.get(back)
			if to := r.location(); !strings.HasPrefix(to, appURL+"/auth/signin?") || param(t, to, "error") != "SessionRequired" || param(t, to, "callbackUrl") != appURL+"/deep" {
				t.Errorf("%s: to %s", code, to)
			}
			if page := b.get(r.location()); page.StatusCode != 200 || page.location() != "" {
				t.Errorf("%s: the page is %d, to %s", code, page.StatusCode, page.location())
			}
		}
		if n := a.op.Count("token"); n != 0 {
			t.Errorf("%d token requests", n)
		}
	}
}

// S-177: a session ends when the provider wants it to, however much it is used; what
// the provider says at a refresh counts from then on.
func TestS_177_SessionExpiryOfTheProvider(t *testing.T) {
	t.Parallel()
	for _, format := range []token.Format{token.Native, token.AuthJS} {
		synctest.Test(t, func(t *testing.T) {
			a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Compat, c.BasePath = format, "/auth" })
			ends := time.Now().Add(90 * time.Minute)
			a.op.EditIDToken = func(claims map[string]any) { claims["session_expiry"] = ends.Unix() }
			b := a.browser()
			b.signIn("alice")
			ends = ends.Add(time.Hour) // as the refresh after an hour says
			for range 14 {
				if time.Sleep(10 * time.Minute); b.who() != "op|alice" {
					t.Fatalf("%s: signed out at %v", format, time.Until(ends))
				}
			}
			if time.Sleep(10 * time.Minute); b.who() != "" {
				t.Errorf("%s: still signed in as %q", format, b.who())
			}
		})
	}
}

// S-177: Auth.js, which does not know of it, prolongs the session in vain.
func TestS_177_SessionExpiryAndAuthJS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const cookie = "__Secure-authjs.session-token"
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Compat, c.BasePath = token.AuthJS, "/auth" })
		end := time.Now().Add(90 * time.Minute).Unix()
		a.op.EditIDToken = func(claims map[string]any) { claims["session_expiry"] = end }
		b := a.browser()
		b.signIn("alice")
		codec, err := token.NewForeignCodec(token.AuthJS, cookie, token.Members{}, testSecret)
		if err != nil {
			t.Fatal(err)
		}
		tok, err := codec.Open(b.cookies("/")[cookie])
		if err != nil || tok.ExpiresAt.Unix() != end {
			t.Fatalf("%v, until %v", err, tok.ExpiresAt)
		}
		tok.ExpiresAt = time.Now().Add(30 * 24 * time.Hour)
		sealed, err := codec.Seal(tok)
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"op|alice", ""} {
			c := a.browser()
			c.setCookie(cookie, sealed, "/")
			if c.who() != who {
				t.Errorf("until %v: %q", time.Until(time.Unix(end, 0)), c.who())
			}
			time.Sleep(time.Until(time.Unix(end, 0)))
		}
	})
}

// S-179: who types in a password has authenticated.
func TestS_179_Credentials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.Providers = []providers.Provider{ada()} }).withRecent()
		b := a.browser()
		signIn := func(page string) answer {
			form := formOf(t, b.get(page).body)
			form.values.Set("username", "ada")
			form.values.Set("password", "right")
			return b.do(http.MethodPost, form.action, form.values)
		}
		signIn("/auth/signin/credentials")
		if time.Sleep(time.Hour); b.who() == "" || b.recent() {
			t.Fatalf("signed in as %q, recent %v", b.who(), b.recent())
		}
		if r := signIn(b.get("/recent", asPage).location()); r.location() != appURL+"/recent" || !b.recent() {
			t.Errorf("to %s, recent %v", r.location(), b.recent())
		}
	})
}
