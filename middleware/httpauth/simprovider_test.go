package httpauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

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
	w.issued(nil, refreshTokenIn(answer, false), x.place)
	return answer, err
}

// refresh lets the request wait for its step, and then for its fault.
func (x *wire) refresh(w *world, r *http.Request, body []byte, spent string) (*http.Response, error) {
	name, alone := w.flight(spent, x.place), w.shared.broken
	f, ok := w.park(r.Context(), "P"+name)
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
		w.refused(spent, x.place, alone, refusedByProvider)
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
		w.refused(spent, x.place, alone, noCause)
		return answer, nil
	}
	a := w.spent(spent, refreshTokenIn(answer, true), x.place, alone)
	ok = f != dropped
	if f == answersLate {
		_, ok = w.park(r.Context(), "Q"+name)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.lost, a.at = !ok, time.Now(); a.lost {
		return nil, errWire
	}
	return answer, nil
}

// flight names the refresh of a token. Whose request has led to it does not matter.
func (w *world) flight(spent string, at place) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.kits) > 1 { // but where it is does
		w.changes++
	}
	return fmt.Sprint(w.tokens[spent].number, "@", at.instance)
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

// refreshTokenIn reads the refresh token out of an answer, and takes the ID token
// out of one to a refresh, which need not have one: to verify it takes time.
func refreshTokenIn(r *http.Response, refreshed bool) string {
	var answer map[string]any
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		panic(err)
	}
	if refreshed {
		delete(answer, "id_token")
	}
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	text, _ := answer["refresh_token"].(string)
	return text
}
