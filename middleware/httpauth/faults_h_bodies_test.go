package httpauth_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Faults of the letter H that are about sockets, and about what is remembered.

// listening puts a handler behind a real socket with these limits, and returns its
// address.
func listening(t *testing.T, server *http.Server) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.ErrorLog = discardLog()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return l.Addr().String()
}

// ask opens a connection and begins a request.
func begin(t *testing.T, address, head string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// posts are the routes of the kit that take a body.
func posts() []string {
	return []string{"/auth/signin/op", "/auth/signout", "/auth/session", "/auth/callback/post"}
}

// withFormPost has a provider that answers by a form too.
func withFormPost(c *httpauth.Config) {
	c.Providers = append(provider(), providers.OIDC(providers.Config{
		ID: "post", ClientID: "app", ClientSecret: "secret", Issuer: issuer, FormPost: true,
	}))
}

// F-64: a body of a gigabyte is refused after 16 KiB, or 64 KiB where a provider
// answers by a form, and is not read any further. It measures memory, so it runs
// alone.
func TestF_64_HugePosts(t *testing.T) { //nolint:paralleltest // see above
	kit := newBare(t, withFormPost)
	read := new(atomic.Int64)
	address := listening(t, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = counting{r.Body, read}
		kit.handler.ServeHTTP(w, r)
	})})
	for _, path := range posts() {
		for _, kind := range []string{"application/x-www-form-urlencoded", "application/json"} {
			if strings.HasSuffix(path, "post") && kind == "application/json" {
				continue
			}
			read.Store(0)
			used := allocated(1, func(int) {
				conn, answer := begin(t, address, "POST "+path+" HTTP/1.1\r\nHost: app.example.com\r\nContent-Type: "+kind+"\r\nContent-Length: 1073741824\r\n\r\n")
				go func() {
					for chunk := make([]byte, 32<<10); ; {
						if _, err := conn.Write(chunk); err != nil {
							return
						}
					}
				}()
				resp, err := http.ReadResponse(answer, nil)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					return
				}
				_ = resp.Body.Close()
				_ = conn.Close()
				if resp.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("%s: %d", path, resp.StatusCode)
				}
			})
			if n := read.Load(); n > 65<<10 || n > 17<<10 && !strings.HasSuffix(path, "post") {
				t.Errorf("%s, %s: %d bytes were read", path, kind, n)
			}
			if used > 2<<20 {
				t.Errorf("%s, %s: %d bytes were allocated", path, kind, used)
			}
		}
	}
}

// counting counts what is read of a body.
type counting struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// F-64: a body of which a byte comes now and then. That is for the server's time
// limit to end (the example has a ReadTimeout of 30 seconds); the kit then answers,
// and nothing stays behind.
func TestF_64_SlowPosts(t *testing.T) {
	t.Parallel()
	kit := newBare(t, withFormPost)
	handled := new(atomic.Int64)
	address := listening(t, &http.Server{ReadTimeout: 500 * time.Millisecond, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kit.handler.ServeHTTP(w, r)
		handled.Add(1)
	})})
	for _, path := range posts() {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			conn, answer := begin(t, address, "POST "+path+" HTTP/1.1\r\nHost: app.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n")
			go func() {
				for {
					if _, err := io.WriteString(conn, "a"); err != nil {
						return
					}
					time.Sleep(50 * time.Millisecond)
				}
			}()
			within(t, 2*time.Second, "the end of a slow body", func() {
				resp, err := http.ReadResponse(answer, nil)
				if err == nil {
					_ = resp.Body.Close()
				}
				if err == nil && resp.StatusCode < http.StatusBadRequest {
					t.Errorf("status %d", resp.StatusCode)
				}
			})
		})
	}
	t.Cleanup(func() {
		if n := handled.Load(); n != int64(len(posts())) {
			t.Errorf("%d of %d requests have ended", n, len(posts()))
		}
	})
}

// F-63: what a server with the limits of net/http makes of a huge Cookie header.
func TestF_63_HeaderLimitOfTheServer(t *testing.T) {
	t.Parallel()
	address := listening(t, &http.Server{Handler: newBare(t, nil).handler, ReadHeaderTimeout: 10 * time.Second})
	for cookie, want := range map[string]int{
		"a=" + strings.Repeat("x", 2<<20): http.StatusRequestHeaderFieldsTooLarge,
		strings.Repeat("a=; ", 100_000):   http.StatusOK, // nobody is signed in
	} {
		conn, answer := begin(t, address, "GET /auth/session HTTP/1.1\r\nHost: app.example.com\r\n")
		go func() { _, _ = io.WriteString(conn, "Cookie: "+cookie+"\r\n\r\n") }()
		resp, err := http.ReadResponse(answer, nil)
		if err != nil {
			t.Errorf("%d bytes: %v", len(cookie), err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != want || want == http.StatusOK && string(body) != "null" {
			t.Errorf("%d bytes: %d %s", len(cookie), resp.StatusCode, body)
		}
	}
}

// renewing is a provider that renews at once, without a network.
type renewing struct {
	providers.Provider
	n *atomic.Int64
}

func (r renewing) Refresh(_ ctx, a token.Account) (token.Account, error) {
	n := r.n.Add(1)
	a.AccessToken, a.RefreshToken = token.NewSecret(fmt.Sprintf("at-new-%d", n)), token.NewSecret(fmt.Sprintf("rt-new-%d", n))
	a.ExpiresAt, a.Lifetime = time.Now().Add(time.Hour), time.Hour
	return a, nil
}

// F-69: many sessions refresh once, more than the kit remembers results of. What it
// remembers stays bounded. (The plan says a million, a soak takes 300,000. With the
// race detector, which makes it slow, they are too few for the bound: there each may
// only take its share of the memory.)
func TestF_69_ManySessions(t *testing.T) { //nolint:paralleltest // it measures memory
	renewed := new(atomic.Int64)
	kit := newBare(t, func(c *httpauth.Config) { c.Providers = []providers.Provider{renewing{testProvider("op"), renewed}} })
	full, n, limit := 12_000, scaled(16_000, 300_000), int64(32<<20)
	if raceDetector {
		full, n, limit = 1500, 2000, limit/5
	}
	before := heap()
	refresh(t, kit, 0, full)
	after := heap()
	refresh(t, kit, full, n)
	grown, later := heap()-before, heap()-after
	if grown > limit || renewed.Load() != int64(n) {
		t.Errorf("after %d refreshes of %d sessions the heap has grown by %d bytes", renewed.Load(), n, grown)
	}
	if later > 1<<20 && !raceDetector {
		t.Errorf("when nothing more should be remembered it still grew by %d bytes", later)
	}
	t.Logf("%d sessions: heap +%d KiB", n, grown>>10)
	runtime.KeepAlive(kit)
}

// refresh lets the sessions with these numbers refresh.
func refresh(t *testing.T, kit bare, from, to int) {
	t.Helper()
	var all sync.WaitGroup
	for half := range 2 {
		all.Go(func() {
			for i := from + half; i < to; i += 2 {
				who := strconv.Itoa(i)
				cookies, err := kit.auth.Cookies(&token.Token{
					Claims: claims.Claims{Subject: "op|" + who},
					Account: token.Account{
						Provider: "op", ID: who, ExpiresAt: time.Now().Add(-time.Second), Lifetime: time.Hour,
						AccessToken: token.NewSecret("at"), RefreshToken: token.NewSecret("rt-" + who),
					},
				})
				if err != nil {
					t.Error(err)
					return
				}
				kit.serve(withCookie(t, "/", cookies[0].Name+"="+cookies[0].Value))
			}
		})
	}
	all.Wait()
}
