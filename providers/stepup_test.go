package providers_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers"
)

// asking is a sign-in for which these parameters are asked.
func asking(t *testing.T, r *rig, name, value string) (*providers.Identity, error) {
	t.Helper()
	req := newRequest()
	req.Params = url.Values{name: {value}}
	cb := r.callback(req)
	cb.Asked = req.Params
	return r.exchange(cb)
}

const (
	noAuthTime = "auth_time is missing, although max_age was asked for"
	tooLongAgo = "the person authenticated longer ago than max_age allows"
	wrongClass = "acr is none of the acr_values that were asked for"
)

// With max_age the ID token says when the person authenticated, and it was not too
// long ago.
func TestS_31_MaxAge(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		age any // of the authentication in seconds, or the claim itself
		max string
		why string
	}{
		"now":              {0, "300", ""},
		"just within":      {360, "300", ""}, // with the minute by which clocks may differ
		"too long ago":     {361, "300", tooLongAgo},
		"zero":             {0, "0", ""},
		"zero, while ago":  {61, "0", tooLongAgo},
		"longest":          {0, "2147483647", ""},
		"missing":          {nil, "300", noAuthTime},
		"in the future":    {-61, "300", "auth_time is in the future"},
		"text":             {"now", "300", wrongType},
		"in 1970":          {"0", "300", wrongType},
		"negative":         {"-5", "300", wrongType},
		"not asked, old":   {86400, "", ""},
		"not asked, none":  {nil, "", ""},
		"not asked, later": {-30, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := tokenRig(t)
				r.op.EditIDToken = func(claims map[string]any) {
					delete(claims, "name")
					switch age := tc.age.(type) {
					case nil:
						delete(claims, "auth_time")
					case int:
						claims["auth_time"] = time.Now().Unix() - int64(age)
					default:
						claims["auth_time"] = age
					}
				}
				req := newRequest()
				if tc.max != "" {
					req.Params = url.Values{"max_age": {tc.max}}
				}
				if got := r.authorize(req).Query().Get("max_age"); got != tc.max {
					t.Errorf("sent %q", got)
				}
				cb := r.callback(req)
				cb.Asked = req.Params
				checkExchange(t, r, cb, tc.why)
			})
		})
	}
}

// What the configuration asks for is checked in every sign-in; one sign-in may ask
// for something else.
func TestS_31_MaxAgeOfTheConfiguration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(s *setup) { s.options = append(s.options, providers.WithParam("max_age", "300")) })
		r.op.EditIDToken = func(claims map[string]any) { claims["auth_time"] = time.Now().Add(-time.Hour).Unix() }
		id, err := r.signIn()
		refused(t, id, err, providers.ErrIDToken, tooLongAgo)
		if _, err := asking(t, r, "max_age", "7200"); err != nil {
			t.Error(err)
		}
		id, err = asking(t, r, "max_age", "60")
		refused(t, id, err, providers.ErrIDToken, tooLongAgo)
	})
}

// Nothing is asked for whose answer nobody could check, and nothing that makes no
// sense.
func TestS_31_MaxAgeThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"-1", "1.5", "soon", "99999999999", " 5", "5s"} {
		r := newRig(t)
		req := newRequest()
		req.Params = url.Values{"max_age": {value}}
		_, err := r.p.AuthCodeURL(r.ctx(), req)
		refused(t, nil, err, providers.ErrConfig, "not a number of seconds")
		cb := r.callback(newRequest())
		cb.Asked = req.Params
		id, err := r.exchange(cb)
		refused(t, id, err, providers.ErrCallback, "not a number of seconds")
		c := providers.Config{ID: "op", ClientID: "app", ClientSecret: "s", Issuer: issuer, Params: req.Params}
		if err := providers.OIDC(c).(providers.Checker).Check(); err == nil || !strings.Contains(err.Error(), "max_age is not a number") {
			t.Errorf("%s: %v", value, err)
		}
	}
	p := newPlain(t)
	req := newRequest()
	req.Params = url.Values{"max_age": {"300"}}
	_, err := p.p.AuthCodeURL(t.Context(), req)
	refused(t, nil, err, providers.ErrConfig, "need OpenID Connect")
	p = newPlain(t, func(c *providers.Config) { c.Params = url.Values{"acr_values": {"silver"}} })
	if err := p.p.(providers.Checker).Check(); err == nil || !strings.Contains(err.Error(), "need OpenID Connect") {
		t.Error(err)
	}
}

