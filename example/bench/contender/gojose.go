package contender

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// naive uses the JWT package of go-jose as its documentation does.
type naive struct {
	plain
	encrypter jose.Encrypter
}

func newEncrypter() (jose.Encrypter, error) {
	return jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: secret()},
		(&jose.EncrypterOptions{}).WithType("JWT"))
}

func newNaive() (Codec, error) {
	e, err := newEncrypter()
	return naive{plain{}, e}, err
}

func (n naive) Encode(response, _ http.Header, own any) error {
	text, err := jwt.Encrypted(n.encrypter).Claims(own).Serialize()
	setCookie(response, text)
	return err
}

func (naive) Decode(r *http.Request) (any, error) {
	t, err := jwt.ParseEncrypted(readCookie(r), []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}
	var registered jwt.Claims
	s := new(Session)
	if err := t.Claims(secret(), &registered, s); err != nil {
		return nil, err
	}
	return s, registered.Validate(jwt.Expected{Time: time.Now()})
}

// core uses go-jose for the envelope only.
type core struct {
	plain
	encrypter jose.Encrypter
}

func newCore() (Codec, error) {
	e, err := newEncrypter()
	return core{plain{}, e}, err
}

func (c core) Encode(response, _ http.Header, own any) error {
	raw, err := json.Marshal(own)
	if err != nil {
		return err
	}
	object, err := c.encrypter.Encrypt(raw)
	if err != nil {
		return err
	}
	text, err := object.CompactSerialize()
	setCookie(response, text)
	return err
}

func (core) Decode(r *http.Request) (any, error) {
	object, err := jose.ParseEncryptedCompact(readCookie(r), []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}
	raw, err := object.Decrypt(secret())
	if err != nil {
		return nil, err
	}
	s := new(Session)
	return s, json.Unmarshal(raw, s)
}
