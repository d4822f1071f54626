package providers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// withDPoP binds tokens to keys, which the provider insists on.
func withDPoP(s *setup) {
	s.config.DPoP = true
	s.op.Clients = append(s.op.Clients, testClient("app", "secret"))
	s.op.Clients[0].DPoP = true
}

func isNow(iat any) bool {
	seconds, ok := iat.(float64)
	return ok && time.Since(time.Unix(int64(seconds), 0)) < time.Minute
}

// proofOf checks the proof of a request, and returns the key that it shows and its
// nonce.
func proofOf(t *testing.T, call sent, access string) (key, nonce string) {
	t.Helper()
	jws, err := jose.ParseSignedCompact(call.header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatalf("%s: %v", call.path, err)
	}
	header := jws.Signatures[0].Protected
	payload, err := jws.Verify(header.JSONWebKey)
	if err != nil || header.ExtraHeaders["typ"] != "dpop+jwt" || !header.JSONWebKey.IsPublic() {
		t.Fatalf("%s: header %v, %v", call.path, header, err)
	}
	says := map[string]any{}
	if err := json.Unmarshal(payload, &says); err != nil {
		t.Fatal(err)
	}
	var ath any
	if access != "" {
		hash := sha256.Sum256([]byte(access))
		ath = base64.RawURLEncoding.EncodeToString(hash[:])
		if call.header.Get("Authorization") != "DPoP "+access {
			t.Errorf("%s: Authorization %q", call.path, call.header.Get("Authorization"))
		}
	}
	if says["htm"] != call.method || says["htu"] != issuer+call.path || !isNow(says["iat"]) || says["ath"] != ath || len(says["jti"].(string)) < 20 {
		t.Errorf("%s: proof %v", call.path, says)
	}
	public, err := json.Marshal(header.JSONWebKey)
	if err != nil {
		t.Fatal(err)
	}
	nonce, _ = says["nonce"].(string)
	return string(public), nonce
}

// Tokens of a sign-in are bound to a key of its own, and so are those that they are
// renewed to; every use of them proves it.
func TestS_80l_DPoP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDPoP)
		r.op.EditIDToken = func(claims map[string]any) { delete(claims, "name") }
		id := r.mustSignIn()
		if id.Account.TokenType != "DPoP" || len(id.Account.DPoPKey.Reveal()) != 43 || id.User.Name != "Alice Example" {
			t.Fatalf("account %+v, user %+v", id.Account, id.User)
		}
		renewed, err := r.refresh(id.Account)
		if err != nil || !renewed.DPoPKey.Equal(id.Account.DPoPKey) || renewed.TokenType != "DPoP" || renewed.AccessToken.Equal(id.Account.AccessToken) {
			t.Fatalf("%v, %+v", err, renewed)
		}
		calls := r.to("/token")
		first, _ := proofOf(t, calls[0], "")
		second, _ := proofOf(t, calls[1], "")
		third, _ := proofOf(t, r.to("/userinfo")[0], id.Account.AccessToken.Reveal())
		if first != second || first != third {
			t.Errorf("keys %s, %s, %s", first, second, third)
		}
		r.mustSignIn()
		if other, _ := proofOf(t, r.to("/token")[2], ""); other == first {
			t.Error("two sign-ins have one key")
		}
		if r.authorize(newRequest()).Query().Has("dpop_jkt") || r.to("/.well-known/openid-configuration")[0].header.Get("DPoP") != "" {
			t.Error("a proof where nobody asked for one")
		}
	})
}

