package providers

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/token"
)

// VK is sign-in with VK ID, which takes accounts of VK, OK and Mail. Register a web app
// at https://id.vk.ru/about/business/go, with the trusted redirect URL
// <your URL>/auth/callback/vk; it has no use for a secret. This is not the older sign-in
// of oauth.vk.com, which VK has given up.
//
// A refresh token comes with every sign-in and is good for one use and 180 days. VK takes
// it from the device only to which it gave it, so the session keeps the device's id
// behind it, after a space. Revocation ends the tokens; the person's consent stays.
//
// https://id.vk.com/about/business/go/docs/en/vkid/latest/vk-id/connection/api-integration/api-description
func VK(clientID string, options ...Option) Provider {
	c := Config{
		ID: "vk", Name: "VK",
		ClientID:    clientID,
		AuthURL:     "https://id.vk.ru/authorize",
		TokenURL:    "https://id.vk.ru/oauth2/auth",
		UserInfoURL: "https://id.vk.ru/oauth2/user_info?client_id={client_id}",
		RevokeURL:   "https://id.vk.ru/oauth2/logout",
		Scopes:      []string{"vkid.personal_info", "email"},
		AuthStyle:   oauth2.AuthStyleInParams,
		Fields:      Fields{ID: "user.user_id", Name: "user.first_name user.last_name", Email: "user.email", Image: "user.avatar"},
		Dialect: Dialect{
			Repeat:      []string{deviceID, "state"},
			ProfilePost: true, TokenParam: "access_token",
			Spent:      []string{"invalid_token"}, // of a refresh token
			Revocation: Revocation{Param: "access_token", Only: "access_token"},
		},
		Style: Style{Background: "#0077ff", Text: "#000000"},
		Facts: Facts{
			Docs:    "https://id.vk.com/about/business/go/docs/en/vkid/latest/vk-id/connection/api-integration/api-description",
			Console: "https://id.vk.ru/about/business/go",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: VK does not say it", Subject: "digits, the same everywhere",
			Note: "public client; a refresh token is kept with the id of the device that it is bound to",
		},
	}
	c.apply(options)
	return vk{newOAuth2(c)}
}

type vk struct{ *client }

const deviceID = "device_id"

// Exchange implements Provider.
func (v vk) Exchange(ctx context.Context, cb Callback) (*Identity, error) {
	id, err := v.client.Exchange(ctx, cb)
	if err != nil {
		return nil, err
	}
	id.Account.RefreshToken = onDevice(id.Account.RefreshToken.Reveal(), cb.Params.Get(deviceID))
	return id, nil
}

// Refresh implements Refresher.
func (v vk) Refresh(ctx context.Context, a token.Account) (token.Account, error) {
	refresh, device, _ := strings.Cut(a.RefreshToken.Reveal(), " ")
	a.RefreshToken = token.NewSecret(refresh)
	c := *v.client
	c.Dialect.RefreshURL = withQuery(c.TokenURL, url.Values{deviceID: {device}, "state": {rand.Text()}})
	renewed, err := c.Refresh(ctx, a)
	if err != nil {
		return token.Account{}, err
	}
	renewed.RefreshToken = onDevice(renewed.RefreshToken.Reveal(), device)
	return renewed, nil
}

// onDevice keeps a refresh token with the device that it is good for.
func onDevice(refresh, device string) token.Secret {
	if refresh == "" {
		return token.Secret{}
	}
	return token.NewSecret(refresh + " " + device)
}
