package providers_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers"
)

// An endpoint that is silent, or that says one byte a second, costs ten seconds
// (the token endpoint eight), and nothing goes on after that.
func TestS_129_SlowAnswers(t *testing.T) {
	t.Parallel()
	slow := func(w http.ResponseWriter, r *http.Request, start string) {
		_, _ = io.WriteString(w, start)
		for {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Second):
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
			}
		}
	}
	for kind, h := range map[string]http.HandlerFunc{
		"silence": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"one byte a second": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			slow(w, r, "{")
		},
		"a slow error": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			slow(w, r, "")
		},
	} {
		t.Run(kind, func(t *testing.T) {
			forEndpoints(t, func(t *testing.T, name string, e endpoint) {
				start := time.Now()
				_, err := broken(t, name, h)
				if waited := time.Since(start); waited != e.time {
					t.Errorf("waited %v, want %v", waited, e.time)
				}
				refused(t, nil, err, providers.ErrUnavailable, "no answer in time")
			})
		})
	}
}

// The application's own client may be stricter, and a context too.
func TestS_129_StricterLimits(t *testing.T) {
	t.Parallel()
	hang := roundTrip(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() })
	for name, tc := range map[string]struct{ client, context, want time.Duration }{
		"neither":           {0, time.Hour, 8 * time.Second},
		"client, stricter":  {time.Second, time.Hour, time.Second},
		"client, looser":    {time.Minute, time.Hour, 8 * time.Second},
		"context, stricter": {0, 3 * time.Second, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tc.context)
				defer cancel()
				start := time.Now()
				id, err := newPlain(t).p.Exchange(withClient(ctx, &http.Client{Transport: hang, Timeout: tc.client}), goodCallback())
				refused(t, id, err, providers.ErrUnavailable, "no answer in time")
				if waited := time.Since(start); waited != tc.want {
					t.Fatalf("waited %v, want %v", waited, tc.want)
				}
			})
		})
	}
}

// Nothing is left behind by calls that failed: a bubble of synctest fails if a
// goroutine outlives it.
func TestS_129_NoGoroutinesLeft(t *testing.T) {
	virtual(t, func(t *testing.T) {
		for _, path := range []string{"/.well-known/openid-configuration", "/token", "/keys", "/userinfo"} {
			r := tokenRig(t)
			r.next = gate{path, r.next, nil}
			cb := goodCallback()
			if path != "/.well-known/openid-configuration" {
				cb = r.callback(newRequest())
			}
			id, err := r.exchange(cb)
			refused(t, id, err, providers.ErrUnavailable, "no answer in time")
		}
	})
}

// A redirection would carry code, secret and token to another host.
func TestS_130_NoRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			forEndpoints(t, func(t *testing.T, name string, _ endpoint) {
				r, err := broken(t, name, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", "https://canary.example/")
					w.WriteHeader(status)
				})
				refused(t, nil, err, providers.ErrResponse, "it redirects, which is not followed")
				if n := r.strangers("op.example.com"); n != 0 {
					t.Fatalf("%d requests to the other host", n)
				}
			})
		})
	}
}

// The client's own redirect policy and cookie jar do not change that.
func TestS_130_ClientPolicy(t *testing.T) {
	t.Parallel()
	p := newPlain(t)
	p.handlers["/token"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://canary.example/", http.StatusTemporaryRedirect)
	}
	client := &http.Client{
		Transport:     p.wire,
		CheckRedirect: func(*http.Request, []*http.Request) error { return nil },
		Jar:           panickingJar{},
	}
	id, err := p.p.Exchange(withClient(t.Context(), client), goodCallback())
	refused(t, id, err, providers.ErrResponse, "redirects")
	if n := p.strangers("op.example.com"); n != 0 {
		t.Fatalf("%d requests to the other host", n)
	}
}

// Nothing is tried again by itself, not even what could be.
func TestS_131_NoRetries(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			forEndpoints(t, func(t *testing.T, name string, e endpoint) {
				n := 0
				r, err := broken(t, name, func(w http.ResponseWriter, _ *http.Request) {
					n++
					w.WriteHeader(status)
				})
				refused(t, nil, err, providers.ErrUnavailable, fmt.Sprintf("status %d", status))
				if n != 1 || len(r.to(e.path)) != 1 {
					t.Fatalf("%d requests", n)
				}
			})
		})
	}
	t.Run("connection closed", func(t *testing.T) {
		forEndpoints(t, func(t *testing.T, name string, _ endpoint) {
			n := 0
			_, err := broken(t, name, func(w http.ResponseWriter, _ *http.Request) {
				n++
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_ = conn.Close()
			})
			refused(t, nil, err, providers.ErrUnavailable, "the connection failed")
			posts := name == "token" || name == "refresh" || name == "revoke"
			if n != 1 && posts || n > 2 { // net/http may repeat a GET on a connection that went stale
				t.Fatalf("%d requests", n)
			}
		})
	})
}

