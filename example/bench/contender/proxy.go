package contender

import (
	"fmt"
	"net/http"
	"time"

	"github.com/oauth2-proxy/oauth2-proxy/v7/pkg/apis/options"
	"github.com/oauth2-proxy/oauth2-proxy/v7/pkg/apis/sessions"
	"github.com/oauth2-proxy/oauth2-proxy/v7/pkg/sessions/cookie"
)

// proxy is the cookie store of oauth2-proxy itself: MessagePack, LZ4, AES-CFB, HMAC.
// What it has no fields for are additional claims.
type proxy struct{ store sessions.SessionStore }

func newProxy() (Codec, error) {
	store, err := cookie.NewCookieSessionStore(&options.SessionOptions{Type: options.CookieSessionStoreType}, &options.Cookie{
		Name: cookieName, Secret: string(secret()), Path: "/", Expire: Life, Secure: true, HTTPOnly: true, SameSite: "lax",
	})
	return proxy{store}, err
}

func (proxy) Prepare(s *Session) (any, error) {
	issued, expires := time.Unix(s.IssuedAt, 0), time.Unix(s.ExpiresAt, 0)
	p := &sessions.SessionState{
		CreatedAt: &issued, ExpiresOn: &expires, User: s.Subject, PreferredUsername: s.Name, Email: s.Email, Groups: s.App.Roles,
		AccessToken: s.Account.AccessToken, RefreshToken: s.Account.RefreshToken, AdditionalClaims: map[string]any{},
	}
	for name, text := range additional(s) {
		if *text != "" {
			p.AdditionalClaims[name] = *text
		}
	}
	if s.Account.ExpiresAt != 0 {
		p.AdditionalClaims["expires_at"], p.AdditionalClaims["expires_in"] = s.Account.ExpiresAt, s.Account.ExpiresIn
	}
	return p, nil
}

// additional are the claims that the package has no fields for.
func additional(s *Session) map[string]*string {
	a := &s.Account
	return map[string]*string{
		"jti": &s.ID, "picture": &s.Picture, "tenant": &s.App.Tenant, "provider": &a.Provider, "id": &a.ID,
		"type": &a.Type, "token_type": &a.TokenType, "scope": &a.Scope,
	}
}

func (proxy) Content(own any) (*Session, error) {
	p, ok := own.(*sessions.SessionState)
	if !ok {
		return nil, fmt.Errorf("%T is not a session of oauth2-proxy", own)
	}
	s := &Session{
		Subject: p.User, ExpiresAt: p.ExpiresOn.Unix(), IssuedAt: p.CreatedAt.Unix(), Name: p.PreferredUsername, Email: p.Email,
		App: App{Roles: p.Groups}, Account: Account{AccessToken: p.AccessToken, RefreshToken: p.RefreshToken},
	}
	for name, text := range additional(s) {
		*text, _ = p.AdditionalClaims[name].(string)
	}
	return s, remarshal(p.AdditionalClaims, &s.Account) // for the numbers, which may come in any type
}

func (p proxy) Encode(response, _ http.Header, own any) error {
	return p.store.Save(writer{response}, proxyRequest(), own.(*sessions.SessionState))
}

// proxyRequest is what Save asks for the host.
func proxyRequest() *http.Request { return &http.Request{Host: "app.example.com"} }

func (p proxy) Decode(r *http.Request) (any, error) { return p.store.Load(r) }
