package providertest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers/providertest"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// claimsOf returns the claims of a token, and its type.
func claimsOf(t *testing.T, op *providertest.Server, token any) (claims map[string]any, typ any) {
	t.Helper()
	text, _ := token.(string)
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	key := op.SigningKey()
	payload, err := jws.Verify(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims, jws.Signatures[0].Protected.ExtraHeaders["typ"]
}

// inbox is an application that takes logout tokens.
type inbox struct {
	mu       sync.Mutex
	requests []string // path and token
	status   int
}

func (i *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.requests = append(i.requests, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+r.PostFormValue("logout_token"))
	if i.status != 0 {
		w.WriteHeader(i.status)
	}
}

// take returns the requests since the last time.
func (i *inbox) take() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := i.requests
	i.requests = nil
	return all
}

// newInbox is a provider with three clients, two of which want to be told.
func newInbox(t *testing.T) (party, *inbox) {
	in := &inbox{}
	p := newParty(t, providertest.Config{HTTPClient: providertest.InMemory(in), Clients: []providertest.Client{
		{ID: "app", Secret: "secret", BackChannelLogoutURI: "https://app.example.com/logout", FrontChannelLogoutURI: "https://app.example.com/front?x=1"},
		{ID: "second", Secret: "secret", BackChannelLogoutURI: "https://second.example.com/logout2"},
		{ID: "deaf", Secret: "secret"},
	}})
	return p, in
}

// signIn signs alice in to a client and returns the answer and the sid.
func (p party) signIn(client string) (map[string]any, string) {
	p.t.Helper()
	status, answer := p.redeem(p.code("client_id", client), "client_id", client)
	want(p.t, status, answer, 200, nil)
	claims, typ := claimsOf(p.t, p.op, answer["id_token"])
	sid, _ := claims["sid"].(string)
	if sid == "" || typ != nil {
		p.t.Fatalf("sid %q, type %v", sid, typ)
	}
	return answer, sid
}

// Every sign-in starts a session of its own, which its refreshes belong to.
func TestSessions(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	first, sid := p.signIn("app")
	_, other := p.signIn("app")
	_, renewed := p.refresh(first["refresh_token"])
	claims, _ := claimsOf(t, p.op, renewed["id_token"])
	if sid == other || claims["sid"] != sid {
		t.Errorf("%q, %q, %q", sid, other, claims["sid"])
	}
}

func TestSignOutBySession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, in := newInbox(t)
		tokens, sid := p.signIn("app")
		p.signIn("app")
		p.signIn("second")
		if err := p.op.SignOut(t.Context(), sid); err != nil {
			t.Fatal(err)
		}
		got := in.take()
		const prefix = "POST /logout application/x-www-form-urlencoded "
		if len(got) != 1 || !strings.HasPrefix(got[0], prefix) {
			t.Fatal(got)
		}
		claims, typ := claimsOf(t, p.op, strings.TrimPrefix(got[0], prefix))
		now := float64(time.Now().Unix())
		if claims["jti"] == "" || typ != "logout+jwt" {
			t.Error(claims, typ)
		}
		delete(claims, "jti")
		wanted := map[string]any{
			"iss": issuer, "aud": "app", "sub": "alice", "sid": sid, "iat": now, "exp": now + 120, "events": map[string]any{logoutEvent: map[string]any{}},
		}
		if fmt.Sprint(claims) != fmt.Sprint(wanted) {
			t.Errorf("%v, want %v", claims, wanted)
		}
		if status, _ := p.refresh(tokens["refresh_token"]); status != 200 { // as with offline_access elsewhere
			t.Error("the tokens ended, too")
		}
		if err := p.op.SignOut(t.Context(), sid); err == nil || len(in.take()) != 0 {
			t.Error("signed out twice", err)
		}
	})
}

