package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/providers/providertest"
)

// visit lets the doctor look at a provider on this machine.
func visit(t *testing.T, env map[string]string, change func(*providertest.Server)) (said string, well bool) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AUTH_") {
			t.Setenv(name, "") // which counts as not set
		}
	}
	var op *providertest.Server
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { op.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	op, err := providertest.New(providertest.Config{Issuer: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(op)
	}
	good := map[string]string{
		"AUTH_URL": "http://localhost:3000", "AUTH_SECRET": "cQ9Zp0ZrT1bQ3uYwX5vK8mN2jL7hG4fD6sA1eR0tU3iO",
		"AUTH_CORP_ID": "app", "AUTH_CORP_SECRET": "secret", "AUTH_CORP_ISSUER": server.URL,
	}
	for name, value := range good {
		t.Setenv(name, value)
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	var b strings.Builder
	well = examine(t.Context(), newReport(&b), server.Client())
	return b.String(), well
}

func TestDoctor(t *testing.T) {
	for name, tc := range map[string]struct {
		env    map[string]string
		change func(*providertest.Server)
		well   bool
		says   string
	}{
		"healthy":       {nil, nil, true, "client id and secret are accepted"},
		"callback URL":  {map[string]string{"AUTH_URL": "https://app.example.com/"}, nil, true, "register: https://app.example.com/auth/callback/corp"},
		"own base path": {map[string]string{"AUTH_URL": "https://app.example.com/api/auth"}, nil, true, "register: https://app.example.com/api/auth/callback/corp"},
		"wrong secret":  {map[string]string{"AUTH_CORP_SECRET": "other"}, nil, false, "WRONG client id or secret is not accepted"},
		"no secret":     {map[string]string{"AUTH_SECRET": ""}, nil, false, "set AUTH_SECRET"},
		"short secret":  {map[string]string{"AUTH_SECRET": "short"}, nil, false, "WRONG auth: Config.Secrets"},
		"plain URL":     {map[string]string{"AUTH_URL": "http://app.example.com"}, nil, false, "is not https"},
		"no URL":        {map[string]string{"AUTH_URL": ""}, nil, true, "look  AUTH_URL is not set"},
		"no provider":   {map[string]string{"AUTH_CORP_ID": ""}, nil, false, "WRONG no provider"},
		"nobody there":  {map[string]string{"AUTH_CORP_ISSUER": "http://localhost:1"}, nil, false, "discovery"},
		"another issuer": {nil, func(s *providertest.Server) {
			s.EditMetadata = func(m map[string]any) { m["issuer"] = "https://other.example" }
		}, false, "of another issuer"},
		"plain PKCE only": {nil, func(s *providertest.Server) {
			s.EditMetadata = func(m map[string]any) { m["code_challenge_methods_supported"] = []string{"plain"} }
		}, false, "not with S256"},
		"slow clock":   {nil, func(s *providertest.Server) { s.Clock = func() time.Time { return time.Now().Add(-5 * time.Minute) } }, false, "clock differs by 5m0s"},
		"a bit behind": {nil, func(s *providertest.Server) { s.Clock = func() time.Time { return time.Now().Add(30 * time.Second) } }, true, "look  this machine's clock differs"},
		"no logout": {nil, func(s *providertest.Server) {
			s.EditMetadata = func(m map[string]any) { delete(m, "end_session_endpoint") }
		}, true, "logout at the provider: no"},
		"cookies": {nil, nil, true, "cookie(s), "},
	} {
		t.Run(name, func(t *testing.T) {
			said, well := visit(t, tc.env, tc.change)
			if well != tc.well || !strings.Contains(said, tc.says) {
				t.Errorf("all is well: %v, want %v and %q in\n%s", well, tc.well, tc.says, said)
			}
			if strings.Contains(said, "cQ9Zp0") || strings.Contains(said, "made-up-by-doctor") {
				t.Error("it gives away what it should not")
			}
		})
	}
}

// Without a network it still says what has to be registered.
func TestDoctorOffline(t *testing.T) {
	t.Setenv("AUTH_URL", "https://app.example.com")
	t.Setenv("AUTH_SECRET", "cQ9Zp0ZrT1bQ3uYwX5vK8mN2jL7hG4fD6sA1eR0tU3iO")
	t.Setenv("AUTH_GITHUB_ID", "app")
	t.Setenv("AUTH_GITHUB_SECRET", "secret")
	var b strings.Builder
	if !examine(t.Context(), newReport(&b), nil) || !strings.Contains(b.String(), "https://app.example.com/auth/callback/github") {
		t.Error(b.String())
	}
}
