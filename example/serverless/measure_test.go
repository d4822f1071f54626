package serverless_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMeasure prints the table of docs/serverless.md: make bench-serverless. Cold is
// from the start of the process to its first call of the Runtime API, or to its first
// answer; first and median are requests with a session in two cookies, after that.
func TestMeasure(t *testing.T) { //nolint:paralleltest // it measures time
	if !measuring {
		t.Skip("make bench-serverless measures")
	}
	w := newWorld(t)
	var signedIn *browser
	var table strings.Builder
	table.WriteString("| platform | cold start | first request | median | binary | gzip |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, p := range platforms() {
		if signedIn == nil {
			signedIn = newBrowser(t, p.start(t, w.env...))
			signedIn.signIn("acme", w.acme, "/me")
		}
		var colds, firsts, all []time.Duration
		for range 9 {
			on := p.start(t, w.env...)
			b := signedIn.on(t, on)
			colds = append(colds, cold(on))
			took := timed(b)
			firsts = append(firsts, took)
			for range 60 {
				all = append(all, timed(b))
			}
		}
		raw, zipped := sizes(t, built(t, p.program))
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s | %s |\n", p.name, ms(colds), ms(firsts), ms(all), bytesOf(raw), bytesOf(zipped))
	}
	fmt.Print(table.String())
}

func cold(on http.RoundTripper) time.Duration {
	if fn, ok := on.(*function); ok {
		return fn.cold
	}
	return on.(*server).cold
}

func timed(b *browser) time.Duration {
	began := time.Now()
	if r := b.get("/me"); r.StatusCode != http.StatusOK {
		b.t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	return time.Since(began)
}

// ms prints the median.
func ms(d []time.Duration) string {
	slices.Sort(d)
	return fmt.Sprintf("%.1f ms", float64(d[len(d)/2])/float64(time.Millisecond))
}

// sizes returns those of a binary, and of it compressed as in a deployment package.
func sizes(t *testing.T, binary string) (raw, zipped int64) {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = z.Write(content)
	_ = z.Close()
	return int64(len(content)), int64(b.Len())
}

// bytesOf says how much of something there is, for people.
func bytesOf(n int64) string { return fmt.Sprintf("%.2f MB", float64(n)/1e6) }
