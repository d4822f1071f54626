package claims_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
)

// Keys are declared once, with the type of the claim.
var (
	Role  = claims.NewKey[string]("role")
	Teams = claims.NewKey[[]string]("teams")
	Since = claims.NewKey[time.Time]("since")
)

func Example() {
	var c claims.Claims
	c.Subject = "google|110248495921238986420"
	c.Email = "ada@example.com"
	Role.Set(&c, "admin")
	Teams.Set(&c, []string{"core", "ops"})

	text, err := json.Marshal(c)
	fmt.Println(string(text), err)

	role, ok := Role.Get(&c)
	fmt.Println(role, ok)
	// Output:
	// {"sub":"google|110248495921238986420","email":"ada@example.com","role":"admin","teams":["core","ops"]} <nil>
	// admin true
}

func ExampleNewKey() {
	var c claims.Claims
	Since.Set(&c, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	since, ok := Since.Get(&c)
	fmt.Println(since, ok)

	Since.Delete(&c)
	_, ok = Since.Get(&c)
	fmt.Println(ok)

	// Registered claims are fields of Claims. A key does not overrule them.
	claims.NewKey[string]("sub").Set(&c, "somebody else")
	fmt.Println(errors.Is(c.Err(), claims.ErrReserved))
	// Output:
	// 2026-01-02 00:00:00 +0000 UTC true
	// false
	// true
}

func ExampleAs() {
	var c claims.Claims
	c.Subject = "u-17"
	Role.Set(&c, "admin")
	Teams.Set(&c, []string{"core"})

	type employee struct {
		ID    string   `json:"sub"`
		Role  string   `json:"role"`
		Teams []string `json:"teams"`
	}
	who, err := claims.As[employee](&c)
	fmt.Printf("%+v %v\n", who, err)
	// Output:
	// {ID:u-17 Role:admin Teams:[core]} <nil>
}

func ExampleRule() {
	staff := func(h claims.Holder) error {
		if c := h.Payload(); c != nil && strings.HasSuffix(c.Email, "@example.com") {
			return nil
		}
		return claims.ErrUnmet
	}
	mayDeploy := claims.All(staff, claims.Any(Role.Is("admin"), claims.Contains(Teams, "ops")))

	ada := claims.Claims{Email: "ada@example.com"}
	Teams.Set(&ada, []string{"ops"})
	fmt.Println(mayDeploy(&ada))

	eve := claims.Claims{Email: "eve@example.net"}
	Role.Set(&eve, "admin")
	fmt.Println(mayDeploy(&eve))
	// Output:
	// <nil>
	// claims: rule not met
}

func ExampleParseObject() {
	profile, err := claims.ParseObject([]byte(`{"id": 9007199254740993, "login": "ada", "emails": ["ada@example.com"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	emails, _ := profile.Strings("emails")
	fmt.Println(profile.Text("id"), profile.String("login"), emails)

	_, err = claims.ParseObject([]byte(`{"sub": "alice", "s\u0075b": "bob"}`))
	fmt.Println(err)
	// Output:
	// 9007199254740993 ada [ada@example.com]
	// claims: malformed JSON: a member name stands twice at byte 27
}
