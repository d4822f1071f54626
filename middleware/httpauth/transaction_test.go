package httpauth_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// errorOf returns the error code that an answer sends the browser to.
func errorOf(t *testing.T, r answer) string {
	t.Helper()
	if r.StatusCode != http.StatusFound || !strings.HasPrefix(r.location(), appURL+"/auth/") {
		t.Fatalf("status %d, location %q; want a redirect to a page of the kit", r.StatusCode, r.location())
	}
	return param(t, r.location(), "error")
}

// refused asserts that a callback was refused before anything was redeemed, and
// that nobody is signed in.
func refused(t *testing.T, b *browser, r answer, code string) {
	t.Helper()
	if got := errorOf(t, r); got != code {
		t.Errorf("error %q, want %q", got, code)
	}
	if n := b.a.op.Count("token"); n != 0 {
		t.Errorf("%d token requests", n)
	}
	if who := b.who(); who != "" {
		t.Errorf("signed in as %s", who)
	}
}

func TestS_41_PKCEOnEverySignIn(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	verifiers := map[string]bool{}
	for range 3 {
		challenge := param(t, b.start("op", "/"), "code_challenge")
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(challenge) || verifiers[challenge] {
			t.Errorf("code_challenge %q is not a new S256 hash", challenge)
		}
		verifiers[challenge] = true
	}
	b.signIn("alice") // the provider checks the verifier
}

// Also CVE-2023-27490: the checks are mandatory, not "if the cookie is there";
// and better-auth #8897: the state is compared, not only decrypted.
func TestS_43_State(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, b *browser, back, state string) string{
		"missing": func(t *testing.T, _ *browser, back, _ string) string { return withParam(t, back, "state", "") },
		"wrong":   func(t *testing.T, _ *browser, back, _ string) string { return withParam(t, back, "state", "wrong") },
		"truncated": func(t *testing.T, _ *browser, back, s string) string {
			return withParam(t, back, "state", s[:len(s)-1])
		},
		"prefix": func(t *testing.T, _ *browser, back, s string) string { return withParam(t, back, "state", s+"x") },
		"case": func(t *testing.T, _ *browser, back, s string) string {
			return withParam(t, back, "state", strings.ToLower(s))
		},
		"no cookies": func(_ *testing.T, b *browser, back, _ string) string {
			b.c.Jar = b.a.browser().c.Jar
			return back
		},
		// The cookie of one sign-in under the name of another: it opens, but
		// holds another state.
		"cookie of another sign-in": func(t *testing.T, b *browser, back, state string) string {
			other := b.start("op", "/")
			mine, theirs := txName(t, b, state), txName(t, b, param(t, other, "state"))
			b.setCookie(mine, b.cookies("/auth")[theirs], "/auth")
			return back
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newApp(t).browser()
			back := b.choose(b.start("op", "/"), "alice")
			want := "SignInExpired"
			if name == "no cookies" {
				want = "CookiesRequired"
			}
			refused(t, b, b.get(change(t, b, back, param(t, back, "state"))), want)
		})
	}
	t.Run("entropy", func(t *testing.T) {
		t.Parallel()
		b := newApp(t).browser()
		first, second := b.start("op", "/"), b.start("op", "/")
		for _, name := range []string{"state", "nonce"} {
			if a, b := param(t, first, name), param(t, second, name); len(a) < 26 || a == b { // 26 base32 characters are 130 bits
				t.Errorf("%s: %q, then %q", name, a, b)
			}
		}
	})
}

// bindingCookie ties transactions to a browser.
const bindingCookie = "__Host-auth.browser"

