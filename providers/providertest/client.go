package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Client returns a client whose calls go straight to the provider; see
// [InMemory].
func (s *Server) Client() *http.Client { return InMemory(s) }

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
	resp, err := memory{s}.RoundTrip(req)
	if err != nil {
		return "", fmt.Errorf("providertest: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusFound {
		return "", errors.New("providertest: the authorization request was refused: " + resp.Status)
	}
	return resp.Header.Get("Location"), nil
}
