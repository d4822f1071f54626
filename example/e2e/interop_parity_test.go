package e2e_test

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth"
)

// exchange is a request of the list, made by a browser of its own.
type exchange struct {
	name   string
	only   string // the generation that has it, if not both
	signIn bool   // with a session
	method string // GET if empty
	path   string
	form   url.Values     // posted with a CSRF token, unless noCSRF
	json   map[string]any // likewise
	noCSRF bool
	bare   bool // without any cookie
	client bool // as the clients ask for JSON instead of a redirect
}

var (
	toHome    = fields("callbackUrl", "{base}/home")
	goodLogin = fields("username", "alice", "password", "wonderland", "callbackUrl", "{base}/home")
	badLogin  = fields("username", "alice", "password", "x", "callbackUrl", "{base}/home")
	anyData   = map[string]any{"data": map[string]any{"a": 1}}
)

var exchanges = []exchange{
	{name: "session, signed out", path: "session"},
	{name: "session", path: "session", signIn: true},
	{name: "csrf", path: "csrf"},
	{name: "providers", path: "providers"},

	{name: "sign-in page", path: "signin?callbackUrl={base}/home"},
	{name: "sign-in page of a provider", path: "signin/acme"},
	{name: "sign-out page", path: "signout"},
	{name: "error page, Configuration", path: "error?error=Configuration"},
	{name: "error page, AccessDenied", path: "error?error=AccessDenied"},
	{name: "error page, OAuthCallback", path: "error?error=OAuthCallback"},
	{name: "error page, unknown", path: "error?error=Whatever"},
	{name: "error page, none", path: "error"},

	{name: "sign-in", method: "POST", path: "signin/acme", form: toHome},
	{name: "sign-in by a client", method: "POST", path: "signin/acme", form: toHome, client: true},
	{name: "sign-in with parameters", method: "POST", path: "signin/acme?prompt=login&login_hint=alice", form: toHome, client: true},
	{name: "sign-in to a foreign target", method: "POST", path: "signin/acme", form: fields("callbackUrl", "https://evil.example/"), client: true},
	{name: "sign-in without csrf", method: "POST", path: "signin/acme", form: toHome, noCSRF: true},
	{name: "sign-in by a client without csrf", method: "POST", path: "signin/acme", form: toHome, noCSRF: true, client: true},
	{name: "sign-in with a wrong csrf", method: "POST", path: "signin/acme", form: fields("csrfToken", strings.Repeat("0", 64)), client: true},
	{name: "sign-in without cookies", method: "POST", path: "signin/acme", form: toHome, noCSRF: true, bare: true},
	{name: "sign-in by a client without cookies", method: "POST", path: "signin/acme", form: toHome, noCSRF: true, bare: true, client: true},
	{name: "sign-in, unknown provider", method: "POST", path: "signin/nobody", form: toHome},
	{name: "sign-in by a client, unknown provider", method: "POST", path: "signin/nobody", form: toHome, client: true},
	{name: "sign-in, provider of credentials", method: "POST", path: "signin/password", form: toHome, client: true},

	{name: "credentials", method: "POST", path: "callback/password", form: goodLogin},
	{name: "credentials by a client", method: "POST", path: "callback/password", form: goodLogin, client: true},
	{name: "wrong credentials", method: "POST", path: "callback/password", form: badLogin},
	{name: "wrong credentials by a client", method: "POST", path: "callback/password", form: badLogin, client: true},
	{name: "credentials without csrf", method: "POST", path: "callback/password", form: goodLogin, noCSRF: true, client: true},
	{name: "credentials in the query", path: "callback/password?username=alice&password=wonderland"},
	{name: "stray callback", path: "callback/acme?code=x&state=y"},
	{name: "stray callback without cookies", path: "callback/acme?code=x&state=y", bare: true},
	{name: "stray error of the provider", path: "callback/acme?error=access_denied&state=y"},

	{name: "sign-out", method: "POST", path: "signout", form: toHome, signIn: true},
	{name: "sign-out by a client", method: "POST", path: "signout", form: toHome, client: true, signIn: true},
	{name: "sign-out by a client, signed out", method: "POST", path: "signout", form: toHome, client: true},
	{name: "sign-out without csrf", method: "POST", path: "signout", form: toHome, noCSRF: true, signIn: true},
	{name: "sign-out by a client without csrf", method: "POST", path: "signout", form: toHome, noCSRF: true, client: true},

	{name: "update, signed out", method: "POST", path: "session", json: anyData},
	{name: "update", method: "POST", path: "session", json: anyData, signIn: true},
	{name: "update without data", method: "POST", path: "session", json: map[string]any{}, signIn: true},
	{name: "update without csrf", method: "POST", path: "session", json: anyData, signIn: true, noCSRF: true},

	{name: "log of a client", only: "v4", method: "POST", path: "_log", form: fields("code", "x", "level", "error"), noCSRF: true},
	{name: "unknown action", path: "nothing"},
	{name: "unknown method", method: "PUT", path: "session"},
	{name: "HEAD", method: "HEAD", path: "session"},
}

