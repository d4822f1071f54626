package providers_test

import (
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// noCanary checks that an error, and everything that it wraps, shows nothing of
// what was sent or received, however it is printed.
func noCanary(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error to look at")
	}
	for _, e := range chain(err) {
		asJSON, _ := json.Marshal(e)
		for _, text := range []string{
			e.Error(), fmt.Sprintf("%v", e), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e), fmt.Sprintf("%q", e), fmt.Sprintf("%x", e), string(asJSON),
		} {
			if strings.Contains(strings.ToLower(text), "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) {
				t.Fatalf("%T shows %s", e, text)
			}
		}
	}
}

// chain returns an error and all that it wraps.
func chain(err error) []error {
	all := []error{err}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if next := e.Unwrap(); next != nil {
			all = append(all, chain(next)...)
		}
	case interface{ Unwrap() []error }:
		for _, next := range e.Unwrap() {
			all = append(all, chain(next)...)
		}
	}
	return all
}

// badAnswers are answers in all the shapes of failure, each with a canary
// wherever text can be.
func badAnswers() map[string]http.HandlerFunc {
	answers := map[string]http.HandlerFunc{
		"redirection": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://canary.example/?canary", http.StatusTemporaryRedirect)
		},
		"wrong types":    replyJSON(`{"access_token":5,"keys":"canary","issuer":["canary"],"sub":{"canary":1},"canary":"canary"}`),
		"look-alikes":    replyJSON(`{"ACCESS_TOKEN":"canary","Issuer":"canary","Keys":["canary"],"SUB":"canary"}`),
		"others":         replyJSON(`{"access_token":"canary\u0000","token_type":"canary","issuer":"https://canary.example","keys":[{"kty":"canary"}],"sub":"canary"}`),
		"foreign type":   replyJSON(`{"access_token":"canary","token_type":"canary","expires_in":"canary","issuer":"https://canary.example","sub":"canary"}`),
		"expires_in":     replyJSON(`{"access_token":"canary","token_type":"bearer","expires_in":"canary","issuer":"canary"}`),
		"a name twice":   replyJSON(`{"canary":1,"canary":2}`),
		"broken JSON":    replyJSON(`{"canary":"canary`),
		"no JSON":        replyJSON(`canary`),
		"bad escape":     replyJSON(`{"canary":"\canary"}`),
		"bad number":     replyJSON(`{"canary":1canary}`),
		"too long":       replyJSON(`{"canary":"` + strings.Repeat("canary", 200<<10) + `"}`),
		"HTML":           reply(200, "text/html", "<html>canary</html>"),
		"odd type":       reply(200, "text/canary; canary=canary", `{"canary":1}`),
		"error object":   replyJSON(`{"error":{"message":"canary"}}`),
		"error sentence": replyJSON(`{"error":"canary canary","error_description":"canary"}`),
		"error markup":   reply(400, "application/json", `{"error":"<canary>"}`),
		"error too long": reply(400, "application/json", `{"error":"`+strings.Repeat("canary", 20)+`"}`),
	}
	for _, status := range []int{201, 204, 400, 401, 403, 404, 429, 500, 502, 503} {
		for kind, body := range map[string]string{
			"application/json": `{"error":"invalid_request","error_description":"canary","error_uri":"https://canary.example","canary":"canary"}`,
			"text/html":        "<html>canary refresh_token=canary</html>", "application/x-www-form-urlencoded": "error=canary&error_description=canary",
		} {
			answers[fmt.Sprint(status, " ", kind)] = reply(status, kind, body)
		}
	}
	for name, answer := range answers { // and in each header that somebody could think of printing
		answers[name] = func(w http.ResponseWriter, r *http.Request) {
			for _, header := range []string{"WWW-Authenticate", "Retry-After", "X-Request-Id", "Set-Cookie", "Server"} {
				w.Header().Set(header, "canary=canary")
			}
			answer(w, r)
		}
	}
	return answers
}

// canaryRig is a rig in which everything secret has a canary in it.
func canaryRig(t testing.TB) *rig {
	r := tokenRig(t, func(s *setup) {
		s.op.Clients = append(s.op.Clients, testClient("app", "canary-secret"))
		s.config.ClientSecret = "canary-secret"
	})
	edit := r.op.EditIDToken
	r.op.EditIDToken = func(claims map[string]any) {
		edit(claims)
		claims["email"], claims["canary"] = "canary@example.com", "canary"
	}
	r.op.EditTokens = func(answer map[string]any) {
		payload := payloadOf(answer["id_token"].(string))
		answer["access_token"], answer["refresh_token"] = "canary-at", "canary-rt"
		key := r.op.SigningKey()
		answer["id_token"] = compact(header("ES256", key.KeyID), edited(payload, members{"at_hash": hashOf("canary-at", "ES256")}), "ES256", key.Key)
	}
	r.answers["userinfo"] = replyJSON(`{"sub":"alice","name":"canary"}`)
	return r
}

func canaryRequest() providers.AuthRequest {
	return providers.AuthRequest{
		RedirectURL: "https://app.example.com/canary", State: "canary-state", Nonce: "canary-nonce",
		Verifier: "canary-verifier-canary-verifier-canary-verifier",
	}
}

func canaryAccount() token.Account {
	return token.Account{
		Provider: "op", ID: "canary", AccessToken: token.NewSecret("canary-at"),
		RefreshToken: token.NewSecret("canary-rt"), IDToken: token.NewSecret("canary.canary.canary"),
	}
}

