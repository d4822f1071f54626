package providertest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers/providertest"
)

const (
	issuer   = "https://op.example.com"
	callback = "https://app.example.com/callback"
	verifier = "a-verifier-of-at-least-forty-three-characters"
)

// party is a relying party made by hand, so that it can make mistakes.
type party struct {
	t  *testing.T
	op *providertest.Server
}

func newParty(t *testing.T, c providertest.Config) party {
	t.Helper()
	if c.Issuer == "" {
		c.Issuer = issuer
	}
	op, err := providertest.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return party{t, op}
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// request is a good authorization request with these changes; an empty value
// leaves a parameter out.
func (p party) request(changes ...string) string {
	q := url.Values{
		"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email offline_access"},
		"state": {"the-state"}, "nonce": {"the-nonce"}, "code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}
	change(q, changes)
	return strings.TrimSuffix(p.op.Issuer, "/") + "/authorize?" + q.Encode()
}

func change(q url.Values, changes []string) {
	for i := 0; i < len(changes); i += 2 {
		if q.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
}

// code signs alice in and returns the code.
func (p party) code(changes ...string) string {
	p.t.Helper()
	back, err := p.op.SignIn(p.request(changes...), "alice")
	if err != nil {
		p.t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Query().Get("code")
}

// post sends a form, with client authentication in the body unless the form has
// "basic".
func (p party) post(path string, form url.Values) (int, map[string]any) {
	p.t.Helper()
	id, secret, basic := strings.Cut(form.Get("basic"), ":")
	form.Del("basic")
	req, err := http.NewRequest(http.MethodPost, issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		req.SetBasicAuth(id, secret)
	}
	return p.do(req)
}

func (p party) do(req *http.Request) (int, map[string]any) {
	p.t.Helper()
	c := p.op.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	answer := map[string]any{"body": string(body), "location": resp.Header.Get("Location")}
	_ = json.Unmarshal(body, &answer)
	return resp.StatusCode, answer
}

func (p party) redeem(code string, changes ...string) (int, map[string]any) {
	p.t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_id": {"app"}, "client_secret": {"secret"},
	}
	change(form, changes)
	return p.post("/token", form)
}

func refreshForm(refreshToken any) url.Values {
	text, _ := refreshToken.(string)
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {text}, "client_id": {"app"}, "client_secret": {"secret"}}
}

func (p party) refresh(refreshToken any, changes ...string) (int, map[string]any) {
	p.t.Helper()
	form := refreshForm(refreshToken)
	change(form, changes)
	return p.post("/token", form)
}

func (p party) userInfo(accessToken any) (int, map[string]any) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, issuer+"/userinfo", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	text, _ := accessToken.(string)
	req.Header.Set("Authorization", "Bearer "+text)
	return p.do(req)
}

// want checks status and error code of an answer.
func want(t *testing.T, status int, answer map[string]any, wantStatus int, code any) {
	t.Helper()
	if status != wantStatus || answer["error"] != code {
		t.Fatalf("%d %v, want %d %v", status, answer, wantStatus, code)
	}
}
