package providertest_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers/providertest"
)

// The switches for tests: every answer can be seen first and changed.
func TestSwitches(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{Issuer: issuer + "/path/"})
	p.op.EditMetadata = func(document map[string]any) { document["x"] = "metadata" }
	p.op.EditIDToken = func(claims map[string]any) { claims["x"] = "claims" }
	p.op.EditTokens = func(answer map[string]any) { answer["x"] = p.op.SigningKey().KeyID } // may call the server
	var seen []string
	p.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
		seen = append(seen, endpoint)
		if endpoint == "logout" {
			w.WriteHeader(http.StatusTeapot)
			return true
		}
		return false
	}
	get := func(path string) (int, map[string]any) {
		req, err := http.NewRequest(http.MethodGet, issuer+"/path"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.do(req)
	}
	if _, document := get("/.well-known/openid-configuration"); document["x"] != "metadata" || document["issuer"] != issuer+"/path/" || document["token_endpoint"] != issuer+"/path/token" {
		t.Error(document)
	}
	if status, _ := get("/logout"); status != http.StatusTeapot {
		t.Error(status)
	}
	if status, _ := get("/keys"); status != 200 {
		t.Error(status)
	}
	if status, _ := get("/nothing"); status != 404 {
		t.Error(status)
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {p.code()}, "redirect_uri": {callback}, "code_verifier": {verifier}, "client_id": {"app"}, "client_secret": {"secret"},
	}
	status, answer := p.post("/path/token", form)
	want(t, status, answer, 200, nil)
	if answer["x"] != p.op.SigningKey().KeyID {
		t.Error(answer)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(answer["id_token"].(string), ".")[1])
	if err != nil || !strings.Contains(string(payload), `"x":"claims"`) {
		t.Error(string(payload), err)
	}
	status, answer = p.post("/path/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {answer["refresh_token"].(string)}, "client_id": {"app"}, "client_secret": {"secret"}})
	want(t, status, answer, 200, nil)
	if wanted := []string{"discovery", "logout", "keys", "nothing", "authorize", "token", "refresh"}; !slices.Equal(seen, wanted) {
		t.Errorf("seen %q", seen)
	}
	if p.op.Count("token") != 1 || p.op.Count("refresh") != 1 || p.op.Count("userinfo") != 0 {
		t.Error("counts")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	kids := func() []string {
		resp, err := p.op.Client().Get(issuer + "/keys")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil || strings.Contains(string(body), `"d"`) {
			t.Fatalf("%v, private half: %s", err, body)
		}
		var set jose.JSONWebKeySet
		if err := json.Unmarshal(body, &set); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, k := range set.Keys {
			all = append(all, k.KeyID)
		}
		return all
	}
	first := p.op.SigningKey().KeyID
	p.op.RotateKey()
	second := p.op.SigningKey().KeyID
	if got := kids(); !slices.Equal(got, []string{first, second}) {
		t.Fatal(got)
	}
	p.op.DropOldKeys()
	if got := kids(); !slices.Equal(got, []string{second}) {
		t.Fatal(got)
	}
	if providertest.Sign(jose.JSONWebKey{Key: "no key", Algorithm: "ES256"}, nil) != "" {
		t.Error("signed with nothing")
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{":", "op.example.com", "/x"} {
		if _, err := providertest.New(providertest.Config{Issuer: bad}); err == nil {
			t.Errorf("issuer %q is accepted", bad)
		}
	}
	op, err := providertest.New(providertest.Config{})
	if err != nil || op.Issuer != "http://op.localhost" || len(op.Users) == 0 || len(op.Clients) != 1 || op.AccessTokenLifetime != time.Hour {
		t.Fatal(op, err)
	}
}
