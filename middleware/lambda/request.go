package lambda

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// read makes of an event the request that the browser sent.
func read(ctx context.Context, payload []byte) (*event, *http.Request, error) {
	e, err := parse(payload)
	if err != nil {
		return nil, nil, err
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, nil, errors.New("lambda: the event's body is said to be base64 and is not")
		}
	}
	target := e.target()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, nil, errors.New("lambda: the event's path or query is not of a URL")
	}
	header := e.header()
	r := &http.Request{
		Method: cmp.Or(e.RequestContext.HTTP.Method, e.HTTPMethod),
		URL:    u, RequestURI: target, Header: header,
		Host:  cmp.Or(header.Get("Host"), e.RequestContext.DomainName),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	header.Del("Host") // as net/http has it
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	if ip := cmp.Or(e.RequestContext.HTTP.SourceIP, e.RequestContext.Identity.SourceIP); ip != "" {
		r.RemoteAddr = net.JoinHostPort(ip, "0") // load balancers tell it in X-Forwarded-For only
	}
	return e, r.WithContext(ctx), nil
}

// target returns the path and the query as in the request line.
func (e *event) target() string {
	path, query := cmp.Or(e.RequestContext.Path, e.Path), e.query()
	if e.kind() == format2 {
		path = e.RawPath
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	// An HTTP API decodes the path, so a question mark is part of it.
	target := escape(path, "?#")
	if query != "" {
		target += "?" + escape(query, "#")
	}
	return target
}

// query returns the query. Load balancers pass names and values as they were sent,
// REST APIs decode them.
func (e *event) query() string {
	if e.kind() == format2 {
		return e.RawQueryString
	}
	encode := url.QueryEscape
	if e.RequestContext.ELB != nil {
		encode = func(s string) string { return s }
	}
	values := e.MultiValueQueryStringParameters
	if values == nil {
		values = several(e.QueryStringParameters)
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			pairs = append(pairs, encode(name)+"="+encode(value))
		}
	}
	return strings.Join(pairs, "&")
}

// header returns the headers, with the cookies in one line. A function URL's event
// has them twice: in its headers, too.
func (e *event) header() http.Header {
	values := e.MultiValueHeaders
	if values == nil {
		values = several(e.Headers)
	}
	h := make(http.Header, len(values)+1)
	for name, v := range values {
		name = textproto.CanonicalMIMEHeaderKey(name)
		h[name] = append(h[name], v...)
	}
	if len(e.Cookies) > 0 {
		h["Cookie"] = e.Cookies
	}
	if len(h["Cookie"]) > 1 {
		h["Cookie"] = []string{strings.Join(h["Cookie"], "; ")} // RFC 9113 section 8.2.3
	}
	return h
}

func several(single map[string]string) map[string][]string {
	values := make(map[string][]string, len(single))
	for name, value := range single {
		values[name] = []string{value}
	}
	return values
}

// escape escapes what cannot stand in a path or a query that was sent: control
// characters, spaces, other letters than ASCII's, a % that begins nothing, and the
// given characters. What was sent escaped stays as it is.
func escape(s, further string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(further, c) >= 0 || c == '%' && !isEscape(s[i:]) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isEscape(s string) bool {
	return len(s) >= 3 && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
