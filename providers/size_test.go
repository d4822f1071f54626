package providers_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// counted counts what a handler writes.
type counted struct {
	http.ResponseWriter
	n *int
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	*c.n += n
	return n, err
}

// The bodies that go on for ever end at the limit, and so does the reading.
func TestS_128_EndlessBody(t *testing.T) {
	forEndpoints(t, func(t *testing.T, name string, e endpoint) {
		written := 0
		done := make(chan struct{})
		_, err := broken(t, name, func(w http.ResponseWriter, _ *http.Request) {
			defer close(done)
			w.Header().Set("Content-Type", "application/json")
			for chunk := bytes.Repeat([]byte(" "), 4<<10); ; {
				if _, err := (counted{w, &written}).Write(chunk); err != nil {
					return
				}
			}
		})
		refused(t, nil, err, providers.ErrResponse, fmt.Sprintf("longer than %d bytes", e.bytes))
		<-done
		if written > e.bytes+64<<10 {
			t.Fatalf("%d bytes were read", written)
		}
	})
}

func TestS_128_ContentLengthOf10GB(t *testing.T) {
	forEndpoints(t, func(t *testing.T, name string, e endpoint) {
		_, err := broken(t, name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "10000000000")
			for chunk := bytes.Repeat([]byte(" "), 4<<10); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		})
		refused(t, nil, err, providers.ErrResponse, fmt.Sprintf("longer than %d bytes", e.bytes))
	})
}

// The limit counts after decompression, which net/http does by itself.
func TestS_128_CompressedBody(t *testing.T) {
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	for range 16 {
		_, _ = zip.Write(make([]byte, 1<<20))
	}
	_ = zip.Close()
	forEndpoints(t, func(t *testing.T, name string, e endpoint) {
		asked := ""
		_, err := broken(t, name, func(w http.ResponseWriter, r *http.Request) {
			asked = r.Header.Get("Accept-Encoding")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		})
		if asked != "gzip" {
			t.Fatal("this test has to be about compressed answers")
		}
		refused(t, nil, err, providers.ErrResponse, fmt.Sprintf("longer than %d bytes", e.bytes))
	})
}

// A body of exactly the limit is read, so the limit is what it is said to be.
func TestS_128_BodyWithinTheLimit(t *testing.T) {
	t.Parallel()
	p := newPlain(t)
	p.handlers["/token"] = replyJSON(goodTokens + strings.Repeat(" ", 128<<10-len(goodTokens)))
	p.handlers["/me"] = replyJSON(`{"id":42}` + strings.Repeat(" ", 256<<10-9))
	if _, err := p.exchange(); err != nil {
		t.Fatal(err)
	}
	p.handlers["/me"] = replyJSON(`{"id":42}` + strings.Repeat(" ", 256<<10-8))
	id, err := p.exchange()
	refused(t, id, err, providers.ErrResponse, "longer than 262144 bytes")
}
