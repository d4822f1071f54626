package token_test

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// fatToken has a few parts that are larger than the rest.
func fatToken() *token.Token {
	tok := newToken()
	tok.Account.AccessToken = token.NewSecret(strings.Repeat("a", 5000))
	tok.Account.RefreshToken = token.NewSecret(strings.Repeat("r", 300))
	tok.Account.Scope = strings.Repeat("s", 200)
	claims.NewKey[string]("groups").Set(tok, strings.Repeat("g", 3000))
	return tok
}

func TestWeigh(t *testing.T) {
	bubble(t, func(t *testing.T) {
		parts := token.Weigh(fatToken())
		if !slices.IsSortedFunc(parts, func(a, b token.Part) int { return b.Bytes - a.Bytes }) {
			t.Errorf("not sorted: %v", parts)
		}
		var names []string
		for _, p := range parts[:4] {
			names = append(names, p.Name)
		}
		if want := []string{"account.access_token", "groups", "account.refresh_token", "account.scope"}; !reflect.DeepEqual(names, want) {
			t.Errorf("largest parts = %v, want %v", names, want)
		}
		if parts[0].Bytes != 6667 { // 5000 bytes in base64
			t.Errorf("5000 bytes weigh %d", parts[0].Bytes)
		}
		for _, name := range []string{"sub", "exp", "role", "org", "email"} {
			if !slices.ContainsFunc(parts, func(p token.Part) bool { return p.Name == name && p.Bytes > 0 }) {
				t.Errorf("%s is not weighed", name)
			}
		}
	})
}

// The parts add up to about what the cookie takes, or the advice would mislead.
func TestWeighAddsUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for name, tok := range map[string]*token.Token{"usual": newToken(), "fat": fatToken()} {
			sum := 0
			for _, p := range token.Weigh(tok) {
				sum += p.Bytes
			}
			if size := len(sealToken(t, codec(t, secretA), tok)); sum > size || sum < size-400 {
				t.Errorf("%s: the parts weigh %d, the token %d", name, sum, size)
			}
		}
	})
}

func TestBudgetErrorText(t *testing.T) {
	t.Parallel()
	err := &token.BudgetError{Cookie: "auth.session", Size: 9000, Budget: 7168, Parts: []token.Part{
		{"account.access_token", 6667}, {"groups", 4000}, {"c", 300}, {"d", 200}, {"e", 100}, {"sixth", 50},
	}}
	const want = "token: cookie auth.session would take 9000 bytes, its budget is 7168; largest parts: account.access_token 6667, groups 4000, " +
		"c 300, d 200, e 100; store less in the jwt callback"
	if got := err.Error(); !strings.HasPrefix(got, want) || strings.Contains(got, "sixth") {
		t.Errorf("Error = %s", got)
	}
	if got := (&token.BudgetError{Cookie: "c", Size: 2, Budget: 1}).Error(); strings.Contains(got, "largest") {
		t.Errorf("without parts: %s", got)
	}
}

// What does not fit is not written at all: what the browser has stays.
func TestS_100_WriteOverBudget(t *testing.T) {
	bubble(t, func(t *testing.T) {
		j, c := hostJar(), codec(t, secretA)
		request := cookies(cookie + "=2.abcdef.x; " + cookie + ".1=2.abcdef.y")
		response := http.Header{"Set-Cookie": {"theme=dark", cookie + "=earlier; Path=/"}}
		before := response.Clone()
		tok := fatToken()
		err := j.Write(response, request, sealToken(t, c, tok), tok.ExpiresAt)
		var budget *token.BudgetError
		if !errors.As(err, &budget) || budget.Cookie != cookie || budget.Budget != token.DefaultBudget || budget.Size <= budget.Budget {
			t.Fatalf("err = %v", err)
		}
		if !reflect.DeepEqual(response, before) {
			t.Errorf("headers = %q, want them unchanged", response)
		}
		j.Budget = budget.Size
		if err := j.Write(response, request, sealToken(t, c, tok), tok.ExpiresAt); err != nil {
			t.Errorf("with a budget of just that size: %v", err)
		}
		j.Budget--
		if err := j.Write(http.Header{}, nil, sealToken(t, c, tok), tok.ExpiresAt); err == nil {
			t.Error("one byte over the budget is written")
		}
	})
}

// No more cookies are written than are read, whatever the budget.
func TestS_100_WriteTooManyChunks(t *testing.T) {
	t.Parallel()
	j := hostJar()
	j.Budget = 1 << 20
	response := http.Header{}
	var budget *token.BudgetError
	if err := j.Write(response, nil, value(64<<10), time.Time{}); !errors.As(err, &budget) || len(response) > 0 {
		t.Errorf("17 cookies: %v, %d lines", err, len(response["Set-Cookie"]))
	}
}

// Attributes that leave no room for a value are no reason to write a line that
// browsers drop.
func TestS_101_NoRoom(t *testing.T) {
	t.Parallel()
	j := hostJar()
	j.Path = "/" + strings.Repeat("p", 3800)
	response := http.Header{}
	var budget *token.BudgetError
	if err := j.Write(response, nil, value(300), time.Time{}); !errors.As(err, &budget) || len(response) > 0 {
		t.Errorf("err = %v, %d lines", err, len(response["Set-Cookie"]))
	}
}

// The size that counts is that of the Cookie header which the browser sends.
func TestBudgetIsWhatTheBrowserSends(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 1000, 5000, 12000, 40000} {
		j := hostJar()
		j.Budget = 1
		value := strings.Repeat("v", n)
		var budget *token.BudgetError
		if err := j.Write(http.Header{}, nil, value, time.Time{}); !errors.As(err, &budget) {
			t.Fatal(err)
		}
		j.Budget = 48 << 10
		b, response := browser{}, http.Header{}
		if err := j.Write(response, nil, value, time.Time{}); err != nil {
			t.Fatal(err)
		}
		b.take(t, response)
		if sent := len(b.request().Get("Cookie")) + len("; "); sent != budget.Size {
			t.Errorf("%d bytes: the browser sends %d, the error says %d", n, sent, budget.Size)
		}
	}
}

// A token that cannot be opened again because of its size says what takes it.
func TestS_100_SealOverBound(t *testing.T) {
	t.Parallel()
	tok := newToken()
	claims.NewKey[[]string]("groups").Set(tok, slices.Repeat([]string{strings.Repeat("g", 1000)}, 40))
	sealed, err := codec(t, secretA).Seal(tok)
	var budget *token.BudgetError
	if sealed != "" || !errors.As(err, &budget) {
		t.Fatalf("Seal = %d bytes, %v", len(sealed), err)
	}
	if len(budget.Parts) == 0 || budget.Parts[0].Name != "groups" || !strings.Contains(err.Error(), "groups") || budget.Cookie != cookie {
		t.Errorf("err = %v", err)
	}
}
