package providertest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers/providertest"
)

// places runs a test in memory and over a network.
func places(t *testing.T, c providertest.Config, f func(t *testing.T, op *providertest.Server, c *http.Client)) {
	t.Helper()
	t.Parallel()
	t.Run("in memory", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newParty(t, c)
			f(t, p.op, p.op.Client())
		})
	})
	t.Run("over a network", func(t *testing.T) {
		t.Parallel()
		server, c := httptest.NewUnstartedServer(nil), c
		c.Issuer = "http://" + server.Listener.Addr().String()
		p := newParty(t, c)
		server.Config.Handler = p.op
		server.Start()
		t.Cleanup(server.Close)                                              // which waits for the handlers to end
		server.Client().Transport.(*http.Transport).DisableKeepAlives = true // else a GET whose connection breaks is sent again
		f(t, p.op, server.Client())
	})
}

// fetch gets a page of the server.
func fetch(t *testing.T, op *providertest.Server, c *http.Client, path string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, op.Issuer+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

// statuses fetches the keys so often and returns the statuses; 0 is a connection
// that broke.
func statuses(t *testing.T, op *providertest.Server, c *http.Client, n int) []int {
	t.Helper()
	var all []int
	for range n {
		resp, _, err := fetch(t, op, c, "/keys")
		if err != nil {
			all = append(all, 0)
			continue
		}
		all = append(all, resp.StatusCode)
	}
	return all
}

func wantStatuses(t *testing.T, got []int, want ...int) {
	t.Helper()
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}

// Faults come once each, in their order, and end.
func TestFaultsInOrder(t *testing.T) {
	places(t, providertest.Config{}, func(t *testing.T, op *providertest.Server, c *http.Client) {
		list := []providertest.Fault{{Status: 503, Times: 2}, {}, {Status: 429}}
		op.Fail("keys", list...)
		op.Fail("keys", providertest.Fault{Refuse: true})
		wantStatuses(t, statuses(t, op, c, 6), 503, 503, 200, 429, 0, 200)
		if list[0].Times != 2 {
			t.Error("the caller's faults were changed")
		}
		op.Fail("keys", providertest.Fault{Status: 500, Times: providertest.Always}, providertest.Fault{Status: 400})
		wantStatuses(t, statuses(t, op, c, 4), 500, 500, 500, 500)
		op.Heal("keys")
		wantStatuses(t, statuses(t, op, c, 2), 200, 200)
		op.Fail(providertest.Everywhere, providertest.Fault{Status: 502, Times: providertest.Always})
		op.Fail("keys", providertest.Fault{Status: 418})
		wantStatuses(t, statuses(t, op, c, 2), 418, 502)
		if resp, _, err := fetch(t, op, c, "/logout"); err != nil || resp.StatusCode != 502 {
			t.Error(resp, err)
		}
		op.Heal(providertest.Everywhere)
		wantStatuses(t, statuses(t, op, c, 1), 200)
		if n := op.Count("keys"); n < 15 { // a client may send a request again whose connection broke
			t.Errorf("%d requests counted", n)
		}
	})
}

// What a fault may change of an answer.
func TestFaultAnswers(t *testing.T) {
	retry := http.Header{"retry-after": {"5"}, "Cache-Control": {"max-age=60"}}
	places(t, providertest.Config{}, func(t *testing.T, op *providertest.Server, c *http.Client) {
		for name, tc := range map[string]struct {
			fault             providertest.Fault
			status            int
			kind, body, retry string
		}{
			"status":         {providertest.Fault{Status: 503}, 503, "", "", ""},
			"status, header": {providertest.Fault{Status: 429, Header: retry}, 429, "", "", "5"},
			"body":           {providertest.Fault{Body: `{"error":"x"}`}, 200, "application/json", `{"error":"x"}`, ""},
			"page":           {providertest.Fault{Status: 403, Body: "<html>", ContentType: "text/html"}, 403, "text/html", "<html>", ""},
			"type alone":     {providertest.Fault{ContentType: "text/html"}, 200, "text/html", `{"keys":`, ""},
			"header alone":   {providertest.Fault{Header: retry}, 200, "application/json", `{"keys":`, "5"},
			"slow but good":  {providertest.Fault{BytesPerSecond: 1 << 20, AnswerDelay: time.Millisecond}, 200, "application/json", `{"keys":`, ""},
		} {
			op.Fail("keys", tc.fault)
			resp, body, err := fetch(t, op, c, "/keys")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			h := resp.Header
			if resp.StatusCode != tc.status || h.Get("Content-Type") != tc.kind || !strings.HasPrefix(body, tc.body) || tc.body == "" && body != "" || h.Get("Retry-After") != tc.retry {
				t.Errorf("%s: %d %v %q", name, resp.StatusCode, h, body)
			}
			if cached := h.Get("Cache-Control"); (cached == "max-age=60") != (tc.retry != "") {
				t.Errorf("%s: Cache-Control %q", name, cached)
			}
		}
	})
}

// A connection that breaks leaves behind what had been done by then.
func TestFaultDisconnect(t *testing.T) {
	places(t, providertest.Config{}, func(t *testing.T, op *providertest.Server, c *http.Client) {
		p := party{t, op}
		for name, tc := range map[string]struct {
			fault providertest.Fault
			spent bool
		}{
			"before it is handled": {providertest.Fault{Refuse: true}, false},
			"before the answer":    {providertest.Fault{Disconnect: true}, true},
			"in its middle":        {providertest.Fault{Disconnect: true, After: 10}, true},
			"another answer":       {providertest.Fault{Status: 503, Disconnect: true, After: 10}, false},
		} {
			_, tokens := p.redeem(p.code())
			op.Fail("refresh", tc.fault)
			resp, err := c.PostForm(op.Issuer+"/token", refreshForm(tokens["refresh_token"]))
			if err == nil {
				var body []byte
				body, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if len(body) != 10 && tc.spent {
					t.Errorf("%s: %d bytes", name, len(body))
				}
			}
			if err == nil && tc.fault.Status == 0 {
				t.Errorf("%s: the connection did not break", name)
			}
			if status, _ := p.refresh(tokens["refresh_token"]); (status == 400) != tc.spent {
				t.Errorf("%s: afterwards %d", name, status)
			}
		}
	})
}

// An endless body comes as long as somebody reads it.
func TestFaultEndless(t *testing.T) {
	places(t, providertest.Config{}, func(t *testing.T, op *providertest.Server, c *http.Client) {
		op.Fail("keys", providertest.Fault{Body: strings.Repeat("x", 1<<12), Endless: true})
		resp, err := c.Get(op.Issuer + "/keys")
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.CopyN(io.Discard, resp.Body, 1<<20)
		if err != nil || n != 1<<20 {
			t.Error(n, err)
		}
		_ = resp.Body.Close() // ends the handler, which synctest and Close wait for
		op.Fail("keys", providertest.Fault{Body: "abc", Endless: true, Disconnect: true, After: 7})
		if _, body, err := fetch(t, op, c, "/keys"); body != "abcabca" || err == nil {
			t.Error(body, err)
		}
	})
}

// Time passes as the fault says, and no longer than the client waits.
func TestFaultTimes(t *testing.T) {
	t.Parallel()
	type fault = providertest.Fault
	for name, tc := range map[string]struct {
		fault   func() fault // channels are made where synctest knows them
		timeout time.Duration
		took    time.Duration
		ok      bool
	}{
		"delay":                  {func() fault { return fault{Delay: time.Minute} }, 0, time.Minute, true},
		"delay and answer delay": {func() fault { return fault{Delay: time.Minute, AnswerDelay: time.Second} }, 0, 61 * time.Second, true},
		"delay, impatient":       {func() fault { return fault{Delay: time.Minute} }, time.Second, time.Second, false},
		"answer, impatient":      {func() fault { return fault{AnswerDelay: time.Minute} }, time.Second, time.Second, false},
		"until, impatient":       {func() fault { return fault{Until: make(chan struct{})} }, time.Second, time.Second, false},
		"barrier, impatient":     {func() fault { return fault{Barrier: providertest.NewBarrier(2)} }, time.Second, time.Second, false},
		"slow body":              {func() fault { return fault{Body: "0123456789", BytesPerSecond: 2} }, 0, 5 * time.Second, true},
		"slow body, impatient":   {func() fault { return fault{Body: "0123456789", BytesPerSecond: 2} }, time.Second, time.Second, false},
		"faster body":            {func() fault { return fault{Body: strings.Repeat("x", 1000), BytesPerSecond: 100} }, 0, 10 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newParty(t, providertest.Config{})
				p.op.Fail("keys", tc.fault())
				c := p.op.Client()
				c.Timeout = tc.timeout
				start := time.Now()
				_, _, err := fetch(t, p.op, c, "/keys")
				if took := time.Since(start); took != tc.took || (err == nil) != tc.ok {
					t.Fatalf("%v, %v", took, err)
				}
			})
		})
	}
}

