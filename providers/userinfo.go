package providers

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// profile returns what a plain OAuth 2 provider says about the person. The answer is
// that of the token endpoint.
func (c *client) profile(ctx context.Context, m metadata, a token.Account, answer claims.Object) (profile claims.Profile, err error) {
	switch c.Dialect.ProfileIn {
	case "":
		profile, err = c.userInfo(ctx, m, a, answer)
	case ".":
		profile = answer
	default:
		var ok bool // without an id it is refused
		if profile, ok = objectAt(answer, c.Dialect.ProfileIn); !ok {
			profile, err = c.claimsOf(textAt(answer, c.Dialect.ProfileIn))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Dialect.Further)) {
		if err == nil {
			profile, err = c.addFurther(ctx, name, a, answer, profile)
		}
	}
	return profile, err
}

// claimsOf returns the claims of a JWT that was in the token answer, if they are for this
// client. That it came straight from there stands for its signature (OpenID Connect Core
// section 3.1.3.7, point 6).
func (c *client) claimsOf(jwt string) (claims.Profile, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return claims.Profile{}, nil
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	o, err := claims.ParseObject(payload)
	if audience, _ := o.Strings("aud"); err != nil || !slices.Contains(audience, c.ClientID) {
		return claims.Profile{}, &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrProfile, Detail: "the token has no claims, or is for another client"}
	}
	return o, nil
}

// userInfo asks the user-info endpoint, or what plain OAuth 2 has in its place, with
// the account's access token.
func (c *client) userInfo(ctx context.Context, m metadata, a token.Account, answer claims.Object) (claims.Profile, error) {
	var profile claims.Profile
	method := http.MethodGet
	if c.Dialect.ProfilePost {
		method = http.MethodPost
	}
	req, err := c.infoRequest(ctx, method, m.userInfoURL, a, answer)
	if err != nil {
		return profile, err
	}
	if c.SignedUserInfo && c.keySet != nil {
		return c.signedUserInfo(ctx, req, a)
	}
	calls, err := c.calls(ctx, opUserInfo, &profile, a.DPoPKey, a.AccessToken)
	if err == nil {
		_, err = do(calls, c.ID, opUserInfo, req)
	}
	return profile, err
}

// infoRequest returns a request that asks about the person, with the access token
// where the provider wants it.
func (c *client) infoRequest(ctx context.Context, method, endpoint string, a token.Account, known ...claims.Object) (*http.Request, error) {
	fail := func(kind error, why string) (*http.Request, error) {
		return nil, &Error{Provider: c.ID, Op: opUserInfo, Kind: kind, Detail: why}
	}
	location, ok := expand(endpoint, c.placeholders(a, known))
	if !ok {
		return fail(ErrProfile, "the token answer lacks what its URL needs")
	}
	params := url.Values{}
	if c.Dialect.TokenParam != "" {
		params.Set(c.Dialect.TokenParam, a.AccessToken.Reveal())
	}
	encoding := FormBody
	if method == http.MethodGet || len(params) == 0 { // some do not take an empty form
		encoding = InQuery
	}
	req, err := encoding.request(ctx, method, location, params)
	if err != nil {
		return fail(ErrConfig, "its URL is not valid")
	}
	if a.DPoPKey.IsZero() && !c.Dialect.carries(endpoint) { // a bound token goes there with its proof
		scheme := cmp.Or(c.Dialect.Scheme, "Bearer")
		req.Header.Set("Authorization", strings.TrimSpace(scheme+" "+a.AccessToken.Reveal())) // RFC 6750 section 2.1
	}
	if c.adapt != nil {
		c.adapt(req, c.secret, a.AccessToken)
	}
	return req, nil
}

// placeholders says what stands for a name in braces: what the dialect defines, or
// what is at that path of what is known.
func (c *client) placeholders(a token.Account, known []claims.Object) func(string) string {
	return func(name string) string {
		switch name {
		case "client_id":
			return c.ClientID
		case "access_token":
			return a.AccessToken.Reveal()
		}
		for _, o := range known {
			if s := textAt(o, name); s != "" {
				return s
			}
		}
		return ""
	}
}

// addFurther adds to a profile a further document as its member. If the person did not
// allow that one, it stays out.
func (c *client) addFurther(ctx context.Context, name string, a token.Account, answer claims.Object, profile claims.Profile) (claims.Profile, error) {
	req, err := c.infoRequest(ctx, http.MethodGet, c.Dialect.Further[name], a, answer, profile)
	if err != nil {
		return profile, err
	}
	body, _, err := c.read(ctx, req, a)
	var e *Error
	switch {
	case errors.As(err, &e) && (e.Status == http.StatusForbidden || e.Status == http.StatusNotFound):
		body = []byte("null") // nor what the profile itself has under that name
	case err != nil:
		return profile, err
	}
	profile, err = profile.With(name, json.RawMessage(body))
	if err != nil {
		err = &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrResponse, Detail: "a further document is not JSON"}
	}
	return profile, err
}

// read sends a request that asks about the person, and returns the answer as it came.
func (c *client) read(ctx context.Context, req *http.Request, a token.Account) ([]byte, http.Header, error) {
	calls, err := c.calls(ctx, opUserInfo, nil, a.DPoPKey, a.AccessToken)
	if err != nil {
		return nil, nil, err
	}
	resp, err := calls.Do(req) //nolint:gosec // the URL is that of the configuration or the metadata, checked
	if err != nil {
		return nil, nil, asError(err, c.ID, opUserInfo)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body) // of what guard has read
	if err != nil {
		return nil, nil, asError(err, c.ID, opUserInfo)
	}
	return body, resp.Header, nil
}

// signedUserInfo is userInfo for a provider that signs its answer.
func (c *client) signedUserInfo(ctx context.Context, req *http.Request, a token.Account) (claims.Profile, error) {
	req.Header.Set("Accept", "application/jwt")
	raw, header, err := c.read(ctx, req, a)
	if err != nil {
		return claims.Profile{}, err
	}
	fail := func(why string) (claims.Profile, error) {
		return claims.Profile{}, &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrResponse, Detail: why}
	}
	if kind, _, err := mime.ParseMediaType(header.Get("Content-Type")); err != nil || kind != "application/jwt" {
		return fail("its content type is not application/jwt, as SignedUserInfo says")
	}
	compact := string(raw)
	if len(compact) > maxIDToken || strings.Count(compact, ".") != 2 {
		return fail("it is not a signed token, or too long")
	}
	keys := &strictKeys{set: c.keySet, algorithms: c.accepted(), op: opUserInfo}
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
