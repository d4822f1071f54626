package contender

import (
	"encoding/json"
	"net/http"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
)

// jwx is github.com/lestrrat-go/jwx.
type jwx struct{ plain }

func newJWX() (Codec, error) { return jwx{}, nil }

func (jwx) Encode(response, _ http.Header, own any) error {
	raw, err := json.Marshal(own)
	if err != nil {
		return err
	}
	text, err := jwe.Encrypt(raw, jwe.WithKey(jwa.DIRECT(), secret()), jwe.WithContentEncryption(jwa.A256GCM()))
	setCookie(response, string(text))
	return err
}

func (jwx) Decode(r *http.Request) (any, error) {
	raw, err := jwe.Decrypt([]byte(readCookie(r)), jwe.WithKey(jwa.DIRECT(), secret()))
	if err != nil {
		return nil, err
	}
	s := new(Session)
	return s, json.Unmarshal(raw, s)
}
