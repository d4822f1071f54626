package providertest_test

import (
	"context"
	"fmt"
	"log"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// A whole sign-in without a network and without a browser.
func Example() {
	op, err := providertest.New(providertest.Config{Issuer: "https://op.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	p := providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: op.Issuer})
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, op.Client())

	verifier := oauth2.GenerateVerifier()
	where, err := p.AuthCodeURL(ctx, providers.AuthRequest{
		RedirectURL: "https://app.example.com/callback", State: "state", Nonce: "nonce", Verifier: verifier,
	})
	if err != nil {
		log.Fatal(err)
	}
	back, err := op.SignIn(where, "alice") // what a person does in a browser
	if err != nil {
		log.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		log.Fatal(err)
	}
	id, err := p.Exchange(ctx, providers.Callback{
		Params: u.Query(), RedirectURL: "https://app.example.com/callback", Nonce: "nonce", Verifier: verifier,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(id.User.Name, id.User.Email)
	fmt.Println("token requests:", op.Count("token"))
	// Output:
	// Alice Example alice@example.com
	// token requests: 1
}

// A provider that is out of order, for tests of what an application does then.
func Example_faults() {
	op, err := providertest.New(providertest.Config{Issuer: "https://op.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	op.EditMetadata = func(document map[string]any) { document["issuer"] = "https://evil.example" }
	p := providers.OIDC(providers.Config{ID: "op", ClientID: "app", Issuer: op.Issuer})
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, op.Client())

	_, err = p.AuthCodeURL(ctx, providers.AuthRequest{State: "state", Nonce: "nonce", Verifier: oauth2.GenerateVerifier()})
	fmt.Println(err)
	// Output:
	// providers: op: discovery: provider sent an unusable answer: the document is of another issuer; Config.Issuer, or AUTH_OP_ISSUER, has to be the same to the letter, also in a slash at its end; tried https://op.example.com/.well-known/openid-configuration
}