// txName returns the name of the cookie of the transaction with this state, by
// trying which cookie a callback would delete.
func txName(t *testing.T, b *browser, state string) string {
	t.Helper()
	for name, value := range b.cookies("/auth") {
		if !strings.Contains(name, ".tx.") {
			continue
		}
		probe := b.a.browser()
		probe.setCookie(name, value, "/auth")
		probe.setCookie(bindingCookie, b.cookies("/auth")[bindingCookie], "/")
		r := probe.get("/auth/callback/op?error=access_denied&iss=" + url.QueryEscape(issuer) + "&state=" + state)
		if errorOf(t, r) == "AccessDenied" {
			return name
		}
	}
	t.Fatal("no transaction cookie")
	return ""
}

func TestS_44_StateIsNotChosenFromOutside(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	chosen := url.Values{
		"state": {"fixed"}, "nonce": {"fixed"}, "code_challenge": {"fixed"}, "code_challenge_method": {"plain"},
		"redirect_uri": {"https://evil.example/"}, "code_verifier": {"fixed"}, "client_id": {"fixed"}, "response_type": {"token"},
	}
	form := url.Values{}
	for k, v := range chosen {
		form[k] = v
	}
	r := b.post("/auth/signin/op?"+chosen.Encode(), form)
	for name := range chosen {
		if got := param(t, r.location(), name); got == chosen.Get(name) {
			t.Errorf("%s=%q was taken from the request", name, got)
		}
	}
}

// GHSA-x445-f3h2-j279: a transaction started at one provider cannot be finished
// at another.
func TestS_45_TransactionIsBoundToProvider(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Providers = []providers.Provider{testProvider("op"), testProvider("other")}
	})
	b := a.browser()
	back := b.choose(b.start("op", "/"), "alice")
	refused(t, b, b.get(strings.Replace(back, "/callback/op", "/callback/other", 1)), "SignInExpired")
}

// A sealed value of any other kind is worthless as a transaction, a session, or
// anything else (CVE-2023-48309).
func TestS_74_CookiesDoNotChangePlaces(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.SignOut.AtProvider = true })
	b := a.browser()
	b.signIn("alice")
	b.get("/auth/signin")
	auth := b.start("op", "/")
	jar := b.cookies("/auth/callback/op")
	if len(jar) != 7 {
		t.Fatalf("want session, id token, csrf, transaction, binding, landing and signed-out cookies, have %v", jar)
	}
	tx := txName(t, b, param(t, auth, "state"))
	for source, value := range jar {
		for target := range jar {
			if source == target {
				continue
			}
			probe := a.browser()
			probe.setCookie(bindingCookie, jar[bindingCookie], "/")
			probe.setCookie(target, value, "/")
			if who := probe.who(); who != "" {
				t.Errorf("%s as %s signs in %s", source, target, who)
			}
			if target == sessionCookie && strings.HasPrefix(value, "eyJ") && a.lastReason() != token.ReasonKey {
				t.Errorf("%s as %s was opened: %s", source, target, a.lastReason())
			}
			if target == tx {
				if code := errorOf(t, probe.get(b.choose(auth, "alice"))); code != "SignInExpired" {
					t.Errorf("%s as a transaction: %s", source, code)
				}
			}
		}
	}
}

// Another host of the same site can plant a transaction of its own, with the
// cookie's path and the site's domain, and send somebody to the answer that goes
// with it. It cannot plant the cookie with the prefix __Host- that the
// transaction is bound to.
func TestS_91_S_94_S_166_PlantedTransaction(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	attacker, victim := a.browser(), a.browser()
	back := attacker.choose(attacker.start("op", "/"), "bob")
	plant := func() {
		for name, value := range attacker.cookies("/auth/callback/op") {
			if name != bindingCookie {
				victim.setCookie(name, value, "/auth")
			}
		}
	}
	plant()
	refused(t, victim, victim.get(back), "SignInExpired")
	victim.start("op", "/") // now it has a binding of its own
	plant()
	refused(t, victim, victim.get(back), "SignInExpired")
	attacker.get(back)
	if who := attacker.who(); who != "op|bob" {
		t.Errorf("the attacker's own browser: %q", who)
	}
}