// Without it nothing of it is there, and tokens of the other kind are not taken.
func TestS_80l_NoMixture(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.mustSignIn()
	if !id.Account.DPoPKey.IsZero() || id.Account.TokenType != "" || r.to("/token")[0].header.Get("DPoP") != "" {
		t.Errorf("account %+v", id.Account)
	}
	r.op.EditTokens = func(answer map[string]any) { answer["token_type"] = "DPoP" }
	none, err := r.signIn()
	refused(t, none, err, providers.ErrResponse, "token_type is not Bearer")
	for _, kind := range []any{"Bearer", "bearer", "", nil, "mac"} {
		r := newRig(t, withDPoP, func(s *setup) { s.config.UntypedTokens = true })
		account := r.mustSignIn().Account
		r.op.EditTokens = func(answer map[string]any) {
			if answer["token_type"] = kind; kind == nil {
				delete(answer, "token_type")
			}
		}
		none, err := r.signIn()
		refused(t, none, err, providers.ErrResponse, "token_type is not DPoP")
		_, err = r.refresh(account)
		refused(t, nil, err, providers.ErrResponse, "token_type is not DPoP")
	}
	// What a session was given stays as it is, whatever the configuration says by now.
	plain := newRig(t, func(s *setup) { s.config.DPoP = true })
	renewed, err := plain.refresh(id.Account)
	refused(t, nil, err, providers.ErrInvalidGrant, "") // it is of another server
	if !renewed.DPoPKey.IsZero() || plain.to("/token")[0].header.Get("DPoP") != "" {
		t.Error("a session of before has got a key")
	}
}

// A server that wants a nonce gets it, by exactly one more request; then it is known.
func TestS_80l_NonceIsRetriedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDPoP, func(s *setup) { s.op.DPoPNonce = true })
		r.op.EditIDToken = func(claims map[string]any) { delete(claims, "name") }
		account := r.mustSignIn().Account
		calls := r.to("/token")
		if len(calls) != 2 || len(r.to("/userinfo")) != 1 {
			t.Fatalf("%d token requests, %d for the user info", len(calls), len(r.to("/userinfo")))
		}
		_, none := proofOf(t, calls[0], "")
		_, nonce := proofOf(t, calls[1], "")
		if none != "" || nonce == "" || calls[0].body != calls[1].body || calls[0].header.Get("DPoP") == calls[1].header.Get("DPoP") {
			t.Errorf("nonces %q, %q; bodies %s, %s", none, nonce, calls[0].body, calls[1].body)
		}
		account, err := r.refresh(account)
		if err != nil || len(r.to("/token")) != 3 {
			t.Fatalf("%v after %d requests", err, len(r.to("/token")))
		}
		time.Sleep(2 * time.Minute) // the nonce is good no more
		if _, err := r.refresh(account); err != nil || len(r.to("/token")) != 5 {
			t.Fatalf("%v after %d requests", err, len(r.to("/token")))
		}
		if r.op.Reuses() != 0 {
			t.Error("a refresh token was spent twice")
		}
	})
}

// A server that is never content is asked twice and not again; what is no such answer
// is not answered again at all.
func TestS_80l_NonceThatNeverFits(t *testing.T) {
	t.Parallel()
	with := func(nonce string, answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("DPoP-Nonce", nonce)
			answer(w, r)
		}
	}
	wants := reply(400, "application/json", `{"error":"use_dpop_nonce","error_description":"canary"}`)
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		calls  int
	}{
		"always":        {with("n-1", wants), 2},
		"no nonce":      {wants, 1},
		"empty":         {with("", wants), 1},
		"a quote":       {with(`n"1`, wants), 1},
		"not ASCII":     {with("n\xe9", wants), 1},
		"too long":      {with(strings.Repeat("n", 513), wants), 1},
		"another error": {with("n-1", reply(400, "application/json", `{"error":"invalid_grant"}`)), 1},
		"HTML":          {with("n-1", reply(400, "text/html", "use_dpop_nonce")), 1},
		"too much":      {with("n-1", reply(400, "application/json", `{"error":"use_dpop_nonce","x":"`+strings.Repeat("x", 9<<10)+`"}`)), 1},
		"server error":  {with("n-1", reply(500, "application/json", `{"error":"use_dpop_nonce"}`)), 1},
		"success":       {with("n-1", replyJSON(`{"error":"use_dpop_nonce"}`)), 1},
		"other 401":     {with("n-1", reply(401, "application/json", `{"error":"invalid_client"}`)), 1},
		"redirect":      {with("n-1", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "https://evil.example", 307) }), 1},
		"in a 401 header": {with("n-1", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce"`)
			w.WriteHeader(401)
		}), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, withDPoP)
			r.answers["token"], r.answers["refresh"] = tc.answer, tc.answer
			id, err := r.signIn()
			refused(t, id, err, nilKind(err), "")
			noCanary(t, err)
			if n := len(r.to("/token")); n != tc.calls || r.strangers("op.example.com") != 0 {
				t.Errorf("%d requests, want %d", n, tc.calls)
			}
		})
	}
}