// difference is what the kit answers on purpose where Auth.js answers something
// else.
type difference struct {
	only string // the generation, if not both
	in   string // names of exchanges, separated by semicolons
	kit  string
	why  string
}

var differences = []difference{
	{"", "error page, unknown; error page, none", "400 text/html",
		"an error is no success"},
	{"", "error page, OAuthCallback", "302 to {base}/api/auth/signin?error=OAuthCallbackError",
		"what can be tried again is said on the sign-in page, in one word for both generations"},
	{"v5", "sign-in page of a provider", "200 text/html",
		"a link to it is no error; it shows that provider"},
	{"", "sign-in, unknown provider", `404 application/json "Not found."`,
		"a form like that is not of this application"},
	{"v4", "sign-in by a client, unknown provider", "401 application/json {url: {base}/api/auth/error?error=Configuration}",
		"v4 says that the CSRF token is missing, which it is not"},
	{"", "sign-in, provider of credentials", "200 application/json {url: {base}/api/auth/signin?callbackUrl={base}/home}",
		"the target is kept in the URL, since it has no cookie"},
	{"v5", "wrong credentials", "302 to {base}/api/auth/signin?callbackUrl={base}/home&code=credentials&error=CredentialsSignin",
		"likewise"},
	{"v5", "wrong credentials by a client", "200 application/json {url: {base}/api/auth/signin?callbackUrl={base}/home&code=credentials&error=CredentialsSignin}",
		"likewise"},
	{"v4", "wrong credentials", "302 to {base}/api/auth/error?callbackUrl={base}/home&error=CredentialsSignin&provider=password",
		"likewise"},
	{"v4", "wrong credentials by a client", "401 application/json {url: {base}/api/auth/error?callbackUrl={base}/home&error=CredentialsSignin&provider=password}",
		"likewise"},
	{"", "credentials in the query; unknown method; HEAD", "405",
		"the method is what is wrong"},
	{"v5", "stray callback; stray error of the provider", "302 to {base}/api/auth/signin?error=SignInExpired",
		"the usual reason is a sign-in that took too long, which the person can repeat"},
	{"v4", "stray callback; stray error of the provider", "302 to {base}/api/auth/error?error=SignInExpired",
		"likewise"},
	{"v4", "sign-in without csrf; sign-out without csrf", "302 to {base}/api/auth/signin?csrf=true&error=MissingCSRF",
		"the page says what happened"},
	{"v4", "sign-in by a client without csrf; sign-in with a wrong csrf; credentials without csrf; sign-out by a client without csrf",
		"200 application/json {url: {base}/api/auth/signin?csrf=true&error=MissingCSRF}",
		"likewise"},
	{"v5", "sign-in without cookies; stray callback without cookies", "302 to {base}/api/auth/signin?error=CookiesRequired",
		"a browser that keeps no cookies cannot sign in, and the person is told so"},
	{"v5", "sign-in by a client without cookies", "200 application/json {url: {base}/api/auth/signin?error=CookiesRequired}",
		"likewise"},
	{"v4", "sign-in without cookies; stray callback without cookies", "302 to {base}/api/auth/error?error=CookiesRequired",
		"likewise"},
	{"v4", "sign-in by a client without cookies", "200 application/json {url: {base}/api/auth/error?error=CookiesRequired}",
		"likewise"},
	{"v5", "update without csrf", "400 application/json {message: \"Bad Request\"}",
		"null would leave the client waiting for ever"},
	{"v4", "log of a client", "200 application/json {}",
		"an answer with a content type; the client does not look at it"},
	{"", "unknown action", `404 application/json "Not found."`,
		"there is nothing"},
}

// intended returns what the kit is to answer to an exchange, given what Auth.js
// answers.
func intended(t *testing.T, g generation, name, authJS string) string {
	t.Helper()
	for _, d := range differences {
		if (d.only == "" || d.only == g.name) && slices.Contains(strings.Split(d.in, "; "), name) {
			if d.kit == authJS {
				t.Errorf("%s: Auth.js answers the same as the kit; take %q out of the differences", name, d.why)
			}
			return d.kit
		}
	}
	return authJS
}

