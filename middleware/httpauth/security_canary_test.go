package httpauth_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// aviary keeps every secret that passes by, and everything that is said.
type aviary struct {
	mu      sync.Mutex
	secrets map[string]string // what it is, by its text
	said    bytes.Buffer
	texts   map[string]bool // what was printed
}

func (v *aviary) keep(what, secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(secret) > 8 {
		v.secrets[secret] = what
	}
}

// Write implements io.Writer: something is said.
func (v *aviary) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.said.Write(p)
}

// heard tells whether a text has been said before.
func (v *aviary) heard(text string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.texts[text]
	v.texts[text] = true
	return before
}

// hear prints something in every way.
func (v *aviary) hear(values ...any) {
	for _, value := range values {
		for _, verb := range []string{"%v\n", "%+v\n", "%#v\n", "%s\n", "%q\n"} {
			if text := fmt.Sprintf(verb, value); !v.heard(text) {
				_, _ = io.WriteString(v, text)
			}
		}
		if err, ok := value.(error); ok && err != nil {
			slog.New(slog.NewJSONHandler(v, nil)).Error("x", "error", err)
		}
	}
}

// note takes in an answer: what a browser shows of it, and its cookies as secrets.
func (v *aviary) note(r answer) answer {
	fmt.Fprintln(v, r.body)
	for name, values := range r.Header {
		if name != "Set-Cookie" && (name != "Location" || strings.HasPrefix(r.location(), appURL)) {
			fmt.Fprintln(v, name, values)
		}
	}
	for _, c := range r.Cookies() {
		v.keep("cookie "+c.Name, c.Value)
	}
	return r
}

// verdict looks for the secrets.
func (v *aviary) verdict(t *testing.T, leastSecrets, leastSaid int) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.secrets) < leastSecrets || v.said.Len() < leastSaid {
		t.Fatalf("only %d secrets in %d bytes: the run did not do what it should", len(v.secrets), v.said.Len())
	}
	// The CSRF token belongs on the page, and in the answer, of its own browser.
	text := regexp.MustCompile(`(name="csrfToken" value="|"csrfToken":")[0-9a-f]{64}`).ReplaceAllString(v.said.String(), "")
	for secret, what := range v.secrets {
		for _, form := range slices.Compact([]string{secret, url.QueryEscape(secret)}) {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s is said: …%.300s…", what, text[max(0, i-120):min(len(text), i+len(form)+20)])
			}
		}
	}
}

const (
	bodyCanary     = "body-canary-4711-of-the-provider"
	passwordCanary = "password-canary-0815"
)

// aviaryApp is an application with all that there is, which says everything.
func aviaryApp(t *testing.T, v *aviary, n int, format token.Format) *app {
	t.Helper()
	var saved *httpauth.Config
	a := newApp(t, halfMinute, everywhere, withNotices, func(c *httpauth.Config, op *providertest.Config) {
		saved = c
		const client = "client-secret-canary-2342"
		v.keep("application secret", testSecret)
		v.keep("client secret", client)
		op.Clients = []providertest.Client{{ID: "app", Secret: client}}
		op.Users = []providertest.User{{Subject: "alice", Name: "Alice"}, {Subject: "bob", Name: "Bob"}}
		v.keep("password", passwordCanary)
		oidc := func(id string) providers.Provider {
			return providers.OIDC(providers.Config{ID: id, Name: id, ClientID: "app", ClientSecret: client, Issuer: issuer})
		}
		c.Providers = []providers.Provider{oidc("op"), oidc("other"), ada()}
		c.Compat, c.BasePath = format, "/auth"
		c.Coordinator = []httpauth.Coordinator{nil, &memoryCoordinator{results: map[string][]byte{}}, &memoryCoordinator{broken: io.ErrUnexpectedEOF}, panickyCoordinator{}}[n%4]
		c.Callbacks = httpauth.Callbacks{
			SignIn:   func(_ ctx, e *httpauth.SignInEvent) error { v.hear(e, *e, e.Account, e.User, e.Profile); return nil },
			Redirect: func(_ ctx, e *httpauth.RedirectEvent) error { v.hear(e, *e); return nil },
			JWT: func(_ ctx, e *httpauth.JWTEvent) error {
				for _, a := range append([]token.Account{e.Token.Account}, e.Token.Connected...) {
					v.keep("access token", a.AccessToken.Reveal())
					v.keep("refresh token", a.RefreshToken.Reveal())
					v.keep("id token", a.IDToken.Reveal())
				}
				v.hear(e, *e, e.Token, *e.Token)
				return nil
			},
			Session: func(_ ctx, e *httpauth.SessionEvent) error { v.hear(e, *e, e.Session, *e.Session); return nil },
		}
		c.Events = httpauth.Events{
			SignIn:  func(_ ctx, e *httpauth.SignedInEvent) { v.hear(e, *e) },
			SignOut: func(_ ctx, e *httpauth.SignedOutEvent) { v.hear(e, *e, e.Notice) },
			Session: func(_ ctx, e *httpauth.SessionEvent) { v.hear(e, *e) },
			Refresh: func(_ ctx, e *httpauth.RefreshEvent) { v.hear(e, *e, e.Err) },
			Error:   func(_ ctx, e *httpauth.ErrorEvent) { v.hear(e, *e, e.Err) },
		}
	})
	options := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	saved.Logger = slog.New([]slog.Handler{slog.NewTextHandler(v, options), slog.NewJSONHandler(v, options)}[n%2])
	var err error
	if a.auth, err = httpauth.New(*saved); err != nil {
		t.Fatal(err)
	}
	v.hear(a.auth, *saved)
	a.op.EditTokens = func(answer map[string]any) {
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			text, _ := answer[name].(string)
			v.keep(name, text)
		}
	}
	a.op.Intercept = func(_ string, _ http.ResponseWriter, r *http.Request) bool {
		for _, name := range []string{"code", "code_verifier", "refresh_token", "token", "client_assertion", "id_token_hint"} {
			v.keep(name, r.FormValue(name))
		}
		_, auth, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		v.keep("authorization", auth)
		return false
	}
	a.mux.HandleFunc("/client", func(w http.ResponseWriter, r *http.Request) { v.useClient(w, r) })
	a.mux.HandleFunc("/connect", func(w http.ResponseWriter, r *http.Request) { v.hear(httpauth.Connect(w, r, "other", "/")) })
	a.mux.HandleFunc("/update", func(_ http.ResponseWriter, r *http.Request) {
		v.hear(httpauth.Update(r.Context(), func(t *token.Token) error { count.Set(t, time.Now().Second()); return nil }))
		v.hear(httpauth.Update(r.Context(), func(t *token.Token) error { role.Set(t, strings.Repeat("x", 40<<10)); return nil }))
	})
	a.mux.Handle("/guarded", a.auth.Require(role.Is("nobody"))(http.NotFoundHandler()))
	return a
}

