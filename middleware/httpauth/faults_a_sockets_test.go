package httpauth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Faults of the letter A that are about sockets: these go through the network of
// this machine, in real time.

// slowDialer is a transport whose connections take long, unless somebody gives up.
func slowDialer(d time.Duration) *http.Transport {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case <-time.After(d):
			return nil, &net.DNSError{Err: "no such host", Name: "op.example.com", IsNotFound: true}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &http.Transport{DialContext: dial, DialTLSContext: dial}
}

// names is a DNS server for one test, in place of the machine's own.
type names struct {
	silent  bool                // it never answers
	records map[string][]net.IP // by name; a name without any does not exist
	asked   atomic.Int64

	conn    net.PacketConn
	serving sync.WaitGroup
}

func (n *names) serve(t *testing.T) {
	t.Helper()
	var err error
	if n.conn, err = (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	n.serving.Go(func() {
		buffer := make([]byte, 1500)
		for {
			size, from, err := n.conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			n.asked.Add(1)
			if !n.silent {
				_, _ = n.conn.WriteTo(n.answer(buffer[:size]), from)
			}
		}
	})
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", n.conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = n.conn.Close()
		n.serving.Wait()
	})
}

// answer answers a DNS query (RFC 1035 section 4): its header, its question, and
// the addresses of the kind that it asks for.
func (n *names) answer(query []byte) []byte {
	end := 12 + slices.Index(query[12:], 0) + 5 // name, type, class
	question := query[12:end]
	kind := binary.BigEndian.Uint16(question[len(question)-4:])
	var labels []string
	for rest := question; rest[0] != 0; rest = rest[1+rest[0]:] {
		labels = append(labels, string(rest[1:1+rest[0]]))
	}
	found, known := n.records[strings.Join(labels, ".")]
	out := slices.Clone(query[:2])
	out = append(out, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
	if !known {
		out[3] |= 3 // NXDOMAIN
	}
	out = append(out, question...)
	for _, ip := range found {
		raw := []byte(ip.To4())
		if raw == nil {
			raw = ip
		}
		if is4 := len(raw) == 4; is4 != (kind == 1) || !is4 && kind != 28 {
			continue
		}
		out[7]++
		out = append(out, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 60, 0, byte(len(raw)))
		out = append(out, raw...)
	}
	return out
}

// F-6: names that do not exist, that are not answered, and that have an address
// where nothing is. The last one costs less than a second (Happy Eyeballs, RFC
// 8305). The resolver is that of the whole process, so this runs alone.
func TestF_6_Names(t *testing.T) { //nolint:paralleltest // see above
	both := map[string][]net.IP{"op.localhost": {net.IPv6loopback, net.IPv4(127, 0, 0, 1)}}
	for name, tc := range map[string]*struct {
		dns   names
		limit time.Duration
		works bool
	}{
		"NXDOMAIN":            {limit: 3 * time.Second},
		"silence":             {dns: names{silent: true}, limit: 3 * time.Second},
		"black hole and good": {dns: names{records: both}, limit: time.Second, works: true},
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // see above
			a := onSockets(t, sockets{host: "op.localhost"})
			if tc.works {
				blackHole(t, a.op.Issuer)
			}
			tc.dns.serve(t)
			b := a.browser()
			b.csrf()
			var r answer
			within(t, tc.limit, "the answer", func() { r = b.post("/auth/signin/op", nil) })
			if works := strings.HasPrefix(r.location(), a.op.Issuer); works != tc.works {
				t.Errorf("leads to %s, %v", r.location(), a.events)
			}
			if tc.dns.asked.Load() == 0 {
				t.Error("nobody asked for the name")
			}
		})
	}
}

// certified returns a listener for TLS with a certificate of its own, and what
// trusts it.
func certified(t *testing.T, until time.Time, ip net.IP) (func(net.Listener) net.Listener, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "canary"}, IPAddresses: []net.IP{ip},
		NotBefore: until.Add(-24 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return func(l net.Listener) net.Listener { return tls.NewListener(l, config) }, pool
}

