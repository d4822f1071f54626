package httpauth

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// callback answers GET callback/<provider>, or POST for form_post: the browser
// comes back from the provider.
func (v *visit) callback(p providers.Provider, params url.Values) {
	if isPrefetch(v.r) { // nobody is there yet, and a code works once
		v.w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	for _, name := range []string{"state", "code", "error", "iss"} { // RFC 6749 section 3.1
		if len(params[name]) > 1 {
			v.fail(KindTransaction, codeOAuthCallback, errTransaction)
			return
		}
	}
	tx, err := v.take(params.Get("state"), p.Info().ID)
	if err != nil {
		v.strayCallback(tx, err)
		return
	}
	id, err := p.Exchange(v.outbound(v.r.Context()), providers.Callback{
		Params: params, RedirectURL: tx.RedirectURL, Nonce: tx.Nonce, Verifier: tx.Verifier, Scopes: tx.Scopes, Asked: tx.Asked,
	})
	if !errors.Is(err, providers.ErrCallback) { // an answer that is not to this sign-in does not end it
		v.finish(tx, p)
	}
	if err == nil {
		err = v.checkIdentity(p, id)
	}
	if err != nil {
		v.failSignIn(err, tx.Target)
		return
	}
	if tx.Session != "" {
		v.connected(id, tx)
		return
	}
	v.admit(id, tx)
}

// strayCallback answers a callback without a transaction that waits for it: a reload,
// the back button, a bookmark, another browser, or somebody who took their time. Who
// is signed in has nothing to fear and goes on.
func (v *visit) strayCallback(tx transaction, err error) {
	where := ""
	if tx.Target != "" {
		where = v.checkedTarget(tx)
	}
	s := &state{auth: v.Auth, request: v.r, header: v.w.Header(), origin: v.origin}
	if s.open(time.Now()) {
		v.redirect(cmp.Or(where, v.origin+"/"))
		return
	}
	v.failTo(KindTransaction, v.codeWithout(codeExpired), err, where)
}

// checkIdentity holds providers of the application to what the kit relies on.
func (v *visit) checkIdentity(p providers.Provider, id *providers.Identity) error {
	if id == nil || id.User.ID == "" {
		return fmt.Errorf("auth: provider %s: %w: no id", p.Info().ID, providers.ErrProfile)
	}
	id.Account.ID, id.Account.Provider, id.Account.Type = id.User.ID, p.Info().ID, string(p.Info().Protocol)
	return nil
}

// admit asks the application whether the person gets in, makes the token, and
// sends them to their target.
func (v *visit) admit(id *providers.Identity, tx transaction) {
	ctx, profile := v.r.Context(), id.Profile
	if decide := v.cfg.Callbacks.SignIn; decide != nil {
		e := &SignInEvent{Request: v.r, Provider: id.Account.Provider, User: &id.User, Account: &id.Account, Profile: profile, Data: tx.Data}
		if err := decide(ctx, e); err != nil {
			v.refuse(err, e.RedirectTo)
			return
		}
	}
	s := &state{auth: v.Auth, request: v.r, header: v.w.Header(), origin: v.origin, token: newToken(id)}
	if fill := v.cfg.Callbacks.JWT; fill != nil {
		e := &JWTEvent{Request: v.r, Trigger: TriggerSignIn, Token: s.token, User: &id.User, Account: &s.token.Account, Profile: profile, SignInData: tx.Data}
		if err := fill(ctx, e); err != nil {
			v.refuse(err, "")
			return
		}
	}
	v.buryPrevious(s.token)
	v.idTokens.jar.Delete(v.w.Header(), v.r.Header) // the one in the browser is of another sign-in
	if err := s.save(0); err != nil {
		v.failSave(err)
		return
	}
	v.failures.jar.Delete(v.w.Header(), v.r.Header)
	v.csrf.jar.Delete(v.w.Header(), v.r.Header) // what was known before the sign-in is worth nothing after it
	if v.cfg.Events.SignIn != nil {
		v.cfg.Events.SignIn(ctx, &SignedInEvent{Request: v.r, Token: s.token, User: &id.User})
	}
	v.landed()
	s.deleteLeftovers()
	v.arrive(v.checkedTarget(tx))
}

// checkedTarget returns a transaction's target if it is still allowed: the rules may
// have changed since it was sealed.
func (v *visit) checkedTarget(tx transaction) string {
	where, err := v.allowedTarget(tx.Target)
	if err != nil {
		return v.origin + "/"
	}
	return where
}

// buryPrevious ends the session that the browser has had so far, which may be
// somebody else's: a response that is under way must not bring it back.
func (v *visit) buryPrevious(now *token.Token) {
	previous, _, _ := v.readForms(time.Now(), v.r.Header, func(*token.Token) bool { return false })
	(&state{auth: v.Auth, request: v.r, header: v.w.Header()}).bury(previous, now)
}

// newToken makes the token of a sign-in. Nothing of an earlier session gets into
// it.
func newToken(id *providers.Identity) *token.Token {
	t := &token.Token{
		Claims: claims.Claims{
			Subject:  id.Account.Provider + "|" + id.Account.ID,
			ID:       newID(),
			AuthTime: time.Now(),
			Name:     id.User.Name, Email: id.User.Email, Picture: id.User.Image,
		},
		Account: id.Account,
	}
	if t.AuthTime.Sub(t.Account.AuthTime) <= token.Skew { // that was now; it need not stand in the cookie twice
		t.Account.AuthTime = time.Time{}
	}
	return t
}

// refuse answers a person that a callback did not let in.
func (v *visit) refuse(err error, where string) {
	if where != "" {
		v.report(v.r, KindDenied, err)
		v.redirect(v.target(where))
		return
	}
	if errors.Is(err, ErrAccessDenied) || errors.Is(err, ErrSignOut) {
		v.fail(KindDenied, codeAccessDenied, err)
		return
	}
	v.fail(KindCallback, codeConfiguration, err)
}

func (v *visit) failSave(err error) {
	var budget *token.BudgetError
	if errors.As(err, &budget) {
		v.fail(KindBudget, codeTooLarge, err)
		return
	}
	v.fail(KindUnavailable, codeConfiguration, err)
}
