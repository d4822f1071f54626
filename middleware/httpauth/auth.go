package httpauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Auth is the kit for one application. It is safe for concurrent use.
type Auth struct {
	cfg       Config
	log       *slog.Logger
	providers map[string]providers.Provider
	pages     *pages

	forms []sessionForm // of the session token; the first is written, all are read

	leftovers []token.Jar // of the session in earlier configurations
	idTokens  kept        // the ID token, for signing out at the provider
	attempts  kept        // sign-ins and sign-outs under way
	binding   token.Jar   // what ties them to the browser
	landing   token.Jar   // that a session was just given
	failures  kept        // refresh tokens that the provider refused

	tombstones  kept // sessions that were ended
	generations generations
	notBefore   *recent[string, time.Time] // answers of Config.NotBefore
	notices     *recent[string, struct{}]  // of sign-outs at providers
	logged      *recent[ErrorKind, struct{}]

	csrf *csrf

	refreshes *refreshes
	nonces    providers.Nonces // of the APIs that access tokens are for
	streams   *streams
	counters  *counters // of calls to providers
}

// New checks the configuration and returns the kit. It makes no network calls.
// The error names every field that is wrong and what to do about it.
func New(cfg Config) (*Auth, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	ring, err := token.NewKeyring(cfg.Audience, cfg.Secrets...)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	pages, err := newPages(cfg)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	a := &Auth{cfg: cfg, log: cfg.Logger, pages: pages, providers: map[string]providers.Provider{}, generations: newGenerations(cfg.Compat.Foreign()), notBefore: newRecent[string, time.Time](maxNotBefore)}
	a.notices, a.logged = newRecent[string, struct{}](maxNotices), newRecent[ErrorKind, struct{}](maxRemembered)
	a.refreshes, a.streams = newRefreshes(a.log, a.newShared(ring), cfg.AwaitRefresh), newStreams()
	a.counters = newCounters()
	if err := a.makeJars(ring); err != nil {
		return nil, err
	}
	if err := a.checkForeignName(); err != nil {
		return nil, err
	}
	for _, p := range cfg.Providers {
		a.providers[p.Info().ID] = p
	}
	a.announce()
	return a, nil
}

// announce logs what has to be registered at the providers, the commonest reason
// for a first sign-in to fail.
func (a *Auth) announce() {
	base := a.cfg.URL
	if base == "" {
		base = "http://localhost:<port>"
		a.log.Warn("auth: no URL is configured, so only requests to localhost can sign in; set Config.URL or AUTH_URL")
	}
	for _, p := range a.cfg.Providers {
		a.log.Info("auth: register this redirect URI", "provider", p.Info().ID, "uri", base+a.route("callback", p.Info().ID))
	}
	for _, p := range a.cfg.Providers {
		if _, ok := p.(providers.LogoutVerifier); ok && a.cfg.Revocations != nil {
			a.log.Info("auth: this back-channel logout URI can be registered", "provider", p.Info().ID, "uri", base+a.route("backchannel-logout", p.Info().ID))
		}
	}
	if a.cfg.SignOut.AtProvider {
		a.log.Info("auth: register this post-logout redirect URI", "uri", base+a.route("signed-out"))
	}
}

// route returns the path of one of the kit's own routes.
func (a *Auth) route(parts ...string) string {
	return a.cfg.BasePath + "/" + strings.Join(parts, "/")
}

// Handle is the kit's part of a request. If the request is for one of the kit's
// own routes, it is answered and done is true. Otherwise the session is loaded,
// cookies are written if they have to be, and the returned request carries the
// session in its context for the next handler.
func (a *Auth) Handle(w http.ResponseWriter, r *http.Request) (next *http.Request, done bool) {
	if path, ok := strings.CutPrefix(r.URL.Path, a.cfg.BasePath); ok && (path == "" || path[0] == '/') {
		a.serve(w, r, path)
		return r, true
	}
	s := a.load(w, r, TriggerNone, nil)
	s.context = inContext{r.Context(), s}
	return r.WithContext(&s.context), false
}

// Wrap returns a handler that lets the kit handle each request first.
func (a *Auth) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r, done := a.Handle(w, r); !done {
			next.ServeHTTP(w, r)
		}
	})
}

// Cookies returns the cookies of a session with this token, as after a sign-in:
// for tests (see token/tokentest), and for applications that find out by other
// means who somebody is. Subject has to be set; what else a sign-in sets is filled
// in if it is missing.
func (a *Auth) Cookies(t *token.Token) ([]*http.Cookie, error) {
	if t.ID == "" {
		t.ID = newID()
	}
	if t.AuthTime.IsZero() {
		t.AuthTime = time.Now()
	}
	advance(t, time.Now())
	a.generations.forget(t.ID) // what the caller has is what counts
	h := http.Header{}
	s := &state{auth: a, request: &http.Request{Header: http.Header{}}, header: h, token: t}
	if err := s.save(0); err != nil {
		return nil, fmt.Errorf("auth: cookies: %w", err)
	}
	all := (&http.Response{Header: h}).Cookies()
	return slices.DeleteFunc(all, func(c *http.Cookie) bool { return c.MaxAge < 0 }), nil
}

