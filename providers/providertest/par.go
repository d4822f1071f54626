package providertest

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"time"
)

// pushedFor is how long a pushed authorization request is good.
const pushedFor = time.Minute

// pushed is an authorization request that a client has pushed.
type pushed struct {
	params url.Values
	ends   time.Time
}

// push takes an authorization request from a client directly (RFC 9126 section 2).
func (s *Server) push(w http.ResponseWriter, r *http.Request) {
	client, err := s.authenticate(r)
	if err != nil {
		writeError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	params := url.Values{}
	for name, values := range r.PostForm {
		switch name {
		case "client_secret", "client_assertion", "client_assertion_type":
		default:
			params[name] = values
		}
	}
	params.Set("client_id", client.ID)
	if _, problem := s.readRequest(params); problem != "" || params.Has("request_uri") {
		writeError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	reference := "urn:ietf:params:oauth:request_uri:" + rand.Text()
	s.mu.Lock()
	s.pushed[reference] = pushed{params, s.Clock().Add(pushedFor)}
	s.mu.Unlock()
	writeJSON(w, http.StatusCreated, map[string]any{"request_uri": reference, "expires_in": int(pushedFor / time.Second)})
}

// forget ends a reference: it works once.
func (s *Server) forget(reference string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pushed, reference)
}
