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
//
// Half of the token is itself a signature, over the other half and the session
// it was made in. So a token proves its origin even without its cookie, which
// matters when a browser's first requests run in parallel: each of them is given
// a token and a cookie, but only one cookie stays.
type csrf struct {
	jar    token.Jar
	signer *token.Signer // of the cookie
	proof  *token.Signer // within the token
}

// makeCSRF returns the guard. In a format of Auth.js the cookie is the one that
// its libraries write and accept, since they may serve the same host.
func (a *Auth) makeCSRF(ring *token.Keyring, jar token.Jar) *csrf {
	c := &csrf{jar: jar, signer: ring.Signer(purposeCSRF, jar.Name), proof: ring.Signer(purposeProof, jar.Name).Short()}
	if f := a.cfg.Compat; f.Foreign() {
		c.jar.Name = f.CookieName("csrf-token", a.secure())
		c.signer = token.NewForeignSigner(f, a.cfg.Secrets...)
	}
	return c
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
func (c *csrf) token(response, request http.Header, session func() string) (string, error) {
	if text, ok := c.read(request); ok {
		return text, nil
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	text := hex.EncodeToString(b[:])
	text += c.proof.Sign(text + "\n" + session())
	err := c.jar.Write(response, request, text+separator+c.signer.Sign(text), time.Time{})
	return text, err
}

// verify tells whether a POST was meant: it comes from this origin as far as the
// browser says, and it repeats the token of the cookie. Where the browser does
// say that the page is of this origin, the token may also be one whose cookie was
// overwritten by that of a parallel request.
func (c *csrf) verify(r *http.Request, origin, repeated string, session func() string) bool {
	text, ok := c.read(r.Header)
	if !ok || !sameOrigin(r, origin) {
		return false
	}
	if subtle.ConstantTimeCompare([]byte(text), []byte(repeated)) == 1 {
		return true
	}
	stated := r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("Origin") == origin
	half := len(repeated) / 2
	return stated && c.proof.Verify(repeated[:half]+"\n"+session(), repeated[half:])
}

// sessionID names the session that a CSRF token belongs to; empty without one.
func (v *visit) sessionID() string {
	if t, _, _ := v.readForms(time.Now(), v.r.Header, (&state{auth: v.Auth, request: v.r}).buried); t != nil {
		return t.ID
	}
	return ""
}

// checkCSRF answers a POST that was not meant, and reports whether it was.
func (v *visit) checkCSRF() bool {
	if v.csrf.verify(v.r, v.origin, v.form.get("csrfToken"), v.sessionID) {
		return true
	}
	v.fail(KindCSRF, v.codeWithout(codeMissingCSRF), errCSRF)
	return false
}

// formToken returns the CSRF token for a page or a client. If there can be none,
// the request has been answered.
func (v *visit) formToken() (string, bool) {
	text, err := v.csrf.token(v.w.Header(), v.r.Header, v.sessionID)
	if err != nil {
		v.fail(KindUnavailable, codeConfiguration, err)
	}
	return text, err == nil
}

// csrfToken answers GET csrf.
func (v *visit) csrfToken() {
	if text, ok := v.formToken(); ok {
		writeJSON(v.w, http.StatusOK, map[string]string{"csrfToken": text})
	}
}
