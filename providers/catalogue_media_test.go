package providers_test

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func mediaEntries() map[string]entry {
	return map[string]entry{
		"42-school":   fortyTwoEntry(),
		"coinbase":    coinbaseEntry(),
		"concept2":    concept2Entry(),
		"eventbrite":  eventbriteEntry(),
		"huggingface": huggingFaceEntry(),
		"spotify":     spotifyEntry(),
		"strava":      stravaEntry(),
		"trakt":       traktEntry(),
		"twitch":      twitchEntry(),
		"wikimedia":   wikimediaEntry(),
	}
}

func stravaEntry() entry {
	const tokens = `{"token_type":"Bearer","expires_at":1568775134,"expires_in":21600,"refresh_token":"{refresh}","access_token":"{access}"`
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Strava("app", "secret", o...) },
		authorize: "https://www.strava.com/oauth/authorize?scope=read",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://www.strava.com/oauth/authorize",
			TokenURL:    "https://www.strava.com/oauth/token",
			UserInfoURL: "https://www.strava.com/api/v3/athlete",
			RevokeURL:   "https://www.strava.com/oauth/deauthorize",
			Names:       map[string]string{"token": "access_token"},
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens: tokens + `,"athlete":{"id":1234567890987654400,"username":"marianne_t","resource_state":2,"firstname":"Marianne","lastname":"Teutenberg",
				"city":"San Francisco","state":"CA","country":"US","sex":"F","premium":true,
				"profile_medium":"https://xxxxxx.cloudfront.net/pictures/athletes/123456789/123456789/2/medium.jpg",
				"profile":"https://xxxxx.cloudfront.net/pictures/athletes/123456789/123456789/2/large.jpg"}}`,
			Refreshed: tokens + `}`,
			Spent:     `{"message":"Bad Request","errors":[{"resource":"AuthorizationCode","field":"code","code":"invalid"}]}`,
		},
		user: providers.User{
			ID: "1234567890987654400", Name: "Marianne Teutenberg",
			Image: "https://xxxxx.cloudfront.net/pictures/athletes/123456789/123456789/2/large.jpg",
		},
		scope: "read", expiry: 6 * time.Hour,
	}
}

func spotifyEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Spotify("app", "secret", o...) },
		authorize: "https://accounts.spotify.com/authorize?scope=user-read-email",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://accounts.spotify.com/authorize",
			TokenURL:    "https://accounts.spotify.com/api/token",
			UserInfoURL: "https://api.spotify.com/v1/me",
			Tokens:      `{"access_token":"{access}","token_type":"Bearer","scope":"user-read-email","expires_in":3600,"refresh_token":"{refresh}"}`,
			Refreshed:   `{"access_token":"{access}","token_type":"Bearer","scope":"user-read-email","expires_in":3600}`,
			NoRotation:  true,
			Profile: `{"display_name":"Ada","email":"ada@example.com","external_urls":{"spotify":"https://open.spotify.com/user/smedjan"},
				"href":"https://api.spotify.com/v1/users/smedjan","id":"smedjan","type":"user","uri":"spotify:user:smedjan",
				"images":[{"url":"https://i.scdn.co/image/ab67616d00001e02ff9ca10b55ce82ae553c8228","height":300,"width":300},{"url":"https://i.scdn.co/image/small","height":64,"width":64}]}`,
			Spent: `{"error":"invalid_grant","error_description":"Invalid authorization code"}`,
		},
		user: providers.User{
			ID: "smedjan", Name: "Ada", Email: "ada@example.com",
			Image: "https://i.scdn.co/image/ab67616d00001e02ff9ca10b55ce82ae553c8228",
		},
		scope: "user-read-email", expiry: time.Hour,
	}
}

func traktEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Trakt("app", "secret", o...) },
		authorize: "https://trakt.tv/oauth/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://trakt.tv/oauth/authorize",
			TokenURL:    "https://api.trakt.tv/oauth/token",
			UserInfoURL: "https://api.trakt.tv/users/settings",
			RevokeURL:   "https://api.trakt.tv/oauth/revoke",
			Params:      providertest.JSONParams,
			Client:      providertest.PostClient("client_id", "client_secret"),
			Require: func(r *http.Request) error {
				if r.Header.Get("trakt-api-version") != "2" || r.Header.Get("trakt-api-key") != "app" {
					return errors.New("a header is missing")
				}
				return nil
			},
			Tokens: `{"access_token":"{access}","token_type":"bearer","expires_in":86400,"refresh_token":"{refresh}","scope":"public","created_at":1487889741}`,
			Profile: `{"user":{"username":"justin","private":false,"name":"Justin Nemeth","vip":true,"vip_ep":false,
				"ids":{"slug":"justin","uuid":"b6589fc6ab0dc82cf12099d1c2d40ab994e8410c"},"joined_at":"2010-09-25T17:49:25.000Z",
				"images":{"avatar":{"full":"https://secure.gravatar.com/avatar/30c2f0dfbc39e48656f40498aa871e33?r=pg&s=256"}}},
				"account":{"timezone":"America/Los_Angeles"}}`,
			Spent: `{"error":"invalid_grant","error_description":"The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}`, SpentStatus: http.StatusUnauthorized,
		},
		user: providers.User{
			ID: "b6589fc6ab0dc82cf12099d1c2d40ab994e8410c", Name: "Justin Nemeth",
			Image: "https://secure.gravatar.com/avatar/30c2f0dfbc39e48656f40498aa871e33?r=pg&s=256",
		},
		scope: "public", expiry: 24 * time.Hour,
	}
}

func twitchEntry() entry {
	return entry{
		make: func(o ...providers.Option) providers.Provider { return providers.Twitch("app", "secret", o...) },
		authorize: "https://id.twitch.tv/oauth2/authorize?claims=%7B%22id_token%22%3A%7B%22email%22%3Anull%2C%22email_verified%22%3Anull%2C%22picture%22%3Anull%2C%22preferred_username%22%3Anull%7D%2C" +
			"%22userinfo%22%3A%7B%22email%22%3Anull%2C%22email_verified%22%3Anull%2C%22picture%22%3Anull%2C%22preferred_username%22%3Anull%7D%7D&scope=openid+user%3Aread%3Aemail",
		openid: &openid{
			issuer: "https://id.twitch.tv/oauth2",
			metadata: map[string]any{
				"authorization_endpoint":                "https://id.twitch.tv/oauth2/authorize",
				"token_endpoint":                        "https://id.twitch.tv/oauth2/token",
				"userinfo_endpoint":                     "https://id.twitch.tv/oauth2/userinfo",
				"jwks_uri":                              "https://id.twitch.tv/oauth2/keys",
				"revocation_endpoint":                   nil,
				"end_session_endpoint":                  nil,
				"scopes_supported":                      []string{"openid"},
				"claims_parameter_supported":            true,
				"token_endpoint_auth_methods_supported": []string{"client_secret_post"},
			},
			claims: map[string]any{
				"name": nil, "preferred_username": "ShannonM", "email": "shannon@example.com", "email_verified": true,
				"picture": "https://static-cdn.jtvnw.net/jtv_user_pictures/x-profile_image-300x300.png",
			},
			tokens:  map[string]any{"scope": []string{"openid", "user:read:email"}, "token_type": "bearer", "expires_in": 14124},
			offline: true, noRotation: true,
		},
		user: providers.User{
			ID: "713936733", Name: "ShannonM", Email: "shannon@example.com", EmailVerified: true,
			Image: "https://static-cdn.jtvnw.net/jtv_user_pictures/x-profile_image-300x300.png",
		},
		scope: "openid user:read:email", expiry: 14124 * time.Second,
	}
}

