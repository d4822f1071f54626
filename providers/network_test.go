package providers_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// pipes is a network of net.Pipe: a real transport of net/http talks to a real
// server, on virtual time. Requests to any host arrive at the same handler.
func pipes(t *testing.T, h http.Handler) http.RoundTripper {
	t.Helper()
	l := &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(l) }()
	transport := &http.Transport{
		DialContext:    func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) },
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) },
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	})
	return transport
}

type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *listener) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// endpoint is one outbound call: its path, the limits of its answer, and how to
// make it.
type endpoint struct {
	path  string
	bytes int
	time  time.Duration
	call  func(r *rig, a token.Account) error
}

// endpoints are the calls of an OpenID provider. The account is of an earlier
// sign-in.
func endpoints() map[string]endpoint {
	exchange := func(r *rig, _ token.Account) error {
		_, err := r.signIn()
		return err
	}
	return map[string]endpoint{
		"discovery": {"/.well-known/openid-configuration", 256 << 10, 10 * time.Second, func(r *rig, _ token.Account) error {
			_, err := r.p.AuthCodeURL(r.ctx(), newRequest())
			return err
		}},
		"keys":     {"/keys", 512 << 10, 10 * time.Second, exchange},
		"token":    {"/token", 128 << 10, 8 * time.Second, exchange},
		"userinfo": {"/userinfo", 256 << 10, 10 * time.Second, exchange},
		"refresh": {"/token", 128 << 10, 8 * time.Second, func(r *rig, a token.Account) error {
			_, err := r.refresh(a)
			return err
		}},
		"revoke": {"/revoke", 8 << 10, 8 * time.Second, func(r *rig, a token.Account) error {
			return r.p.(providers.Revoker).Revoke(r.ctx(), token.Account{AccessToken: a.AccessToken})
		}},
	}
}

// broken calls one endpoint that answers with h, over the network of pipes, and
// returns what came of it. Everything else answers as it should.
func broken(t *testing.T, name string, h http.HandlerFunc) (*rig, error) {
	t.Helper()
	e := endpoints()[name]
	earlier := tokenRig(t)
	account := earlier.mustSignIn().Account
	r := tokenRig(t)
	r.next = pipes(t, r.op)
	r.answers[name] = func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // until then a server does not notice that the client is gone
		h(w, r)
	}
	if name == "revoke" || name == "refresh" { // leave nothing but the call itself
		r.authorize(newRequest())
	}
	return r, e.call(r, account)
}

// forEndpoints runs a test for each endpoint on virtual time.
func forEndpoints(t *testing.T, f func(t *testing.T, name string, e endpoint)) {
	t.Helper()
	t.Parallel()
	for name, e := range endpoints() {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) { f(t, name, e) })
		})
	}
}
