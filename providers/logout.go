package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
)

// maxLogoutURL is the longest URL that a provider can be expected to take. The
// ID token is left out of a longer one.
const maxLogoutURL = 2 << 10

// LogoutURL implements LogoutURLer.
func (c *client) LogoutURL(ctx context.Context, l Logout) (string, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return "", err
	}
	if m.logoutURL == "" {
		return "", fmt.Errorf("providers: %s: logout: %w", c.ID, errors.ErrUnsupported)
	}
	u, err := url.Parse(m.logoutURL)
	if err != nil {
		return "", &Error{Provider: c.ID, Op: opLogout, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	query := u.Query()
	query.Set("client_id", c.ClientID)
	for name, value := range map[string]string{
		cmp.Or(c.Dialect.LogoutReturn, "post_logout_redirect_uri"): l.RedirectURL, "state": l.State, "id_token_hint": l.IDToken.Reveal(),
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if u.RawQuery = query.Encode(); len(u.String()) > maxLogoutURL {
		query.Del("id_token_hint")
		u.RawQuery = query.Encode()
	}
	return u.String(), nil
}
