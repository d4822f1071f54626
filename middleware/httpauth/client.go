package httpauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Client returns an HTTP client that sends the access token of the account that
// the person signed in with; see [ClientFor].
func Client(ctx context.Context) (*http.Client, error) { return ClientFor(ctx, "") }

// ClientFor returns an HTTP client that sends the access token of the person's
// account at a provider, which they signed in with or connected (see [Connect]).
// It is fresh, since it was renewed before the handler ran. If that failed, the
// error is an [Error] that matches ErrNoAccessToken and says why: 503 if it may
// pass, 401 if the person has to sign in or connect the account again.
//
// An API may refuse a token that should be good. Then it is renewed once and the
// request is sent again, if its body can be; the session is updated in the
// response. That is only done if it is known that the response has not begun; see
// [SetCommitted], which the adapter for Echo calls.
//
// The token is sent over https only (or to this machine), and not to other hosts
// that a redirect leads to. One that is bound to a key goes with the proof of it
// (DPoP, RFC 9449); an API that wants a nonce is sent the request once more, if its
// body can be. The client is for this request; it makes its calls with
// Config.HTTPClient.
func ClientFor(ctx context.Context, provider string) (*http.Client, error) {
	s := stateOf(ctx)
	if s == nil {
		return nil, ErrNotMounted
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil || s.err != nil {
		return nil, ErrNoSession
	}
	if provider == "" {
		provider = s.token.Account.Provider
	}
	account := s.token.AccountAt(provider)
	if err := s.usable(account); err != nil {
		return nil, err
	}
	c := *s.auth.cfg.HTTPClient
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	b := &bearer{next: next, state: s, provider: provider, token: account.AccessToken}
	if !account.DPoPKey.IsZero() {
		var err error
		if b.prover, err = providers.NewProver(account.DPoPKey, &s.auth.nonces); err != nil {
			return nil, unavailable(fmt.Errorf("%w: %w", ErrNoAccessToken, err))
		}
	}
	c.Transport = b
	return &c, nil
}

// usable tells whether an account has an access token that is still good.
func (s *state) usable(a *token.Account) error {
	again := func(why string) error { return unauthenticated(fmt.Errorf("%w: %s", ErrNoAccessToken, why)) }
	switch {
	case a == nil:
		return again("the person has no account at this provider")
	case a.AccessToken.IsZero():
		return again("the provider gave none, or it was not kept")
	case strings.EqualFold(a.TokenType, "DPoP") && a.DPoPKey.IsZero(): // it would not work, and would be shown to others
		return again("it is bound to a key that the session does not have")
	case a.ExpiresAt.IsZero() || time.Now().Before(a.ExpiresAt):
		return nil
	}
	o, _ := s.auth.refreshes.known.get(keyOf(*a), time.Now())
	var refresh error
	if a == &s.token.Account {
		refresh = s.refresh
	}
	switch {
	case a.RefreshToken.IsZero():
		return again("it has expired and cannot be renewed")
	case final(o.err) || final(refresh):
		return again("it has expired and the provider refuses to renew it")
	}
	err := errors.Join(o.err, refresh)
	if err == nil {
		err = errors.New("auth: it ended while the request was handled")
	}
	e := unavailable(fmt.Errorf("%w: %w", ErrNoAccessToken, err))
	e.Status, e.RetryAfter = http.StatusServiceUnavailable, max(time.Until(o.rests), time.Second)
	return e
}

// bearer is a transport that adds the access token.
type bearer struct {
	next     http.RoundTripper
	state    *state
	provider string
	token    token.Secret
	prover   *providers.Prover // nil for tokens that are not bound to a key
}

// RoundTrip implements http.RoundTripper. A request that follows a redirect gets
// the token only if no other host had a hand in it.
func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	own := confidential(r.URL)
	for from := r.Response; from != nil; from = from.Request.Response {
		own = own && from.Request.URL.Host == r.URL.Host && confidential(from.Request.URL)
	}
	if !own {
		return b.next.RoundTrip(r)
	}
	used := b.state.accessToken(b.provider, b.token)
	resp, err := b.send(r, used)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return resp, err
	}
	fresh, err := b.state.renewNow(r.Context(), b.provider, used)
	if err != nil { // the answer is the API's to give
		return resp, nil //nolint:nilerr // see above
	}
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // see above
		}
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxBody)
	_ = resp.Body.Close()
	return b.send(again, fresh)
}

// send sends a copy of a request with an access token.
func (b *bearer) send(r *http.Request, t token.Secret) (*http.Response, error) {
	if b.prover != nil {
		return b.prover.Send(b.next, r, t)
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.Reveal())
	return b.next.RoundTrip(r)
}

// renewNow renews an access token that an API has refused although it should be
// good, and puts it into the response. Who comes with a token that has been
// replaced meanwhile gets the new one.
func (s *state) renewNow(ctx context.Context, provider string, refused token.Secret) (token.Secret, error) {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	s.mu.Lock()
	at := s.token.AccountAt(provider)
	s.mu.Unlock()
	if at == nil {
		return token.Secret{}, ErrNoAccessToken
	}
	account := *at
	if !account.AccessToken.Equal(refused) {
		return account.AccessToken, nil
	}
	p, ok := s.auth.providers[provider].(providers.Refresher)
	if !ok || account.RefreshToken.IsZero() || !carriesCookies(s.request) || s.committed == nil || s.committed() || isFresh(account) {
		return token.Secret{}, ErrNoAccessToken
	}
	o, known := s.auth.refreshes.lookup(account)
	if !known {
		o = s.auth.refreshes.do(ctx, account, true, s.renewer(p, account))
	}
	if o.err != nil {
		return token.Secret{}, o.err
	}
	err := s.changeToken(func(t *token.Token) error {
		t.Connected = append([]token.Account{}, t.Connected...)
		if a := t.AccountAt(provider); a != nil {
			*a = o.account
		}
		return nil
	})
	return o.account.AccessToken, err
}

// isFresh reports whether an access token has only just been issued. An API that
// refuses it would refuse the next one, too.
func isFresh(a token.Account) bool {
	return a.Lifetime > 0 && time.Until(a.ExpiresAt) > a.Lifetime-time.Minute
}

// accessToken returns the current access token of an account, or the one of before
// if there is no such account any more.
func (s *state) accessToken(provider string, before token.Secret) token.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.token.AccountAt(provider); a != nil {
		return a.AccessToken
	}
	return before
}

// SetCommitted tells the kit how to find out whether the response has begun, for
// adapters of frameworks that know.
func SetCommitted(ctx context.Context, committed func() bool) {
	if s := stateOf(ctx); s != nil {
		s.committed = committed
	}
}

// confidential tells whether what is sent to u stays between the two ends.
func confidential(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}
