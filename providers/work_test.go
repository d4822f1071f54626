package providers_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// answersOf returns a context in which every call gets this answer.
func answersOf(ctx context.Context, status int, body string) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	})})
}

// What these providers answer to tokens and clients that are no longer good is told
// apart, though none of it is as the standard says.
func TestWorkErrors(t *testing.T) {
	t.Parallel()
	slack := providers.Slack("app", "secret", providers.WithMetadata([]byte(`{"issuer":"https://slack.com",
		"authorization_endpoint":"https://slack.com/openid/connect/authorize","token_endpoint":"https://slack.com/api/openid.connect.token",
		"userinfo_endpoint":"https://slack.com/api/openid.connect.userInfo","jwks_uri":"https://slack.com/openid/connect/keys",
		"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],
		"token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"]}`)))
	hubspot := providers.HubSpot("app", "secret")
	mattermost := providers.Mattermost("app", "secret", "https://chat.example.com")
	for name, tc := range map[string]struct {
		p      providers.Provider
		status int
		answer string
		want   error
	}{
		"Slack, refresh token": {slack, 200, `{"ok":false,"error":"invalid_refresh_token"}`, providers.ErrInvalidGrant},
		"Slack, secret":        {slack, 200, `{"ok":false,"error":"bad_client_secret"}`, providers.ErrRejected},
		"HubSpot, secret":      {hubspot, 400, `{"status":"BAD_CLIENT_SECRET","error":"invalid_client","message":"missing or invalid client secret"}`, providers.ErrRejected},
		"Mattermost, code":     {mattermost, 400, `{"id":"api.oauth.get_access_token.expired_code.app_error","status_code":400}`, providers.ErrInvalidGrant},
		"Mattermost, secret":   {mattermost, 403, `{"id":"api.oauth.get_access_token.credentials.app_error","status_code":403}`, providers.ErrRejected},
		"Mattermost, down":     {mattermost, 500, `{"id":"api.oauth.get_access_token.internal.app_error","status_code":500}`, providers.ErrUnavailable},
		"Zoho, secret":         {providers.Zoho("app", "secret"), 200, `{"error":"invalid_client"}`, providers.ErrRejected},
		"Nextcloud, secret":    {providers.Nextcloud("app", "secret", "https://cloud.example.com"), 400, `{"error":"invalid_client"}`, providers.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account := token.Account{RefreshToken: token.NewSecret("old")}
			_, err := tc.p.(providers.Refresher).Refresh(answersOf(t.Context(), tc.status, tc.answer), account)
			if !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}

// A token that HubSpot says is no longer active is nobody's.
func TestHubSpotInactive(t *testing.T) {
	t.Parallel()
	e := workEntries()["hubspot"]
	e.oauth.Profile = `{"active":false}`
	j := newJourney(t, "hubspot", e)
	if id, err := j.p.Exchange(j.ctx, j.callback()); id != nil || !errors.Is(err, providers.ErrProfile) {
		t.Errorf("%v", err)
	}
}

// Where there is a choice of servers, all endpoints are of the one that is named.
func TestWorkServers(t *testing.T) {
	t.Parallel()
	base := providers.WithBaseURL
	for want, p := range map[string]providers.Provider{
		"https://accounts.zoho.eu/oauth/v2/auth":                                providers.Zoho("app", "secret", base("https://accounts.zoho.eu/")),
		"https://www.sandbox.paypal.com/signin/authorize":                       providers.PayPal("app", "secret", base("https://www.sandbox.paypal.com")),
		"https://1234567.app.netsuite.com/app/login/oauth2/authorize.nl":        providers.NetSuite("app", "secret", "1234567"),
		"https://cloud.example.com/nc/index.php/apps/oauth2/authorize":          providers.Nextcloud("app", "secret", "https://cloud.example.com/nc"),
		"https://www.dropbox.com/oauth2/authorize?scope=account_info.read":      providers.Dropbox("app", "secret", providers.WithParam("token_access_type", "")),
		"https://example.myshopify.com/admin/oauth/authorize?scope=read_orders": providers.Shopify("app", "secret", "https://example.myshopify.com", providers.WithScopes("read_orders")),
	} {
		raw, err := p.AuthCodeURL(t.Context(), newRequest())
		if err != nil {
			t.Fatal(err)
		}
		got, expected := parseURL(t, raw), parseURL(t, want)
		if got.Host != expected.Host || got.Path != expected.Path || got.Query().Has("token_access_type") {
			t.Errorf("%s, want %s", raw, want)
		}
		if scope := expected.Query().Get("scope"); scope != "" && got.Query().Get("scope") != scope {
			t.Errorf("scope of %s", raw)
		}
		if err := p.(providers.Checker).Check(); err != nil {
			t.Error(err)
		}
	}
	sandbox := workEntries()["paypal"].oauth
	for _, endpoint := range []*string{&sandbox.AuthURL, &sandbox.TokenURL, &sandbox.UserInfoURL} {
		*endpoint = strings.Replace(*endpoint, "paypal.com", "sandbox.paypal.com", 1)
	}
	e := entry{make: func(o ...providers.Option) providers.Provider {
		return providers.PayPal("app", "secret", append(o, base("https://www.sandbox.paypal.com"))...)
	}, oauth: sandbox, authorize: "https://www.sandbox.paypal.com/signin/authorize?flowEntry=static&scope=openid+profile+email"}
	j := newJourney(t, "paypal", e)
	if _, err := j.p.Exchange(j.ctx, j.callback()); err != nil {
		t.Error(err)
	}
}

// Without a server, the check says so, and no URL is made up.
func TestWorkWithoutServer(t *testing.T) {
	t.Parallel()
	for _, p := range []providers.Provider{
		providers.Mattermost("app", "secret", ""), providers.Nextcloud("app", "secret", ""),
		providers.NetSuite("app", "secret", ""), providers.Shopify("app", "secret", ""),
	} {
		if err := p.(providers.Checker).Check(); !errors.Is(err, providers.ErrConfig) || !strings.Contains(err.Error(), "AuthURL is empty") {
			t.Errorf("%s: %v", p.Info().ID, err)
		}
	}
}

// Slack gets no verifier, which makes it fail together with a client secret.
func TestSlackWithoutVerifier(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "slack", workEntries()["slack"])
	var sent []url.Values
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			form, _ := url.ParseQuery(string(body))
			sent = append(sent, form)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		inner, _ := j.ctx.Value(oauth2.HTTPClient).(*http.Client)
		return inner.Transport.RoundTrip(r)
	})}
	cb := j.callback()
	if _, err := j.p.Exchange(context.WithValue(t.Context(), oauth2.HTTPClient, client), cb); err != nil {
		t.Fatal(err)
	}
	if len(sent) != 1 || sent[0].Get("code") == "" || sent[0].Has("code_verifier") {
		t.Errorf("sent %v", sent)
	}
}

// What is asked in the body can be asked again, as the transport does if a connection
// that it kept turns out to be closed.
func TestProfileIsAskedAgain(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]providers.Provider{
		"viewer":          providers.Linear("app", "secret"),
		"token_type_hint": providers.HubSpot("app", "secret"),
	} {
		t.Run(p.Info().ID, func(t *testing.T) {
			t.Parallel()
			asked := false
			answer := serve(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/token") {
					replyJSON(goodTokens)(w, r)
					return
				}
				replyJSON(`{"user_id":42,"data":{"viewer":{"id":"42"}}}`)(w, r)
			})
			again := roundTrip(func(r *http.Request) (*http.Response, error) {
				if !strings.HasSuffix(r.URL.Path, "/token") {
					body, err := r.GetBody()
					if err != nil {
						return nil, err
					}
					text, err := io.ReadAll(body)
					asked = err == nil && int64(len(text)) == r.ContentLength && strings.Contains(string(text), want)
				}
				return answer.RoundTrip(r)
			})
			id, err := p.Exchange(context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: again}), goodCallback())
			if err != nil || id.User.ID != "42" || !asked {
				t.Errorf("%v, %v, asked again: %v", id, err, asked)
			}
		})
	}
}
