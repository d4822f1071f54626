package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
)

// provider checks one provider. Without a client it only says what is known.
func (r *report) provider(ctx context.Context, p providers.Provider, client *http.Client) {
	info := p.Info()
	r.section(info.Name + " (" + info.ID + ")")
	_, routes := home()
	callback := routes + "/callback/" + info.ID
	r.note("callback URL to register: %s", callback)
	if info.Facts.Console != "" {
		r.note("there: %s", info.Facts.Console)
	}
	r.facts(info.Facts)
	if client == nil {
		return
	}
	clock := &clock{next: client.Transport}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: clock, Timeout: client.Timeout})
	if !r.authorization(ctx, p, callback) {
		return
	}
	r.metadata(ctx, info, clock)
	r.credentials(ctx, p, callback)
	r.skew(clock)
}

// facts says what is known of the provider.
func (r *report) facts(f providers.Facts) {
	switch f.Refresh {
	case "":
	case "no":
		r.note("refresh token: none, so the access token ends for good")
	default:
		r.note("refresh token: %s", f.Refresh)
	}
	if f.Note != "" {
		r.note("%s", f.Note)
	}
	if f.Docs != "" {
		r.note("documentation: %s", f.Docs)
	}
}

// authorization makes the URL to which the browser would be sent. It reads the
// provider's metadata, with all checks of the kit.
func (r *report) authorization(ctx context.Context, p providers.Provider, callback string) bool {
	where, err := p.AuthCodeURL(ctx, providers.AuthRequest{
		RedirectURL: callback, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
	})
	if err != nil {
		r.bad("%v", err)
		return false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, http.NoBody)
	if err != nil {
		r.bad("the authorization URL is not one: %v", err)
		return false
	}
	calls, _ := ctx.Value(oauth2.HTTPClient).(*http.Client)
	once := *calls
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(req)
	if err != nil {
		r.bad("the sign-in page of %s cannot be reached from here: %s", req.URL.Host, reason(err))
		return false
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		r.look("the sign-in page answers with status %d: perhaps the client id or the callback URL is not registered", resp.StatusCode)
	} else {
		r.good("the sign-in page of %s answers", req.URL.Host)
	}
	return true
}

// metadata tells what an OpenID provider says of itself.
func (r *report) metadata(ctx context.Context, info providers.Info, clock *clock) {
	if info.Issuer == "" || info.Protocol != providers.OpenIDConnect || strings.Contains(info.Issuer, "{") {
		return
	}
	document, err := fetch(ctx, strings.TrimSuffix(info.Issuer, "/")+"/.well-known/openid-configuration", clock)
	if err != nil {
		r.look("its metadata cannot be read a second time: %s", reason(err))
		return
	}
	r.good("metadata of %s", info.Issuer)
	list := func(member string) []string {
		var values []string
		_ = json.Unmarshal(document[member], &values)
		return values
	}
	has := func(member string) bool { return len(document[member]) > 2 }
	switch methods := list("code_challenge_methods_supported"); {
	case slices.Contains(methods, "S256"):
		r.good("PKCE with S256")
	case len(methods) == 0:
		r.note("PKCE: it does not say; it is sent anyway")
	}
	if methods := list("token_endpoint_auth_methods_supported"); len(methods) > 0 {
		r.note("client authentication: %s", strings.Join(methods, ", "))
	}
	for _, feature := range []struct{ member, name, without string }{
		{"revocation_endpoint", "revocation", "tokens stay good after a sign-out until they expire"},
		{"end_session_endpoint", "logout at the provider", "a sign-out leaves the provider's own session"},
		{"userinfo_endpoint", "user info", "everything has to be in the ID token"},
		{"backchannel_logout_supported", "back-channel logout", "it does not tell of sign-outs there"},
	} {
		if has(feature.member) && string(document[feature.member]) != "false" {
			r.note("%s: yes", feature.name)
		} else {
			r.note("%s: no; %s", feature.name, feature.without)
		}
	}
}

// credentials sends a code that does not exist to the token endpoint: how it is refused
// tells whether the client is known.
func (r *report) credentials(ctx context.Context, p providers.Provider, callback string) {
	params := url.Values{"code": {"made-up-by-doctor"}}
	if issuer := p.Info().Issuer; issuer != "" && !strings.Contains(issuer, "{") {
		params.Set("iss", issuer)
	}
	_, err := p.Exchange(ctx, providers.Callback{
		Params: params, RedirectURL: callback, Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
	})
	var e *providers.Error
	errors.As(err, &e)
	switch {
	case errors.Is(err, providers.ErrInvalidGrant):
		r.good("client id and secret are accepted: a made-up code is refused as such")
	case e == nil:
		r.look("a made-up code: %v", err)
	case strings.Contains(e.Code, "redirect"):
		r.bad("the callback URL is not registered there (%s)", e.Code)
	case strings.Contains(e.Code, "client"), e.Status == http.StatusUnauthorized:
		r.bad("client id or secret is not accepted (%v).\nCopy both anew from the provider's console; look for spaces, and for a secret of another application", err)
	case errors.Is(err, providers.ErrUnavailable) && e.Status == 0:
		r.bad("the token endpoint cannot be reached from here: %v", err)
	default:
		r.look("a made-up code is refused in a way that does not tell whether the secret is right: %v", err)
	}
}

// skew compares the clocks.
func (r *report) skew(c *clock) {
	switch ahead, known := c.ahead(); {
	case !known:
		r.note("clocks: the provider does not tell its time")
	case ahead.Abs() > time.Minute:
		r.bad("this machine's clock differs by %v from the provider's; more than a minute makes ID tokens invalid. Set up NTP", ahead)
	case ahead.Abs() > 10*time.Second:
		r.look("this machine's clock differs by %v from the provider's; more than a minute would be too much", ahead)
	default:
		r.good("clocks agree")
	}
}

// fetch gets a JSON object.
func fetch(ctx context.Context, where string, clock *clock) (map[string]json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Transport: clock, Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var object map[string]json.RawMessage
	return object, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&object)
}

// reason returns what went wrong without the URL, which is long and holds a state.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
