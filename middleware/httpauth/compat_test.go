package httpauth_test

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// writes configures the format that is written and those that are read too. The
// base path stays the one of the other tests.
func writes(f token.Format, accept ...token.Format) func(*httpauth.Config, *providertest.Config) {
	return func(c *httpauth.Config, _ *providertest.Config) { c.Compat, c.Accept, c.BasePath = f, accept, "/auth" }
}

// sessionCookies returns the names of the cookies that hold a session, in order.
func sessionCookies(b *browser) []string {
	var names []string
	for name := range b.cookies("/") {
		if strings.Contains(name, ".session") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// visits lets a browser go on at another instance of the application.
func (b *browser) visits(a *app) *browser {
	c := *b.c
	c.Transport = a
	return &browser{t: b.t, a: a, c: &c}
}

func TestCompatDefaults(t *testing.T) {
	clearEnv(t)
	t.Setenv("NEXTAUTH_URL", appURL)
	t.Setenv("AUTH_SECRET", testSecret)
	for f, want := range map[token.Format]struct{ base, session, csrf, empty string }{
		token.Native:    {"/auth", "__Host-auth.session", "__Host-auth.csrf", "null"},
		token.AuthJS:    {"/api/auth", "__Secure-authjs.session-token", "__Host-authjs.csrf-token", "null"},
		token.NextAuth4: {"/api/auth", "__Secure-next-auth.session-token", "__Host-next-auth.csrf-token", "{}"},
	} {
		a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
			if c.Compat = f; f.Foreign() {
				c.URL = ""
			}
			c.Secrets = nil
		})
		b := a.browser()
		if r := b.get(want.base + "/session"); r.StatusCode != 200 || r.body != want.empty || len(r.Header["Set-Cookie"]) != 0 {
			t.Errorf("%s: signed out: %d %s %v", f, r.StatusCode, r.body, r.Header["Set-Cookie"])
		}
		var csrf struct{ CSRFToken string }
		first := b.get(want.base + "/csrf")
		if err := json.Unmarshal([]byte(first.body), &csrf); err != nil || len(csrf.CSRFToken) != 64 {
			t.Fatalf("%s: csrf: %s", f, first.body)
		}
		if name, _, _ := strings.Cut(setCookie(first, "csrf"), "="); name != want.csrf {
			t.Errorf("%s: csrf cookie %s", f, name)
		}
		start := b.do(http.MethodPost, want.base+"/signin/op", url.Values{"csrfToken": {csrf.CSRFToken}})
		in := b.get(b.choose(start.location(), "alice"))
		if name, _, _ := strings.Cut(setCookie(in, ".session"), "="); name != want.session {
			t.Errorf("%s: session cookie %s", f, name)
		}
		age := 30 * 24 * time.Hour
		if f == token.Native {
			age = 8 * time.Hour
		}
		if c, err := http.ParseSetCookie(setCookie(in, ".session")); err != nil || time.Until(c.Expires).Round(time.Hour) != age {
			t.Errorf("%s: session until %v", f, c.Expires)
		}
	}
}

// next-auth seals with AUTH_SECRET whenever there is one, so the numbered secrets
// come after it; @auth/core reads all of them.
func TestCompatSecrets(t *testing.T) {
	clearEnv(t)
	first := strings.ToLower(testSecret)
	for name, value := range map[string]string{"AUTH_SECRET": first, "AUTH_SECRET_1": testSecret, "NEXTAUTH_SECRET": first} {
		t.Setenv(name, value)
	}
	a := newApp(t, writes(token.AuthJS), func(c *httpauth.Config, _ *providertest.Config) { c.Secrets = nil })
	b := a.browser()
	b.signIn("alice")
	if tok := openForeign(t, b, token.AuthJS, os.Getenv("AUTH_SECRET")); tok.Subject != "op|alice" {
		t.Errorf("sealed for %s", tok.Subject)
	}
	// Each version has a variable of its own that it looks at first.
	t.Setenv("NEXTAUTH_SECRET", strings.ToUpper(testSecret))
	for f, secret := range map[token.Format]string{token.AuthJS: first, token.NextAuth4: os.Getenv("NEXTAUTH_SECRET")} {
		b := newApp(t, writes(f), func(c *httpauth.Config, _ *providertest.Config) { c.Secrets = nil }).browser()
		b.signIn("alice")
		openForeign(t, b, f, secret)
	}
}

