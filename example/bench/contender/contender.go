// Package contender holds what the benchmarks compare: the kit's codec, its peers
// among Go packages, and the limit of what the standard library alone can do. All of
// them keep the same content in cookies.
package contender

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Codec keeps a session in cookies.
type Codec interface {
	// Prepare returns a session in the type that the codec itself has for it, so that
	// no conversion is measured. Content is the way back.
	Prepare(s *Session) (own any, err error)
	Content(own any) (*Session, error)

	// Encode sets the cookies; request is what the browser has sent.
	Encode(response, request http.Header, own any) error
	// Decode authenticates the cookies of a request and returns what they say.
	Decode(r *http.Request) (own any, err error)
}

// Contender is a codec with what the tables say of it.
type Contender struct {
	Name string
	Codec
	Peer bool // a package of others without state on the server, measured against ours
}

// The names by which the tables find a contender.
const (
	Kit      = "sealedauth"
	KitTyped = "sealedauth + typed custom claims (Key[T].Get)"
	KitAs    = "sealedauth + whole struct (claims.As)"
	Floor    = "limit 8a: no JSON"
	Limit    = "limit 8b: AES-GCM + encoding/json"
	Naive    = "go-jose jwt, naive"
)

// All returns the contenders.
func All() ([]Contender, error) {
	var all []Contender
	for _, c := range []struct {
		name string
		make func() (Codec, error)
		peer bool
	}{
		{Limit, newLimit, false},
		{Kit, newKit, false},
		{KitTyped, newTyped, false},
		{KitAs, newAs, false},
		{Floor, newFloor, false},
		{Naive, newNaive, true},
		{"go-jose core + encoding/json", newCore, true},
		{"lestrrat-go/jwx v3", newJWX, true},
		{"gorilla/securecookie, JSON", newGorilla, true},
		{"labstack/echo-jwt (signed only)", newEchoJWT, true},
		{"go-pkgz/auth v2 (signed only)", newPkgz, true},
		{"oauth2-proxy, cookie store", newProxy, true},
		{"alexedwards/scs, in memory (an id only)", newSCS, false},
	} {
		codec, err := c.make()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		all = append(all, Contender{c.name, codec, c.peer})
	}
	return all, nil
}

// cookieName is the name of the peers' cookie.
const cookieName = "session"

// secret is shared by those that need 32 bytes.
func secret() []byte { return []byte("0123456789abcdef-for-benchmarks-") }

// plain is for codecs whose own type is the session itself.
type plain struct{}

func (plain) Prepare(s *Session) (any, error) { return s, nil }

func (plain) Content(own any) (*Session, error) {
	s, ok := own.(*Session)
	if !ok {
		return nil, fmt.Errorf("%T is not a session", own)
	}
	return s, nil
}

// writer is a response of which nobody reads more than the headers.
type writer struct{ header http.Header }

func (w writer) Header() http.Header       { return w.header }
func (writer) Write(p []byte) (int, error) { return len(p), nil }
func (writer) WriteHeader(int)             {}

// chunkSize is how much of a value the peers that cannot split it get into a cookie.
const chunkSize = 3900

// setCookie sets a value, split into name.0, name.1 … if need be, as an application
// has to that uses a package without chunks.
func setCookie(response http.Header, value string) {
	for i, name := 0, cookieName; value != ""; i++ {
		n := min(len(value), chunkSize)
		if i > 0 || n < len(value) {
			name = fmt.Sprintf("%s.%d", cookieName, i)
		}
		http.SetCookie(writer{response}, &http.Cookie{
			Name: name, Value: value[:n], Path: "/", MaxAge: int(Life / time.Second),
			HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
		})
		value = value[n:]
	}
}

// readCookie returns the value of setCookie.
func readCookie(r *http.Request) string {
	var parts []string
	for _, c := range r.Cookies() {
		if c.Name == cookieName {
			return c.Value
		}
		if strings.HasPrefix(c.Name, cookieName+".") { // they come in their order here
			parts = append(parts, c.Value)
		}
	}
	return strings.Join(parts, "")
}
