package providers

import (
	"context"
	"errors"
	"net/url"
)

const googleIssuer = "https://accounts.google.com"

// Google is sign-in with Google. Register an OAuth client of type "Web
// application" at https://console.cloud.google.com/apis/credentials, with the
// redirect URI <your URL>/auth/callback/google.
//
// It asks for offline access with consent at each sign-in, since Google gives a
// refresh token only with consent; [WithParam] with an empty access_type and
// prompt switches that off for applications that call no Google API. While the
// consent screen is in testing, Google ends refresh tokens after seven days.
// [WithParam] with include_granted_scopes=true adds to the scopes of a sign-in those
// that the person has granted before.
//
// https://developers.google.com/identity/openid-connect/openid-connect
func Google(clientID, clientSecret string, options ...Option) Provider {
	p := OIDC(Config{
		ID: "google", Name: "Google",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: googleIssuer,
		Scopes: []string{"openid", "profile", "email"},
		Params: url.Values{"access_type": {"offline"}, "prompt": {"consent"}},
		Style:  Style{Background: "#ffffff", Text: "#1f1f1f"},
		Facts: Facts{
			Docs:    "https://developers.google.com/identity/openid-connect/openid-connect",
			Console: "https://console.cloud.google.com/apis/credentials",
			Refresh: onRequest, Rotation: no, Revocation: yes, Logout: no,
			Email: "email_verified; Google is authoritative for gmail.com and for hosted domains (hd)", Subject: "number as text, the same everywhere",
			Note: "revocation ends all that the person has granted to the project",
		},

		confidential: true,
	}, options...)
	return google{p.(openID)}
}

// WithHostedDomain lets in only accounts of one Google Workspace domain. The
// parameter hd alone would be a hint that anyone can remove, so the claim of
// that name is checked too. The domain "*" stands for any.
func WithHostedDomain(domain string) Option {
	return optionFunc(func(c *Config) {
		if domain == "" { // perhaps from an empty variable: it must not let everybody in
			c.err = errors.Join(c.err, errors.New("WithHostedDomain is given no domain; name one, or * for any"))
		}
		WithParam("hd", domain).apply(c)
	})
}

type google struct{ openID }

// Exchange implements Provider.
func (g google) Exchange(ctx context.Context, c Callback) (*Identity, error) {
	id, err := g.openID.Exchange(ctx, c)
	if err != nil {
		return nil, err
	}
	if domain := g.Params.Get("hd"); domain != "" && (domain == "*" && id.Profile.String("hd") == "" ||
		domain != "*" && id.Profile.String("hd") != domain) {
		return nil, &Error{Provider: g.ID, Op: opIDToken, Kind: ErrDenied, Detail: "the account is not of the hosted domain"}
	}
	return id, nil
}

// LogoutURL implements LogoutURLer: Google has no such endpoint.
func (g google) LogoutURL(context.Context, Logout) (string, error) { return "", errors.ErrUnsupported }
