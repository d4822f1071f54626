package providers

import (
	"context"
	"encoding/json"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// FortyTwoSchool is sign-in with the intranet of the 42 schools. Register an application
// at https://profile.intra.42.fr/oauth/applications/new, with the redirect URI
// <your URL>/auth/callback/42-school. Its secret expires: the page of the application says
// when, and has the next one.
//
// A refresh token comes with every sign-in, and each refresh brings a new one. The profile
// of 42 has all of a student's projects; only who it is is kept of it.
//
// https://api.intra.42.fr/apidoc/guides/web_application_flow
func FortyTwoSchool(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "42-school", Name: "42 School",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://api.intra.42.fr/oauth/authorize",
		TokenURL:    "https://api.intra.42.fr/oauth/token",
		UserInfoURL: "https://api.intra.42.fr/v2/me",
		Scopes:      []string{"public"},
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "id", Name: "usual_full_name|displayname|login", Email: "email", Image: "image.link"},
		Style:       Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://api.intra.42.fr/apidoc/guides/web_application_flow",
			Console: "https://profile.intra.42.fr/oauth/applications/new",
			Refresh: yes, Rotation: yes, Revocation: no, Logout: no,
			Email: "never: 42 does not say it", Subject: "number, the same everywhere",
			Note: "client secrets expire",
		},

		confidential: true,
	}
	c.apply(options)
	return fortyTwo{newOAuth2(c)}
}

type fortyTwo struct{ *client }

// Exchange implements Provider.
func (f fortyTwo) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	m, account, _, err := f.spend(ctx, cb)
	if err != nil {
		return nil, err
	}
	profile, err := f.me(ctx, m, account)
	if err != nil {
		return nil, err
	}
	return f.identity(account, profile)
}

// me asks for the profile. It can have more members than the kit reads of any answer, so
// only those are read that say who it is.
func (f fortyTwo) me(ctx context.Context, m metadata, a token.Account) (claims.Profile, error) {
	var profile claims.Profile
	req, err := f.infoRequest(ctx, http.MethodGet, m.userInfoURL, a)
	if err != nil {
		return profile, err
	}
	body, _, err := f.read(ctx, req, a)
	if err != nil {
		return profile, err
	}
	var person struct {
		ID       int64  `json:"id"`
		Login    string `json:"login"`
		Email    string `json:"email"`
		First    string `json:"first_name"`
		Last     string `json:"last_name"`
		FullName string `json:"usual_full_name"`
		Display  string `json:"displayname"`
		Kind     string `json:"kind"` // student or staff
		Image    struct {
			Link string `json:"link"`
		} `json:"image"`
	}
	if err = json.Unmarshal(body, &person); err == nil {
		body, err = json.Marshal(person)
	}
	if err == nil {
		profile, err = claims.ParseObject(body)
	}
	if err != nil || person.ID == 0 {
		return profile, &Error{Provider: f.ID, Op: opUserInfo, Kind: ErrResponse, Detail: "it is not a profile of 42"}
	}
	return profile, nil
}

// Wikimedia is sign-in with an account of Wikipedia and its sister projects. Propose an
// OAuth 2.0 consumer at
// https://meta.wikimedia.org/wiki/Special:OAuthConsumerRegistration/propose/oauth2, with
// the callback URL <your URL>/auth/callback/wikimedia, and for "user identity verification
// only", with access to real name and e-mail address if they are needed. Until it is
// approved it is for your own account.
//
// A refresh token comes with every sign-in, and each refresh brings a new one. There are no
// scopes. [WithBaseURL] names another MediaWiki with the extension OAuth, such as
// https://wiki.example.org/w/rest.php.
//
// https://www.mediawiki.org/wiki/OAuth/For_Developers
func Wikimedia(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "wikimedia", Name: "Wikimedia",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "{base}/oauth2/authorize",
		TokenURL:    "{base}/oauth2/access_token",
		UserInfoURL: "{base}/oauth2/resource/profile",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "sub", Name: "username", EmailVerified: "confirmed_email"},
		Dialect:     Dialect{Spent: []string{"invalid_request"}},
		Style:       Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://www.mediawiki.org/wiki/OAuth/For_Developers",
			Console: "https://meta.wikimedia.org/wiki/Special:OAuthConsumerRegistration/propose/oauth2",
			Refresh: sometimes, Rotation: yes, Revocation: no, Logout: no,
			Email: "confirmed_email", Subject: "number, the same on all wikis of Wikimedia",
			Note: "refresh tokens need the grant type in the consumer's registration",
		},

		standard: "https://meta.wikimedia.org/w/rest.php",
	}, options...)
}

