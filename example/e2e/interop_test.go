package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/providers/providertest"
)

// A session that the real Auth.js issued is used, changed and ended by the kit, and
// Auth.js goes along with all of it.
func TestInteropSession(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node, kit := startAuthJS(t, g, op), startKit(t, g.format, op)
		v := newVisitor(t, op)
		v.signIn(node)
		there := v.signedIn(node)
		here := v.signedIn(kit)
		if here.text("accessToken") == "" || here.text("accessToken") != there.text("accessToken") || here.text("provider") != "acme" {
			t.Fatalf("Auth.js %v\nthe kit %v", there.Token, here.Token)
		}
		if here.User.Name != "Alice Äxample 🦊" || here.User.Name != there.User.Name || here.User.Image != there.User.Image {
			t.Errorf("Auth.js %v\nthe kit %v", there.User, here.User)
		}

		// Each sees what the other changes.
		v.change(kit, map[string]any{"role": "éditeur"})
		if got := v.signedIn(node).text("role"); got != "éditeur" {
			t.Errorf("Auth.js sees the role %q", got)
		}
		v.update(node, map[string]any{"team": map[string]any{"id": 7, "tags": []string{"a", "ß"}}})
		if got := v.signedIn(kit); asJSON(t, got.Token["team"]) != `{"id":7,"tags":["a","ß"]}` || got.text("role") != "éditeur" {
			t.Errorf("the kit sees %v", got.Token)
		}

		v.signOut(kit)
		if v.session(node) != nil || v.session(kit) != nil || v.cookies() != "" {
			t.Errorf("still signed in, with the cookies %s", v.cookies())
		}
		if n := op.Count("authorize"); n != 1 {
			t.Errorf("%d sign-ins", n)
		}
		noFailures(t, kit)
	})
}

// An access token that Auth.js got and let expire is renewed by the kit, once, and
// Auth.js has the new one.
func TestInteropExpiry(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, 3*time.Second)
		node, kit := startAuthJS(t, g, op), startKit(t, g.format, op)
		v := newVisitor(t, op)
		v.signIn(node)
		old := v.signedIn(node)
		wait(t, "the access token expires", func() bool { return !accepted(t, op, old.text("accessToken")) })
		renewed := v.signedIn(kit)
		if n := op.Count("refresh"); n != 1 {
			t.Errorf("%d refreshes", n)
		}
		if renewed.text("accessToken") == old.text("accessToken") || renewed.text("refreshToken") == old.text("refreshToken") {
			t.Fatal("the access token was not renewed")
		}
		got := v.signedIn(node)
		if got.text("accessToken") != renewed.text("accessToken") || got.text("refreshToken") != renewed.text("refreshToken") {
			t.Errorf("Auth.js does not see the new tokens: %v", got.Token)
		}
		if !about(got.Token["accessTokenExpires"], time.Now()) || got.text("error") != "" {
			t.Errorf("Auth.js sees %v", got.Token)
		}
		noFailures(t, kit)
	})
}

// The other way round: the kit's session is Auth.js's too, which changes and ends
// it.
func TestInteropSessionOfTheKit(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node, kit := startAuthJS(t, g, op), startKit(t, g.format, op)
		v := newVisitor(t, op)
		v.signIn(kit)
		here := v.signedIn(kit)
		there := v.signedIn(node)
		if there.text("sub") != "acme|alice" || there.text("accessToken") != here.text("accessToken") || there.text("provider") != "acme" ||
			there.User.Name != "Alice Äxample 🦊" || there.User.Image != "https://cdn.example.com/alice.png" {
			t.Errorf("Auth.js sees %v", there)
		}
		if end := there.Token["accessTokenExpires"]; !about(end, time.Now().Add(time.Hour)) {
			t.Errorf("accessTokenExpires is %v", end)
		}
		v.update(node, map[string]any{"role": "editor"})
		again := v.signedIn(kit)
		if again.text("role") != "editor" || again.text("refreshToken") != here.text("refreshToken") || again.Token["auth_time"] != here.Token["auth_time"] {
			t.Errorf("the kit sees %v", again.Token)
		}
		v.signOut(node)
		if v.session(kit) != nil || v.cookies() != "" {
			t.Errorf("still signed in at the kit, with the cookies %s", v.cookies())
		}
		noFailures(t, kit)
	})
}

