package providers

import (
	"cmp"
	"context"
	"strings"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
)

// BeyondIdentity is sign-in with an application of Beyond Identity. The issuer is the
// application's, such as
// https://auth-us.beyondidentity.com/v1/tenants/<t>/realms/<r>/applications/<a>. Register
// a confidential OIDC application in the console with PKCE (S256), the authentication
// method "client secret basic" and the redirect URI
// <your URL>/auth/callback/beyondidentity.
//
// If the application may have refresh tokens, [WithScopes] with offline_access brings one.
//
// https://developer.beyondidentity.com
func BeyondIdentity(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "beyondidentity", Name: "Beyond Identity",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#5077c5", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developer.beyondidentity.com", Console: "https://console-us.beyondidentity.com",
			Refresh: onRequest, Rotation: sometimes, Revocation: byMetadata, Logout: byMetadata,
			Email: "email_verified, if it is sent", Subject: "text, as the application's settings say",
		},

		example: "https://auth-us.beyondidentity.com/v1/tenants/TENANT/realms/REALM/applications/APPLICATION",
	}, options...)
}

// Okta is sign-in with an Okta organisation. The issuer is the organisation's
// domain or an authorization server in it, such as
// https://example.okta.com/oauth2/default. Refresh tokens need the grant "Refresh
// Token" in the app's settings; with rotation, give it a grace period.
//
// https://developer.okta.com/docs/guides/implement-grant-type/authcode/main/
func Okta(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "okta", Name: "Okta",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developer.okta.com/docs/guides/implement-grant-type/authcode/main/",
			Refresh: sometimes, Rotation: sometimes, Revocation: yes, Logout: yes,
			Email: "email_verified", Subject: "text, the same in all applications of the organisation",
			Note: "refresh tokens need the grant type Refresh Token in the app's settings",
		},

		example: "https://YOUR_DOMAIN.okta.com/oauth2/default",
	}, options...)
}

// OneLogin is sign-in with a OneLogin account. Add the app "OpenId Connect (OIDC)" with
// the redirect URI <your URL>/auth/callback/onelogin, and choose "Basic" as its
// authentication method in the SSO tab. The issuer is the account's domain, such as
// https://example.onelogin.com, with /oidc/2 or without.
//
// An app of the type "Web" gets refresh tokens without a scope for it.
//
// https://developers.onelogin.com/openid-connect
func OneLogin(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "onelogin", Name: "OneLogin",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: endingIn(strings.TrimSuffix(issuer, "/"), "/oidc/2"),
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#1c1f2a", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developers.onelogin.com/openid-connect",
			Refresh: sometimes, Rotation: sometimes, Revocation: yes, Logout: byMetadata,
			Email: "never: OneLogin does not say", Subject: "number, the same in all apps of the account",
			Note: "an app with another authentication method than Basic refuses the secret",
		},

		example: "https://YOUR_DOMAIN.onelogin.com/oidc/2",
	}, options...)
}

// PingID is sign-in with Ping Identity: an environment of PingOne, a PingFederate or a
// PingAM. Register an "OIDC Web App" with the grant type "Authorization Code", the token
// authentication method "Client Secret Basic" and the redirect URI
// <your URL>/auth/callback/ping-id, and give it the scopes profile and email. PingOne's
// issuer is https://auth.pingone.com/<environment id>/as, or that of another region.
//
// Refresh tokens need the grant type "Refresh Token", and no scope.
//
// https://developer.pingidentity.com/pingone-api/auth/openid-connect-oauth-2.html
func PingID(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "ping-id", Name: "Ping Identity",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email"},
		Fields: Fields{Name: "name|given_name family_name|preferred_username"},
		Style:  Style{Background: "#b3282d", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developer.pingidentity.com/pingone-api/auth/openid-connect-oauth-2.html", Console: "https://console.pingone.com",
			Refresh: sometimes, Rotation: sometimes, Revocation: byMetadata, Logout: byMetadata,
			Email: "email_verified, if the environment maps it", Subject: "UUID, the same in all applications of the environment",
		},

		example: "https://auth.pingone.com/YOUR_ENVIRONMENT_ID/as",
	}, options...)
}

