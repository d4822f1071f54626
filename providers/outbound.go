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
)

// The outbound calls, as errors name them.
const (
	opConfig    = "configuration"
	opAuthorize = "authorization"
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
	case opToken, opRefresh:
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
	c.Transport = guard{next, provider, op, got}
	return &c
}

// guard is a transport that lets only good answers through: status 200, bounded,
// JSON where JSON is due, and no error inside. Everything else becomes an Error.
type guard struct {
	next     http.RoundTripper
	provider string
	op       string
	got      *claims.Object
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "sealedauth") // GitHub refuses requests without one
	resp, err := g.next.RoundTrip(r)
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
	if g.op == opToken || g.op == opRefresh {
		// x/oauth2 reads the answer once more, and gives up at an expires_in such
		// as 3599.5. What counts is got.
		body = []byte(`{"access_token":"in got"}`)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// judge looks at status, type and content of an answer.
func (g guard) judge(resp *http.Response, body []byte) error {
	object, malformed := claims.ParseObject(body)
	code := codeOf(object)
	e := &Error{Provider: g.provider, Op: g.op, Status: resp.StatusCode, Code: code, RetryAfter: retryAfter(resp.Header)}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.Kind, e.Detail = ErrResponse, "it redirects, which is not followed; configure the final URL"
		return e
	case resp.StatusCode != http.StatusOK && (g.op != opRevoke || resp.StatusCode != http.StatusNoContent):
		e.Kind = kindOf(code, resp.StatusCode)
		return e
	case code != "": // some answer 200 and mean an error
		e.Kind = kindOf(code, resp.StatusCode)
		return e
	case g.got == nil:
		return nil
	case (g.op == opToken || g.op == opRefresh || g.op == opUserInfo) && !isJSON(resp.Header):
		e.Kind, e.Detail = ErrResponse, "its content type is not JSON"
		return e
	case malformed != nil:
		e.Kind, e.Detail = ErrResponse, malformed.Error()
		return e
	}
	*g.got = object
	return nil
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

// fetch gets a JSON object. The access token, if there is one, goes into the
// Authorization header (RFC 6750 section 2.1).
func fetch(ctx context.Context, provider, op, url, accessToken string) (claims.Object, http.Header, error) {
	var got claims.Object
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return got, nil, &Error{Provider: provider, Op: op, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	if accessToken != "" {
		req.Header.Set("Authorization", "Bearer "+accessToken)
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

// asError finds the Error in what net/http and x/oauth2 wrap around it. Their
// own texts are dropped: they contain URLs and can contain bodies.
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
