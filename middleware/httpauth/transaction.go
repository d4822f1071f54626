package httpauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

const (
	transactionTTL  = 15 * time.Minute
	maxTransactions = 5 // under way in one browser; the oldest gives way
	maxBinding      = 64
)

var errTransaction = errors.New("auth: no sign-in is under way in this browser that this answer belongs to")

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
	Session string            `json:"session,omitempty"` // id of the session that an account is connected to
}

// attempt returns the jar of the transaction with this state. The name is a hash
// of the state, so that the answer finds its cookie. Only the answer of a
// form_post provider is cross-site, so only its cookie is.
func (a *Auth) attempt(state string, crossSite bool) token.Jar {
	hash := sha256.Sum256([]byte(state))
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
	expires := time.Now().Add(transactionTTL)
	tx.Started = time.Now().UnixNano()
	var err error
	if tx.Browser, err = v.bind(expires); err != nil {
		return err
	}
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
	open := map[string]int64{}
	for name, sealed := range v.transactions() {
		tx, err := openValue[transaction](v.attempts.sealer, sealed)
		if err != nil {
			v.forget(name)
			continue
		}
		open[name] = tx.Started
	}
	for len(open) >= maxTransactions {
		oldest := ""
		for name, started := range open {
			if oldest == "" || started < open[oldest] {
				oldest = name
			}
		}
		v.forget(oldest)
		delete(open, oldest)
	}
}

// transactions returns the transaction cookies of the request.
func (v *visit) transactions() map[string]string {
	found := map[string]string{}
	for _, c := range v.r.Cookies() {
		if strings.HasPrefix(c.Name, v.attempts.jar.Name+".") {
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
// provider's answer cannot be redeemed at another. The cookie stays; see finish.
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
	return tx, nil
}

// finish takes a transaction out of the browser, whatever became of it.
func (v *visit) finish(tx transaction, p providers.Provider) {
	v.attempt(tx.State, p != nil && p.Info().FormPost).Delete(v.w.Header(), v.r.Header)
}