// All sessions of a person end with one token for each client, which names no
// session.
func TestSignOutBySubject(t *testing.T) {
	t.Parallel()
	p, in := newInbox(t)
	for _, client := range []string{"app", "app", "second", "deaf"} {
		p.signIn(client)
	}
	if _, err := p.op.SignIn(p.request(), "bob"); err != nil { // a code that nobody took is no session
		t.Fatal(err)
	}
	if err := p.op.SignOut(t.Context(), "bob"); err == nil || len(in.take()) != 0 {
		t.Error("bob was signed out", err)
	}
	if err := p.op.SignOut(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	got := in.take()
	if len(got) != 2 || !strings.HasPrefix(got[0], "POST /logout ") || !strings.HasPrefix(got[1], "POST /logout2 ") {
		t.Fatal(got)
	}
	for i, audience := range []string{"app", "second"} {
		claims, _ := claimsOf(t, p.op, got[i][strings.LastIndexByte(got[i], ' ')+1:])
		if _, named := claims["sid"]; named || claims["sub"] != "alice" || claims["aud"] != audience {
			t.Error(claims)
		}
	}
}

// What a client answers is told.
func TestSignOutAnswers(t *testing.T) {
	t.Parallel()
	for status, ok := range map[int]bool{200: true, 204: true, 302: false, 400: false, 500: false} {
		p, in := newInbox(t)
		in.status = status
		p.signIn("app")
		err := p.op.SignOut(t.Context(), "alice")
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestLogoutTokens(t *testing.T) {
	t.Parallel()
	p, _ := newInbox(t)
	claims, _ := claimsOf(t, p.op, p.op.LogoutToken(nil)) // of nobody in particular
	if claims["aud"] != "app" || claims["sub"] != "alice" || claims["sid"] == "" {
		t.Error(claims)
	}
	_, sid := p.signIn("second")
	claims, typ := claimsOf(t, p.op, p.op.LogoutToken(func(claims map[string]any) { delete(claims, "sub"); claims["x"] = p.op.Issuer }))
	if claims["aud"] != "second" || claims["sid"] != sid || claims["sub"] != nil || claims["x"] != issuer || typ != "logout+jwt" {
		t.Error(claims, typ)
	}
	if p.op.LogoutToken(func(claims map[string]any) { claims["x"] = func() {} }) != "" {
		t.Error("a token of what has no JSON form")
	}
}

// Sign-out that an application starts ends the session of its hint, and the client
// is told over both channels.
func TestRPInitiatedLogout(t *testing.T) {
	t.Parallel()
	p, in := newInbox(t)
	tokens, sid := p.signIn("app")
	logout := func(hint any, changes ...string) (int, map[string]any) {
		text, _ := hint.(string)
		q := url.Values{"client_id": {"app"}, "id_token_hint": {text}, "post_logout_redirect_uri": {"https://app.example.com/bye"}, "state": {"s"}}
		change(q, changes)
		req, err := http.NewRequest(http.MethodGet, issuer+"/logout?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.do(req)
	}
	good, _ := tokens["id_token"].(string)
	for _, hint := range []any{nil, "x", "a.b.c", good[:len(good)-4] + "AAAA"} {
		if status, answer := logout(hint); status != 302 || answer["location"] != "https://app.example.com/bye?state=s" || len(in.take()) != 0 {
			t.Errorf("%v: %d %v", hint, status, answer)
		}
	}
	status, answer := logout(good)
	page, _ := answer["body"].(string)
	frame := "https://app.example.com/front?" + url.Values{"iss": {issuer}, "sid": {sid}, "x": {"1"}}.Encode()
	if status != 200 || !strings.Contains(page, `<iframe src="`+strings.ReplaceAll(frame, "&", "&amp;")+`"`) || !strings.Contains(page, `<a href="https://app.example.com/bye?state=s">`) {
		t.Errorf("%d %s", status, page)
	}
	if got := in.take(); len(got) != 1 {
		t.Error(got)
	}
	if status, _ = logout(good, "post_logout_redirect_uri", "", "state", ""); status != 200 || len(in.take()) != 0 {
		t.Error(status)
	}
	if status, _ = logout(good, "post_logout_redirect_uri", ":"); status != 400 {
		t.Error(status)
	}
	tokens, _ = p.signIn("second") // without a front channel there is nothing to show
	if status, answer = logout(tokens["id_token"], "client_id", "second"); status != 302 || len(in.take()) != 1 {
		t.Error(status, answer)
	}
}

func TestLogoutIsAnnounced(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	_, body, err := fetch(t, p.op, p.op.Client(), "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"backchannel_logout_supported", "backchannel_logout_session_supported", "frontchannel_logout_supported", "frontchannel_logout_session_supported"} {
		if !strings.Contains(body, `"`+name+`":true`) {
			t.Errorf("no %s", name)
		}
	}
}

// Forge signs what it is told to, and nothing else.
func TestForge(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]any{"text": "no key", "public": &struct{}{}} {
		if got := providertest.Forge(`{}`, nil, "RS256", key); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	got := strings.Split(providertest.Forge(`{"alg":"none"}`, []byte("{}"), "none", nil), ".")
	head, err := base64.RawURLEncoding.DecodeString(got[0])
	if err != nil || string(head) != `{"alg":"none"}` || got[2] != "" {
		t.Error(got, err)
	}
}
