package httpauth

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

const (
	transactionTTL  = 15 * time.Minute
	transactionKept = time.Hour // afterwards too, so that whoever comes late finds their target
	maxTransactions = 5         // under way in one browser; the oldest gives way
	maxForgotten    = 20        // in one response, so that a request full of them is not a burden
	maxBinding      = 64
)

var (
	errTransaction = errors.New("auth: no sign-in is under way in this browser that this answer belongs to")
	errTooLate     = fmt.Errorf("%w: it was started more than %v ago", errTransaction, transactionTTL)
	errSpent       = fmt.Errorf("%w: it has been answered already", errTransaction)
)

// transaction is one sign-in, or sign-out at the provider, under way. It exists
// only in the browser, sealed in a cookie of its own, so that several tabs do
// not disturb each other and any instance can finish it.
type transaction struct {
	State       string `json:"state"`
	Verifier    string `json:"verifier,omitempty"`
	Nonce       string `json:"nonce,omitempty"`
	Provider    string `json:"provider"` // empty for a sign-out
	RedirectURL string `json:"redirect,omitempty"`
	Target      string `json:"target"`
	Started     int64  `json:"started"` // nanoseconds, to find the oldest
	Browser     string `json:"browser"` // value of the browser's binding cookie

	Data    map[string]string `json:"data,omitempty"`    // of the application, see Config.SignInData
	Scopes  []string          `json:"scopes,omitempty"`  // asked for in addition
	Asked   url.Values        `json:"asked,omitempty"`   // what the answer has to show, see stepup.go
	Session string            `json:"session,omitempty"` // id of the session that an account is connected to
	Spent   bool              `json:"spent,omitempty"`   // it has been answered
}

// attempt returns the jar of the transaction with this state. The name is a hash
// of the state, so that the answer finds its cookie; of what stands before the id at
// its end, if there is anything, and then a later transaction replaces it. Only the
// answer of a form_post provider is cross-site, so only its cookie is.
func (a *Auth) attempt(state string, crossSite bool) token.Jar {
	slot := state
	if len(state) > idLength {
		slot = state[:len(state)-idLength]
	}
	hash := sha256.Sum256([]byte(slot))
	jar := a.attempts.jar
	jar.Name += "." + base64.RawURLEncoding.EncodeToString(hash[:])[:10]
	if crossSite {
		jar.SameSite, jar.Secure = http.SameSiteNoneMode, true
	}
	return jar
}

// begin puts a transaction into the browser.
func (v *visit) begin(tx transaction, crossSite bool) error {
	v.evict()
	tx.Started = time.Now().UnixNano()
	var err error
	if tx.Browser, err = v.bind(time.Now().Add(transactionKept)); err != nil {
		return err
	}
	return v.store(tx, crossSite)
}

func (v *visit) store(tx transaction, crossSite bool) error {
	expires := time.Unix(0, tx.Started).Add(transactionKept)
	sealed, err := sealValue(v.attempts.sealer, tx, expires)
	if err != nil {
		return err
	}
	return v.attempt(tx.State, crossSite).Write(v.w.Header(), v.r.Header, sealed, expires)
}

// bind returns what ties transactions to this browser. Their own cookies are only
// sent to the kit's routes, so that they do not weigh on others, and so another
// host of the same site could plant one, with a sign-in of its own. It cannot
// plant this one, whose name has the prefix __Host-.
func (v *visit) bind(expires time.Time) (string, error) {
	value, err := v.binding.Read(v.r.Header)
	if err != nil || len(value) > maxBinding {
		value = newID()
	}
	return value, v.binding.Write(v.w.Header(), v.r.Header, value, expires)
}

// evict deletes transactions that are over, and the oldest ones if there are too
// many: abandoned sign-ins must not pile up until servers refuse the header.
func (v *visit) evict() {
	type attempt struct {
		name    string
		started int64
	}
	var open []attempt
	for name, sealed := range v.transactions() {
		tx, err := openValue[transaction](v.attempts.sealer, sealed)
		if err != nil || tx.Spent || tx.late() {
			v.forget(name)
			continue
		}
		open = append(open, attempt{name, tx.Started})
	}
	slices.SortFunc(open, func(a, b attempt) int { return cmp.Compare(a.started, b.started) })
	for _, oldest := range open[:max(0, len(open)-maxTransactions+1)] {
		v.forget(oldest.name)
	}
}

// late tells whether the answer may not come any more.
func (tx transaction) late() bool {
	return time.Since(time.Unix(0, tx.Started)) >= transactionTTL
}

// transactions returns the transaction cookies of the request, or as many of them as
// one response may delete.
func (v *visit) transactions() map[string]string {
	found := map[string]string{}
	for _, c := range v.r.Cookies() {
		if len(found) < maxForgotten && strings.HasPrefix(c.Name, v.attempts.jar.Name+".") {
			found[c.Name] = c.Value
		}
	}
	return found
}

func (v *visit) forget(name string) {
	jar := v.attempts.jar
	jar.Name = name
	jar.Delete(v.w.Header(), v.r.Header)
}

// take returns the transaction that an answer belongs to. Everything has to fit:
// the state, and the provider that the sign-in was started for, so that one
// provider's answer cannot be redeemed at another. The cookie stays; see finish. With
// errSpent and errTooLate the transaction is returned too: its target is still good.
func (v *visit) take(state, provider string) (transaction, error) {
	if state == "" {
		return transaction{}, errTransaction
	}
	sealed, err := v.attempt(state, false).Read(v.r.Header)
	if err != nil {
		return transaction{}, errors.Join(errTransaction, err)
	}
	tx, err := openValue[transaction](v.attempts.sealer, sealed)
	if err != nil {
		return transaction{}, errors.Join(errTransaction, err)
	}
	if subtle.ConstantTimeCompare([]byte(tx.State), []byte(state)) != 1 || tx.Provider != provider {
		return transaction{}, errTransaction
	}
	browser, err := v.binding.Read(v.r.Header)
	if err != nil || subtle.ConstantTimeCompare([]byte(tx.Browser), []byte(browser)) != 1 {
		return transaction{}, errors.Join(errTransaction, err)
	}
	switch {
	case tx.Spent:
		return tx, errSpent
	case tx.late():
		return tx, errTooLate
	}
	return tx, nil
}

// finish ends a transaction, whatever became of it. What is kept of that of a
// sign-in, for whoever reloads the page, is where it was to lead.
func (v *visit) finish(tx transaction, p providers.Provider) {
	crossSite := p != nil && p.Info().FormPost
	spent := transaction{
		State: tx.State, Provider: tx.Provider, Target: tx.Target, Started: tx.Started, Browser: tx.Browser, Spent: true,
	}
	if p == nil || v.store(spent, crossSite) != nil {
		v.attempt(tx.State, crossSite).Delete(v.w.Header(), v.r.Header)
	}
}
