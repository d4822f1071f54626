package providers_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
)

// checkFuzzError checks that an error is of the kit and carries no text of the
// answer, of which a part that is long enough to be recognised is looked for.
func checkFuzzError(t *testing.T, err error, answer []byte) {
	t.Helper()
	var e *providers.Error
	if !errors.As(err, &e) || e.Kind == nil || e.Provider == "" || e.Op == "" {
		t.Fatalf("%T: %v", err, err)
	}
	if strings.ContainsAny(err.Error(), "\r\n\x00") {
		t.Fatalf("control characters in %q", err)
	}
	text := strings.Replace(err.Error(), e.Code, "", 1) // the one thing that is passed on
	for start := 0; start+24 <= len(answer); start += 24 {
		if part := string(answer[start : start+24]); strings.Contains(text, part) {
			t.Fatalf("%q of the answer is in %q", part, err)
		}
	}
}

func printable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

// FuzzTokenAnswer gives any answer to a code and to a refresh token. What is
// accepted has to be a token that can be sent.
func FuzzTokenAnswer(f *testing.F) {
	const contentType = "application/json"
	f.Add(200, contentType, []byte(goodTokens))
	f.Add(200, "text/html", []byte(goodTokens))
	f.Add(200, "application/x-www-form-urlencoded", []byte("access_token=at-1&token_type=bearer"))
	f.Add(201, contentType, []byte(goodTokens))
	f.Add(400, contentType, []byte(`{"error":"invalid_grant","error_description":"no"}`))
	f.Add(200, contentType, []byte(`{"error":{"code":190}}`))
	f.Add(500, "", []byte(``))
	for _, body := range []string{
		`{}`, `[]`, `null`, `{"access_token":"a\r\nX: y","token_type":"bearer"}`, `{"access_token":5}`, `{"access_token":"a","access_token":"b"}`,
		`{"ACCESS_TOKEN":"a","token_type":"bearer"}`, `{"access_token":"a","token_type":"mac"}`, "\ufeff" + goodTokens,
		`{"access_token":"a","token_type":"bearer","expires_in":1e18}`, `{"access_token":"a","token_type":"bearer","expires_in":"-5"}`,
		`{"access_token":"a","token_type":"bearer","expires_in":3599.5,"scope":5,"id_token":"x"}`,
	} {
		f.Add(200, contentType, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		p := newPlain(t)
		p.handlers["/token"] = func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			w.WriteHeader(status)
			_, _ = w.Write(body)
		}
		id, err := p.exchange()
		renewed, refreshErr := p.refresh()
		if n := len(p.to("/token")); n != 2 {
			t.Fatalf("%d requests", n)
		}
		if (err == nil) != (refreshErr == nil) {
			t.Fatalf("exchange: %v, refresh: %v", err, refreshErr)
		}
		if err != nil {
			if id != nil || !renewed.AccessToken.IsZero() {
				t.Fatal("something came with the error")
			}
			checkFuzzError(t, err, body)
			checkFuzzError(t, refreshErr, body)
			return
		}
		if status != 200 || !strings.Contains(strings.ToLower(contentType), "json") || !json.Valid(body) {
			t.Fatalf("accepted: %d %q %q", status, contentType, body)
		}
		a := id.Account
		if !printable(a.AccessToken.Reveal()) || !a.RefreshToken.IsZero() && !printable(a.RefreshToken.Reveal()) ||
			a.Lifetime < 0 || a.Lifetime > 365*24*time.Hour || renewed.RefreshToken.IsZero() || a.ID != "42" {
			t.Fatalf("accepted: %q", body)
		}
	})
}

// fuzzKey is one key for all runs, so that what the fuzzer finds can be run again.
func fuzzKey() *ecdsa.PrivateKey {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		panic(err)
	}
	return key
}