// Salesforce is sign-in with a Salesforce organisation. The issuer is its My Domain URL,
// such as https://example.my.salesforce.com, or the URL of an Experience Cloud site:
// tokens are of that even if the person signs in at login.salesforce.com. Create an
// external client app with the callback URL <your URL>/auth/callback/salesforce and the
// OAuth scopes openid, profile and email.
//
// [WithScopes] with refresh_token brings a refresh token, if the app has that scope too.
// Tokens do not say when they expire, which is for the organisation's session settings.
//
// https://help.salesforce.com/s/articleView?id=sf.remoteaccess_using_openid.htm
func Salesforce(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "salesforce", Name: "Salesforce",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: strings.TrimSuffix(issuer, "/"),
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#0176d3", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://help.salesforce.com/s/articleView?id=sf.remoteaccess_using_openid.htm",
			Console: "https://login.salesforce.com",
			Refresh: onRequest, Rotation: sometimes, Revocation: yes, Logout: byMetadata,
			Email:   "email_verified",
			Subject: "URL of the person, https://login.salesforce.com/id/<organisation>/<user>, the same in all apps",
			Note:    "the expiry of access tokens is not told",
		},

		example: "https://YOUR_DOMAIN.my.salesforce.com",
	}, options...)
}

// WorkOS is single sign-on of your customers through WorkOS. Register the redirect URI
// <your URL>/auth/callback/workos at https://dashboard.workos.com; the client id is
// there, and the secret is an API key.
//
// WorkOS has to be told where to send the person: to one customer with [WithParam] and
// organization or connection, to Google with provider and GoogleOAuth, or to the
// customer of each sign-in with such a parameter of it. From the environment it is
// AUTH_WORKOS_ORGANIZATION or AUTH_WORKOS_CONNECTION. Only people of the customer, or of
// the provider, that [WithParam] names are let in. With parameters of a sign-in compare
// the profile's organization_id or connection_id yourself: the browser can change them.
// What an address is worth is for the customer's provider: compare the organization's
// domains before trusting one.
//
// https://workos.com/docs/reference/sso
func WorkOS(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "workos", Name: "WorkOS",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL: "https://api.workos.com/sso/authorize", TokenURL: "https://api.workos.com/sso/token",
		UserInfoURL: "https://api.workos.com/sso/profile",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "id", Name: "first_name last_name|email", Image: "raw_attributes.picture"},
		Style:       Style{Background: "#6363f1", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://workos.com/docs/reference/sso", Console: "https://dashboard.workos.com",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: it is what the customer's provider says", Subject: "text, as in prof_01DMC79V, of one connection",
		},
	}
	c.apply(options)
	return workOS{newOAuth2(c)}
}

type workOS struct{ *client }

// Exchange implements Provider.
func (w workOS) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	id, err := w.client.Exchange(ctx, cb)
	if err == nil {
		err = w.checkCustomer(cb, id.Profile, map[string]string{
			"organization": "organization_id", "connection": "connection_id", "provider": "connection_type",
		})
	}
	if err != nil {
		return nil, err
	}
	return id, nil
}

// checkCustomer holds a profile to the parameters that choose the customer whose provider
// is asked, which have paths in it. The browser can change them, to another customer's
// provider or to Google, and come back with a good code.
func (c *client) checkCustomer(cb Callback, profile claims.Profile, paths map[string]string) error {
	for param, path := range paths {
		if want := cmp.Or(cb.Asked.Get(param), c.Params.Get(param)); want != "" && textAt(profile, path) != want {
			return &Error{Provider: c.ID, Op: opUserInfo, Kind: ErrDenied, Detail: "the account is not of the " + param + " that is configured"}
		}
	}
	return nil
}