// How long the provider asks to be left alone, at most a minute of it.
func TestS_131_RetryAfter(t *testing.T) {
	t.Parallel()
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0": 0, "60": time.Minute, "61": time.Minute, "3600": time.Minute, "4294967296": time.Minute,
		"99999999999999999999999": time.Minute, "-5": 0, "5.5": 0, "garbage": 0, "": 0, " 5": 0,
		start.Add(30 * time.Second).Format(http.TimeFormat): 30 * time.Second,
		start.Add(time.Hour).Format(http.TimeFormat):        time.Minute,
		start.Add(-time.Hour).Format(http.TimeFormat):       0,
	} {
		t.Run(value, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				p := newPlain(t)
				p.handlers["/token"] = func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", value)
					w.WriteHeader(http.StatusTooManyRequests)
				}
				_, err := p.refresh()
				refused(t, nil, err, providers.ErrUnavailable, "status 429")
				var e *providers.Error
				if errors.As(err, &e); e.RetryAfter != want {
					t.Fatalf("%v, want %v", e.RetryAfter, want)
				}
			})
		})
	}
}

// What every call says of itself, and where tokens and secrets stand: never in a
// URL.
func TestS_134_RequestHeaders(t *testing.T) {
	t.Parallel()
	r := tokenRig(t)
	account := r.mustSignIn().Account
	if err := r.p.(providers.Revoker).Revoke(r.ctx(), account); err != nil {
		t.Fatal(err)
	}
	if _, err := r.refresh(account); err == nil {
		t.Fatal("revoked, and still refreshed")
	}
	seen := map[string]bool{}
	for _, s := range r.sent {
		seen[s.path] = true
		if s.header.Get("Accept") != "application/json" || s.header.Get("User-Agent") == "" || s.header.Get("Cookie") != "" {
			t.Errorf("%s: %v", s.path, s.header)
		}
		if len(s.query) != 0 {
			t.Errorf("%s has the query %v", s.path, s.query)
		}
		bearer := "Bearer " + account.AccessToken.Reveal()
		if (s.header.Get("Authorization") == bearer) != (s.path == "/userinfo") {
			t.Errorf("%s: Authorization %q", s.path, s.header.Get("Authorization"))
		}
	}
	if len(seen) != 5 {
		t.Errorf("calls seen: %v", seen)
	}
}

// F-17 and bad headers: whatever breaks below HTTP is an outage, with no foreign
// text in it.
func TestBrokenHTTP(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"no HTTP":          "canary canary canary\r\n\r\n",
		"bad status":       "HTTP/1.1 canary OK\r\n\r\n",
		"bad header":       "HTTP/1.1 200 OK\r\ncanary\r\n\r\n",
		"short body":       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"canary\":",
		"bad chunk":        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n",
		"bad gzip":         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\ncanary",
		"endless headers":  "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Canary: "+strings.Repeat("canary", 1000)+"\r\n", 2000),
		"101":              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: canary\r\n\r\n",
		"two lengths":      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\ncanary",
		"closed at once":   "",
		"status is enough": "HTTP/1.1 500 canary\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			forEndpoints(t, func(t *testing.T, endpoint string, _ endpoint) {
				_, err := broken(t, endpoint, func(w http.ResponseWriter, _ *http.Request) {
					conn, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.WriteString(conn, raw)
					_ = conn.Close()
				})
				refused(t, nil, err, providers.ErrUnavailable, "")
				if strings.Contains(strings.ToLower(err.Error()), "canary") {
					t.Fatal(err)
				}
			})
		})
	}
}

// The kinds of broken connections that an operator can do something about are
// named.
func TestConnectionErrors(t *testing.T) {
	t.Parallel()
	for why, broken := range map[string]error{
		"no answer in time":         context.DeadlineExceeded,
		"the request was cancelled": context.Canceled,
		"connection refused":        &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"no such host":              &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "op.example.com"}},
		"certificate":               &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"the connection failed":     errors.New("canary"),
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			p := newPlain(t)
			p.next = roundTrip(func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("canary: %w", broken) })
			id, err := p.exchange()
			refused(t, id, err, providers.ErrUnavailable, why)
			noCanary(t, err)
		})
	}
}
