package providers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// needsUserInfo makes ID tokens without these claims, so that the rest is asked
// for at the user-info endpoint, which answers with info.
func (r *rig) needsUserInfo(info string, without ...string) {
	r.op.EditIDToken = func(claims map[string]any) {
		for _, name := range without {
			delete(claims, name)
		}
	}
	r.answers["userinfo"] = replyJSON(info)
}

// User info counts only if it is of the person whom the ID token names.
func TestS_27_UserInfoSubject(t *testing.T) {
	t.Parallel()
	for name, info := range map[string]string{
		"other":          `{"sub":"bob","name":"Bob"}`,
		"missing":        `{"name":"Alice"}`,
		"empty":          `{"sub":"","name":"Alice"}`,
		"null":           `{"sub":null,"name":"Alice"}`,
		"number":         `{"sub":5,"name":"Alice"}`,
		"array":          `{"sub":["alice"],"name":"Alice"}`,
		"SUB":            `{"SUB":"alice","name":"Alice"}`,
		"longer":         `{"sub":"alice ","name":"Alice"}`,
		"case":           `{"sub":"Alice","name":"Alice"}`,
		"nothing at all": `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.needsUserInfo(info, "name")
			id, err := r.signIn()
			refused(t, id, err, providers.ErrProfile, "it is of somebody else than the ID token")
		})
	}
	t.Run("subject twice", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.needsUserInfo(`{"sub":"bob","sub":"alice","name":"Alice"}`, "name")
		id, err := r.signIn()
		refused(t, id, err, providers.ErrResponse, "stands twice")
	})
}

// What is signed stays, and so does what the protocol defines.
func TestS_27_UserInfoOverridesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.needsUserInfo(`{"sub":"alice","name":"Alice of the user info",
		"iss":"https://evil.example","aud":"evil","exp":9,"iat":9,"nonce":"evil","azp":"evil","auth_time":9,"acr":"evil","amr":["evil"],
		"sid":"evil","jti":"evil","nbf":9,"at_hash":"evil","c_hash":"evil","_claim_names":{"x":"y"},"_claim_sources":{"y":{}},
		"Sub":"evil","EMAIL":"evil@example.com","Email_Verified":true,"picture":"https://evil.example","locale":"de"}`, "name", "auth_time", "sid")
	leaveOut := r.op.EditIDToken
	r.op.EditIDToken = func(claims map[string]any) {
		leaveOut(claims)
		claims["picture"], claims["email_verified"] = "https://op.example.com/alice.png", false
	}
	id := r.mustSignIn()
	p := id.Profile
	for name, want := range map[string]string{
		"iss": issuer, "aud": "app", "sub": "alice", "picture": "https://op.example.com/alice.png",
		"name": "Alice of the user info", "locale": "de", "email": "alice@example.com",
	} {
		if got := p.String(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range p.Names() {
		if raw, _ := p.Raw(name); strings.Contains(string(raw), "evil") || string(raw) == "9" {
			t.Errorf("%s is %s", name, raw)
		}
	}
	for _, name := range []string{"azp", "auth_time", "acr", "amr", "sid", "jti", "nbf", "c_hash", "_claim_names", "_claim_sources", "Sub", "EMAIL", "Email_Verified"} {
		if _, present := p.Raw(name); present {
			t.Errorf("%s came from the user info", name)
		}
	}
	if id.Account.SessionID != "" { // S-39: who is signed out is decided by it
		t.Errorf("session %q", id.Account.SessionID)
	}
	if id.User.EmailVerified || id.User.Name != "Alice of the user info" || id.User.Image != "https://op.example.com/alice.png" {
		t.Errorf("user %+v", id.User)
	}
}

// An address is verified only by the statement that came with it: the user info
// must not vouch for the address of the ID token, nor the other way round.
func TestS_27_EmailAndItsProof(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token    members
		info     string
		email    string
		verified bool
	}{
		"both in the user info":     {members{"email": nil, "email_verified": nil}, `"email":"a@x.example","email_verified":true`, "a@x.example", true},
		"both in the token":         {members{"email": "a@x.example", "email_verified": true}, `"email":"b@x.example","email_verified":false`, "a@x.example", true},
		"proof of the same address": {members{"email": "a@x.example", "email_verified": nil}, `"email":"a@x.example","email_verified":true`, "a@x.example", true},
		"proof of another address":  {members{"email": "a@x.example", "email_verified": nil}, `"email":"b@x.example","email_verified":true`, "a@x.example", false},
		"proof of no address":       {members{"email": "a@x.example", "email_verified": nil}, `"email_verified":true`, "a@x.example", false},
		"signed proof, no address":  {members{"email": nil, "email_verified": true}, `"email":"b@x.example"`, "", true},
		"refused proof":             {members{"email": "a@x.example", "email_verified": false}, `"email":"a@x.example","email_verified":true`, "a@x.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.op.EditIDToken = func(claims map[string]any) {
				delete(claims, "name")
				for name, value := range tc.token {
					if claims[name] = value; value == nil {
						delete(claims, name)
					}
				}
			}
			r.answers["userinfo"] = replyJSON(`{"sub":"alice",` + tc.info + `}`)
			u := r.mustSignIn().User
			if u.Email != tc.email || u.EmailVerified != tc.verified {
				t.Fatalf("%q, verified %v", u.Email, u.EmailVerified)
			}
		})
	}
}

// User info is asked for only where the ID token leaves out what was asked for.
func TestUserInfoOnlyWhenNeeded(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		scopes  []string
		without []string
		want    int
	}{
		"nothing is missing":   {nil, nil, 0},
		"name":                 {nil, []string{"name"}, 1},
		"email":                {nil, []string{"email"}, 1},
		"name was not asked":   {[]string{"openid", "email"}, []string{"name"}, 0},
		"email was not asked":  {[]string{"openid", "profile"}, []string{"email"}, 0},
		"only who it is":       {[]string{"openid"}, []string{"name", "email"}, 0},
		"another name will do": {nil, []string{"name", "+nickname"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setup) { s.config.Scopes = tc.scopes })
			r.op.EditIDToken = func(claims map[string]any) {
				for _, name := range tc.without {
					if added, ok := strings.CutPrefix(name, "+"); ok {
						claims[added] = "al"
					}
					delete(claims, name)
				}
			}
			id := r.mustSignIn()
			if got := len(r.to("/userinfo")); got != tc.want || id.User.ID != "alice" {
				t.Fatalf("%d requests, user %+v", got, id.User)
			}
		})
	}
	t.Run("no endpoint", func(t *testing.T) {
		t.Parallel()
		r := tokenRig(t)
		r.describe(members{"userinfo_endpoint": nil})
		if id := r.mustSignIn(); id.User.ID != "alice" || id.User.Name != "" {
			t.Fatalf("user %+v", id.User)
		}
	})
}

// badProfiles are answers of a user-info endpoint that are no profile. The error
// page as a profile is how go-pkgz gave many people one id.
func badProfiles() map[string]struct {
	answer http.HandlerFunc
	kind   error
	why    string
} {
	return map[string]struct {
		answer http.HandlerFunc
		kind   error
		why    string
	}{
		"403 JSON":        {reply(403, "application/json", `{"id":42,"sub":"alice","message":"forbidden"}`), providers.ErrUnavailable, "status 403"},
		"401 with code":   {reply(401, "application/json", `{"error":"invalid_token"}`), providers.ErrRejected, "invalid_token"},
		"500":             {reply(500, "application/json", `{"id":42,"sub":"alice"}`), providers.ErrUnavailable, "status 500"},
		"204":             {reply(204, "", ""), providers.ErrUnavailable, "status 204"},
		"201":             {reply(201, "application/json", `{"id":42,"sub":"alice"}`), providers.ErrUnavailable, "status 201"},
		"302":             {reply(302, "application/json", `{"id":42,"sub":"alice"}`), providers.ErrResponse, "redirects"},
		"200, error":      {replyJSON(`{"error":"nope","id":42,"sub":"alice"}`), providers.ErrRejected, "nope"},
		"200, error code": {replyJSON(`{"error":{"code":190},"id":42,"sub":"alice"}`), providers.ErrRejected, "unreadable"},
		"200, error true": {replyJSON(`{"error":true,"id":42,"sub":"alice"}`), providers.ErrRejected, "unreadable"},
		"HTML":            {reply(200, "text/html", `{"id":42,"sub":"alice"}`), providers.ErrResponse, "content type is not JSON"},
		"JWT (S-28)":      {reply(200, "application/jwt", `eyJhbGciOiJub25lIn0.e30.`), providers.ErrResponse, "content type is not JSON"},
		"no content type": {reply(200, "-", `{"id":42,"sub":"alice"}`), providers.ErrResponse, "content type is not JSON"},
		"array":           {replyJSON(`[{"id":42,"sub":"alice"}]`), providers.ErrResponse, "malformed"},
		"text":            {replyJSON(`"alice"`), providers.ErrResponse, "malformed"},
		"null":            {replyJSON(`null`), providers.ErrResponse, "malformed"},
		"empty":           {replyJSON(``), providers.ErrResponse, "malformed"},
		"truncated":       {replyJSON(`{"id":42,"sub":"ali`), providers.ErrResponse, "malformed"},
		"BOM":             {replyJSON("\ufeff" + `{"id":42,"sub":"alice"}`), providers.ErrResponse, "malformed"},
		"UTF-16":          {replyJSON("\xff\xfe{\x00}\x00"), providers.ErrResponse, "malformed"},
		"two documents":   {replyJSON(`{"id":42,"sub":"alice"}{"id":43}`), providers.ErrResponse, "malformed"},
	}
}

func TestS_28_UserInfoAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range badProfiles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.answers["userinfo"] = tc.answer
			id, err := r.signIn()
			refused(t, id, err, tc.kind, tc.why)
		})
	}
	for name, contentType := range map[string]string{"JSON": "application/json", "with charset": "Application/JSON; charset=utf-8", "suffix": "application/scim+json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.answers["userinfo"] = reply(200, contentType, `{"sub":"alice","name":"A","error":null}`)
			if id := r.mustSignIn(); id.User.Name != "A" {
				t.Fatalf("user %+v", id.User)
			}
		})
	}
}

