package serverless_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/example/serverless/platformtest"
)

// browser is one person's, on a platform. It follows no redirects by itself.
type browser struct {
	t *testing.T
	c *http.Client
}

func newBrowser(t *testing.T, on http.RoundTripper) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Transport: on, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// on returns the same browser at another platform, with the same cookies.
func (b *browser) on(t *testing.T, other http.RoundTripper) *browser {
	c := *b.c
	c.Transport = other
	return &browser{t, &c}
}

// answer is a response that has been read.
type answer struct {
	*http.Response
	body string
}

func (b *browser) send(method, where string, form url.Values) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, appURL+where, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r)
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36")
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
	if err := json.Unmarshal([]byte(b.get("/auth/csrf").body), &got); err != nil {
		b.t.Fatal(err)
	}
	form.Set("csrfToken", got.CSRFToken)
	return b.send(http.MethodPost, where, form)
}

// signIn goes through a sign-in and returns the page that it ends on, which is the
// one that it was for.
func (b *browser) signIn(id string, who platformtest.Person, target string) answer {
	b.t.Helper()
	r := b.post("/auth/signin/"+id, url.Values{"callbackUrl": {target}})
	callback, err := who.SignIn(r.Header.Get("Location"))
	if err != nil {
		b.t.Fatalf("%d %s: %v", r.StatusCode, r.body, err)
	}
	r = b.get(strings.TrimPrefix(callback, appURL))
	if got := r.Header.Get("Location"); got != appURL+target {
		b.t.Fatalf("signed in to %d %q", r.StatusCode, got)
	}
	return b.get(target)
}

// session is who the application says is signed in.
type session struct {
	Session struct {
		User struct {
			Email  string
			Groups []string
		}
		Error string
	}
	URI string
}

func (b *browser) session(r answer) session {
	b.t.Helper()
	var s session
	if err := json.Unmarshal([]byte(r.body), &s); err != nil || r.StatusCode != http.StatusOK {
		b.t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if s.Session.User.Email != "alice@example.com" || len(s.Session.User.Groups) != groupCount || s.Session.Error != "" {
		b.t.Errorf("session of %q with %d groups, error %q", s.Session.User.Email, len(s.Session.User.Groups), s.Session.Error)
	}
	return s
}

// The same application on every platform, at a provider of ours and at a certified one:
// a sign-in, a session in several cookies and its ID token in another, an access token
// that is renewed again and again, a sign-out that revokes it and goes on to the
// provider. Then each session opens on every other platform, without a word to the
// provider.
func TestPlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := platformtest.StartCertified(t, appURL+"/auth", "certified", groupCount)
	w.add("CERTIFIED", platformtest.ClientID, platformtest.ClientSecret, op.Issuer)
	running, people := map[string]http.RoundTripper{}, map[string]*browser{}
	for _, p := range platforms() {
		running[p.name] = p.start(t, w.env...)
	}
	t.Run("journey", func(t *testing.T) {
		for _, p := range platforms() {
			people[p.name] = newBrowser(t, running[p.name])
			b := people[p.name]
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				b.t = t
				arrives(t, running[p.name])
				way{id: "brief", who: w.brief}.walk(t, running[p.name])
				way{id: "certified", who: op.Person("alice"), within: 20 * time.Second, keepsIDToken: true}.walk(t, running[p.name])
				b.session(b.signIn("acme", w.acme, "/me"))
			})
		}
	})
	if n := w.brief.Reuses(); n > 0 {
		t.Errorf("%d refresh tokens were used twice", n)
	}
	if n := w.brief.Count("revoke"); n < 2*len(running) {
		t.Errorf("%d tokens were revoked", n)
	}
	if n := op.Counts(); n["error"] != 0 || n["refresh_token"] < 3*len(running) || n["revoked"] != len(running) {
		t.Errorf("at oidc-provider: %v", n)
	}
	asked := w.acme.Count("token") + w.acme.Count("refresh") + w.acme.Count("discovery") + w.acme.Count("keys")
	for from, person := range people {
		for to, platform := range running {
			t.Run("from "+from+" to "+to, func(t *testing.T) {
				b := person.on(t, platform)
				b.session(b.get("/me"))
			})
		}
	}
	if n := w.acme.Count("token") + w.acme.Count("refresh") + w.acme.Count("discovery") + w.acme.Count("keys"); n != asked {
		t.Errorf("opening sessions took %d calls of the provider", n-asked)
	}
}

// arrives checks that requests and answers come through unchanged.
func arrives(t *testing.T, on http.RoundTripper) {
	t.Helper()
	b := newBrowser(t, on)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	const where = "/check/a.b-c?x=%2F%3D%26&y=1+2&y=%C3%BC"
	for range 2 { // the second time with cookies
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, appURL+where, strings.NewReader(string(every)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/octet-stream")
		got := b.do(r)
		if got.body != string(every) || got.Header.Get("X-Method") != "POST" || got.Header.Get("X-Uri") != where {
			t.Errorf("%d: %s %q, body %q", got.StatusCode, got.Header.Get("X-Method"), got.Header.Get("X-Uri"), got.body)
		}
		if len(got.Header["Set-Cookie"]) != 3 {
			t.Errorf("cookies %q", got.Header["Set-Cookie"])
		}
	}
	seen := strings.Join(b.get("/check/").Header["X-Seen"], ",")
	if strings.ReplaceAll(seen, " ", "") != "one,two,three" {
		t.Errorf("seen: %q", seen)
	}
}

// A load balancer that passes one cookie only says what to do, in the function's log,
// when somebody wants to sign in.
func TestBalancerWithoutMultiValueHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := newBrowser(t, startFunction(t, built(t, lambdaProgram), flatBalancer(), w.env...))
	if r := b.get("/"); r.StatusCode != http.StatusOK {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	r := b.post("/auth/signin/acme", url.Values{})
	if r.StatusCode != http.StatusBadGateway || !strings.Contains(r.body, "lambda.multi_value_headers.enabled") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// Where the platform streams, events arrive one by one, after the renewed session.
func TestStreaming(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range platforms() {
		if p.front != nil && !p.front.streams {
			continue
		}
		on := p.start(t, w.env...)
		b := newBrowser(t, on)
		b.signIn("brief", w.brief, "/me")
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, appURL+"/events", nil)
		resp, err := b.c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var times []time.Time
		var text strings.Builder
		for buffer := make([]byte, 100); ; {
			n, err := resp.Body.Read(buffer)
			if n > 0 {
				text.Write(buffer[:n])
				times = append(times, time.Now())
			}
			if err != nil {
				break
			}
		}
		_ = resp.Body.Close()
		if text.String() != "data: 0\n\ndata: 1\n\ndata: 2\n\n" || times[len(times)-1].Sub(times[0]) < 150*time.Millisecond {
			t.Errorf("%s: %q in %d pieces", p.name, text.String(), len(times))
		}
		if !slices.ContainsFunc(resp.Header["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, "__Host-auth.session=") }) {
			t.Errorf("%s: the renewed session did not come: %d cookies", p.name, len(resp.Header["Set-Cookie"]))
		}
		b.session(b.get("/me")) // and is the one that counts
	}
}
