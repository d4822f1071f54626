package token_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// A token passes three hands on its way into the browser's cookies and back.
// Applications that use the middleware need none of this.
func Example() {
	ring, err := token.NewKeyring("https://app.example.com", secretA)
	if err != nil {
		fmt.Println(err)
		return
	}
	codec := token.NewCodec(ring.Sealer("session", "__Host-app.session"))
	jar := token.Jar{Name: "__Host-app.session", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode}

	// At sign-in: into the response.
	t := &token.Token{Claims: claims.Claims{Subject: "google|42", ExpiresAt: time.Now().Add(8 * time.Hour)}}
	t.Account = token.Account{Provider: "google", ID: "42", AccessToken: token.NewSecret("ya29.…")}
	sealed, err := codec.Seal(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	response := http.Header{}
	if err := jar.Write(response, nil, sealed, t.ExpiresAt); err != nil {
		fmt.Println(err)
		return
	}

	// With the next request: out of its cookies.
	pair, _, _ := strings.Cut(response.Get("Set-Cookie"), ";")
	sealed, err = jar.Read(http.Header{"Cookie": {pair}})
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err = codec.Open(sealed)
	fmt.Println(t.Subject, t.Account.Provider, t.Account.AccessToken, err)
	// Output:
	// google|42 google [redacted] <nil>
}

func ExampleSealer() {
	ring, err := token.NewKeyring("https://app.example.com", secretA)
	if err != nil {
		fmt.Println(err)
		return
	}
	invites := ring.Sealer("invite", "invite")
	sealed, err := invites.Seal([]byte("ada@example.com"))
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, err := invites.Open(sealed)
	fmt.Println(string(plain), err)

	// A sealer for anything else has other keys.
	_, err = ring.Sealer("session", "__Host-app.session").Open(sealed)
	fmt.Println(err)
	// Output:
	// ada@example.com <nil>
	// token: cannot be opened: key
}

func ExampleCodec() {
	ring, err := token.NewKeyring("https://app.example.com", secretA)
	if err != nil {
		fmt.Println(err)
		return
	}
	codec := token.NewCodec(ring.Sealer("session", "app.session"))

	// A token that could live for ever, or is nobody's, is not sealed.
	_, err = codec.Seal(&token.Token{})
	fmt.Println(err)

	// Why something does not open is for the log. To the outside there is just
	// no session.
	_, err = codec.Open("eyJhbGciOiJub25lIn0..")
	var why *token.OpenError
	fmt.Println(errors.Is(err, token.ErrOpen), errors.As(err, &why) && why.Reason == token.ReasonForm)
	// Output:
	// token: not sealed: ExpiresAt is not set
	// true true
}

// A Next.js application issues the session, and a service in Go opens it.
func ExampleNewForeignCodec() {
	const name = "__Secure-authjs.session-token"
	codec, err := token.NewForeignCodec(token.AuthJS, name, token.Members{}, secretA) // the AUTH_SECRET of both
	if err != nil {
		fmt.Println(err)
		return
	}
	jar := token.Jar{Name: name, Path: "/", Secure: true, SameSite: http.SameSiteLaxMode, ChunkSize: token.AuthJS.ChunkSize()}

	// The account stands where a jwt callback of Auth.js puts it. In seconds and
	// under other names it would be
	//	token.Members{AccessToken: "access_token", RefreshToken: "refresh_token", ExpiresAt: "expires_at", Seconds: true}
	now := time.Now()
	t := &token.Token{Claims: claims.Claims{Subject: "google|42", IssuedAt: now, ExpiresAt: now.Add(30 * 24 * time.Hour)}}
	t.Account = token.Account{Provider: "google", ID: "42", AccessToken: token.NewSecret("ya29.…")}
	sealed, err := codec.Seal(t)
	if err != nil {
		fmt.Println(err)
		return
	}

	sealed, err = jar.Read(http.Header{"Cookie": {name + "=" + sealed}})
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err = codec.Open(sealed)
	fmt.Println(t.Subject, t.Account.Provider, t.Account.AccessToken, err)
	// Output:
	// google|42 google [redacted] <nil>
}

func ExampleJar() {
	jar := token.Jar{Name: "__Host-app.session", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode}

	// A value that is too long for one cookie takes several.
	response := http.Header{}
	err := jar.Write(response, nil, strings.Repeat("x", 5000), time.Time{})
	for _, line := range response["Set-Cookie"] {
		name, _, _ := strings.Cut(line, "=")
		fmt.Println(name, len(line) <= 4096)
	}
	fmt.Println(err)

	// One that would make requests too large for servers is not written.
	err = jar.Write(response, nil, strings.Repeat("x", 10000), time.Time{})
	var budget *token.BudgetError
	fmt.Println(errors.As(err, &budget), budget.Budget)

	// Signing out takes all of it out of the browser.
	jar.Delete(response, http.Header{"Cookie": {"__Host-app.session=x; __Host-app.session.1=y"}})
	fmt.Println(strings.Join(response["Set-Cookie"], "\n"))
	// Output:
	// __Host-app.session true
	// __Host-app.session.1 true
	// <nil>
	// true 7168
	// __Host-app.session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax
	// __Host-app.session.1=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax
}

func ExampleNewKeyring() {
	_, err := token.NewKeyring("https://app.example.com", "my secret")
	fmt.Println(err)

	// While a new secret is rolled out, the first one seals and all of them open.
	before, err := token.NewKeyring("https://app.example.com", secretA)
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := token.NewKeyring("https://app.example.com", secretB, secretA)
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed, err := before.Sealer("session", "app.session").Seal([]byte("still signed in"))
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, err := after.Sealer("session", "app.session").Open(sealed)
	fmt.Println(string(plain), err)
	// Output:
	// secret 1: token: weak secret: it has 9 bytes, 32 are needed; make one with: openssl rand -base64 33
	// still signed in <nil>
}

func ExampleSecret() {
	s := token.NewSecret("ya29.a0AfH6SMBx")
	fmt.Println(s)
	fmt.Printf("%+v %q %x\n", s, s, s)
	fmt.Println(len(s.Reveal()))
	// Output:
	// [redacted]
	// [redacted] [redacted] [redacted]
	// 15
}
