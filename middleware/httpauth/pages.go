package httpauth

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/sealedauth/auth/providers"
)

// Theme is how the built-in pages look.
type Theme struct {
	Name    string // of the application; default: its host
	LogoURL string // an https URL, or a path on the application's own origin
	Color   string // of links and focus, as #rrggbb
}

// Pages are pages of the application that replace the built-in ones: paths, such
// as /login. The browser is sent there with the parameters callbackUrl and error
// as needed. A sign-in page of the application gets a CSRF token from GET
// <base>/csrf, and posts it with the callbackUrl, and with max_age and login_hint if it
// was given them, to <base>/signin/<provider>.
type Pages struct {
	SignIn  string
	SignOut string
	Error   string
}

func (t Theme) check() error {
	if t.Color != "" && !isColor(t.Color) {
		return problem("Theme.Color", "%q is not a colour of the form #rrggbb", t.Color)
	}
	u, err := url.Parse(t.LogoURL)
	if err != nil || t.LogoURL != "" && (u.Scheme != "https" || u.Host == "") &&
		(u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/")) {
		return problem("Theme.LogoURL", "%q is neither an https URL nor a path", t.LogoURL)
	}
	return nil
}

func isColor(s string) bool { return regexp.MustCompile(`^#[0-9a-fA-F]{6}$`).MatchString(s) }

// pages renders the built-in pages: without scripts, without anything from
// elsewhere but the logo, and framed by nobody.
type pages struct {
	templates *templates
	theme     Theme
	buttons   []button
}

// button is a provider on the sign-in page.
type button struct {
	ID, Name, Initial string
	Background, Text  css
	Fields            []providers.Field // of a form for credentials
}

// view is what a page shows.
type view struct {
	Theme   Theme
	Accent  css
	Nonce   string
	Title   string
	Base    string
	CSRF    string
	Target  string
	Data    map[string]string
	Buttons []button
	Message message
	Home    string
	User    string
}

func newPages(cfg Config) (*pages, error) {
	templates, err := newTemplates()
	if err != nil {
		return nil, err
	}
	p := &pages{templates: templates, theme: cfg.Theme}
	for _, provider := range cfg.Providers {
		b := newButton(provider.Info())
		if a, ok := provider.(providers.Authorizer); ok {
			b.Fields = a.Fields()
		}
		p.buttons = append(p.buttons, b)
	}
	return p, nil
}

func newButton(info providers.Info) button {
	b := button{ID: info.ID, Name: info.Name, Background: "#3d4451", Text: "#ffffff"}
	if b.Name == "" {
		b.Name = info.ID
	}
	b.Initial = strings.ToUpper(string([]rune(b.Name)[:1]))
	if isColor(info.Style.Background) && isColor(info.Style.Text) {
		b.Background = css(info.Style.Background) // #rrggbb is safe in a style sheet
		b.Text = css(info.Style.Text)             // the same
	}
	return b
}

// render writes a page.
func (v *visit) render(name string, status int, page view) {
	page.Theme, page.Accent, page.Nonce, page.Base = v.pages.theme, "#3457d5", newID(), v.cfg.BasePath
	if page.Theme.Name == "" {
		page.Theme.Name = strings.TrimPrefix(strings.TrimPrefix(v.origin, "https://"), "http://")
	}
	if page.Theme.Color != "" {
		page.Accent = css(page.Theme.Color) // Theme.check has seen that it is #rrggbb
	}
	page.Home = v.origin + "/"
	var b bytes.Buffer
	if err := v.pages.templates.ExecuteTemplate(&b, name, page); err != nil {
		v.report(v.r, KindUnavailable, err)
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", v.policy(page.Nonce))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // the forms need an Origin header
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes())
}

// policy returns the Content Security Policy. Browsers apply form-action also to
// where a form's answer redirects to, which are the providers, and whatever
// login hosts they in turn redirect to; nobody can list those.
func (v *visit) policy(nonce string) string {
	images := "'none'"
	if logo := v.pages.theme.LogoURL; strings.HasPrefix(logo, "/") {
		images = "'self'"
	} else if u, err := url.Parse(logo); err == nil && u.Host != "" {
		images = originOf(u)
	}
	forms := "'self' https:"
	if !v.secure() {
		forms += " http:"
	}
	return "default-src 'none'; style-src 'nonce-" + nonce + "'; img-src " + images + "; form-action " + forms +
		"; base-uri 'none'; frame-ancestors 'none'"
}

