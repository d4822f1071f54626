package httpauth

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/sealedauth/auth/claims"
)

const (
	maxBody     = 16 << 10 // bytes of a request to one of the kit's routes
	maxFormPost = 64 << 10 // of a provider's answer, which may carry an ID token
)

// form is the body of a POST.
type form struct {
	values url.Values
	data   json.RawMessage // the member data of a JSON body
}

// get returns a field that stands exactly once, and "" otherwise: of two values
// nobody knows which one was checked.
func (f form) get(name string) string { return single(f.values, name) }

func single(values url.Values, name string) string {
	if v := values[name]; len(v) == 1 {
		return v[0]
	}
	return ""
}

const (
	typeForm = "application/x-www-form-urlencoded"
	typeJSON = "application/json"
)

// readForm reads the body, which has to be of one of these types: a browser
// sends others, such as text/plain, to other origins without asking. If it
// cannot be read, the request has been answered.
func (v *visit) readForm(limit int64, types ...string) bool {
	kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, kind) {
		v.w.WriteHeader(http.StatusUnsupportedMediaType)
		return false
	}
	if kind == typeForm && v.r.PostForm != nil { // another middleware has read it
		v.form.values = v.r.PostForm
		return true
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, limit))
	if err != nil {
		v.w.WriteHeader(http.StatusRequestEntityTooLarge)
		return false
	}
	if kind == typeJSON {
		err = v.form.readJSON(body)
	} else {
		v.form.values, err = url.ParseQuery(string(body))
	}
	if err != nil {
		v.w.WriteHeader(http.StatusBadRequest)
		return false
	}
	return true
}

func (f *form) readJSON(body []byte) error {
	f.values = url.Values{}
	o, err := claims.ParseObject(body)
	if err != nil {
		return err
	}
	for _, name := range o.Names() {
		if raw, _ := o.Raw(name); string(raw) == "true" {
			f.values.Set(name, "true")
		} else {
			f.values.Set(name, o.Text(name))
		}
	}
	if raw, ok := o.Raw("data"); ok {
		f.data = raw
	}
	return nil
}

// param returns a parameter of the form or, if it is not there, of the query.
func (v *visit) param(name string) string {
	if _, ok := v.form.values[name]; ok {
		return v.form.get(name)
	}
	return single(v.r.URL.Query(), name)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte("null")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}
