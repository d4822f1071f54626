package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// redirects is the list of section 7.1 of the checklist, which the engine's own tests
// have too.
type redirects struct {
	Nasty   map[string][]string `json:"nasty"`
	Queries map[string][]string `json:"queries"`
	Good    map[string]string   `json:"good"`
}

func redirectList(t *testing.T) (list redirects) {
	t.Helper()
	text, err := os.ReadFile("../../middleware/httpauth/testdata/redirects.json")
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// queries returns all that has to lead to the start page, as queries or forms: each
// target literally and, if that is wanted, decoded once more, which is what a handler
// sees of a link that nobody has encoded.
func (l redirects) queries(decode bool) (all []string) {
	for _, targets := range append([][]string{{"/" + strings.Repeat("a", 2048), "/" + strings.Repeat("a", 10000)}}, values(l.Nasty)...) {
		for _, raw := range targets {
			all = append(all, target(raw))
			if decoded, err := url.PathUnescape(raw); decode && err == nil && decoded != raw {
				all = append(all, target(decoded))
			}
		}
	}
	for _, list := range l.Queries {
		all = append(all, list...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func values(m map[string][]string) (all [][]string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// target returns a query with a target.
func target(raw string) string { return url.Values{"callbackUrl": {raw}}.Encode() }

// way is one way into the kit that takes a target. It has to end on a page of the
// application.
type way struct {
	name   string
	action string // of a form of the application, which carries the target,
	more   string // and these fields
	follow bool   // by a script
	open   string // or a page of the kit that is opened with the target,
	as     string // under this name,
	then   string // and what a person does there
}

const (
	signIn = `const form = document.querySelector('form[action$="/callback/credentials"]')
		form.elements.password.value = 'right'
		form.submit()`
	agree = `document.querySelector('form[action$="/signin/op"]').submit()`
	stay  = `document.querySelector('a.back').click()`
)

// ways are all ways, in two rounds, each for a browser of its own. Some depend on
// the one before: that somebody is signed in, or out.
func ways() map[string][]way {
	return map[string][]way{
		"forms": {
			{name: "sign-in at a provider", action: "/auth/signin/op"},
			{name: "connecting another account", open: "/connect?"},
			{name: "sign-out at the provider", action: "/auth/signout"},
			{name: "sign-out", action: "/auth/signout"},
			{name: "sign-out by a script", action: "/auth/signout", follow: true},
			{name: "credentials", action: "/auth/callback/credentials", more: "&password=right"},
		},
		"pages": {
			{name: "sign-out page", open: "/auth/signout?", then: stay},
			{name: "sign-in page", open: "/auth/signin?", then: signIn},
			{name: "error page", open: "/auth/error?error=CredentialsSignin&", then: signIn},
			{name: "page that leads on", open: "/auth/continue?"},
			{name: "sign-in that somebody else initiates", open: "/auth/signin?iss=" + relayOrigin + "/op&", as: "target_link_uri", then: agree},
		},
	}
}

// S-110, F-66: a browser that follows where the kit sends it never leaves the
// allowed origins, and no script runs. What is allowed is honoured.
func TestS_110_F_66_BrowserStaysHome(t *testing.T) {
	list := redirectList(t)
	plain := strings.NewReplacer("%7b", "{", "%7c", "|", "%7d", "}") // means the same, and is how a link has it
	for round, all := range ways() {
		t.Run(round, func(t *testing.T) {
			t.Parallel()
			c := convene(t)
			n := 0
			try := func(query, want string) {
				for _, w := range all {
					if n == 0 || want != ownOrigin+"/" { // else the page before is one that can go on
						c.visit(ownOrigin + "/start")
					}
					n++
					if got := plain.Replace(c.follow(w, query)); got != want {
						t.Errorf("%s with %.100q ends at %.200q, want %s", w.name, query, got, want)
						c.visit(ownOrigin + "/start")
					}
				}
			}
			for _, query := range list.queries(round == "forms") {
				try(query, ownOrigin+"/")
			}
			for raw, where := range list.Good {
				if where != ownOrigin+"/" {
					try(target(raw), where)
				}
			}
			t.Logf("%d navigations", n)
			c.verdict(t)
		})
	}
}

// verdict checks that the browser asked nobody else, and ran no script.
func (c *court) verdict(t *testing.T) {
	t.Helper()
	if hits := c.hits.String(); hits != "" {
		t.Errorf("requests to other origins:\n%s", hits)
	}
	if ran := c.alerts.String(); ran != "" {
		t.Errorf("scripts ran:\n%s", ran)
	}
}

// follow takes a way and returns where the browser ended, in its own words.
func (c *court) follow(w way, query string) string {
	c.tab.t.Helper()
	switch {
	case w.action != "":
		return c.wait(fmt.Sprintf("send(%s, %s, %t)", quote(w.action), quote(query+w.more), w.follow))
	case w.as != "":
		query = strings.ReplaceAll(query, "callbackUrl", w.as)
	}
	if w.then != "" {
		c.tab.do(chromedp.Navigate(ownOrigin + w.open + query))
		c.tab.until("location.pathname.startsWith('/auth/') && document.readyState === 'complete'", 5*time.Second)
		return c.wait(w.then)
	}
	return c.visit(ownOrigin + w.open + query)
}

// quote writes a string in JavaScript.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings have a JSON form
	}
	return string(text)
}

// visit opens a URL and returns where that ended.
func (c *court) visit(where string) string {
	c.tab.t.Helper()
	got, err := chromedp.Call(c.tab.ctx, page.Navigate, page.NavigateParams{URL: where})
	if err != nil {
		c.tab.t.Fatal(err)
	}
	if got.ErrorText != "" {
		return "nowhere: " + got.ErrorText
	}
	return c.wait("")
}

// wait does something on the page that is open, and waits for the end.
func (c *court) wait(script string) string {
	c.tab.t.Helper()
	if script != "" {
		c.tab.do(chromedp.Evaluate[chromedp.Void]("{" + script + "}"))
	}
	select {
	case where := <-c.ended:
		return where
	case <-time.After(c.patience):
		return "nowhere, the page is " + c.tab.location()
	}
}

// The path of a request is a target too: the guard comes back to it.
func TestS_110_GuardedPaths(t *testing.T) {
	c := convene(t)
	list := redirectList(t)
	tried := 0
	for _, targets := range values(list.Nasty) {
		for _, raw := range targets {
			if !strings.HasPrefix(raw, "/") {
				continue
			}
			tried++
			c.forgetAll()
			c.tab.do(chromedp.Navigate(guardedOrigin + raw))
			switch here := c.tab.location(); {
			case strings.HasPrefix(here, guardedOrigin+"/auth/signin"):
				if got := c.wait(signIn); !strings.HasPrefix(got, guardedOrigin+"/") {
					t.Errorf("%q comes back to %q", raw, got)
				}
			case !strings.HasPrefix(here, guardedOrigin+"/auth"): // one of the kit's own routes
				t.Errorf("%q leads to %q", raw, here)
			}
		}
	}
	if tried < 30 {
		t.Errorf("only %d paths", tried)
	}
	c.verdict(t)
}

// The judge can tell: the same browser does leave a site that checks nothing by these
// numbers of the list, and does run a script that a script follows.
func TestS_110_TheJudgeIsFair(t *testing.T) {
	c := convene(t)
	list := redirectList(t)
	for _, n := range []string{"1", "2", "3", "4", "7", "24", "27", "29", "30", "32", "33", "35", "36", "37", "38", "39", "40", "41", "42", "44", "51"} {
		for _, raw := range list.Nasty[n] {
			if where := c.visit(ownOrigin + "/unchecked?" + target(raw)); !strings.HasPrefix(where, "trap: ") {
				t.Errorf("number %s, %q, ends at %s", n, raw, where)
			}
		}
	}
	c.visit(ownOrigin + "/")
	if got := c.wait(`setTimeout(() => { location.href = 'javascript:alert(1)' })`); got != "alert: 1" || c.alerts.String() == "" {
		t.Errorf("a script that ran was not seen: %q", got)
	}
}
