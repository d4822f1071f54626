package providertest

import (
	"encoding/json"
	"net/http"
	"net/url"
)

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func writeError(w http.ResponseWriter, status int, code string) {
	writeJSON(w, status, map[string]string{"error": code})
}

// withParams returns a URL with these parameters in its query, those without a
// value left out.
func withParams(target string, params url.Values) (string, error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", err
	}
	q := u.Query()
	for name, values := range params {
		if values[0] != "" {
			q[name] = values
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func redirect(w http.ResponseWriter, r *http.Request, target string, params url.Values) {
	where, err := withParams(target, params)
	if err != nil {
		http.Error(w, "bad redirect URI", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, where, http.StatusFound) //nolint:gosec // the callers have checked the target
}
