package providers

import (
	"io"
	"net/http"
	"strings"

	"github.com/sealedauth/auth/token"
)

// Linear is sign-in with Linear. Register an application at
// https://linear.app/settings/api/applications/new with the callback URL
// <your URL>/auth/callback/linear; make it public if people of other workspaces are to
// sign in. The person chooses a workspace, and has another id in each.
//
// Access tokens live for a day, and each refresh brings a new refresh token.
//
// https://linear.app/developers/oauth-2-0-authentication
func Linear(clientID, clientSecret string, options ...Option) Provider {
	return OAuth2(Config{
		ID: "linear", Name: "Linear",
		ClientID: clientID, ClientSecret: clientSecret,
		AuthURL:     "https://linear.app/oauth/authorize",
		TokenURL:    "https://api.linear.app/oauth/token",
		UserInfoURL: "https://api.linear.app/graphql",
		RevokeURL:   "https://api.linear.app/oauth/revoke",
		Scopes:      []string{"read"},
		Fields:      Fields{ID: "data.viewer.id", Name: "data.viewer.name|data.viewer.displayName", Email: "data.viewer.email", Image: "data.viewer.avatarUrl"},
		Dialect:     Dialect{ScopeSeparator: ",", ProfilePost: true},
		Style:       Style{Background: "#5e6ad2", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://linear.app/developers/oauth-2-0-authentication",
			Console: "https://linear.app/settings/api/applications",
			Refresh: yes, Rotation: yes, Revocation: yes, Logout: no,
			Email: "never: Linear does not say", Subject: "UUID, another in each workspace",
			Note: "the profile is asked with GraphQL",
		},

		adapt: askLinear,
	}, options...)
}

// askLinear puts the question for the profile into the request.
func askLinear(r *http.Request, _, _ token.Secret) {
	const query = `{"query":"{ viewer { id name displayName email avatarUrl } }"}`
	r.Header.Set("Content-Type", "application/json")
	setBody(r, query)
}

// setBody gives a request another body, also for when the transport sends it again over a
// new connection.
func setBody(r *http.Request, body string) {
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
}
