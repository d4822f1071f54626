package httpauth

import (
	"errors"
	"net/url"

	"github.com/sealedauth/auth/providers"
)

// authorize answers POST callback/<provider> for credentials: somebody has typed
// in who they are.
func (v *visit) authorize(p providers.Provider, authorizer providers.Authorizer) {
	if !v.checkCSRF() {
		return
	}
	target := v.target(v.param("callbackUrl"))
	id, err := authorizer.Authorize(v.outbound(v.r.Context()), providers.Submission{Values: v.form.values, Request: v.r})
	if err == nil {
		err = v.checkIdentity(p, id)
	}
	switch {
	case err == nil:
		v.admit(id, transaction{Target: target, Data: v.appData()})
	case errors.Is(err, providers.ErrCredentials):
		v.failWith(KindCredentials, codeCredentials, err, v.refused(p, err, target))
	default:
		v.fail(KindCallback, codeConfiguration, err)
	}
}

// refused returns the parameters of the page that says so, in the words of the
// client's generation.
func (v *visit) refused(p providers.Provider, err error, target string) url.Values {
	params := url.Values{"callbackUrl": {target}}
	if v.nextAuth4() {
		params.Set("provider", p.Info().ID)
		return params
	}
	code := &providers.CredentialsError{Code: "credentials"}
	errors.As(err, &code)
	if isDetail(code.Code) {
		params.Set("code", code.Code)
	}
	return params
}
