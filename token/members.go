package token

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sealedauth/auth/claims"
)

// Members names the members in which a token in the form of Auth.js carries the
// account, beside its claims: the names that the application's own jwt callback
// uses on the other side. An empty name means the default; "-" keeps that field
// out of the token.
type Members struct {
	Provider     string // default "provider"
	AccountID    string // default "providerAccountId"
	AccessToken  string // default "accessToken"
	RefreshToken string // default "refreshToken"
	ExpiresAt    string // default "accessTokenExpires", in milliseconds since 1970
	Lifetime     string // default "accessTokenLifetime", in seconds
	TokenType    string // default "tokenType"; left out for Bearer
	Scope        string // default "scope"

	// Seconds writes ExpiresAt in seconds, as the guides of Auth.js v5 do with
	// expires_at. Both units are read.
	Seconds bool
}

// complete fills in the defaults.
func (m Members) complete() Members {
	for _, f := range []struct {
		name  *string
		value string
	}{
		{&m.Provider, "provider"}, {&m.AccountID, "providerAccountId"}, {&m.AccessToken, "accessToken"},
		{&m.RefreshToken, "refreshToken"}, {&m.ExpiresAt, "accessTokenExpires"}, {&m.Lifetime, "accessTokenLifetime"},
		{&m.TokenType, "tokenType"}, {&m.Scope, "scope"},
	} {
		if *f.name == "" {
			*f.name = f.value
		}
	}
	return m
}

// check refuses names that stand twice or that the kit or a registered claim has.
func (m Members) check() error {
	var c claims.Claims
	seen := map[string]bool{"-": false}
	for _, f := range m.flat(Account{}) {
		if claims.NewKey[bool](f.name).Set(&c, true); c.Err() != nil {
			return fmt.Errorf("token: members: %w", c.Err())
		}
		if seen[f.name] {
			return fmt.Errorf("token: members: two are named %q", f.name)
		}
		seen[f.name] = f.name != "-"
	}
	return nil
}

// flat returns the members of an account and their values, in the order in which
// they are written.
func (m Members) flat(a Account) []member {
	expires := a.ExpiresAt.UnixMilli()
	if m.Seconds {
		expires = a.ExpiresAt.Unix()
	}
	kind := a.TokenType
	if kind == "Bearer" {
		kind = ""
	}
	return []member{
		{m.Provider, a.Provider, a.Provider == ""},
		{m.AccountID, a.ID, a.ID == ""},
		{m.AccessToken, a.AccessToken.Reveal(), a.AccessToken.IsZero()},
		{m.RefreshToken, a.RefreshToken.Reveal(), a.RefreshToken.IsZero()},
		{m.ExpiresAt, expires, a.ExpiresAt.IsZero()},
		{m.Lifetime, int64(a.Lifetime / time.Second), a.Lifetime == 0},
		{m.TokenType, kind, kind == ""},
		{m.Scope, a.Scope, a.Scope == ""},
	}
}

type member struct {
	name  string
	value any
	empty bool
}

// payload returns the token's JSON in the form of Auth.js. A claim that stands
// where a member would is refused, also one that would come back as a member.
func (m Members) payload(dst []byte, t *Token) ([]byte, error) {
	if err := t.Err(); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	o := t.Object()
	misread := m.read(o, new(Account))
	for _, f := range m.flat(t.Account) {
		if f.name == "-" || f.empty && !slices.Contains(misread, f.name) {
			continue
		}
		if _, taken := o.Raw(f.name); taken {
			return nil, fmt.Errorf("token: not sealed: claim %q is where the account is kept; give one of them another name, see Members", f.name)
		}
		var err error
		if o, err = o.With(f.name, f.value); err != nil {
			return nil, fmt.Errorf("token: account: %w", err)
		}
	}
	if t.Generation != 0 { // else it is not a session of the engine
		var err error
		if o, err = o.With(kitMember, kitOf(t)); err != nil {
			return nil, fmt.Errorf("token: account: %w", err)
		}
	}
	plain, err := o.MarshalJSON()
	return append(dst, plain...), err
}

// kitMember is the member in which the kit keeps what Auth.js does not know. Auth.js
// passes it on as it is when it writes the token again.
const kitMember = "_auth"

