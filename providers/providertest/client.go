package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// Client returns a client whose calls go straight to the handler, without a
// network. It works under testing/synctest, where time is virtual.
func (s *Server) Client() *http.Client { return &http.Client{Transport: transport{s}} }

type transport struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context()) // which is the caller's, and may be sent again
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() { _ = in.Body.Close() }()
	w := httptest.NewRecorder()
	t.ServeHTTP(w, in)
	return w.Result(), nil
}

// SignIn does what a person does: it opens the authorization URL, picks a user
// (or cancels, if the subject is empty) and returns the URL of the callback that
// the browser would be sent to.
func (s *Server) SignIn(authURL, subject string) (string, error) {
	form := strings.NewReader(url.Values{"subject": {subject}}.Encode())
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, authURL, form)
	if err != nil {
		return "", fmt.Errorf("providertest: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := transport{s}.RoundTrip(req)
	if err != nil {
		return "", fmt.Errorf("providertest: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusFound {
		return "", errors.New("providertest: the authorization request was refused: " + resp.Status)
	}
	return resp.Header.Get("Location"), nil
}
