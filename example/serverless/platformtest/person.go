package platformtest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"github.com/sealedauth/auth/providers/providertest"
)

// Person is somebody at a provider. The methods do what people do there, and return
// where the provider sends the browser.
type Person interface {
	// SignIn follows an authorization request.
	SignIn(where string) (callback string, err error)
	// SignOut follows a logout request, and agrees to it.
	SignOut(where string) (back string, err error)
}

// Alice is somebody at a provider of ours.
type Alice struct{ *providertest.Server }

// SignIn implements Person.
func (a Alice) SignIn(where string) (callback string, err error) {
	return a.Server.SignIn(where, "alice")
}

// SignOut implements Person.
func (a Alice) SignOut(where string) (back string, err error) {
	c := a.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page, err := c.Get(where)
	if err != nil {
		return "", err
	}
	return page.Header.Get("Location"), page.Body.Close()
}

// Person returns somebody who is not signed in yet. Their e-mail address is that of
// their name at example.com.
func (p *Certified) Person(name string) Person {
	jar, _ := cookiejar.New(nil) // never fails
	inside := func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), p.Issuer+"/") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &visitor{name, &http.Client{Jar: jar, CheckRedirect: inside}}
}

// visitor is somebody at the certified provider, with a browser that keeps its cookies.
type visitor struct {
	name    string
	browser *http.Client
}

// SignIn goes through the login and the consent.
func (v *visitor) SignIn(where string) (callback string, err error) {
	return v.submit(where, url.Values{"login": {v.name}, "password": {"any"}})
}

func (v *visitor) SignOut(where string) (back string, err error) {
	return v.submit(where, url.Values{"logout": {"yes"}})
}

var (
	formAction  = regexp.MustCompile(`action="([^"]+)"`)
	hiddenInput = regexp.MustCompile(`type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// submit opens a page and submits form after form, with these values and what is
// hidden in it, until the provider sends the browser elsewhere.
func (v *visitor) submit(where string, values url.Values) (string, error) {
	page, err := v.browser.Get(where)
	for range 5 {
		if err != nil {
			return "", err
		}
		text, _ := io.ReadAll(page.Body)
		_ = page.Body.Close()
		if away := page.Header.Get("Location"); away != "" {
			return away, nil
		}
		action := formAction.FindSubmatch(text)
		if action == nil {
			return "", fmt.Errorf("%s: no form: %s", page.Status, text)
		}
		to, bad := page.Request.URL.Parse(string(action[1]))
		if bad != nil {
			return "", bad
		}
		form := maps.Clone(values)
		for _, input := range hiddenInput.FindAllSubmatch(text, -1) {
			form.Set(string(input[1]), string(input[2]))
		}
		page, err = v.browser.PostForm(to.String(), form)
	}
	return "", fmt.Errorf("%s: there is no end of forms", where)
}