// The guide of Auth.js v5 does not keep the provider's name. Where there is only
// one, its tokens are renewed all the same.
func TestForeignAccountWithoutProvider(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t, halfMinute, writes(token.AuthJS), func(c *httpauth.Config, _ *providertest.Config) {
			c.CompatMembers = token.Members{AccessToken: "access_token", RefreshToken: "refresh_token", ExpiresAt: "expires_at", Provider: "-", Seconds: true}
		})
		withAPI(a)
		b := a.browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		if r := b.get("/api"); r.StatusCode != 200 || a.op.Count("refresh") != 1 {
			t.Errorf("%d %s, %d refreshes", r.StatusCode, r.body, a.op.Count("refresh"))
		}
	})
}

// openForeign opens the session of a browser as Auth.js would.
func openForeign(t *testing.T, b *browser, f token.Format, secrets ...string) *token.Token {
	t.Helper()
	name := f.CookieName("session-token", true)
	codec, err := token.NewForeignCodec(f, name, token.Members{}, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := codec.Open(b.cookies("/")[name])
	if err != nil {
		t.Fatalf("%s: %v; cookies %v", f, err, sessionCookies(b))
	}
	return tok
}

// A team moves from next-auth v4 to v5 to the kit and back, and nobody is signed
// out: each instance accepts what the one before wrote, writes its own format,
// and takes the old cookies away.
func TestMigration(t *testing.T) {
	t.Parallel()
	route := []token.Format{token.NextAuth4, token.AuthJS, token.Native, token.AuthJS, token.NextAuth4, token.Native}
	b := newApp(t, writes(route[0])).browser()
	b.signIn("alice")
	for i, f := range route[1:] {
		b = b.visits(newApp(t, writes(f, route[i])))
		if who := b.who(); who != "op|alice" {
			t.Fatalf("step %d, from %s to %s: signed in as %q: %v", i+1, route[i], f, who, b.a.kinds())
		}
		if names := sessionCookies(b); len(names) != 1 {
			t.Errorf("step %d: cookies %v", i+1, names)
		}
		if c := setCookie(b.get("/who"), ".session"); c != "" {
			t.Errorf("step %d: written again: %s", i+1, c)
		}
		if f.Foreign() {
			tok := openForeign(t, b, f, testSecret)
			if tok.Account.Provider != "op" || tok.Account.RefreshToken.IsZero() || tok.Account.ID != "alice" || tok.Account.Lifetime == 0 {
				t.Errorf("step %d: account %+v", i+1, tok.Account)
			}
		}
	}
}

// Where two applications write their own formats for the same browser, the last
// one counts; and whoever signs out is signed out of both.
func TestNewestFormCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := newApp(t, writes(token.AuthJS))
		own := newApp(t, writes(token.Native, token.AuthJS))
		b := own.browser()
		b.signIn("alice")
		old := b.cookies("/")[sessionCookie]
		time.Sleep(time.Minute)
		there := b.visits(next)
		there.signIn("bob") // which ends the session of alice
		b.setCookie(sessionCookie, old, "/")
		if who := b.visits(own).who(); who != "op|bob" {
			t.Errorf("signed in as %q", who)
		}
		there.signIn("bob")
		if names := sessionCookies(b); len(names) != 2 {
			t.Fatalf("cookies %v", names)
		}
		b.visits(own).post("/auth/signout", nil)
		if names := sessionCookies(b); len(names) != 0 {
			t.Errorf("after the sign-out: %v", names)
		}
	})
}

