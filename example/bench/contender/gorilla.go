package contender

import (
	"net/http"

	"github.com/gorilla/securecookie"
)

// gorilla is github.com/gorilla/securecookie: AES-CTR and HMAC-SHA256. Its limit of
// 4096 bytes is lifted, else it would refuse the largest content.
type gorilla struct {
	plain
	codec *securecookie.SecureCookie
}

func newGorilla() (Codec, error) {
	c := securecookie.New(secret(), secret()).MaxLength(0).SetSerializer(securecookie.JSONEncoder{})
	return gorilla{plain{}, c}, nil
}

func (g gorilla) Encode(response, _ http.Header, own any) error {
	text, err := g.codec.Encode(cookieName, own)
	setCookie(response, text)
	return err
}

func (g gorilla) Decode(r *http.Request) (any, error) {
	s := new(Session)
	return s, g.codec.Decode(cookieName, readCookie(r), s)
}
