package providers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// A Prover sends requests with the proof that an account's tokens are bound to: that
// the sender has their key (DPoP, RFC 9449). It is safe for concurrent use.
type Prover struct {
	signer jose.Signer
	nonces *Nonces
}

// NewProver returns what proves the possession of an account's DPoPKey. The nonces of
// servers are remembered in nonces, which provers can share; nil remembers them for
// this one alone. It returns an error if the key is not one.
func NewProver(key token.Secret, nonces *Nonces) (*Prover, error) {
	fail := errors.New("providers: the DPoP key is not a private key on P-256")
	d, err := base64.RawURLEncoding.DecodeString(key.Reveal())
	if err != nil {
		return nil, fail
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		return nil, fail
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: private},
		(&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		return nil, fail
	}
	if nonces == nil {
		nonces = new(Nonces)
	}
	return &Prover{signer, nonces}, nil
}

// newDPoPKey makes the key of an account.
func newDPoPKey() (token.Secret, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return token.Secret{}, err
	}
	d, err := private.Bytes()
	if err != nil {
		return token.Secret{}, err
	}
	return token.NewSecret(base64.RawURLEncoding.EncodeToString(d)), nil
}

// Send sends a copy of a request by next, with a proof for its method and URL and, if
// there is an access token, with that (RFC 9449 section 7.1). A server that wants
// another nonce is sent the request once more, and once only, if its body can be: it
// has refused the first one unread (sections 8 and 9). Like an http.RoundTripper it
// closes the request's body.
func (p *Prover) Send(next http.RoundTripper, r *http.Request, access token.Secret) (*http.Response, error) {
	origin := r.URL.Scheme + "://" + r.URL.Host
	first, err := p.proven(r, access, p.nonces.of(origin))
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	resp, err := next.RoundTrip(first)
	if err != nil {
		return nil, err
	}
	nonce := p.nonces.learn(origin, resp.Header)
	if nonce == "" || !wantsNonce(resp) || r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return resp, nil
	}
	again, err := p.proven(r, access, nonce)
	if err == nil && r.GetBody != nil {
		again.Body, err = r.GetBody()
	}
	if err != nil {
		return resp, nil //nolint:nilerr // the answer is the server's to give
	}
	_ = resp.Body.Close()
	if resp, err = next.RoundTrip(again); err == nil {
		p.nonces.learn(origin, resp.Header)
	}
	return resp, err
}

// proven returns a copy of a request with a proof, good for it alone (RFC 9449 section
// 4.2).
func (p *Prover) proven(r *http.Request, access token.Secret, nonce string) (*http.Request, error) {
	target := *r.URL
	target.RawQuery, target.ForceQuery, target.Fragment, target.RawFragment, target.User = "", false, "", "", nil
	says := map[string]any{"jti": rand.Text(), "htm": r.Method, "htu": target.String(), "iat": time.Now().Unix()}
	if !access.IsZero() {
		hash := sha256.Sum256([]byte(access.Reveal()))
		says["ath"] = base64.RawURLEncoding.EncodeToString(hash[:])
	}
	if nonce != "" {
		says["nonce"] = nonce
	}
	payload, err := json.Marshal(says)
	if err != nil {
		return nil, err
	}
	jws, err := p.signer.Sign(payload)
	if err != nil {
		return nil, err
	}
	proof, err := jws.CompactSerialize()
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("DPoP", proof)
	if !access.IsZero() {
		r.Header.Set("Authorization", "DPoP "+access.Reveal())
	}
	return r, nil
}

// maxChallenge is how much of an answer is read to find out whether it asks for a
// nonce, in bytes.
const maxChallenge = 8 << 10

// wantsNonce tells whether an answer asks for another nonce: that of an API by its
// challenge (RFC 9449 section 9), that of a token endpoint in its body (section 8). The
// body can still be read.
func wantsNonce(resp *http.Response) bool {
	const code = "use_dpop_nonce"
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		for _, challenge := range resp.Header.Values("WWW-Authenticate") {
			if strings.Contains(challenge, code) {
				return true
			}
		}
		return false
	case http.StatusBadRequest:
		head, err := io.ReadAll(io.LimitReader(resp.Body, maxChallenge))
		rest := resp.Body
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), rest), rest}
		o, malformed := claims.ParseObject(head)
		return err == nil && malformed == nil && o.String("error") == code
	}
	return false
}

const (
	maxNonce        = 512
	maxNonceOrigins = 100
)

// Nonces are the nonces that servers want to see in proofs, by origin. The zero value
// knows none. It is safe for concurrent use.
type Nonces struct {
	mu    sync.Mutex
	known map[string]string
}

func (n *Nonces) of(origin string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known[origin]
}

// learn remembers the nonce of an answer, and returns it.
func (n *Nonces) learn(origin string, h http.Header) string {
	nonce := h.Get("DPoP-Nonce")
	unfit := func(c rune) bool { return c < '!' || c > '~' || c == '"' || c == '\\' }
	if nonce == "" || len(nonce) > maxNonce || strings.ContainsFunc(nonce, unfit) {
		return ""
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNonceOrigins {
		n.known = map[string]string{}
	}
	n.known[origin] = nonce
	return nonce
}