// Both renew the tokens in turn. The provider ends everything if a refresh token
// is used twice, so nobody may use an old one.
func TestInteropRefreshInTurn(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node := startAuthJS(t, g, op, func(s *peerSettings) { s.Refresh = true })
		kit := startKit(t, g.format, op)
		v := newVisitor(t, op)
		v.signIn(node)
		seen := map[string]bool{v.signedIn(node).text("accessToken"): true}
		for range 2 {
			for _, s := range []peer{kit, node} {
				v.update(node, map[string]any{"accessTokenExpires": time.Now().Add(-time.Minute).UnixMilli()})
				got := v.signedIn(s)
				if access := got.text("accessToken"); seen[access] || !accepted(t, op, access) || got.text("error") != "" {
					t.Fatalf("%s has not renewed the access token: %v", s.name, got.Token)
				}
				seen[got.text("accessToken")] = true
			}
		}
		if n := op.Count("refresh"); n != 4 {
			t.Errorf("%d refreshes", n)
		}
		noFailures(t, kit)
	})
}

// An answer of Auth.js that was under way while the kit refreshed brings the old
// cookies back. The kit knows what became of their tokens.
func TestInteropLateAnswer(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node, kit := startAuthJS(t, g, op), startKit(t, g.format, op)
		v := newVisitor(t, op)
		v.signIn(node)
		v.update(node, map[string]any{"accessTokenExpires": time.Now().Add(-time.Minute).UnixMilli()})
		old := v.jar()
		renewed := v.signedIn(kit).text("accessToken")
		v.put(old)
		if stale := v.signedIn(node).text("accessToken"); stale == renewed {
			t.Fatal("the old cookies were not put back")
		}
		for _, s := range []peer{kit, node} {
			if got := v.signedIn(s).text("accessToken"); got != renewed || !accepted(t, op, got) {
				t.Errorf("%s does not have the new access token", s.name)
			}
		}
		if n := op.Count("refresh"); n != 1 {
			t.Errorf("%d refreshes", n)
		}
		noFailures(t, kit)
	})
}

// Nor does such an answer bring back a session that was ended at the kit; a new
// sign-in at Auth.js is as good as any.
func TestInteropLateAnswerAfterSignOut(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node, kit := startAuthJS(t, g, op), startKit(t, g.format, op)
		v := newVisitor(t, op)
		v.signIn(node)
		v.signedIn(kit)
		old := v.jar()
		v.signedIn(node) // which gives the token another id
		began := time.Now().Unix()
		wait(t, "the next second", func() bool { return time.Now().Unix() > began })
		v.signOut(kit)
		v.put(old)
		if v.session(kit) != nil || v.session(node) != nil || v.cookies() != "" {
			t.Errorf("the session is back, in %s", v.cookies())
		}
		v.signIn(node)
		v.signedIn(kit)
		v.signedIn(node)
		noFailures(t, kit)
	})
}

// As it is deployed: one origin on https, with the kit under a path of its own.
// There the cookies have other names, and Auth.js v5 other keys.
func TestInteropBehindOneProxy(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		front := http.NewServeMux()
		proxy := httptest.NewTLSServer(front)
		t.Cleanup(proxy.Close)
		node := startAuthJS(t, g, op, func(s *peerSettings) { s.URL, s.Pad = proxy.URL, 3000 })
		kit := startKit(t, g.format, op, func(c *auth.Config) { c.URL, c.BasePath = proxy.URL, "/go/api/auth" })
		front.Handle("/", passTo(t, node.url, ""))
		front.Handle("/go/", passTo(t, kit.url, "/go/claims"))
		node.url, node.app = proxy.URL, proxy.URL
		kit.url, kit.app = proxy.URL, proxy.URL+"/go"
		v := newVisitor(t, op)
		v.c.Transport, v.site = proxy.Client().Transport, proxy.URL

		name := g.format.CookieName("session-token", true)
		chunks := name + ".0 " + name + ".1"
		for _, in := range []peer{node, kit} {
			v.signIn(in)
			if in.kit {
				v.change(kit, map[string]any{"pad": strings.Repeat("x", 3000)})
			}
			v.update(node, map[string]any{"role": "editor"})
			for _, s := range []peer{node, kit, node} {
				if got := v.signedIn(s); got.text("role") != "editor" || len(got.text("pad")) != 3000 || v.cookies() != chunks {
					t.Errorf("signed in at %s, %s: %s, in %s", in.name, s.name, got.text("role"), v.cookies())
				}
			}
			token, cookie := v.csrf(in), v.jar()[g.format.CookieName("csrf-token", true)]
			if v.csrf(node) != token || v.csrf(kit) != token || !strings.HasPrefix(cookie, token) {
				t.Errorf("they disagree about the CSRF token; the cookie is %q", cookie)
			}
			if v.signOut(kit); v.session(node) != nil || v.cookies() != "" {
				t.Errorf("signed in at %s, out at the kit: cookies %s", in.name, v.cookies())
			}
		}
		noFailures(t, kit)
	})
}

