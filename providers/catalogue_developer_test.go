package providers_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

func developerEntries() map[string]entry {
	return map[string]entry{
		"gitlab":       gitLabEntry(),
		"gitea":        giteaEntry(),
		"bitbucket":    bitbucketEntry(),
		"digitalocean": digitalOceanEntry(),
		"netlify":      netlifyEntry(),
		"figma":        figmaEntry(),
		"linear":       linearEntry(),
	}
}

func gitLabEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.GitLab("app", "secret", o...) },
		authorize: "https://gitlab.com/oauth/authorize?scope=openid+profile+email",
		openid: &openid{
			issuer:  "https://gitlab.com",
			offline: true,
			metadata: map[string]any{
				"authorization_endpoint":                "https://gitlab.com/oauth/authorize",
				"token_endpoint":                        "https://gitlab.com/oauth/token",
				"userinfo_endpoint":                     "https://gitlab.com/oauth/userinfo",
				"jwks_uri":                              "https://gitlab.com/oauth/discovery/keys",
				"revocation_endpoint":                   "https://gitlab.com/oauth/revoke",
				"introspection_endpoint":                "https://gitlab.com/oauth/introspect",
				"end_session_endpoint":                  nil,
				"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
				"code_challenge_methods_supported":      []string{"plain", "S256"},
			},
			claims: map[string]any{
				"name": "Alice", "nickname": "alice", "preferred_username": "alice", "email": "alice@example.com", "email_verified": true,
				"profile": "https://gitlab.com/alice", "picture": "https://gitlab.com/uploads/-/system/user/avatar/1/index.jpg",
				"groups_direct": []string{"mygroup"},
			},
			tokens: map[string]any{"token_type": "Bearer", "expires_in": 7200, "created_at": 1607635748},
		},
		user: providers.User{
			ID: "1", Name: "Alice", Email: "alice@example.com", EmailVerified: true,
			Image: "https://gitlab.com/uploads/-/system/user/avatar/1/index.jpg",
		},
		scope: "openid profile email", expiry: 2 * time.Hour,
	}
}

func giteaEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Gitea("app", "secret", o...) },
		authorize: "https://gitea.com/login/oauth/authorize?scope=read%3Auser",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://gitea.com/login/oauth/authorize",
			TokenURL:    "https://gitea.com/login/oauth/access_token",
			UserInfoURL: "https://gitea.com/api/v1/user",
			Tokens:      `{"access_token":"{access}","token_type":"bearer","expires_in":3600,"refresh_token":"{refresh}"}`,
			Profile:     `{"id":1,"login":"gitea_admin","login_name":"","full_name":"","email":"admin@example.com","avatar_url":"https://gitea.com/avatars/1","active":true,"username":"gitea_admin"}`,
			Spent:       `{"error":"unauthorized_client","error_description":"client is not authorized"}`,
		},
		user:  providers.User{ID: "1", Name: "gitea_admin", Email: "admin@example.com", Image: "https://gitea.com/avatars/1"},
		scope: "read:user", expiry: time.Hour,
	}
}

func bitbucketEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Bitbucket("app", "secret", o...) },
		authorize: "https://bitbucket.org/site/oauth2/authorize?scope=account+email",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://bitbucket.org/site/oauth2/authorize",
			TokenURL:    "https://bitbucket.org/site/oauth2/access_token",
			UserInfoURL: "https://api.bitbucket.org/2.0/user",
			Tokens:      `{"scopes":"account email","access_token":"{access}","expires_in":7200,"token_type":"bearer","state":"authorization_code","refresh_token":"{refresh}"}`,
			Profile: `{"display_name":"Evzijst","links":{"avatar":{"href":"https://avatar.example.net/evzijst.png"}},"type":"user",` +
				`"uuid":"{a288a0ab-e13b-43f0-a689-c4ef0a249875}","account_id":"557058:c0b72ad0","nickname":"evzijst","account_status":"active"}`,
			Further: map[string]string{
				"https://api.bitbucket.org/2.0/user/emails": `{"values":[{"type":"email","email":"old@example.com","is_primary":false,"is_confirmed":true},` +
					`{"type":"email","email":"evzijst@example.com","is_primary":true,"is_confirmed":true}],"page":1,"size":2}`,
			},
		},
		user: providers.User{
			ID: "557058:c0b72ad0", Name: "Evzijst", Email: "evzijst@example.com", EmailVerified: true,
			Image: "https://avatar.example.net/evzijst.png",
		},
		scope: "account email", expiry: 2 * time.Hour,
	}
}

func digitalOceanEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.DigitalOcean("app", "secret", o...) },
		authorize: "https://cloud.digitalocean.com/v1/oauth/authorize?scope=account%3Aread",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://cloud.digitalocean.com/v1/oauth/authorize",
			TokenURL:    "https://cloud.digitalocean.com/v1/oauth/token",
			UserInfoURL: "https://api.digitalocean.com/v2/account",
			RevokeURL:   "https://cloud.digitalocean.com/v1/oauth/revoke",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens: `{"access_token":"{access}","token_type":"bearer","expires_in":2592000,"refresh_token":"{refresh}","scope":"account:read",` +
				`"info":{"name":"Sammy the Shark","email":"sammy@example.com","uuid":"e028b1b918853eca7fba208a9d7e9d29a6e93c57","team_name":"Ocean"}}`,
			Profile: `{"account":{"droplet_limit":25,"email":"sammy@example.com","name":"Sammy the Shark","uuid":"e028b1b918853eca7fba208a9d7e9d29a6e93c57","email_verified":true,"status":"active",` +
				`"team":{"uuid":"5df3e3004a17e242b7c20ca6c9fc25b701a47ece","name":"Ocean"}}}`,
			RevokeClient: providertest.NoClient,
			RevokeToken: func(r *http.Request, _ url.Values) string {
				if token := r.URL.Query().Get("token"); token == providertest.BearerToken(r) {
					return token
				}
				return ""
			},
		},
		user: providers.User{
			ID: "e028b1b918853eca7fba208a9d7e9d29a6e93c57", Name: "Sammy the Shark", Email: "sammy@example.com", EmailVerified: true,
		},
		scope: "account:read", expiry: 30 * 24 * time.Hour,
	}
}

func netlifyEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Netlify("app", "secret", o...) },
		authorize: "https://app.netlify.com/authorize",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://app.netlify.com/authorize",
			TokenURL:    "https://api.netlify.com/oauth/token",
			UserInfoURL: "https://api.netlify.com/api/v1/user",
			Client:      providertest.PostClient("client_id", "client_secret"),
			Tokens:      `{"access_token":"{access}","token_type":"Bearer","scope":"public","created_at":1530816346}`,
			Profile: `{"id":"5910e92da6fde40f3a8f8a4b","uid":"","full_name":"Mathias","avatar_url":"https://example.net/mathias.png",` +
				`"email":"mathias@example.com","affiliate_id":"","site_count":3,"login_providers":["github"],"onboarding_progress":{}}`,
		},
		user: providers.User{
			ID: "5910e92da6fde40f3a8f8a4b", Name: "Mathias", Email: "mathias@example.com", Image: "https://example.net/mathias.png",
		},
		scope: "public",
	}
}

func figmaEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Figma("app", "secret", o...) },
		authorize: "https://www.figma.com/oauth?scope=current_user%3Aread",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://www.figma.com/oauth",
			TokenURL:    "https://api.figma.com/v1/oauth/token",
			RefreshURL:  "https://api.figma.com/v1/oauth/refresh",
			UserInfoURL: "https://api.figma.com/v1/me",
			Tokens:      `{"user_id_string":"1234567890","access_token":"{access}","token_type":"bearer","expires_in":7776000,"refresh_token":"{refresh}"}`,
			Refreshed:   `{"access_token":"{access}","expires_in":7776000}`,
			NoRotation:  true,
			Profile:     `{"id":"1234567890","email":"jane@example.com","handle":"Jane","img_url":"https://s3-alpha.figma.com/profile/jane"}`,
			Spent:       `{"error":true,"status":400,"message":"Bad request","i18n":null}`,
		},
		user: providers.User{
			ID: "1234567890", Name: "Jane", Email: "jane@example.com", Image: "https://s3-alpha.figma.com/profile/jane",
		},
		scope: "current_user:read", expiry: 90 * 24 * time.Hour,
	}
}

func linearEntry() entry {
	return entry{
		make:      func(o ...providers.Option) providers.Provider { return providers.Linear("app", "secret", o...) },
		authorize: "https://linear.app/oauth/authorize?scope=read",
		oauth: &providertest.OAuth2{
			AuthURL:     "https://linear.app/oauth/authorize",
			TokenURL:    "https://api.linear.app/oauth/token",
			UserInfoURL: "https://api.linear.app/graphql",
			RevokeURL:   "https://api.linear.app/oauth/revoke",
			Tokens:      `{"access_token":"{access}","token_type":"Bearer","expires_in":86399,"scope":"read","refresh_token":"{refresh}"}`,
			Profile: `{"data":{"viewer":{"id":"c3a0f2f6-92b5-4a4a-8c0e-4a5f0f8d7f10","name":"Ada Lovelace","displayName":"ada",` +
				`"email":"ada@example.com","avatarUrl":"https://public.linear.app/ada.png"}}}`,
			Require: isGraphQL,
		},
		user: providers.User{
			ID: "c3a0f2f6-92b5-4a4a-8c0e-4a5f0f8d7f10", Name: "Ada Lovelace", Email: "ada@example.com", Image: "https://public.linear.app/ada.png",
		},
		scope: "read", expiry: 86399 * time.Second,
	}
}

// isGraphQL checks that a request to an endpoint of GraphQL is one.
func isGraphQL(r *http.Request) error {
	if r.URL.Path != "/graphql" {
		return nil
	}
	body, _ := io.ReadAll(r.Body)
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(string(body), `{"query":"{ viewer { id `) {
		return errors.New("not a GraphQL query")
	}
	return nil
}
