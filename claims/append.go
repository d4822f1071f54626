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
	w := appender{dst, len(dst)}
	w.text("iss", c.Issuer)
	w.text("sub", c.Subject)
	switch len(c.Audience) {
	case 0:
	case 1:
		w.text("aud", c.Audience[0])
	default:
		raw, _ := encode(c.Audience) // strings always have a JSON form
		w.raw("aud", raw)
	}
	w.time("exp", c.ExpiresAt)
	w.time("nbf", c.NotBefore)
	w.time("iat", c.IssuedAt)
	w.text("jti", c.ID)
	w.time("auth_time", c.AuthTime)
	w.text("name", c.Name)
	w.text("email", c.Email)
	w.text("picture", c.Picture)
	for _, m := range c.custom.members {
		w.raw(m.name, m.raw)
	}
	return w.dst
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

// appender appends members.
type appender struct {
	dst   []byte
	start int
}

func (w *appender) comma() {
	if len(w.dst) > w.start {
		w.dst = append(w.dst, ',')
	}
}

// known appends a name of ours, which stands in JSON as it is.
func (w *appender) known(name string) {
	w.comma()
	w.dst = append(append(append(w.dst, '"'), name...), '"', ':')
}

func (w *appender) text(name, s string) {
	if s != "" {
		w.known(name)
		w.dst = AppendString(w.dst, s)
	}
}

func (w *appender) time(name string, t time.Time) {
	if !t.IsZero() {
		w.known(name)
		w.dst = strconv.AppendInt(w.dst, t.Unix(), 10)
	}
}

func (w *appender) raw(name, raw string) {
	w.comma()
	w.dst = append(append(AppendString(w.dst, name), ':'), raw...)
}
