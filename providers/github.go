package providers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// GitHub is sign-in with GitHub, for OAuth Apps and for GitHub Apps. Register one
// at https://github.com/settings/developers with the callback URL
// <your URL>/auth/callback/github.
//
// An OAuth App's token does not expire. A GitHub App's does if "Expire user
// authorization tokens" is on: after eight hours, with a refresh token that is
// good for six months and for one use. A GitHub App also needs the account
// permission "Email addresses" (read-only).
//
// The e-mail address is the primary one that GitHub has verified; an address
// that is not verified is left out. [WithBaseURL] names a GitHub Enterprise
// Server, such as https://github.example.com.
//
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
func GitHub(clientID, clientSecret string, options ...Option) Provider {
	c := Config{
		ID: "github", Name: "GitHub",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthStyle: oauth2.AuthStyleInParams,
		Scopes:    []string{"read:user", "user:email"},
		Fields:    Fields{ID: "id", Name: "name|login", Email: "email", Image: "avatar_url"},
		Style:     Style{Background: "#24292f", Text: "#ffffff"},

		confidential: true,
	}
	c.apply(options)
	base, api := "https://github.com", "https://api.github.com"
	if c.base != "" {
		base, api = c.base, c.base+"/api/v3"
	}
	c.Issuer = base + "/login/oauth"
	c.AuthURL = base + "/login/oauth/authorize"
	c.TokenURL = base + "/login/oauth/access_token"
	c.UserInfoURL = api + "/user"
	c.base = ""
	return github{newOAuth2(c)}
}

type github struct{ *client }

// Exchange implements Provider.
func (g github) Exchange(ctx context.Context, c Callback) (*Identity, error) {
	id, err := g.client.Exchange(ctx, c)
	if err != nil {
		return nil, refusedGrant(err)
	}
	id.Account = spaced(id.Account)
	if id.User.Email, id.User.EmailVerified, err = g.email(ctx, id.Account); err != nil {
		return nil, err
	}
	return id, nil
}

// Refresh implements Refresher.
func (g github) Refresh(ctx context.Context, a token.Account) (token.Account, error) {
	renewed, err := g.client.Refresh(ctx, a)
	return spaced(renewed), refusedGrant(err)
}

// refusedGrant gives the kind ErrInvalidGrant to what GitHub says in place of
// invalid_grant.
func refusedGrant(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Code == "bad_verification_code" || e.Code == "bad_refresh_token") {
		e.Kind = ErrInvalidGrant
	}
	return err
}

// spaced separates scopes by spaces; GitHub uses commas.
func spaced(a token.Account) token.Account {
	a.Scope = strings.ReplaceAll(a.Scope, ",", " ")
	return a
}

// email returns the primary address if it is verified. The address in the
// profile is the public one, which the person may have left out or never
// confirmed. Without the scope or the permission there is no list, and so no
// address.
func (g github) email(ctx context.Context, a token.Account) (address string, verified bool, err error) {
	list, err := g.emails(ctx, a)
	if errors.Is(err, ErrRejected) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	for _, e := range list {
		if e.Bool("primary") && e.Bool("verified") {
			return e.String("email"), true, nil
		}
	}
	return "", false, nil
}

// emails gets the list of addresses, which GitHub sends as an array.
func (g github) emails(ctx context.Context, a token.Account) ([]claims.Object, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.UserInfoURL+"/emails", nil)
	if err != nil {
		return nil, &Error{Provider: g.ID, Op: opUserInfo, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	req.Header.Set("Authorization", "Bearer "+a.AccessToken.Reveal())
	resp, err := outbound(ctx, g.ID, opUserInfo, nil).Do(req)
	if err != nil {
		err = asError(err, g.ID, opUserInfo)
		var e *Error
		if errors.As(err, &e) && (e.Status == http.StatusForbidden || e.Status == http.StatusNotFound) {
			e.Kind = ErrRejected
		}
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, asError(err, g.ID, opUserInfo)
	}
	object, err := claims.ParseObject(bytes.Join([][]byte{[]byte(`{"emails":`), body, []byte("}")}, nil))
	if err != nil {
		return nil, &Error{Provider: g.ID, Op: opUserInfo, Kind: ErrResponse, Detail: err.Error()}
	}
	return object.Array("emails"), nil
}

// Revoke implements Revoker with GitHub's own call, which takes the client's
// credentials and a JSON body and invalidates the one token.
//
// https://docs.github.com/rest/apps/oauth-applications#delete-an-app-token
func (g github) Revoke(ctx context.Context, a token.Account) error {
	body, err := json.Marshal(map[string]string{"access_token": a.AccessToken.Reveal()})
	if err != nil {
		return &Error{Provider: g.ID, Op: opRevoke, Kind: ErrConfig, Detail: "the token has no JSON form"}
	}
	url := strings.TrimSuffix(g.UserInfoURL, "/user") + "/applications/" + g.ClientID + "/token"
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, url, bytes.NewReader(body))
	if err != nil {
		return &Error{Provider: g.ID, Op: opRevoke, Kind: ErrConfig, Detail: "its URL is not valid"}
	}
	req.SetBasicAuth(g.ClientID, g.secret.Reveal())
	req.Header.Set("Content-Type", "application/json")
	_, err = do(outbound(ctx, g.ID, opRevoke, nil), g.ID, opRevoke, req)
	return err
}
