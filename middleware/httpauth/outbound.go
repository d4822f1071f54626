package httpauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/semaphore"

	"github.com/sealedauth/auth/providers"
)

const (
	maxAtOnce = 64          // requests to one host of a provider
	maxQueued = time.Second // that a request waits to be one of them
)

var (
	errCrowded = errors.New("auth: too many requests to this host are waiting for an answer")
	errPrivate = errors.New("auth: an address of a private network is refused")
)

// newClient returns a client whose parts all have time limits. Each call gets a
// limit of its own besides.
func newClient() (*http.Client, *http.Transport) {
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    3 * time.Second,
		ResponseHeaderTimeout:  5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxConnsPerHost:        maxAtOnce,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: reach(t)}, t
}

func dialer() *net.Dialer { return &net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second} }

// PublicClient returns a client for Config.HTTPClient that connects to public
// addresses only: not to this machine, private networks or the metadata services
// of clouds, whatever a name resolves to. It is for applications whose providers
// are configured by others, such as their tenants. It uses no proxy, which would
// have to be trusted with that. Where JavaScript has the network (GOOS=js), it
// connects to nothing, since nobody tells there what a name resolves to.
func PublicClient() *http.Client {
	client, transport := newClient()
	d := dialer()
	d.Control = func(_, address string, _ syscall.RawConn) error { return checkPublic(address) }
	transport.DialContext, transport.Proxy = d.DialContext, nil
	return client
}

// checkPublic refuses addresses that are not on the internet. It sees what is
// dialled, after names are resolved.
func checkPublic(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("auth: %q: %w", address, err)
	}
	ip := at.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || reserved(ip) {
		return fmt.Errorf("%w: %s", errPrivate, ip)
	}
	return nil
}

// reserved tells the ranges that only look like the internet (RFC 6890): those of
// carriers, of protocol assignments, for benchmarks and the future, and the IPv6
// ranges that stand for IPv4 addresses.
func reserved(ip netip.Addr) bool {
	for _, r := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"} {
		if netip.MustParsePrefix(r).Contains(ip) {
			return true
		}
	}
	return false
}

// outbound returns the context for calls to providers: with the configured client,
// and with a limit for how many there are at a time.
func (a *Auth) outbound(ctx context.Context) context.Context {
	client := *a.cfg.HTTPClient
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = queue{client.Transport, a.counters}
	if a.cfg.AwaitRefresh {
		ctx = providers.Patient(ctx)
	}
	return context.WithValue(ctx, oauth2.HTTPClient, &client)
}

// counters let so many requests at a time go to one host.
type counters struct {
	mu    sync.Mutex
	hosts map[string]*semaphore.Weighted // few: they come from the configuration
}

func newCounters() *counters { return &counters{hosts: map[string]*semaphore.Weighted{}} }

func (c *counters) of(host string) *semaphore.Weighted {
	c.mu.Lock()
	defer c.mu.Unlock()
	places, ok := c.hosts[host]
	if !ok {
		places = semaphore.NewWeighted(maxAtOnce)
		c.hosts[host] = places
	}
	return places
}

// queue is a transport whose requests wait for their turn. Those that would have to
// wait for long are told soon, so that a provider that hangs does not keep everybody.
type queue struct {
	next     http.RoundTripper
	counters *counters
}

// RoundTrip implements http.RoundTripper.
func (q queue) RoundTrip(r *http.Request) (*http.Response, error) {
	places := q.counters.of(r.URL.Host)
	if !places.TryAcquire(1) {
		ctx, cancel := context.WithTimeoutCause(r.Context(), maxQueued, errCrowded)
		defer cancel()
		if places.Acquire(ctx, 1) != nil {
			return nil, context.Cause(ctx)
		}
	}
	defer places.Release(1)
	return q.next.RoundTrip(r)
}