// A slow body comes evenly, not in lumps.
func TestFaultPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, providertest.Config{})
		p.op.Fail("keys", providertest.Fault{Body: strings.Repeat("x", 1000), BytesPerSecond: 100})
		c := p.op.Client()
		c.Timeout = 350 * time.Millisecond
		if _, body, err := fetch(t, p.op, c, "/keys"); len(body) != 40 || err == nil {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	})
}

// A client that gave up before its request was handled has spent nothing; one that
// gave up before the answer came has.
func TestFaultLateSuccess(t *testing.T) {
	t.Parallel()
	type fault = providertest.Fault
	for name, tc := range map[string]struct {
		fault func() fault
		spent bool
	}{
		"delay":        {func() fault { return fault{Delay: time.Minute} }, false},
		"until":        {func() fault { return fault{Until: make(chan struct{})} }, false},
		"barrier":      {func() fault { return fault{Barrier: providertest.NewBarrier(2)} }, false},
		"answer delay": {func() fault { return fault{AnswerDelay: time.Minute} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newParty(t, providertest.Config{})
				_, tokens := p.redeem(p.code())
				p.op.Fail("refresh", tc.fault())
				c := p.op.Client()
				c.Timeout = time.Second
				if _, err := c.PostForm(issuer+"/token", refreshForm(tokens["refresh_token"])); err == nil {
					t.Fatal("an answer in time")
				}
				synctest.Wait()
				if status, _ := p.refresh(tokens["refresh_token"]); (status == 400) != tc.spent {
					t.Errorf("afterwards %d", status)
				}
			})
		})
	}
}

// A handler does not go on for a client that is gone, over a network either: the
// end of the test waits for it.
func TestFaultClientIsGone(t *testing.T) {
	places(t, providertest.Config{}, func(t *testing.T, op *providertest.Server, c *http.Client) {
		c.Timeout = 50 * time.Millisecond
		for _, path := range []string{"/token", "/revoke"} {
			op.Fail(providertest.Everywhere, providertest.Fault{Delay: time.Hour})
			if _, err := c.PostForm(op.Issuer+path, refreshForm("x")); err == nil {
				t.Error("an answer in time")
			}
		}
	})
}

// Requests wait for a channel of the test.
func TestFaultUntil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, providertest.Config{})
		release := make(chan struct{})
		p.op.Fail("keys", providertest.Fault{Until: release, Times: 2})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { wantStatuses(t, statuses(t, p.op, p.op.Client(), 1), 200) })
		}
		synctest.Wait()
		if n := p.op.Count("keys"); n != 2 {
			t.Errorf("%d requests have arrived", n)
		}
		close(release)
		all.Wait()
	})
}
