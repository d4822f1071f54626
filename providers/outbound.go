package providers

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// The outbound calls, as errors name them.
const (
	opConfig    = "configuration"
	opAuthorize = "authorization"
	opPush      = "pushed authorization"
	opDiscovery = "discovery"
	opKeys      = "keys"
	opToken     = "token"
	opRefresh   = "refresh"
	opIDToken   = "id token"
	opUserInfo  = "user info"
	opRevoke    = "revocation"
	opLogout    = "logout"

	opLogoutToken = "logout token"
)

// limits returns how long a call may take and how many bytes its answer may
// have, after decompression.
func limits(op string) (time.Duration, int64) {
	switch op {
	case opKeys:
		return 10 * time.Second, 512 << 10
	case opToken, opRefresh, opPush:
		return 8 * time.Second, 128 << 10
	case opRevoke:
		return 8 * time.Second, 8 << 10
	}
	return 10 * time.Second, 256 << 10
}

// outbound returns the context's HTTP client, restrained for one call: its own
// time limit, no redirects (a 307 would carry the client secret to another
// host), and the checks of guard. A strict JSON answer is stored in got.
func outbound(ctx context.Context, provider, op string, got *claims.Object) *http.Client {
	base, _ := ctx.Value(oauth2.HTTPClient).(*http.Client)
	if base == nil {
		base = http.DefaultClient
	}
	c := *base
	limit, _ := limits(op)
	if c.Timeout == 0 || c.Timeout > limit {
		c.Timeout = limit
	}
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	c.Transport = guard{next: next, provider: provider, op: op, got: got, dialect: &Dialect{}}
	return &c
}

// calls returns the client for one call, as outbound does. If there is a key, the call
// carries its proof, and the access token that is bound to it.
func (c *client) calls(ctx context.Context, op string, got *claims.Object, key, access token.Secret) (*http.Client, error) {
	calls := outbound(ctx, c.ID, op, got)
	g, _ := calls.Transport.(guard) // of outbound
	g.dialect, g.header = &c.Dialect, map[string]string{}
	for name, value := range c.Dialect.Header {
		if access.IsZero() && strings.Contains(value, "{access_token}") {
			continue
		}
		g.header[name] = strings.NewReplacer("{client_id}", c.ClientID, "{access_token}", access.Reveal()).Replace(value)
	}
	if !key.IsZero() {
		prover, err := NewProver(key, c.nonces)
		if err != nil {
			return nil, &Error{Provider: c.ID, Op: op, Kind: ErrConfig, Detail: "the account's DPoP key is not one"}
		}
		g.prover, g.access = prover, access
	}
	calls.Transport = g
	return calls, nil
}

// guard is a transport that lets only good answers through: status 200, bounded,
// JSON where JSON is due, and no error inside. Everything else becomes an Error.
type guard struct {
	next     http.RoundTripper
	provider string
	op       string
	got      *claims.Object
	dialect  *Dialect
	header   map[string]string // of the dialect, complete

	prover *Prover      // nil unless the call has to prove a key
	access token.Secret // that is bound to it, if it is already there
}

// send sends a request, with a proof if there has to be one.
func (g guard) send(r *http.Request) (*http.Response, error) {
	if g.prover != nil {
		return g.prover.Send(g.next, r, g.access)
	}
	return g.next.RoundTrip(r)
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "application/json")
	}
	r.Header.Set("User-Agent", "sealedauth") // GitHub refuses requests without one
	for name, value := range g.header {
		r.Header.Set(name, value)
	}
	resp, err := g.send(r)
	if err != nil {
		return nil, g.failed(err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, limit := limits(g.op)
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, g.failed(err)
	case int64(len(body)) > limit:
		return nil, &Error{Provider: g.provider, Op: g.op, Kind: ErrResponse, Status: resp.StatusCode,
			Detail: fmt.Sprintf("longer than %d bytes", limit)}
	}
	if err := g.judge(resp, body); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// judge looks at status, type and content of an answer.
func (g guard) judge(resp *http.Response, body []byte) error {
	object, malformed := claims.ParseObject(body)
	code, kind := g.dialect.judge(g.op, object, resp.StatusCode)
	e := &Error{Provider: g.provider, Op: g.op, Status: resp.StatusCode, Code: code, RetryAfter: retryAfter(resp.Header)}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.Kind, e.Detail = ErrResponse, "it redirects, which is not followed; configure the final URL"
		return e
	case !g.isGood(resp.StatusCode):
		e.Kind = kind
		return e
	case code != "": // some answer 200 and mean an error
		e.Kind = kind
		return e
	case g.got == nil:
		return nil
	case g.op != opDiscovery && g.op != opKeys && !g.dialect.AnyContentType && !isJSON(resp.Header):
		e.Kind, e.Detail = ErrResponse, "its content type is not JSON"
		return e
	case malformed != nil:
		e.Kind, e.Detail = ErrResponse, malformed.Error()
		return e
	}
	*g.got = object
	return nil
}

// isGood tells whether a status is that of success: 200, or what else the endpoint's
// specification has for it.
func (g guard) isGood(status int) bool {
	switch status {
	case http.StatusOK:
		return true
	case http.StatusCreated:
		return g.op == opPush // RFC 9126 section 2.2
	case http.StatusNoContent:
		return g.op == opRevoke
	}
	return false
}

func isJSON(h http.Header) bool {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json"))
}

// failed describes a broken connection. The errors of net/http can quote what
// the server sent, so only those of known types are passed on as text.
func (g guard) failed(err error) error {
	e := &Error{Provider: g.provider, Op: g.op, Kind: ErrUnavailable, Detail: "the connection failed"}
	var (
		dial *net.OpError
		name *net.DNSError
		cert *tls.CertificateVerificationError
		wait net.Error
	)
	switch {
	case errors.As(err, &cert):
		e.Detail = cert.Error()
	case errors.As(err, &wait) && wait.Timeout(), errors.Is(err, context.DeadlineExceeded):
		e.Detail = "no answer in time"
	case errors.Is(err, context.Canceled):
		e.Detail = "the request was cancelled"
	case errors.As(err, &name):
		e.Detail = name.Error()
	case errors.As(err, &dial):
		e.Detail = dial.Error()
	}
	return e
}

// fetch gets a JSON object.
func fetch(ctx context.Context, provider, op, url string) (claims.Object, http.Header, error) {
	var got claims.Object
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return got, nil, &Error{Provider: provider, Op: op, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	header, err := do(outbound(ctx, provider, op, &got), provider, op, req)
	return got, header, err
}

// do sends a request whose answer guard has judged.
func do(c *http.Client, provider, op string, req *http.Request) (http.Header, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, asError(err, provider, op)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.Header, nil
}

// asError finds the Error in what net/http wraps around it. Its own text is
// dropped: it contains URLs.
func asError(err error, provider, op string) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	e = &Error{Provider: provider, Op: op, Kind: ErrResponse, Detail: "it lacks what the protocol asks for"}
	var wait net.Error
	if errors.As(err, &wait) && wait.Timeout() {
		e.Kind, e.Detail = ErrUnavailable, "no answer in time"
	}
	return e
}