// RFC 9207, also for error answers: what is not from this provider does not end
// the sign-in, and does not sign anybody out.
func TestS_46_S_47_IssuerOfCallback(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, back string) string{
		"wrong issuer":   func(t *testing.T, back string) string { return withParam(t, back, "iss", "https://evil.example") },
		"missing issuer": func(t *testing.T, back string) string { return withParam(t, back, "iss", "") },
		"two issuers":    func(_ *testing.T, back string) string { return back + "&iss=" + url.QueryEscape(issuer) },
		"error, wrong issuer": func(t *testing.T, back string) string {
			return asError(t, withParam(t, back, "iss", "https://evil.example"))
		},
		"error, wrong state": func(t *testing.T, back string) string { return asError(t, withParam(t, back, "state", "wrong")) },
		"error, no state":    func(t *testing.T, back string) string { return asError(t, withParam(t, back, "state", "")) },
		"error with foreign text": func(t *testing.T, back string) string {
			return withParam(t, asError(t, withParam(t, back, "state", "x")), "error_description", "<svg onload=x>")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newApp(t).browser()
			back := b.choose(b.start("op", "/"), "alice")
			r := b.get(change(t, back))
			if code := errorOf(t, r); code == "AccessDenied" || strings.Contains(r.location(), "svg") {
				t.Errorf("the answer was acted on: %s", r.location())
			}
			if b.a.op.Count("token") != 0 {
				t.Error("a code was redeemed")
			}
			// The true answer still works.
			if r := b.get(back); r.location() != appURL+"/" {
				t.Errorf("afterwards the sign-in does not work: %s", r.location())
			}
		})
	}
}

func asError(t *testing.T, back string) string {
	return withParam(t, withParam(t, back, "code", ""), "error", "access_denied")
}

func TestS_48_TransactionsWorkOnce(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	back := b.choose(b.start("op", "/there"), "alice")
	before := b.cookies("/auth")
	landed := b.get(back).location()
	// Signed in: a replay is harmless and leads on.
	if r := b.get(back); landed != appURL+"/there" || r.location() != landed || b.a.op.Count("token") != 1 {
		t.Errorf("replay while signed in: %s, %d token requests", r.location(), b.a.op.Count("token"))
	}
	// Signed out since: the page leads to the target, by a new sign-in.
	b.setCookie(sessionCookie, "", "/")
	if r := b.get(back); errorOf(t, r) != "SignInExpired" || !strings.Contains(r.location(), url.QueryEscape(landed)) || b.a.op.Count("token") != 1 {
		t.Errorf("replay without a session: %s, %d token requests", r.location(), b.a.op.Count("token"))
	}
	// A copy of the cookie can be replayed until it ends; the provider's code
	// cannot.
	other := b.a.browser()
	for name, value := range before {
		other.setCookie(name, value, "/auth")
	}
	if code := errorOf(t, other.get(back)); code != "OAuthCallbackError" || other.who() != "" {
		t.Errorf("replay of a copy: %s, signed in as %q", code, other.who())
	}
	// Also a refused sign-in is over.
	c := newApp(t).browser()
	back = c.choose(c.start("op", "/"), "")
	if code := errorOf(t, c.get(back)); code != "AccessDenied" {
		t.Errorf("cancelled: %s", code)
	}
	if code := errorOf(t, c.get(back)); code != "SignInExpired" {
		t.Errorf("cancelled, again: %s", code)
	}
}

func TestS_49_TransactionsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newApp(t).browser()
		back := b.choose(b.start("op", "/"), "alice")
		kept := b.cookies("/auth")
		time.Sleep(15*time.Minute + time.Second)
		for name, value := range kept {
			b.setCookie(name, value, "/auth") // the browser would have dropped them
		}
		refused(t, b, b.get(back), "SignInExpired")
	})
}

