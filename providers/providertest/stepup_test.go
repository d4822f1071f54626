package providertest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers/providertest"
)

// With single sign-on a further sign-in is no authentication, unless it is asked for.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := providertest.New(providertest.Config{SingleSignOn: true, ACRValues: []string{"bronze", "gold"}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for _, tc := range []struct {
			after time.Duration
			ask   url.Values
			age   time.Duration // of the authentication
			acr   string
		}{
			{0, nil, 0, "bronze"},
			{time.Hour, nil, time.Hour, "bronze"},
			{time.Hour, url.Values{"max_age": {"7200"}}, 2 * time.Hour, "bronze"},
			{time.Second, url.Values{"max_age": {"7200"}}, 0, "bronze"},
			{time.Minute, url.Values{"acr_values": {"platinum gold"}}, time.Minute, "gold"},
			{0, url.Values{"prompt": {"login"}, "acr_values": {"platinum"}}, 0, "bronze"},
		} {
			time.Sleep(tc.after)
			at, acr := authentication(t, s, tc.ask)
			if got := time.Since(at); got != tc.age || acr != tc.acr {
				t.Errorf("%v after %v: %v ago, %s", tc.ask, time.Since(began), got, acr)
			}
		}
	})
}

// authentication signs alice in and returns what the ID token says of it.
func authentication(t *testing.T, s *providertest.Server, ask url.Values) (time.Time, string) {
	t.Helper()
	q := url.Values{
		"client_id": {"app"}, "redirect_uri": {"http://app.localhost/cb"}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	for name, values := range ask {
		q[name] = values
	}
	back, err := s.SignIn(s.Issuer+"/authorize?"+q.Encode(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"client_id": {"app"}, "client_secret": {"secret"}, "grant_type": {"authorization_code"}, "code": {u.Query().Get("code")},
		"redirect_uri": {"http://app.localhost/cb"}, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		IDToken string `json:"id_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.IDToken == "" {
		t.Fatalf("%d %v", resp.StatusCode, err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(answer.IDToken, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var says struct {
		AuthTime int64 `json:"auth_time"`
		ACR      string
	}
	if err := json.Unmarshal(payload, &says); err != nil {
		t.Fatal(err)
	}
	return time.Unix(says.AuthTime, 0), says.ACR
}
