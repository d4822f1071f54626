package httpauth_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// S-132: of hundreds who come back from a provider that hangs, 64 wait for it; the
// others are told after a second, and nobody who is signed in notices.
func TestS_132_ProviderHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		probe := a.browser()
		probe.signIn("alice")
		browsers, backs := make([]*browser, 200), make([]string, 200)
		for i := range browsers {
			browsers[i] = a.browser()
			backs[i] = browsers[i].choose(browsers[i].start("op", "/"), "alice")
		}
		a.op.Intercept = func(endpoint string, w http.ResponseWriter, _ *http.Request) bool {
			if endpoint == "token" {
				time.Sleep(5 * time.Second)
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return endpoint == "token"
		}
		took := map[time.Duration]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for i, b := range browsers {
			all.Go(func() {
				began := time.Now()
				code := errorOf(t, b.get(backs[i]))
				mu.Lock()
				defer mu.Unlock()
				took[time.Since(began)]++
				if code != "ProviderUnavailable" {
					t.Error(code)
				}
			})
		}
		time.Sleep(500 * time.Millisecond)
		if probe.who() != "op|alice" {
			t.Error("somebody who is signed in has noticed")
		}
		all.Wait()
		if took[time.Second] != 136 || took[5*time.Second] != 64 {
			t.Errorf("they waited %v", took)
		}
	})
}

// S-125: a client for providers that others configure reaches nothing that is not on
// the internet, whatever a name resolves to.
func TestS_125_PublicAddressesOnly(t *testing.T) {
	t.Parallel()
	hit := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255", "2130706433", "0x7f.1",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+":"+port, nil)
		if err != nil {
			continue // no address at all
		}
		resp, err := httpauth.PublicClient().Do(r)
		if err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s answers", host)
		}
		var dns *net.DNSError
		if err != nil && !strings.Contains(err.Error(), "private network") && !errors.As(err, &dns) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if hit {
		t.Error("the server was reached")
	}
}
