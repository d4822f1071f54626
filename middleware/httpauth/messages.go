package httpauth

import (
	"net/http"
	"net/url"
)

// errorCode is what pages and clients are told of an error, in the words of
// Auth.js where it has one. What it means in the log is another matter.
type errorCode string

const (
	codeConfiguration   errorCode = "Configuration"
	codeAccessDenied    errorCode = "AccessDenied"
	codeOAuthCallback   errorCode = "OAuthCallbackError"
	codeCredentials     errorCode = "CredentialsSignin"
	codeMissingCSRF     errorCode = "MissingCSRF"
	codeSessionRequired errorCode = "SessionRequired"
	codeNotRecent       errorCode = "ReauthenticationRequired"
	codeExpired         errorCode = "SignInExpired"
	codeNoCookies       errorCode = "CookiesRequired"
	codeNotKept         errorCode = "SessionNotKept"
	codeUnavailable     errorCode = "ProviderUnavailable"
	codeTooLarge        errorCode = "SessionTooLarge"
	codeDefault         errorCode = "Default"
)

// message is what a person reads.
type message struct {
	Title, Text string
	Status      int
}

// message returns the words for a code.
func (c errorCode) message() message {
	switch c {
	case codeConfiguration:
		return message{"Sign-in is not available", "Something is not set up right on our side. The people who run this site find the reason in their log.", http.StatusInternalServerError}
	case codeAccessDenied:
		return message{"No access", "The sign-in was cancelled, or this account may not sign in here.", http.StatusForbidden}
	case codeOAuthCallback:
		return message{"Sign-in did not work", "The answer of the sign-in service could not be used. Please try again.", http.StatusBadRequest}
	case codeCredentials:
		return message{"That did not match", "Please check what you typed in, and try again.", http.StatusUnauthorized}
	case codeMissingCSRF:
		return message{"This page was out of date", "Please try again.", http.StatusForbidden}
	case codeSessionRequired:
		return message{"Please sign in", "Sign in to see this page.", http.StatusUnauthorized}
	case codeNotRecent:
		return message{"Please confirm that it is you", "Sign in once more to go on: your last sign-in is too long ago for this page.", http.StatusUnauthorized}
	case codeExpired:
		return message{"This sign-in has expired", "It was started too long ago, in another browser, or was already used. Please start again.", http.StatusBadRequest}
	case codeNoCookies:
		return message{"Your browser sent no cookies", "Signing in needs cookies. Please allow them for this site, and open it in a window of its own. If they are allowed, something between your browser and this site removes them.", http.StatusBadRequest}
	case codeNotKept:
		return message{"You are signed in, but your browser did not keep it", "Signing in again will not help.", http.StatusBadRequest}
	case codeUnavailable:
		return message{"The sign-in service does not answer", "Please try again in a moment.", http.StatusServiceUnavailable}
	case codeTooLarge:
		return message{"Sign-in is not available", "This account carries more data than fits into a session. The people who run this site find the details in their log.", http.StatusInternalServerError}
	}
	return message{"Something went wrong", "Please try again.", http.StatusBadRequest}
}

// knownCode maps what stands in a URL to a code of ours, also in the words of
// next-auth v4; no other text gets on a page.
func knownCode(s string) errorCode {
	switch c := errorCode(s); c {
	case codeConfiguration, codeAccessDenied, codeOAuthCallback, codeCredentials, codeMissingCSRF, codeSessionRequired,
		codeExpired, codeUnavailable, codeTooLarge, codeNoCookies, codeNotKept, codeNotRecent:
		return c
	case "OAuthCallback", "OAuthSignin", "OAuthSignInError", "Callback":
		return codeOAuthCallback
	}
	return codeDefault
}

// retries reports whether the person can do something about it on the sign-in
// page.
func (c errorCode) retries() bool {
	switch c {
	case codeOAuthCallback, codeCredentials, codeMissingCSRF, codeExpired, codeUnavailable, codeSessionRequired, codeNoCookies, codeNotRecent:
		return true
	}
	return false
}

// failed returns the status that clients of next-auth v4 are given; 0 means 200.
func (c errorCode) failed() int {
	switch c {
	case codeCredentials, codeConfiguration:
		return http.StatusUnauthorized
	case codeAccessDenied:
		return http.StatusForbidden
	}
	return 0
}

// fail reports an error and sends the browser to the page that says so.
func (v *visit) fail(kind ErrorKind, code errorCode, err error) {
	v.failWith(kind, code, err, url.Values{})
}

// failTo is fail for an error after which the person can try again, and then
// still wants to get to their target.
func (v *visit) failTo(kind ErrorKind, code errorCode, err error, target string) {
	params := url.Values{}
	if target != "" && code.retries() {
		params.Set("callbackUrl", target)
	}
	v.failWith(kind, code, err, params)
}

// failWith is fail with further parameters for the page.
func (v *visit) failWith(kind ErrorKind, code errorCode, err error, params url.Values) {
	v.report(v.r, kind, err)
	page, name := "error", string(code)
	switch {
	case v.nextAuth4() && code == codeMissingCSRF:
		page = "signin"
		params.Set("csrf", "true")
	case v.nextAuth4(): // whose error page passes on to the sign-in page
		if code == codeOAuthCallback {
			name = "OAuthCallback"
		}
	case code.retries():
		page = "signin"
	}
	params.Set("error", name)
	v.redirectAs(code.failed(), v.pageURL(page, params))
}
