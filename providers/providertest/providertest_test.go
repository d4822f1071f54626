package providertest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

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

func (p party) refresh(refreshToken any, changes ...string) (int, map[string]any) {
	p.t.Helper()
	text, _ := refreshToken.(string)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {text}, "client_id": {"app"}, "client_secret": {"secret"}}
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

func TestCodes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		changes []string
		status  int
		code    any
	}{
		"good":               {nil, 200, nil},
		"unknown code":       {[]string{"code", "x"}, 400, "invalid_grant"},
		"other verifier":     {[]string{"code_verifier", verifier + "x"}, 400, "invalid_grant"},
		"no verifier":        {[]string{"code_verifier", ""}, 400, "invalid_grant"},
		"other redirect URI": {[]string{"redirect_uri", callback + "/"}, 400, "invalid_grant"},
		"no redirect URI":    {[]string{"redirect_uri", ""}, 400, "invalid_grant"},
		"other grant":        {[]string{"grant_type", "password"}, 400, "unsupported_grant_type"},
		"wrong secret":       {[]string{"client_secret", "x"}, 401, "invalid_client"},
		"no secret":          {[]string{"client_secret", ""}, 401, "invalid_client"},
		"unknown client":     {[]string{"client_id", "x"}, 401, "invalid_client"},
		"basic":              {[]string{"client_id", "", "client_secret", "", "basic", "app:secret"}, 200, nil},
		"basic, encoded":     {[]string{"client_id", "", "client_secret", "", "basic", "%61pp:secret"}, 200, nil},
		"basic, wrong":       {[]string{"client_id", "", "client_secret", "", "basic", "app:x"}, 401, "invalid_client"},
		"both ways":          {[]string{"basic", "app:secret"}, 401, "invalid_client"},
		"another client":     {[]string{"client_id", "other", "client_secret", "x"}, 400, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret"}, {ID: "other", Secret: "x"}}})
			status, answer := p.redeem(p.code(), tc.changes...)
			want(t, status, answer, tc.status, tc.code)
		})
	}
	t.Run("public client", func(t *testing.T) {
		t.Parallel()
		p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app"}}})
		status, answer := p.redeem(p.code(), "client_secret", "")
		want(t, status, answer, 200, nil)
		status, answer = p.redeem(p.code(), "client_secret", "x")
		want(t, status, answer, 401, "invalid_client")
	})
}

// A code works once. The second try ends what the first one gave.
func TestCodeReuse(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	code := p.code()
	status, first := p.redeem(code)
	want(t, status, first, 200, nil)
	status, _ = p.userInfo(first["access_token"])
	if status != 200 {
		t.Fatal(status)
	}
	status, answer := p.redeem(code)
	want(t, status, answer, 400, "invalid_grant")
	status, answer = p.userInfo(first["access_token"])
	want(t, status, answer, 401, "invalid_token")
	status, answer = p.refresh(first["refresh_token"])
	want(t, status, answer, 400, "invalid_grant")

	code = p.code() // and a failed first try counts
	status, answer = p.redeem(code, "code_verifier", "x")
	want(t, status, answer, 400, "invalid_grant")
	status, answer = p.redeem(code)
	want(t, status, answer, 400, "invalid_grant")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, providertest.Config{AccessTokenLifetime: 10 * time.Minute, Users: []providertest.User{
			{Subject: "alice", Name: "Alice", Email: "a@example.com", Claims: map[string]any{"groups": []string{"staff"}}},
		}})
		status, answer := p.redeem(p.code())
		want(t, status, answer, 200, nil)
		if answer["token_type"] != "Bearer" || answer["expires_in"] != 600.0 || answer["scope"] != "openid profile email offline_access" || answer["refresh_token"] == nil {
			t.Error(answer)
		}
		jws, err := jose.ParseSignedCompact(answer["id_token"].(string), []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		key := p.op.SigningKey()
		payload, err := jws.Verify(key.Public())
		if err != nil || jws.Signatures[0].Protected.KeyID != key.KeyID {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		now := float64(time.Now().Unix())
		sum := sha256.Sum256([]byte(answer["access_token"].(string)))
		for name, value := range map[string]any{
			"iss": issuer, "aud": "app", "sub": "alice", "nonce": "the-nonce", "iat": now, "exp": now + 600, "auth_time": now,
			"name": "Alice", "email": "a@example.com", "email_verified": true, "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
		} {
			if claims[name] != value {
				t.Errorf("%s is %v, want %v", name, claims[name], value)
			}
		}
		status, info := p.userInfo(answer["access_token"])
		if status != 200 || info["sub"] != "alice" || info["name"] != "Alice" || info["groups"] == nil || info["iss"] != nil {
			t.Error(status, info)
		}
		time.Sleep(10*time.Minute - time.Second)
		status, _ = p.userInfo(answer["access_token"])
		if status != 200 {
			t.Error("ended too early")
		}
		time.Sleep(time.Second)
		status, info = p.userInfo(answer["access_token"])
		want(t, status, info, 401, "invalid_token")
		status, info = p.userInfo("unknown")
		want(t, status, info, 401, "invalid_token")
	})
}

