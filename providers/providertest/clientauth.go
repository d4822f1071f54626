package providertest

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLife = time.Minute
	tolerance     = 10 * time.Second // for clocks that differ
)

var errClient = errors.New("providertest: unknown client, or not proven")

// assertionAlgorithms are the signatures of client assertions that are taken.
func assertionAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}
}

// authenticate finds the client of a back-channel request. Exactly one way of
// authenticating is allowed (RFC 6749 section 2.3), and it is the client's own.
func (s *Server) authenticate(r *http.Request) (Client, error) {
	id, secret, basic := r.BasicAuth()
	form := r.PostForm
	switch {
	case form.Has("client_assertion"):
		if basic || form.Has("client_secret") || form.Get("client_assertion_type") != assertionType {
			return Client{}, errClient
		}
		return s.asserted(form.Get("client_assertion"), form.Get("client_id"))
	case basic:
		if form.Has("client_secret") {
			return Client{}, errClient
		}
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	default:
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	client, ok := s.client(id)
	switch {
	case !ok, client.Key != nil, subtle.ConstantTimeCompare([]byte(client.Secret), []byte(secret)) != 1:
		return Client{}, errClient
	case client.Certificate != "" && (r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || r.TLS.PeerCertificates[0].Subject.String() != client.Certificate):
		return Client{}, errClient
	}
	return client, nil
}

// asserted finds the client of an assertion (RFC 7523 section 3): it names itself
// twice, this provider alone, and a moment close by; and it works once.
func (s *Server) asserted(assertion, clientID string) (Client, error) {
	jws, err := jose.ParseSignedCompact(assertion, assertionAlgorithms())
	if err != nil {
		return Client{}, errClient
	}
	var says struct {
		Iss, Sub, Aud, Jti string
		Exp, Iat           int64
	}
	if json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &says) != nil {
		return Client{}, errClient
	}
	client, ok := s.client(says.Iss)
	if !ok || client.Key == nil {
		return Client{}, errClient
	}
	if _, err := jws.Verify(client.Key); err != nil {
		return Client{}, errClient
	}
	now, issued, end := s.Clock(), time.Unix(says.Iat, 0), time.Unix(says.Exp, 0)
	switch {
	case says.Sub != says.Iss, clientID != "" && clientID != says.Iss:
	case !slices.Contains([]string{s.Issuer, s.endpoint("/token")}, says.Aud):
	case says.Iat == 0, issued.After(now.Add(tolerance)), end.After(issued.Add(assertionLife)), !now.Before(end.Add(tolerance)):
	case says.Jti == "" || !s.first("assertion "+says.Jti):
	default:
		return client, nil
	}
	return Client{}, errClient
}

// first reports whether something that may come only once comes for the first time.
func (s *Server) first(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.seen[name]
	s.seen[name] = true
	return !known
}
