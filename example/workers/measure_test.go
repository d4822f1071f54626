package main_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// limits are those of Cloudflare's free plan, after compression; what can be measured
// here of the others is only printed.
const limit = 3 << 20

// How large the Workers are, how long they take to start and to answer, and how much
// memory the runtime takes for it: make measure-workers prints the table.
func TestMeasure(t *testing.T) {
	op := provider(t, time.Hour, nil)
	var table strings.Builder
	row := func(cells ...any) {
		fmt.Fprintf(&table, "\n|"+strings.Repeat(" %v |", len(cells)), cells...)
	}
	row("Worker", "bytes", "gzip", "cold start", "first request", "median, no session", "median, session", "sign-in", "memory")
	row("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:")
	for _, w := range workers {
		dir := built(t, w.name, w.tags)
		raw, packed := size(t, filepath.Join(dir, "app.wasm"))
		if packed > limit {
			t.Errorf("%s is too large for Cloudflare's free plan: %d bytes", w.name, packed)
		}
		runtime := start(t, dir+"/worker.capnp", environment(op.Issuer)...)
		b := newBrowser(t, runtime)
		first := timed(func() { b.get("/auth/session") })
		nobody := median(60, func() { b.get("/auth/session") })
		signIn := timed(func() { b.signIn(op) })
		somebody := median(60, func() { b.signedIn() })
		row(w.name, raw, packed, rounded(runtime.cold), rounded(first), rounded(nobody), rounded(somebody), rounded(signIn), memory(runtime.pid))
	}
	raw, packed := size(t, reader+"index.mjs")
	runtime := start(t, reader+"test/worker.capnp", "AUTH_URL="+appURL, "AUTH_SECRET="+secretA)
	cookies := sealed(t, httpauth.Config{Secrets: []string{secretA}}, 4000)
	first := timed(func() { ask(t, runtime, "/", cookies) })
	nobody := median(300, func() { ask(t, runtime, "/", nil) })
	somebody := median(300, func() { ask(t, runtime, "/", cookies) })
	row("edge-reader", raw, packed, rounded(runtime.cold), rounded(first), rounded(nobody), rounded(somebody), "–", memory(runtime.pid))
	t.Log(table.String())
}

func size(t *testing.T, file string) (raw, packed int) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(content)
	_ = w.Close()
	return len(content), b.Len()
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func median(n int, f func()) time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = timed(f)
	}
	slices.Sort(all)
	return all[n/2]
}

func rounded(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// memory returns the most that a process has taken, on Linux.
func memory(pid int) string {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return "–"
	}
	var kb int
	_, _ = fmt.Sscan(after, &kb)
	return fmt.Sprintf("%d MB", kb/1024)
}
