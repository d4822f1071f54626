package httpauth_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Faults of the letter B that are about sockets.

// gauge counts the connections that a client has open, how many it had at most, and
// the bytes that it has read from them.
type gauge struct{ open, most, read atomic.Int64 }

// measure counts the connections of a client, which go on as before.
func measure(c *http.Client) *gauge {
	g := new(gauge)
	transport, _ := c.Transport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		now := g.open.Add(1)
		for most := g.most.Load(); now > most && !g.most.CompareAndSwap(most, now); most = g.most.Load() {
		}
		return &gauged{Conn: conn, gauge: g}, nil
	}
	return g
}

type gauged struct {
	net.Conn
	gauge *gauge
	once  sync.Once
}

func (c *gauged) Close() error {
	c.once.Do(func() { c.gauge.open.Add(-1) })
	return c.Conn.Close()
}

func (c *gauged) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.gauge.read.Add(int64(n))
	return n, err
}

// callers are the two calls to the token endpoint, each with what makes it: a
// callback, and a request of somebody whose access token has expired.
func (a *app) callers() map[string]func() answer {
	a.needs()
	b, c := a.browser(), a.browser()
	back := b.choose(b.start("op", "/"), "alice")
	c.signIn("bob")
	return map[string]func() answer{
		"token":   func() answer { return b.get(back) },
		"refresh": func() answer { return c.get("/needs") },
	}
}

// failed checks that a call failed in a way that the person can try again.
func failed(t *testing.T, endpoint string, r answer) {
	t.Helper()
	again := r.StatusCode == http.StatusServiceUnavailable
	if endpoint == "token" {
		again = strings.Contains(r.location(), "/auth/signin?") && strings.Contains(r.location(), "error=")
	}
	if !again {
		t.Errorf("%s: %d %s", endpoint, r.StatusCode, r.location())
	}
}

// F-12: an answer of which one byte comes each second, from its first header on or
// from its body on. It ends in time, and costs no memory. (A test run has a
// stricter client; see TestF_11_Silence for the kit's own limit.) It measures
// memory, so it runs alone.
func TestF_12_SlowLoris(t *testing.T) { //nolint:paralleltest // see above
	limit := time.Duration(scaled(2, 8)) * time.Second
	slowly := func(w io.Writer, gone <-chan struct{}) {
		for {
			select {
			case <-gone:
				return
			case <-time.After(time.Second):
				if _, err := io.WriteString(w, "a"); err != nil {
					return
				}
			}
		}
	}
	var all sync.WaitGroup
	bytes := allocated(1, func(int) {
		for _, where := range []string{"headers", "body"} {
			a := onSockets(t, sockets{}, expiring)
			calls := a.callers()
			a.http.Timeout = limit
			a.op.Intercept = func(endpoint string, w http.ResponseWriter, r *http.Request) bool {
				if endpoint != "token" && endpoint != "refresh" {
					return false
				}
				if where == "headers" {
					conn, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return true
					}
					slowly(conn, t.Context().Done())
					return true
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, "{")
				slowly(flushing{w}, r.Context().Done())
				return true
			}
			for endpoint, call := range calls {
				all.Go(func() {
					within(t, limit+time.Second, endpoint+" with slow "+where, func() { failed(t, endpoint, call()) })
				})
			}
		}
		all.Wait()
	})
	if bytes > 8<<20 {
		t.Errorf("%d bytes were allocated", bytes)
	}
}

// flushing sends each write at once.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	_ = http.NewResponseController(f.ResponseWriter).Flush()
	return n, err
}

