package httpauth_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// spy is a provider that says how often it was asked to redeem something.
type spy struct {
	redeemed []url.Values
	state    string
}

func (s *spy) Info() providers.Info {
	return providers.Info{ID: "op", Name: "Op", Protocol: providers.OpenIDConnect, Issuer: issuer}
}

func (s *spy) AuthCodeURL(_ context.Context, r providers.AuthRequest) (string, error) {
	s.state = r.State
	return issuer + "/authorize?" + url.Values{"state": {r.State}}.Encode(), nil
}

func (s *spy) Exchange(_ context.Context, c providers.Callback) (*providers.Identity, error) {
	s.redeemed = append(s.redeemed, c.Params)
	return &providers.Identity{User: providers.User{ID: "alice"}}, nil
}

func (s *spy) VerifyLogout(context.Context, string) (providers.LogoutNotice, error) {
	return providers.LogoutNotice{}, providers.ErrLogoutToken
}

// stage is the kit around a handler that says who is signed in, for fuzzing.
type stage struct {
	spy     *spy
	handler http.Handler
	session string // a good cookie, as name=value
}

func newStage(f *testing.F) *stage {
	f.Helper()
	s := &stage{spy: &spy{}}
	auth, err := httpauth.New(httpauth.Config{
		URL: appURL, Secrets: []string{testSecret}, Providers: []providers.Provider{s.spy, ada()}, Logger: quiet(),
		Revocations: httpauth.NewMemoryRevocations(), SignOut: httpauth.SignOut{FrontChannel: true},
		RedirectOrigins: []string{"https://other.example.com"},
	})
	if err != nil {
		f.Fatal(err)
	}
	cookies, err := auth.Cookies(&token.Token{Claims: claims.Claims{Subject: "op|alice"}, Account: token.Account{Provider: "op", ID: "alice"}})
	if err != nil {
		f.Fatal(err)
	}
	s.session = cookies[0].Name + "=" + cookies[0].Value
	s.handler = auth.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := httpauth.Check(r); err == nil {
			_, _ = io.WriteString(w, "signed in")
		}
	}))
	return s
}

// serve answers a request that need not be one.
func (s *stage) serve(t testing.TB, method, path, query string, headers http.Header, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, appURL+"/", strings.NewReader(body))
	r.URL = &url.URL{Path: path, RawQuery: query}
	r.RequestURI, r.Header = path+"?"+query, headers
	w := recorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// sane checks what holds for every answer: no server error but those that a page is
// asked to show, headers of one line, and redirects to where they are allowed.
func sane(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 && !strings.Contains(w.Body.String(), "Sign-in is not available") && w.Code != http.StatusServiceUnavailable {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	for name, values := range w.Header() {
		for _, v := range values {
			if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' || c >= 0x7f }) {
				t.Fatalf("%s: %q", name, v)
			}
		}
	}
	where := w.Header().Get("Location")
	for _, origin := range []string{appURL, issuer, "https://other.example.com"} {
		if where == "" || strings.HasPrefix(where, origin+"/") {
			where = ""
		}
	}
	if where != "" {
		t.Fatalf("sent to %q", where)
	}
	if body := w.Body.String(); strings.Contains(strings.ToLower(body), "<script") {
		t.Fatalf("a script is on the page: %s", body)
	}
	for _, line := range w.Header()["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err != nil || !c.Secure || !c.HttpOnly || c.SameSite == http.SameSiteNoneMode {
			t.Fatalf("cookie %q: %v", line, err)
		}
	}
}

// signsIn tells whether an answer brings a session.
func signsIn(w *httptest.ResponseRecorder) bool {
	for _, c := range w.Result().Cookies() {
		if strings.HasPrefix(c.Name, sessionCookie) && c.MaxAge >= 0 && c.Value != "" {
			return true
		}
	}
	return false
}

