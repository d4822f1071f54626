package providertest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
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
func ExampleServer_Fail() {
	op, err := providertest.New(providertest.Config{Issuer: "https://op.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	op.Fail("keys",
		providertest.Fault{Status: 503, Times: 2},
		providertest.Fault{Body: `{"keys":[]}`},
		providertest.Fault{Disconnect: true, After: 20},
	)
	for range 5 {
		resp, err := op.Client().Get("https://op.example.com/keys")
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Println(resp.Status, len(body) > 11, err)
	}
	fmt.Println("requests:", op.Count("keys"))
	// Output:
	// 503 Service Unavailable false <nil>
	// 503 Service Unavailable false <nil>
	// 200 OK false <nil>
	// 200 OK true providertest: the connection broke
	// 200 OK true <nil>
	// requests: 5
}

// Two instances of an application spend one refresh token at the same time.
func ExampleBarrier() {
	op, err := providertest.New(providertest.Config{Issuer: "https://op.example.com", RefreshGrace: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, op.Client())
	instances, account := []providers.Provider{newProvider(op), newProvider(op)}, signIn(ctx, op)

	op.Fail("refresh", providertest.Fault{Barrier: providertest.NewBarrier(2), Times: 2})
	var all sync.WaitGroup
	for _, p := range instances {
		all.Go(func() {
			if _, err := p.(providers.Refresher).Refresh(ctx, account); err != nil {
				log.Print(err)
			}
		})
	}
	all.Wait()
	fmt.Println("refreshes:", op.Count("refresh"), "reuses:", op.Reuses(), "refusals:", op.Refusals())
	// Output: refreshes: 2 reuses: 1 refusals: 0
}

// All the ways in which an ID token can be bad, at the application's own checks.
func ExampleMalformed() {
	for _, m := range providertest.Malformed() {
		op, err := providertest.New(providertest.Config{Issuer: "https://op.example.com"})
		if err != nil {
			log.Fatal(err)
		}
		m.Apply(op)
		ctx := context.WithValue(context.Background(), oauth2.HTTPClient, op.Client())
		if account := signIn(ctx, op); account.ID != "" {
			fmt.Println("let in:", m.Name)
		}
	}
	// Output:
}

// Somebody signs out at the provider, which tells the application.
func ExampleServer_SignOut() {
	app := http.NewServeMux()
	op, err := providertest.New(providertest.Config{
		Issuer:     "https://op.example.com",
		Clients:    []providertest.Client{{ID: "app", Secret: "secret", BackChannelLogoutURI: "https://app.example.com/logout"}},
		HTTPClient: providertest.InMemory(app),
	})
	if err != nil {
		log.Fatal(err)
	}
	p := newProvider(op)
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, op.Client())
	app.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		notice, err := p.(providers.LogoutVerifier).VerifyLogout(ctx, r.PostFormValue("logout_token"))
		if err != nil {
			http.Error(w, "no notice of a sign-out", http.StatusBadRequest)
			return
		}
		fmt.Println("signed out:", notice.Subject, notice.SessionID != "")
	})
	account := signIn(ctx, op)
	for _, who := range []string{account.SessionID, "alice"} {
		fmt.Println(op.SignOut(ctx, who))
	}
	// Output:
	// signed out: alice true
	// <nil>
	// providertest: nobody is signed in as "alice"
}

// The provider on a port of its own, for an application that is another process.
// Its URL has to be known before it is made.
func ExampleNew_network() {
	server := httptest.NewUnstartedServer(nil)
	op, err := providertest.New(providertest.Config{Issuer: "http://" + server.Listener.Addr().String()})
	if err != nil {
		log.Fatal(err)
	}
	server.Config.Handler = op
	server.Start()
	defer server.Close()

	where, err := newProvider(op).AuthCodeURL(context.Background(), providers.AuthRequest{State: "state", Nonce: "nonce", Verifier: oauth2.GenerateVerifier()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.HasPrefix(where, op.Issuer+"/authorize?"), op.Count("discovery"))
	// Output: true 1
}

func newProvider(op *providertest.Server) providers.Provider {
	return providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: op.Issuer})
}

// signIn signs alice in and returns her account, which is empty if she was not let
// in.
func signIn(ctx context.Context, op *providertest.Server) token.Account {
	p := newProvider(op)
	verifier := oauth2.GenerateVerifier()
	where, err := p.AuthCodeURL(ctx, providers.AuthRequest{RedirectURL: callback, State: "state", Nonce: "nonce", Verifier: verifier})
	if err != nil {
		log.Fatal(err)
	}
	back, err := op.SignIn(where, "alice")
	if err != nil {
		log.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		log.Fatal(err)
	}
	id, err := p.Exchange(ctx, providers.Callback{Params: u.Query(), RedirectURL: callback, Nonce: "nonce", Verifier: verifier})
	if err != nil {
		return token.Account{}
	}
	return id.Account
}
