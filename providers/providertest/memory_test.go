package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers/providertest"
)

// The client in memory keeps to the contract of http.RoundTripper: requests can
// be sent again, and a context that has ended ends the call.
func TestClient(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	req, err := http.NewRequest(http.MethodGet, issuer+"/keys", nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			resp, err := p.op.Client().Transport.RoundTrip(req)
			if err != nil || resp.StatusCode != 200 || resp.Request != req {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
		})
	}
	all.Wait()
	if req.Body != nil || req.RequestURI != "" {
		t.Error("the request was changed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closes{Reader: strings.NewReader("x")}
	req.Body = body
	if _, err := p.op.Client().Do(req.WithContext(ctx)); !errors.Is(err, context.Canceled) || !body.closed {
		t.Error("a call with a context that has ended", err)
	}
}

// closes is a request body that knows whether it was closed.
type closes struct {
	io.Reader
	closed bool
}

func (c *closes) Close() error { c.closed = true; return nil }

// A handler gets a request as from a server.
func TestInMemoryRequest(t *testing.T) {
	t.Parallel()
	c := providertest.InMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprint(w, r.Method, " ", r.Host, " ", r.RequestURI, " ", r.URL, " ", r.RemoteAddr, " ", r.TLS != nil, " ", string(body), err)
	}))
	body := &closes{Reader: strings.NewReader("the body")}
	for url, want := range map[string]string{
		"https://app.example.com/a%2Fb?x=1": "POST app.example.com /a%2Fb?x=1 /a%2Fb?x=1 192.0.2.1:1234 true the body<nil>",
		"http://localhost:3000":             "POST localhost:3000 / / 192.0.2.1:1234 false <nil>",
	} {
		var sent io.Reader = body
		if strings.HasPrefix(url, "http:") {
			sent = nil
		}
		resp, err := c.Post(url, "text/plain", sent)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if string(got) != want {
			t.Errorf("%s\n%s", got, want)
		}
	}
	if !body.closed {
		t.Error("the body of the request was left open")
	}
}

// An answer that is flushed streams; one that is not comes as a whole.
func TestInMemoryStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan error, 1)
		c := providertest.InMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "first ")
			stream := http.NewResponseController(w)
			_ = stream.Flush()
			w.WriteHeader(500) // too late
			for i := range 3 {
				time.Sleep(time.Second)
				if _, err := fmt.Fprint(w, i, " "); err != nil {
					gone <- r.Context().Err()
					return
				}
				_ = stream.Flush()
			}
			gone <- nil
		}))
		start := time.Now()
		resp, err := c.Get("http://app/")
		if err != nil || time.Since(start) != 0 || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatal(resp, err)
		}
		body, err := io.ReadAll(resp.Body)
		if string(body) != "first 0 1 2 " || err != nil || time.Since(start) != 3*time.Second || <-gone != nil {
			t.Error(string(body), err)
		}
		resp, err = c.Get("http://app/")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // the client hangs up
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://app/", nil)
		if resp, err = c.Do(req); err != nil {
			t.Fatal(err)
		}
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if string(body) != "first 0 " || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(string(body), err)
		}
		<-gone
	})
}

// A caller who gives up does not wait for the handler.
func TestInMemoryCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := providertest.InMemory(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			time.Sleep(time.Hour) // it is slow to notice
		}))
		c.Timeout = time.Second
		start := time.Now()
		if _, err := c.Get("http://app/"); err == nil || time.Since(start) != time.Second {
			t.Error(time.Since(start), err)
		}
		time.Sleep(time.Hour)
	})
}

// A handler that does not return breaks the connection, as on a server.
func TestInMemoryBrokenHandlers(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(){
		"panic":   func() { panic("the handler of this test panics, which is logged") },
		"abort":   func() { panic(http.ErrAbortHandler) },
		"exiting": runtime.Goexit,
	} {
		for _, flushed := range []bool{false, true} {
			c := providertest.InMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "some")
				if flushed {
					w.(http.Flusher).Flush()
				}
				end()
			}))
			resp, err := c.Get("http://app/")
			if (err == nil) != flushed {
				t.Fatalf("%s, flushed %v: %v", name, flushed, err)
			}
			if flushed {
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if string(body) != "some" || err == nil {
					t.Errorf("%s: %q, %v", name, body, err)
				}
			}
		}
	}
}
