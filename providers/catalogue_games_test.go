package providers_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func gameEntries() map[string]entry {
	return map[string]entry{
		"battlenet":  battleNetEntry(),
		"bungie":     bungieEntry(),
		"eveonline":  eveOnlineEntry("CHARACTER:EVE:95465499"),
		"faceit":     faceitEntry(),
		"osu":        osuEntry(),
		"roblox":     robloxEntry(),
		"soundcloud": soundCloudEntry(),
	}
}

func battleNetEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.BattleNet("app", "secret", o...) },
		authorize: "https://oauth.battle.net/authorize?scope=openid",
		openid: &openid{
			issuer: "https://oauth.battle.net",
			metadata: map[string]any{
				"authorization_endpoint":                "https://oauth.battle.net/authorize",
				"token_endpoint":                        "https://oauth.battle.net/token",
				"userinfo_endpoint":                     "https://oauth.battle.net/userinfo",
				"jwks_uri":                              "https://oauth.battle.net/jwks/certs",
				"revocation_endpoint":                   "https://oauth.battle.net/revoke",
				"introspection_endpoint":                "https://oauth.battle.net/v2/check_token",
				"end_session_endpoint":                  "https://oauth.battle.net/logout",
				"token_endpoint_auth_methods_supported": nil,
				"code_challenge_methods_supported":      nil,
				"scopes_supported":                      nil,
			},
			claims: map[string]any{"battle_tag": "Player#1234", "name": nil, "email": nil, "email_verified": nil},
			tokens: map[string]any{"token_type": "bearer", "expires_in": 86399, "refresh_token": nil, "sub": "123456789"},
		},
		user:  providers.User{ID: "123456789", Name: "Player#1234"},
		scope: "openid", expiry: 86399 * time.Second,
		logout: "https://oauth.battle.net/logout?client_id=app&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fauth%2Fsigned-out&state=the-state",
	}
}

func bungieEntry() entry {
	return entry{
		make: func(o ...providers.Option) providers.Provider {
			return providers.Bungie("app", "secret", "api-key", o...)
		},
		authorize: "https://www.bungie.net/en/OAuth/Authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://www.bungie.net/en/OAuth/Authorize",
			TokenURL:    "https://www.bungie.net/Platform/App/OAuth/Token/",
			UserInfoURL: "https://www.bungie.net/Platform/User/GetMembershipsForCurrentUser/",
			Tokens:      `{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}","refresh_expires_in":7776000,"membership_id":"11319478"}`,
			Profile: `{"Response":{"destinyMemberships":[{"membershipType":3,"membershipId":"4611686018467284386","displayName":"guardian"}],` +
				`"bungieNetUser":{"membershipId":"11319478","uniqueName":"Guardian#0042","displayName":"Guardian","profilePicturePath":"/img/profile/avatars/bungie_day_15_29.jpg"}},` +
				`"ErrorCode":1,"ThrottleSeconds":0,"ErrorStatus":"Success","Message":"Ok","MessageData":{}}`,
			Spent: `{"error":"server_error","error_description":"AuthorizationCodeInvalid"}`,
			Require: func(r *http.Request) error {
				if r.Header.Get("X-API-Key") != "api-key" || strings.Contains(r.URL.RawQuery, "scope") {
					return errors.New("the API key is missing, or there is a scope")
				}
				return nil
			},
		},
		user: providers.User{
			ID: "11319478", Name: "Guardian", Image: "https://www.bungie.net/img/profile/avatars/bungie_day_15_29.jpg",
		},
		expiry: time.Hour,
	}
}

// eveOnlineEntry is EVE Online with access tokens of a subject.
func eveOnlineEntry(subject string) entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.EVEOnline("app", "secret", o...) },
		authorize: "https://login.eveonline.com/v2/oauth/authorize?scope=publicData",
		oauth: &providertest.OAuth2{
			AuthURL:   "https://login.eveonline.com/v2/oauth/authorize",
			TokenURL:  "https://login.eveonline.com/v2/oauth/token",
			RevokeURL: "https://login.eveonline.com/v2/oauth/revoke",
			Tokens:    `{"access_token":"{access}","expires_in":1199,"token_type":"Bearer","refresh_token":"{refresh}"}`,
			Mint: func() string {
				return encode(`{"alg":"RS256","kid":"JWT-Signature-Key","typ":"JWT"}`) + "." +
					encode(`{"scp":"publicData","jti":"`+rand.Text()+`","kid":"JWT-Signature-Key","sub":"`+subject+`","azp":"app","tenant":"tranquility","tier":"live","region":"world",`+
						`"aud":["app","EVE Online"],"name":"CCP Bartender","owner":"8PmzCeTKb4VFUDrHLc/AeZXDSWM=","exp":1648563218,"iat":1648562018,"iss":"https://login.eveonline.com"}`) +
					"." + encode("signature")
			},
		},
		user: providers.User{
			ID: "95465499", Name: "CCP Bartender", Image: "https://images.evetech.net/characters/95465499/portrait?size=128",
		},
		scope: "publicData", expiry: 1199 * time.Second,
	}
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func faceitEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.FACEIT("app", "secret", o...) },
		authorize: "https://accounts.faceit.com/accounts?redirect_popup=true&scope=openid+profile+email",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://accounts.faceit.com/accounts",
			TokenURL:    "https://api.faceit.com/auth/v1/oauth/token",
			UserInfoURL: "https://api.faceit.com/auth/v1/resources/userinfo",
			Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":86400,"refresh_token":"{refresh}","scope":"openid profile email","id_token":"e30.e30.e30"}`,
			Profile: `{"guid":"7d8f1a2e-0a5c-4d4f-9b3e-9a1d3a7e5c11","sub":"7d8f1a2e-0a5c-4d4f-9b3e-9a1d3a7e5c11","nickname":"s1mple","given_name":"Ada","family_name":"Lovelace",` +
				`"email":"ada@example.com","email_verified":true,"picture":"https://assets.faceit-cdn.net/avatars/ada.jpg","locale":"en","memberships":["free"]}`,
		},
		user: providers.User{
			ID: "7d8f1a2e-0a5c-4d4f-9b3e-9a1d3a7e5c11", Name: "s1mple", Email: "ada@example.com", EmailVerified: true,
			Image: "https://assets.faceit-cdn.net/avatars/ada.jpg",
		},
		scope: "openid profile email", expiry: 24 * time.Hour,
	}
}

func osuEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Osu("app", "secret", o...) },
		authorize: "https://osu.ppy.sh/oauth/authorize?scope=identify",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://osu.ppy.sh/oauth/authorize",
			TokenURL:    "https://osu.ppy.sh/oauth/token",
			UserInfoURL: "https://osu.ppy.sh/api/v2/me",
			RevokeURL:   "https://osu.ppy.sh/api/v2/oauth/tokens/current",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"token_type":"Bearer","expires_in":86400,"access_token":"{access}","refresh_token":"{refresh}"}`,
			Profile:     `{"avatar_url":"https://a.ppy.sh/2?1657169614.png","country_code":"AU","default_group":"ppy","id":2,"is_active":true,"is_restricted":false,"username":"peppy","statistics":{"level":{"current":68}}}`,
			Spent:       `{"error":"invalid_request","error_description":"The refresh token is invalid.","hint":"Token has been revoked","message":"The refresh token is invalid."}`,
			SpentStatus: http.StatusUnauthorized, RevokeClient: providertest.NoClient,
			RevokeToken: func(r *http.Request, _ url.Values) string {
				if r.Method != http.MethodDelete {
					return ""
				}
				return providertest.BearerToken(r)
			},
		},
		user:  providers.User{ID: "2", Name: "peppy", Image: "https://a.ppy.sh/2?1657169614.png"},
		scope: "identify", expiry: 24 * time.Hour,
	}
}

func robloxEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Roblox("app", "secret", o...) },
		authorize: "https://apis.roblox.com/oauth/v1/authorize?scope=openid+profile",
		openid: &openid{
			issuer:  "https://apis.roblox.com/oauth/",
			offline: true,
			metadata: map[string]any{
				"authorization_endpoint":                "https://apis.roblox.com/oauth/v1/authorize",
				"token_endpoint":                        "https://apis.roblox.com/oauth/v1/token",
				"userinfo_endpoint":                     "https://apis.roblox.com/oauth/v1/userinfo",
				"jwks_uri":                              "https://apis.roblox.com/oauth/v1/certs",
				"revocation_endpoint":                   "https://apis.roblox.com/oauth/v1/token/revoke",
				"introspection_endpoint":                "https://apis.roblox.com/oauth/v1/token/introspect",
				"end_session_endpoint":                  nil,
				"scopes_supported":                      []string{"openid", "profile", "email", "verification", "credentials", "age", "premium", "roles"},
				"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
			},
			claims: map[string]any{
				"name": "exampleuser", "nickname": "exampleuser", "preferred_username": "exampleuser", "created_at": 1584682495,
				"profile": "https://www.roblox.com/users/1516563360/profile", "email": nil, "email_verified": nil,
				"picture": "https://tr.rbxcdn.com/03dc2a9abe7b1aacaaf93ea46d5c0646/150/150/AvatarHeadshot/Png",
			},
			tokens: map[string]any{"expires_in": 899},
		},
		user: providers.User{
			ID: "1516563360", Name: "exampleuser", Image: "https://tr.rbxcdn.com/03dc2a9abe7b1aacaaf93ea46d5c0646/150/150/AvatarHeadshot/Png",
		},
		scope: "openid profile", expiry: 899 * time.Second,
	}
}

func soundCloudEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.SoundCloud("app", "secret", o...) },
		authorize: "https://secure.soundcloud.com/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://secure.soundcloud.com/authorize",
			TokenURL:    "https://secure.soundcloud.com/oauth/token",
			UserInfoURL: "https://api.soundcloud.com/me",
			RevokeURL:   "https://secure.soundcloud.com/sign-out",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"access_token":"{access}","expires_in":3599,"refresh_token":"{refresh}","scope":"","token_type":"bearer"}`,
			Profile:     `{"kind":"user","id":3207,"urn":"soundcloud:users:3207","username":"userjohannes","full_name":"Johannes","permalink":"userjohannes","avatar_url":"https://i1.sndcdn.com/avatars-large.jpg","primary_email_confirmed":true}`,
			Access: func(r *http.Request) string {
				access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
				return access
			},
			RevokeClient: providertest.NoClient,
			RevokeToken: func(r *http.Request, _ url.Values) string {
				return providertest.JSONParams(r).Get("access_token")
			},
		},
		user:   providers.User{ID: "soundcloud:users:3207", Name: "Johannes", Image: "https://i1.sndcdn.com/avatars-large.jpg"},
		expiry: 3599 * time.Second,
	}
}
