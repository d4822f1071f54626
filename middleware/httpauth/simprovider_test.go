package httpauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// What stands around the instances: the way to the provider, what they share, and
// the browser's cookies.

// fault is what becomes of a request to the provider that has waited for its step.
type fault string

const (
	noFault     fault = ""
	unavailable fault = "503"
	busy        fault = "429"
	garbled     fault = "HTML"
	refusing    fault = "refused"
	unheard     fault = "never arrives"
	dropped     fault = "answer dropped"
	answersLate fault = "answers late"
)

// wire is an instance's way to the provider.
type wire struct {
	rig *rig
	place
}

var errWire = errors.New("connection reset")

// RoundTrip implements http.RoundTripper.
func (x *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w := x.rig.world
	if r.Body == nil || r.URL.Path != "/token" && r.URL.Path != "/revoke" {
		return x.forward(r, nil)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	switch {
	case r.URL.Path == "/revoke":
		w.endedAtProvider(form.Get("token"))
		return x.forward(r, body)
	case form.Get("grant_type") == "refresh_token":
		return x.refresh(w, r, body, form.Get("refresh_token"))
	}
	answer, err := x.forward(r, body)
	w.issued(nil, refreshTokenIn(answer), x.place)
	return answer, err
}

// refresh lets the request wait for its step, and then for its fault.
func (x *wire) refresh(w *world, r *http.Request, body []byte, spent string) (*http.Response, error) {
	c := callOf(r.Context())
	f, ok := w.park(r.Context(), c.label("P"))
	if !ok {
		return nil, errWire
	}
	switch f {
	case unavailable:
		return answerWith(http.StatusServiceUnavailable, "", ""), nil
	case busy:
		return answerWith(http.StatusTooManyRequests, "Retry-After", "3"), nil
	case garbled:
		return answerWith(http.StatusOK, "Content-Type", "text/html"), nil
	case refusing:
		w.refused(spent, x.place, refusedByProvider)
		answer := answerWith(http.StatusBadRequest, "Content-Type", "application/json")
		answer.Body = io.NopCloser(strings.NewReader(`{"error":"invalid_grant"}`))
		return answer, nil
	case unheard:
		select {
		case <-r.Context().Done():
		case <-w.over:
		}
		return nil, errWire
	}
	answer, err := x.forward(r, body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		w.refused(spent, x.place, "")
		return answer, nil
	}
	a := w.spent(spent, refreshTokenIn(answer), x.place)
	a.lost = f == dropped
	if f == answersLate {
		_, ok = w.park(r.Context(), c.label("Q"))
		a.lost, a.at = !ok, time.Now()
	}
	if a.lost {
		return nil, errWire
	}
	return answer, nil
}

func (x *wire) forward(r *http.Request, body []byte) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	x.rig.op.ServeHTTP(answer, in)
	return answer.Result(), nil
}

func answerWith(status int, name, value string) *http.Response {
	answer := httptest.NewRecorder()
	if name != "" {
		answer.Header().Set(name, value)
	}
	answer.WriteHeader(status)
	return answer.Result()
}

// refreshTokenIn reads the refresh token out of an answer.
func refreshTokenIn(r *http.Response) string {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var t struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err != nil || json.Unmarshal(body, &t) != nil {
		return ""
	}
	return t.RefreshToken
}

// sharing is a coordinator that waits on channels, so that a simulation notices
// when everybody waits.
type sharing struct {
	mu      sync.Mutex
	results map[string]shared
	broken  bool
}

type shared struct {
	ready  chan struct{}
	result []byte
	until  time.Time
}

func newSharing() *sharing { return &sharing{results: map[string]shared{}} }

// Once implements httpauth.Coordinator.
func (s *sharing) Once(ctx context.Context, key string, work func(context.Context) ([]byte, time.Duration)) ([]byte, error) {
	for {
		s.mu.Lock()
		known, ok := s.results[key]
		switch {
		case s.broken:
			s.mu.Unlock()
			return nil, errWire
		case !ok || known.until.Before(time.Now()) && known.result != nil:
			known = shared{ready: make(chan struct{})}
			s.results[key] = known
			s.mu.Unlock()
			result, keep := work(ctx)
			s.mu.Lock()
			s.results[key] = shared{known.ready, result, time.Now().Add(keep)}
			s.mu.Unlock()
			close(known.ready)
			return result, nil
		}
		s.mu.Unlock()
		select {
		case <-known.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		s.mu.Lock()
		known = s.results[key]
		s.mu.Unlock()
		if time.Now().Before(known.until) {
			return known.result, nil
		}
	}
}

// The names of cookies.
const (
	bindingName = "__Host-auth.browser"
	csrfName    = "__Host-auth.csrf"
)

// cookies are those of the browser, by name: the kit has only one path for each.
type cookies map[string]crumb

type crumb struct {
	value, path string
	until       time.Time // zero: until the browser is closed
	sight       *sight    // what the session's cookie says
}

// take does what browsers do with Set-Cookie lines.
func (j cookies) take(lines []string) {
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil || strings.HasPrefix(c.Name, "__Host-") && (c.Path != "/" || !c.Secure || c.Domain != "") {
			continue
		}
		kept := crumb{value: c.Value, path: c.Path, until: c.Expires}
		if c.MaxAge > 0 {
			kept.until = time.Now().Add(time.Duration(c.MaxAge) * time.Second)
		}
		if c.MaxAge < 0 || !kept.until.IsZero() && !time.Now().Before(kept.until) {
			delete(j, c.Name)
			continue
		}
		j[c.Name] = kept
	}
}

// header returns the Cookie header for a path.
func (j cookies) header(path string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(j)) {
		c := j[name]
		if c.path == "/" || strings.HasPrefix(path, c.path+"/") {
			pairs = append(pairs, name+"="+c.value)
		}
	}
	return strings.Join(pairs, "; ")
}

// expire takes out what is over.
func (w *world) expire() {
	for name, c := range w.jar {
		if c.until.IsZero() || time.Now().Before(c.until) {
			continue
		}
		delete(w.jar, name)
		if name == sessionCookie && w.sessions[c.sight.id].ended != closed {
			w.because(unused, "%v is not signed in any more", c.sight)
		}
	}
}
