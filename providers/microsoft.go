package providers

import (
	"net/url"
	"strings"
)

// MicrosoftEntraID is sign-in with Microsoft Entra ID (Azure AD). Register an
// app at https://entra.microsoft.com with a platform "Web" and the redirect URI
// <your URL>/auth/callback/microsoft-entra-id.
//
// The tenant is its id, the GUID from the app's overview page; only accounts of
// that tenant get in. With the tenant "organizations" the app takes accounts of
// several, which then have to be listed with [WithTenants]: an issuer that
// stands for every tenant in the world says nothing about who someone is.
//
// In a national cloud the tenant is its issuer's URL, such as
// https://login.microsoftonline.us/<tenant>/v2.0 for the US government or
// https://login.partner.microsoftonline.cn/<tenant>/v2.0 in China.
//
// The account's id is sub, which differs from app to app; the claim oid is the
// same in all apps of a tenant. Photos are not fetched, since they would not fit
// into a cookie.
//
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func MicrosoftEntraID(clientID, clientSecret, tenant string, options ...Option) Provider {
	cloud, name := entraTenant(tenant)
	c := Config{
		ID: "microsoft-entra-id", Name: "Microsoft",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: cloud + name + "/v2.0",
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#0067b8", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc", Console: "https://entra.microsoft.com",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: yes,
			Email: "never: a tenant's administrators can set any address", Subject: "text, another one in each application",
			Note: "a refresh leaves the old refresh token good",
		},

		example: "https://login.microsoftonline.com/YOUR_TENANT_ID/v2.0",
	}
	switch name {
	case "":
		c.Issuer = tenant // about which Check tells what it has to be
	case "organizations", "common":
		c.Issuer = cloud + "{tenantid}/v2.0"
		c.DiscoveryURL = cloud + name + "/v2.0/.well-known/openid-configuration"
	}
	return OIDC(c, options...)
}

// entraTenant splits an issuer's URL, as Auth.js configures it, into the cloud
// and the tenant. A text that is no URL is a tenant of the global cloud.
func entraTenant(issuer string) (cloud, tenant string) {
	const global = "https://login.microsoftonline.com/"
	u, err := url.Parse(issuer)
	switch {
	case err == nil && u.Host != "":
		tenant, _, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		return u.Scheme + "://" + u.Host + "/", tenant
	case strings.Contains(issuer, "/"): // a URL without its scheme
		return global, ""
	}
	return global, issuer
}

// AzureADB2C is sign-in with a user flow of Azure AD B2C, which takes no new customers
// since 2025. Its successor, Entra External ID, is a tenant of [MicrosoftEntraID] whose
// URL is https://<tenant id>.ciamlogin.com/<tenant id>/v2.0.
//
// The issuer is https://<name>.b2clogin.com/tfp/<tenant id>/<user flow>/v2.0/, all in
// lower case, once that form is chosen in the user flow's properties under "Token
// compatibility". Register <your URL>/auth/callback/azure-ad-b2c as a web redirect URI,
// and choose the application claims that the token has to have: the display name and the
// e-mail addresses.
//
// The client id is a scope too, since there is no access token without it.
//
// https://learn.microsoft.com/azure/active-directory-b2c/openid-connect
func AzureADB2C(clientID, clientSecret, issuer string, options ...Option) Provider {
	return OIDC(Config{
		ID: "azure-ad-b2c", Name: "Azure AD B2C",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: endingIn(issuer, "/"),
		Scopes: []string{"openid", "offline_access", clientID},
		Fields: Fields{Name: "name|given_name family_name", Email: "email|emails.0"},
		Style:  Style{Background: "#0072c6", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://learn.microsoft.com/azure/active-directory-b2c/openid-connect", Console: "https://portal.azure.com",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: yes,
			Email: "never: there is no claim that says so", Subject: "UUID, the same in all applications of the directory",
			Note: "no new customers since May 2025",
		},

		example: "https://YOUR_NAME.b2clogin.com/tfp/YOUR_TENANT_ID/b2c_1_signin/v2.0/",
	}, options...)
}
