package providers

// BankIDNorway is sign-in with the Norwegian BankID. The client comes from a partner of
// BankID, with the redirect URI <your URL>/auth/callback/bankid-no. [WithBaseURL] names
// the test environment, https://auth.current.bankid.no/auth/realms/current.
//
// [WithParam] with login_hint chooses between BankID (BID) and biometrics (BIS), and
// with ui_locales the language. The birthdate is in the profile. An e-mail address comes
// with the scope email, if the person has given one to BankID and agrees, and is not
// verified.
//
// https://developer.bankid.no/bankid-oidc-provider/
func BankIDNorway(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "bankid-no", Name: "BankID",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:         "{base}",
		Scopes:         []string{"openid", "profile"},
		SignedUserInfo: true, // which is asked only if the e-mail address is
		Style:          Style{Background: "#39134c", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developer.bankid.no/bankid-oidc-provider/",
			Refresh: sometimes, Revocation: byMetadata, Logout: yes,
			Email: "never: BankID does not verify addresses", Subject: "UUID; bankid_altsub is the person's number in the certificate",
			Note: "acr tells how strong the proof of identity is",
		},

		standard:     "https://auth.bankid.no/auth/realms/prod",
		confidential: true, takesKey: true,
	}, options...)
}

// SimpleLogin is sign-in with SimpleLogin, where people can give an alias instead of
// their e-mail address. Create an app at https://app.simplelogin.io/developer with the
// redirect URI <your URL>/auth/callback/simplelogin. [WithBaseURL] names a server of
// one's own.
//
// Name, address and picture come without a scope for them, as the app's settings say.
// Do not add scopes: with any but openid alone SimpleLogin leaves out the nonce, without
// which no ID token is taken.
//
// https://simplelogin.io/docs/siwsl/intro/
func SimpleLogin(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "simplelogin", Name: "SimpleLogin",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer:  "{base}",
		Scopes:  []string{"openid"},
		Fields:  Fields{Image: "picture|avatar_url"},
		Dialect: Dialect{Denied: []string{"deny"}},
		Style:   Style{Background: "#be1e6c", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://simplelogin.io/docs/siwsl/intro/", Console: "https://app.simplelogin.io/developer",
			Refresh: no, Revocation: no, Logout: no,
			Email: "email_verified, which is always true; the address may be an alias", Subject: "number, of one application",
		},

		standard:     "https://app.simplelogin.io",
		confidential: true,
	}, options...)
}

// Vipps is sign-in with Vipps or MobilePay. Switch login on for a sales unit at
// https://portal.vippsmobilepay.com, with the redirect URI
// <your URL>/auth/callback/vipps and the token endpoint authentication method
// "client_secret_basic". [WithBaseURL] names the test environment,
// https://apitest.vipps.no/access-management-1.0/access/.
//
// [WithScopes] asks for more, such as phoneNumber, address or birthDate. There are no
// refresh tokens.
//
// https://developer.vippsmobilepay.com/docs/APIs/login-api/
func Vipps(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "vipps", Name: "Vipps",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: "{base}/", // as it ends
		Scopes: []string{"openid", "name", "email"},
		Style:  Style{Background: "#ff5b24", Text: "#000000"},
		Facts: Facts{
			Docs: "https://developer.vippsmobilepay.com/docs/APIs/login-api/", Console: "https://portal.vippsmobilepay.com",
			Refresh: no, Revocation: no, Logout: no,
			Email: "email_verified", Subject: "UUID, of one merchant",
		},

		standard:     "https://api.vipps.no/access-management-1.0/access",
		confidential: true,
	}, options...)
}
