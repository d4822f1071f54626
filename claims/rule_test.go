package claims_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sealedauth/auth/claims"
)

func met(claims.Holder) error { return nil }

var errOwn = errors.New("own reason")

func own(claims.Holder) error { return errOwn }

// scoped is a holder that knows the scopes of its access token.
type scoped struct {
	*claims.Claims
	scopes []string
}

func (s scoped) Scopes() []string { return s.scopes }

func TestRules(t *testing.T) {
	t.Parallel()
	h := parse(t, `{"aud":["app","api"],"role":"admin","roles":["admin","ops"],"none":[],"nil":null,"word":"admin",
		"mixed":["admin",1],"ids":[1,2],"scope":"read  write:all"}`)
	role, roles := claims.NewKey[string]("role"), claims.NewKey[[]string]("roles")
	list := claims.NewKey[[]string]
	for name, test := range map[string]struct {
		rule claims.Rule
		want bool
	}{
		"All":                 {claims.All(met, met), true},
		"All, one not":        {claims.All(met, own, met), false},
		"All of none":         {claims.All(), true},
		"Any":                 {claims.Any(own, met), true},
		"Any, not one":        {claims.Any(own, own), false},
		"Any of none":         {claims.Any(), false},
		"All in Any":          {claims.Any(claims.All(met, own), claims.All(met, met)), true},
		"Any in All":          {claims.All(claims.Any(), met), false},
		"Is":                  {role.Is("admin"), true},
		"Is another":          {role.Is("Admin"), false},
		"Is empty":            {role.Is(""), false},
		"In":                  {role.In("user", "admin"), true},
		"In others":           {role.In("user", "guest"), false},
		"In none":             {role.In(), false},
		"Contains":            {claims.Contains(roles, "ops"), true},
		"Contains all":        {claims.Contains(roles, "ops", "admin", "ops"), true},
		"Contains one only":   {claims.Contains(roles, "ops", "root"), false},
		"Contains part":       {claims.Contains(roles, "adm"), false},
		"Contains none":       {claims.Contains(roles), false},
		"empty, none":         {claims.Contains(list("none")), false},
		"empty, one":          {claims.Contains(list("none"), "admin"), false},
		"null, none":          {claims.Contains(list("nil")), false},
		"absent, none":        {claims.Contains(list("absent")), false},
		"text, not list":      {claims.Contains(list("word"), "admin"), false},
		"list of mixed types": {claims.Contains(list("mixed"), "admin"), false},
		"numbers":             {claims.Contains(claims.NewKey[[]int]("ids"), 2, 1), true},
		"HasScope":            {claims.HasScope("read"), true},
		"HasScope, both":      {claims.HasScope("write:all", "read"), true},
		"HasScope, part":      {claims.HasScope("write"), false},
		"HasScope, one only":  {claims.HasScope("read", "admin"), false},
		"HasScope, joined":    {claims.HasScope("read write:all"), false},
		"HasScope, empty":     {claims.HasScope(""), false},
		"HasScope of none":    {claims.HasScope(), false},
		"HasAudience":         {claims.HasAudience("other", "api"), true},
		"HasAudience, not":    {claims.HasAudience("other", "ap", "APP", ""), false},
		"HasAudience of none": {claims.HasAudience(), false},
	} {
		err := test.rule(h)
		if (err == nil) != test.want {
			t.Errorf("%s: err = %v, met should be %v", name, err, test.want)
		}
		if err != nil && !errors.Is(err, claims.ErrUnmet) && !errors.Is(err, errOwn) {
			t.Errorf("%s: err = %v, want ErrUnmet", name, err)
		}
	}
}

// Whoever has no claims meets no rule that asks for one.
func TestRulesOnEmptyClaims(t *testing.T) {
	t.Parallel()
	h := parse(t, `{}`)
	for name, rule := range map[string]claims.Rule{
		"Is": claims.NewKey[string]("role").Is(""), "Is false": claims.NewKey[bool]("banned").Is(false),
		"In": claims.NewKey[int]("n").In(0, 1), "Contains": claims.Contains(claims.NewKey[[]string]("roles")),
		"HasScope": claims.HasScope(""), "HasAudience": claims.HasAudience(""),
	} {
		if err := rule(h); !errors.Is(err, claims.ErrUnmet) {
			t.Errorf("%s: err = %v, want ErrUnmet", name, err)
		}
	}
}

// A holder's own scopes are those of its access token; its claim is then not
// asked, since the provider's profile could have brought it.
func TestHasScopeAsksTheHolder(t *testing.T) {
	t.Parallel()
	h := scoped{parse(t, `{"scope":"admin"}`), []string{"read", "write"}}
	if err := claims.HasScope("write", "read")(h); err != nil {
		t.Errorf("granted scopes: %v", err)
	}
	if err := claims.HasScope("admin")(h); !errors.Is(err, claims.ErrUnmet) {
		t.Errorf("a scope that only the claim names: %v", err)
	}
	if err := claims.HasScope("read")(scoped{}); !errors.Is(err, claims.ErrUnmet) {
		t.Errorf("no scopes at all: %v", err)
	}
}

// The errors reach the log. They name the claim and keep the value to
// themselves.
func TestRuleErrors(t *testing.T) {
	t.Parallel()
	h := parse(t, `{"role":"canary-1","roles":["canary-2"],"scope":"canary-3","aud":"canary-4"}`)
	for claim, rule := range map[string]claims.Rule{
		"role": claims.NewKey[string]("role").Is("admin"), "roles": claims.Contains(claims.NewKey[[]string]("roles"), "admin"),
		"scope": claims.HasScope("admin"), "aud": claims.HasAudience("app"),
	} {
		err := rule(h)
		if err == nil || !strings.Contains(err.Error(), `"`+claim+`"`) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: error is %v", claim, err)
		}
	}
	err := claims.Any(own, claims.HasScope("admin"))(h)
	if !errors.Is(err, errOwn) || !errors.Is(err, claims.ErrUnmet) {
		t.Errorf("Any hides a reason: %v", err)
	}
	if err := claims.All(own, met)(h); !errors.Is(err, errOwn) {
		t.Errorf("All hides the reason: %v", err)
	}
}

// All stops at the first rule that is not met, and Any at the first that is.
func TestRulesStopEarly(t *testing.T) {
	t.Parallel()
	never := func(claims.Holder) error { panic("asked without need") }
	if err := claims.All(own, never)(nobody{}); !errors.Is(err, errOwn) {
		t.Error(err)
	}
	if err := claims.Any(met, never)(nobody{}); err != nil {
		t.Error(err)
	}
}