// A key that is not one is not worked around.
func TestS_80l_BrokenKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"canary", "AA", strings.Repeat("A", 43), strings.Repeat("_", 43), strings.Repeat("A", 42) + "E=", "\n"} {
		r := newRig(t, withDPoP)
		_, err := r.refresh(token.Account{RefreshToken: token.NewSecret("rt"), DPoPKey: token.NewSecret(key)})
		refused(t, nil, err, providers.ErrConfig, "DPoP key is not one")
		noCanary(t, err)
		if n := len(r.to("/token")); n != 0 {
			t.Errorf("%q: %d requests", key, n)
		}
	}
	r := newRig(t, withDPoP)
	r.describe(members{"dpop_signing_alg_values_supported": []string{"RS256"}})
	unusable(t, r, "no DPoP proofs that are signed with ES256")
}

// S-142: the key of an account shows nowhere.
func TestS_142_DPoPKeyIsRedacted(t *testing.T) {
	t.Parallel()
	account := newRig(t, withDPoP).mustSignIn().Account
	key := account.DPoPKey.Reveal()
	asJSON, _ := json.Marshal(account)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", account, account, account), string(asJSON)} {
		if strings.Contains(text, key) {
			t.Errorf("printed as %s", text)
		}
	}
}

// The API's side of it: a proof for each request, and a nonce once it wants one.
func TestS_80l_Prover(t *testing.T) {
	t.Parallel()
	r := newRig(t, withDPoP, func(s *setup) { s.op.DPoPNonce = true })
	account := r.mustSignIn().Account
	nonces := new(providers.Nonces)
	prover, err := providers.NewProver(account.DPoPKey, nonces)
	if err != nil {
		t.Fatal(err)
	}
	call := func(p *providers.Prover, method string, body io.Reader, access token.Secret) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, issuer+"/resource?page=2#top", body)
		if err != nil {
			t.Fatal(err)
		}
		before := req.Header.Clone()
		resp, err := p.Send(r.wire, req, access)
		if err != nil {
			t.Fatal(err)
		}
		if len(req.Header) != len(before) {
			t.Error("the caller's request was changed")
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if status := call(prover, http.MethodPost, strings.NewReader("body"), account.AccessToken); status != 204 || len(r.to("/resource")) != 2 {
		t.Errorf("%d after %d requests", status, len(r.to("/resource")))
	}
	for _, got := range r.to("/resource") {
		if proofOf(t, got, account.AccessToken.Reveal()); got.body != "body" {
			t.Errorf("body %q", got.body)
		}
	}
	other, err := providers.NewProver(account.DPoPKey, nonces)
	if err != nil {
		t.Fatal(err)
	}
	if status := call(other, http.MethodGet, nil, account.AccessToken); status != 204 || len(r.to("/resource")) != 3 {
		t.Errorf("with a known nonce: %d after %d requests", status, len(r.to("/resource")))
	}
	fresh, err := providers.NewProver(account.DPoPKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	if status := call(fresh, http.MethodPost, io.MultiReader(strings.NewReader("once")), account.AccessToken); status != 401 || len(r.to("/resource")) != 4 {
		t.Errorf("a body that cannot be sent twice: %d after %d requests", status, len(r.to("/resource")))
	}
	thief := newRig(t, withDPoP).mustSignIn().Account
	stolen, err := providers.NewProver(thief.DPoPKey, nonces)
	if err != nil {
		t.Fatal(err)
	}
	if status := call(stolen, http.MethodGet, nil, account.AccessToken); status != 401 {
		t.Errorf("a stolen token with another key: %d", status)
	}
}