// A claim that has the name of a member of the native format would be taken for
// that member.
func TestMigrationOfAwkwardClaims(t *testing.T) {
	t.Parallel()
	a := newApp(t, writes(token.Native, token.AuthJS))
	b := a.browser()
	codec, err := token.NewForeignCodec(token.AuthJS, "__Secure-authjs.session-token", token.Members{}, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	tok := &token.Token{}
	if err := json.Unmarshal([]byte(`{"sub":"u1","v":2,"account":{"x":1},"role":"admin"}`), &tok.Claims); err != nil {
		t.Fatal(err)
	}
	tok.IssuedAt, tok.ExpiresAt = time.Now(), time.Now().Add(time.Hour)
	sealed, err := codec.Seal(tok)
	if err != nil {
		t.Fatal(err)
	}
	b.setCookie("__Secure-authjs.session-token", sealed, "/")
	for range 2 {
		if who := b.who(); who != "u1" || len(sessionCookies(b)) != 1 {
			t.Errorf("signed in as %q with %v: %v", who, sessionCookies(b), a.kinds())
		}
	}
}

// During a roll-out an instance may meet a session under a secret that it does
// not have yet. It leaves it alone, also where next-auth v4 names no key.
func TestCompatUnknownSecret(t *testing.T) {
	t.Parallel()
	for _, f := range []token.Format{token.AuthJS, token.NextAuth4} {
		b := newApp(t, writes(f)).browser()
		b.signIn("alice")
		other := newApp(t, writes(f), func(c *httpauth.Config, _ *providertest.Config) { c.Secrets = []string{strings.ToLower(testSecret)} })
		if r := b.visits(other).get("/who"); r.body != "" || len(r.Header["Set-Cookie"]) != 0 {
			t.Errorf("%s: %q %v", f, r.body, r.Header["Set-Cookie"])
		}
		both := newApp(t, writes(f), func(c *httpauth.Config, _ *providertest.Config) {
			c.Secrets = []string{strings.ToLower(testSecret), testSecret}
		})
		if who := b.visits(both).who(); who != "op|alice" {
			t.Errorf("%s, with both secrets: %q", f, who)
		}
	}
}

// The CSRF cookie of a page that is open survives a rotation of the secrets.
func TestCSRFSurvivesRotation(t *testing.T) {
	t.Parallel()
	old, fresh := testSecret, strings.ToLower(testSecret)
	for _, f := range []token.Format{token.Native, token.AuthJS, token.NextAuth4} {
		with := func(secrets ...string) *app {
			return newApp(t, writes(f), func(c *httpauth.Config, _ *providertest.Config) { c.Secrets = secrets })
		}
		b := with(old).browser()
		text := b.csrf()
		for _, secrets := range [][]string{{old, fresh}, {fresh, old}} {
			b = b.visits(with(secrets...))
			r := b.do(http.MethodPost, "/auth/signin/op", url.Values{"csrfToken": {text}})
			if !strings.HasPrefix(r.location(), issuer) || b.csrf() != text {
				t.Errorf("%s, %d secrets: %s", f, len(secrets), r.location())
			}
		}
	}
}

// The first requests of a browser run in parallel: each gets a token and a
// cookie, and only one cookie stays. All tokens are good as long as the browser
// says that the page is of this origin and nobody has signed in meanwhile.
func TestS_172_ParallelFirstRequests(t *testing.T) {
	t.Parallel()
	for _, f := range []token.Format{token.Native, token.AuthJS, token.NextAuth4} {
		b := newApp(t, writes(f)).browser()
		tokens := make([]string, 20)
		var wg sync.WaitGroup
		for i := range tokens {
			wg.Go(func() {
				fresh := b.a.browser()
				tokens[i] = fresh.csrf()
				if i == len(tokens)-1 {
					b.c.Jar = fresh.c.Jar // its cookie is the one that stays
				}
			})
		}
		wg.Wait()
		same := header{"Sec-Fetch-Site", "same-origin"}
		post := func(text string, h header) bool {
			r := b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+text+`"}`, h)
			return r.StatusCode == http.StatusOK
		}
		for i, text := range tokens {
			if !post(text, same) || !post(text, header{"Origin", appURL}) {
				t.Errorf("%s: token %d was refused", f, i)
			}
		}
		if post(tokens[0], header{"X-Nothing", "x"}) || post(tokens[0], header{"Sec-Fetch-Site", "none"}) {
			t.Errorf("%s: a token without its cookie was taken from a client that does not say where its page is from", f)
		}
		for name, text := range map[string]string{
			"made up": strings.Repeat("ab", 32), "empty": "", "one digit": "a", "half": tokens[0][:32], "changed": flipped(tokens[0]),
		} {
			if post(text, same) {
				t.Errorf("%s: a token that is %s was taken", f, name)
			}
		}
		b.signIn("alice")
		if b.csrf(); post(tokens[0], same) { // S-165
			t.Errorf("%s: a token of before the sign-in was taken after it", f)
		}
	}
}

