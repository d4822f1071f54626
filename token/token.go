package token

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
)

// Token is the internal JWT: what is known of a person, and the account with
// which they signed in. It never leaves the server readable; what the
// application and the browser see is made from it by the session callback.
//
// As JSON a Token shows its claims only, not the account. Under fmt and slog the
// account's tokens are redacted.
type Token struct {
	claims.Claims
	Account   Account   // with which they signed in
	Connected []Account // of other providers, which they connected afterwards

	// Generation orders the states of one session: milliseconds since 1970, when
	// what it says last changed. The kit sets it.
	Generation int64
}

// Account is a person's account at a provider, with the tokens it issued.
type Account struct {
	Provider string // id of the provider, such as "google"
	ID       string // the provider's stable name for the account
	Type     string // "oidc", "oauth" or "credentials"

	// SessionID names the person's session at the provider (sid, OpenID Connect
	// Back-Channel Logout section 2.1); empty if the provider did not say.
	SessionID string

	// AuthTime is when the person authenticated at the provider (auth_time, OpenID
	// Connect Core section 2): they may have been signed in there for long. Zero if the
	// provider did not say. In a session it is zero as well if it was at the sign-in,
	// give or take a minute; see [Token.Authenticated].
	AuthTime time.Time

	// SessionEnds is when the provider wants the session here to have ended
	// (session_expiry in the ID token); zero if it did not say. The kit keeps to it.
	SessionEnds time.Time

	AccessToken  Secret
	RefreshToken Secret
	IDToken      Secret // kept in a cookie of its own, see FORMAT.md

	// DPoPKey is the private key that the tokens are bound to (RFC 9449): the number d
	// on P-256, as base64url (RFC 7518 section 6.2.2). Empty for bearer tokens.
	DPoPKey Secret

	TokenType string        // how to send the access token; empty means Bearer
	ExpiresAt time.Time     // end of the access token; zero if the provider did not say
	Lifetime  time.Duration // how long the access token was good for when it came, in whole seconds
	Scope     string        // granted scopes, separated by spaces (RFC 6749 section 3.3)
}

// Scopes returns the scopes that the access token was granted. The rule
// claims.HasScope asks for them.
func (t *Token) Scopes() []string { return strings.Fields(t.Account.Scope) }

// Authenticated returns when the person last proved to the provider of the sign-in
// who they are, as far as the provider says so, and otherwise when they signed in
// here. A sign-in with the provider's own session is not a proof.
func (t *Token) Authenticated() time.Time {
	if t.Account.AuthTime.IsZero() {
		return t.AuthTime
	}
	return t.Account.AuthTime
}

// Clone returns a copy that shares nothing with t that could change.
func (t *Token) Clone() *Token {
	c := *t
	c.Audience = slices.Clone(t.Audience)
	c.Connected = slices.Clone(t.Connected)
	return &c
}

// AccountAt returns the person's account at a provider, or nil if there is none.
func (t *Token) AccountAt(provider string) *Account {
	if t.Account.Provider == provider {
		return &t.Account
	}
	for i := range t.Connected {
		if t.Connected[i].Provider == provider {
			return &t.Connected[i]
		}
	}
	return nil
}

// Equal reports whether both say the same. When they were written does not
// matter.
func (t *Token) Equal(u *Token) bool {
	return t.Claims.Equal(&u.Claims) && t.Account.Equal(u.Account) &&
		slices.EqualFunc(t.Connected, u.Connected, Account.Equal)
}

// Equal reports whether both are the same account with the same tokens.
func (a Account) Equal(b Account) bool {
	return a.AccessToken.Equal(b.AccessToken) && a.RefreshToken.Equal(b.RefreshToken) &&
		a.IDToken.Equal(b.IDToken) && a.DPoPKey.Equal(b.DPoPKey) && a.wire().sameFields(b.wire())
}

// wireAccount is the account as it stands in the token's JSON. The ID token is
// not in it: it would double the size of the cookie and is needed only to sign
// out.
type wireAccount struct {
	Provider     string `json:"provider"`
	ID           string `json:"id"`
	Type         string `json:"type,omitempty"`
	SessionID    string `json:"sid,omitempty"`
	AuthTime     int64  `json:"auth_time,omitempty"`
	SessionEnds  int64  `json:"session_expiry,omitempty"`
	AccessToken  string `json:"access_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	DPoPKey      string `json:"dpop_key,omitempty"`
	TokenType    string `json:"token_type,omitempty"`
	ExpiresAt    int64  `json:"expires_at,omitempty"`
	ExpiresIn    int64  `json:"expires_in,omitempty"`
	Scope        string `json:"scope,omitempty"`
}

func (a Account) wire() wireAccount {
	w := wireAccount{
		Provider: a.Provider, ID: a.ID, Type: a.Type, SessionID: a.SessionID,
		AccessToken: a.AccessToken.Reveal(), RefreshToken: a.RefreshToken.Reveal(), DPoPKey: a.DPoPKey.Reveal(),
		TokenType: a.TokenType, ExpiresIn: int64(a.Lifetime / time.Second), Scope: a.Scope,
	}
	if !a.ExpiresAt.IsZero() {
		w.ExpiresAt = a.ExpiresAt.Unix()
	}
	if !a.AuthTime.IsZero() {
		w.AuthTime = a.AuthTime.Unix()
	}
	if !a.SessionEnds.IsZero() {
		w.SessionEnds = a.SessionEnds.Unix()
	}
	return w
}

// sameFields compares everything but the secrets.
func (w wireAccount) sameFields(v wireAccount) bool {
	w.AccessToken, w.RefreshToken, w.DPoPKey = "", "", ""
	v.AccessToken, v.RefreshToken, v.DPoPKey = "", "", ""
	return w == v
}

func (w wireAccount) account() Account {
	a := Account{
		Provider: w.Provider, ID: w.ID, Type: w.Type, SessionID: w.SessionID,
		AccessToken: NewSecret(w.AccessToken), RefreshToken: NewSecret(w.RefreshToken), DPoPKey: NewSecret(w.DPoPKey),
		TokenType: w.TokenType, Lifetime: time.Duration(w.ExpiresIn) * time.Second, Scope: w.Scope,
	}
	if w.ExpiresAt != 0 {
		a.ExpiresAt = time.Unix(w.ExpiresAt, 0)
	}
	if w.AuthTime != 0 {
		a.AuthTime = time.Unix(w.AuthTime, 0)
	}
	if w.SessionEnds != 0 {
		a.SessionEnds = time.Unix(w.SessionEnds, 0)
	}
	return a
}

// errVersion tells that a token was written by a later version of the format.
var errVersion = errors.New("token: written by another version of the format")

func wireAll(accounts []Account) []wireAccount {
	list := make([]wireAccount, len(accounts))
	for i, a := range accounts {
		list[i] = a.wire()
	}
	return list
}
