package providers_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// What people choose for themselves, such as a name, gets into a URL only as one part of
// it.
func TestDialectURLs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		login string
		asked string // as it goes out; empty if nothing does
	}{
		"plain":   {"ada", "/users/ada/mail"},
		"space":   {"ada l", "/users/ada%20l/mail"},
		"slashes": {"../admin?x=#", "/users/..%2Fadmin%3Fx%3D%23/mail"},
		"up":      {"..", ""},
		"here":    {".", ""},
		"nothing": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) {
				c.Dialect.Further = map[string]string{"mail": issuer + "/users/{login}/mail"}
			})
			p.handlers["/me"] = replyJSON(`{"id":42,"login":"` + tc.login + `"}`)
			var asked string
			next := p.next
			p.next = roundTrip(func(r *http.Request) (*http.Response, error) {
				if strings.HasPrefix(r.URL.Path, "/users/") {
					asked = r.URL.EscapedPath()
				}
				return next.RoundTrip(r)
			})
			id, err := p.exchange()
			if tc.asked == "" {
				refused(t, id, err, providers.ErrProfile, "lacks what its URL needs")
			} else if err != nil {
				t.Fatal(err)
			}
			if asked != tc.asked || p.strangers("op.example.com") != 0 {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

// A revocation URL that cannot be filled in is a matter of the configuration, and goes
// nowhere.
func TestRevocationURLs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		location, want string
	}{
		"both":           {"/apps/{client_id}/{token}", "/apps/app/a b"},
		"something else": {"/apps/{access_token}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, func(c *providers.Config) { c.RevokeURL = issuer + tc.location })
			p.handlers["/apps/app/a b"] = reply(http.StatusOK, "", "")
			err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), token.Account{AccessToken: token.NewSecret("a b")})
			if tc.want == "" {
				if !errors.Is(err, providers.ErrConfig) || len(p.sent) != 0 {
					t.Error(err)
				}
				return
			}
			if err != nil || len(p.to(tc.want)) != 1 {
				t.Error(err)
			}
		})
	}
}

// A token that was to end itself, and that is no longer good, has been revoked.
func TestRevokeItself(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]error{
		http.StatusOK: nil, http.StatusNoContent: nil, http.StatusUnauthorized: nil,
		http.StatusBadRequest: providers.ErrRejected, http.StatusBadGateway: providers.ErrUnavailable,
	} {
		p := newPlain(t, func(c *providers.Config) {
			c.Dialect.Revocation = providers.Revocation{Bearer: true, Only: "access_token"}
		})
		p.handlers["/revoke"] = reply(status, "application/json", `{"error":"invalid_request"}`)
		if kind == nil {
			p.handlers["/revoke"] = reply(status, "", "")
		}
		err := p.p.(providers.Revoker).Revoke(p.context(t.Context()), token.Account{AccessToken: token.NewSecret("at"), RefreshToken: token.NewSecret("rt")})
		if !errors.Is(err, kind) || len(p.to("/revoke")) != 1 || p.to("/revoke")[0].header.Get("Authorization") != "Bearer at" {
			t.Errorf("%d: %v", status, err)
		}
	}
}