func TestS_32_AuthenticationClass(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		acr  any
		want string
		why  string
	}{
		"the one":        {"silver", "silver", ""},
		"one of several": {"silver", "gold silver", ""},
		"lower":          {"bronze", "gold silver", wrongClass},
		"both in one":    {"gold silver", "gold silver", wrongClass},
		"another case":   {"Silver", "silver", wrongClass},
		"prefix":         {"silv", "silver", wrongClass},
		"empty":          {"", "silver", wrongClass},
		"missing":        {nil, "silver", wrongClass},
		"number":         {2, "2", wrongClass},
		"array":          {[]string{"silver"}, "silver", wrongClass},
		"not asked":      {"bronze", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			r.op.EditIDToken = func(claims map[string]any) {
				delete(claims, "name")
				if claims["acr"] = tc.acr; tc.acr == nil {
					delete(claims, "acr")
				}
			}
			req := newRequest()
			req.Params = url.Values{"acr_values": {tc.want}}
			cb := r.callback(req)
			cb.Asked = req.Params
			checkExchange(t, r, cb, tc.why)
		})
	}
}

// The provider's word on when the person authenticated comes with the account, and
// only from the ID token.
func TestS_179_AuthTimeOfTheAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().Truncate(time.Second)
		for said, want := range map[time.Duration]time.Time{-3 * time.Hour: now.Add(-3 * time.Hour), 0: now, 30 * time.Second: now} {
			r := tokenRig(t)
			r.op.EditIDToken = func(claims map[string]any) {
				delete(claims, "name")
				claims["auth_time"] = now.Add(said).Unix()
			}
			if got := r.mustSignIn().Account.AuthTime; !got.Equal(want) {
				t.Errorf("%v: %v", said, got)
			}
		}
		r := tokenRig(t)
		r.op.EditIDToken = func(claims map[string]any) { delete(claims, "auth_time"); delete(claims, "name") }
		r.answers["userinfo"] = replyJSON(`{"sub":"alice","name":"Alice","auth_time":946684800}`)
		if got := r.mustSignIn().Account.AuthTime; !got.IsZero() {
			t.Errorf("from the user info: %v", got)
		}
	})
}

// S-17: the hash of the code, which the code flow does not need, is that of the code.
func TestS_17_CodeHash(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hash func(code string) any
		why  string
	}{
		"right":   {func(code string) any { return hashOf(code, "ES256") }, ""},
		"missing": {func(string) any { return nil }, ""},
		"wrong":   {func(string) any { return hashOf("another", "ES256") }, "c_hash is not of the code"},
		"empty":   {func(string) any { return "" }, "c_hash is not of the code"},
		"number":  {func(string) any { return 5 }, "c_hash is not of the code"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tokenRig(t)
			cb := r.callback(newRequest())
			r.op.EditIDToken = func(claims map[string]any) {
				delete(claims, "name")
				if hash := tc.hash(cb.Params.Get("code")); hash != nil {
					claims["c_hash"] = hash
				}
			}
			checkExchange(t, r, cb, tc.why)
		})
	}
}

// S-177: when the provider wants the session to end comes with the account, from the
// ID token alone; one that has ended already does not begin.
func TestS_177_SessionExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		for name, tc := range map[string]struct {
			claim any
			ends  time.Time
			why   string
		}{
			"later":    {now.Add(time.Hour).Unix(), now.Add(time.Hour), ""},
			"none":     {nil, time.Time{}, ""},
			"passed":   {now.Add(-time.Second).Unix(), time.Time{}, "session_expiry has passed"},
			"zero":     {0, time.Time{}, "session_expiry has passed"},
			"text":     {"tomorrow", time.Time{}, "session_expiry has passed, or is not a time"},
			"too late": {253402300800, time.Time{}, "session_expiry has passed, or is not a time"},
		} {
			r := tokenRig(t)
			r.op.EditIDToken = func(claims map[string]any) {
				delete(claims, "name")
				if tc.claim != nil {
					claims["session_expiry"] = tc.claim
				}
			}
			r.answers["userinfo"] = replyJSON(`{"sub":"alice","name":"Alice","session_expiry":4000000000}`)
			id, err := r.signIn()
			if tc.why != "" {
				refused(t, id, err, providers.ErrIDToken, tc.why)
				continue
			}
			if err != nil || !id.Account.SessionEnds.Equal(tc.ends) {
				t.Errorf("%s: %v, %v", name, id, err)
			}
		}
	})
}
