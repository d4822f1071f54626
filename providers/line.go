package providers

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
)

// LINE is sign-in with LINE. Register a LINE Login channel for web apps at
// https://developers.line.biz/console/, with the callback URL
// <your URL>/auth/callback/line. The e-mail address needs a permission that is applied
// for in the channel's basic settings; without it there is none.
//
// LINE signs the ID tokens of websites with the channel secret (HS256), so this is no
// OpenID provider as the others are; the tokens are checked all the same, and are where
// the profile is. A refresh token comes with every sign-in and is good for 90 days.
//
// https://developers.line.biz/en/docs/line-login/integrate-line-login/
func LINE(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "line", Name: "LINE",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:      "https://access.line.me",
		AuthURL:     "https://access.line.me/oauth2/v2.1/authorize",
		TokenURL:    "https://api.line.me/oauth2/v2.1/token",
		UserInfoURL: "https://api.line.me/oauth2/v2.1/userinfo",
		RevokeURL:   "https://api.line.me/oauth2/v2.1/revoke",
		Scopes:      []string{"openid", "profile", "email"},
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "sub"},
		Dialect:     Dialect{Revocation: Revocation{Param: "access_token", Only: "access_token"}},
		Style:       Style{Background: "#06c755", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developers.line.biz/en/docs/line-login/integrate-line-login/",
			Console: "https://developers.line.biz/console/",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: no,
			Email: "never: LINE does not say it", Subject: "text, the same in all channels of one LINE provider",
			Note: "the ID token is signed with the channel secret",
		},

		confidential: true,
	}
	c.apply(options)
	return line{newOAuth2(c)}
}

type line struct{ *client }

// AuthCodeURL implements Provider.
func (l line) AuthCodeURL(ctx context.Context, r AuthRequest) (string, error) {
	location, err := l.client.AuthCodeURL(ctx, r)
	if err != nil || r.Nonce == "" {
		return location, err
	}
	return withQuery(location, url.Values{"nonce": {r.Nonce}}), nil
}

// Exchange implements Provider. The profile is what the ID token says.
func (l line) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	if cb.Nonce == "" {
		return nil, &Error{Provider: l.ID, Op: opIDToken, Kind: ErrCallback, Detail: "the transaction has no nonce"}
	}
	_, account, _, err := l.spend(ctx, cb)
	if err != nil {
		return nil, err
	}
	profile, err := l.readIDToken(account.IDToken.Reveal(), cb.Nonce)
	if err != nil {
		return nil, l.refusal(opIDToken, err.Error())
	}
	return l.identity(account, profile)
}

// readIDToken checks an ID token that is signed with the client secret, and returns its
// claims.
func (l line) readIDToken(raw, nonce string) (claims.Object, error) {
	var none claims.Object
	if raw == "" || len(raw) > maxIDToken {
		return none, errors.New("there is none, or it is too long")
	}
	o, err := readHS256(raw, []byte(l.secret.Reveal()))
	if err != nil {
		return none, err
	}
	id, err := claims.Parse(o)
	switch {
	case err != nil:
		return none, err
	case id.Issuer != l.Issuer:
		return none, errors.New(otherIssuer)
	case !slices.Contains(id.Audience, l.ClientID):
		return none, errors.New(otherAudience)
	case id.ExpiresAt.Before(time.Now().Add(-skew)):
		return none, errors.New("it has expired, or a clock is wrong")
	}
	return o, l.checkIDToken(o, expectation{nonce: nonce})
}

// readHS256 returns what a compact JWS says that is signed with a secret (RFC 7515
// section 5.2).
func readHS256(raw string, secret []byte) (claims.Object, error) {
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return claims.Object{}, errors.New("it is not signed with HS256")
	}
	payload, err := jws.Verify(secret)
	if err != nil {
		return claims.Object{}, errors.New("it is not signed with the client secret")
	}
	return claims.ParseObject(payload)
}
