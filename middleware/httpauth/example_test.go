package httpauth_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/token"
)

// The kit around a net/http application. Secret and providers come from the
// environment.
func Example() {
	auth, err := httpauth.New(httpauth.Config{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := httpauth.FromContext(r.Context()); ok {
			_, _ = fmt.Fprintln(w, "hello", s.User.Name)
		}
	})
	role := claims.NewKey[string]("role")
	mux.Handle("/admin", auth.Require(role.Is("admin"))(http.NotFoundHandler()))
	log.Fatal(http.ListenAndServe(":3000", auth.Wrap(mux)))
}

// A handler that changes the session: the cookie is in the response's headers
// when Update returns.
func ExampleUpdate() {
	theme := claims.NewKey[string]("theme")
	_ = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := httpauth.Update(r.Context(), func(t *token.Token) error {
			theme.Set(t, "dark")
			return nil
		})
		if err != nil {
			http.Error(w, "not saved", http.StatusInternalServerError)
		}
	})
}

// A handler that calls the provider's API with the session's access token.
func ExampleClient() {
	_ = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calendar, err := httpauth.Client(r.Context())
		if err != nil {
			http.Error(w, "sign in again", http.StatusUnauthorized)
			return
		}
		resp, err := calendar.Get("https://www.googleapis.com/calendar/v3/users/me/calendarList")
		if err != nil {
			http.Error(w, "Google does not answer", http.StatusBadGateway)
			return
		}
		defer func() { _ = resp.Body.Close() }()
	})
}

// Only people of one organisation get in, and only with a verified address.
func ExampleCallbacks() {
	_ = httpauth.Callbacks{
		SignIn: func(_ context.Context, e *httpauth.SignInEvent) error {
			if e.Profile.String("hd") != "example.com" || !e.User.EmailVerified {
				return httpauth.ErrAccessDenied
			}
			return nil
		},
	}
}
