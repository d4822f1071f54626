package providers

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// userInfo asks the user-info endpoint, or what plain OAuth 2 has in its place, with
// the account's access token.
func (c *client) userInfo(ctx context.Context, m metadata, a token.Account) (claims.Profile, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.userInfoURL, nil)
	if err != nil {
		return claims.Profile{}, &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	if c.SignedUserInfo && c.keySet != nil {
		return c.signedUserInfo(ctx, req, a)
	}
	var profile claims.Profile
	calls, err := c.calls(ctx, opUserInfo, &profile, a.DPoPKey, a.AccessToken)
	if err == nil {
		_, err = do(calls, c.ID, opUserInfo, authorized(req, a))
	}
	return profile, err
}

// authorized puts a bearer token where it belongs (RFC 6750 section 2.1). One that is
// bound to a key goes there with its proof.
func authorized(req *http.Request, a token.Account) *http.Request {
	if a.DPoPKey.IsZero() {
		req.Header.Set("Authorization", "Bearer "+a.AccessToken.Reveal())
	}
	return req
}

// signedUserInfo is userInfo for a provider that signs its answer.
func (c *client) signedUserInfo(ctx context.Context, req *http.Request, a token.Account) (claims.Profile, error) {
	calls, err := c.calls(ctx, opUserInfo, nil, a.DPoPKey, a.AccessToken)
	if err != nil {
		return claims.Profile{}, err
	}
	req.Header.Set("Accept", "application/jwt")
	resp, err := calls.Do(authorized(req, a)) //nolint:gosec // the URL is that of the configuration or the metadata, checked
	if err != nil {
		return claims.Profile{}, asError(err, c.ID, opUserInfo)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body) // of what guard has read
	if err != nil {
		return claims.Profile{}, asError(err, c.ID, opUserInfo)
	}
	fail := func(why string) (claims.Profile, error) {
		return claims.Profile{}, &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrResponse, Detail: why}
	}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/jwt" {
		return fail("its content type is not application/jwt, as SignedUserInfo says")
	}
	compact := string(raw)
	if len(compact) > maxIDToken || strings.Count(compact, ".") != 2 {
		return fail("it is not a signed token, or too long")
	}
	keys := &strictKeys{set: c.keySet, algorithms: algorithms(), op: opUserInfo}
	_, err = keys.VerifySignature(ctx, compact)
	var unreachable *Error
	if errors.As(err, &unreachable) {
		return claims.Profile{}, unreachable
	}
	if err == nil {
		err = c.checkUserInfo(keys.payload)
	}
	if err != nil {
		return fail(err.Error())
	}
	return keys.payload, nil
}

// checkUserInfo checks what a signed answer says of itself, as far as it does (OpenID
// Connect Core section 5.3.2).
func (c *client) checkUserInfo(o claims.Object) error {
	id, err := claims.Parse(o)
	_, hasIssuer := o.Raw("iss")
	_, hasAudience := o.Raw("aud")
	now := time.Now()
	switch {
	case err != nil:
		return err
	case hasIssuer && !c.isIssuer(id.Issuer):
		return errors.New(otherIssuer)
	case hasAudience && !slices.Contains(id.Audience, c.ClientID):
		return errors.New(otherAudience)
	case !id.ExpiresAt.IsZero() && id.ExpiresAt.Before(now.Add(-skew)):
		return errors.New("it has expired, or a clock is wrong")
	case id.IssuedAt.After(now.Add(skew)), id.NotBefore.After(now.Add(skew)):
		return errors.New("it was issued in the future: a clock is wrong")
	}
	return nil
}
