package contender

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// kit is the codec of this module, in the form in which its engine uses it.
type kit struct {
	codec *token.Codec
	jar   token.Jar
	app   claims.Key[App]
}

func newKit() (Codec, error) { return makeKit() }

func makeKit() (*kit, error) {
	ring, err := token.NewKeyring("https://app.example.com", string(secret())+"and more of it")
	if err != nil {
		return nil, err
	}
	const name = "__Host-auth.session"
	return &kit{
		codec: token.NewCodec(ring.Sealer("session", name)),
		jar:   token.Jar{Name: name, Path: "/", Secure: true, SameSite: http.SameSiteLaxMode},
		app:   claims.NewKey[App]("app"),
	}, nil
}

func (k *kit) Prepare(s *Session) (any, error) {
	t := Token(s)
	return t, t.Err()
}

// Token returns a session as the kit's token.
func Token(s *Session) *token.Token {
	a := s.Account
	t := &token.Token{
		Claims: claims.Claims{
			Subject: s.Subject, ExpiresAt: time.Unix(s.ExpiresAt, 0), IssuedAt: time.Unix(s.IssuedAt, 0), ID: s.ID,
			Name: s.Name, Email: s.Email, Picture: s.Picture,
		},
		Account: token.Account{
			Provider: a.Provider, ID: a.ID, Type: a.Type, TokenType: a.TokenType, Scope: a.Scope,
			AccessToken: token.NewSecret(a.AccessToken), RefreshToken: token.NewSecret(a.RefreshToken),
			Lifetime: time.Duration(a.ExpiresIn) * time.Second,
		},
	}
	if a.ExpiresAt != 0 {
		t.Account.ExpiresAt = time.Unix(a.ExpiresAt, 0)
	}
	claims.NewKey[App]("app").Set(t, s.App)
	return t
}

func (k *kit) Content(own any) (*Session, error) {
	t, ok := own.(*token.Token)
	if !ok {
		return nil, fmt.Errorf("%T is not a token", own)
	}
	app, _ := k.app.Get(t)
	return session(t, app), nil
}

func session(t *token.Token, app App) *Session {
	a := t.Account
	s := &Session{
		Subject: t.Subject, ExpiresAt: t.ExpiresAt.Unix(), IssuedAt: t.IssuedAt.Unix(), ID: t.ID,
		Name: t.Name, Email: t.Email, Picture: t.Picture, App: app,
		Account: Account{
			Provider: a.Provider, ID: a.ID, Type: a.Type, TokenType: a.TokenType, Scope: a.Scope,
			AccessToken: a.AccessToken.Reveal(), RefreshToken: a.RefreshToken.Reveal(), ExpiresIn: int64(a.Lifetime / time.Second),
		},
	}
	if !a.ExpiresAt.IsZero() {
		s.Account.ExpiresAt = a.ExpiresAt.Unix()
	}
	return s
}

func (k *kit) Encode(response, request http.Header, own any) error {
	return k.codec.Write(k.jar, response, request, own.(*token.Token))
}

func (k *kit) Decode(r *http.Request) (any, error) { return k.codec.Read(k.jar, r.Header) }

// typed also decodes the application's claims into their struct, which the kit
// otherwise does when they are asked for.
type typed struct{ *kit }

type typedToken struct {
	*token.Token
	app App
}

func newTyped() (Codec, error) {
	k, err := makeKit()
	return typed{k}, err
}

func (k typed) Decode(r *http.Request) (any, error) {
	t, err := k.codec.Read(k.jar, r.Header)
	if err != nil {
		return nil, err
	}
	app, ok := k.app.Get(t)
	if !ok {
		return nil, fmt.Errorf("no app")
	}
	return &typedToken{t, app}, nil
}

func (k typed) Content(own any) (*Session, error) {
	t := own.(*typedToken)
	return session(t.Token, t.app), nil
}

// as also decodes all claims into one struct of the application, by reflection.
type as struct{ *kit }

func newAs() (Codec, error) {
	k, err := makeKit()
	return as{k}, err
}

func (k as) Decode(r *http.Request) (any, error) {
	t, err := k.codec.Read(k.jar, r.Header)
	if err != nil {
		return nil, err
	}
	s, err := claims.As[Session](t)
	return &asToken{t, s}, err
}

type asToken struct {
	*token.Token
	session Session
}

func (k as) Content(own any) (*Session, error) {
	t := own.(*asToken)
	t.session.Account = session(t.Token, App{}).Account // which is no claim
	return &t.session, nil
}
