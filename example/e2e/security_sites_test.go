package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// S-152b: no page of another origin gets anything out of the endpoints, not even one
// of the same site, with whose requests the session's cookie goes along: not as a
// script, not as an image, and not by fetch.
func TestS_152b_OtherOriginsLoadNothing(t *testing.T) {
	t.Parallel()
	c := convene(t)
	c.visit(ownOrigin + "/start")
	c.wait(`send('/auth/callback/credentials', 'password=right')`)
	c.pages.Store(ownOrigin+"/public.js", `window.got.push('public')`)
	for _, origin := range []string{otherOrigin, evilOrigin} {
		c.pages.Store(origin+"/thief", `<!doctype html><body><script>
			window.got = []
			const base = 'https://app.example.com'
			const load = (kind, path) => new Promise(done => {
				const e = document.createElement(kind)
				e.onload = () => { window.got.push(kind + ' ' + path); done() }
				e.onerror = () => done()
				e.src = base + path
				document.body.append(e)
			})
			const get = async (path, options) => {
				try {
					const answer = await fetch(base + path, options)
					window.got.push('fetch ' + path + ' ' + answer.type + ' ' + (await answer.text()).length)
				} catch {}
			}
			window.all = (async () => {
				await load('script', '/public.js')
				for (const path of ['/auth/session', '/auth/csrf', '/auth/providers']) {
					await load('script', path)
					await load('img', path)
					for (const mode of ['cors', 'no-cors']) {
						await get(path, {mode, credentials: 'include'})
					}
				}
				await get('/auth/signin', {credentials: 'include'})
				await get('/auth/session', {method: 'POST', credentials: 'include', headers: {'Content-Type': 'application/json'}, body: '{}'})
				return window.got.join(', ')
			})()
		</script>`)
		c.show(origin + "/thief")
		if got := script[string](c.tab, "window.all"); got != "public, script /public.js" {
			t.Errorf("%s has got: %s", origin, got)
		}
	}
	c.visit(ownOrigin + "/start")
	if got := script[string](c.tab, "fetch('/auth/session').then(a => a.text())"); !strings.Contains(got, "expires") {
		t.Errorf("nobody is signed in (%s): the test shows nothing", got)
	}
}

// S-152d: after a sign-in, and after one that failed, neither the address bar nor the
// history has a code or a state, and the page is not told by the referrer.
func TestS_152d_CodesDoNotStay(t *testing.T) {
	t.Parallel()
	c := convene(t)
	arrive := func(when, end, back string) {
		t.Helper()
		c.show(ownOrigin + "/start")
		if back != "" {
			c.pages.Store(relayOrigin+"/", back)
			defer c.pages.Delete(relayOrigin + "/")
		}
		script[bool](c.tab, "send('/auth/signin/op', 'callbackUrl=/in'), true")
		c.tab.until("location.href.startsWith('"+end+"') && document.readyState === 'complete'", 10*time.Second)
		history, err := chromedp.Run(c.tab.ctx, chromedp.NavigationEntries())
		if err != nil {
			t.Fatal(err)
		}
		text := c.tab.location() + " " + script[string](c.tab, "document.referrer")
		for _, entry := range history.Entries {
			if !strings.HasPrefix(entry.URL, relayOrigin) { // what the provider leaves is the provider's
				text += " " + entry.URL
			}
		}
		if strings.Contains(text, "code=") || strings.Contains(text, "state=") {
			t.Errorf("%s: %s", when, text)
		}
	}
	// The provider's page sends the browser back by a script, so that the callback is a
	// navigation of its own.
	by := func(answer string) string {
		return `<script>
			const q = new URLSearchParams(location.search)
			location.replace(q.get('back') + '?state=' + q.get('state') + '&` + answer + `')
		</script>`
	}
	arrive("redirected", ownOrigin+"/in", "")
	arrive("by a script", ownOrigin+"/in", by("code=x"))
	arrive("cancelled", ownOrigin+"/auth/error", by("error=access_denied"))
	arrive("failed", ownOrigin+"/auth/signin", by("error=temporarily_unavailable"))
	c.tab.do(chromedp.Navigate(ownOrigin + "/auth/callback/op?code=x&state=old"))
	c.tab.until("location.href === '"+ownOrigin+"/'", 10*time.Second)
}

// S-163: a form counts only if a page of the application has sent it. Each of these
// has a token and a cookie that fit, as if they had been stolen.
func TestS_163_FormsOfOthers(t *testing.T) {
	t.Parallel()
	c := convene(t)
	const signOut = `<form method="post" action="https://app.example.com/auth/signout"><input name="csrfToken" value="%s"></form><script>document.forms[0].submit()</script>`
	signedIn := func() bool {
		c.visit(ownOrigin + "/start")
		return script[string](c.tab, "fetch('/auth/session').then(a => a.text())") != "null"
	}
	c.visit(ownOrigin + "/start")
	c.wait(`send('/auth/callback/credentials', 'password=right')`)
	token := func() string {
		return script[string](c.tab, "fetch('/auth/csrf').then(a => a.json()).then(a => a.csrfToken)")
	}
	form := fmt.Sprintf(signOut, token())
	sandbox := `<!doctype html><iframe sandbox="allow-scripts allow-forms" srcdoc='` + form + `'></iframe>`
	for _, where := range []struct{ url, html, from string }{
		{evilOrigin + "/form", form, "cross-site from " + evilOrigin},
		{otherOrigin + "/form", form, "same-site from " + otherOrigin},
		{evilOrigin + "/sandbox", sandbox, "cross-site from null"},
		{ownOrigin + "/sandbox", sandbox, "cross-site from null"},
	} {
		if !signedIn() {
			t.Fatal("nobody is signed in: the test shows nothing")
		}
		c.pages.Store(where.url, where.html)
		c.posts.clear()
		c.tab.do(chromedp.Navigate(where.url))
		wait(t, where.url+" has sent its form", func() bool { return c.posts.String() == where.from+"\n" })
		if !signedIn() {
			t.Fatalf("%s has signed somebody out", where.url)
		}
	}
	c.pages.Store(ownOrigin+"/form", form)
	c.posts.clear()
	if c.visit(ownOrigin + "/form"); signedIn() || c.posts.String() != "same-origin from "+ownOrigin+"\n" {
		t.Errorf("nor does the application's own page, with %q: the test shows nothing", c.posts)
	}
}
