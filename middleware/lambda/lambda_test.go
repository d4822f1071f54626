package lambda_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/middleware/lambda"
)

// The events are as AWS documents them, with a request of this kit in them.
var kinds = []string{"rest", "httpapi", "url", "balancer", "balancerflat"}

func event(t *testing.T, kind string) []byte {
	t.Helper()
	payload, err := os.ReadFile("testdata/" + kind + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// answered is what a front end gets.
type answered struct {
	StatusCode        int
	StatusDescription string
	Headers           map[string]string
	MultiValueHeaders map[string][]string
	Cookies           []string
	Body              string
	IsBase64Encoded   bool
}

// invoke lets a handler answer an event.
func invoke(t *testing.T, payload []byte, h http.HandlerFunc) (answered, error) {
	t.Helper()
	raw, err := lambda.Handler(h).Invoke(t.Context(), payload)
	var a answered
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	return a, err
}

// Each kind of event becomes the request that the browser sent.
func TestRequests(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]struct{ method, uri, path, host, remote, body string }{
		"rest":         {"GET", "/prod/auth/callback/acme?code=a%2Bb%2Fc%3D&state=1&state=2", "/prod/auth/callback/acme", "abc123.execute-api.eu-central-1.amazonaws.com", "192.0.2.7:0", ""},
		"httpapi":      {"POST", "/a%20b/c%3Fd?state=1&state=2&code=a%2Bb%2Fc%3D", "/a b/c?d", "app.example.com", "192.0.2.7:0", "csrfToken=1&x=2"},
		"url":          {"GET", "/a%20b/c%3Fd/%2e%2E//x?callbackUrl=https%3A%2F%2Fapp.example.com%2F%3Fq%3D1", "/a b/c?d/..//x", "abc.lambda-url.eu-central-1.on.aws", "[2001:db8::7]:0", ""},
		"balancer":     {"GET", "/a%20b/c?code=a%2Bb%2Fc%3D&state=1&state=2", "/a b/c", "app.example.com", "", ""},
		"balancerflat": {"GET", "/a%20b/c?code=a%2Bb%2Fc%3D&state=2", "/a b/c", "app.example.com", "", ""},
	} {
		_, err := invoke(t, event(t, kind), func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Method != want.method || r.RequestURI != want.uri || r.URL.RequestURI() != want.uri || r.URL.Path != want.path || r.Host != want.host || r.RemoteAddr != want.remote {
				t.Errorf("%s: %s %q %q of %s from %s", kind, r.Method, r.RequestURI, r.URL.Path, r.Host, r.RemoteAddr)
			}
			if string(body) != want.body || r.ContentLength != int64(len(want.body)) || r.TLS != nil {
				t.Errorf("%s: body %q, length %d", kind, body, r.ContentLength)
			}
			if c := r.Header["Cookie"]; len(c) != 1 || strings.ReplaceAll(c[0], "; ", ";") != "__Host-a=1;b=2;c=3" {
				t.Errorf("%s: cookies %q", kind, c)
			}
			if r.Header.Get("X-Forwarded-Proto") != "https" || r.Header.Get("Host") != "" {
				t.Errorf("%s: header %q", kind, r.Header)
			}
		})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// Each front end gets all of the Set-Cookie lines in the one place where it looks for
// them, and no field that it does not know. One that would lose some is refused.
func TestAnswers(t *testing.T) {
	t.Parallel()
	cookies := []string{"__Host-a=1; Path=/; Secure", "__Host-a.1=2; Path=/; Secure", "b=; Max-Age=0"}
	for _, kind := range kinds {
		a, err := invoke(t, event(t, kind), func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Set-Cookie"] = cookies
			w.Header()["Vary"] = []string{"Cookie", "Origin"}
			w.Header().Set("Location", "/")
			w.WriteHeader(http.StatusFound)
			w.Header().Add("Set-Cookie", "late=1")
			_, _ = io.WriteString(w, "gone")
		})
		if kind == "balancerflat" {
			if err == nil || !strings.Contains(err.Error(), "sets 3 cookies") || !strings.Contains(err.Error(), "lambda.multi_value_headers.enabled") || strings.Contains(err.Error(), "__Host") {
				t.Errorf("%s: %+v, %v", kind, a, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		want := answered{StatusCode: 302, Body: "gone"}
		switch kind {
		case "httpapi", "url":
			want.Cookies = cookies
			want.Headers = map[string]string{"Location": "/", "Vary": "Cookie, Origin", "Content-Type": "text/plain; charset=utf-8"}
		case "balancer":
			want.StatusDescription = "302 Found"
			fallthrough
		default:
			want.MultiValueHeaders = map[string][]string{"Set-Cookie": cookies, "Location": {"/"}, "Vary": {"Cookie", "Origin"}, "Content-Type": {"text/plain; charset=utf-8"}}
		}
		if !reflect.DeepEqual(a, want) {
			t.Errorf("%s: %+v", kind, a)
		}
	}
}

// A load balancer without multi-value headers passes one cookie.
func TestOneCookie(t *testing.T) {
	t.Parallel()
	a, err := invoke(t, event(t, "balancerflat"), func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Set-Cookie", "a=1") })
	if err != nil || !reflect.DeepEqual(a, answered{StatusCode: 200, StatusDescription: "200 OK", Headers: map[string]string{"Set-Cookie": "a=1"}}) {
		t.Errorf("%+v, %v", a, err)
	}
}

// Text goes as it is; what is not text, or is compressed, as base64.
func TestBodies(t *testing.T) {
	t.Parallel()
	binary := "\x00\xff\xfe binary"
	for _, kind := range kinds {
		for body, encoding := range map[string]string{"grüße <b>&": "", binary: "", "text": "gzip"} {
			a, err := invoke(t, event(t, kind), func(w http.ResponseWriter, _ *http.Request) {
				if encoding != "" {
					w.Header().Set("Content-Encoding", encoding)
				}
				_, _ = io.WriteString(w, body[:2])
				_, _ = io.WriteString(w, body[2:])
			})
			got := a.Body
			if a.IsBase64Encoded {
				raw, _ := base64.StdEncoding.DecodeString(got)
				got = string(raw)
			}
			if err != nil || got != body || a.IsBase64Encoded != (body == binary || encoding != "") || a.StatusCode != 200 {
				t.Errorf("%s: %+v, %v", kind, a, err)
			}
		}
	}
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified} {
		a, err := invoke(t, event(t, "url"), func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(status)
			if _, err := w.Write([]byte("x")); err == nil {
				t.Error("a body that is not allowed")
			}
		})
		if err != nil || a.StatusCode != status || a.Body != "" {
			t.Errorf("%+v, %v", a, err)
		}
	}
	head := strings.Replace(string(event(t, "url")), `"GET"`, `"HEAD"`, 1)
	a, err := invoke(t, []byte(head), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	if err != nil || a.Body != "" || a.Headers["Content-Type"] != "text/html; charset=utf-8" {
		t.Errorf("%+v, %v", a, err)
	}
}

// Other events are refused, with an error that quotes nothing of them.
func TestOtherEvents(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"Records":[{"body":"hunter2"}]}`: "no HTTP request", `"hunter2"`: "no HTTP request", `[]`: "no HTTP request", `null`: "no HTTP request",
		`{"version":"2.0","body":"hunter2"}`: "no HTTP request", `{hunter2`: "no JSON", ``: "no JSON",
		`{"httpMethod":"POST","path":"/","body":"hunter2!","isBase64Encoded":true}`: "base64",
	} {
		_, err := invoke(t, []byte(payload), func(http.ResponseWriter, *http.Request) { t.Error("called") })
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// Paths of front ends that decode them and of those that do not.
func TestPaths(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"/": "/", "": "/", "/a%2Fb": "/a%2Fb", "/a%2fb%zz": "/a%2fb%25zz", "/100%": "/100%25", "/grüße": "/gr%C3%BC%C3%9Fe", "//evil.example/x": "//evil.example/x",
		"/a?b#c": "/a%3Fb%23c", "/a\r\nSet-Cookie: x": "/a%0D%0ASet-Cookie:%20x", `/\evil.example`: `/\evil.example`, "https://evil.example/": "/https://evil.example/",
	} {
		payload, _ := json.Marshal(map[string]any{"httpMethod": "GET", "path": raw, "queryStringParameters": map[string]string{}})
		if _, err := invoke(t, payload, func(_ http.ResponseWriter, r *http.Request) {
			if r.RequestURI != want || r.URL.Host != "" {
				t.Errorf("%q: %q", raw, r.RequestURI)
			}
		}); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// The request ends with the invocation.
func TestDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	_, err := lambda.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if end, ok := r.Context().Deadline(); !ok || time.Until(end) > time.Hour {
			t.Errorf("deadline %v, %v", end, ok)
		}
	})).Invoke(ctx, event(t, "url"))
	if err != nil {
		t.Fatal(err)
	}
}