// HuggingFace is sign-in with Hugging Face. Create an OAuth app at
// https://huggingface.co/settings/applications/new, with the redirect URL
// <your URL>/auth/callback/huggingface and the scopes openid, profile and email. In a
// Space with hf_oauth the client's id and secret are OAUTH_CLIENT_ID and
// OAUTH_CLIENT_SECRET.
//
// Access tokens live for eight hours. [WithScopes] asks for more, such as read-repos.
//
// https://huggingface.co/docs/hub/oauth
func HuggingFace(clientID, clientSecret string, options ...Option) Provider {
	return OIDC(Config{
		ID: "huggingface", Name: "Hugging Face",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: "https://huggingface.co",
		Scopes: []string{"openid", "profile", "email"},
		Style:  Style{Background: "#ffd21e", Text: "#000000"},
		Facts: Facts{
			Docs: "https://huggingface.co/docs/hub/oauth", Console: "https://huggingface.co/settings/applications/new",
			Refresh: sometimes, Revocation: byMetadata, Logout: byMetadata,
			Email: "email_verified", Subject: "text, the same everywhere",
			Note: "refresh tokens are not documented",
		},
	}, options...)
}

// Eventbrite is sign-in with Eventbrite. Create an API key at
// https://www.eventbrite.com/platform/api-keys, with the OAuth redirect URI
// <your URL>/auth/callback/eventbrite. The client id is the API key.
//
// Access tokens do not expire, so there are no refresh tokens, and cannot be revoked.
//
// https://www.eventbrite.com/platform/docs/authentication
func Eventbrite(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "eventbrite", Name: "Eventbrite",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://www.eventbrite.com/oauth/authorize",
		TokenURL:    "https://www.eventbrite.com/oauth/token",
		UserInfoURL: "https://www.eventbriteapi.com/v3/users/me/",
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields: Fields{
			ID: "id", Name: "name", Email: "emails.[primary].email", EmailVerified: "emails.[primary].verified",
			Image: "https://img.evbuc.com/https%3A%2F%2Fcdn.evbuc.com%2Fimages%2F{image_id}%2F1%2Foriginal.jpg",
		},
		Dialect: Dialect{Spent: []string{"access_denied"}},
		Style:   Style{Background: "#f05537", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://www.eventbrite.com/platform/docs/authentication",
			Console: "https://www.eventbrite.com/platform/api-keys",
			Refresh: no, Rotation: no, Revocation: no, Logout: no,
			Email: "verified, of the primary address", Subject: "digits, the same everywhere",
			Note: "access tokens do not expire",
		},

		confidential: true,
	}, options...)
}

// Coinbase is sign-in with Coinbase. OAuth clients are made in the CDP portal, under "API
// Keys", with the redirect URI <your URL>/auth/callback/coinbase and the scopes
// wallet:user:read and wallet:user:email; at present that is for approved partners only,
// while existing clients go on working.
//
// [WithScopes] with offline_access brings a refresh token, which is good for one use. The
// client needs that scope too.
//
// https://docs.cdp.coinbase.com/coinbase-app/oauth2-integration/overview
func Coinbase(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "coinbase", Name: "Coinbase",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://login.coinbase.com/oauth2/auth",
		TokenURL:    "https://login.coinbase.com/oauth2/token",
		UserInfoURL: "https://api.coinbase.com/v2/user",
		RevokeURL:   "https://login.coinbase.com/oauth2/revoke",
		Scopes:      []string{"wallet:user:read", "wallet:user:email"},
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "data.id", Name: "data.name|data.username", Email: "data.email", Image: "data.avatar_url"},
		Style:       Style{Background: "#0052ff", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://docs.cdp.coinbase.com/coinbase-app/oauth2-integration/overview", Console: "https://portal.cdp.coinbase.com/",
			Refresh: onRequest, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: Coinbase does not say it", Subject: "uuid, the same everywhere",
			Note: "new OAuth clients are for approved partners only, since 2025",
		},

		confidential: true,
	}, options...)
}
