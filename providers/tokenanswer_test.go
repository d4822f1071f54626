package providers_test

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

func TestS_65_TokenType(t *testing.T) {
	t.Parallel()
	for member, ok := range map[string]bool{
		`"token_type":"bearer"`: true, `"token_type":"Bearer"`: true, `"token_type":"BEARER"`: true,
		`"token_type":"mac"`: false, `"token_type":"DPoP"`: false, `"token_type":"bearer "`: false, `"token_type":""`: false,
		`"token_type":null`: false, `"token_type":5`: false, `"x":1`: false, `"Token_Type":"bearer"`: false,
	} {
		t.Run(member, func(t *testing.T) {
			check := goodGrant("at-1")
			if !ok {
				check = refusedGrant(providers.ErrResponse, "token_type is not Bearer")
			}
			grants(t, func(p *plain) { p.handlers["/token"] = replyJSON(`{"access_token":"at-1",` + member + `}`) }, check)
		})
	}
	t.Run("left out where that is known", func(t *testing.T) {
		t.Parallel()
		p := newPlain(t, func(c *providers.Config) { c.UntypedTokens = true })
		p.handlers["/token"] = replyJSON(`{"access_token":"at-1"}`)
		if _, err := p.exchange(); err != nil {
			t.Fatal(err)
		}
		p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"mac"}`)
		id, err := p.exchange()
		refused(t, id, err, providers.ErrResponse, "token_type is not Bearer")
	})
}

// A token has to fit into a header.
func TestS_66_TokenCharacters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		for value, ok := range map[string]bool{
			`"abc.DEF-_~+/="`: true, `"with space"`: true, `"~"`: true,
			`"a\r\nX: y"`: false, `"a\ny"`: false, `"a\u0000b"`: false, `"a\tb"`: false, `"a\u001fb"`: false, `"a\u007f"`: false, `"ü"`: false,
			`""`: false, `5`: false, `true`: false, `["a"]`: false, `{}`: false,
			`null`: name != "access_token",
		} {
			t.Run(name+" "+value, func(t *testing.T) {
				o := members{"access_token": "at-1", "refresh_token": "rt-1", "token_type": "bearer"}
				o[name] = rawJSON(value)
				check := refusedGrant(providers.ErrResponse, "a token is missing, too long, or has characters that no header can carry")
				if ok {
					check = func(t *testing.T, _ *plain, _ token.Account, err error) {
						if err != nil {
							t.Fatal(err)
						}
					}
				}
				grants(t, func(p *plain) { p.handlers["/token"] = replyJSON(toJSON(o)) }, check)
			})
		}
	}
}

// How long a token is good for, however it is said.
func TestS_67_Lifetime(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for value, want := range map[string]time.Duration{
		`3600`: time.Hour, `"3600"`: time.Hour, `3599.5`: time.Hour - time.Second, `3600.0`: time.Hour, `1`: time.Second, `1.8e3`: 30 * time.Minute,
		`0`: 0, `-5`: 0, `"-5"`: 0, `0.5`: 0, `-1e300`: 0,
		`31536000`: year, `31536001`: year, `1e18`: year, `1000000000000000000`: year, `99999999999999999999999`: year, `1e300`: year, `"9223372036854775807"`: year,
		`null`: -1,
	} {
		t.Run(value, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer","expires_in":` + value + `}`)
			}, func(t *testing.T, _ *plain, a token.Account, err error) {
				checkLifetime(t, a, err, want)
			})
		})
	}
	t.Run("absent", func(t *testing.T) {
		grants(t, func(p *plain) { p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer"}`) },
			func(t *testing.T, _ *plain, a token.Account, err error) { checkLifetime(t, a, err, -1) })
	})
	for _, value := range []string{`"abc"`, `""`, `"1h"`, `"3599.5"`, `true`, `[3600]`, `{}`} {
		t.Run(value, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer","expires_in":` + value + `}`)
			}, refusedGrant(providers.ErrResponse, "expires_in is not a number of seconds"))
		})
	}
}

// checkLifetime checks both fields that say how long a token is good for; less
// than nothing stands for a provider that does not say.
func checkLifetime(t *testing.T, a token.Account, err error, want time.Duration) {
	t.Helper()
	switch {
	case err != nil:
		t.Fatal(err)
	case want < 0:
		if !a.ExpiresAt.IsZero() || a.Lifetime != 0 {
			t.Fatalf("%v, until %v", a.Lifetime, a.ExpiresAt)
		}
	case a.Lifetime != want || !a.ExpiresAt.Equal(time.Now().Add(want)): // the clock stands still
		t.Fatalf("%v, until %v", a.Lifetime, a.ExpiresAt)
	}
}

// The granted scope is recorded; without one in the answer it is what was asked
// for (RFC 6749 section 5.1).
func TestS_68_GrantedScope(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]string{
		`"read mail"`: {"read mail", "read mail"}, `"read"`: {"read", "read"}, `""`: {"read", "read write"}, `null`: {"read", "read write"}, `5`: {"read", "read write"},
	} {
		t.Run(value, func(t *testing.T) {
			grants(t, func(p *plain) {
				p.handlers["/token"] = replyJSON(`{"access_token":"at-1","token_type":"bearer","scope":` + value + `}`)
			}, func(t *testing.T, _ *plain, a token.Account, err error) {
				wanted := want[0]
				if strings.HasSuffix(t.Name(), "refresh") {
					wanted = want[1]
				}
				if err != nil || a.Scope != wanted {
					t.Fatalf("scope %q, %v", a.Scope, err)
				}
			})
		})
	}
}

// A code is not sent again, however the connection breaks.
func TestS_69_NoRetry(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]error{
		"reset":        &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET},
		"refused":      &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED},
		"early end":    io.ErrUnexpectedEOF,
		"end":          io.EOF,
		"unknown host": &net.DNSError{Err: "no such host", Name: "op.example.com", IsNotFound: true},
		"other":        errors.New("some other thing"),
	} {
		t.Run(name, func(t *testing.T) {
			grants(t, func(p *plain) {
				next := p.next
				p.next = roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path == "/token" {
						return nil, broken
					}
					return next.RoundTrip(r)
				})
			}, refusedGrant(providers.ErrUnavailable, ""))
		})
	}
}

// What goes to the token endpoint, to the letter.
func TestTokenRequests(t *testing.T) {
	t.Parallel()
	p := newPlain(t)
	if _, err := p.exchange(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.refresh(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []url.Values{
		{"grant_type": {"authorization_code"}, "code": {"the-code"}, "redirect_uri": {redirectURL}, "code_verifier": {goodCallback().Verifier}},
		{"grant_type": {"refresh_token"}, "refresh_token": {"rt-0"}},
	} {
		got := p.to("/token")[i]
		if got.method != "POST" || got.header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(got.query) != 0 ||
			!maps.EqualFunc(got.form, want, func(a, b []string) bool { return len(a) == 1 && a[0] == b[0] }) {
			t.Errorf("%s %s", got.method, got.body)
		}
	}
}
