package httpauth

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
)

// maxParam is the longest parameter that a client may add to an authorization
// request.
const maxParam = 512

// signIn answers POST signin/<provider>: it starts a transaction and sends the
// browser to the provider.
func (v *visit) signIn(p providers.Provider) {
	if !v.checkCSRF() {
		return
	}
	target := v.target(v.param("callbackUrl"))
	if p.Info().Protocol == providers.CredentialsProtocol { // they are typed in on the page
		v.redirect(v.pageURL("signin", url.Values{"callbackUrl": {target}}))
		return
	}
	id := p.Info().ID
	tx := transaction{
		State: newID(), Nonce: newID(), Verifier: oauth2.GenerateVerifier(),
		Provider: id, RedirectURL: v.origin + v.route("callback", id),
		Target: target,
	}
	where, err := p.AuthCodeURL(v.outbound(v.r.Context()), providers.AuthRequest{
		RedirectURL: tx.RedirectURL, State: tx.State, Nonce: tx.Nonce, Verifier: tx.Verifier,
		Params: v.clientParams(), Scopes: v.clientScopes(),
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

// clientParams returns the parameters that the client asks to be sent along, as
// far as the configuration lets it choose. They stand in the query only.
func (v *visit) clientParams() url.Values {
	query, params := v.r.URL.Query(), url.Values{}
	for _, name := range v.cfg.ClientParams {
		if value := single(query, name); value != "" && len(value) <= maxParam && printable(value) {
			params.Set(name, value)
		}
	}
	return params
}

// clientScopes returns the scopes that the client asks for, likewise.
func (v *visit) clientScopes() []string {
	asked := strings.Fields(single(v.r.URL.Query(), "scope"))
	return slices.DeleteFunc(asked, func(s string) bool { return !slices.Contains(v.cfg.ClientScopes, s) })
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