// fuzzRig is an OpenID provider with static metadata, whose token answer and keys
// are given.
func fuzzRig(t testing.TB, idToken string, keys []byte, options ...providers.Option) (providers.Provider, *wire) {
	document := toJSON(members{
		"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
	})
	options = append(options, providers.WithMetadata([]byte(document)))
	p := providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: issuer}, options...)
	return p, &wire{next: serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			replyJSON(string(keys))(w, r)
			return
		}
		replyJSON(toJSON(members{"access_token": "at-1", "token_type": "Bearer", "id_token": idToken}))(w, r)
	})}
}

func fuzzPayload() string {
	now := time.Now()
	return toJSON(members{"iss": issuer, "aud": "app", "sub": "alice", "nonce": "the-nonce", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
}

// FuzzKeySet gives any key set to a good ID token, which is accepted only if its
// key is in the set.
func FuzzKeySet(f *testing.F) {
	key := fuzzKey()
	jwk := publicJWK(key, members{"kid": "k"})
	x := jwk["x"]
	for _, keys := range [][]any{
		{jwk}, {}, {members{}}, {jwk, jwk}, {members{"kty": "AKP"}, jwk}, {publicJWK(key, members{"use": "enc"})},
		{publicJWK(key, members{"alg": "ES384"})}, {publicJWK(key, members{"x5c": []string{"AAAA"}})}, {publicJWK(key, members{"key_ops": []string{"sign"}})},
		{members{"kty": "oct", "k": "c2VjcmV0", "kid": "k"}}, {members{"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, {5}, {nil},
	} {
		f.Add([]byte(toJSON(members{"keys": keys})))
	}
	f.Add([]byte(`{"keys":{}}`))
	f.Add([]byte(`{"Keys":[]}`))
	f.Fuzz(func(t *testing.T, keys []byte) {
		p, w := fuzzRig(t, compact(header("ES256", "k"), []byte(fuzzPayload()), "ES256", key), keys)
		id, err := p.Exchange(w.context(t.Context()), goodCallback())
		if err != nil {
			if id != nil {
				t.Fatal("an identity came with the error")
			}
			checkFuzzError(t, err, keys)
			return
		}
		var set struct {
			Keys []map[string]any `json:"keys"`
		}
		_ = json.Unmarshal(keys, &set)
		for _, k := range set.Keys {
			if k["x"] == x && k["kty"] == "EC" {
				return
			}
		}
		t.Fatalf("accepted without its key: %q", keys)
	})
}

// FuzzIDToken gives any text as an ID token. Only what the key signed gets in.
func FuzzIDToken(f *testing.F) {
	key := fuzzKey()
	payload := fuzzPayload()
	good := compact(header("ES256", "k"), []byte(payload), "ES256", key)
	keys := []byte(toJSON(members{"keys": []any{publicJWK(key, members{"kid": "k"}), publicJWK(rsaKey(), members{"kid": "r"})}}))
	parts := strings.Split(good, ".")
	for _, seed := range []string{
		good, "", ".", "..", "a.b.c", parts[0] + "." + parts[1] + ".", parts[0] + ".." + parts[2], " " + good, good + "=", good[:len(good)-1] + "\n",
		compact(header("none", "k"), []byte(payload), "none", nil), compact(header("HS256", "k"), []byte(payload), "HS256", []byte("secret")),
		compact(header("ES256", ""), []byte(payload), "ES256", key), compact(`{"alg":"ES256","jwk":`+toJSON(publicJWK(key, nil))+`}`, []byte(payload), "ES256", key),
		compact(`{"alg":"ES256","crit":["b64"],"b64":false}`, []byte(payload), "ES256", key), compact(header("ES256", "k"), []byte(`{"SUB":"x"}`), "ES256", key),
		compact(header("RS256", "r"), []byte(payload), "RS256", rsaKey()), `{"payload":"","signatures":[]}`, "eyJhbGciOiJkaXIifQ..a.b.c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, w := fuzzRig(t, raw, nil, providers.WithKeys(keys))
		id, err := p.Exchange(w.context(t.Context()), goodCallback())
		if n := w.strangers("op.example.com"); n != 0 || len(w.to("/keys")) != 0 {
			t.Fatal("it made something be fetched")
		}
		if err != nil {
			if id != nil {
				t.Fatal("an identity came with the error")
			}
			checkFuzzError(t, err, []byte(raw))
			return
		}
		// Everything that the key signed in this test says the same of alice, so
		// any other content is a forgery. The times differ from process to process.
		parts := strings.Split(raw, ".")
		content, _ := base64.RawURLEncoding.DecodeString(parts[1])
		times := members{"iat": nil, "exp": nil}
		if string(edited(content, times)) != string(edited([]byte(payload), times)) {
			t.Fatalf("accepted: %q", raw)
		}
	})
}

// FuzzDiscovery gives any document as metadata. If somebody is sent anywhere,
// it is to a safe place and with everything that the protocol needs.
func FuzzDiscovery(f *testing.F) {
	document := func(set members) []byte {
		good := members{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
		}
		return edited([]byte(toJSON(good)), set)
	}
	for _, set := range []members{
		{}, {"issuer": issuer + "/"}, {"authorization_endpoint": "http://op.example.com"}, {"authorization_endpoint": "javascript:alert(1)"},
		{"authorization_endpoint": "https://op.example.com/?client_id=evil&state=x#y"}, {"token_endpoint": nil}, {"code_challenge_methods_supported": []string{"plain"}},
		{"token_endpoint_auth_methods_supported": []string{"none"}}, {"id_token_signing_alg_values_supported": []string{"none"}}, {"scopes_supported": []string{"offline_access"}},
		{"authorization_endpoint": "https://op.example.com/%zz"}, {"authorization_endpoint": "//op.example.com"}, {"end_session_endpoint": "ftp://x"},
	} {
		f.Add(document(set))
	}
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		p := providers.OIDC(providers.Config{ID: "op", ClientID: "app", ClientSecret: "secret", Issuer: issuer})
		w := &wire{next: serve(replyJSON(string(document)))}
		req := newRequest()
		raw, err := p.AuthCodeURL(w.context(t.Context()), req)
		if len(w.sent) != 1 || w.strangers("op.example.com") != 0 {
			t.Fatalf("%d requests", len(w.sent))
		}
		if err != nil {
			checkFuzzError(t, err, document)
			return
		}
		var read map[string]any
		if json.Unmarshal(document, &read) != nil || read["issuer"] != issuer {
			t.Fatalf("accepted: %q", document)
		}
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
			t.Fatalf("sent to %q", raw)
		}
		q := u.Query()
		for name, value := range map[string]string{
			"client_id": "app", "state": req.State, "nonce": req.Nonce, "redirect_uri": redirectURL, "code_challenge_method": "S256",
		} {
			if values := q[name]; len(values) == 0 || values[len(values)-1] != value {
				t.Fatalf("%s is %q in %q", name, values, raw)
			}
		}
	})
}

// FuzzRetryAfter gives any header. The wait is never negative and never longer
// than a minute.
func FuzzRetryAfter(f *testing.F) {
	for _, v := range []string{"", "0", "5", "61", "-1", "4294967296", "99999999999999999999", "1e9", " 5", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "garbage", "\x00"} {
		f.Add(v, 429)
	}
	f.Fuzz(func(t *testing.T, value string, status int) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		p := newPlain(t)
		p.next = roundTrip(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.Header()["Retry-After"] = []string{value}
			w.WriteHeader(status)
			return w.Result(), nil
		})
		_, err := p.refresh()
		var e *providers.Error
		if !errors.As(err, &e) || e.RetryAfter < 0 || e.RetryAfter > time.Minute {
			t.Fatalf("%v: %v", e.RetryAfter, err)
		}
		checkFuzzError(t, err, []byte(value))
	})
}