// SecretUses returns how many sessions each secret has opened since the start, in
// the order of Config.Secrets. During a rotation it tells when the old secret can
// go: when it has opened none for as long as a session lives, on every instance.
func (a *Auth) SecretUses() []uint64 {
	total := make([]uint64, len(a.cfg.Secrets))
	for _, form := range a.forms {
		for i, n := range form.codec.Uses() {
			total[i] += n
		}
	}
	return total
}

// serve answers the kit's own routes: <base>/<action> and
// <base>/<action>/<provider>.
func (a *Auth) serve(w http.ResponseWriter, r *http.Request, path string) {
	private(w.Header())
	origin, ok := a.origin(r)
	if !ok {
		a.report(r, KindHost, fmt.Errorf("auth: no URL is configured and the request is not for localhost; set Config.URL or AUTH_URL"))
		http.Error(w, "This address is not configured for sign-in.", http.StatusMisdirectedRequest)
		return
	}
	v := &visit{Auth: a, w: w, r: r, origin: origin}
	segments := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	switch len(segments) {
	case 1:
		v.action(segments[0])
	case 2:
		if p, known := a.providers[segments[1]]; known {
			v.provider(segments[0], p)
			return
		}
		v.unknownProvider(segments[0])
	default:
		v.notFound()
	}
}

// visit is a request to one of the kit's own routes.
type visit struct {
	*Auth
	w      http.ResponseWriter
	r      *http.Request
	origin string
	form   form
}

// methods answers with the handler of the request's method.
func (v *visit) methods(get, post func()) {
	switch {
	case v.r.Method == http.MethodGet && get != nil:
		get()
	case v.r.Method == http.MethodPost && post != nil:
		if v.readForm(maxBody, typeForm, typeJSON) {
			post()
		}
	default:
		if get != nil {
			v.w.Header().Add("Allow", http.MethodGet)
		}
		if post != nil {
			v.w.Header().Add("Allow", http.MethodPost)
		}
		v.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (v *visit) action(name string) {
	switch name {
	case "signin":
		v.methods(v.signInEntry, func() { v.initiated(v.form.values) })
	case "signout":
		v.methods(v.signOutPage, v.signOut)
	case "signed-out":
		v.methods(v.signedOut, nil)
	case "session":
		v.methods(v.session, v.updateSession)
	case "csrf":
		v.methods(v.csrfToken, nil)
	case "providers":
		v.methods(v.listProviders, nil)
	case "error":
		v.methods(v.errorPage, nil)
	case "continue":
		v.methods(v.step, nil)
	case "_log":
		v.clientLog()
	default:
		v.notFound()
	}
}

func (v *visit) provider(action string, p providers.Provider) {
	switch action {
	case "signin":
		v.methods(v.signInPage, func() { v.signIn(p) })
	case "callback":
		if authorizer, ok := p.(providers.Authorizer); ok {
			v.methods(nil, func() { v.authorize(p, authorizer) })
			return
		}
		v.answered(p)
	case "backchannel-logout":
		v.backChannelLogout(p)
	case "frontchannel-logout":
		v.frontChannelLogout(p)
	default:
		v.notFound()
	}
}

// unknownProvider answers a request for a provider that there is not. Clients
// that follow redirects themselves would not know what to do with a status.
func (v *visit) unknownProvider(action string) {
	if v.r.Method != http.MethodPost || action != "signin" && action != "callback" {
		v.notFound()
		return
	}
	v.methods(nil, func() {
		if v.r.Header.Get("X-Auth-Return-Redirect") == "" && v.form.get("json") != "true" {
			v.notFound()
			return
		}
		v.fail(KindProvider, codeConfiguration, errors.New("auth: a client asked for a provider that is not configured"))
	})
}

// answered takes a provider's answer from where it is due: from the query, or
// from a form of its own for form_post.
func (v *visit) answered(p providers.Provider) {
	method, params := http.MethodGet, v.r.URL.Query()
	if p.Info().FormPost {
		method = http.MethodPost
	}
	if v.r.Method != method {
		v.w.Header().Set("Allow", method)
		v.w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if p.Info().FormPost {
		if !v.readForm(maxFormPost, typeForm) {
			return
		}
		params = v.form.values
	}
	v.callback(p, params)
}

func (v *visit) notFound() { writeJSON(v.w, http.StatusNotFound, "Not found.") }

// fromOutside tells the errors that anybody can cause at any speed. They are logged
// once a second; the event tells of each.
func fromOutside(kind ErrorKind) bool {
	return kind == KindCookie || kind == KindTransaction || kind == KindCSRF || kind == KindRedirect || kind == KindInitiated
}

// report logs what went wrong and raises the error event. Errors of this kit and
// of its providers hold no secrets; errors of callbacks are the application's.
func (a *Auth) report(r *http.Request, kind ErrorKind, err error) {
	if !fromOutside(kind) || a.logged.first(kind, struct{}{}, time.Now().Add(time.Second)) {
		a.log.WarnContext(r.Context(), "auth: "+string(kind), "error", err)
	}
	if a.cfg.Events.Error != nil {
		a.cfg.Events.Error(r.Context(), &ErrorEvent{Request: r, Kind: kind, Err: err})
	}
}
