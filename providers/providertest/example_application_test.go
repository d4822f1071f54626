package providertest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// A test of an application's own handlers: a browser signs in, all in memory, and
// then the provider goes down.
func Example_application() {
	op, err := providertest.New(providertest.Config{
		Issuer: "https://op.example.com",
		Users:  []providertest.User{{Subject: "alice", Name: "Alice", Claims: map[string]any{"groups": []string{"staff"}}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := httpauth.New(httpauth.Config{
		URL:       "https://app.example.com",
		Secrets:   []string{"for tests only: 0aF9-kLm2-PqR7-sTu4-VwX1"},
		Providers: []providers.Provider{providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: op.Issuer})},

		HTTPClient: op.Client(), // instead of the network
	})
	if err != nil {
		log.Fatal(err)
	}
	app := http.NewServeMux() // what is tested
	app.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := httpauth.FromContext(r.Context()); ok {
			_, _ = fmt.Fprint(w, "hello ", s.User.Name)
			return
		}
		_, _ = io.WriteString(w, "hello stranger")
	})

	browser := newBrowser(auth.Wrap(app))
	fmt.Println(browser.get("/hello"))
	where := browser.startSignIn("op")
	back, err := op.SignIn(where, "alice") // what the person does at the provider
	if err != nil {
		log.Fatal(err)
	}
	browser.get(back)
	fmt.Println(browser.get("/hello"))

	op.Fail(providertest.Everywhere, providertest.Fault{Refuse: true, Times: providertest.Always})
	fmt.Println(browser.get("/hello")) // who is signed in stays so
	// Output:
	// hello stranger
	// hello Alice
	// hello Alice
}

// browser keeps cookies, and follows no redirects by itself.
type browser struct{ *http.Client }

func newBrowser(app http.Handler) browser {
	c := providertest.InMemory(app)
	c.Jar, _ = cookiejar.New(nil) // fails at no options
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return browser{c}
}

// get returns a page; a path is one of the application.
func (b browser) get(where string) string {
	if where[0] == '/' {
		where = "https://app.example.com" + where
	}
	resp, err := b.Get(where)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	return string(body)
}

// startSignIn does what the button of the sign-in page does, and returns where it
// leads.
func (b browser) startSignIn(provider string) string {
	var csrf struct{ CSRFToken string }
	if err := json.Unmarshal([]byte(b.get("/auth/csrf")), &csrf); err != nil {
		log.Fatal(err)
	}
	form := url.Values{"csrfToken": {csrf.CSRFToken}, "callbackUrl": {"/hello"}}
	resp, err := b.PostForm("https://app.example.com/auth/signin/"+provider, form)
	if err != nil {
		log.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.Header.Get("Location")
}
