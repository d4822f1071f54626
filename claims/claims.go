package claims

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrReserved is matched by the error of a custom claim that was given the name
// of a registered claim or of a member that the kit itself writes.
var ErrReserved = errors.New("claims: name is reserved")

// Claims is what a token says about a person. The zero value says nothing.
//
// Times are whole seconds (NumericDate, RFC 7519 section 2); a zero time means
// that the claim is absent. Claims that the application adds are not fields:
// see [Key].
type Claims struct {
	Issuer    string    // iss: who made the token
	Subject   string    // sub: the person, stable for as long as the account exists
	Audience  []string  // aud: whom the token is for
	ExpiresAt time.Time // exp: not valid at or after this time
	NotBefore time.Time // nbf: not valid before this time
	IssuedAt  time.Time // iat: when this token was made
	ID        string    // jti: names the session, the same from sign-in to sign-out
	AuthTime  time.Time // auth_time: when the person last authenticated (OpenID Connect Core section 2)

	Name    string // name: for display
	Email   string // email: for contact, never an identity
	Picture string // picture: URL of an image

	custom Object
	err    error
}

// Holder is anything that carries claims: *Claims itself, a token, a session.
type Holder interface {
	// Payload returns the claims. It may return nil, which holds no claim.
	Payload() *Claims
}

// Payload returns c, which makes *Claims a [Holder].
func (c *Claims) Payload() *Claims { return c }

// reserved are the names that no custom claim may take: the registered claims,
// the profile, and what the kit keeps beside them in a session token.
func reserved(name string) bool {
	switch name {
	case "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time",
		"name", "email", "picture", "account", "accounts", "gen", "v", "_auth":
		return true
	}
	return false
}

// Parse reads a JSON object of claims as strictly as [ParseObject] does. A
// known claim of the wrong type is an error; unknown members become custom
// claims; the members named in except belong to the caller and are left out.
func Parse(o Object, except ...string) (Claims, error) {
	var c Claims
	custom := make([]member, 0, len(o.members))
	for _, m := range o.members {
		if slices.Contains(except, m.name) {
			continue
		}
		known, err := c.read(m)
		if err != nil {
			return Claims{}, err
		}
		if !known {
			custom = append(custom, m)
		}
	}
	c.custom = Object{custom}
	return c, nil
}

// read takes one member into the field it belongs to.
func (c *Claims) read(m member) (known bool, err error) {
	var ok bool
	switch m.name {
	case "iss":
		c.Issuer, ok = unquote(m.raw)
	case "sub":
		c.Subject, ok = unquote(m.raw)
	case "aud":
		c.Audience, ok = Object{[]member{m}}.Strings("aud")
	case "exp":
		c.ExpiresAt, ok = numericDate(m.raw)
	case "nbf":
		c.NotBefore, ok = numericDate(m.raw)
	case "iat":
		c.IssuedAt, ok = numericDate(m.raw)
	case "jti":
		c.ID, ok = unquote(m.raw)
	case "auth_time":
		c.AuthTime, ok = numericDate(m.raw)
	case "name":
		c.Name, ok = text(m.raw)
	case "email":
		c.Email, ok = text(m.raw)
	case "picture":
		c.Picture, ok = text(m.raw)
	default:
		return false, nil
	}
	if !ok {
		return true, fmt.Errorf("%w: claim %q has the wrong type", ErrMalformed, m.name)
	}
	return true, nil
}

// text reads a profile member, which providers also send as null.
func text(raw string) (string, bool) {
	if raw == "null" {
		return "", true
	}
	return unquote(raw)
}

// maxDate is the last second of the year 9999. Beyond it, arithmetic on times
// and their JSON form break.
const maxDate = 253402300799

// numericDate reads seconds since 1970. A fraction, which RFC 7519 allows, is
// cut off.
func numericDate(raw string) (time.Time, bool) {
	if n, ok := fewDigits(raw); ok { // as a rule
		return time.Unix(n, 0), true
	}
	whole, _, _ := strings.Cut(raw, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || raw[0] == '-' || n > maxDate || strings.ContainsAny(raw, "eE") {
		return time.Time{}, false
	}
	return time.Unix(n, 0), true
}

// fewDigits reads a number of no more than eleven digits, which is before maxDate.
func fewDigits(raw string) (n int64, ok bool) {
	for i := range len(raw) {
		d := raw[i] - '0'
		if d > 9 || i > 10 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return n, raw != ""
}

// Err returns the first error of setting a custom claim, for example a value
// that has no JSON form. A token whose claims have an error is not sealed, so
// that nothing is lost in silence.
func (c *Claims) Err() error { return c.err }

// Object returns all claims as a JSON object: the registered ones that are set,
// then the profile, then the custom ones in the order in which they were set.
func (c *Claims) Object() Object {
	members := make([]member, 0, 11+len(c.custom.members))
	add := func(name, raw string) { members = append(members, member{name, raw}) }
	addText := func(name, s string) {
		if s != "" {
			add(name, quote(s))
		}
	}
	addTime := func(name string, t time.Time) {
		if !t.IsZero() {
			add(name, strconv.FormatInt(t.Unix(), 10))
		}
	}
	addText("iss", c.Issuer)
	addText("sub", c.Subject)
	switch len(c.Audience) {
	case 0:
	case 1:
		add("aud", quote(c.Audience[0]))
	default:
		raw, _ := encode(c.Audience) // strings always have a JSON form
		add("aud", raw)
	}
	addTime("exp", c.ExpiresAt)
	addTime("nbf", c.NotBefore)
	addTime("iat", c.IssuedAt)
	addText("jti", c.ID)
	addTime("auth_time", c.AuthTime)
	addText("name", c.Name)
	addText("email", c.Email)
	addText("picture", c.Picture)
	return Object{append(members, c.custom.members...)}
}

// MarshalJSON returns the claims as [Claims.Object] does.
func (c Claims) MarshalJSON() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	return c.Object().MarshalJSON()
}

// UnmarshalJSON reads claims strictly; see [Parse].
func (c *Claims) UnmarshalJSON(data []byte) error {
	o, err := ParseObject(data)
	if err != nil {
		return err
	}
	*c, err = Parse(o)
	return err
}

// Equal reports whether both say the same, custom claims in the same order
// included. Times are compared by the second.
func (c *Claims) Equal(d *Claims) bool {
	return c.Issuer == d.Issuer && c.Subject == d.Subject && slices.Equal(c.Audience, d.Audience) &&
		c.ExpiresAt.Unix() == d.ExpiresAt.Unix() && c.NotBefore.Unix() == d.NotBefore.Unix() &&
		c.IssuedAt.Unix() == d.IssuedAt.Unix() && c.AuthTime.Unix() == d.AuthTime.Unix() &&
		c.ID == d.ID && c.Name == d.Name && c.Email == d.Email && c.Picture == d.Picture &&
		slices.Equal(c.custom.members, d.custom.members)
}

// As returns the claims as a struct of the application, whose fields carry json
// tags, registered claims included. Names match exactly. An error tells that a
// claim does not fit its field.
func As[T any](h Holder) (T, error) {
	var v T
	c := h.Payload()
	if c == nil {
		return v, nil
	}
	if err := c.Object().Decode(&v); err != nil {
		return v, fmt.Errorf("claims: as %T: %w", v, err)
	}
	return v, nil
}
