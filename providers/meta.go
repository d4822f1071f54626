package providers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/token"
)

// graphVersion is the version of Meta's API. Each is served for two years at least.
const graphVersion = "v25.0"

// Facebook is sign-in with Facebook. Register an app at
// https://developers.facebook.com/apps with the use case of authentication, and under
// Facebook Login > Settings the redirect URI <your URL>/auth/callback/facebook.
// "Require app secret" may be on: each call proves that it knows the secret.
//
// Tokens are good for about 60 days, and there are no refresh tokens. People may keep
// their e-mail address to themselves; [WithParam] with auth_type=rerequest asks again.
//
// https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
func Facebook(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "facebook", Name: "Facebook",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.facebook.com/" + graphVersion + "/dialog/oauth",
		TokenURL:    "https://graph.facebook.com/" + graphVersion + "/oauth/access_token",
		UserInfoURL: "https://graph.facebook.com/" + graphVersion + "/me?fields=id,name,email,picture",
		RevokeURL:   "https://graph.facebook.com/" + graphVersion + "/me/permissions",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"public_profile", "email"},
		Fields:      Fields{ID: "id", Name: "name", Email: "email", Image: "picture.data.url"},
		Dialect: Dialect{
			Error: "error.error_subcode|error.code", Spent: []string{"36007", "36009", "100"},
			Revocation: Revocation{Method: http.MethodDelete, Bearer: true, Only: "access_token"},
		},
		Style: Style{Background: "#0866ff", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow",
			Console: "https://developers.facebook.com/apps",
			Refresh: no, Revocation: yes, Logout: no,
			Email: "never: Facebook does not say whether it has verified it", Subject: "number as text, another one in each application",
			Note: "revocation takes the application off the account",
		},

		confidential: true, adapt: proveAppSecret,
	}, options...)
}

// proveAppSecret adds to a call with an access token the proof that it comes from who
// has the app's secret.
//
// https://developers.facebook.com/docs/graph-api/guides/secure-requests
func proveAppSecret(r *http.Request, secret, access token.Secret) {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	_, _ = mac.Write([]byte(access.Reveal()))
	query := r.URL.Query()
	query.Set("appsecret_proof", hex.EncodeToString(mac.Sum(nil)))
	r.URL.RawQuery = query.Encode()
}

// Instagram is sign-in with an Instagram account for professionals, that is of a
// business or a creator; others are not let in by Meta. Register an app at
// https://developers.facebook.com/apps with the product Instagram, and under "API setup
// with Instagram login" > "Business login settings" the redirect URI
// <your URL>/auth/callback/instagram. Id and secret are those of the Instagram app.
//
// Tokens are good for an hour, and there is neither a refresh token nor an e-mail
// address.
//
// https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
func Instagram(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "instagram", Name: "Instagram",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.instagram.com/oauth/authorize",
		TokenURL:    "https://api.instagram.com/oauth/access_token",
		UserInfoURL: "https://graph.instagram.com/" + graphVersion + "/me?fields=user_id,username,name,profile_picture_url",
		AuthStyle:   oauth2.AuthStyleInParams,
		Scopes:      []string{"instagram_business_basic"},
		Fields: Fields{ // its documentation puts a list around them, which is not always there
			ID: "user_id|data.0.user_id", Name: "name|username|data.0.name|data.0.username",
			Image: "profile_picture_url|data.0.profile_picture_url",
		},
		Dialect:       Dialect{TokensIn: "data.0", ScopeSeparator: ",", Error: "error_message|error.code", Spent: spentAtMeta()},
		UntypedTokens: true,
		Style:         Style{Background: "#e4405f", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login",
			Console: "https://developers.facebook.com/apps",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: Instagram tells no address", Subject: "number as text, of the professional account",
			Note: "only for professional accounts, since the Basic Display API ended in December 2024",
		},

		confidential: true,
	}, options...)
}

// Threads is sign-in with Threads. Register an app at
// https://developers.facebook.com/apps with the use case "Access the Threads API", and
// in its settings the redirect callback URL <your URL>/auth/callback/threads. Id and
// secret are those of the Threads app.
//
// Tokens are good for an hour, and there is neither a refresh token nor an e-mail
// address.
//
// https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
func Threads(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "threads", Name: "Threads",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:       "https://threads.com/oauth/authorize",
		TokenURL:      "https://graph.threads.com/oauth/access_token",
		UserInfoURL:   "https://graph.threads.com/v1.0/me?fields=id,username,name,threads_profile_picture_url",
		AuthStyle:     oauth2.AuthStyleInParams,
		Scopes:        []string{"threads_basic"},
		Fields:        Fields{ID: "id", Name: "name|username", Image: "threads_profile_picture_url"},
		Dialect:       Dialect{ScopeSeparator: ",", Error: "error_message|error.code", Spent: spentAtMeta()},
		UntypedTokens: true,
		Style:         Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions",
			Console: "https://developers.facebook.com/apps",
			Refresh: no, Revocation: no, Logout: no,
			Email: "never: Threads tells no address", Subject: "number as text, that does not change with the name",
		},

		confidential: true,
	}, options...)
}

// spentAtMeta lists what Instagram and Threads say of a code that is not good. Their
// codes are the same for all errors.
func spentAtMeta() []string {
	return []string{
		"Matching code was not found or was already used", "Matching code was not found or was already used.",
		"This authorization code has been used", "This authorization code has been used.",
		"This authorization code has expired", "This authorization code has expired.",
	}
}
