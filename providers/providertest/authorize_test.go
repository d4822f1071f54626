package providertest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers/providertest"
)

func TestAuthorizationRequests(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		changes []string
		ok      bool
	}{
		"good":                       {nil, true},
		"no PKCE":                    {[]string{"code_challenge", "", "code_challenge_method", ""}, false},
		"no method":                  {[]string{"code_challenge_method", ""}, false},
		"plain PKCE":                 {[]string{"code_challenge_method", "plain", "code_challenge", verifier}, false},
		"short challenge":            {[]string{"code_challenge", "abc"}, false},
		"unknown client":             {[]string{"client_id", "other"}, false},
		"no client":                  {[]string{"client_id", ""}, false},
		"no redirect URI":            {[]string{"redirect_uri", ""}, false},
		"redirect URI with a slash":  {[]string{"redirect_uri", callback + "/"}, false},
		"redirect URI with a query":  {[]string{"redirect_uri", callback + "?x=1"}, false},
		"redirect URI of a sub path": {[]string{"redirect_uri", callback + "/../callback"}, false},
		"redirect URI, other host":   {[]string{"redirect_uri", "https://evil.example/callback"}, false},
		"redirect URI, other case":   {[]string{"redirect_uri", "https://APP.example.com/callback"}, false},
		"implicit":                   {[]string{"response_type", "id_token"}, false},
		"no openid":                  {[]string{"scope", "profile"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret", RedirectURIs: []string{callback}}}})
			back, err := p.op.SignIn(p.request(tc.changes...), "alice")
			if tc.ok != (err == nil) || !tc.ok && back != "" {
				t.Fatal(back, err)
			}
			req, reqErr := http.NewRequest(http.MethodGet, p.request(tc.changes...), nil)
			if reqErr != nil {
				t.Fatal(reqErr)
			}
			status, answer := p.do(req) // the page is as strict as its button
			if tc.ok != (status == http.StatusOK) || answer["location"] != "" {
				t.Fatal(status, answer)
			}
		})
	}
}

func TestAnswerOfTheAuthorization(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	for subject, wanted := range map[string]url.Values{
		"alice":  {"state": {"the-state"}, "iss": {issuer}},
		"":       {"state": {"the-state"}, "iss": {issuer}, "error": {"access_denied"}},
		"nobody": {"state": {"the-state"}, "iss": {issuer}, "error": {"access_denied"}},
	} {
		back, err := p.op.SignIn(p.request(), subject)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Has("code") != (subject == "alice") {
			t.Errorf("%q: %v", subject, q)
		}
		q.Del("code")
		if q.Encode() != wanted.Encode() || !strings.HasPrefix(back, callback+"?") {
			t.Errorf("%q: %v", subject, back)
		}
	}
	if back, err := p.op.SignIn(p.request("redirect_uri", callback+"?x=1"), "alice"); err != nil || !strings.Contains(back, "?code=") || !strings.Contains(back, "&x=1") {
		t.Error(back, err)
	}
	if _, err := p.op.SignIn(":", "alice"); err == nil {
		t.Error("signed in at no URL")
	}
}

func TestPicker(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{Users: []providertest.User{
		{Subject: "u1", Name: "Élodie", Email: "e@example.com", About: "admin"}, {Subject: "only-a-subject"}, {Subject: "x", Name: "<script>alert(1)</script>"},
	}})
	req, err := http.NewRequest(http.MethodGet, p.request(), nil)
	if err != nil {
		t.Fatal(err)
	}
	status, answer := p.do(req)
	page, _ := answer["body"].(string)
	if status != http.StatusOK || strings.Contains(page, "<script>alert") || !strings.Contains(page, "</html>") {
		t.Fatal(status, page)
	}
	for _, text := range []string{">É</span>", "Élodie", "e@example.com", "admin", `value="only-a-subject"`, ">o</span>", "&lt;script&gt;"} {
		if !strings.Contains(page, text) {
			t.Errorf("no %q on the page", text)
		}
	}
}

func TestFormPost(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	req, err := http.NewRequest(http.MethodPost, p.request("response_mode", "form_post", "state", `"><script>`), strings.NewReader("subject=alice"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, answer := p.do(req)
	page, _ := answer["body"].(string)
	if status != http.StatusOK || answer["location"] != "" || !strings.Contains(page, `<form method="post" action="`+callback+`">`) ||
		!strings.Contains(page, `name="code"`) || !strings.Contains(page, `name="iss"`) || strings.Contains(page, "<script>") {
		t.Fatal(status, page)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	const home = "https://app.example.com/bye"
	for name, tc := range map[string]struct {
		query    url.Values
		status   int
		location string
	}{
		"registered":   {url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {home}, "state": {"s"}}, 302, home + "?state=s"},
		"no state":     {url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {home}}, 302, home},
		"unregistered": {url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {home + "/"}}, 400, ""},
		"no client":    {url.Values{"post_logout_redirect_uri": {home}}, 400, ""},
		"any target":   {url.Values{"client_id": {"free"}, "post_logout_redirect_uri": {"https://x.example/"}}, 302, "https://x.example/"},
		"no target":    {url.Values{"client_id": {"free"}}, 200, ""},
		"bad target":   {url.Values{"client_id": {"free"}, "post_logout_redirect_uri": {":"}}, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", LogoutURIs: []string{home}}, {ID: "free"}}})
			req, err := http.NewRequest(http.MethodGet, issuer+"/logout?"+tc.query.Encode(), nil)
			if err != nil {
				t.Fatal(err)
			}
			status, answer := p.do(req)
			if status != tc.status || answer["location"] != tc.location {
				t.Fatal(status, answer)
			}
		})
	}
}
