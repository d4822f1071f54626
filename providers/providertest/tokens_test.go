package providertest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers/providertest"
)

func TestCodes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		changes []string
		status  int
		code    any
	}{
		"good":               {nil, 200, nil},
		"unknown code":       {[]string{"code", "x"}, 400, "invalid_grant"},
		"other verifier":     {[]string{"code_verifier", verifier + "x"}, 400, "invalid_grant"},
		"no verifier":        {[]string{"code_verifier", ""}, 400, "invalid_grant"},
		"other redirect URI": {[]string{"redirect_uri", callback + "/"}, 400, "invalid_grant"},
		"no redirect URI":    {[]string{"redirect_uri", ""}, 400, "invalid_grant"},
		"other grant":        {[]string{"grant_type", "password"}, 400, "unsupported_grant_type"},
		"wrong secret":       {[]string{"client_secret", "x"}, 401, "invalid_client"},
		"no secret":          {[]string{"client_secret", ""}, 401, "invalid_client"},
		"unknown client":     {[]string{"client_id", "x"}, 401, "invalid_client"},
		"basic":              {[]string{"client_id", "", "client_secret", "", "basic", "app:secret"}, 200, nil},
		"basic, encoded":     {[]string{"client_id", "", "client_secret", "", "basic", "%61pp:secret"}, 200, nil},
		"basic, wrong":       {[]string{"client_id", "", "client_secret", "", "basic", "app:x"}, 401, "invalid_client"},
		"both ways":          {[]string{"basic", "app:secret"}, 401, "invalid_client"},
		"another client":     {[]string{"client_id", "other", "client_secret", "x"}, 400, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret"}, {ID: "other", Secret: "x"}}})
			status, answer := p.redeem(p.code(), tc.changes...)
			want(t, status, answer, tc.status, tc.code)
		})
	}
	t.Run("public client", func(t *testing.T) {
		t.Parallel()
		p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app"}}})
		status, answer := p.redeem(p.code(), "client_secret", "")
		want(t, status, answer, 200, nil)
		status, answer = p.redeem(p.code(), "client_secret", "x")
		want(t, status, answer, 401, "invalid_client")
	})
}

// A code works once. The second try ends what the first one gave.
func TestCodeReuse(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	code := p.code()
	status, first := p.redeem(code)
	want(t, status, first, 200, nil)
	status, _ = p.userInfo(first["access_token"])
	if status != 200 {
		t.Fatal(status)
	}
	status, answer := p.redeem(code)
	want(t, status, answer, 400, "invalid_grant")
	status, answer = p.userInfo(first["access_token"])
	want(t, status, answer, 401, "invalid_token")
	status, answer = p.refresh(first["refresh_token"])
	want(t, status, answer, 400, "invalid_grant")

	code = p.code() // and a failed first try counts
	status, answer = p.redeem(code, "code_verifier", "x")
	want(t, status, answer, 400, "invalid_grant")
	status, answer = p.redeem(code)
	want(t, status, answer, 400, "invalid_grant")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, providertest.Config{AccessTokenLifetime: 10 * time.Minute, Users: []providertest.User{
			{Subject: "alice", Name: "Alice", Email: "a@example.com", Claims: map[string]any{"groups": []string{"staff"}}},
		}})
		status, answer := p.redeem(p.code())
		want(t, status, answer, 200, nil)
		if answer["token_type"] != "Bearer" || answer["expires_in"] != 600.0 || answer["scope"] != "openid profile email offline_access" || answer["refresh_token"] == nil {
			t.Error(answer)
		}
		jws, err := jose.ParseSignedCompact(answer["id_token"].(string), []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		key := p.op.SigningKey()
		payload, err := jws.Verify(key.Public())
		if err != nil || jws.Signatures[0].Protected.KeyID != key.KeyID {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		now := float64(time.Now().Unix())
		sum := sha256.Sum256([]byte(answer["access_token"].(string)))
		for name, value := range map[string]any{
			"iss": issuer, "aud": "app", "sub": "alice", "nonce": "the-nonce", "iat": now, "exp": now + 600, "auth_time": now,
			"name": "Alice", "email": "a@example.com", "email_verified": true, "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
		} {
			if claims[name] != value {
				t.Errorf("%s is %v, want %v", name, claims[name], value)
			}
		}
		status, info := p.userInfo(answer["access_token"])
		if status != 200 || info["sub"] != "alice" || info["name"] != "Alice" || info["groups"] == nil || info["iss"] != nil {
			t.Error(status, info)
		}
		time.Sleep(10*time.Minute - time.Second)
		status, _ = p.userInfo(answer["access_token"])
		if status != 200 {
			t.Error("ended too early")
		}
		time.Sleep(time.Second)
		status, info = p.userInfo(answer["access_token"])
		want(t, status, info, 401, "invalid_token")
		status, info = p.userInfo("unknown")
		want(t, status, info, 401, "invalid_token")
	})
}

// Scopes decide what is told, and whether there is a refresh token.
func TestScopes(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{Users: []providertest.User{{Subject: "alice"}, {Subject: "bob", Name: "Bob", Email: "b@example.com"}}})
	_, answer := p.redeem(p.code("scope", "openid"))
	if answer["refresh_token"] != nil || answer["scope"] != "openid" {
		t.Error(answer)
	}
	_, info := p.userInfo(answer["access_token"])
	if info["name"] != nil || info["email"] != nil || info["email_verified"] != nil {
		t.Error(info)
	}
	_, answer = p.redeem(p.code()) // all scopes, but alice has neither name nor address
	_, info = p.userInfo(answer["access_token"])
	if _, named := info["name"]; named || info["email_verified"] != nil {
		t.Error(info)
	}
}

// A clock that is wrong shows in tokens, expiries and the Date header alike.
func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		skew := 5 * time.Minute
		p := newParty(t, providertest.Config{Clock: func() time.Time { return time.Now().Add(skew) }, RefreshGrace: time.Second})
		_, answer := p.redeem(p.code())
		there := float64(time.Now().Add(skew).Unix())
		claims, _ := claimsOf(t, p.op, answer["id_token"])
		if claims["iat"] != there || claims["exp"] != there+3600 || claims["auth_time"] != there {
			t.Error(claims)
		}
		if claims, _ = claimsOf(t, p.op, p.op.LogoutToken(nil)); claims["iat"] != there || claims["exp"] != there+120 {
			t.Error(claims)
		}
		resp, _, err := fetch(t, p.op, p.op.Client(), "/keys")
		if err != nil || resp.Header.Get("Date") != time.Now().Add(skew).UTC().Format(http.TimeFormat) {
			t.Error(resp, err)
		}
		skew += time.Hour // steps forward
		status, info := p.userInfo(answer["access_token"])
		want(t, status, info, 401, "invalid_token")
	})
}