// useClient calls the provider's API for whoever is signed in.
func (v *aviary) useClient(_ http.ResponseWriter, r *http.Request) {
	httpauth.SetCommitted(r.Context(), func() bool { return false })
	for _, provider := range []string{"", "other", "nobody"} {
		client, err := httpauth.ClientFor(r.Context(), provider)
		v.hear(err, client)
		if err != nil {
			continue
		}
		resp, err := client.Get(issuer + "/userinfo")
		v.hear(err)
		if err == nil {
			_ = resp.Body.Close()
		}
	}
}

// faults are all ways in which a provider answers wrongly, with a canary in each.
func canaryFaults() map[string]providertest.Fault {
	faults := map[string]providertest.Fault{
		"page":         {Status: 500, Body: "<html>" + bodyCanary + "</html>", ContentType: "text/html"},
		"error":        {Status: 400, Body: `{"error":"invalid_request","error_description":"` + bodyCanary + `","error_uri":"https://` + bodyCanary + `"}`},
		"error code":   {Status: 400, Body: `{"error":"` + bodyCanary + ` with spaces"}`},
		"refusal":      {Status: 400, Body: `{"error":"invalid_grant","error_description":"` + bodyCanary + `"}`},
		"error in 200": {Status: 200, Body: `{"error":"server_error","error_description":"` + bodyCanary + `"}`},
		"no JSON":      {Status: 200, Body: bodyCanary},
		"wrong JSON":   {Status: 200, Body: `{"access_token":5,"keys":"` + bodyCanary + `","issuer":["` + bodyCanary + `"],"sub":{"` + bodyCanary + `":1}}`},
		"cut":          {Disconnect: true, After: 60},
		"cut at once":  {Disconnect: true},
		"refused":      {Refuse: true},
		"own, as HTML": {ContentType: "text/html"},
		"redirect":     {Status: 307, Header: http.Header{"Location": {"https://" + bodyCanary + ".example/?" + bodyCanary}}},
		"challenge":    {Status: 401, Header: http.Header{"Www-Authenticate": {`Bearer error="` + bodyCanary + `"`}}},
		"endless":      {Status: 200, Body: `{"` + bodyCanary + `":1,`, Endless: true},
		"slow":         {AnswerDelay: time.Minute},
	}
	for name, f := range faults {
		f.Times = providertest.Always
		faults[name] = f
	}
	return faults
}

// S-141, S-142: in no format, with no handler of slog, with and without a coordinator,
// and whatever goes wrong at whichever endpoint of the provider, is anything secret said:
// no token, code, verifier, state, nonce, cookie, password, key or body of an answer.
func TestS_141_S_142_NothingSecretIsSaid(t *testing.T) {
	t.Parallel()
	for n, format := range []token.Format{token.Native, token.AuthJS, token.NextAuth4} {
		endpoints := []string{"nothing", "token", "refresh", "discovery", "keys", "userinfo", "revoke"}
		if format.Foreign() { // only the session's cookie is another
			endpoints = endpoints[1:3]
		}
		for _, endpoint := range endpoints {
			t.Run(string(format)+" "+endpoint, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					v := &aviary{secrets: map[string]string{}, texts: map[string]bool{}}
					v.keep("body of an answer", bodyCanary)
					i := n
					for name, fault := range canaryFaults() {
						a := aviaryApp(t, v, i, format)
						i++
						a.op.Fail(endpoint, fault)
						if name == "cut" && endpoint == "refresh" {
							a.http.Transport = panickyTransport{a.http.Transport}
						}
						v.tour(t, a)
					}
					time.Sleep(time.Minute) // net/http waits out the time limit of a request whose transport has panicked
					v.verdict(t, 150, 50000)
				})
			})
		}
	}
}

// panickyTransport is a transport that does not survive a refresh.
type panickyTransport struct{ next http.RoundTripper }

func (p panickyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && r.ContentLength > 0 && r.GetBody != nil {
		body, _ := r.GetBody()
		text, _ := io.ReadAll(body)
		if strings.Contains(string(text), "grant_type=refresh_token") {
			panic(bodyCanary + string(text))
		}
	}
	return p.next.RoundTrip(r)
}