// Nothing that was received or sent stands in an error: CVE-2022-31186, and what
// go-oidc and x/oauth2 do with bodies.
func TestS_141_EndpointFailures(t *testing.T) {
	t.Parallel()
	if _, err := canaryRig(t).signIn(); err != nil {
		t.Fatalf("the failures have to come from the answers alone: %v", err)
	}
	for name, answer := range badAnswers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for endpoint := range endpoints() {
				r := canaryRig(t)
				r.answers[endpoint] = answer
				var err error
				switch endpoint {
				case "discovery":
					_, err = r.p.AuthCodeURL(r.ctx(), canaryRequest())
				case "refresh":
					_, err = r.refresh(canaryAccount())
				case "revoke":
					if err = r.p.(providers.Revoker).Revoke(r.ctx(), canaryAccount()); err == nil {
						continue // 200 is 200 here
					}
				default:
					req := canaryRequest()
					var id *providers.Identity
					if id, err = r.exchange(r.callback(req)); id != nil {
						t.Fatalf("%s: an identity in spite of it", endpoint)
					}
				}
				noCanary(t, err)
			}
		})
	}
}

// ID tokens that are refused do not show up either, nor does what they say.
func TestS_141_IDTokenFailures(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]members{
		"iss": {"iss": "https://canary.example"}, "aud": {"aud": "canary"}, "aud list": {"aud": []string{"canary"}}, "azp": {"azp": "canary"},
		"sub": {"sub": "canary\n"}, "nonce": {"nonce": "canary-other"}, "at_hash": {"at_hash": "canary"}, "exp": {"exp": "canary"},
		"iat": {"iat": "canary"}, "nbf": {"nbf": []string{"canary"}}, "iss type": {"iss": []string{"canary"}}, "SUB": {"SUB": "canary"},
		"CANARY": {"Aud": "canary"}, "sources": {"_claim_names": map[string]string{"canary": "canary"}}, "jti": {"jti": []string{"canary"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := canaryRig(t)
			edit := r.op.EditIDToken
			r.op.EditIDToken = func(claims map[string]any) {
				edit(claims)
				for name, value := range set {
					claims[name] = value
				}
			}
			r.op.EditTokens = func(answer map[string]any) {
				if _, hash := set["at_hash"]; !hash {
					answer["id_token"] = signWith(r.current())(edited(payloadOf(answer["id_token"].(string)), members{"at_hash": nil}))
				}
				answer["access_token"] = "canary-at"
			}
			id, err := r.exchange(r.callback(canaryRequest()))
			refused(t, id, err, providers.ErrIDToken, "")
			noCanary(t, err)
		})
	}
	for name, raw := range map[string]string{
		"no token": "canary", "three canaries": "canary.canary.canary", "header": b64([]byte(`{"alg":"canary","kid":"canary"}`)) + ".canary.canary",
		"not base64": "canary!.canary!.canary!", "unknown kid": compact(header("ES256", "canary"), []byte(`{"sub":"canary"}`), "ES256", newEC(t, elliptic.P256())),
		"JSON": `{"canary":"..canary"}`, "too long": strings.Repeat("canary", 10<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := canaryRig(t)
			r.op.EditTokens = func(answer map[string]any) { answer["id_token"] = raw }
			id, err := r.exchange(r.callback(canaryRequest()))
			if id != nil {
				t.Fatal("accepted")
			}
			noCanary(t, err)
		})
	}
}

func TestS_141_CallbackFailures(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"error=access_denied&error_description=canary&error_uri=canary&state=canary", "error=canary+canary", "error=%3Ccanary%3E",
		"code=canary&iss=https://canary.example", "state=canary", "code=canary", // the last one without iss
	} {
		r := canaryRig(t)
		params, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(raw, "error") {
			params.Set("iss", issuer)
		}
		id, err := r.exchange(providers.Callback{Params: params, RedirectURL: "https://canary.example", Nonce: "canary-nonce", Verifier: canaryRequest().Verifier})
		refused(t, id, err, nilKind(err), "")
		noCanary(t, err)
	}
	r := canaryRig(t) // a code that the provider does not know
	id, err := r.exchange(providers.Callback{
		Params: url.Values{"code": {"canary"}, "iss": {issuer}}, RedirectURL: "https://canary.example", Nonce: "canary-nonce", Verifier: canaryRequest().Verifier,
	})
	refused(t, id, err, providers.ErrInvalidGrant, "")
	noCanary(t, err)
}

// nilKind returns the kind that an error has, where a test is not about it.
func nilKind(err error) error {
	var e *providers.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return err
}

// Configuration errors name fields and not what is in them, since a secret may
// have got into the wrong one.
func TestS_141_ConfigurationFailures(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]providers.Provider{
		"URLs": providers.OIDC(providers.Config{
			ID: "op", ClientSecret: "canary", Issuer: "canary", DiscoveryURL: "canary://canary", AuthURL: "http://canary.example",
			TokenURL: "https://canary:canary@canary.example", UserInfoURL: "https://canary.example/#canary", RevokeURL: "\x00canary",
			Params: url.Values{"state": {"canary"}},
		}),
		"documents": providers.OIDC(providers.Config{ID: "op", ClientSecret: "canary"},
			providers.WithMetadata([]byte(`{"canary":canary}`)), providers.WithKeys([]byte(`{"keys":[{"canary":"canary"}]}`)), providers.WithBaseURL("https://canary.example")),
		"plain": providers.OAuth2(providers.Config{ID: "op", ClientSecret: "canary", AuthURL: "canary"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			noCanary(t, p.(providers.Checker).Check())
		})
	}
	bad := providers.OAuth2(providers.Config{ID: "op", ClientID: "app", ClientSecret: "canary", TokenURL: "https://canary\x7f", UserInfoURL: "https://canary\x7f", RevokeURL: "https://canary\x7f"})
	_, err := bad.Exchange(t.Context(), goodCallback())
	noCanary(t, err)
	noCanary(t, bad.(providers.Revoker).Revoke(t.Context(), canaryAccount()))
}
