package e2e_test

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/middleware/httpauth"
)

// The React clients of next-auth, as they are published, work with the kit: v5 and
// v4 without knowing it, and v5 with the kit's own format, told its base path.
func TestReactClients(t *testing.T) {
	for _, c := range reactClients {
		t.Run(c.name, func(t *testing.T) {
			browser := newTab(t)
			s := startSite(t, c)
			own := startSite(t, c, func(cfg *auth.Config) { cfg.Pages.SignIn = "/login" })
			for _, j := range []journey{
				{"providers", s, listProviders, nil},
				{"through the provider", s, throughProvider, nil},
				{"parameters", s, chooseParameters, nil},
				{"update", s, updateSession, []httpauth.ErrorKind{httpauth.KindCallback}},
				{"credentials", s, typeCredentials, []httpauth.ErrorKind{httpauth.KindCredentials, httpauth.KindCredentials}},
				{"credentials with redirect", s, redirectCredentials, []httpauth.ErrorKind{httpauth.KindCredentials}},
				{"sign-out", s, signOut, []httpauth.ErrorKind{httpauth.KindRedirect}},
				{"session required", s, requireSession, nil},
				{"two tabs", s, tellOtherTab, nil},
				{"two sign-ins at once", s, signInInBothTabs, nil},
				{"first requests", s, hurry, slices.Repeat([]httpauth.ErrorKind{httpauth.KindCredentials}, tokens+1)},
				{"own page", own, signInOnOwnPage, []httpauth.ErrorKind{httpauth.KindCredentials, httpauth.KindCredentials}},
			} {
				t.Run(j.name, func(t *testing.T) { j.run(t, browser) })
			}
		})
	}
}

// journey is what a guest does on a site, and which errors the kit then reports.
type journey struct {
	name     string
	site     *site
	steps    func(*guest)
	failures []httpauth.ErrorKind
}

func (j journey) run(t *testing.T, browser *tab) {
	g := newGuest(t, browser, j.site)
	j.steps(g)
	if got := j.site.failures(); !slices.Equal(got, j.failures) {
		t.Errorf("the kit reported %v instead of %v", got, j.failures)
	}
	if got := g.complaints(); len(got) > 0 {
		t.Errorf("the client complained:\n%s", strings.Join(got, "\n"))
	}
}

