package providers_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log"
	"net/url"
	"os"

	"github.com/sealedauth/auth/providers"
)

// Codeberg is sign-in with Codeberg, or with another server of Forgejo. A
// provider without OpenID Connect is data: where its endpoints are, what to ask
// for, and where in its profile the user is.
func Codeberg(clientID, clientSecret string, options ...providers.Option) providers.Provider {
	return providers.OAuth2(providers.Config{
		ID: "codeberg", Name: "Codeberg",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://codeberg.org/login/oauth/authorize",
		TokenURL:    "https://codeberg.org/login/oauth/access_token",
		UserInfoURL: "https://codeberg.org/api/v1/user",
		Scopes:      []string{"read:user"},
		Fields:      providers.Fields{ID: "id", Name: "full_name|login", Email: "email", Image: "avatar_url"},
		Style:       providers.Style{Background: "#2185d0", Text: "#000000"},
	}, options...)
}

func ExampleOAuth2() {
	p := Codeberg("client-id", "client-secret")
	where, err := p.AuthCodeURL(context.Background(), providers.AuthRequest{
		RedirectURL: "https://app.example.com/auth/callback/codeberg", State: "state", Verifier: "made-by-oauth2.GenerateVerifier",
	})
	if err != nil {
		log.Fatal(err)
	}
	u, err := url.Parse(where)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Info().Name, p.Info().Protocol)
	fmt.Println(u.Host+u.Path, u.Query().Get("scope"), u.Query().Get("code_challenge_method"))
	// Output:
	// Codeberg oauth
	// codeberg.org/login/oauth/authorize read:user S256
}

// PocketID is sign-in with a server of Pocket ID. An OpenID provider needs only its
// issuer: the rest is in the metadata that it publishes there.
func PocketID(clientID, clientSecret, issuer string, options ...providers.Option) providers.Provider {
	return providers.OIDC(providers.Config{
		ID: "pocket-id", Name: "Pocket ID",
		ClientID: clientID, ClientSecret: clientSecret,
		Issuer: issuer,
		Scopes: []string{"openid", "profile", "email"},
		Style:  providers.Style{Background: "#000000", Text: "#ffffff"},
	}, options...)
}

// A provider of a bank: the client has a key, whose public half is registered there,
// requests are pushed, and tokens are bound to a key and for one API.
func ExampleWithClientKey() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // or one of a key management service
	if err != nil {
		log.Fatal(err)
	}
	p := providers.OIDC(
		providers.Config{ID: "bank", Name: "Bank", ClientID: "client-id", Issuer: "https://id.bank.example"},
		providers.WithClientKey(key, "key-1"), providers.WithPush(), providers.WithDPoP(), providers.WithResources("https://api.bank.example/"))
	fmt.Println(p.(providers.Checker).Check())
	// Output: <nil>
}

func ExampleOIDC() {
	p := PocketID("client-id", "", "https://id.example.com")
	fmt.Println(p.Info().Name, p.Info().Protocol)
	if c, ok := p.(providers.Checker); ok {
		fmt.Println(c.Check())
	}
	_, refreshes := p.(providers.Refresher)
	_, revokes := p.(providers.Revoker)
	_, logsOut := p.(providers.LogoutURLer)
	fmt.Println(refreshes, revokes, logsOut)
	// Output:
	// Pocket ID oidc
	// <nil>
	// true true true
}

func ExampleWithScopes() {
	p := providers.GitHub("client-id", "client-secret",
		providers.WithScopes("read:org"),
		providers.WithParam("allow_signup", "false"),
		providers.WithID("github-corp", "GitHub of Corp"),
		providers.WithBaseURL("https://github.corp.example"),
	)
	where, err := p.AuthCodeURL(context.Background(), providers.AuthRequest{State: "state", Verifier: "made-by-oauth2.GenerateVerifier"})
	if err != nil {
		log.Fatal(err)
	}
	u, err := url.Parse(where)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Info().ID, u.Host)
	fmt.Println(u.Query().Get("scope"), u.Query().Get("allow_signup"))
	// Output:
	// github-corp github.corp.example
	// read:user user:email read:org false
}

// Where nothing may be fetched, or nothing is kept between requests, metadata and
// keys are part of the configuration.
func ExampleWithMetadata() {
	document := []byte(`{
		"issuer": "https://op.example.com",
		"authorization_endpoint": "https://op.example.com/authorize",
		"token_endpoint": "https://op.example.com/token",
		"jwks_uri": "https://op.example.com/keys"
	}`)
	p := providers.OIDC(providers.Config{
		ID: "corp", ClientID: "client-id", ClientSecret: "client-secret", Issuer: "https://op.example.com",
	}, providers.WithMetadata(document))
	where, err := p.AuthCodeURL(context.Background(), providers.AuthRequest{State: "state", Nonce: "nonce", Verifier: "made-by-oauth2.GenerateVerifier"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(where[:len("https://op.example.com/authorize")])
	// Output: https://op.example.com/authorize
}

func ExampleFromEnv() {
	for name, value := range map[string]string{
		"AUTH_GOOGLE_ID": "client-id", "AUTH_GOOGLE_SECRET": "client-secret",
		"AUTH_CORP_ID": "client-id", "AUTH_CORP_SECRET": "client-secret", "AUTH_CORP_ISSUER": "https://sso.example.com",
	} {
		_ = os.Setenv(name, value)
		defer func() { _ = os.Unsetenv(name) }()
	}
	found, err := providers.FromEnv()
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range found {
		fmt.Println(p.Info().ID, p.Info().Protocol)
	}
	// Output:
	// corp oidc
	// google oidc
}

// Credentials are checked by a function of the application, here against a list.
// A real one compares password hashes, and limits how often somebody may try.
func ExampleCredentials() {
	staff := map[string]string{"alice": "correct horse"}
	p := providers.Credentials(providers.CredentialsConfig{
		ID: "staff", Name: "Staff",
		Authorize: func(_ context.Context, s providers.Submission) (*providers.Identity, error) {
			name := s.Get("username")
			password, known := staff[name]
			if !known || password != s.Get("password") {
				return nil, providers.ErrCredentials
			}
			if s.Get("totp") == "" {
				return nil, &providers.CredentialsError{Code: "second_factor_required"}
			}
			return &providers.Identity{User: providers.User{ID: name, Name: "Alice"}}, nil
		},
	})
	for _, typed := range []url.Values{
		{"username": {"alice"}, "password": {"guess"}},
		{"username": {"alice"}, "password": {"correct horse"}},
		{"username": {"alice"}, "password": {"correct horse"}, "totp": {"123456"}},
	} {
		s := providers.Submission{Values: typed}
		id, err := p.(providers.Authorizer).Authorize(context.Background(), s)
		if err != nil {
			fmt.Println(s, err)
			continue
		}
		fmt.Println(s, id.User.Name)
	}
	// Output:
	// submission [password username] credentials are not valid
	// submission [password username] credentials are not valid: second_factor_required
	// submission [password totp username] Alice
}

// What is missing is told when the application starts.
func ExampleChecker() {
	p := providers.Keycloak("", "client-secret", "https://sso.example.com/realms/main")
	fmt.Println(p.(providers.Checker).Check())
	// Output:
	// providers: keycloak: configuration: provider is not configured: ClientID is empty; set it, or AUTH_KEYCLOAK_ID, to the client id from the provider's console
}
