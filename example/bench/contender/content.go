package contender

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Session is the content that every contender keeps, in the order in which the kit
// writes it.
type Session struct {
	Subject   string  `json:"sub"`
	ExpiresAt int64   `json:"exp"`
	IssuedAt  int64   `json:"iat"`
	ID        string  `json:"jti"`
	Name      string  `json:"name"`
	Email     string  `json:"email"`
	Picture   string  `json:"picture"`
	App       App     `json:"app"`
	Account   Account `json:"account"`
}

// App are the claims that the application adds.
type App struct {
	Roles  []string `json:"roles"`
	Tenant string   `json:"tenant,omitempty"`
}

// Account is the account at the provider, with its tokens.
type Account struct {
	Provider     string `json:"provider"`
	ID           string `json:"id"`
	Type         string `json:"type,omitempty"`
	AccessToken  string `json:"access_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	TokenType    string `json:"token_type,omitempty"`
	ExpiresAt    int64  `json:"expires_at,omitempty"`
	ExpiresIn    int64  `json:"expires_in,omitempty"`
	Scope        string `json:"scope,omitempty"`
}

// Life is how long a session lives.
const Life = 8 * time.Hour

// Users is how many different sessions each benchmark goes round, so that none is
// always in the same memory.
const Users = 64

// Size names one of the three contents and says how many bytes its JSON has.
type Size struct {
	Name  string
	Bytes int
}

// Sizes are the three contents: who somebody is; the same with short provider tokens
// and a long picture; with an access token that is a JWT, which needs two cookies.
func Sizes() []Size { return []Size{{"S", 278}, {"M", 914}, {"L", 3943}} }

// Sessions returns the sessions of all users in a size.
func Sessions(size Size) ([]*Session, error) {
	now := time.Now().Truncate(time.Second)
	all := make([]*Session, Users)
	for i := range all {
		s := identity(i, now)
		grow := &s.Picture
		if size.Name != "S" {
			s.withTokens(i, now)
		}
		if size.Name == "L" {
			s.Account.RefreshToken = letters(i+1, 900)
			grow = &s.Account.AccessToken
		}
		raw, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		if len(raw) > size.Bytes {
			return nil, fmt.Errorf("content %s has %d bytes, not %d", size.Name, len(raw), size.Bytes)
		}
		*grow += letters(i+2, size.Bytes-len(raw))
		all[i] = s
	}
	return all, nil
}

func identity(i int, now time.Time) *Session {
	id := fmt.Sprintf("2482897610%02d", i)
	return &Session{
		Subject: id, ExpiresAt: now.Add(Life).Unix(), IssuedAt: now.Unix(), ID: letters(i, 26),
		Name: fmt.Sprintf("Ada Lovelace%02d", i), Email: fmt.Sprintf("ada%02d@example.com", i), Picture: "https://i.example/",
		App: App{Roles: []string{"admin"}}, Account: Account{Provider: "google", ID: id},
	}
}

func (s *Session) withTokens(i int, now time.Time) {
	s.App = App{Roles: []string{"admin", "editor", "billing"}, Tenant: "acme-industries"}
	s.Picture = "https://images.example.com/photos?signature="
	a := &s.Account
	a.Type, a.TokenType, a.Scope = "oidc", "Bearer", "openid profile email"
	a.AccessToken, a.RefreshToken = "ya29."+letters(i, 170), "1//"+letters(i+1, 80)
	a.ExpiresAt, a.ExpiresIn = now.Add(time.Hour).Unix(), 3600
}

// letters returns n characters of base64url that look random and differ by user.
func letters(i, n int) string {
	seed := sha256.Sum256([]byte{byte(i)}) //nolint:gosec // a user is less than 256
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)[:n]
}

// Prepared is a content as a codec has it: ready to be written, and as the browser
// sends it.
type Prepared struct {
	Own      []any
	Requests []*http.Request
}

// Prepare writes the sessions with a codec and returns what comes back.
func Prepare(c Codec, sessions []*Session) (*Prepared, error) {
	var p Prepared
	for _, s := range sessions {
		own, err := c.Prepare(s)
		if err != nil {
			return nil, err
		}
		response := http.Header{}
		if err := c.Encode(response, http.Header{}, own); err != nil {
			return nil, err
		}
		p.Own = append(p.Own, own)
		p.Requests = append(p.Requests, Browse(response))
	}
	return &p, nil
}

// Browse returns the next request of a browser that got a response.
func Browse(response http.Header) *http.Request {
	r, _ := http.NewRequest(http.MethodGet, "https://app.example.com/", nil) // never sent, and cannot fail
	r.RequestURI = "/"
	var pairs []string
	for _, c := range (&http.Response{Header: response}).Cookies() {
		if c.MaxAge >= 0 && c.Name != "XSRF-TOKEN" {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	r.Header.Set("Cookie", strings.Join(pairs, "; "))
	return r
}
