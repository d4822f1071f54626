package providers_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
	"github.com/sealedauth/auth/token"
)

// entry is a preset beside a provider of its shape: one of oauth and openid.
type entry struct {
	make func(options ...providers.Option) providers.Provider

	// authorize is the URL that the browser is sent to, without what is the same for
	// all: client_id, redirect_uri, response_type, state, nonce and PKCE.
	authorize string
	oauth     *providertest.OAuth2
	openid    *openid
	other     peer // a provider that is neither

	user   providers.User
	scope  string        // of the account
	expiry time.Duration // of the access token
	logout string        // the URL that ends the provider's session, without id_token_hint; empty if there is none

	callback url.Values // what comes back beside code and state, in addition
	denied   string     // error code of the callback when the person cancels, if it is not access_denied
}

// openid is how a real OpenID provider differs from the one of providertest.
type openid struct {
	issuer   string
	metadata map[string]any // members of the discovery document; nil takes one away. Endpoints lead to the server
	claims   map[string]any // about the person, in the ID token and the user info; nil takes one away
	idToken  map[string]any // in the ID token only, likewise
	tokens   map[string]any // members of token answers, likewise

	discovery string // URL of the metadata, if it is not at the issuer's well-known place
	offline   bool   // refresh tokens come without the scope offline_access

	noRotation bool // refresh tokens stay the same
	intercept  func(endpoint string, w http.ResponseWriter, r *http.Request) bool
}

func catalogue() map[string]entry {
	all := map[string]entry{}
	for _, group := range []map[string]entry{
		platformEntries(), selfHostedEntries(), bigEntries(), socialEntries(), regionalEntries(),
		mediaEntries(), workEntries(), developerEntries(), gameEntries(),
	} {
		maps.Copy(all, group)
	}
	return all
}

// Every preset goes the whole way with a provider of its shape.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	for id, e := range catalogue() {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			j := newJourney(t, id, e)
			j.describe()
			j.signIn()
			j.fail()
			j.refresh()
			j.revoke()
			j.logout()
		})
	}
}

// journey is one way through everything that a preset can do.
type journey struct {
	t  *testing.T
	id string
	entry
	p    providers.Provider
	ctx  context.Context
	peer peer

	account token.Account
}

// peer is the provider at the other end.
type peer interface {
	http.Handler
	signIn(authURL string) (url.Values, error)
	isGood(token string) bool
}

func newJourney(t *testing.T, id string, e entry) *journey {
	j := &journey{t: t, id: id, entry: e, p: e.make()}
	switch {
	case e.oauth != nil:
		j.peer = plainPeer{e.oauth}
	case e.openid != nil:
		j.peer = newOpenIDPeer(t, e.openid, j)
	case e.other != nil:
		j.peer = e.other
	default:
		t.Fatal("the entry has no provider")
	}
	j.ctx = context.WithValue(t.Context(), oauth2.HTTPClient, providertest.InMemory(j.peer))
	return j
}

func (j *journey) describe() {
	j.t.Helper()
	info := j.p.Info()
	if err := j.p.(providers.Checker).Check(); err != nil {
		j.t.Error(err)
	}
	if info.ID != j.id || info.Name == "" || info.Name == info.ID {
		j.t.Errorf("info %+v", info)
	}
	if c := contrast(j.t, info.Style); c < 4.5 { // WCAG 2.2, criterion 1.4.3
		j.t.Errorf("the contrast of its button is %.2f", c)
	}
	f := info.Facts
	for name, link := range map[string]string{"Docs": f.Docs, "Console": f.Console} {
		if u, err := url.Parse(link); err != nil || u.Scheme != "https" || u.Host == "" {
			if name == "Docs" || link != "" { // what is self-hosted has no console of its own
				j.t.Errorf("%s is %q", name, link)
			}
		}
	}
	if f.Email == "" || f.Subject == "" || f.Refresh == "" || f.Revocation == "" || f.Logout == "" {
		j.t.Errorf("facts %+v", f)
	}
	if renamed := j.make(providers.WithID("corp", "Corp")).Info(); renamed.ID != "corp" || renamed.Name != "Corp" {
		j.t.Errorf("with another id it is %s", renamed.ID)
	}
}

