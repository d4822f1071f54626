package httpauth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// canary is what nobody may print, in values that are made for it.
const canary = "canary-9kLm2PqR7sTu4VwX1yZb8cDe5GhI3"

// printed returns all ways to print a value: each verb, JSON, and both handlers of
// slog at the level of debugging.
func printed(value any) map[string]string {
	found := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		found[verb] = fmt.Sprintf(verb, value)
	}
	text, err := json.Marshal(value)
	found["JSON"] = fmt.Sprint(string(text), err)
	var b bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	slog.New(slog.NewTextHandler(&b, options)).Debug("x", "value", value)
	found["slog text"] = b.String()
	b.Reset()
	slog.New(slog.NewJSONHandler(&b, options)).Debug("x", "value", value, slog.Group("g", slog.Any("value", value)))
	found["slog JSON"] = b.String()
	return found
}

// shows tells whether a text has a secret in it, as it is or in the numbers of its
// bytes.
func shows(text, secret string) bool {
	part := secret[:min(len(secret), 16)]
	digits := strings.Trim(fmt.Sprintf("%d", []byte(part)), "[]")
	for _, form := range []string{part, fmt.Sprintf("%x", part), fmt.Sprintf("%X", part), digits, url.QueryEscape(part)} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

func TestS_142_PrintedFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	for how, text := range printed(struct{ Plain string }{canary}) {
		if how != "%T" && !shows(text, canary) {
			t.Errorf("%s does not show what it prints: %s", how, text)
		}
	}
	if !shows(fmt.Sprintf("%+v", struct{ b []byte }{[]byte(canary)}), canary) {
		t.Error("bytes are not seen")
	}
}

// S-142: no exported type that holds a secret prints it, by any verb, as JSON, or in
// a log; nor do the events that hold one of them.
func TestS_142_TypesArePrintedWithoutSecrets(t *testing.T) {
	t.Parallel()
	secret := token.NewSecret(canary)
	account := token.Account{Provider: "op", ID: "1", AccessToken: secret, RefreshToken: secret, IDToken: secret}
	tok := &token.Token{Claims: claims.Claims{Subject: "alice"}, Account: account, Connected: []token.Account{account}}
	pc := providers.Config{ID: "op", ClientID: "app", ClientSecret: canary, Issuer: issuer}
	cfg := httpauth.Config{URL: appURL, Secrets: []string{canary}, Providers: []providers.Provider{providers.OIDC(pc)}, Logger: quiet()}
	ring, err := token.NewKeyring(appURL, canary)
	if err != nil {
		t.Fatal(err)
	}
	auth, err := httpauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := httpauth.New(httpauth.Config{URL: appURL, Secrets: []string{canary}, Providers: cfg.Providers, Logger: quiet(), Compat: token.AuthJS, Accept: []token.Format{token.Native, token.NextAuth4}})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"password": {canary}}
	r := request(t, appURL+"/auth/callback/op?code="+canary)
	r.Header.Set("Cookie", "session="+canary)
	user := &providers.User{ID: "1"}
	identity := &providers.Identity{Account: account}
	session := sessionOf(t, account)
	for _, value := range []any{
		secret, &secret, account, &account, *tok, tok, []token.Account{account}, map[string]token.Secret{"a": secret},
		pc, &pc, cfg, &cfg, cfg.Providers, cfg.Providers[0], auth, foreign, ring, ring.Sealer("session", "s"), ring.Signer("csrf", "c"), token.NewCodec(ring.Sealer("session", "s")),
		providers.Callback{Params: url.Values{"code": {canary}, "state": {canary}}, Nonce: canary, Verifier: canary},
		&providers.Callback{Params: url.Values{"code": {canary}}, Nonce: canary, Verifier: canary},
		providers.AuthRequest{State: canary, Nonce: canary, Verifier: canary}, &providers.AuthRequest{State: canary, Nonce: canary, Verifier: canary},
		providers.Logout{IDToken: secret, State: canary}, providers.Submission{Values: form, Request: r}, &providers.Submission{Values: form, Request: r},
		*identity, identity, session, *session,
		&httpauth.SignInEvent{Request: r, User: user, Account: &account, Token: tok}, httpauth.SignInEvent{Request: r, User: user, Account: &account, Token: tok},
		&httpauth.JWTEvent{Request: r, Token: tok, Account: &account}, httpauth.JWTEvent{Request: r, Token: tok, Account: &account},
		&httpauth.SessionEvent{Request: r, Session: session, Token: tok}, &httpauth.SignedInEvent{Request: r, Token: tok, User: user},
		&httpauth.SignedOutEvent{Request: r, Token: tok}, &httpauth.RefreshEvent{Request: r}, &httpauth.RedirectEvent{Request: r}, &httpauth.ErrorEvent{Request: r, Err: http.ErrNoCookie},
	} {
		for how, text := range printed(value) {
			if shows(text, canary) {
				t.Errorf("%T by %s: %.300s", value, how, text)
			}
		}
	}
}

// sessionOf returns the session that a handler sees of an account.
func sessionOf(t *testing.T, account token.Account) (session *httpauth.Session) {
	t.Helper()
	a := newApp(t, func(*httpauth.Config, *providertest.Config) {})
	cookies, err := a.auth.Cookies(&token.Token{Claims: claims.Claims{Subject: "alice", AuthTime: time.Now()}, Account: account})
	if err != nil {
		t.Fatal(err)
	}
	a.mux.HandleFunc("/session", func(_ http.ResponseWriter, r *http.Request) { session, _ = httpauth.FromContext(r.Context()) })
	b := a.browser()
	for _, c := range cookies {
		b.setCookie(c.Name, c.Value, "/")
	}
	if b.get("/session"); session == nil {
		t.Fatal("no session")
	}
	return session
}