// FuzzRequest sends requests with any path, query and headers: S-89, S-184. Nobody
// gets a session that way, and is seen as signed in only with the very cookie that
// was sealed.
func FuzzRequest(f *testing.F) {
	s := newStage(f)
	const session = "SESSION" // stands for the good cookie, which is another in each process
	for _, path := range append([]string{"//auth/signin", "/auth//signin", "/auth/signin/../op", "/auth/signin/%2e", "/AUTH/signin", "/auth/\x00"}, kitPaths...) {
		f.Add("GET", path, "callbackUrl=//evil.com&error=x&state=x&code=y&iss="+issuer, session, "Bearer x", "text/html", "")
	}
	for _, cookie := range []string{
		"", ";", "=", session + "; " + session, sessionCookie + "=x; " + session, session + "x", session + ".x", "a=b; " + session + "; c", "x" + session,
		"__Host-auth.csrf=a%7Cb", "__Host-auth.csrf=|", "__Secure-auth.tx.abc=x", "__Host-auth.signed-out.abc=x", "__Host-auth.landed=1", sessionCookie + "=2.abcdef.x; " + sessionCookie + ".1=2.abcdef.y",
	} {
		f.Add("GET", "/who", "", cookie, "", "*/*", "same-origin")
		f.Add("GET", "/auth/session", "", cookie, "Basic Og==", "application/json", "cross-site")
		f.Add("GET", "/auth/signin", "iss=x&target_link_uri=/x", cookie, "%", "text/html;q=x", "none")
	}
	f.Add("HEAD", "/auth/callback/op", "code=a&code=b&state=%zz", "", "", "", "")
	if w := s.serve(f, "GET", "/who", "", http.Header{"Cookie": {s.session}}, ""); w.Body.String() != "signed in" {
		f.Fatal("the good session is none: nothing would be found")
	}
	f.Fuzz(func(t *testing.T, method, path, query, cookie, authorization, accept, site string) {
		if !slices.Contains([]string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"}, method) || !strings.HasPrefix(path, "/") {
			return // FuzzPost has the others
		}
		cookie = strings.ReplaceAll(cookie, session, s.session)
		before := len(s.spy.redeemed)
		w := s.serve(t, method, path, query, http.Header{"Cookie": {cookie}, "Authorization": {authorization}, "Accept": {accept}, "Sec-Fetch-Site": {site}}, "")
		sane(t, w)
		own := strings.Contains(cookie, s.session)
		if !own && (w.Body.String() == "signed in" || strings.Contains(w.Body.String(), `"user"`)) {
			t.Fatalf("%q is a session", cookie)
		}
		if signsIn(w) && !own || len(s.spy.redeemed) != before {
			t.Fatalf("GET %s?%s signs somebody in", path, query)
		}
	})
}

