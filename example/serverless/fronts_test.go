package serverless_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"
)

// front is what stands before a Lambda function. Its events are shaped like those
// that AWS documents; limits are in docs/reliability.md.
type front struct {
	name        string
	headerLimit int // bytes of the request line and all headers
	streams     bool
	event       func(r *http.Request, body []byte) any
	answer      func(r *http.Request, raw []byte) (*http.Response, error)
}

type object = map[string]any

func restAPI() front { return front{"API Gateway REST", 10_240, false, restEvent, restAnswer} }
func httpAPI() front {
	return front{"API Gateway HTTP", 10_240, false, func(r *http.Request, body []byte) any { return eventV2(r, body, r.URL.Path, false) }, answerV2}
}
func functionURL() front {
	return front{"function URL", 10_240, false, func(r *http.Request, body []byte) any { return eventV2(r, body, r.URL.EscapedPath(), true) }, answerV2}
}

func streamingURL() front {
	f := functionURL()
	f.name, f.streams = "function URL, streaming", true
	return f
}

func balancer() front {
	return front{"ALB", 64 << 10, false, func(r *http.Request, body []byte) any { return balancerEvent(r, body, true) }, balancerAnswer("multiValueHeaders")}
}

// flatBalancer is a load balancer as it is made, without multi-value headers.
func flatBalancer() front {
	return front{"ALB, flat", 64 << 10, false, func(r *http.Request, body []byte) any { return balancerEvent(r, body, false) }, balancerAnswer("headers")}
}

// encoded is a body as it stands in an event.
func encoded(e object, body []byte, asText bool) {
	e["isBase64Encoded"] = !asText
	if e["body"] = string(body); !asText {
		e["body"] = base64.StdEncoding.EncodeToString(body)
	}
}

// forwarded are the headers that all of them add.
func forwarded(r *http.Request) http.Header {
	h := r.Header.Clone()
	h.Set("Host", r.URL.Host)
	h.Set("X-Forwarded-For", "192.0.2.7")
	h.Set("X-Forwarded-Proto", "https")
	h.Set("X-Forwarded-Port", "443")
	h.Set("X-Amzn-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")
	return h
}

// last returns the single-value table of a multi-value one.
func last(values map[string][]string) map[string]string {
	single := map[string]string{}
	for name, v := range values {
		single[name] = v[len(v)-1]
	}
	return single
}

// restEvent is one of a REST API with a domain of its own: values of the query are
// decoded, the path is not. Cookies that HTTP/2 splits come in several lines.
func restEvent(r *http.Request, body []byte) any {
	h := forwarded(r)
	if line := h.Get("Cookie"); line != "" {
		h["Cookie"] = strings.Split(line, "; ")
	}
	query := r.URL.Query()
	e := object{
		"resource": "/{proxy+}", "path": r.URL.EscapedPath(), "httpMethod": r.Method, "headers": last(h), "multiValueHeaders": h,
		"queryStringParameters": last(query), "multiValueQueryStringParameters": query,
		"pathParameters": object{"proxy": strings.TrimPrefix(r.URL.Path, "/")}, "stageVariables": nil,
		"requestContext": object{
			"resourcePath": "/{proxy+}", "httpMethod": r.Method, "path": r.URL.EscapedPath(), "accountId": "123456789012", "protocol": "HTTP/1.1",
			"stage": "prod", "domainPrefix": "app", "domainName": r.URL.Host, "apiId": "abc123", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
			"requestTimeEpoch": 1795618800000, "identity": object{"sourceIp": "192.0.2.7", "userAgent": r.UserAgent(), "user": nil},
		},
	}
	// Binary media types are */*, as docs/serverless.md says: all bodies are encoded.
	encoded(e, body, false)
	if len(body) == 0 {
		e["body"], e["isBase64Encoded"] = nil, false
	}
	return e
}

// eventV2 is one of payload format 2.0. The header with the cookies is there only at
// function URLs.
func eventV2(r *http.Request, body []byte, path string, cookieHeader bool) any {
	headers := map[string]string{}
	for name, values := range forwarded(r) {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	var cookies []string
	if line := r.Header.Get("Cookie"); line != "" {
		cookies = strings.Split(line, "; ")
	}
	if !cookieHeader {
		delete(headers, "cookie")
	}
	query := map[string]string{}
	for name, values := range r.URL.Query() {
		query[name] = strings.Join(values, ",")
	}
	e := object{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": r.URL.RawQuery, "headers": headers, "queryStringParameters": query,
		"requestContext": object{
			"accountId": "anonymous", "apiId": "abc", "domainName": r.URL.Host, "domainPrefix": "app", "requestId": "e1506fd5-9e7b-434f-bd42-4f8fa224b599",
			"routeKey": "$default", "stage": "$default", "time": "25/Nov/2026:15:00:00 +0000", "timeEpoch": 1795618800000,
			"http": object{"method": r.Method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": r.UserAgent()},
		},
	}
	if cookies != nil {
		e["cookies"] = cookies
	}
	kind := r.Header.Get("Content-Type")
	encoded(e, body, strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json"))
	return e
}

// balancerEvent is one of a load balancer, which decodes nothing.
func balancerEvent(r *http.Request, body []byte, multi bool) any {
	headers, query := map[string][]string{}, map[string][]string{}
	for name, values := range forwarded(r) {
		headers[strings.ToLower(name)] = values
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if name, value, _ := strings.Cut(pair, "="); pair != "" {
			query[name] = append(query[name], value)
		}
	}
	e := object{
		"requestContext": object{"elb": object{"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/app/49e9d65c45c6791a"}},
		"httpMethod":     r.Method, "path": r.URL.EscapedPath(),
	}
	if multi {
		e["multiValueHeaders"], e["multiValueQueryStringParameters"] = headers, query
	} else {
		e["headers"], e["queryStringParameters"] = last(headers), last(query)
	}
	encoded(e, body, utf8.Valid(body) && r.Header.Get("Content-Type") != "application/octet-stream")
	return e
}
