package providers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
)

// Polis is sign-in through Ory Polis, which was SAML Jackson of BoxyHQ: the providers of
// your customers, SAML ones too, behind one that speaks OAuth 2. The third argument is
// its URL, such as https://sso.example.com. Each connection has to allow the redirect
// URL <your URL>/auth/callback/boxyhq-saml.
//
// The client is that of one connection. To serve many customers it is dummy, with the
// secret that the server has as CLIENT_SECRET_VERIFIER, and each sign-in has the
// parameters tenant and product. A customer's provider can say any id, so that of the
// account then begins with tenant and product; it can say any address, too, and the
// browser can change the parameters. Of a tenant and product that [WithParam] names, only
// their people are let in.
//
// https://www.ory.com/docs/polis
func Polis(clientID, clientSecret, issuer string, options ...Option) Provider {
	base := strings.TrimSuffix(issuer, "/")
	c := Config{
		ID: "boxyhq-saml", Name: "Polis",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL: base + "/api/oauth/authorize", TokenURL: base + "/api/oauth/token",
		UserInfoURL: base + "/api/oauth/userinfo",
		AuthStyle:   oauth2.AuthStyleInParams, // ids with = and & are not decoded in the header
		Fields:      Fields{ID: "id", Name: "firstName lastName|email"},
		Style:       Style{Background: "#25c2a0", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://www.ory.com/docs/polis",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: it is what the customer's provider says", Subject: "what the customer's provider says, with tenant and product before it if the client is dummy",
			Note: "with the scope openid the server needs signing keys, so none is asked for",
		},

		example: "https://sso.example.com",
	}
	if clientID == "dummy" { // or a customer could name another's person
		c.Fields.ID = "{requested.tenant}/{requested.product}/{id}"
	}
	c.apply(options)
	return polis{newOAuth2(c)}
}

type polis struct{ *client }

// Exchange implements Provider. Polis says "Invalid code" as plain text with the status
// 403, and of a wrong verifier or secret the like with 401.
func (p polis) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	id, err := p.client.Exchange(ctx, cb)
	var e *Error
	if errors.As(err, &e) && e.Op == opToken && e.Code == "" {
		switch e.Status {
		case http.StatusForbidden:
			e.Kind = ErrInvalidGrant
		case http.StatusBadRequest, http.StatusUnauthorized:
			e.Kind = ErrRejected
		}
	}
	if err == nil {
		err = p.checkCustomer(cb, id.Profile, map[string]string{"tenant": "requested.tenant", "product": "requested.product"})
	}
	if err != nil {
		return nil, err
	}
	return id, nil
}
