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
	codeMissingCSRF     errorCode = "MissingCSRF"
	codeSessionRequired errorCode = "SessionRequired"
	codeExpired         errorCode = "SignInExpired"
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
	case codeMissingCSRF:
		return message{"This page was out of date", "Please try again.", http.StatusForbidden}
	case codeSessionRequired:
		return message{"Please sign in", "Sign in to see this page.", http.StatusUnauthorized}
	case codeExpired:
		return message{"This sign-in has expired", "It was started too long ago, in another browser, or was already used. Please start again.", http.StatusBadRequest}
	case codeUnavailable:
		return message{"The sign-in service does not answer", "Please try again in a moment.", http.StatusServiceUnavailable}
	case codeTooLarge:
		return message{"Sign-in is not available", "This account carries more data than fits into a session. The people who run this site find the details in their log.", http.StatusInternalServerError}
	}
	return message{"Something went wrong", "Please try again.", http.StatusBadRequest}
}

// knownCode maps what stands in a URL to a code of ours; no other text gets on
// a page.
func knownCode(s string) errorCode {
	switch c := errorCode(s); c {
	case codeConfiguration, codeAccessDenied, codeOAuthCallback, codeMissingCSRF, codeSessionRequired, codeExpired, codeUnavailable, codeTooLarge:
		return c
	}
	return codeDefault
}

// fail reports an error and sends the browser to the page that says so.
func (v *visit) fail(kind ErrorKind, code errorCode, err error) { v.failTo(kind, code, err, "") }

// failTo is fail for an error after which the person can try again, and then
// still wants to get to their target.
func (v *visit) failTo(kind ErrorKind, code errorCode, err error, target string) {
	v.report(v.r, kind, err)
	params := url.Values{"error": {string(code)}}
	page := "error"
	switch code {
	case codeOAuthCallback, codeMissingCSRF, codeExpired, codeUnavailable:
		page = "signin"
		if target != "" {
			params.Set("callbackUrl", target)
		}
	}
	v.redirect(v.origin + v.route(page) + "?" + params.Encode())
}