func TestS_50_ManyTabs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newApp(t).browser()
		var tabs []string
		for range 20 {
			tabs = append(tabs, b.start("op", "/"))
			time.Sleep(time.Millisecond)
			count, size := 0, 0
			for name, value := range b.cookies("/auth") {
				if strings.Contains(name, ".tx.") {
					count++
					size += len(name) + len(value)
				}
			}
			if count > 5 || size > 4096 {
				t.Fatalf("%d transactions of %d bytes", count, size)
			}
		}
		for _, tab := range slices.Backward(tabs[15:]) {
			if r := b.get(b.choose(tab, "alice")); r.location() != appURL+"/" {
				t.Errorf("one of the last five tabs: %s", r.location())
			}
		}
		fresh := b.a.browser()
		fresh.c.Jar = b.c.Jar
		b.post("/auth/signout", nil)
		if code := errorOf(t, b.get(b.choose(tabs[0], "alice"))); code != "SignInExpired" {
			t.Errorf("the first tab: %s", code)
		}
	})
}

func TestS_51_DuplicateParameters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"code", "state", "iss", "error"} {
		b := newApp(t).browser()
		back := b.choose(b.start("op", "/"), "alice")
		again := "&" + name + "=" + url.QueryEscape(param(t, back, name))
		if name == "error" {
			again = "&error=a&error=b"
		}
		refused(t, b, b.get(back+again), "OAuthCallbackError")
	}
}

func TestS_52_OnlyRealVisitsRedeem(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	back := b.choose(b.start("op", "/"), "alice")
	b.do(http.MethodHead, back, nil)
	b.do(http.MethodOptions, back, nil)
	b.do(http.MethodPost, back, url.Values{})
	b.get(back, header{"Sec-Purpose", "prefetch;prerender"})
	b.get(back, header{"Purpose", "prefetch"})
	if n := b.a.op.Count("token"); n != 0 {
		t.Fatalf("%d token requests", n)
	}
	if r := b.get(back); r.location() != appURL+"/" {
		t.Errorf("the real visit: %s", r.location())
	}
}

// A provider that answers by a cross-site POST.
func TestS_53_FormPost(t *testing.T) {
	t.Parallel()
	app := func() *app {
		return newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
			c.Providers = []providers.Provider{
				providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: issuer, FormPost: true}),
				testProvider("other"),
			}
		})
	}
	answerTo := func(b *browser, subject string) url.Values {
		auth := b.start("op", "/")
		if param(t, auth, "response_mode") != "form_post" {
			t.Fatal("response_mode is not form_post")
		}
		u, err := url.Parse(b.choose(withParam(t, auth, "response_mode", ""), subject))
		if err != nil {
			t.Fatal(err)
		}
		return u.Query()
	}
	b := app().browser()
	start := b.post("/auth/signin/op", nil)
	if line := setCookie(start, ".tx."); !strings.Contains(line, "SameSite=None") || !strings.Contains(line, "Secure") {
		t.Errorf("transaction cookie %q cannot come with a cross-site POST", line)
	}
	if line := setCookie(b.post("/auth/signin/other", nil), ".tx."); !strings.Contains(line, "SameSite=Lax") {
		t.Errorf("transaction cookie of another provider: %q", line)
	}
	if r := b.do(http.MethodPost, "/auth/callback/op", answerTo(b, "alice")); r.location() != appURL+"/" || b.who() != "op|alice" {
		t.Errorf("success: %d %s", r.StatusCode, r.location())
	}
	b = app().browser()
	if r := b.do(http.MethodPost, "/auth/callback/op", answerTo(b, "")); errorOf(t, r) != "AccessDenied" {
		t.Errorf("error: %s", r.location())
	}
	for kind, want := range map[string]int{
		"multipart/form-data; boundary=x": 415, "application/json": 415, "text/plain": 415, "": 415,
	} {
		if r := b.do(http.MethodPost, "/auth/callback/op", url.Values{"a": {"b"}}, header{"Content-Type", kind}); r.StatusCode != want {
			t.Errorf("%q: %d, want %d", kind, r.StatusCode, want)
		}
	}
	if r := b.do(http.MethodPost, "/auth/callback/op", url.Values{"a": {strings.Repeat("x", 1<<20)}}); r.StatusCode != 413 {
		t.Errorf("a large body: %d", r.StatusCode)
	}
	if r := b.get("/auth/callback/op?code=x&state=y"); r.StatusCode != 405 {
		t.Errorf("GET: %d", r.StatusCode)
	}
}

