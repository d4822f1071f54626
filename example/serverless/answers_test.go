package serverless_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// posted is an answer of a function to a front end.
type posted struct {
	StatusCode        int
	StatusDescription string
	Headers           map[string]string
	MultiValueHeaders map[string][]string
	Cookies           []string
	Body              string
	IsBase64Encoded   bool
}

// parse reads an answer of which only these fields are understood. Front ends make
// anything else a 502 without a word, so it is an error here.
func parse(raw []byte, fields ...string) (posted, error) {
	var names map[string]json.RawMessage
	if err := json.Unmarshal(raw, &names); err != nil {
		return posted{}, err
	}
	for name := range names {
		if !slices.Contains(append(fields, "statusCode", "body", "isBase64Encoded"), name) {
			return posted{}, fmt.Errorf("the answer has the field %s", name)
		}
	}
	var p posted
	err := json.Unmarshal(raw, &p)
	if err == nil && (p.StatusCode < 200 || p.StatusCode > 599) {
		err = fmt.Errorf("status %d", p.StatusCode)
	}
	return p, err
}

// response is what the browser gets.
func (p posted) response(r *http.Request, h http.Header) (*http.Response, error) {
	body := []byte(p.Body)
	if p.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(p.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: p.StatusCode, Status: http.StatusText(p.StatusCode), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// restAnswer joins both tables of headers.
func restAnswer(r *http.Request, raw []byte) (*http.Response, error) {
	p, err := parse(raw, "headers", "multiValueHeaders")
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for name, values := range p.MultiValueHeaders {
		h[http.CanonicalHeaderKey(name)] = values
	}
	for name, value := range p.Headers {
		h.Add(name, value)
	}
	return p.response(r, h)
}

func answerV2(r *http.Request, raw []byte) (*http.Response, error) {
	p, err := parse(raw, "headers", "cookies")
	if err != nil {
		return nil, err
	}
	return p.response(r, headersV2(p))
}

func headersV2(p posted) http.Header {
	h := http.Header{}
	for name, value := range p.Headers {
		h.Set(name, value)
	}
	for _, line := range p.Cookies {
		h.Add("Set-Cookie", line)
	}
	return h
}

// balancerAnswer reads one table only.
func balancerAnswer(table string) func(*http.Request, []byte) (*http.Response, error) {
	return func(r *http.Request, raw []byte) (*http.Response, error) {
		p, err := parse(raw, table, "statusDescription")
		if err != nil {
			return nil, err
		}
		h := http.Header{}
		for name, values := range p.MultiValueHeaders {
			h[http.CanonicalHeaderKey(name)] = values
		}
		for name, value := range p.Headers {
			h.Set(name, value)
		}
		if !strings.HasPrefix(p.StatusDescription, fmt.Sprint(p.StatusCode)) {
			return nil, fmt.Errorf("the description of status %d is %q", p.StatusCode, p.StatusDescription)
		}
		return p.response(r, h)
	}
}

// streamed reads the prelude of a streamed answer; the rest comes as it comes. done is
// called at its end.
func streamed(r *http.Request, o outcome, done func()) (*http.Response, error) {
	if o.contentType != "application/vnd.awslambda.http-integration-response" {
		raw, _ := io.ReadAll(o.body)
		done()
		return nil, fmt.Errorf("the answer is no stream but %s", raw)
	}
	var head []byte
	for one := make([]byte, 1); !bytes.HasSuffix(head, make([]byte, 8)); {
		if _, err := io.ReadFull(o.body, one); err != nil {
			return nil, fmt.Errorf("in the prelude: %w", err)
		}
		head = append(head, one[0])
	}
	p, err := parse(bytes.TrimRight(head, "\x00"), "headers", "cookies")
	if err != nil {
		return nil, err
	}
	resp, err := p.response(r, headersV2(p))
	if err == nil {
		resp.Body, resp.ContentLength = &untilEnd{o.body, done}, -1
	}
	return resp, err
}

// untilEnd is a body that tells when it was read.
type untilEnd struct {
	io.Reader
	done func()
}

func (u *untilEnd) Close() error {
	_, err := io.Copy(io.Discard, u.Reader)
	u.done()
	return err
}
