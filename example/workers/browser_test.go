package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/example/serverless/platformtest"
)

// browser is one person's. It follows no redirects by itself.
type browser struct {
	t *testing.T
	c *http.Client
}

func newBrowser(t *testing.T, at http.RoundTripper) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Transport: at, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// at returns the same browser at another platform, with the same cookies.
func (b *browser) at(other http.RoundTripper) *browser {
	c := *b.c
	c.Transport = other
	return &browser{b.t, &c}
}

// answer is a response that has been read.
type answer struct {
	*http.Response
	body string
}

func (b *browser) send(method, where string, form url.Values) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, appURL+where, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "text/html")
	resp, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, line := range resp.Header["Set-Cookie"] {
		if len(line) > 4096 { // browsers drop it without a word
			b.t.Errorf("a cookie of %d bytes", len(line))
		}
	}
	return answer{resp, string(text)}
}

func (b *browser) get(where string) answer { b.t.Helper(); return b.send(http.MethodGet, where, nil) }

// post sends a form with a CSRF token.
func (b *browser) post(where string, form url.Values) answer {
	b.t.Helper()
	var got struct{ CSRFToken string }
	r := b.get("/auth/csrf")
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		b.t.Fatalf("%v: %d %s", err, r.StatusCode, r.body)
	}
	form.Set("csrfToken", got.CSRFToken)
	return b.send(http.MethodPost, where, form)
}

// callback starts a sign-in, and returns where the provider sends the browser.
func (b *browser) callback(who platformtest.Person) string {
	b.t.Helper()
	r := b.post("/auth/signin/acme", url.Values{"callbackUrl": {"/me"}})
	callback, err := who.SignIn(r.Header.Get("Location"))
	if err != nil {
		b.t.Fatalf("%d %s: %v", r.StatusCode, r.body, err)
	}
	return strings.TrimPrefix(callback, appURL)
}

func (b *browser) signIn(who platformtest.Person) {
	b.t.Helper()
	if r := b.get(b.callback(who)); r.Header.Get("Location") != appURL+"/me" {
		b.t.Fatalf("signed in to %d %q %s", r.StatusCode, r.Header.Get("Location"), r.body)
	}
}

// signedIn checks that the application knows the person.
func (b *browser) signedIn() answer {
	b.t.Helper()
	var s struct {
		Session struct {
			User struct {
				Email  string
				Groups []string
			}
			Error string
		}
	}
	r := b.get("/me")
	if err := json.Unmarshal([]byte(r.body), &s); err != nil || s.Session.User.Email != "alice@example.com" || len(s.Session.User.Groups) != groupCount || s.Session.Error != "" {
		b.t.Errorf("%d %.300s", r.StatusCode, r.body)
	}
	return r
}

// cookies returns the names of the browser's cookies for a path, in order.
func (b *browser) cookies(path string) []string {
	u, _ := url.Parse(appURL + path)
	var names []string
	for _, c := range b.c.Jar.Cookies(u) {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// written returns how many of the session's cookies a response sets.
func written(r answer) (n int) {
	for _, line := range r.Header["Set-Cookie"] {
		if strings.HasPrefix(line, "__Host-auth.session") && !strings.Contains(line, "Max-Age=0") {
			n++
		}
	}
	return n
}
