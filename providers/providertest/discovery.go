package providertest

import (
	"net/http"
	"strings"
)

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	issuer := strings.TrimSuffix(s.Issuer, "/")
	document := map[string]any{
		"issuer":                 s.Issuer,
		"authorization_endpoint": issuer + "/authorize",
		"token_endpoint":         issuer + "/token",
		"userinfo_endpoint":      issuer + "/userinfo",
		"jwks_uri":               issuer + "/keys",
		"revocation_endpoint":    issuer + "/revoke",
		"end_session_endpoint":   issuer + "/logout",

		"response_types_supported":                       []string{"code"},
		"subject_types_supported":                        []string{"public"},
		"scopes_supported":                               []string{"openid", "profile", "email", "offline_access"},
		"id_token_signing_alg_values_supported":          []string{"ES256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,

		"backchannel_logout_supported":          true,
		"backchannel_logout_session_supported":  true,
		"frontchannel_logout_supported":         true,
		"frontchannel_logout_session_supported": true,
	}
	if s.EditMetadata != nil {
		s.EditMetadata(document)
	}
	writeJSON(w, http.StatusOK, document)
}
