package providers

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/token"
)

// AuthCodeURL implements Provider.
func (c *client) AuthCodeURL(ctx context.Context, r AuthRequest) (string, error) {
	if why := c.checkRequest(r); why != "" {
		return "", &Error{Provider: c.ID, Op: opAuthorize, Kind: ErrConfig, Detail: why}
	}
	m, err := c.metadata(ctx)
	if err != nil {
		return "", err
	}
	q := c.authorization(m, r)
	if m.push {
		if q, err = c.push(ctx, m, q); err != nil {
			return "", err
		}
	}
	return withQuery(m.authURL, q) + c.Dialect.Fragment, nil
}

// maxReference is the longest reference to a pushed request, in bytes.
const maxReference = 1024

// push sends an authorization request to the provider and returns what the browser
// takes there instead: the reference to it (RFC 9126 section 4).
func (c *client) push(ctx context.Context, m metadata, q url.Values) (url.Values, error) {
	answer, err := c.post(ctx, m, opPush, m.pushURL, q, token.Secret{})
	if err != nil {
		return nil, err
	}
	reference, ok := secret(answer, "request_uri", maxReference)
	if !ok || reference.IsZero() {
		return nil, &Error{Provider: c.ID, Op: opPush, Kind: ErrResponse, Detail: "request_uri is missing, too long, or has characters that no URI has"}
	}
	return url.Values{"client_id": {c.ClientID}, "request_uri": {reference.Reveal()}}, nil
}

// checkRequest says why a request cannot be made: nothing is asked for whose answer
// could not be checked.
func (c *client) checkRequest(r AuthRequest) string {
	d, err := c.demands(r.Params)
	switch {
	case err != nil:
		return err.Error()
	case c.keySet == nil && !d.isZero():
		return "max_age and acr_values " + needsOpenID
	}
	return ""
}

// authorization returns the parameters of an authorization request (RFC 6749
// section 4.1.1). Those that the protocol needs come last, over everything else.
func (c *client) authorization(m metadata, r AuthRequest) url.Values {
	q := url.Values{}
	if c.keySet != nil && len(c.Scopes) == 0 && m.offline {
		q.Set("prompt", "consent") // offline_access needs it
	}
	for _, params := range []url.Values{c.Params, r.Params} {
		for name, values := range params {
			if !slices.Contains(protocolParams(), name) && len(values) == 1 {
				q.Set(name, values[0])
			}
		}
	}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("response_type", "code")
	set(cmp.Or(c.Dialect.ClientID, "client_id"), c.ClientID)
	set("redirect_uri", r.RedirectURL)
	set("scope", c.Dialect.join(c.asked(m, r.Scopes)))
	set("state", r.State)
	if c.keySet != nil {
		set("nonce", r.Nonce)
	}
	if c.FormPost {
		set("response_mode", "form_post")
	}
	if len(c.Resources) > 0 {
		q["resource"] = c.Resources
	}
	if !c.Dialect.NoPKCE {
		set("code_challenge_method", "S256")
		set("code_challenge", oauth2.S256ChallengeFromVerifier(r.Verifier))
	}
	return q
}

// withQuery adds parameters to an endpoint, which may have some of its own (RFC
// 6749 section 3.1).
func withQuery(endpoint string, params url.Values) string {
	separator := "?"
	if len(params) == 0 {
		return endpoint
	}
	if strings.Contains(endpoint, "?") {
		separator = "&"
	}
	return endpoint + separator + params.Encode()
}