func concept2Entry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Concept2("app", "secret", o...) },
		authorize: "https://log.concept2.com/oauth/authorize?scope=user%3Aread",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://log.concept2.com/oauth/authorize",
			TokenURL:    "https://log.concept2.com/oauth/access_token",
			UserInfoURL: "https://log.concept2.com/api/users/me",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"access_token":"{access}","token_type":"Bearer","expires_in":604800,"refresh_token":"{refresh}"}`,
			Profile: `{"data":{"id":1,"username":"davidh","first_name":"David","last_name":"Hart","gender":"M","dob":"1977-08-19","email":"david@example.com",
				"email_permission":true,"country":"GBR","profile_image":"https://media.concept2.com/assets/uploads/profiles/1.jpg","age_restricted":false,"max_heart_rate":null,"weight":7500,"logbook_privacy":"partners"}}`,
			Spent: `{"error":"invalid_request","error_description":"The refresh token is invalid."}`,
		},
		user: providers.User{
			ID: "1", Name: "David Hart", Email: "david@example.com", Image: "https://media.concept2.com/assets/uploads/profiles/1.jpg",
		},
		scope: "user:read", expiry: 7 * 24 * time.Hour,
	}
}

func eventbriteEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Eventbrite("app", "secret", o...) },
		authorize: "https://www.eventbrite.com/oauth/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://www.eventbrite.com/oauth/authorize",
			TokenURL:    "https://www.eventbrite.com/oauth/token",
			UserInfoURL: "https://www.eventbriteapi.com/v3/users/me/",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"access_token":"{access}","token_type":"bearer"}`,
			Profile: `{"id":"1234567890","name":"Ann Smith","first_name":"Ann","last_name":"Smith","is_public":false,"image_id":"4321",
				"emails":[{"email":"old@example.com","verified":false,"primary":false},{"email":"ann@example.com","verified":true,"primary":true}]}`,
			Spent: `{"error":"access_denied","error_description":"code is invalid or expired"}`,
		},
		user: providers.User{
			ID: "1234567890", Name: "Ann Smith", Email: "ann@example.com", EmailVerified: true,
			Image: "https://img.evbuc.com/https%3A%2F%2Fcdn.evbuc.com%2Fimages%2F4321%2F1%2Foriginal.jpg",
		},
	}
}

func coinbaseEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Coinbase("app", "secret", o...) },
		authorize: "https://login.coinbase.com/oauth2/auth?scope=wallet%3Auser%3Aread+wallet%3Auser%3Aemail",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://login.coinbase.com/oauth2/auth",
			TokenURL:    "https://login.coinbase.com/oauth2/token",
			UserInfoURL: "https://api.coinbase.com/v2/user",
			RevokeURL:   "https://login.coinbase.com/oauth2/revoke",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":3600,"refresh_token":"{refresh}","scope":"wallet:user:read wallet:user:email offline_access"}`,
			Profile: `{"data":{"id":"9da7a204-544e-5fd1-9a12-61176c5d4cd8","name":"User One","username":"user1","profile_location":null,"profile_bio":null,
				"profile_url":"https://coinbase.com/user1","avatar_url":"https://images.coinbase.com/avatar?h=vR%2FY8igBoPwuwGren5JMwvDNGpURAY","resource":"user","resource_path":"/v2/user","email":"user1@example.com"}}`,
			SpentStatus: http.StatusUnauthorized,
		},
		user: providers.User{
			ID: "9da7a204-544e-5fd1-9a12-61176c5d4cd8", Name: "User One", Email: "user1@example.com",
			Image: "https://images.coinbase.com/avatar?h=vR%2FY8igBoPwuwGren5JMwvDNGpURAY",
		},
		scope: "wallet:user:read wallet:user:email offline_access", expiry: time.Hour,
	}
}

func wikimediaEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Wikimedia("app", "secret", o...) },
		authorize: "https://meta.wikimedia.org/w/rest.php/oauth2/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://meta.wikimedia.org/w/rest.php/oauth2/authorize",
			TokenURL:    "https://meta.wikimedia.org/w/rest.php/oauth2/access_token",
			UserInfoURL: "https://meta.wikimedia.org/w/rest.php/oauth2/resource/profile",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"token_type":"Bearer","expires_in":14400,"access_token":"{access}","refresh_token":"{refresh}"}`,
			Profile: `{"sub":46054761,"username":"Ada L","editcount":1815,"confirmed_email":true,"blocked":false,"registered":"20151210000000",
				"groups":["*","user","autoconfirmed"],"rights":["read","edit"],"grants":["mwoauth-authonlyprivate"],"realname":"","email":"ada@example.com"}`,
			Spent:       `{"error":"invalid_request","error_description":"The refresh token is invalid.","hint":"Token has been revoked","message":"The refresh token is invalid."}`,
			SpentStatus: http.StatusUnauthorized,
		},
		user:   providers.User{ID: "46054761", Name: "Ada L", Email: "ada@example.com", EmailVerified: true},
		expiry: 4 * time.Hour,
	}
}

func huggingFaceEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.HuggingFace("app", "secret", o...) },
		authorize: "https://huggingface.co/oauth/authorize?scope=openid+profile+email",
		openid: &openid{
			issuer: "https://huggingface.co",
			metadata: map[string]any{
				"authorization_endpoint": "https://huggingface.co/oauth/authorize",
				"token_endpoint":         "https://huggingface.co/oauth/token",
				"userinfo_endpoint":      "https://huggingface.co/oauth/userinfo",
				"jwks_uri":               "https://huggingface.co/oauth/jwks",
				"revocation_endpoint":    nil,
				"end_session_endpoint":   nil,
			},
			claims: map[string]any{
				"name": "Ada Lovelace", "preferred_username": "ada", "profile": "https://huggingface.co/ada", "email": "ada@example.com", "email_verified": true,
				"picture": "https://huggingface.co/avatars/ada.svg", "isPro": false, "orgs": []any{},
			},
			tokens: map[string]any{"scope": "openid profile email", "token_type": "bearer", "expires_in": 28800},
		},
		user: providers.User{
			ID: "62d648291fa3e4e7ae3fa6e8", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true,
			Image: "https://huggingface.co/avatars/ada.svg",
		},
		scope: "openid profile email", expiry: 8 * time.Hour,
	}
}

// fortyTwoEntry is of a student who has done much.
func fortyTwoEntry() entry {
	project := `{"id":1,"occurrence":0,"final_mark":100,"status":"finished","validated?":true,"current_team_id":1,` +
		`"project":{"id":1,"name":"Libft","slug":"42cursus-libft","parent_id":null},"cursus_ids":[21],"marked_at":"2020-01-01T00:00:00.000Z","marked":true}`
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.FortyTwoSchool("app", "secret", o...) },
		authorize: "https://api.intra.42.fr/oauth/authorize?scope=public",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://api.intra.42.fr/oauth/authorize",
			TokenURL:    "https://api.intra.42.fr/oauth/token",
			UserInfoURL: "https://api.intra.42.fr/v2/me",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":7200,"refresh_token":"{refresh}","scope":"public","created_at":1443451918,"secret_valid_until":1746000000}`,
			Profile: `{"id":2,"email":"andre@42.fr","login":"andre","first_name":"André","last_name":"Aubin","usual_full_name":"Juliette Aubin","usual_first_name":"Juliette",
				"url":"https://api.intra.42.fr/v2/users/andre","phone":null,"displayname":"André Aubin","kind":"admin",
				"image":{"link":"https://cdn.intra.42.fr/users/1234567890/andre.jpg","versions":{"large":"https://cdn.intra.42.fr/users/1234567890/large_andre.jpg"}},
				"staff?":false,"correction_point":4,"pool_year":"2007","location":null,"wallet":0,"projects_users":[` + project + strings.Repeat(","+project, 300) + `]}`,
			Spent: `{"error":"invalid_grant","error_description":"The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}`, SpentStatus: http.StatusUnauthorized,
		},
		user:  providers.User{ID: "2", Name: "Juliette Aubin", Email: "andre@42.fr", Image: "https://cdn.intra.42.fr/users/1234567890/andre.jpg"},
		scope: "public", expiry: 2 * time.Hour,
	}
}
