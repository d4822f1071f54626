package providers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Encoding is how the parameters of a request are sent.
type Encoding string

// The encodings.
const (
	FormBody Encoding = ""      // as the standards say
	JSONBody Encoding = "json"  // a flat object
	InQuery  Encoding = "query" // by GET, unless another method is named
)

// request returns a request with parameters. It is a POST unless a method is named.
func (e Encoding) request(ctx context.Context, method, endpoint string, params url.Values) (*http.Request, error) {
	var body, contentType string
	switch e {
	case InQuery:
		if method == "" {
			method = http.MethodGet
		}
		return http.NewRequestWithContext(ctx, method, withQuery(endpoint, params), http.NoBody)
	case JSONBody:
		body, contentType = flat(params), "application/json"
	default:
		body, contentType = params.Encode(), "application/x-www-form-urlencoded"
	}
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, endpoint, strings.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", contentType)
	}
	return req, err
}

// flat returns parameters as a JSON object of strings.
func flat(params url.Values) string {
	object := make(map[string]string, len(params))
	for name := range params {
		object[name] = params.Get(name)
	}
	text, _ := json.Marshal(object) // strings have a JSON form
	return string(text)
}

// expand replaces what stands in braces by what value says, escaped for a URL unless it
// has a + in front (RFC 6570 section 3.2.3). It reports whether all of it had a value. A
// step up or none in a path is no value: no escape keeps a server from taking it.
func expand(template string, value func(name string) string) (expanded string, ok bool) {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(template, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !open || !closed {
			return b.String(), true
		}
		name, asItIs := strings.CutPrefix(name, "+")
		v := value(name)
		if v == "" || v == "." || v == ".." {
			return "", false
		}
		if !asItIs { // a + means a space in a query only
			v = strings.ReplaceAll(url.QueryEscape(v), "+", "%20")
		}
		b.WriteString(v)
		template = after
	}
}
