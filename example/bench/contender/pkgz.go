package contender

import (
	"net/http"
	"time"

	"github.com/go-pkgz/auth/v2/token"
	"github.com/golang-jwt/jwt/v5"
)

// pkgz is github.com/go-pkgz/auth, whose tokens are signed but not encrypted. It has
// fields for the person; the rest goes into their attributes.
type pkgz struct{ service *token.Service }

func newPkgz() (Codec, error) {
	return pkgz{token.NewService(token.Opts{
		SecretReader:  token.SecretFunc(func(string) (string, error) { return string(secret()), nil }),
		SecureCookies: true, TokenDuration: Life, CookieDuration: Life, DisableXSRF: true, DisableIAT: true,
		SameSite: http.SameSiteLaxMode, Issuer: "-",
	})}, nil
}

// attributes are what the package has no fields for.
type attributes struct {
	App     App     `json:"app"`
	Account Account `json:"account"`
}

func (pkgz) Prepare(s *Session) (any, error) {
	c := &token.Claims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID: s.ID, Audience: jwt.ClaimStrings{"-"},
			ExpiresAt: jwt.NewNumericDate(time.Unix(s.ExpiresAt, 0)), IssuedAt: jwt.NewNumericDate(time.Unix(s.IssuedAt, 0)),
		},
		User: &token.User{ID: s.Subject, Name: s.Name, Email: s.Email, Picture: s.Picture},
	}
	return c, remarshal(attributes{s.App, s.Account}, &c.User.Attributes)
}

func (pkgz) Content(own any) (*Session, error) {
	c := own.(*token.Claims)
	var a attributes
	err := remarshal(c.User.Attributes, &a)
	return &Session{
		Subject: c.User.ID, ExpiresAt: c.ExpiresAt.Unix(), IssuedAt: c.IssuedAt.Unix(), ID: c.ID,
		Name: c.User.Name, Email: c.User.Email, Picture: c.User.Picture, App: a.App, Account: a.Account,
	}, err
}

func (p pkgz) Encode(response, _ http.Header, own any) error {
	_, err := p.service.Set(writer{response}, *own.(*token.Claims))
	return err
}

func (p pkgz) Decode(r *http.Request) (any, error) {
	c, _, err := p.service.Get(r)
	return &c, err
}