// Only the literal true says that an address is verified. Who somebody is never
// depends on it: GHSA-7rqj-j65f-68wh, GHSA-g38m-r43w-p2q7.
func TestS_29_EmailVerified(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		`true`: true, `false`: false, `"true"`: false, `"false"`: false, `1`: false, `"1"`: false, `null`: false, `[true]`: false, `{}`: false, ``: false,
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			key := r.op.SigningKey()
			r.forge(func(payload []byte) string {
				set := members{"email_verified": rawJSON(raw)}
				if raw == "" {
					set = members{"email_verified": nil}
				}
				return compact(header("ES256", key.KeyID), edited(payload, set), "ES256", key.Key)
			})
			if u := r.mustSignIn().User; u.EmailVerified != want || u.Email != "alice@example.com" {
				t.Fatalf("user %+v", u)
			}
		})
	}
}

// Two people with one address are two people, and one with two addresses is one.
func TestS_29_EmailIsNoIdentity(t *testing.T) {
	t.Parallel()
	sign := func(sub, email string) *providers.Identity {
		r := newRig(t)
		r.op.EditIDToken = func(claims map[string]any) { claims["sub"], claims["email"] = sub, email }
		return r.mustSignIn()
	}
	a, b, moved := sign("a", "x@example.com"), sign("b", "x@example.com"), sign("a", "y@example.com")
	if a.User.ID == b.User.ID || a.Account.ID == b.Account.ID {
		t.Error("two subjects became one")
	}
	if a.User.ID != moved.User.ID || a.Account.ID != moved.Account.ID || a.Account.ID != "a" {
		t.Errorf("one subject became two: %q, %q", a.Account.ID, moved.Account.ID)
	}
}