// setCookie returns the Set-Cookie line of the first cookie whose name contains
// a text.
func setCookie(r answer, name string) string {
	for _, line := range r.Header["Set-Cookie"] {
		if n, _, _ := strings.Cut(line, "="); strings.Contains(n, name) {
			return line
		}
	}
	return ""
}

func TestS_54_RedirectURIStaysTheSame(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	var sent string
	b.a.op.Intercept = func(endpoint string, _ http.ResponseWriter, r *http.Request) bool {
		if endpoint == "token" {
			sent = r.PostFormValue("redirect_uri")
		}
		return false
	}
	auth := b.start("op", "/")
	b.get(b.choose(auth, "alice"), header{"X-Forwarded-Host", "evil.example"}, header{"Forwarded", "host=evil.example"})
	if want := appURL + "/auth/callback/op"; sent != want || param(t, auth, "redirect_uri") != want {
		t.Errorf("authorization %q, token %q", param(t, auth, "redirect_uri"), sent)
	}
}

// The target is judged again when the sign-in ends, since the rules may have
// changed meanwhile.
func TestS_109_TargetIsJudgedTwice(t *testing.T) {
	t.Parallel()
	b := newApp(t, withOrigins).browser()
	back := b.choose(b.start("op", "https://other.example.com/x"), "alice")
	stricter := newApp(t)
	stricter.op, b.a = b.a.op, stricter
	stricter.http.Transport = stricter.op.Client().Transport
	b.c.Transport = stricter
	if r := b.get(back); r.location() != appURL+"/" || b.who() != "op|alice" {
		t.Errorf("leads to %s", r.location())
	}
}

// A sign-in that fails does not touch the session that is there.
func TestS_168_StartingASignInChangesNothing(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	b.signIn("alice")
	b.get("/auth/signin")
	back := b.choose(b.start("op", "/"), "")
	if code := errorOf(t, b.get(back)); code != "AccessDenied" || b.who() != "op|alice" {
		t.Errorf("after a cancelled sign-in: %s, signed in as %q", code, b.who())
	}
}

// CVE-2021-41246, GHSA-f24x-5g9q-753f: nothing of before gets into the session
// of somebody who signs in.
func TestS_161_S_167_SignInStartsAfresh(t *testing.T) {
	t.Parallel()
	extra := func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
			if e.Trigger == httpauth.TriggerSignIn && e.User.ID == "alice" {
				role.Set(e.Token, "admin")
			}
			return nil
		}
	}
	a := newApp(t, extra)
	var seen *httpauth.Session
	a.mux.HandleFunc("/see", func(_ http.ResponseWriter, r *http.Request) { seen, _ = httpauth.FromContext(r.Context()) })
	b := a.browser()
	b.signIn("alice")
	b.get("/see")
	alice, csrf := *seen.Payload(), b.csrf()
	b.signIn("bob")
	b.get("/see")
	bob := seen.Payload()
	if bob.Subject != "op|bob" || bob.ID == alice.ID || bob.Email == alice.Email {
		t.Errorf("after alice: %+v", bob)
	}
	if r, ok := role.Get(bob); ok {
		t.Errorf("bob has alice's role %q", r)
	}
	if b.csrf() == csrf {
		t.Error("the CSRF token of before the sign-in still works")
	}
}