// kit is what stands there.
type kit struct {
	Session    string        `json:"sid"` // Auth.js gives the token a new jti each time
	Generation int64         `json:"gen"`
	Type       string        `json:"type,omitempty"`
	SessionID  string        `json:"op_sid,omitempty"`
	AuthTime   int64         `json:"op_auth_time,omitempty"`
	Ends       int64         `json:"op_session_expiry,omitempty"`
	DPoPKey    string        `json:"dpop_key,omitempty"`
	Accounts   []wireAccount `json:"accounts,omitempty"`
}

func kitOf(t *Token) kit {
	a := t.Account.wire()
	k := kit{Session: t.ID, Generation: t.Generation, Type: a.Type, SessionID: a.SessionID, AuthTime: a.AuthTime, Ends: a.SessionEnds, DPoPKey: a.DPoPKey}
	if len(t.Connected) > 0 {
		k.Accounts = wireAll(t.Connected)
	}
	return k
}

// readKit takes what the kit has kept. What does not read was not written by it, and
// is of no use to anybody.
func (t *Token) readKit(o claims.Object) {
	raw, ok := o.Object(kitMember)
	var k kit
	if !ok || raw.Decode(&k) != nil || k.Session == "" {
		return
	}
	t.ID, t.Generation = k.Session, k.Generation
	own := wireAccount{Type: k.Type, SessionID: k.SessionID, AuthTime: k.AuthTime, SessionEnds: k.Ends, DPoPKey: k.DPoPKey}.account()
	t.Account.Type, t.Account.SessionID, t.Account.DPoPKey = own.Type, own.SessionID, own.DPoPKey
	t.Account.AuthTime, t.Account.SessionEnds = own.AuthTime, own.SessionEnds
	for _, w := range k.Accounts {
		t.Connected = append(t.Connected, w.account())
	}
}

// parse reads a token in the form of Auth.js. A member that has the name of an
// account's field but cannot be one stays a claim, so that nothing that the other
// side keeps there gets lost.
func (m Members) parse(text string) (*Token, error) {
	o, err := claims.ParseObject([]byte(text))
	if err != nil {
		return nil, err
	}
	t := new(Token)
	taken := m.read(o, &t.Account)
	if t.Claims, err = claims.Parse(o, append(taken, kitMember)...); err != nil {
		return nil, err
	}
	t.readKit(o)
	if t.AuthTime.IsZero() { // Auth.js keeps none; this is the earliest time that is known
		t.AuthTime = t.IssuedAt
	}
	if t.AuthTime.IsZero() {
		return nil, fmt.Errorf("%w: no iat", claims.ErrMalformed)
	}
	return t, nil
}

// read takes the account's members and returns their names. One that is null or
// empty, which is what JavaScript makes of a field that the provider left out,
// says nothing and is taken away; as a claim it would stand in the way of what a
// refresh brings.
func (m Members) read(o claims.Object, a *Account) (taken []string) {
	field := func(name string, set func(raw json.RawMessage) bool) {
		raw, ok := o.Raw(name)
		if ok && name != "-" && (string(raw) == "null" || string(raw) == `""` || set(raw)) {
			taken = append(taken, name)
		}
	}
	text := func(name string, read func(string) string, set func(string)) {
		field(name, func(json.RawMessage) bool {
			s := read(name)
			if s != "" {
				set(s)
			}
			return s != ""
		})
	}
	a.TokenType = "Bearer"
	text(m.Provider, o.String, func(s string) { a.Provider = s })
	text(m.AccountID, o.Text, func(s string) { a.ID = s })
	text(m.AccessToken, o.String, func(s string) { a.AccessToken = NewSecret(s) })
	text(m.RefreshToken, o.String, func(s string) { a.RefreshToken = NewSecret(s) })
	text(m.TokenType, o.String, func(s string) { a.TokenType = s })
	text(m.Scope, o.String, func(s string) { a.Scope = s })
	field(m.ExpiresAt, func(raw json.RawMessage) (ok bool) {
		a.ExpiresAt, ok = moment(raw)
		return ok
	})
	field(m.Lifetime, func(json.RawMessage) bool {
		seconds, ok := o.Int(m.Lifetime)
		ok = ok && seconds >= 0 && seconds <= maxDays*secsInDay
		if ok {
			a.Lifetime = time.Duration(seconds) * time.Second
		}
		return ok
	})
	return taken
}

// moment reads a time in milliseconds or in seconds since 1970. What would be
// after the year 5000 in seconds is milliseconds.
func moment(raw json.RawMessage) (time.Time, bool) {
	n, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case err != nil || n < 0 || n >= 1e14:
		return time.Time{}, false
	case n >= 1e11:
		n /= 1000
	}
	return time.Unix(int64(n), 0), true
}
