package providers

import "strings"

// MicrosoftEntraID is sign-in with Microsoft Entra ID (Azure AD). Register an
// app at https://entra.microsoft.com with a platform "Web" and the redirect URI
// <your URL>/auth/callback/microsoft-entra-id.
//
// The tenant is its id, the GUID from the app's overview page; only accounts of
// that tenant get in. With the tenant "organizations" the app takes accounts of
// several, which then have to be listed with [WithTenants]: an issuer that
// stands for every tenant in the world says nothing about who someone is.
//
// The account's id is sub, which differs from app to app; the claim oid is the
// same in all apps of a tenant. Photos are not fetched, since they would not fit
// into a cookie.
//
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func MicrosoftEntraID(clientID, clientSecret, tenant string, options ...Option) Provider {
	const host = "https://login.microsoftonline.com/"
	c := Config{
		ID: "microsoft-entra-id", Name: "Microsoft",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: host + tenant + "/v2.0",
		Scopes: []string{"openid", "profile", "email", "offline_access"},
		Style:  Style{Background: "#0067b8", Text: "#ffffff"},
	}
	switch tenant {
	case "":
		c.Issuer = "" // which Check reports
	case "organizations", "common":
		c.Issuer = host + "{tenantid}/v2.0"
		c.DiscoveryURL = host + tenant + "/v2.0/.well-known/openid-configuration"
	}
	return OIDC(c, options...)
}

// entraTenant returns the tenant of an issuer URL as Auth.js configures it, or
// the text itself if it is no URL. The URL of another host, such as that of a
// national cloud, has none: it is used with [OIDC].
func entraTenant(issuer string) string {
	path := strings.TrimPrefix(issuer, "https://login.microsoftonline.com/")
	if strings.Contains(path, ":") {
		return ""
	}
	tenant, _, _ := strings.Cut(path, "/")
	return tenant
}
