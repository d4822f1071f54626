package lambda

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// answer is what the front ends understand, each of them the fields that are set
// for it. A REST API refuses answers with any others.
type answer struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription,omitempty"`
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Cookies           []string            `json:"cookies,omitempty"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// answer puts the response into the form of the event's front end.
func (e *event) answer(w *response) (answer, error) {
	a := answer{StatusCode: w.status, Body: w.body.String()}
	if w.sent.Get("Content-Encoding") != "" || !utf8.ValidString(a.Body) {
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	if e.RequestContext.ELB != nil {
		a.StatusDescription = strings.TrimSpace(strconv.Itoa(w.status) + " " + http.StatusText(w.status))
	}
	switch e.kind() {
	case format2:
		a.Headers, a.Cookies = folded(w.sent)
	case balancerFlat:
		headers, cookies := folded(w.sent)
		if len(cookies) > 1 {
			return answer{}, fmt.Errorf("lambda: the response sets %d cookies, of which the load balancer would pass one; set lambda.multi_value_headers.enabled to true on its target group", len(cookies))
		}
		for _, cookie := range cookies {
			headers["Set-Cookie"] = cookie
		}
		a.Headers = headers
	default:
		a.MultiValueHeaders = w.sent
	}
	return a, nil
}

// folded returns headers with one value each, and the lines of Set-Cookie, which is
// the one header that cannot be folded (RFC 9110 section 5.3).
func folded(h http.Header) (headers map[string]string, cookies []string) {
	headers = make(map[string]string, len(h))
	for name, values := range h {
		if http.CanonicalHeaderKey(name) == "Set-Cookie" {
			cookies = append(cookies, values...)
			continue
		}
		headers[name] = strings.Join(values, ", ")
	}
	return headers, cookies
}