// passTo passes requests on; the kit's application has the path bare without a
// prefix.
func passTo(t *testing.T, where, bare string) http.Handler {
	t.Helper()
	to, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		if r.In.URL.Path == bare {
			r.Out.URL.Path = strings.TrimPrefix(bare, "/go")
		}
	}}
}

// The names and the unit of the guide for v5.
func TestInteropMembersOfTheGuide(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node := startAuthJS(t, g, op, func(s *peerSettings) { s.Guide = true })
		kit := startKit(t, g.format, op, func(c *auth.Config) {
			c.CompatMembers = auth.Members{AccessToken: "access_token", RefreshToken: "refresh_token", ExpiresAt: "expires_at", Seconds: true}
		})
		v := newVisitor(t, op)
		v.signIn(node)
		before := v.signedIn(node)
		v.update(node, map[string]any{"expires_at": time.Now().Unix() - 60})
		renewed := v.signedIn(kit)
		after := v.signedIn(node)
		if old := before.text("access_token"); old == "" || renewed.text("accessToken") == old || after.text("access_token") != renewed.text("accessToken") {
			t.Errorf("before %v\nrenewed %v\nafter %v", before.Token, renewed.Token, after.Token)
		}
		if end, _ := after.Token["expires_at"].(float64); !about(end*1000, time.Now().Add(time.Hour)) {
			t.Errorf("expires_at is %v", after.Token["expires_at"])
		}
		noFailures(t, kit)
	})
}

// A session that takes several cookies grows and shrinks, on both sides, and no
// part of an old one is left behind.
func TestInteropChunks(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node := startAuthJS(t, g, op, func(s *peerSettings) { s.Pad = 6000 })
		kit := startKit(t, g.format, op)
		v := newVisitor(t, op)
		name := g.sessionCookie()
		one, two, three := name, name+".0 "+name+".1", name+".0 "+name+".1 "+name+".2"
		holds := func(step string, pad int, cookies string) {
			t.Helper()
			for _, s := range []peer{node, kit, node} {
				if got := len(v.signedIn(s).text("pad")); got != pad || v.cookies() != cookies {
					t.Errorf("%s: %s sees %d bytes, in %s", step, s.name, got, v.cookies())
				}
			}
		}
		v.signIn(node)
		holds("as Auth.js signs in", 6000, three)
		for _, step := range []struct {
			by      peer
			pad     int
			cookies string
		}{
			{kit, 1, one}, {kit, 6001, three}, {kit, 3000, two}, {node, 6002, three}, {node, 2, one}, {node, 3001, two}, {kit, 3, one},
		} {
			pad := map[string]any{"pad": strings.Repeat("y", step.pad)}
			if step.by.kit {
				v.change(kit, pad)
			} else {
				v.update(node, pad)
			}
			holds(step.by.name, step.pad, step.cookies)
		}
		v.change(kit, map[string]any{"pad": strings.Repeat("z", 6000)})
		v.signOut(kit)
		if v.cookies() != "" {
			t.Errorf("after the sign-out: %s", v.cookies())
		}
		noFailures(t, kit)
	})
}

// From next-auth v4 over Auth.js v5 to the kit's own format and back, while
// signed in all the time; of the forms before nothing is left.
func TestInteropMigration(t *testing.T) {
	t.Parallel()
	op := startOP(t, time.Hour)
	accept := func(f ...auth.Compat) func(*auth.Config) { return func(c *auth.Config) { c.Accept = f } }
	v4, v5 := startAuthJS(t, generations[1], op), startAuthJS(t, generations[0], op)
	toV5 := startKit(t, auth.AuthJS, op, accept(auth.NextAuth4))
	toNative := startKit(t, auth.Native, op, accept(auth.AuthJS))
	backToV5 := startKit(t, auth.AuthJS, op, accept(auth.Native))
	backToV4 := startKit(t, auth.NextAuth4, op, accept(auth.AuthJS))
	v := newVisitor(t, op)
	v.signIn(v4)
	v.update(v4, map[string]any{"role": "editor", "pad": strings.Repeat("x", 5000)})
	before := v.signedIn(v4)
	const new5, new4 = "authjs.session-token", "next-auth.session-token"
	for _, step := range []struct {
		at      peer
		cookies string
	}{
		{toV5, new5 + ".0 " + new5 + ".1"}, {v5, new5 + ".0 " + new5 + ".1"},
		{toNative, "auth.session auth.session.1"},
		{backToV5, new5 + ".0 " + new5 + ".1"}, {v5, new5 + ".0 " + new5 + ".1"},
		{backToV4, new4 + ".0 " + new4 + ".1"}, {v4, new4 + ".0 " + new4 + ".1"},
	} {
		got := v.signedIn(step.at)
		for _, name := range []string{"sub", "name", "email", "picture", "role", "pad", "accessToken", "refreshToken", "provider"} {
			if got.text(name) != before.text(name) || got.text(name) == "" {
				t.Errorf("%s %s: %s is %.40q", step.at.name, step.at.format, name, got.text(name))
			}
		}
		if v.cookies() != step.cookies {
			t.Errorf("%s %s: cookies %s", step.at.name, step.at.format, v.cookies())
		}
	}
	v.signOut(backToV4)
	if v.cookies() != "" {
		t.Errorf("after the sign-out: %s", v.cookies())
	}
	if n := op.Count("authorize"); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	noFailures(t, toV5, toNative, backToV5, backToV4)
}

