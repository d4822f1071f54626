package providers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// openID is a client that also takes logout tokens.
type openID struct{ *client }

// OIDC returns a provider that speaks OpenID Connect. The Config needs Issuer;
// endpoints and keys come from its metadata, which is fetched on first use.
func OIDC(c Config, options ...Option) Provider {
	c.apply(options)
	p := newOAuth2(c)
	doc := &remote[metadata]{provider: c.ID, op: opDiscovery, fetch: c.discover}
	if c.document != nil {
		m, err := c.readMetadata(*c.document)
		if err != nil {
			if c.err == nil && c.Issuer != "" { // of which Check tells already
				p.err = fmt.Errorf("WithMetadata: %w", err)
			}
			err = c.unusable(err.Error())
		}
		doc.fetch = func(context.Context) (metadata, time.Duration, error) { return m, staleFor, err }
	}
	p.metadata = doc.get
	p.keySet = remoteKeys(c.ID, func(ctx context.Context) (string, error) {
		m, err := doc.get(ctx)
		return m.keysURL, err
	})
	if len(c.keys) > 0 {
		p.keySet = staticKeys(c.ID, c.keys)
	}
	return openID{p}
}

// checkOpenID says what is missing of an OpenID provider.
func (c *client) checkOpenID() []error {
	var problems []error
	if c.Issuer == "" {
		problems = append(problems, c.problem("Issuer is empty; %s", c.issuerHint()))
	}
	if !slices.Contains(c.scopes(metadata{}), "openid") {
		problems = append(problems, c.problem("Scopes lacks openid, without which there is no ID token; add it"))
	}
	return problems
}

// identityOf verifies the ID token and returns its claims, completed from the
// user-info endpoint where the token leaves out what was asked for.
func (c *client) identityOf(ctx context.Context, m metadata, a token.Account, cb Callback) (claims.Profile, error) {
	if cb.Nonce == "" {
		return claims.Profile{}, &Error{Provider: c.ID, Op: opIDToken, Kind: ErrCallback, Detail: "the transaction has no nonce"}
	}
	demand, err := c.demands(cb.Asked)
	if err != nil {
		return claims.Profile{}, &Error{Provider: c.ID, Op: opIDToken, Kind: ErrCallback, Detail: err.Error()}
	}
	want := expectation{nonce: cb.Nonce, accessToken: a.AccessToken.Reveal(), code: cb.Params.Get("code"), demand: demand}
	profile, err := c.verifyIDToken(ctx, m, a.IDToken.Reveal(), want)
	if err != nil || m.userInfoURL == "" || c.complete(profile) {
		return profile, err
	}
	info, err := c.userInfo(ctx, m, a, claims.Object{})
	if err != nil {
		return claims.Profile{}, err
	}
	if info.String("sub") != profile.String("sub") { // OpenID Connect Core section 5.3.2
		return claims.Profile{}, &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrProfile, Detail: "it is of somebody else than the ID token"}
	}
	return merge(profile, info), nil
}

// complete reports whether the ID token already says what the user's fields
// need.
func (c *client) complete(profile claims.Profile) bool {
	u := c.user(profile)
	asked := func(scope string) bool { return slices.Contains(c.scopes(metadata{}), scope) }
	return (u.Name != "" || !asked("profile")) && (u.Email != "" || !asked("email"))
}

// merge adds to the ID token's claims those that only the user-info endpoint
// gave. What is signed is never replaced, and what the protocol defines never
// comes from there. An e-mail address and whether it is verified belong
// together: one of them never describes an address of the other source.
func merge(signed, info claims.Object) claims.Object {
	_, address := signed.Raw("email")
	_, verified := signed.Raw("email_verified")
	email := !address && !verified || address && signed.String("email") == info.String("email")
	for _, name := range info.Names() {
		_, known := signed.Raw(name)
		isEmail := name == "email" || name == "email_verified"
		protocol := slices.Contains(protocolClaims(), name) && !isEmail
		if known || protocol || resembles(name) || isEmail && !email {
			continue
		}
		raw, _ := info.Raw(name)
		signed, _ = signed.With(name, raw) // raw JSON has a JSON form
	}
	return signed
}
