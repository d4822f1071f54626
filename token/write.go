package token

import (
	"fmt"
	"strconv"
	"time"

	"github.com/sealedauth/auth/claims"
)

// payload appends the token's JSON, the one place where secrets become text.
func payload(dst []byte, t *Token) ([]byte, error) {
	if err := t.Err(); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	start := len(dst)
	dst = t.Append(append(dst, '{'))
	if len(dst) > start+1 {
		dst = append(dst, ',')
	}
	dst = t.Account.append(append(dst, `"account":`...))
	for i, a := range t.Connected {
		dst = append(dst, separator(i == 0, `,"accounts":[`)...)
		dst = a.append(dst)
		if i == len(t.Connected)-1 {
			dst = append(dst, ']')
		}
	}
	if t.Generation != 0 {
		dst = strconv.AppendInt(append(dst, `,"gen":`...), t.Generation, 10)
	}
	return append(dst, '}'), nil
}

func separator(first bool, begin string) string {
	if first {
		return begin
	}
	return ","
}

// append appends the account's JSON. The ID token is not in it: it would double the
// size of the cookie and is needed only to sign out.
func (a Account) append(dst []byte) []byte {
	dst = claims.AppendString(append(dst, `{"provider":`...), a.Provider)
	dst = claims.AppendString(append(dst, `,"id":`...), a.ID)
	dst = appendText(dst, `,"type":`, a.Type)
	dst = appendText(dst, `,"sid":`, a.SessionID)
	dst = appendTime(dst, `,"auth_time":`, a.AuthTime)
	dst = appendTime(dst, `,"session_expiry":`, a.SessionEnds)
	dst = appendText(dst, `,"access_token":`, a.AccessToken.Reveal())
	dst = appendText(dst, `,"refresh_token":`, a.RefreshToken.Reveal())
	dst = appendText(dst, `,"dpop_key":`, a.DPoPKey.Reveal())
	dst = appendText(dst, `,"token_type":`, a.TokenType)
	dst = appendTime(dst, `,"expires_at":`, a.ExpiresAt)
	if n := int64(a.Lifetime / time.Second); n != 0 {
		dst = strconv.AppendInt(append(dst, `,"expires_in":`...), n, 10)
	}
	return append(appendText(dst, `,"scope":`, a.Scope), '}')
}

func appendText(dst []byte, name, s string) []byte {
	if s == "" {
		return dst
	}
	return claims.AppendString(append(dst, name...), s)
}

func appendTime(dst []byte, name string, t time.Time) []byte {
	if t.IsZero() || t.Unix() == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, name...), t.Unix(), 10)
}
