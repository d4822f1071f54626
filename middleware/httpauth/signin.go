package httpauth

import (
	"errors"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
)

// signIn answers POST signin/<provider>: it starts a transaction and sends the
// browser to the provider.
func (v *visit) signIn(p providers.Provider) {
	if !v.checkCSRF() {
		return
	}
	id := p.Info().ID
	tx := transaction{
		State: newID(), Nonce: newID(), Verifier: oauth2.GenerateVerifier(),
		Provider: id, RedirectURL: v.origin + v.route("callback", id),
		Target: v.target(v.param("callbackUrl")),
	}
	where, err := p.AuthCodeURL(v.outbound(v.r.Context()), providers.AuthRequest{
		RedirectURL: tx.RedirectURL, State: tx.State, Nonce: tx.Nonce, Verifier: tx.Verifier,
	})
	if err != nil {
		v.failSignIn(err, tx.Target)
		return
	}
	if err := v.begin(tx, p.Info().FormPost); err != nil {
		v.fail(KindUnavailable, codeConfiguration, err)
		return
	}
	v.redirect(where)
}

// failSignIn answers what went wrong at a provider, in words for the person.
func (v *visit) failSignIn(err error, target string) {
	switch {
	case errors.Is(err, providers.ErrDenied):
		v.fail(KindDenied, codeAccessDenied, err)
	case errors.Is(err, providers.ErrUnavailable):
		v.failTo(KindProvider, codeUnavailable, err, target)
	case errors.Is(err, providers.ErrConfig), errors.Is(err, providers.ErrRejected):
		v.fail(KindProvider, codeConfiguration, err)
	default:
		v.failTo(KindProvider, codeOAuthCallback, err, target)
	}
}