// What a client may add to an authorization request, and what not.
func TestS_58_ClientParams(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.ClientScopes = []string{"calendar", "files"} })
	b := a.browser()
	query := url.Values{
		"prompt": {"login"}, "login_hint": {"ada@example.com"}, "ui_locales": {"de"}, "scope": {"calendar admin openid"},
		"acr_values": {"1"}, "redirect_uri": {"https://evil.example"}, "state": {"x"}, "client_id": {"evil"}, "response_type": {"token"},
		"nonce": {"x"}, "code_challenge": {"x"}, "request_uri": {"https://evil.example"},
	}
	r := b.post("/auth/signin/op?"+query.Encode(), url.Values{"prompt": {"from the body"}})
	got := query
	u, err := url.Parse(r.location())
	if err != nil {
		t.Fatal(err)
	}
	got = u.Query()
	for name, want := range map[string]string{
		"prompt": "login", "login_hint": "ada@example.com", "ui_locales": "de", "acr_values": "", "request_uri": "",
		"redirect_uri": appURL + "/auth/callback/op", "client_id": "app", "response_type": "code",
	} {
		if got.Get(name) != want || len(got[name]) > 1 {
			t.Errorf("%s=%q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if got.Get(name) == "x" {
			t.Errorf("%s was chosen by the client", name)
		}
	}
	scopes := strings.Fields(got.Get("scope"))
	if !slices.Contains(scopes, "calendar") || slices.Contains(scopes, "admin") || slices.Contains(scopes, "files") || !slices.Contains(scopes, "profile") {
		t.Errorf("scopes %v", scopes)
	}
	r = b.post("/auth/signin/op?login_hint=a&login_hint=b&prompt="+strings.Repeat("x", 513)+"&ui_locales=%0a", nil)
	if param(t, r.location(), "login_hint") != "" || len(param(t, r.location(), "prompt")) > 512 || param(t, r.location(), "ui_locales") != "" {
		t.Errorf("two values, a long one, and a line break: %s", r.location())
	}
	none := newApp(t, func(c *httpauth.Config, _ *providertest.Config) { c.ClientParams = []string{} }).browser()
	if r := none.post("/auth/signin/op?login_hint=a", nil); param(t, r.location(), "login_hint") != "" {
		t.Errorf("none allowed: %s", r.location())
	}
}

// Each generation of clients is told of errors in its own words and statuses.
func TestWordsOfClients(t *testing.T) {
	t.Parallel()
	v5, v4 := header{"X-Auth-Return-Redirect", "1"}, url.Values{"json": {"true"}}
	a := newApp(t, withCredentials)
	b := a.browser()
	told := func(r answer) string {
		var got struct{ URL string }
		if err := json.Unmarshal([]byte(r.body), &got); err != nil {
			t.Fatalf("%d %q: %v", r.StatusCode, r.body, err)
		}
		return strings.TrimPrefix(got.URL, appURL)
	}
	wrong := func(extra url.Values) url.Values {
		form := url.Values{"username": {"ada"}, "password": {"wrong"}}
		for k, v := range extra {
			form[k] = v
		}
		return form
	}
	r := b.post("/auth/callback/credentials", wrong(nil), v5)
	if r.StatusCode != 200 || told(r) != "/auth/signin?callbackUrl=https%3A%2F%2Fapp.example.com%2F&code=credentials&error=CredentialsSignin" ||
		r.location() != "" || len(r.Header["Set-Cookie"]) != 0 {
		t.Errorf("v5: %d %s %v", r.StatusCode, told(r), r.Header)
	}
	r = b.post("/auth/callback/credentials", wrong(v4))
	if r.StatusCode != 401 || told(r) != "/auth/error?callbackUrl=https%3A%2F%2Fapp.example.com%2F&error=CredentialsSignin&provider=credentials" {
		t.Errorf("v4: %d %s", r.StatusCode, told(r))
	}
	if r := b.get(told(r)); !strings.Contains(r.location(), "/auth/signin?") || errorOf(t, r) != "CredentialsSignin" {
		t.Errorf("the error page of v4 does not pass on to the sign-in page: %s", r.location())
	}
	r = b.do(http.MethodPost, "/auth/callback/credentials", wrong(v4))
	if r.StatusCode != 200 || told(r) != "/auth/signin?csrf=true&error=MissingCSRF" {
		t.Errorf("v4 without a CSRF token: %d %s", r.StatusCode, told(r))
	}
	r = b.post("/auth/signin/nobody", url.Values{}, v5)
	if r.StatusCode != 200 || told(r) != "/auth/error?error=Configuration" {
		t.Errorf("v5, unknown provider: %d %s", r.StatusCode, told(r))
	}
	r = b.post("/auth/signin/credentials", url.Values{"callbackUrl": {"/x"}}, v5)
	if told(r) != "/auth/signin?callbackUrl=https%3A%2F%2Fapp.example.com%2Fx" || r.location() != appURL+told(r) {
		t.Errorf("v5, credentials by signin: %s", r.body)
	}
	if r := b.do(http.MethodPost, "/auth/_log", url.Values{"level": {"error"}}); r.StatusCode != 200 {
		t.Errorf("v4, _log: %d", r.StatusCode)
	}

	old := newApp(t, writes(token.NextAuth4)).browser()
	if r := old.do(http.MethodPost, "/auth/session", `{}`); r.StatusCode != 400 || r.body != "{}" {
		t.Errorf("v4, update without a CSRF token: %d %s", r.StatusCode, r.body)
	}
	if r := old.get("/auth/providers"); !strings.Contains(r.body, `"type":"oauth"`) {
		t.Errorf("v4, providers: %s", r.body)
	}
	old.a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
		if endpoint == "token" {
			jsonError(w, http.StatusBadRequest, "invalid_grant")
		}
		return endpoint == "token"
	}
	if r := old.get(old.choose(old.start("op", "/"), "alice")); r.location() != appURL+"/auth/error?callbackUrl=https%3A%2F%2Fapp.example.com%2F&error=OAuthCallback" {
		t.Errorf("v4, a callback that failed: %s", r.location())
	}
}