func fields(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// The kit answers as the real servers do, except where it does not on purpose.
func TestInteropAnswers(t *testing.T) {
	eachGeneration(t, func(t *testing.T, g generation) {
		op := startOP(t, time.Hour)
		node := startAuthJS(t, g, op, func(s *peerSettings) { s.Plain = true })
		kit := startKit(t, g.format, op, plainSession)
		for _, x := range exchanges {
			if x.only != "" && x.only != g.name {
				continue
			}
			authJS, got := x.summary(newVisitor(t, op), node), x.summary(newVisitor(t, op), kit)
			if want := intended(t, g, x.name, authJS); got != want {
				t.Errorf("%s:\nAuth.js %s\n   want %s\nthe kit %s", x.name, authJS, want, got)
			}
		}
	})
}

func plainSession(c *auth.Config) { c.Callbacks.Session = nil }

// summary makes the request and describes the answer: status, content type, and
// what of the body or the target is not random.
func (x exchange) summary(v *visitor, s peer) string {
	v.t.Helper()
	if !x.bare {
		v.csrf(s)
	}
	if x.signIn {
		v.post(s, "callback/password", fields("username", "alice", "password", "wonderland", "csrfToken", v.csrf(s)))
	}
	r := x.request(v, s)
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	text := strings.TrimSpace(strconv.Itoa(r.status) + " " + kind)
	if where := r.header.Get("Location"); where != "" && r.status != http.StatusOK {
		return text + " to " + shapeOfURL(where, s)
	}
	if kind == "application/json" && r.body != "" {
		text += " " + shapeOf(v.t, []byte(r.body), s)
	}
	return text
}

// request makes the request.
func (x exchange) request(v *visitor, s peer) reply {
	v.t.Helper()
	var headers []string
	if x.client && s.format == auth.AuthJS {
		headers = append(headers, "X-Auth-Return-Redirect", "1")
	}
	path := strings.ReplaceAll(x.path, "{base}", s.url)
	switch {
	case x.form != nil:
		body := url.Values{}
		for name, values := range x.form {
			body.Set(name, strings.ReplaceAll(values[0], "{base}", s.url))
		}
		if !x.noCSRF && !body.Has("csrfToken") {
			body.Set("csrfToken", v.csrf(s))
		}
		if x.client && s.format == auth.NextAuth4 {
			body.Set("json", "true")
		}
		return v.post(s, path, body, headers...)
	case x.json != nil:
		body := map[string]any{}
		for name, value := range x.json {
			body[name] = value
		}
		if !x.noCSRF {
			body["csrfToken"] = v.csrf(s)
		}
		return v.postJSON(s, "/api/auth/"+path, body)
	}
	method := x.method
	if method == "" {
		method = http.MethodGet
	}
	return v.send(method, s.app+"/api/auth/"+path, "", headers...)
}

// shapeOf describes JSON: an object's members in order of their names, and of
// texts what is not random.
func shapeOf(t *testing.T, raw []byte, s peer) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return "no JSON: " + string(raw)
	}
	switch value := value.(type) {
	case map[string]any:
		var members []string
		for name, member := range value {
			members = append(members, name+": "+shapeOf(t, []byte(asJSON(t, member)), s))
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ", ") + "}"
	case string:
		return shapeOfText(value, s)
	}
	return string(raw)
}

// shapeOfText replaces what is random in a text by what it is.
func shapeOfText(text string, s peer) string {
	switch {
	case regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(text):
		return "hex of 32 bytes"
	case regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(text):
		return "time"
	case strings.HasPrefix(text, "http"):
		return shapeOfURL(text, s)
	}
	return strconv.Quote(text)
}

// shapeOfURL leaves out the server's origin, which differs, and the values of
// parameters that are random.
func shapeOfURL(text string, s peer) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, url.QueryEscape(s.url), "{base}"), s.url, "{base}")
	where, query, _ := strings.Cut(text, "?")
	if query == "" {
		return where
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return text
	}
	var params []string
	for name, list := range values {
		for _, value := range list {
			if slices.Contains([]string{"state", "nonce", "code_challenge"}, name) {
				value = "…"
			}
			params = append(params, name+"="+value)
		}
	}
	slices.Sort(params)
	return regexp.MustCompile(`http://localhost:\d+`).ReplaceAllString(where, "{provider}") + "?" + strings.Join(params, "&")
}
