package e2e_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// holder is a browser whose cookies the test carries from instance to instance.
type holder struct {
	f       *fleet
	person  string
	mu      sync.Mutex
	cookies map[string]string
}

// copied is a browser with the same cookies.
func (h *holder) copied() *holder {
	h.mu.Lock()
	defer h.mu.Unlock()
	return &holder{f: h.f, person: h.person, cookies: maps.Clone(h.cookies)}
}

// ask sends a request to an instance. What it does to the cookies waits for keep.
func (h *holder) ask(instance int, method, path, body string) reply {
	t := h.f.t
	r, err := http.NewRequestWithContext(t.Context(), method, h.f.sites[instance].URL+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return reply{}
	}
	for name, value := range h.copied().cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	switch {
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	case body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// keep is the arrival of a response.
func (h *holder) keep(r reply) reply {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.MaxAge < 0 {
			delete(h.cookies, c.Name)
		} else {
			h.cookies[c.Name] = c.Value
		}
	}
	return r
}

func (h *holder) get(instance int, path string) reply {
	return h.keep(h.ask(instance, http.MethodGet, path, ""))
}

// page sends some requests at once, each to the instance that pick names, and takes
// the answers as they arrive. All have to be of this person, if of anybody.
func (h *holder) page(n int, pick func(i int) int) {
	var wg sync.WaitGroup
	sent, began := h.copied(), time.Now()
	for i := range n {
		wg.Go(func() { h.own(h.keep(sent.ask(pick(i), http.MethodGet, "/who", ""))) })
	}
	wg.Wait()
	h.f.slowest = max(h.f.slowest, time.Since(began))
}

// own checks that an answer is to this person or to nobody.
func (h *holder) own(r reply) sight {
	var seen sight
	switch r.status {
	case http.StatusOK:
		if err := json.Unmarshal([]byte(r.body), &seen); err != nil || seen.User.Name != "Person "+h.person {
			h.f.t.Errorf("%s is shown the session of %q (%v)", h.person, seen.User.Name, err)
		}
	case http.StatusUnauthorized:
	default:
		h.f.t.Errorf("%s: status %d: %s", h.person, r.status, r.body)
	}
	return seen
}

// works tells whether the access token is good at the provider. That it is being
// renewed is no answer.
func (h *holder) works(instance int) bool {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		r := h.get(instance, "/api")
		if r.status != http.StatusServiceUnavailable || time.Now().After(end) {
			return r.status == http.StatusOK && strings.Contains(r.body, h.person)
		}
	}
}

// post posts a form to a route of the kit.
func (h *holder) post(instance int, path string, form url.Values) reply {
	form.Set("csrfToken", h.csrf(instance))
	return h.keep(h.ask(instance, http.MethodPost, path, form.Encode()))
}

func (h *holder) csrf(instance int) string {
	var answer struct{ CSRFToken string }
	if err := json.Unmarshal([]byte(h.get(instance, "/auth/csrf").body), &answer); err != nil {
		h.f.t.Error(err)
	}
	return answer.CSRFToken
}

// signIn signs in at the provider, by way of one instance.
func (h *holder) signIn(instance int) *holder {
	start := h.post(instance, "/auth/signin/acme", url.Values{"callbackUrl": {"/"}})
	callback, err := h.f.authorize(start.header.Get("Location"), h.person)
	if err != nil {
		h.f.t.Errorf("%s at the provider: %v", h.person, err)
		return h
	}
	end := h.get(instance, strings.TrimPrefix(callback, fleetURL))
	if end.header.Get("Location") != fleetURL+"/" {
		h.f.t.Errorf("%s: the callback led to %q", h.person, end.header.Get("Location"))
	}
	return h
}

// update changes the nickname.
func (h *holder) update(instance int, nickname string) {
	body, _ := json.Marshal(map[string]any{"csrfToken": h.csrf(instance), "data": map[string]string{"nickname": nickname}})
	if seen := h.own(h.keep(h.ask(instance, http.MethodPost, "/auth/session", string(body)))); seen.User.Nickname != nickname {
		h.f.t.Errorf("%s: the update says %q", h.person, seen.User.Nickname)
	}
}

// goesOn waits until the access token has been renewed once more, and tells whether
// that one is good too.
func (h *holder) goesOn(instance int) bool {
	first := h.own(h.get(instance, "/who")).User.Token
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		seen := h.own(h.get(instance, "/who"))
		if seen.User.Token == "" || seen.Error == httpauth.RefreshTokenError {
			return false
		}
		if seen.User.Token != first {
			return h.works(instance)
		}
	}
	return false
}

// again is what becomes of somebody whose session is lost: at some time they are
// signed out, on every instance, and after signing in once everything is well.
func (h *holder) again() bool {
	for end := time.Now().Add(30 * time.Second); h.own(h.get(0, "/who")).User.Name+h.own(h.get(1, "/who")).User.Name != ""; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			h.f.t.Errorf("%s stays signed in without an access token", h.person)
			return false
		}
	}
	h.signIn(0)
	return h.works(0) && h.works(1) && h.goesOn(1)
}