// A page of one server may post to the other with the token that it has: the
// cookie that guards against CSRF is the same.
func TestInteropCSRF(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		secrets := []string{interopSecret}
		if g.format == auth.AuthJS { // v4 has one only
			secrets = append(secrets, "an older secret, which is still accepted, 0123456789")
		}
		node := startAuthJS(t, g, op, func(s *peerSettings) { s.Secrets = secrets })
		kit := startKit(t, g.format, op, func(c *auth.Config) { c.Secrets = secrets })
		name := g.format.CookieName("csrf-token", false)
		for _, c := range []struct{ minted, used peer }{{node, kit}, {kit, node}} {
			v := newVisitor(t, op)
			v.signIn(node)
			token := v.csrf(c.minted)
			cookie := v.jar()[name]
			if !strings.HasPrefix(cookie, token+"%7C") {
				t.Errorf("%s: the cookie %s is %q", c.minted.name, name, cookie)
			}
			if again := v.csrf(c.used); again != token || v.jar()[name] != cookie {
				t.Errorf("%s made a new token beside that of %s", c.used.name, c.minted.name)
			}
			form := url.Values{"csrfToken": {token}, "callbackUrl": {c.used.url + "/bye"}}
			if out := v.post(c.used, "signout", form); out.header.Get("Location") != c.used.url+"/bye" || v.session(node) != nil {
				t.Errorf("%s does not accept the token of %s: status %d to %s", c.used.name, c.minted.name, out.status, out.header.Get("Location"))
			}
		}
		noFailures(t, kit)
	})
}

// Auth.js, the kit and a real browser, which has opinions of its own about
// cookies.
func TestInteropInTheBrowser(t *testing.T) {
	op := startOP(t, time.Hour)
	g := generations[0]
	node := startAuthJS(t, g, op, func(s *peerSettings) { s.Pad = 3000 })
	kit := startKit(t, g.format, op)
	b := newTab(t)
	back := node.url + "/api/auth/session"
	b.open(node.url + "/api/auth/signin?callbackUrl=" + url.QueryEscape(back))
	b.shoot("1-sign-in-at-auth-js")
	b.do(chromedp.Click(chromedp.CSS("form[action$='signin/acme'] button")))
	b.click("button[value=alice]")
	b.until("location.href === '"+back+"'", 10*time.Second)
	b.open(kit.url + "/api/auth/session")
	b.until("document.body.textContent.includes('alice@example.com')", 10*time.Second)
	if status := script[int](b, "fetch('/claims', {method: 'POST', body: JSON.stringify({pad: 'short'})}).then(r => r.status)"); status != http.StatusNoContent {
		t.Errorf("the kit's handler: status %d", status)
	}
	if cookies := cookieHeader(b, kit.url); strings.Count(cookies, "session-token") != 1 {
		t.Errorf("cookies %s", cookies)
	}
	b.open(node.url + "/api/auth/session")
	b.until("document.body.textContent.includes('\"short\"')", 10*time.Second)
	b.open(kit.url + "/api/auth/signout?callbackUrl=/bye")
	b.shoot("2-sign-out-at-the-kit")
	b.click("button")
	b.until("location.pathname === '/bye'", 10*time.Second)
	b.open(node.url + "/api/auth/session")
	b.until("document.body.textContent.trim() === 'null'", 10*time.Second)
	noFailures(t, kit)
}

// accepted tells whether the provider accepts an access token.
func accepted(t *testing.T, op *providertest.Server, access string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, op.Issuer+"/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+access)
	resp, err := op.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// about tells whether a JSON number is a time in milliseconds, give or take a
// minute.
func about(millis any, want time.Time) bool {
	n, ok := millis.(float64)
	return ok && time.UnixMilli(int64(n)).Sub(want).Abs() < time.Minute
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
