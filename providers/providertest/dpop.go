package providertest

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// nonceLife is how long a nonce for proofs is good.
const nonceLife = time.Minute

// The ways in which a proof can be wrong (RFC 9449 sections 5 and 8).
const (
	badProof = "invalid_dpop_proof"
	badNonce = "use_dpop_nonce"
)

// proof checks the proof of possession that comes with a request, if there is one, and
// returns the thumbprint of its key (RFC 9449 section 4.3). The access token is that
// which is bound to it, if there is one already.
func (s *Server) proof(w http.ResponseWriter, r *http.Request, access string) (thumbprint, problem string) {
	proofs := r.Header.Values("DPoP")
	if len(proofs) == 0 {
		return "", ""
	}
	key, says, ok := readProof(proofs[0])
	if !ok || len(proofs) > 1 || !s.fits(says, r, access) {
		return "", badProof
	}
	if s.DPoPNonce && !s.knownNonce(says.Nonce) {
		w.Header().Set("DPoP-Nonce", s.newNonce())
		return "", badNonce
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", badProof
	}
	return base64.RawURLEncoding.EncodeToString(sum), ""
}

// proofClaims is what a proof says.
type proofClaims struct {
	JTI, HTM, HTU, ATH, Nonce string
	IAT                       int64
}

// readProof verifies a proof with the key that it shows.
func readProof(compact string) (key *jose.JSONWebKey, says proofClaims, ok bool) {
	jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, says, false
	}
	header := jws.Signatures[0].Protected
	if key = header.JSONWebKey; header.ExtraHeaders["typ"] != "dpop+jwt" || key == nil || !key.IsPublic() {
		return nil, says, false
	}
	payload, err := jws.Verify(key)
	if err != nil || json.Unmarshal(payload, &says) != nil {
		return nil, says, false
	}
	return key, says, true
}

// fits tells whether a proof is for this request, made just now, and new.
func (s *Server) fits(says proofClaims, r *http.Request, access string) bool {
	hash := ""
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		hash = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	age := s.Clock().Sub(time.Unix(says.IAT, 0))
	return says.HTM == r.Method && says.HTU == s.urlOf(r) && says.ATH == hash && age <= time.Minute && age >= -tolerance &&
		says.JTI != "" && s.first("proof "+says.JTI)
}

// urlOf returns the URL of a request as its proof has to name it.
func (s *Server) urlOf(r *http.Request) string {
	return s.endpoint(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/'):])
}

func (s *Server) newNonce() string {
	nonce := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nonces[nonce] = s.Clock().Add(nonceLife)
	return nonce
}

func (s *Server) knownNonce(nonce string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Clock().Before(s.nonces[nonce])
}

// resource is an API beside the provider: it answers with 204 to who brings
// a good access token and, if that is bound to a key, its proof (RFC 9449 section 7),
// and otherwise with 401 and a challenge. It is named resource; see [Server.Intercept].
func (s *Server) resource(w http.ResponseWriter, r *http.Request) {
	if _, problem := s.presented(w, r); problem != "" {
		unauthorized(w, problem)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// presented returns whose access token comes with a request.
func (s *Server) presented(w http.ResponseWriter, r *http.Request) (g *grant, problem string) {
	scheme, access, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	thumbprint, problem := s.proof(w, r, access)
	if problem != "" {
		return nil, problem
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.tokens[access]
	if !ok || g.revoked || !s.Clock().Before(g.expires[access]) {
		return nil, "invalid_token"
	}
	bound := scheme == "DPoP" && thumbprint != "" && thumbprint == g.thumbprint
	if g.thumbprint != "" && !bound || g.thumbprint == "" && scheme != "Bearer" {
		return nil, "invalid_token"
	}
	return g, ""
}

func unauthorized(w http.ResponseWriter, problem string) {
	scheme := "Bearer"
	if problem == badNonce || problem == badProof {
		scheme = "DPoP"
	}
	w.Header().Set("WWW-Authenticate", scheme+` error="`+problem+`"`)
	writeError(w, http.StatusUnauthorized, problem)
}
