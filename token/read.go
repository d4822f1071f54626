package token

import (
	"fmt"
	"strconv"
	"time"

	"github.com/sealedauth/auth/claims"
)

// opened is a token with memory for what it points to, so that a session takes two
// pieces of memory: this, and its text.
type opened struct {
	Token
	room    claims.Room
	secrets [3]string
}

// hide returns a secret whose text is kept here.
func (o *opened) hide(i int, text string) Secret {
	if text == "" {
		return Secret{}
	}
	o.secrets[i] = text
	return Secret{&o.secrets[i]}
}

// parsePayload reads a token's JSON, and holds on to the text.
func parsePayload(text string) (*Token, error) {
	o := new(opened)
	var account, accounts bool
	err := o.Claims.Read(text, &o.room, "account", func(in, name, raw string) (bool, error) {
		if in != "" {
			return true, o.readAccount(name, raw)
		}
		switch name {
		case "account":
			account = raw == "{}" // its members come one by one
		case "accounts":
			accounts = true
		case "gen":
			return true, readInt(&o.Generation, name, raw)
		case "v": // a missing version is version 1, so that it costs no bytes
			if raw != "1" {
				return true, errVersion
			}
		default:
			return false, nil
		}
		return true, nil
	})
	if err == nil && !account {
		err = fmt.Errorf("%w: no account", claims.ErrMalformed)
	}
	if err == nil && accounts {
		err = o.readConnected(text)
	}
	if err != nil {
		return nil, orVersion(text, err)
	}
	return &o.Token, nil
}

// orVersion returns errVersion if that is why a text does not read.
func orVersion(text string, err error) error {
	if o, bad := claims.ParseObject([]byte(text)); bad == nil {
		if v, ok := o.Raw("v"); ok && string(v) != "1" {
			return errVersion
		}
	}
	return err
}

// readAccount takes a member of the account. Those that nobody knows are of another
// version of the kit.
func (o *opened) readAccount(name, raw string) (err error) {
	a := &o.Account
	var s string
	var n int64
	switch name {
	case "provider":
		err = readText(&a.Provider, name, raw)
	case "id":
		err = readText(&a.ID, name, raw)
	case "type":
		err = readText(&a.Type, name, raw)
	case "sid":
		err = readText(&a.SessionID, name, raw)
	case "access_token":
		err = readText(&s, name, raw)
		a.AccessToken = o.hide(0, s)
	case "refresh_token":
		err = readText(&s, name, raw)
		a.RefreshToken = o.hide(1, s)
	case "dpop_key":
		err = readText(&s, name, raw)
		a.DPoPKey = o.hide(2, s)
	case "token_type":
		err = readText(&a.TokenType, name, raw)
	case "scope":
		err = readText(&a.Scope, name, raw)
	case "auth_time":
		err = readInt(&n, name, raw)
		a.AuthTime = unix(n)
	case "session_expiry":
		err = readInt(&n, name, raw)
		a.SessionEnds = unix(n)
	case "expires_at":
		err = readInt(&n, name, raw)
		a.ExpiresAt = unix(n)
	case "expires_in":
		err = readInt(&n, name, raw)
		a.Lifetime = time.Duration(n) * time.Second
	}
	return err
}

func unix(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

func readText(to *string, name, raw string) error {
	s, ok := claims.Unquote(raw)
	if !ok && raw != "null" {
		return fmt.Errorf("%w: %s", claims.ErrMalformed, name)
	}
	*to = s
	return nil
}

func readInt(to *int64, name, raw string) error {
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil && raw != "null" {
		return fmt.Errorf("%w: %s", claims.ErrMalformed, name) // the cause would quote the value
	}
	*to = n
	return nil
}

// readConnected reads the accounts of other providers, which most tokens do not have.
func (o *opened) readConnected(text string) error {
	whole, err := claims.ParseObject([]byte(text))
	if err != nil {
		return err
	}
	list := whole.Array("accounts")
	if list == nil {
		return fmt.Errorf("%w: accounts", claims.ErrMalformed)
	}
	for _, raw := range list {
		var w wireAccount
		if err := raw.Decode(&w); err != nil {
			return fmt.Errorf("%w: accounts", claims.ErrMalformed) // the cause could quote a value
		}
		o.Connected = append(o.Connected, w.account())
	}
	return nil
}
