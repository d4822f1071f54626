package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/sealedauth/auth/token"
)

// Revoke implements Revoker: the refresh token first, which at most providers
// takes the access token with it, then the access token (RFC 7009 section 2.1).
func (c *client) Revoke(ctx context.Context, a token.Account) error {
	m, err := c.metadata(ctx)
	if err != nil {
		return err
	}
	if m.revokeURL == "" {
		return fmt.Errorf("providers: %s: revocation: %w", c.ID, errors.ErrUnsupported)
	}
	only := c.Dialect.Revocation.Only
	var first, second error
	if !a.RefreshToken.IsZero() && only != "access_token" {
		first = c.revoke(ctx, m, "refresh_token", a.RefreshToken)
	}
	if !a.AccessToken.IsZero() && only != "refresh_token" {
		second = c.revoke(ctx, m, "access_token", a.AccessToken)
	}
	if !a.RefreshToken.IsZero() && first == nil && answered(second, "unsupported_token_type") {
		second = nil // the access token went with the refresh token, or ends by itself
	}
	return errors.Join(first, second)
}

// answered tells whether an error is this answer of a provider.
func answered(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusBadRequest && e.Code == code
}

func (c *client) revoke(ctx context.Context, m metadata, hint string, t token.Secret) error {
	how := c.Dialect.Revocation
	endpoint, ok := expand(m.revokeURL, func(name string) string {
		return map[string]string{"client_id": c.ClientID, "token": t.Reveal()}[name]
	})
	if !ok {
		return &Error{Provider: c.ID, Op: opRevoke, Kind: ErrConfig, Detail: "its URL has braces around something else than token or client_id"}
	}
	if how.Bearer {
		return c.revokeItself(ctx, endpoint, t)
	}
	form := url.Values{}
	switch {
	case strings.Contains(m.revokeURL, "{token}"):
	case how.Param != "":
		form.Set(how.Param, t.Reveal())
	default:
		form.Set("token", t.Reveal())
		form.Set("token_type_hint", hint)
	}
	_, err := c.post(ctx, m, opRevoke, endpoint, form, token.Secret{})
	if answered(err, "invalid_token") { // it is no longer good, which is what was wanted (RFC 7009 section 2.2)
		return nil
	}
	return err
}

// revokeItself lets an access token end itself. One that is refused is no longer good, as
// in [client.revoke]: nothing else is there to be refused.
func (c *client) revokeItself(ctx context.Context, endpoint string, access token.Secret) error {
	req, err := c.infoRequest(ctx, cmp.Or(c.Dialect.Revocation.Method, http.MethodPost), endpoint, token.Account{AccessToken: access})
	if err != nil {
		return err
	}
	calls, err := c.calls(ctx, opRevoke, nil, token.Secret{}, access)
	if err == nil {
		_, err = do(calls, c.ID, opRevoke, req)
	}
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusUnauthorized { // RFC 6750 section 3.1
		return nil
	}
	return err
}
