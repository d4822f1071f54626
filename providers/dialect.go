package providers

import (
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
)

// Dialect says where a provider differs from the standards: OAuth 2 (RFC 6749), bearer
// tokens (RFC 6750) and revocation (RFC 7009). The zero value means nowhere.
//
// A path is one as in [Fields]. In headers and in the URLs of the profile, {client_id}
// stands for the client's id and {access_token} for the access token; in these URLs any
// other name in braces is a path in the token answer, or in the profile for a further
// document.
type Dialect struct {
	// Header is sent with each direct call, but for those to keys and metadata. It can
	// hold a key of the application's, so it stays out of JSON.
	Header map[string]string `json:"-"`

	// NoPKCE leaves PKCE out, for the few that fail with it. At an OpenID provider the
	// nonce then protects codes; at others the state is all there is.
	NoPKCE bool

	// Requests.
	ScopeSeparator string   // between scopes; a space if empty
	Fragment       string   // at the end of the authorization URL
	ClientID       string   // name of the parameter client_id
	ClientSecret   string   // name of the parameter client_secret
	TokenRequest   Encoding // of token requests
	RefreshURL     string   // where tokens are refreshed, if it is not TokenURL
	Repeat         []string // parameters of the callback that the token request repeats

	// Token answers.
	TokensIn         string // path to the object that has the tokens, if it is not the whole answer; alternatives as in Fields
	GrantedSeparator string // between scopes, if it is not ScopeSeparator
	EmptyTokens      bool   // an empty text stands for no refresh or ID token
	Endless          bool   // access tokens do not expire, whatever expires_in says
	AnyContentType   bool   // JSON comes with another content type

	// Errors.
	Error   string   // path to the error code, if it is not error; alternatives as in Fields
	Success []string // error codes that mean success, such as 0 or ok
	Spent   []string // error codes of the token endpoint that mean invalid_grant, or their descriptions (error_description)
	Denied  []string // error codes of the callback that mean access_denied

	// The profile.
	Scheme       string            // in front of the access token in the header; Bearer if empty
	TokenParam   string            // query parameter that carries the access token instead of the header
	ProfileIn    string            // path to the profile in the token answer, which makes a call needless: an object, or a JWT that has it as its claims; the whole answer is "."
	ProfilePost  bool              // the user-info endpoint is asked by POST
	Further      map[string]string // further documents about the person: their URLs, by the member of the profile that they become
	LooseTrue    bool              // whether an e-mail address is verified may be said by the text "true" or the number 1
	VerifiedOnly bool              // no e-mail address is told but one that the provider has verified

	Revocation   Revocation
	LogoutReturn string // name of the parameter post_logout_redirect_uri
}

// Revocation says where a provider's revocation differs from RFC 7009. In its URL,
// {token} stands for the token and {client_id} for the client's id.
type Revocation struct {
	Method   string           // POST if empty
	Encoding Encoding         // of the request
	Param    string           // name of the parameter token
	Style    oauth2.AuthStyle // how the client authenticates, if not as at the token endpoint
	Bearer   bool             // the access token authorizes its own end, and nothing else is sent
	Only     string           // the type of tokens that are taken: access_token or refresh_token; both if empty
}

// join makes one text of scopes, for a request.
func (d *Dialect) join(scopes []string) string {
	if d.ScopeSeparator == "" {
		return strings.Join(scopes, " ")
	}
	return strings.Join(scopes, d.ScopeSeparator)
}

// granted returns the scopes of a token answer, separated by spaces. Some answer with
// an array.
func (d *Dialect) granted(o claims.Object) string {
	list, _ := o.Strings("scope")
	scope := strings.Join(list, " ")
	for _, separator := range []string{d.ScopeSeparator, d.GrantedSeparator} {
		if separator != "" {
			scope = strings.ReplaceAll(scope, separator, " ")
		}
	}
	return scope
}

// judge returns the error code of an answer as it may be logged, empty if there is
// none, and what kind of error it is.
func (d *Dialect) judge(op string, o claims.Object, status int) (code string, kind error) {
	code, raw := codeOf(o), ""
	for path := range strings.SplitSeq(d.Error, "|") {
		if raw == "" {
			raw = textAt(o, path)
		}
	}
	switch {
	case slices.Contains(d.Success, raw): // also where it stands in place of an error
		return "", kindOf("", status)
	case raw != "":
		code = errorCode(raw)
	default: // it may also speak as the standard says
		raw = o.String("error")
	}
	if raw != "" && (op == opToken || op == opRefresh) && (slices.Contains(d.Spent, raw) || slices.Contains(d.Spent, o.String("error_description"))) {
		return code, ErrInvalidGrant
	}
	return code, kindOf(code, status)
}

// carries tells whether the access token is elsewhere than in the Authorization header.
func (d *Dialect) carries(endpoint string) bool {
	const place = "{access_token}"
	for _, value := range d.Header {
		if strings.Contains(value, place) {
			return true
		}
	}
	return d.TokenParam != "" || strings.Contains(endpoint, place)
}
