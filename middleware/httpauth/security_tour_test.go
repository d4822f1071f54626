package httpauth_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// tour goes wherever there is something to see.
func (v *aviary) tour(t *testing.T, a *app) {
	t.Helper()
	b := a.browser()
	v.note(b.get("/auth/signin"))
	v.signIn(t, b, "/auth/signin/op", nil)
	if b.who() == "" { // the fault has kept alice out
		b = a.browser()
		v.plant(t, b)
	}
	for range 2 {
		for _, path := range []string{"/client", "/auth/session", "/guarded", "/update"} {
			v.note(b.get(path, header{"Accept", "text/html"}))
		}
		v.note(b.do(http.MethodPost, "/auth/session", `{"csrfToken":"`+b.csrf()+`","data":{"a":1}}`))
		time.Sleep(40 * time.Second)
	}
	start := v.note(b.get("/connect"))
	if strings.HasPrefix(start.location(), issuer) {
		v.finish(t, b, start.location())
	}
	v.note(b.get("/client"))
	for _, password := range []string{"right", "half", "odd", "broken", "nobody", passwordCanary} {
		v.note(a.browser().post("/auth/callback/credentials", url.Values{"username": {"ada"}, "password": {password}, "otp": {passwordCanary}}))
	}
	for _, notice := range []string{a.op.LogoutToken(nil), a.op.LogoutToken(func(c map[string]any) { c["aud"] = bodyCanary }), "x." + bodyCanary + ".y"} {
		v.keep("logout token", notice)
		v.note(a.browser().do(http.MethodPost, "/auth/backchannel-logout/op", url.Values{"logout_token": {notice}}))
	}
	v.note(a.browser().get("/auth/frontchannel-logout/op?" + url.Values{"iss": {issuer}, "sid": {"a session there"}}.Encode()))
	for _, c := range b.cookies("/auth") { // as it comes, and broken
		v.note(a.browser().get("/who", header{"Cookie", sessionCookie + "=" + c[:len(c)/2]}))
	}
	v.note(b.do(http.MethodPost, "/auth/signout", url.Values{"csrfToken": {"x"}}))
	v.note(b.post("/auth/signout", nil))
}

// signIn starts a sign-in and finishes it, in all the wrong ways first.
func (v *aviary) signIn(t *testing.T, b *browser, path string, form url.Values) {
	t.Helper()
	if start := v.note(b.post(path, form)); strings.HasPrefix(start.location(), issuer) {
		v.finish(t, b, start.location())
	}
}

func (v *aviary) finish(t *testing.T, b *browser, auth string) {
	t.Helper()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		v.keep(name, param(t, auth, name))
	}
	back := b.choose(auth, "alice")
	v.keep("code", param(t, back, "code"))
	for _, name := range []string{"iss", "state", "code", "error", "error_description"} {
		r := v.note(b.get(withParam(t, back, name, bodyCanary)))
		v.note(b.get(strings.TrimPrefix(r.location(), appURL)))
	}
	v.note(b.get(back + "&code=" + bodyCanary))
	v.note(b.get(back))
	v.note(b.get(back))
}

// plant puts a session into the browser, as if its provider were fine.
func (v *aviary) plant(t *testing.T, b *browser) {
	t.Helper()
	secret := func(what string) token.Secret {
		text := base64.RawURLEncoding.EncodeToString([]byte("planted " + what + " " + time.Now().String()))
		v.keep(what, text)
		return token.NewSecret(text)
	}
	cookies, err := b.a.auth.Cookies(&token.Token{
		Claims: claims.Claims{Subject: "op|alice"},
		Account: token.Account{Provider: "op", ID: "alice", AccessToken: secret("access token"), RefreshToken: secret("refresh token"),
			IDToken: secret("id token"), ExpiresAt: time.Now().Add(time.Second), Lifetime: 30 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		v.keep("cookie "+c.Name, c.Value)
		b.setCookie(c.Name, c.Value, c.Path)
	}
}