// F-14: answers of a gigabyte, announced and not, and a gigabyte of zeros that is a
// megabyte on the wire. Reading ends at 128 KiB, and so does the connection. It
// measures memory, so it runs alone.
func TestF_14_HugeBodies(t *testing.T) { //nolint:paralleltest // see above
	var zeros bytes.Buffer // members of gzip can stand one after the other (RFC 1952 section 2.2)
	zip := gzip.NewWriter(&zeros)
	_, _ = zip.Write(make([]byte, 1<<20))
	_ = zip.Close()
	chunk := bytes.Repeat([]byte(" "), 32<<10)
	for name, header := range map[string]http.Header{
		"stream":                   {},
		"Content-Length of 10 GiB": {"Content-Length": {"10737418240"}},
		"gzip":                     {"Content-Encoding": {"gzip"}},
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // see above
			a := onSockets(t, sockets{}, expiring)
			g := measure(a.http)
			calls := a.callers()
			part, times := chunk, 1<<30/len(chunk)
			if name == "gzip" {
				part, times = zeros.Bytes(), 1024
			}
			a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
				if endpoint != "token" && endpoint != "refresh" {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				for name, values := range header {
					w.Header()[name] = values
				}
				for range times {
					if _, err := w.Write(part); err != nil {
						break
					}
				}
				return true
			}
			for endpoint, call := range calls {
				read := g.read.Load()
				bytes := allocated(1, func(int) { failed(t, endpoint, call()) })
				if bytes > 2<<20 {
					t.Errorf("%s: %d bytes were allocated", endpoint, bytes)
				}
				if n := g.read.Load() - read; n > 200<<10 {
					t.Errorf("%s: %d bytes were read", endpoint, n)
				}
				eventually(t, "the connection is closed", func() bool { return g.open.Load() == 0 })
			}
		})
	}
}

// eventually waits for something that happens elsewhere.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for range 200 {
		if happened() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s: not within two seconds", what)
}

// F-15: a million headers, and a header of a megabyte. No more than 64 KiB of them
// are read.
func TestF_15_HugeHeaders(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"headers": strings.Repeat("X-Header: 1\r\n", 1_000_000),
		"a line":  "X-Header: " + strings.Repeat("1", 1<<20) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := onSockets(t, sockets{}, expiring)
			calls := a.callers()
			a.http.CloseIdleConnections()
			g := measure(a.http)
			a.op.Intercept = answerRaw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+raw+"Content-Length: 2\r\n\r\n{}", false)
			for endpoint, call := range calls {
				read := g.read.Load()
				failed(t, endpoint, call())
				if n := g.read.Load() - read; n > 72<<10 || n < 32<<10 { // 64 KiB, and what stands in a buffer
					t.Errorf("%s: %d bytes were read", endpoint, n)
				}
			}
		})
	}
}

// answerRaw makes the token endpoint send this text and end the connection, with a
// reset or in order.
func answerRaw(text string, reset bool) func(string, http.ResponseWriter, *http.Request) bool {
	return func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
		if endpoint != "token" && endpoint != "refresh" {
			return false
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return false
		}
		_, _ = io.WriteString(conn, text)
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			if text != "" { // a reset overtakes what was sent before
				time.Sleep(20 * time.Millisecond)
			}
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
		return true
	}
}

// resetting is a listener that resets connections while it is armed.
type resetting struct {
	net.Listener
	armed *atomic.Bool
}

func (l resetting) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.armed.Load() {
			return conn, err
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// F-17: the connection is reset: before anything was sent, after the request, after
// the headers of the answer, and within its body. Nothing is sent twice, and the
// person can try again.
func TestF_17_Resets(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
	for name, tc := range map[string]struct {
		text  string
		posts int
	}{
		"before the request": {"", 0},
		"after the request":  {"", 1},
		"after the headers":  {head, 1},
		"within the body":    {head + `{"access_token":"canary","token_type":"Bea`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			armed := new(atomic.Bool)
			a := onSockets(t, sockets{wrap: func(l net.Listener) net.Listener { return resetting{l, armed} }}, expiring)
			calls := a.callers()
			before := map[string]int{"token": a.op.Count("token"), "refresh": a.op.Count("refresh")}
			if tc.posts == 0 {
				a.http.CloseIdleConnections()
				armed.Store(true)
			} else {
				a.op.Intercept = answerRaw(tc.text, true)
			}
			for endpoint, call := range calls {
				failed(t, endpoint, call())
				if n := a.op.Count(endpoint) - before[endpoint]; n != tc.posts {
					t.Errorf("%s: sent %d times", endpoint, n)
				}
			}
			if strings.Contains(a.said(), "canary") {
				t.Error("what the provider sent got out")
			}
		})
	}
}
