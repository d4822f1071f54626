package e2e_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/sealedauth/auth"
	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// lavish is a relay that gives all that there are cookies for, and refuses to refresh.
type lavish struct{ relay }

func (p lavish) Exchange(context.Context, providers.Callback) (*providers.Identity, error) {
	return &providers.Identity{User: providers.User{ID: "42"}, Account: token.Account{
		AccessToken: token.NewSecret("a"), RefreshToken: token.NewSecret("r"), IDToken: token.NewSecret("i"),
		ExpiresAt: time.Now().Add(-time.Second), Lifetime: time.Minute,
	}}, nil
}

func (p lavish) Refresh(context.Context, token.Account) (token.Account, error) {
	return token.Account{}, providers.ErrInvalidGrant
}

// generous makes the application give every kind of cookie, and sessions of several.
func generous(c *auth.Config) {
	c.Providers = []auth.Provider{lavish{relay{"op"}}, relay{"other"}, typedIn()}
	c.Callbacks.JWT = func(_ context.Context, e *auth.JWTEvent) error {
		claims.NewKey[string]("much").Set(e.Token, strings.Repeat("0123456789", 450))
		return nil
	}
}

// jar returns the names of all cookies, without what is random in them.
func (c *court) jar(t *testing.T) (names []string) {
	t.Helper()
	got, err := chromedp.Call(c.tab.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range got.Cookies {
		name := cookie.Name
		for _, kind := range []string{".tx", ".signed-out"} {
			if before, _, ok := strings.Cut(name, kind+"."); ok {
				name = before + kind
			}
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// S-103: what the kit has set it can delete, in a browser: every kind of cookie, of
// several parts, with each prefix and for a domain. What a sign-out leaves is only the
// note that it was.
func TestS_103_BrowserDeletesEverything(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]struct {
		change  func(*auth.Config)
		session string
	}{
		"host":    {func(*auth.Config) {}, "__Host-auth.session"},
		"domain":  {func(c *auth.Config) { c.CookieDomain = "example.com" }, "__Secure-auth.session"},
		"strict":  {func(c *auth.Config) { c.SameSite = http.SameSiteStrictMode }, "__Host-auth.session"},
		"Auth.js": {func(c *auth.Config) { c.Compat, c.BasePath = auth.AuthJS, "/auth" }, "__Secure-authjs.session-token"},
	} {
		t.Run(name, func(t *testing.T) {
			c := convene(t, generous, setup.change)
			c.visit(ownOrigin + "/start")
			if got := c.wait(`send('/auth/signin/op', 'callbackUrl=/in')`); got != ownOrigin+"/in" {
				t.Fatalf("sign-in ends at %s", got)
			}
			if got := c.visit(ownOrigin + "/refused"); got != ownOrigin+"/refused" {
				t.Fatal(got)
			}
			// A sign-in that is never finished leaves its transaction.
			c.pages.Store(relayOrigin+"/", `<script>fetch('https://app.example.com/landed', {method: 'POST', mode: 'no-cors', body: 'left'})</script>`)
			if got := c.wait(`send('/auth/signin/op', '')`); got != "left" {
				t.Fatal(got)
			}
			c.pages.Delete(relayOrigin + "/")
			c.show(ownOrigin + "/auth/signout") // for a CSRF token
			full := strings.Join(c.jar(t), " ")
			for _, kind := range []string{setup.session, "csrf", ".tx", "auth.browser", "auth.landed", "auth.id-token", "auth.refresh-failed"} {
				if !strings.Contains(full, kind) {
					t.Errorf("there is no %s in %s: the test shows nothing of it", kind, full)
				}
			}
			if !strings.Contains(full, setup.session+".1") {
				t.Errorf("the session is not in parts: %s", full)
			}
			if got := c.wait(`document.querySelector('form[action$="/signout"]').submit()`); got != ownOrigin+"/" {
				t.Fatalf("sign-out ends at %s", got)
			}
			if got := c.wait(`send('/auth/signout', '')`); got != ownOrigin+"/" { // the first was a transaction of its own
				t.Fatalf("the second sign-out ends at %s", got)
			}
			left := slices.DeleteFunc(c.jar(t), func(name string) bool { return strings.HasSuffix(name, "auth.signed-out") })
			if len(left) != 0 {
				t.Errorf("the browser still has %v", left)
			}
		})
	}
}

// S-149: under the pages' policy a sign-in gets to a provider of another site and
// back, and nothing that somebody managed to write into a page works.
func TestS_149_PolicyInTheBrowser(t *testing.T) {
	t.Parallel()
	c := convene(t)
	c.show(ownOrigin + "/auth/signin?callbackUrl=/in")
	script[bool](c.tab, `(() => {
		const add = (name, set) => { const e = document.createElement(name); set(e); document.head.append(e); return e }
		window.ran = []
		add('script', e => { e.textContent = "window.ran.push('inline script')" })
		add('script', e => { e.src = '/landed.js'; e.onload = () => window.ran.push('own script') })
		add('script', e => { e.src = 'https://evil.com/x.js'; e.onload = () => window.ran.push('foreign script') })
		add('img', e => { e.src = 'https://evil.com/x.png' })
		add('base', e => { e.href = 'https://evil.com/' })
		add('style', e => { e.textContent = 'h1 { display: none }' })
		document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran.push(\'handler\')"><iframe src="https://evil.com/frame"></iframe>')
		return true
	})()`)
	got := script[string](c.tab, `new Promise(done => setTimeout(() => done([
		...window.ran, document.baseURI.startsWith('https://evil') ? 'base' : '', getComputedStyle(document.querySelector('h1')).display,
	].join(' ')), 300))`)
	if strings.TrimSpace(got) != "block" {
		t.Errorf("worked on the page: %s", got)
	}
	if hits := c.hits.String(); hits != "" {
		t.Errorf("the page has asked others:\n%s", hits)
	}
	if got := c.wait(agree); got != ownOrigin+"/in" {
		t.Errorf("the sign-in ends at %s", got)
	}
}

// S-152: no page of the kit shows in a frame, of another site or of the application's
// own.
func TestS_152_NoFrames(t *testing.T) {
	t.Parallel()
	c := convene(t)
	paths := []string{"/auth/signin", "/auth/signin/op", "/auth/signout", "/auth/error?error=AccessDenied", "/auth/continue?callbackUrl=/"}
	html := `<!doctype html><body>`
	for _, path := range append(paths, "/frameable") {
		html += `<iframe src="` + ownOrigin + path + `"></iframe>`
	}
	for _, framing := range []string{evilOrigin, otherOrigin, ownOrigin} {
		c.pages.Store(framing+"/framing", html)
		c.show(framing + "/framing")
		tree, err := chromedp.Call(c.tab.ctx, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		var shown []string
		for _, child := range tree.FrameTree.ChildFrames {
			if child.Frame.UnreachableURL == "" { // else it is an error page of the browser
				shown = append(shown, child.Frame.URL)
			}
		}
		if len(tree.FrameTree.ChildFrames) != len(paths)+1 || !slices.Equal(shown, []string{ownOrigin + "/frameable"}) {
			t.Errorf("on %s, of %d frames these show a page: %v", framing, len(tree.FrameTree.ChildFrames), shown)
		}
	}
}
