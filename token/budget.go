package token

import (
	"fmt"
	"slices"
	"strings"
)

// BudgetError tells that a value takes more room in cookies than its jar
// allows. Servers and proxies answer requests with larger headers with 400 or
// 431, which would lock the person out until they clear their cookies; so the
// value is not written at all.
type BudgetError struct {
	Cookie string // name of the cookie
	Size   int    // bytes that the value would take in a Cookie header
	Budget int    // bytes that it may take
	Parts  []Part // what takes the space, largest first; see [Weigh]
}

// Part is one member of a token and the bytes that it takes in the cookie.
type Part struct {
	Name  string
	Bytes int
}

// Error names the sizes, the largest parts, and what can be done.
func (e *BudgetError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "token: cookie %s would take %d bytes, its budget is %d", e.Cookie, e.Size, e.Budget)
	for i, p := range e.Parts[:min(5, len(e.Parts))] {
		sep := ", "
		if i == 0 {
			sep = "; largest parts: "
		}
		fmt.Fprintf(&b, "%s%s %d", sep, p.Name, p.Bytes)
	}
	b.WriteString("; store less in the jwt callback (clear Account.AccessToken if no API is called), ask for fewer scopes, " +
		"or raise Config.CookieBudget if every proxy on the way takes longer headers")
	return b.String()
}

// Weigh tells how many bytes each part of a token takes in its cookie, largest
// first: each custom claim and each token of the account by itself.
func Weigh(t *Token) []Part {
	o, account := t.Object(), t.Account.wire()
	var parts []Part
	add := func(name string, bytes int) {
		if bytes > 0 {
			parts = append(parts, Part{name, (bytes*4 + 2) / 3}) // base64url takes four characters for three bytes
		}
	}
	for _, name := range o.Names() {
		raw, _ := o.Raw(name)
		add(name, len(raw)+len(name)+len(`"":,`))
	}
	add("account.access_token", len(account.AccessToken))
	add("account.refresh_token", len(account.RefreshToken))
	add("account.dpop_key", len(account.DPoPKey))
	add("account.scope", len(account.Scope))
	slices.SortStableFunc(parts, func(a, b Part) int { return b.Bytes - a.Bytes })
	return parts
}
