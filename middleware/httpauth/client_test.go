package httpauth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// hosts answers by host, and remembers which of them saw the access token.
type hosts struct {
	answers map[string]http.HandlerFunc
	saw     map[string]string
}

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.saw[r.URL.Scheme+"://"+r.URL.Host+r.URL.Path] = r.Header.Get("Authorization")
	w := httptest.NewRecorder()
	h.answers[r.URL.Host](w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// The access token goes to the host that the handler asks for, over https, and
// nowhere else: S-134, S-135.
func TestS_135_ClientKeepsTheToken(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	h := hosts{saw: map[string]string{}}
	to := func(where string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, where, http.StatusTemporaryRedirect) }
	}
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
	h.answers = map[string]http.HandlerFunc{
		"api.example.com": func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/away":
				to("https://evil.com/")(w, r)
			case "/round":
				to("https://evil.com/back")(w, r)
			case "/same":
				to("/end")(w, r)
			case "/plain":
				to("http://api.example.com/down")(w, r)
			default:
				ok(w, r)
			}
		},
		"evil.com": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/back" {
				to("https://api.example.com/returned")(w, r)
				return
			}
			ok(w, r)
		},
	}
	h.answers["op.example.com"] = a.op.ServeHTTP
	a.http.Transport = h // Config.HTTPClient makes the calls
	var client *http.Client
	a.mux.HandleFunc("/client", func(_ http.ResponseWriter, r *http.Request) {
		var err error
		if client, err = httpauth.Client(r.Context()); err != nil {
			t.Error(err)
		}
	})
	b := a.browser()
	b.signIn("alice")
	clear(h.saw)
	b.get("/client")
	for _, path := range []string{"/", "/away", "/round", "/same", "/plain"} {
		resp, err := client.Get("https://api.example.com" + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	for where, sent := range h.saw {
		wants := strings.HasPrefix(where, "https://api.example.com/") && !strings.HasSuffix(where, "/returned")
		if has := strings.HasPrefix(sent, "Bearer at-"); has != wants {
			t.Errorf("%s got %q", where, sent)
		}
	}
	if _, err := client.Get("http://api.example.com/insecure"); err != nil {
		t.Fatal(err)
	}
	if got := h.saw["http://api.example.com/insecure"]; got != "" {
		t.Errorf("sent over http: %q", got)
	}
	if len(h.saw) != 11 {
		t.Errorf("visited %v", h.saw)
	}
}

// S-177: the end of an access token is not that of the session, whether it can be
// renewed or not; who needs one is told why there is none.
func TestClientErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got error
		a := newApp(t, halfMinute, func(c *httpauth.Config, _ *providertest.Config) {
			c.Callbacks.JWT = func(_ ctx, e *httpauth.JWTEvent) error {
				if e.Trigger == httpauth.TriggerSignIn && e.User.ID == "bob" {
					e.Token.Account.RefreshToken = token.Secret{}
				}
				return nil
			}
		})
		a.mux.HandleFunc("/client", func(_ http.ResponseWriter, r *http.Request) { _, got = httpauth.Client(r.Context()) })
		a.browser().get("/client")
		if !errors.Is(got, httpauth.ErrNoSession) {
			t.Errorf("without a session: %v", got)
		}
		b := a.browser()
		b.signIn("bob")
		if b.get("/client"); got != nil {
			t.Errorf("fresh: %v", got)
		}
		time.Sleep(31 * time.Second)
		if b.get("/client"); !errors.Is(got, httpauth.ErrNoAccessToken) || b.who() != "op|bob" {
			t.Errorf("expired without a refresh token: %v", got)
		}
		c := a.browser()
		c.signIn("alice")
		a.op.Intercept = func(_ string, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
		time.Sleep(31 * time.Second)
		if c.get("/client"); !errors.Is(got, httpauth.ErrNoAccessToken) || !errors.Is(got, providers.ErrUnavailable) {
			t.Errorf("provider down: %v", got)
		}
	})
}
