package httpauth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers/providertest"
)

// Nothing secret gets into logs, events, errors or pages, on any path: S-141,
// S-146, CVE-2022-31186. The run collects every secret that passes through it,
// goes through successes and failures, and then looks for them in everything
// that was said.
func TestS_141_S_146_Canaries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		secrets := map[string]string{testSecret: "application secret", "secret-of-the-client": "client secret"}
		keep := func(what, value string) {
			mu.Lock()
			defer mu.Unlock()
			if len(value) > 8 {
				secrets[value] = what
			}
		}
		var said strings.Builder
		a := newApp(t, halfMinute, everywhere, func(c *httpauth.Config, op *providertest.Config) {
			op.Clients = []providertest.Client{{ID: "app", Secret: "secret-of-the-client"}}
			c.Providers = canaryProvider()
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				keep("access token", e.Token.Account.AccessToken.Reveal())
				keep("refresh token", e.Token.Account.RefreshToken.Reveal())
				keep("id token", e.Token.Account.IDToken.Reveal())
				fmt.Fprintf(&said, "%v %+v %#v\n", e, *e, e.Token)
				return nil
			}
			c.Events.Error = func(_ ctx, e *httpauth.ErrorEvent) { fmt.Fprintf(&said, "%v %+v %#v\n", e.Err, e.Err, e.Err) }
			c.Events.Refresh = func(_ ctx, e *httpauth.RefreshEvent) { fmt.Fprintf(&said, "%v %+v\n", e.Err, e.Provider) }
			c.Events.SignIn = func(_ ctx, e *httpauth.SignedInEvent) { fmt.Fprintf(&said, "%v %+v\n", e.Token, e.User) }
		})
		mode := ""
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
			for _, name := range []string{"code", "code_verifier", "refresh_token", "token"} {
				keep(name, r.PostFormValue(name))
			}
			if endpoint != "token" && endpoint != "refresh" && endpoint != "revoke" {
				return false
			}
			switch mode {
			case "echo": // a server that repeats what it was sent
				w.WriteHeader(500)
				fmt.Fprintf(w, "<html>%s %s</html>", r.PostForm.Encode(), r.Header.Get("Authorization"))
			case "json":
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(400)
				fmt.Fprintf(w, `{"error":"invalid_%s","error_description":%q}`, "request", r.PostForm.Encode())
			case "bad code":
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(400)
				fmt.Fprintf(w, `{"error":%q}`, r.PostForm.Encode())
			case "truncated":
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"access_token":%q,`, r.PostForm.Encode())
			case "type":
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, r.PostForm.Encode())
			default:
				return false
			}
			return true
		}
		note := func(r answer) {
			fmt.Fprintln(&said, r.body)
			for _, line := range r.Header["Set-Cookie"] {
				_, value, _ := strings.Cut(line, "=")
				value, _, _ = strings.Cut(value, ";")
				keep("cookie", value)
			}
		}
		b := a.browser()
		note(b.get("/auth/signin"))
		for _, mode = range []string{"echo", "json", "bad code", "truncated", "type", ""} {
			start := b.post("/auth/signin/op", nil)
			note(start)
			auth := start.location()
			for _, name := range []string{"state", "nonce"} {
				keep(name, param(t, auth, name))
			}
			back := b.choose(auth, "alice")
			note(b.get(withParam(t, back, "iss", "https://evil.com/")))
			note(b.get(withParam(t, back, "state", "wrong")))
			r := b.get(back)
			note(r)
			note(b.get("/auth/error?" + r.Request.URL.RawQuery))
		}
		for _, mode = range []string{"echo", "json", "bad code", "truncated", "type", ""} {
			time.Sleep(40 * time.Second)
			note(b.get("/who"))
			note(b.get("/auth/session"))
		}
		mode = "echo"
		note(b.get("/who", header{"Cookie", sessionCookie + "=x"}))
		note(b.do(http.MethodPost, "/auth/signout", url.Values{"csrfToken": {"x"}}))
		note(b.post("/auth/signout", nil))
		a.mu.Lock()
		text := said.String() + a.logged.String()
		a.mu.Unlock()
		if len(secrets) < 20 || len(text) < 5000 {
			t.Fatalf("only %d secrets in %d bytes: the run did not do what it should", len(secrets), len(text))
		}
		// The CSRF token belongs on the page of the browser that it was made for.
		text = regexp.MustCompile(`(name="csrfToken" value="|"csrfToken":")[0-9a-f]{64}`).ReplaceAllString(text, "")
		for secret, what := range secrets {
			for _, form := range []string{secret, url.QueryEscape(secret)} {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("%s is said: …%s…", what, text[max(0, i-80):min(len(text), i+len(form)+20)])
				}
			}
		}
	})
}