// The configuration is checked before anything is served.
func TestCompatConfiguration(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*httpauth.Config){
		"unknown format":   func(c *httpauth.Config) { c.Compat = "jwt" },
		"unknown accepted": func(c *httpauth.Config) { c.Accept = []token.Format{"jwt"} },
		"two members": func(c *httpauth.Config) {
			c.Compat, c.CompatMembers = token.AuthJS, token.Members{AccessToken: "t", RefreshToken: "t"}
		},
		"reserved member": func(c *httpauth.Config) { c.Compat, c.CompatMembers = token.AuthJS, token.Members{AccessToken: "sub"} },
	} {
		cfg := httpauth.Config{URL: appURL, Secrets: []string{testSecret}, Providers: provider(), Logger: quiet()}
		change(&cfg)
		if _, err := httpauth.New(cfg); err == nil || !strings.Contains(err.Error(), "Config.Compat") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// withCredentials adds a provider that knows ada.
func withCredentials(c *httpauth.Config, _ *providertest.Config) {
	c.Providers = []providers.Provider{testProvider("op"), ada()}
}

// A session that says what only the other side understands stays in the browser.
func TestCompatUnusableSession(t *testing.T) {
	t.Parallel()
	a := newApp(t, writes(token.AuthJS))
	b := a.browser()
	b.setCookie("__Secure-authjs.session-token", sealForeign(t, `{"name":"nobody"}`), "/")
	r := b.get("/who")
	if r.body != "" || len(r.Header["Set-Cookie"]) != 0 || a.lastReason() != token.ReasonContent {
		t.Errorf("%q %v %s", r.body, r.Header["Set-Cookie"], a.lastReason())
	}
}

// sealForeign seals a payload as Auth.js v5 would.
func sealForeign(t *testing.T, payload string) string {
	t.Helper()
	const name = "__Secure-authjs.session-token"
	key, err := hkdf.Key(sha256.New, []byte(testSecret), []byte(name), "Auth.js Generated Encryption Key ("+name+")", 64)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512([]byte(`{"k":"` + base64.RawURLEncoding.EncodeToString(key) + `","kty":"oct"}`))
	encrypter, err := jose.NewEncrypter(jose.A256CBC_HS512, jose.Recipient{Algorithm: jose.DIRECT, Key: key},
		new(jose.EncrypterOptions).WithHeader("kid", base64.RawURLEncoding.EncodeToString(sum[:])))
	if err != nil {
		t.Fatal(err)
	}
	times := fmt.Sprintf(`"iat":%d,"exp":%d,"jti":"%s"}`, time.Now().Unix(), time.Now().Add(time.Hour).Unix(), rand.Text())
	object, err := encrypter.Encrypt([]byte(strings.TrimSuffix(payload, "}") + "," + times))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// Front ends of Auth.js look for some members beside user.
func TestSessionMembers(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *httpauth.Config, _ *providertest.Config) {
		c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error {
			for _, name := range []string{"user", "expires", "error"} {
				if err := e.Session.SetMember(name, "x"); err == nil {
					t.Errorf("session.%s can be replaced", name)
				}
			}
			if err := e.Session.SetMember("f", func() {}); err == nil {
				t.Error("a function has become JSON")
			}
			return errors.Join(e.Session.SetMember("accessToken", "old"), e.Session.SetMember("accessToken", "shown"))
		}
	})
	b := a.browser()
	b.signIn("alice")
	if r := b.get("/auth/session"); !strings.HasSuffix(r.body, `,"accessToken":"shown"}`) || !strings.HasPrefix(r.body, `{"user":{`) {
		t.Errorf("session: %s", r.body)
	}
}

