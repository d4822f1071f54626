package httpauth

import (
	"cmp"
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
	where, err := v.depart(p, transaction{Target: target, Data: v.appData(), Scopes: v.clientScopes()}, v.fromPage(v.clientParams()))
	if err != nil {
		v.failSignIn(err, target)
		return
	}
	v.redirect(where)
}

// depart begins a transaction and returns where it goes on at the provider.
func (v *visit) depart(p providers.Provider, tx transaction, params url.Values) (string, error) {
	tx.Provider = p.Info().ID
	tx.State, tx.Nonce, tx.Verifier = cmp.Or(tx.State, newID()), newID(), oauth2.GenerateVerifier()
	tx.RedirectURL, tx.Asked = v.origin+v.route("callback", tx.Provider), demands(params)
	where, err := p.AuthCodeURL(v.outbound(v.r.Context()), providers.AuthRequest{
		RedirectURL: tx.RedirectURL, State: tx.State, Nonce: tx.Nonce, Verifier: tx.Verifier, Params: params, Scopes: tx.Scopes,
	})
	if err == nil {
		err = v.begin(tx, p.Info().FormPost)
	}
	return where, err
}

// appData returns what the application wants to find again after the sign-in.
func (v *visit) appData() map[string]string {
	data := map[string]string{}
	for _, name := range v.cfg.SignInData {
		if value := v.param(name); value != "" && len(value) <= maxParam && printable(value) {
			data[name] = value
		}
	}
	return data
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
	case needsPerson(err):
		v.failTo(KindDenied, codeSessionRequired, err, target)
	case errors.Is(err, providers.ErrUnavailable):
		v.failTo(KindProvider, codeUnavailable, err, target)
	case errors.Is(err, providers.ErrConfig), errors.Is(err, providers.ErrRejected), !isProviderError(err):
		v.fail(KindProvider, codeConfiguration, err)
	default:
		v.failTo(KindProvider, codeOAuthCallback, err, target)
	}
}

// isProviderError tells an error of a provider from one of sealing and cookies.
func isProviderError(err error) bool {
	for _, kind := range []error{providers.ErrResponse, providers.ErrInvalidGrant, providers.ErrCallback, providers.ErrIDToken, providers.ErrProfile} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