func (p Pages) check(base string) error {
	for field, page := range map[string]string{"SignIn": p.SignIn, "SignOut": p.SignOut, "Error": p.Error} {
		if page == "" {
			continue
		}
		if !strings.HasPrefix(page, "/") || strings.HasPrefix(page, "//") || page == base || strings.HasPrefix(page, base+"/") {
			return problem("Pages."+field, "%q is not a path of the application outside %s", page, base)
		}
	}
	return nil
}

// custom returns the application's own page of a kind, or "".
func (p Pages) custom(kind string) string {
	switch kind {
	case "signin":
		return p.SignIn
	case "signout":
		return p.SignOut
	case "error":
		return p.Error
	}
	return ""
}

// pageURL returns where a page is: the application's own, or the kit's.
func (v *visit) pageURL(kind string, params url.Values) string {
	page, sep := v.cfg.Pages.custom(kind), "?"
	if page == "" {
		page = v.route(kind)
	}
	if strings.Contains(page, "?") {
		sep = "&"
	}
	return v.origin + page + sep + params.Encode()
}

// elsewhere sends the browser to a page of the application instead.
func (v *visit) elsewhere(kind string, params url.Values) bool {
	if v.cfg.Pages.custom(kind) == "" {
		return false
	}
	v.redirect(v.pageURL(kind, params))
	return true
}

// signInPage answers GET signin, also with a provider, which then is the only
// one offered. It never starts a sign-in: that takes a POST.
func (v *visit) signInPage() {
	query := v.r.URL.Query()
	target, code := single(query, "callbackUrl"), single(query, "error")
	if where, err := v.allowedTarget(target); err == nil {
		target = where
	} else {
		target = v.origin + "/"
	}
	params := url.Values{"callbackUrl": {target}}
	if code != "" {
		params.Set("error", string(knownCode(code)))
	}
	if detail := single(query, "code"); isDetail(detail) {
		params.Set("code", detail)
	}
	for name, value := range v.carried() {
		params.Set(name, value)
	}
	lost, isLost := v.lost()
	if isLost && v.cfg.Pages.SignIn != "" { // which would not know
		v.notKept(lost)
		return
	}
	if v.elsewhere("signin", params) {
		return
	}
	text, ok := v.formToken()
	if !ok {
		return
	}
	page := view{Title: "Sign in", CSRF: text, Target: target, Buttons: v.pages.buttons, Data: v.carried()}
	status := http.StatusOK
	if code != "" {
		page.Message = knownCode(code).message()
	}
	if page.Message.Status == http.StatusServiceUnavailable { // which monitors watch for
		status = page.Message.Status
	}
	if isLost {
		page.Message = lost
	}
	for _, b := range v.pages.buttons {
		if strings.HasSuffix(v.r.URL.Path, "/signin/"+b.ID) {
			page.Buttons = []button{b}
		}
	}
	v.render("signin.html", status, page)
}

// signOutPage answers GET signout with the question whether to sign out.
func (v *visit) signOutPage() {
	target := single(v.r.URL.Query(), "callbackUrl")
	where, err := v.allowedTarget(target)
	if err != nil {
		where = v.origin + "/"
	}
	if v.elsewhere("signout", url.Values{"callbackUrl": {where}}) {
		return
	}
	text, ok := v.formToken()
	if !ok {
		return
	}
	v.render("signout.html", http.StatusOK, view{Title: "Sign out", CSRF: text, Target: where})
}

// isDetail tells whether s is a code that may stand in a URL: that of a
// CredentialsError.
func isDetail(s string) bool { return regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`).MatchString(s) }

// errorPage answers GET error. What can be tried again is said on the sign-in
// page.
func (v *visit) errorPage() {
	query := v.r.URL.Query()
	code := knownCode(single(query, "error"))
	params := url.Values{"error": {string(code)}}
	if code.retries() {
		for _, name := range []string{"code", "callbackUrl"} {
			if value := single(query, name); value != "" {
				params.Set(name, value)
			}
		}
		v.redirect(v.origin + v.route("signin") + "?" + params.Encode()) // which checks them
		return
	}
	if v.elsewhere("error", params) {
		return
	}
	m := code.message()
	v.render("error.html", m.Status, view{Title: m.Title, Message: m})
}