// Scopes decide what is told, and whether there is a refresh token.
func TestScopes(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{Users: []providertest.User{{Subject: "alice"}, {Subject: "bob", Name: "Bob", Email: "b@example.com"}}})
	_, answer := p.redeem(p.code("scope", "openid"))
	if answer["refresh_token"] != nil || answer["scope"] != "openid" {
		t.Error(answer)
	}
	_, info := p.userInfo(answer["access_token"])
	if info["name"] != nil || info["email"] != nil || info["email_verified"] != nil {
		t.Error(info)
	}
	_, answer = p.redeem(p.code()) // all scopes, but alice has neither name nor address
	_, info = p.userInfo(answer["access_token"])
	if _, named := info["name"]; named || info["email_verified"] != nil {
		t.Error(info)
	}
}

// Refresh tokens rotate. One that is used twice takes its whole family with it,
// but no other sign-in of the same person.
func TestRotation(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	_, first := p.redeem(p.code())
	_, other := p.redeem(p.code())
	status, second := p.refresh(first["refresh_token"])
	want(t, status, second, 200, nil)
	if second["refresh_token"] == first["refresh_token"] || second["access_token"] == first["access_token"] || second["id_token"] == nil {
		t.Fatal(second)
	}
	status, third := p.refresh(second["refresh_token"])
	want(t, status, third, 200, nil)

	status, answer := p.refresh(first["refresh_token"])
	want(t, status, answer, 400, "invalid_grant")
	for _, family := range []map[string]any{second, third} {
		status, answer = p.refresh(family["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
		status, answer = p.userInfo(family["access_token"])
		want(t, status, answer, 401, "invalid_token")
	}
	status, answer = p.refresh(other["refresh_token"])
	want(t, status, answer, 200, nil)
}

func TestRefreshRequests(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret"}, {ID: "other", Secret: "x"}}})
	_, first := p.redeem(p.code())
	for name, tc := range map[string]struct {
		changes []string
		status  int
		code    any
	}{
		"unknown token":  {[]string{"refresh_token", "x"}, 400, "invalid_grant"},
		"no token":       {[]string{"refresh_token", ""}, 400, "invalid_grant"},
		"access token":   {[]string{"refresh_token", first["access_token"].(string)}, 400, "invalid_grant"},
		"another client": {[]string{"client_id", "other", "client_secret", "x"}, 400, "invalid_grant"},
		"wrong secret":   {[]string{"client_secret", "x"}, 401, "invalid_client"},
	} {
		status, answer := p.refresh(first["refresh_token"], tc.changes...)
		if status != tc.status || answer["error"] != tc.code {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	status, answer := p.refresh(first["refresh_token"]) // none of that has spent it
	want(t, status, answer, 200, nil)
}

func TestRefreshGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, providertest.Config{RefreshGrace: 10 * time.Second})
		_, first := p.redeem(p.code())
		status, second := p.refresh(first["refresh_token"])
		want(t, status, second, 200, nil)
		time.Sleep(10*time.Second - time.Millisecond)
		status, late := p.refresh(first["refresh_token"])
		want(t, status, late, 200, nil)
		if late["refresh_token"] == second["refresh_token"] {
			t.Fatal("the late one got the same token")
		}
		status, answer := p.refresh(late["refresh_token"]) // both lines go on
		want(t, status, answer, 200, nil)
		time.Sleep(time.Millisecond) // the grace counts from the first use
		status, answer = p.refresh(first["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
		status, answer = p.refresh(second["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
	})
}

func TestNoRotation(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{NoRotation: true})
	_, first := p.redeem(p.code())
	for range 3 {
		status, answer := p.refresh(first["refresh_token"])
		want(t, status, answer, 200, nil)
		if answer["refresh_token"] != nil || answer["access_token"] == first["access_token"] {
			t.Fatal(answer)
		}
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"access_token", "refresh_token"} {
		p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret"}, {ID: "other", Secret: "x"}}})
		_, tokens := p.redeem(p.code())
		revoke := func(id, secret string) (int, map[string]any) {
			return p.post("/revoke", url.Values{"token": {tokens[kind].(string)}, "client_id": {id}, "client_secret": {secret}})
		}
		status, answer := revoke("app", "wrong")
		want(t, status, answer, 401, "invalid_client")
		status, answer = revoke("other", "x") // 200, as RFC 7009 asks for, but nothing happens
		want(t, status, answer, 200, nil)
		if status, _ := p.userInfo(tokens["access_token"]); status != 200 {
			t.Fatal("another client's revocation counted")
		}
		status, answer = revoke("app", "secret")
		want(t, status, answer, 200, nil)
		status, answer = p.userInfo(tokens["access_token"])
		want(t, status, answer, 401, "invalid_token")
		status, answer = p.refresh(tokens["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
		status, answer = revoke("app", "secret") // again is fine
		want(t, status, answer, 200, nil)
	}
}

// The switches for tests: every answer can be seen first and changed.
func TestSwitches(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{Issuer: issuer + "/path/"})
	p.op.EditMetadata = func(document map[string]any) { document["x"] = "metadata" }
	p.op.EditIDToken = func(claims map[string]any) { claims["x"] = "claims" }
	p.op.EditTokens = func(answer map[string]any) { answer["x"] = p.op.SigningKey().KeyID } // may call the server
	var seen []string
	p.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
		seen = append(seen, endpoint)
		if endpoint == "logout" {
			w.WriteHeader(http.StatusTeapot)
			return true
		}
		return false
	}
	get := func(path string) (int, map[string]any) {
		req, err := http.NewRequest(http.MethodGet, issuer+"/path"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.do(req)
	}
	if _, document := get("/.well-known/openid-configuration"); document["x"] != "metadata" || document["issuer"] != issuer+"/path/" || document["token_endpoint"] != issuer+"/path/token" {
		t.Error(document)
	}
	if status, _ := get("/logout"); status != http.StatusTeapot {
		t.Error(status)
	}
	if status, _ := get("/keys"); status != 200 {
		t.Error(status)
	}
	if status, _ := get("/nothing"); status != 404 {
		t.Error(status)
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {p.code()}, "redirect_uri": {callback}, "code_verifier": {verifier}, "client_id": {"app"}, "client_secret": {"secret"},
	}
	status, answer := p.post("/path/token", form)
	want(t, status, answer, 200, nil)
	if answer["x"] != p.op.SigningKey().KeyID {
		t.Error(answer)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(answer["id_token"].(string), ".")[1])
	if err != nil || !strings.Contains(string(payload), `"x":"claims"`) {
		t.Error(string(payload), err)
	}
	status, answer = p.post("/path/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {answer["refresh_token"].(string)}, "client_id": {"app"}, "client_secret": {"secret"}})
	want(t, status, answer, 200, nil)
	if wanted := []string{"discovery", "logout", "keys", "nothing", "authorize", "token", "refresh"}; !slices.Equal(seen, wanted) {
		t.Errorf("seen %q", seen)
	}
	if p.op.Count("token") != 1 || p.op.Count("refresh") != 1 || p.op.Count("userinfo") != 0 {
		t.Error("counts")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	kids := func() []string {
		resp, err := p.op.Client().Get(issuer + "/keys")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil || strings.Contains(string(body), `"d"`) {
			t.Fatalf("%v, private half: %s", err, body)
		}
		var set jose.JSONWebKeySet
		if err := json.Unmarshal(body, &set); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, k := range set.Keys {
			all = append(all, k.KeyID)
		}
		return all
	}
	first := p.op.SigningKey().KeyID
	p.op.RotateKey()
	second := p.op.SigningKey().KeyID
	if got := kids(); !slices.Equal(got, []string{first, second}) {
		t.Fatal(got)
	}
	p.op.DropOldKeys()
	if got := kids(); !slices.Equal(got, []string{second}) {
		t.Fatal(got)
	}
	if providertest.Sign(jose.JSONWebKey{Key: "no key", Algorithm: "ES256"}, nil) != "" {
		t.Error("signed with nothing")
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{":", "op.example.com", "/x"} {
		if _, err := providertest.New(providertest.Config{Issuer: bad}); err == nil {
			t.Errorf("issuer %q is accepted", bad)
		}
	}
	op, err := providertest.New(providertest.Config{})
	if err != nil || op.Issuer != "http://op.localhost" || len(op.Users) == 0 || len(op.Clients) != 1 || op.AccessTokenLifetime != time.Hour {
		t.Fatal(op, err)
	}
}

// The client in memory keeps to the contract of http.RoundTripper: requests can
// be sent again, and a context that has ended ends the call.
func TestClient(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	req, err := http.NewRequest(http.MethodGet, issuer+"/keys", nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			resp, err := p.op.Client().Transport.RoundTrip(req)
			if err != nil || resp.StatusCode != 200 {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
		})
	}
	all.Wait()
	if req.Body != nil {
		t.Error("the request was changed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.op.Client().Do(req.WithContext(ctx)); err == nil {
		t.Error("a call with a context that has ended")
	}
}