// FuzzCallback comes back from the provider with any query and any cookies beside the
// right ones: S-89. A code is redeemed only if the state is that of the transaction,
// once, and the cookies of both are there, once.
func FuzzCallback(f *testing.F) {
	s := newStage(f)
	start := func(t testing.TB) (state, cookies string) {
		page := s.serve(t, "GET", "/auth/csrf", "", http.Header{}, "")
		jar := page.Result().Cookies()
		var answer struct{ CSRFToken string }
		if err := json.Unmarshal(page.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		w := s.serve(t, "POST", "/auth/signin/op", "", http.Header{
			"Cookie": {jar[0].Name + "=" + jar[0].Value}, "Content-Type": {"application/x-www-form-urlencoded"},
		}, "csrfToken="+answer.CSRFToken)
		for _, c := range w.Result().Cookies() {
			cookies += c.Name + "=" + c.Value + "; "
		}
		return s.spy.state, cookies
	}
	const tx, binding = "TX", "BINDING" // stand for the cookies, STATE for the state
	for _, query := range []string{
		"state=STATE&code=x", "code=x&state=STATE&iss=" + issuer, "state=STATE", "state=STATE&error=access_denied", "state=STATE&code=x&code=y", "state=STATE&state=STATE&code=x",
		"state=state&code=x", "state=STATE%00&code=x", "state=STATEx&code=x", "State=STATE&code=x", "state=STATE;code=x", "state=%53TATE&code=x", "state[]=STATE&code=x", "", "code=x", "state=&code=x", "%zz&state=STATE&code=x",
	} {
		f.Add(query, tx+"; "+binding)
	}
	for _, cookie := range []string{tx, binding, tx + "; " + tx + "; " + binding, tx + "x; " + binding, "a=b; " + tx + "; " + binding + "; c", tx + "; " + binding + "; __Host-auth.browser=evil", binding + ";" + tx, "\"" + tx + "\"; " + binding} {
		f.Add("state=STATE&code=x", cookie)
	}
	state, cookies := start(f)
	if s.serve(f, "GET", "/auth/callback/op", "code=x&state="+state, http.Header{"Cookie": {cookies}}, ""); len(s.spy.redeemed) != 1 {
		f.Fatal("a good answer is not redeemed: nothing would be found")
	}
	f.Fuzz(func(t *testing.T, query, cookie string) {
		state, cookies := start(t)
		var own [2]string
		for pair := range strings.SplitSeq(cookies, "; ") {
			switch {
			case strings.Contains(pair, ".tx."):
				own[0] = pair
			case strings.Contains(pair, ".browser="):
				own[1] = pair
			}
		}
		query = strings.ReplaceAll(query, "STATE", state)
		cookie = strings.NewReplacer(tx, own[0], binding, own[1]).Replace(cookie)
		s.spy.redeemed = nil
		w := s.serve(t, "GET", "/auth/callback/op", query, http.Header{"Cookie": {cookie}}, "")
		sane(t, w)
		if len(s.spy.redeemed) == 0 {
			if signsIn(w) {
				t.Fatalf("%q with %q signs in without the provider", query, cookie)
			}
			return
		}
		got := s.spy.redeemed[0]
		if len(s.spy.redeemed) > 1 || !slices.Equal(got["state"], []string{state}) || len(got["code"]) > 1 || len(got["error"]) > 1 || len(got["iss"]) > 1 {
			t.Fatalf("%q is redeemed as %v", query, s.spy.redeemed)
		}
		if !strings.Contains(cookie, own[0]) || !strings.Contains(cookie, own[1]) {
			t.Fatalf("redeemed with the cookies %q", cookie)
		}
	})
}

// FuzzPost posts any body to the routes that take one, with a good cookie of a CSRF
// token: S-89, S-163. Something happens only if the body says the token and the
// browser says nothing against it.
func FuzzPost(f *testing.F) {
	s := newStage(f)
	page := s.serve(f, "GET", "/auth/csrf", "", http.Header{"Cookie": {s.session}}, "")
	cookie := page.Result().Cookies()[0]
	good, _, _ := strings.Cut(cookie.Value, "%7C")
	jar := s.session + "; " + cookie.Name + "=" + cookie.Value
	paths := []string{"/auth/signout", "/auth/signin/op", "/auth/callback/credentials", "/auth/session", "/auth/signin", "/auth/backchannel-logout/op", "/auth/_log"}
	const form, asJSON = "application/x-www-form-urlencoded", "application/json"
	for i := range paths {
		for _, body := range []string{
			"csrfToken=TOKEN&username=ada&password=right&callbackUrl=//evil.com", "csrfToken=TOKEN&csrfToken=TOKEN", "csrfToken=", "", "%zz", "csrfToken=TOKEN;a=b", "csrftoken=TOKEN", "csrfToken[]=TOKEN", "logout_token=x", "json=true&csrfToken=TOKEN", "iss=" + issuer,
		} {
			f.Add(i, form, body, "", "")
		}
		for _, body := range []string{`{"csrfToken":"TOKEN","data":{"a":1}}`, `{"csrfToken":"TOKEN","csrfToken":"TOKEN"}`, `{"csrfToken":true}`, `{"csrfToken":["TOKEN"]}`, `[]`, `{`, `null`, `{"CSRFTOKEN":"TOKEN"}`, `{"csrf\u0054oken":"TOKEN"}`} {
			f.Add(i, asJSON, body, "same-origin", appURL)
		}
		f.Add(i, "text/plain", `{"csrfToken":"TOKEN"}`, "", "")
		f.Add(i, form, "csrfToken=TOKEN", "cross-site", "null")
		f.Add(i, form, "csrfToken=TOKEN", "", "https://evil.com")
	}
	w := s.serve(f, "POST", "/auth/signout", "", http.Header{"Cookie": {jar}, "Content-Type": {form}}, "csrfToken="+good)
	if w.Header().Get("Location") != appURL+"/" {
		f.Fatal("a good form is refused: nothing would be found")
	}
	f.Fuzz(func(t *testing.T, n int, kind, body, site, origin string) {
		path := paths[uint(n)%uint(len(paths))]
		body = strings.ReplaceAll(body, "TOKEN", good)
		h := http.Header{"Cookie": {jar}, "Content-Type": {kind}}
		for name, value := range map[string]string{"Sec-Fetch-Site": site, "Origin": origin} {
			if value != "" {
				h[name] = []string{value}
			}
		}
		w := s.serve(t, "POST", path, "", h, body)
		sane(t, w)
		where := w.Header().Get("Location")
		done := w.Code == http.StatusFound && !strings.Contains(where, "error=") && path != "/auth/signin" || path == "/auth/session" && w.Code == http.StatusOK
		refused := site != "" && site != "same-origin" && site != "none" || site == "" && origin != "" && origin != appURL
		if done && (refused || !says(kind, body, good)) {
			t.Fatalf("%s with %q, %q, site %q, origin %q: %d %s", path, kind, body, site, origin, w.Code, where)
		}
	})
}

// says tells whether a body has the token, by the readers of the standard library.
func says(kind, body, token string) bool {
	if strings.Contains(strings.ToLower(kind), "json") {
		var o map[string]any
		return json.Unmarshal([]byte(body), &o) == nil && o["csrfToken"] == token
	}
	values, err := url.ParseQuery(body)
	return err == nil && slices.Equal(values["csrfToken"], []string{token})
}