// A server that asks on behalf of its visitor, and does not pass cookies on, says
// so; then nothing is spent on the answer.
func TestReadOnlyRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newApp(t, halfMinute).browser()
		b.signIn("alice")
		time.Sleep(31 * time.Second)
		r := b.get("/who", header{"X-Auth-Read-Only", "1"})
		if r.body != "op|alice" || len(r.Header["Set-Cookie"]) != 0 || b.a.op.Count("refresh") != 0 {
			t.Errorf("%q %v, %d refreshes", r.body, r.Header["Set-Cookie"], b.a.op.Count("refresh"))
		}
	})
}

// During a rotation the counters tell when the old secret can go.
func TestS_83_SecretUses(t *testing.T) {
	t.Parallel()
	fresh := strings.ToLower(testSecret)
	for _, f := range []token.Format{token.Native, token.AuthJS, token.NextAuth4} {
		b := newApp(t, writes(f)).browser()
		b.signIn("alice")
		both := newApp(t, writes(f), func(c *httpauth.Config, _ *providertest.Config) { c.Secrets = []string{fresh, testSecret} })
		at := b.visits(both)
		for range 3 {
			at.who()
		}
		if got := fmt.Sprint(both.auth.SecretUses()); got != "[0 3]" {
			t.Errorf("%s: %s before anything was written anew", f, got)
		}
		at.signIn("alice")
		old := both.auth.SecretUses()[1]
		for range 3 {
			at.who()
		}
		if got := both.auth.SecretUses(); got[0] < 3 || got[1] != old {
			t.Errorf("%s: %v, with %d before", f, got, old)
		}
	}
}

// What Auth.js has written is written anew when it is first seen: from then on the
// session has a name and a sign-in time that stay, whatever Auth.js makes of the
// token, and generations that order what several instances have changed.
func TestForeignSessionSettles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := func() *app {
			return newApp(t, writes(token.AuthJS), func(c *httpauth.Config, _ *providertest.Config) {
				c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
					if e.Trigger == httpauth.TriggerUpdate {
						role.Set(e.Token, strings.Trim(string(e.Data), `"`))
					}
					return nil
				}
				c.Callbacks.Session = func(_ ctx, e *httpauth.SessionEvent) error { e.Session.Expose(role); return nil }
			})
		}
		one, two := at(), at()
		b := one.browser()
		b.setCookie("__Secure-authjs.session-token", sealForeign(t, `{"sub":"u1","name":"Ada","extra":{"a":[1]}}`), "/")
		began := time.Now()
		if c := setCookie(b.get("/who"), ".session"); c == "" {
			t.Error("not written when it was first seen")
		}
		if c := setCookie(b.get("/who"), ".session"); c != "" {
			t.Errorf("written again: %s", c)
		}
		first := openForeign(t, b, token.AuthJS, testSecret)
		update := func(a *app, value string) {
			b := b.visits(a)
			b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+b.csrf()+`","data":"`+value+`"}`)
			time.Sleep(time.Second)
		}
		update(one, "first")
		update(two, "second")
		if r := b.visits(one).get("/auth/session"); !strings.Contains(r.body, "second") {
			t.Errorf("an instance has undone what another one changed: %s", r.body)
		}
		last := openForeign(t, b, token.AuthJS, testSecret)
		if last.ID != first.ID || !last.AuthTime.Equal(began.Truncate(time.Second)) || last.Generation <= first.Generation {
			t.Errorf("id %q, then %q; sign-in %v; generation %d, then %d", first.ID, last.ID, last.AuthTime, first.Generation, last.Generation)
		}
	})
}