// deaf is a listener that accepts and says nothing: a handshake that stalls.
type deaf struct{ net.Listener }

func (d deaf) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		defer func() { _ = c.Close() }() // when the listener is closed
	}
}

// F-7: certificates that have expired or are of another host, and a handshake that
// stalls. There is no way around them, and the page says nothing of it.
func TestF_7_TLS(t *testing.T) {
	t.Parallel()
	local := net.IPv4(127, 0, 0, 1)
	for name, tc := range map[string]struct {
		until time.Time
		ip    net.IP
		stall bool
		works bool
	}{
		"good":       {until: time.Now().Add(time.Hour), ip: local, works: true},
		"expired":    {until: time.Now().Add(-time.Hour), ip: local},
		"wrong host": {until: time.Now().Add(time.Hour), ip: net.IPv4(127, 0, 0, 2)},
		"stall":      {until: time.Now().Add(time.Hour), ip: local, stall: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrap, pool := certified(t, tc.until, tc.ip)
			if tc.stall {
				wrap = func(l net.Listener) net.Listener { return deaf{l} }
			}
			a := onSockets(t, sockets{scheme: "https", wrap: wrap})
			transport, _ := a.http.Transport.(*http.Transport)
			transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
			b := a.browser()
			b.csrf()
			var r answer
			within(t, 3500*time.Millisecond, "the answer", func() { r = b.post("/auth/signin/op", nil) })
			if tc.works {
				if !strings.HasPrefix(r.location(), a.op.Issuer) {
					t.Errorf("leads to %s, %v", r.location(), a.events)
				}
				return
			}
			if code := errorOf(t, r); code != "ProviderUnavailable" || a.asked() != 0 {
				t.Errorf("%s, with %d requests to the provider", code, a.asked())
			}
			page := b.get(r.location()).body
			for _, word := range []string{"canary", "x509", "certificate", "127.0.0.1", "tls"} {
				if strings.Contains(page, word) {
					t.Errorf("the page speaks of %s", word)
				}
			}
		})
	}
}

// F-9: thousands come back from the provider at once, and its token endpoint
// hangs. At most 64 connections wait for it; everybody gets an answer, and people
// who are signed in do not notice. (A test run takes a tenth of the people, and
// shorter limits.) It measures memory, so it runs alone.
func TestF_9_ManyWait(t *testing.T) { //nolint:paralleltest // see above
	a := onSockets(t, sockets{})
	g := measure(a.http)
	a.http.Timeout = time.Duration(scaled(2, 10)) * time.Second
	n := scaled(500, 5000)
	callbacks := make([]*http.Request, n)
	for i := range callbacks {
		b := a.browser()
		callbacks[i] = request(t, b.choose(b.start("op", "/"), "alice"))
		for name, value := range b.cookies("/auth/callback/op") {
			callbacks[i].AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	probe := a.minted("probe", time.Hour)
	a.op.Fail("token", silence())
	handler := a.auth.Wrap(a.mux)
	before := heap()
	var waiting sync.WaitGroup
	var refused atomic.Int64
	for _, r := range callbacks {
		waiting.Go(func() {
			w := &unread{header: http.Header{}}
			within(t, 10*time.Second, "a callback", func() { handler.ServeHTTP(w, r) })
			if strings.Contains(w.header.Get("Location"), "error=ProviderUnavailable") {
				refused.Add(1)
			}
		})
	}
	for range 20 {
		time.Sleep(50 * time.Millisecond)
		within(t, time.Second, "a request of somebody who is signed in", func() {
			if who := probe.who(); who != "op|probe" {
				t.Errorf("steady state: signed in as %q", who)
			}
		})
	}
	grown := heap() - before
	waiting.Wait()
	if most := g.most.Load(); most > 64 || most < 32 {
		t.Errorf("%d connections to the provider, 64 are allowed", most)
	}
	if got := refused.Load(); got != int64(n) {
		t.Errorf("%d of %d were told so", got, n)
	}
	if grown > 64<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	t.Logf("%d waited: heap +%d KiB, %d connections", n, grown>>10, g.most.Load())
}
