package contender

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"
)

// echoJWT is Echo's own middleware, with its defaults: golang-jwt, HS256, claims in a
// map. It does not encrypt, and puts the largest content into one cookie that
// browsers refuse.
type echoJWT struct {
	echo   *echo.Echo
	handle echo.HandlerFunc
}

func newEchoJWT() (Codec, error) {
	m, err := echojwt.Config{SigningKey: secret(), TokenLookup: "cookie:" + cookieName}.ToMiddleware()
	if err != nil {
		return nil, err
	}
	return echoJWT{echo.New(), m(func(echo.Context) error { return nil })}, nil
}

func (echoJWT) Prepare(s *Session) (any, error) {
	var m jwt.MapClaims
	return &m, remarshal(s, &m)
}

func (echoJWT) Content(own any) (*Session, error) {
	s := new(Session)
	return s, remarshal(own, s)
}

func (echoJWT) Encode(response, _ http.Header, own any) error {
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, own.(*jwt.MapClaims)).SignedString(secret())
	http.SetCookie(writer{response}, &http.Cookie{
		Name: cookieName, Value: text, Path: "/", MaxAge: int(Life / time.Second),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
	return err
}

func (e echoJWT) Decode(r *http.Request) (any, error) {
	c := e.echo.AcquireContext()
	defer e.echo.ReleaseContext(c)
	c.Reset(r, nil)
	if err := e.handle(c); err != nil {
		return nil, err
	}
	m, _ := c.Get("user").(*jwt.Token).Claims.(jwt.MapClaims)
	return &m, nil
}

// remarshal copies from one type to another by way of JSON.
func remarshal(from, to any) error {
	raw, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, to)
}
