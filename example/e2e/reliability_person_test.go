package e2e_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// startPage has the functions that the tests call.
const startPage = `<!doctype html><meta charset="utf-8"><title>Reliability</title><link rel="icon" href="data:,">
<script>
async function post(path, fields) {
  const {csrfToken} = await (await fetch('/auth/csrf')).json()
  return (await fetch(path, {method: 'POST', headers: {'X-Auth-Return-Redirect': '1'}, body: new URLSearchParams({csrfToken, ...fields})})).json()
}
async function signIn(provider, subject) {
  const {url} = await post('/auth/signin/' + provider, {callbackUrl: '/'})
  if (!subject) { location = url; return true }
  const form = Object.assign(document.createElement('form'), {method: 'post', action: url})
  form.append(Object.assign(document.createElement('input'), {name: 'subject', value: subject}))
  document.body.append(form)
  form.submit()
  return true
}
async function update(data) {
  const {csrfToken} = await (await fetch('/auth/csrf')).json()
  const answer = await fetch('/auth/session', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({csrfToken, data})})
  return {status: answer.status, session: await answer.json()}
}
async function ask(path) {
  const answer = await fetch(path)
  return {status: answer.status, session: answer.ok ? await answer.json() : null}
}
// burst sends n requests at once, at a moment that all tabs are given.
async function burst(n, at, name) {
  await new Promise(resolve => setTimeout(resolve, at - Date.now()))
  return Promise.all(Array.from({length: n}, (_, i) => ask((i % 5 ? '/who?' : '/api?') + name + '-' + i)))
}
</script>`

// heard is what the functions of the start page return.
type heard struct {
	Status  int   `json:"status"`
	Session sight `json:"session"`
}

// sight is a session as the application shows it to its pages.
type sight struct {
	User struct {
		Name     string `json:"name"`
		Nickname string `json:"nickname"`
		Token    string `json:"token"`   // a hash of the access token
		Expires  int64  `json:"expires"` // of the access token, in milliseconds
	} `json:"user"`
	Error string `json:"error"`
}

// person is a tab at the application.
type person struct {
	*tab
	s *service
}

// enter opens the application's start page in a new tab of a browser.
func (s *service) enter(t *testing.T, browser *tab) *person {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser.ctx)
	t.Cleanup(cancel)
	v := &person{&tab{t, ctx}, s}
	// The tab lives as long as the context of its first step.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(900, 600)); err != nil {
		t.Fatal(err)
	}
	v.open(s.url)
	return v
}

// signIn signs in at the test provider.
func (v *person) signIn(subject string) {
	v.t.Helper()
	script[bool](v.tab, "window.left = true; signIn('op', '"+subject+"'); true")
	v.until("!window.left && location.href === '"+v.s.url+"/' && document.readyState === 'complete'", 10*time.Second)
}

// cookie returns the browser's cookies for a path of the application: those whose
// name contains a text, as a request header.
func (v *person) cookie(text string) string {
	v.t.Helper()
	got, err := chromedp.Call(v.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{v.s.url + "/who"}})
	if err != nil {
		v.t.Fatal(err)
	}
	var pairs []string
	for _, c := range got.Cookies {
		if strings.Contains(c.Name, text) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

// all lets several tabs run a script at the same time.
func all[T any](tabs []*person, expression func(i int) string) []T {
	results := make([]T, len(tabs))
	var wg sync.WaitGroup
	for i, v := range tabs {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(v.ctx, 30*time.Second)
			defer cancel()
			var err error
			if results[i], err = chromedp.Run(ctx, chromedp.Evaluate[T](expression(i), chromedp.EvalAwaitPromise)); err != nil {
				v.t.Errorf("tab %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if len(tabs) > 0 && tabs[0].t.Failed() {
		tabs[0].t.FailNow()
	}
	return results
}

// decode turns a value into another by way of JSON.
func decode[T any](t *testing.T, from any) (to T) {
	t.Helper()
	raw, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(raw, &to)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}
