package httpauth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/sealedauth/auth/token"
)

var errCSRF = errors.New("auth: the request does not come from a page of this application, or its page is out of date")

// csrf guards the POST routes by a signed double submit: the cookie holds
// token|signature, as Auth.js clients expect, and the form repeats the token.
type csrf struct {
	jar    token.Jar
	signer *token.Signer
}

// separator stands between token and signature; cookies carry it encoded.
const separator = "%7C"

// read returns the token of a request's cookie if its signature is ours.
func (c *csrf) read(request http.Header) (string, bool) {
	value, err := c.jar.Read(request)
	if err != nil {
		return "", false
	}
	text, sign, ok := strings.Cut(value, separator)
	if !ok { // some proxies decode
		text, sign, _ = strings.Cut(value, "|")
	}
	return text, c.signer.Verify(text, sign)
}

// token returns the token for a form. One that the browser has is used again, so
// that a second tab does not invalidate the first.
func (c *csrf) token(response, request http.Header) (string, error) {
	if text, ok := c.read(request); ok {
		return text, nil
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	text := hex.EncodeToString(b[:])
	err := c.jar.Write(response, request, text+separator+c.signer.Sign(text), time.Time{})
	return text, err
}

// verify tells whether a POST was meant: it comes from this origin as far as the
// browser says, and it repeats the token of the cookie.
func (c *csrf) verify(r *http.Request, origin, repeated string) bool {
	text, ok := c.read(r.Header)
	same := subtle.ConstantTimeCompare([]byte(text), []byte(repeated)) == 1
	return ok && same && sameOrigin(r, origin)
}

// checkCSRF answers a POST that was not meant, and reports whether it was.
func (v *visit) checkCSRF() bool {
	if v.csrf.verify(v.r, v.origin, v.form.get("csrfToken")) {
		return true
	}
	v.fail(KindCSRF, codeMissingCSRF, errCSRF)
	return false
}

// csrfToken answers GET csrf.
func (v *visit) csrfToken() {
	text, err := v.csrf.token(v.w.Header(), v.r.Header)
	if err != nil {
		v.fail(KindUnavailable, codeConfiguration, err)
		return
	}
	writeJSON(v.w, http.StatusOK, map[string]string{"csrfToken": text})
}