// getProviders tells of both, in the words of the client's version.
func listProviders(g *guest) {
	g.visit("/")
	base, protocol := g.site.url+g.site.client.base, "oidc"
	if g.site.client.v4 {
		protocol = "oauth"
	}
	want := fmt.Sprintf(`{"op":{"id":"op","name":"Test provider","type":%[2]q,"signinUrl":"%[1]s/signin/op","callbackUrl":"%[1]s/callback/op"},`+
		`"credentials":{"id":"credentials","name":"Credentials","type":"credentials","signinUrl":"%[1]s/signin/credentials","callbackUrl":"%[1]s/callback/credentials"}}`, base, protocol)
	if got := script[string](g.tab, "client.getProviders().then(JSON.stringify)"); got != want {
		g.t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Sign-in through the provider: by way of the kit's page, and directly. The
// session outlives a reload, and getSession tells what useSession does.
func throughProvider(g *guest) {
	g.visit("/")
	g.is("unauthenticated")
	if got := script[string](g.tab, "client.getSession().then(JSON.stringify)"); got != "null" {
		g.t.Errorf("session of a stranger: %s", got)
	}
	g.click("#sign-in")
	g.click("button.p-op")
	g.pick("alice")
	g.arrives("/")
	g.is("authenticated")
	g.shows("alice@example.com")
	g.shoot("signed-in")
	if got := g.cookies("session"); !slices.Equal(got, []string{g.site.client.session}) {
		g.t.Errorf("cookies %v", got)
	}
	g.do(chromedp.Reload())
	g.is("authenticated")
	user := `{"name":"Alice Example","email":"alice@example.com","motto":"first things first"}`
	if got := script[string](g.tab, "client.getSession().then(s => JSON.stringify(s.user))"); got != user {
		g.t.Errorf("user %s", got)
	}
	if !script[bool](g.tab, "client.getSession().then(s => new Date(s.expires) > new Date())") {
		g.t.Error("the session has expired")
	}

	g.leave("client.signOut()")
	g.arrives("/")
	g.is("unauthenticated")
	g.leave("client.signIn('op', {callbackUrl: '/?again'})")
	g.pick("bob")
	g.arrives("/?again")
	g.shows("bob@example.com")
}

// The third argument of signIn gets to the provider as far as the configuration
// lets clients choose. Nothing that the kit itself decides is among it.
func chooseParameters(g *guest) {
	g.visit("/")
	g.is("unauthenticated")
	g.leave("client.signIn('op', {}, {prompt: 'login', login_hint: 'x', scope: 'calendar admin', redirect_uri: 'https://evil.example', " +
		"state: 'evil', nonce: 'evil', code_challenge: 'evil', client_id: 'evil', response_type: 'token', evil: 'evil'})")
	g.until("location.origin === '"+g.site.op+"'", 10*time.Second)
	asked, err := url.Parse(g.location())
	if err != nil {
		g.t.Fatal(err)
	}
	query := asked.Query()
	for name, want := range map[string]string{
		"prompt": "login", "login_hint": "x", "client_id": "app", "response_type": "code",
		"redirect_uri": g.site.url + g.site.client.base + "/callback/op", "code_challenge_method": "S256",
	} {
		if got := query[name]; len(got) != 1 || got[0] != want {
			g.t.Errorf("%s is %q", name, got)
		}
	}
	scopes := strings.Fields(query.Get("scope"))
	if !slices.Contains(scopes, "openid") || !slices.Contains(scopes, "calendar") || slices.Contains(scopes, "admin") {
		g.t.Errorf("scope is %q", scopes)
	}
	if strings.Contains(asked.RawQuery, "evil") {
		g.t.Errorf("the client chose too much: %s", asked.RawQuery)
	}
	g.pick("alice")
	g.arrives("/")
	g.is("authenticated")
}

// update() reads the session anew; update(data) changes it by way of the JWT
// callback, and says so if that refuses.
func updateSession(g *guest) {
	g.visit("/")
	g.is("unauthenticated")
	if got := script[string](g.tab, "client.update({nickname: 'Nobody'}).then(s => JSON.stringify(s ?? null))"); got != "null" {
		g.t.Errorf("an update without a session: %s", got)
	}
	g.signInAsAda()
	defer g.site.setMotto("first things first")
	g.site.setMotto("changed on the server")
	if got := script[string](g.tab, "client.update().then(s => s.user.motto)"); got != "changed on the server" {
		g.t.Errorf("update() returned %q", got)
	}
	g.shows("changed on the server")

	if got := script[string](g.tab, "client.update({nickname: 'Countess Λ'}).then(s => s.user.nickname)"); got != "Countess Λ" {
		g.t.Errorf("update(data) returned %q", got)
	}
	g.shows("Countess Λ")
	g.do(chromedp.Reload())
	g.shows("Countess Λ")
	g.is("authenticated")
	g.shoot("updated")

	refusedUpdate(g)
	g.shows("Countess Λ")
	g.do(chromedp.Reload())
	g.shows("Countess Λ")
}

// refusedUpdate makes the JWT callback return an error. Both clients say so and go
// on; that of v4 tells the server of it, too. With null for a body, as Auth.js has
// it, the client of v5 would wait for ever.
func refusedUpdate(g *guest) {
	g.t.Helper()
	if !script[bool](g.tab, "client.update({unknown: 1}).then(s => s === null)") {
		g.t.Error("a refused update returned a session")
	}
	if got := g.site.answers("POST /session"); got[len(got)-1] != "POST /session 400" {
		g.t.Errorf("answers %v", got)
	}
	complaint := "ClientFetchError"
	if g.site.client.v4 {
		complaint = "CLIENT_FETCH_ERROR"
		wait(g.t, "the client sends its error", func() bool { return len(g.site.answers("POST /_log")) > 0 })
		if got := g.site.answers("POST /_log"); !slices.Equal(got, []string{"POST /_log 200"}) {
			g.t.Errorf("answers %v", got)
		}
	}
	wait(g.t, "the client complains", func() bool { return len(g.complaints()) > 0 })
	if got := g.complaints(); len(got) != 1 || !strings.Contains(got[0], complaint) {
		g.t.Errorf("complaints %q", got)
	}
	g.messages.clear()
}

// signIn with redirect: false returns what became of it, each version in its way.
func typeCredentials(g *guest) {
	g.visit("/")
	g.is("unauthenticated")
	for user, code := range map[string]string{"ada": "credentials", "locked": "account_locked"} {
		want := signInResult{Error: "CredentialsSignin", Code: code, Status: 200, OK: true}
		if g.site.client.v4 { // which has no codes
			want = signInResult{Error: "CredentialsSignin", Status: 401}
		}
		if got := g.try(user, "wrong"); got != want {
			g.t.Errorf("%s: %+v, want %+v", user, got, want)
		}
	}
	g.is("unauthenticated")
	if got := g.cookies(""); !slices.Equal(got, []string{g.site.client.csrf}) {
		g.t.Errorf("cookies %v", got)
	}
	if got, want := g.try("ada", "right"), (signInResult{Status: 200, OK: true, URL: g.site.url + "/"}); got != want {
		g.t.Errorf("%+v, want %+v", got, want)
	}
	g.is("authenticated")
	g.shows("ada@example.com")
	if got := g.cookies("session"); !slices.Equal(got, []string{g.site.client.session}) {
		g.t.Errorf("cookies %v", got)
	}
}

// signIn with a redirect leads to the kit's page, which says what was wrong and
// has a form of its own, or to where the person wanted to go.
func redirectCredentials(g *guest) {
	g.visit("/")
	g.is("unauthenticated")
	g.leave("client.signIn('credentials', {username: 'ada', password: 'wrong', callbackUrl: '/?private'})")
	g.until("location.pathname === '"+g.site.client.base+"/signin'", 10*time.Second)
	if got := script[string](g.tab, "new URLSearchParams(location.search).get('error')"); got != "CredentialsSignin" {
		g.t.Errorf("at %s", g.location())
	}
	if got := g.text("[role=alert]"); !strings.Contains(got, "did not match") {
		g.t.Errorf("the page says %q", got)
	}
	g.shoot("refused")
	g.do(chromedp.SendKeys(chromedp.CSS("input[name=username]"), "ada"), chromedp.SendKeys(chromedp.CSS("input[name=password]"), "right"))
	g.click("button.p-credentials")
	g.arrives("/?private")
	g.shows("ada@example.com")

	// A target on the same page, which the client reloads.
	g.leave("client.signIn('credentials', {username: 'ada', password: 'right', callbackUrl: '/?private#part'})")
	g.arrives("/?private#part")
	g.shows("ada@example.com")
}

// signOut ends the session, whether the client stays on the page, loads it again,
// goes to another one, or wants to go where it must not.
func signOut(g *guest) {
	g.visit("/")
	g.is("unauthenticated")
	g.signInAsAda()
	if got := script[string](g.tab, "client.signOut({redirect: false}).then(r => r.url)"); got != g.site.url+"/" {
		g.t.Errorf("signOut returned %q", got)
	}
	g.is("unauthenticated")
	if got := g.cookies("session"); len(got) != 0 {
		g.t.Errorf("cookies %v", got)
	}

	g.signInAsAda()
	g.leave("document.querySelector('#sign-out').click()")
	g.arrives("/")
	g.is("unauthenticated")

	g.signInAsAda()
	g.leave("client.signOut({callbackUrl: '/?bye'})")
	g.arrives("/?bye")
	g.is("unauthenticated")

	g.signInAsAda()
	g.leave("client.signOut({callbackUrl: 'https://evil.example/'})")
	g.arrives("/")
	g.is("unauthenticated")
	if got := g.cookies("session"); len(got) != 0 {
		g.t.Errorf("cookies %v", got)
	}
}

// useSession({required: true}) sends a stranger to sign in and has them back.
func requireSession(g *guest) {
	g.visit("/members")
	g.until("location.pathname === '"+g.site.client.base+"/signin'", 10*time.Second)
	query := script[string](g.tab, "location.search")
	if want := (url.Values{"error": {"SessionRequired"}, "callbackUrl": {g.site.url + "/members"}}).Encode(); !sameQuery(query, want) {
		g.t.Errorf("query %s, want %s", query, want)
	}
	if got := g.text("[role=alert]"); !strings.Contains(got, "Please sign in") {
		g.t.Errorf("the page says %q", got)
	}
	g.shoot("required")
	g.click("button.p-op")
	g.pick("alice")
	g.arrives("/members")
	g.is("authenticated")
	g.shows("alice@example.com")
}

func sameQuery(a, b string) bool {
	first, err := url.ParseQuery(strings.TrimPrefix(a, "?"))
	if err != nil {
		return false
	}
	second, err := url.ParseQuery(b)
	return err == nil && first.Encode() == second.Encode()
}

// What happens in one tab is seen in the other, which does nothing itself.
func tellOtherTab(g *guest) {
	g.visit("/")
	g.is("unauthenticated")
	other := g.another()
	other.visit("/")
	other.is("unauthenticated")
	script[bool](other.tab, "window.still = true; document.onvisibilitychange = () => { window.still = false }; true")

	g.quiet()
	g.leave("client.signIn('credentials', {username: 'ada', password: 'right'})")
	g.arrives("/")
	g.is("authenticated")
	other.is("authenticated")
	other.shows("ada@example.com")

	g.quiet()
	script[bool](g.tab, "client.update({nickname: 'Countess'}).then(s => s !== null)")
	other.shows("Countess")

	g.quiet()
	script[bool](g.tab, "client.signOut({redirect: false}).then(() => true)")
	g.is("unauthenticated")
	other.is("unauthenticated")
	if !script[bool](other.tab, "window.still") {
		g.t.Error("the other tab was reloaded or shown anew, so it proves nothing")
	}
	if got := other.complaints(); len(got) > 0 {
		g.t.Errorf("the client complained:\n%s", strings.Join(got, "\n"))
	}
}

// Two tabs are at the provider at the same time, and both come back.
func signInInBothTabs(g *guest) {
	other := g.another()
	for _, tab := range []*guest{g, other} {
		tab.visit("/")
		tab.is("unauthenticated")
		tab.leave("client.signIn('op')")
		tab.until("location.origin === '"+g.site.op+"'", 10*time.Second)
	}
	g.pick("alice")
	g.arrives("/")
	g.shows("alice@example.com")
	g.quiet()
	other.pick("bob")
	other.arrives("/")
	other.shows("bob@example.com")
	g.shows("bob@example.com") // who is told of it
}

// quiet waits until the next message to other tabs differs from the last one. The
// client of v4 writes them into the storage with a time in seconds, and what does
// not change is not told.
func (g *guest) quiet() {
	g.t.Helper()
	g.until("(JSON.parse(localStorage.getItem('nextauth.message'))?.timestamp ?? 0) < Math.floor(Date.now() / 1000)", 5*time.Second)
}

// tokens is how many CSRF tokens a page asks for at once, before it signs in.
const tokens = 3

// The first requests of a browser are made before any is answered, so each is given
// a CSRF token, and only one cookie stays. All tokens are good, as is that of the
// sign-in.
func hurry(g *guest) {
	g.visit("/")
	g.see("#status")
	if got := g.cookies(""); len(got) != 0 {
		g.t.Fatalf("cookies %v before the first request", got)
	}
	// All of them leave before the first is answered. The cache would hold them back.
	if _, err := chromedp.Call(g.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		g.t.Fatal(err)
	}
	g.site.gather(tokens + 1) // the sign-in asks for one too
	got := script[struct {
		Session any          `json:"session"`
		Tokens  []string     `json:"tokens"`
		Result  signInResult `json:"result"`
	}](g.tab, fmt.Sprintf(`Promise.all([
		client.getSession(),
		Promise.all(Array.from({length: %d}, () => client.getCsrfToken())),
		client.signIn('credentials', {username: 'ada', password: 'wrong', redirect: false}),
	]).then(([session, tokens, result]) => ({session, tokens, result}))`, tokens))
	if got.Session != nil || got.Result.Error != "CredentialsSignin" {
		g.t.Errorf("session %v, sign-in %+v", got.Session, got.Result)
	}
	slices.Sort(got.Tokens)
	if different := slices.Compact(slices.Clone(got.Tokens)); len(different) != tokens || different[0] == "" {
		g.t.Errorf("tokens %q do not come from parallel requests", got.Tokens)
	}
	for _, token := range got.Tokens {
		where := script[string](g.tab, fmt.Sprintf(`fetch('%s/callback/credentials', {
			method: 'post', headers: {'X-Auth-Return-Redirect': '1'}, body: new URLSearchParams({csrfToken: %q, username: 'ada', password: 'wrong'}),
		}).then(r => r.json()).then(r => r.url)`, g.site.client.base, token))
		if !strings.Contains(where, "error=CredentialsSignin") {
			g.t.Errorf("a token of a parallel request led to %s", where)
		}
	}
	if got := g.try("ada", "right"); got.Error != "" || !got.OK {
		g.t.Errorf("%+v", got)
	}
}

// A sign-in page of the application gets the errors, the code of v5, and where the
// person wanted to go.
func signInOnOwnPage(g *guest) {
	g.visit("/members")
	g.until("location.pathname === '/login'", 10*time.Second)
	if got := g.text("#error"); got != "SessionRequired" {
		g.t.Errorf("the page says %q", got)
	}
	for user, want := range map[string]string{"ada": "CredentialsSignin credentials", "locked": "CredentialsSignin account_locked"} {
		if g.site.client.v4 {
			want = "CredentialsSignin"
		}
		g.fillIn(user, "wrong")
		g.until("!window.left && location.pathname === '/login'", 10*time.Second)
		if got := g.text("#error"); got != want {
			g.t.Errorf("the page says %q, want %q", got, want)
		}
	}
	g.shoot("refused")
	g.fillIn("ada", "right")
	g.arrives("/members")
	g.shows("ada@example.com")

	g.leave("client.signOut({callbackUrl: '/login?callbackUrl=/members'})")
	g.until("!window.left && location.pathname === '/login'", 10*time.Second)
	g.click("#op")
	g.pick("alice")
	g.arrives("/members")
	g.shows("alice@example.com")
}

// fillIn submits the form of the application's own sign-in page.
func (g *guest) fillIn(username, password string) {
	g.t.Helper()
	g.see("#submit")
	g.do(chromedp.SendKeys(chromedp.CSS("input[name=username]"), username), chromedp.SendKeys(chromedp.CSS("input[name=password]"), password))
	g.leave("document.querySelector('#submit').click()")
}

// A team moves from next-auth v4 by way of v5 to the kit's own format, and back,
// while a person has the application open.
func TestReactClientsMigrate(t *testing.T) {
	secret := rand.Text() + rand.Text()
	browser := newTab(t)
	var g *guest
	for _, move := range []struct {
		to     reactClient
		accept []auth.Compat
	}{
		{reactClients[1], nil}, {reactClients[0], []auth.Compat{auth.NextAuth4}}, {reactClients[2], []auth.Compat{auth.AuthJS}},
		{reactClients[0], []auth.Compat{auth.Native}}, {reactClients[1], []auth.Compat{auth.AuthJS}},
	} {
		// Cookies are those of the host, whatever the port.
		s := startSite(t, move.to, func(cfg *auth.Config) {
			cfg.Secrets, cfg.Audience, cfg.Accept = []string{secret}, "shared", move.accept
		})
		if g == nil {
			g = newGuest(t, browser, s)
			g.visit("/")
			g.is("unauthenticated")
			g.signInAsAda()
			script[bool](g.tab, "client.update({nickname: 'Countess'}).then(s => s !== null)")
		}
		g.site = s
		g.visit("/")
		g.is("authenticated")
		g.shows("ada@example.com")
		g.shows("Countess")
		if got := g.cookies("session"); !slices.Equal(got, []string{move.to.session}) {
			t.Errorf("%s: cookies %v", move.to.name, got)
		}
		if got := s.failures(); len(got) > 0 {
			t.Errorf("%s: the kit reported %v", move.to.name, got)
		}
	}
}
