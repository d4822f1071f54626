package providers

import (
	"context"
	"strings"
)

// EVEOnline is sign-in with a character of EVE Online. Register an application at
// https://developers.eveonline.com/applications of the type "Authentication & API
// Access", with the scope publicData and the callback URL
// <your URL>/auth/callback/eveonline. Without a scope there is no refresh token.
//
// The id is that of the character, of which a person can have several, and which can be
// sold: the claim owner of the profile then changes. There are no e-mail addresses.
//
// https://developers.eveonline.com/docs/services/sso/
func EVEOnline(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "eveonline", Name: "EVE Online",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:   "https://login.eveonline.com/v2/oauth/authorize",
		TokenURL:  "https://login.eveonline.com/v2/oauth/token",
		RevokeURL: "https://login.eveonline.com/v2/oauth/revoke",
		Scopes:    []string{"publicData"},
		Fields:    Fields{ID: "sub"},
		Dialect: Dialect{
			ProfileIn:  "access_token",
			Revocation: Revocation{Only: "refresh_token"},
		},
		Style: Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs: "https://developers.eveonline.com/docs/services/sso/", Console: "https://developers.eveonline.com/applications",
			Refresh: yes, Rotation: sometimes, Revocation: yes, Logout: no,
			Email: "never: EVE Online gives no address", Subject: "number of the character, the same everywhere",
			Note: "the profile is that of a character",
		},

		confidential: true,
	}
	c.apply(options)
	return eveOnline{newOAuth2(c)}
}

type eveOnline struct{ *client }

// Exchange implements Provider. The subject of the token is CHARACTER:EVE: and the
// number.
func (e eveOnline) Exchange(ctx context.Context, c Callback) (*Identity, error) {
	id, err := e.client.Exchange(ctx, c)
	if err != nil {
		return nil, err
	}
	character, ok := strings.CutPrefix(id.User.ID, "CHARACTER:EVE:")
	if !ok || character == "" || strings.Trim(character, "0123456789") != "" {
		return nil, &Error{Provider: e.ID, Op: opUserInfo, Kind: ErrProfile, Detail: "it is not of a character"}
	}
	id.User.ID, id.Account.ID = character, character
	id.User.Image = "https://images.evetech.net/characters/" + character + "/portrait?size=128"
	return id, nil
}
