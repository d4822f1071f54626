package providers_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

const googleIssuer = "https://accounts.google.com"

// googleRig is a server in Google's place.
func googleRig(t testing.TB, options ...providers.Option) *rig {
	return newRig(t, func(s *setup) {
		s.op.Issuer = googleIssuer
		s.make = func() providers.Provider { return providers.Google("app", "secret", options...) }
	})
}

func TestGoogle(t *testing.T) {
	t.Parallel()
	r := googleRig(t)
	if info := r.p.Info(); info.ID != "google" || info.Name != "Google" || info.Protocol != providers.OpenIDConnect || info.FormPost {
		t.Errorf("info %+v", info)
	}
	if err := r.p.(providers.Checker).Check(); err != nil {
		t.Error(err)
	}
	q := r.authorize(newRequest()).Query()
	if q.Get("access_type") != "offline" || q.Get("prompt") != "consent" || q.Get("scope") != "openid profile email" || q.Has("hd") {
		t.Errorf("authorization request %v", q)
	}
	id := r.mustSignIn()
	if id.User != (providers.User{ID: "alice", Name: "Alice Example", Email: "alice@example.com", EmailVerified: true}) {
		t.Errorf("user %+v", id.User)
	}
	// Google has no RP-initiated logout, and does not follow the standard there.
	_, err := r.p.(providers.LogoutURLer).LogoutURL(r.ctx(), providers.Logout{RedirectURL: redirectURL})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

// Applications that call no Google API do not need a refresh token.
func TestGoogleWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	r := googleRig(t, providers.WithParam("access_type", ""), providers.WithParam("prompt", ""))
	if q := r.authorize(newRequest()).Query(); q.Has("access_type") || q.Has("prompt") {
		t.Fatal(q)
	}
	r = googleRig(t, providers.WithParam("prompt", "select_account"))
	if q := r.authorize(newRequest()).Query(); q.Get("access_type") != "offline" || q.Get("prompt") != "select_account" {
		t.Fatal(q)
	}
}

// Google's issuer without its scheme is let through for Google alone. In
// TestS_1_IssuerExact it is refused elsewhere.
func TestS_2_GoogleIssuer(t *testing.T) {
	t.Parallel()
	for iss, why := range map[string]string{
		"accounts.google.com": "", googleIssuer: "", "http://accounts.google.com": otherIssuer, "accounts.google.com.evil.example": otherIssuer,
		googleIssuer + "/": otherIssuer, "//accounts.google.com": otherIssuer, "Accounts.Google.com": otherIssuer,
	} {
		t.Run(iss, func(t *testing.T) {
			t.Parallel()
			r := googleRig(t)
			r.op.EditIDToken = func(claims map[string]any) { delete(claims, "name"); claims["iss"] = iss }
			checkSignIn(t, r, why)
		})
	}
}

// The parameter hd only helps the person to choose. What counts is the claim,
// since anybody can remove the parameter on the way.
func TestGoogleHostedDomain(t *testing.T) {
	t.Parallel()
	const denied = "the account is not of the hosted domain"
	for name, tc := range map[string]struct {
		domain string
		hd     any
		why    string
	}{
		"of the domain":     {"example.com", "example.com", ""},
		"of another":        {"example.com", "evil.example", denied},
		"of a longer one":   {"example.com", "example.com.evil.example", denied},
		"of a subdomain":    {"example.com", "sub.example.com", denied},
		"none":              {"example.com", nil, denied},
		"empty":             {"example.com", "", denied},
		"star":              {"example.com", "*", denied},
		"array":             {"example.com", []string{"example.com"}, denied},
		"case":              {"example.com", "EXAMPLE.com", denied},
		"any, of one":       {"*", "other.example", ""},
		"any, of none":      {"*", nil, denied},
		"any, not a string": {"*", true, denied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := googleRig(t, providers.WithHostedDomain(tc.domain))
			r.op.EditIDToken = func(claims map[string]any) {
				if tc.hd != nil {
					claims["hd"] = tc.hd
				}
			}
			if got := r.authorize(newRequest()).Query().Get("hd"); got != tc.domain {
				t.Errorf("hd parameter %q", got)
			}
			id, err := r.signIn()
			if tc.why != "" {
				refused(t, id, err, providers.ErrDenied, tc.why)
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("the request cannot widen it", func(t *testing.T) {
		t.Parallel()
		r := googleRig(t, providers.WithHostedDomain("example.com"))
		r.op.EditIDToken = func(claims map[string]any) { claims["hd"] = "evil.example" }
		req := newRequest()
		req.Params = url.Values{"hd": {"evil.example"}}
		id, err := r.exchange(r.callback(req))
		refused(t, id, err, providers.ErrDenied, denied)
	})
	t.Run("no domain is no permission for all", func(t *testing.T) {
		t.Parallel()
		err := googleRig(t, providers.WithHostedDomain("")).p.(providers.Checker).Check()
		if !errors.Is(err, providers.ErrConfig) || !strings.Contains(err.Error(), "WithHostedDomain is given no domain; name one, or * for any") {
			t.Fatal(err)
		}
	})
}
