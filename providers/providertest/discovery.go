package providertest

import "net/http"

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer":                 s.Issuer,
		"authorization_endpoint": s.endpoint("/authorize"),
		"token_endpoint":         s.endpoint("/token"),
		"userinfo_endpoint":      s.endpoint("/userinfo"),
		"jwks_uri":               s.endpoint("/keys"),
		"revocation_endpoint":    s.endpoint("/revoke"),
		"end_session_endpoint":   s.endpoint("/logout"),

		"pushed_authorization_request_endpoint": s.endpoint("/par"),
		"require_pushed_authorization_requests": s.RequirePAR,

		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
		"userinfo_signing_alg_values_supported": []string{"ES256"},
		"dpop_signing_alg_values_supported":     []string{"ES256"},
		"code_challenge_methods_supported":      []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{
			"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none"},
		"token_endpoint_auth_signing_alg_values_supported": assertionAlgorithms(),
		"authorization_response_iss_parameter_supported":   true,

		"backchannel_logout_supported":          true,
		"backchannel_logout_session_supported":  true,
		"frontchannel_logout_supported":         true,
		"frontchannel_logout_session_supported": true,
	}
	if len(s.ACRValues) > 0 {
		document["acr_values_supported"] = s.ACRValues
	}
	if s.EditMetadata != nil {
		s.EditMetadata(document)
	}
	writeJSON(w, http.StatusOK, document)
}
