package httpauth

import (
	"context"
	"errors"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// signOutWait is how long a sign-out waits for the provider.
const signOutWait = 2 * time.Second

// signOut answers POST signout. Cookies are deleted first and in any case;
// telling the provider is attempted.
func (v *visit) signOut() {
	if !v.checkCSRF() {
		return
	}
	where := v.target(v.param("callbackUrl"))
	s := &state{auth: v.Auth, request: v.r, header: v.w.Header(), origin: v.origin}
	s.open(time.Now())
	idToken := v.readIDToken(s.opened)
	s.drop()
	s.bury(s.opened, nil)
	v.csrf.jar.Delete(v.w.Header(), v.r.Header)
	v.binding.Delete(v.w.Header(), v.r.Header)
	v.landing.Delete(v.w.Header(), v.r.Header)
	for name := range v.transactions() {
		v.forget(name)
	}
	s.deleteLeftovers()
	if t := s.opened; t != nil {
		v.reportSignOut(v.revoke(v.r.Context(), sessionKey(t), time.Now().Add(token.Skew)))
		account := t.Account
		account.IDToken = idToken
		where = v.tellProvider(account, t.Connected, where)
	}
	if v.cfg.Events.SignOut != nil {
		v.cfg.Events.SignOut(v.r.Context(), &SignedOutEvent{Request: v.r, Token: s.opened})
	}
	v.redirect(where)
}

// readIDToken returns the kept ID token of the account that is signed in.
func (v *visit) readIDToken(t *token.Token) token.Secret {
	sealed, err := v.idTokens.jar.Read(v.r.Header)
	if err != nil || t == nil {
		return token.Secret{}
	}
	kept, err := openValue[idTokenOf](v.idTokens.sealer, sealed)
	if err != nil || kept.Account != accountName(t) {
		return token.Secret{}
	}
	return token.NewSecret(kept.Token)
}

// tellProvider ends at the provider what the configuration says, and returns
// where the browser goes: there, or straight to its target.
func (v *visit) tellProvider(account token.Account, connected []token.Account, target string) string {
	ctx, cancel := context.WithTimeout(v.outbound(v.r.Context()), signOutWait)
	defer cancel()
	p := v.providers[account.Provider]
	for _, a := range append([]token.Account{account}, connected...) {
		if revoker, ok := v.providers[a.Provider].(providers.Revoker); ok && v.cfg.SignOut.Revoke {
			v.reportSignOut(revoker.Revoke(ctx, a))
		}
	}
	ender, ok := p.(providers.LogoutURLer)
	if !ok || !v.cfg.SignOut.AtProvider {
		return target
	}
	tx := transaction{State: newID(), Target: target}
	where, err := ender.LogoutURL(ctx, providers.Logout{
		IDToken: account.IDToken, RedirectURL: v.origin + v.route("signed-out"), State: tx.State,
	})
	if err == nil {
		err = v.begin(tx, false)
	}
	if err != nil {
		v.reportSignOut(err)
		return target
	}
	return where
}

func (v *visit) reportSignOut(err error) {
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		v.report(v.r, KindSignOut, err)
	}
}

// signedOut answers GET signed-out: the browser comes back from the provider.
// Everything has been done already, so a wrong state only loses the target.
func (v *visit) signedOut() {
	where := v.origin + "/"
	if tx, err := v.take(single(v.r.URL.Query(), "state"), ""); err == nil {
		v.finish(tx, nil)
		if target, err := v.allowedTarget(tx.Target); err == nil {
			where = target
		}
	}
	v.redirect(where)
}