// contrast returns the ratio of WCAG 2.2 for a text and its background, from 1 to 21.
func contrast(t *testing.T, s providers.Style) float64 {
	t.Helper()
	luminance := func(color string) float64 {
		var rgb [3]uint8
		if _, err := fmt.Sscanf(color, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil || color != strings.ToLower(color) {
			t.Errorf("%q is not a colour of the form #rrggbb", color)
		}
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			c := float64(rgb[i]) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	a, b := luminance(s.Background), luminance(s.Text)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// callback goes to the provider and comes back.
func (j *journey) callback() providers.Callback {
	j.t.Helper()
	req := newRequest()
	raw, err := j.p.AuthCodeURL(j.ctx, req)
	if err != nil {
		j.t.Fatal(err)
	}
	j.golden(raw, req)
	params, err := j.peer.signIn(raw)
	if err != nil {
		j.t.Fatal(err)
	}
	for name, values := range j.entry.callback {
		params[name] = values
	}
	return providers.Callback{Params: params, RedirectURL: req.RedirectURL, Nonce: req.Nonce, Verifier: req.Verifier}
}

// golden compares an authorization URL with the entry's.
func (j *journey) golden(raw string, req providers.AuthRequest) {
	j.t.Helper()
	u := parseURL(j.t, raw)
	q := u.Query()
	always := map[string]string{
		"redirect_uri": req.RedirectURL, "response_type": "code", "state": req.State,
		"code_challenge": oauth2.S256ChallengeFromVerifier(req.Verifier), "code_challenge_method": "S256",
	}
	if q.Has("client_id") { // else it has another name, which the entry shows
		always["client_id"] = "app"
	}
	if j.openid != nil || q.Has("nonce") {
		always["nonce"] = req.Nonce
	}
	if strings.Contains(j.authorize, "no_pkce=1") {
		delete(always, "code_challenge")
		delete(always, "code_challenge_method")
		if q.Has("code_challenge") {
			j.t.Error("PKCE is used")
		}
		q.Set("no_pkce", "1")
	}
	for name, want := range always {
		if q.Get(name) != want {
			j.t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
		q.Del(name)
	}
	if u.RawQuery = q.Encode(); u.String() != j.authorize {
		j.t.Errorf("authorization URL\n %s, want\n %s", u, j.authorize)
	}
}

func (j *journey) signIn() {
	j.t.Helper()
	cb := j.callback()
	id, err := j.p.Exchange(j.ctx, cb)
	if err != nil {
		j.t.Fatalf("sign-in: %v", err)
	}
	j.account = id.Account
	if id.User != j.user {
		j.t.Errorf("user\n %+v, want\n %+v", id.User, j.user)
	}
	a := id.Account
	if a.ID != j.user.ID || a.Provider != j.id || a.Type != string(j.p.Info().Protocol) || a.Scope != j.scope {
		j.t.Errorf("account %s of %s (%s), scope %q", a.ID, a.Provider, a.Type, a.Scope)
	}
	if a.Lifetime.Round(time.Second) != j.expiry || a.ExpiresAt.IsZero() != (j.expiry == 0) {
		j.t.Errorf("it lives for %v", a.Lifetime)
	}
}

// fail tries what goes wrong at a sign-in.
func (j *journey) fail() {
	j.t.Helper()
	cb := j.callback()
	if _, err := j.p.Exchange(j.ctx, cb); err != nil {
		j.t.Errorf("a second sign-in: %v", err)
	}
	if id, err := j.p.Exchange(j.ctx, cb); id != nil || !errors.Is(err, providers.ErrInvalidGrant) {
		j.t.Errorf("the code again: %v", err)
	}
	cb = j.callback()
	denied := "access_denied"
	if j.denied != "" {
		denied = j.denied
	}
	cb.Params = url.Values{"error": {denied}, "state": cb.Params["state"]}
	if cb.Params.Get("iss") == "" && j.openid != nil {
		cb.Params.Set("iss", j.openid.issuer)
	}
	if id, err := j.p.Exchange(j.ctx, cb); id != nil || !errors.Is(err, providers.ErrDenied) {
		j.t.Errorf("cancelled: %v", err)
	}
	cb = j.callback()
	cb.Verifier = newRequest().Verifier
	if !strings.Contains(j.authorize, "no_pkce=1") {
		if id, err := j.p.Exchange(j.ctx, cb); id != nil || !errors.Is(err, providers.ErrInvalidGrant) {
			j.t.Errorf("other verifier: %v", err)
		}
	}
	cb = j.callback()
	down := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("canary") })
	ctx := context.WithValue(j.t.Context(), oauth2.HTTPClient, &http.Client{Transport: down})
	if id, err := j.p.Exchange(ctx, cb); id != nil || !errors.Is(err, providers.ErrUnavailable) && j.openid == nil {
		j.t.Errorf("without a network: %v", err)
	}
}

func (j *journey) refresh() {
	j.t.Helper()
	f := j.p.Info().Facts
	had := !j.account.RefreshToken.IsZero()
	if f.Refresh == "no" && had || f.Refresh == "yes" && !had {
		j.t.Errorf("there is a refresh token: %v, though Facts.Refresh is %q", had, f.Refresh)
	}
	refresher, ok := j.p.(providers.Refresher)
	if !had || !ok {
		return
	}
	renewed, err := refresher.Refresh(j.ctx, j.account)
	switch {
	case err != nil:
		j.t.Fatalf("refresh: %v", err)
	case renewed.AccessToken.Equal(j.account.AccessToken) || !j.peer.isGood(renewed.AccessToken.Reveal()):
		j.t.Error("the access token is not renewed")
	case renewed.ID != j.account.ID || renewed.Provider != j.id || renewed.Scope != j.scope:
		j.t.Errorf("account %s of %s, scope %q", renewed.ID, renewed.Provider, renewed.Scope)
	}
	rotated := !renewed.RefreshToken.Equal(j.account.RefreshToken)
	if f.Rotation == "yes" && !rotated || f.Rotation == "no" && rotated {
		j.t.Errorf("rotated: %v, though Facts.Rotation is %q", rotated, f.Rotation)
	}
	spent := renewed
	spent.RefreshToken = token.NewSecret("spent")
	if _, err := refresher.Refresh(j.ctx, spent); !errors.Is(err, providers.ErrInvalidGrant) {
		j.t.Errorf("a spent refresh token: %v", err)
	}
	j.account = renewed
}

func (j *journey) revoke() {
	j.t.Helper()
	err := j.p.(providers.Revoker).Revoke(j.ctx, j.account)
	refresh := j.account.RefreshToken.Reveal()
	alive := j.peer.isGood(j.account.AccessToken.Reveal()) && (j.openid != nil || refresh == "" || j.peer.isGood(refresh))
	switch f := j.p.Info().Facts.Revocation; {
	case f == "no" && !errors.Is(err, errors.ErrUnsupported):
		j.t.Errorf("revocation: %v, though there is none", err)
	case f == "no", f == "metadata" && errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		j.t.Errorf("revocation: %v", err)
	case alive:
		j.t.Error("nothing is revoked")
	}
}

func (j *journey) logout() {
	j.t.Helper()
	ender, ok := j.p.(providers.LogoutURLer)
	if !ok {
		return
	}
	raw, err := ender.LogoutURL(j.ctx, providers.Logout{RedirectURL: "https://app.example.com/auth/signed-out", State: "the-state"})
	f := j.p.Info().Facts.Logout
	switch {
	case j.entry.logout == "" && errors.Is(err, errors.ErrUnsupported) && (f == "no" || f == "metadata"):
	case err != nil || raw != j.entry.logout || f == "no":
		j.t.Errorf("logout: %v\n %s, want\n %s, and Facts.Logout is %q", err, raw, j.entry.logout, f)
	}
}
