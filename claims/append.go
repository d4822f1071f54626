package claims

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Append appends the claims as members of a JSON object, without its braces: what
// [Claims.Object] has, in the same form. It is for sessions, which are written often.
func (c *Claims) Append(dst []byte) []byte {
	start := len(dst)
	dst = appendText(dst, `"iss":`, c.Issuer)
	dst = appendText(dst, `"sub":`, c.Subject)
	switch len(c.Audience) {
	case 0:
	case 1:
		dst = appendText(dst, `"aud":`, c.Audience[0])
	default:
		raw, _ := encode(c.Audience) // strings always have a JSON form
		dst = append(append(append(dst, `"aud":`...), raw...), ',')
	}
	dst = appendTime(dst, `"exp":`, c.ExpiresAt)
	dst = appendTime(dst, `"nbf":`, c.NotBefore)
	dst = appendTime(dst, `"iat":`, c.IssuedAt)
	dst = appendText(dst, `"jti":`, c.ID)
	dst = appendTime(dst, `"auth_time":`, c.AuthTime)
	dst = appendText(dst, `"name":`, c.Name)
	dst = appendText(dst, `"email":`, c.Email)
	dst = appendText(dst, `"picture":`, c.Picture)
	for _, m := range c.custom.members {
		dst = append(AppendString(dst, m.name), ':')
		dst = append(append(dst, m.raw...), ',')
	}
	if len(dst) == start {
		return dst
	}
	return dst[:len(dst)-1] // without the last comma
}

// appendText appends a member, unless it is empty, with a comma after it.
func appendText(dst []byte, name, s string) []byte {
	if s == "" {
		return dst
	}
	return append(AppendString(append(dst, name...), s), ',')
}

// appendTime is appendText for a time.
func appendTime(dst []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	return append(strconv.AppendInt(append(dst, name...), t.Unix(), 10), ',')
}

// AppendString appends the JSON of a string.
func AppendString(dst []byte, s string) []byte {
	if !plain(s) {
		return append(dst, quote(s)...)
	}
	return append(append(append(dst, '"'), s...), '"')
}

// plain reports whether a string stands in JSON as it is.
func plain(s string) bool {
	i := special(s, 0)
	if i == len(s) {
		return true
	}
	for ; i < len(s); i = special(s, i+1) {
		if s[i] < utf8.RuneSelf {
			return false
		}
	}
	return utf8.ValidString(s) && !strings.ContainsAny(s, "\u2028\u2029") // which encoding/json escapes
}
