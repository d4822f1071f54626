package lambda

import (
	"bytes"
	"io"
	"net/http"
)

// response is the handler's http.ResponseWriter. As with net/http, the headers are
// those of when the response began; what is set afterwards comes too late.
type response struct {
	header http.Header // the handler's
	sent   http.Header // a copy, once the response has begun
	status int
	method string

	body    bytes.Buffer  // unless it streams
	stream  io.Writer     // if it streams
	begun   chan struct{} // closed when sent and status are final
	started bool          // begun is closed
}

func newBuffered(method string) *response {
	return &response{header: http.Header{}, method: method, begun: make(chan struct{})}
}

func newStreamed(method string, to io.Writer) *response {
	w := newBuffered(method)
	w.stream = to
	return w
}

// Header implements http.ResponseWriter.
func (w *response) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter. Lambda passes no informational
// responses.
func (w *response) WriteHeader(status int) {
	if w.sent == nil && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write implements http.ResponseWriter.
func (w *response) Write(p []byte) (int, error) {
	w.start(p)
	switch {
	case w.status == http.StatusNoContent || w.status == http.StatusNotModified:
		return 0, http.ErrBodyNotAllowed
	case w.method == http.MethodHead:
		return len(p), nil
	case w.stream != nil:
		return w.stream.Write(p)
	}
	return w.body.Write(p)
}

// Flush implements http.Flusher. Without streaming it only begins the response.
func (w *response) Flush() { w.start(nil) }

// finish is called when the handler has returned.
func (w *response) finish() { w.start(nil) }

// start settles the headers; p is the beginning of the body.
func (w *response) start(p []byte) {
	if w.started {
		return
	}
	w.started = true
	w.WriteHeader(http.StatusOK)
	_, typed := w.sent["Content-Type"]
	if !typed && len(p) > 0 && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(p))
	}
	close(w.begun)
}
