package providertest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime/debug"
)

// errConnection is what a client sees of a connection that breaks.
var errConnection = errors.New("providertest: the connection broke")

// InMemory returns a client whose calls go straight to the handler, whatever host
// they are for, without a network. It works under testing/synctest, where time is
// virtual. As over a network, a call ends with its context, an answer streams
// once the handler flushes it, and a handler that panics breaks the connection.
func InMemory(h http.Handler) *http.Client { return &http.Client{Transport: memory{h}} }

type memory struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	ctx, hangUp := context.WithCancel(r.Context())
	a := &answer{record: httptest.NewRecorder(), ctx: ctx, hangUp: hangUp, ready: make(chan struct{})}
	go func() {
		in, err := incoming(ctx, r), errConnection
		defer func() { // also if the handler exits the goroutine, as t.Fatal does
			_ = in.Body.Close()
			a.end(err)
			hangUp()
		}()
		err = serve(m.handler, a, in)
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-a.ready:
	}
	if a.err != nil {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return nil, a.err
	}
	a.response.Request = r
	return a.response, nil
}

// incoming makes of a client's request what a server sees of it. The original
// stays the caller's, who may send it again.
func incoming(ctx context.Context, r *http.Request) *http.Request {
	in := r.Clone(ctx)
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "192.0.2.1:1234"
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if in.URL.Path == "" {
		in.URL.Path = "/"
	}
	if r.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: r.URL.Hostname()}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// serve calls a handler as the server of net/http does: a panic ends no more than
// the connection, and is logged unless it was meant to do just that.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		p := recover()
		if p != nil {
			err = errConnection
		}
		if p != nil && p != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
			log.Printf("providertest: panic serving %q: %v\n%s", r.URL.Path, p, debug.Stack()) //nolint:gosec // it is quoted
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// answer is a response in the making: recorded until the handler ends or flushes
// it, and a stream from the first flush on.
type answer struct {
	record *httptest.ResponseRecorder
	pipe   *io.PipeWriter  // from the first flush on
	ctx    context.Context // of the request, as the handler has it
	hangUp context.CancelFunc

	ready    chan struct{} // closed when one of the rest is set
	response *http.Response
	err      error
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.record.Header() }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.record.WriteHeader(status) }

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.pipe != nil {
		return a.pipe.Write(p)
	}
	return a.record.Write(p)
}

// Flush implements http.Flusher.
func (a *answer) Flush() {
	if a.pipe != nil {
		return
	}
	a.record.Flush()
	a.response = a.record.Result()
	first := bytes.Clone(a.record.Body.Bytes())
	out, in := io.Pipe()
	a.pipe = in
	a.response.Body = streamBody{Reader: io.MultiReader(bytes.NewReader(first), out), pipe: out, hangUp: a.hangUp}
	context.AfterFunc(a.ctx, func() { _ = in.CloseWithError(a.ctx.Err()) })
	close(a.ready)
}

// end tells that the handler has returned, or that it broke the connection.
func (a *answer) end(err error) {
	if a.pipe != nil {
		if err == nil {
			err = a.ctx.Err() // a handler that noticed has left its answer unfinished
		}
		_ = a.pipe.CloseWithError(err)
		return
	}
	if a.err = err; err == nil {
		a.response = a.record.Result()
	}
	close(a.ready)
}

// streamBody is the body of an answer that streams.
type streamBody struct {
	io.Reader
	pipe   *io.PipeReader
	hangUp context.CancelFunc
}

// Close tells the handler that nobody reads any more.
func (b streamBody) Close() error {
	b.hangUp()
	return b.pipe.Close()
}
