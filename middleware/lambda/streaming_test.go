package lambda_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sealedauth/auth/middleware/lambda"
)

// prelude splits what a streaming function sends.
func prelude(t *testing.T, raw []byte) (a answered, body string) {
	t.Helper()
	head, rest, ok := bytes.Cut(raw, make([]byte, 8))
	if !ok || json.Unmarshal(head, &a) != nil {
		t.Fatalf("no prelude: %q", raw)
	}
	return a, string(rest)
}

// What is flushed arrives before the handler returns, with the cookies before it.
func TestStreaming(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		read := make(chan struct{})
		response, err := lambda.Streaming(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
			w.Header().Set("Content-Type", "text/event-stream")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			w.Header().Add("Set-Cookie", "late=1")
			_, _ = io.WriteString(w, "data: 1\n\n")
			<-read
			_, _ = io.WriteString(w, "data: 2\n\n")
		}))(t.Context(), event(t, "url"))
		if err != nil {
			t.Fatal(err)
		}
		raw := make([]byte, 0, 1000)
		for !bytes.HasSuffix(raw, []byte("1\n\n")) {
			n, err := response.Read(raw[len(raw):cap(raw)])
			if raw = raw[:len(raw)+n]; err != nil {
				t.Fatal(err)
			}
		}
		close(read)
		rest, err := io.ReadAll(response)
		if err != nil {
			t.Fatal(err)
		}
		a, body := prelude(t, append(raw, rest...))
		want := answered{StatusCode: 200, Cookies: []string{"a=1", "b=2"}, Headers: map[string]string{"Content-Type": "text/event-stream"}}
		if !reflect.DeepEqual(a, want) || body != "data: 1\n\ndata: 2\n\n" {
			t.Errorf("%+v %q", a, body)
		}
	})
}

// A handler that writes nothing, one that writes without a word about headers, and one
// whose reader goes away; afterwards none of them runs any more.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for want, h := range map[string]http.HandlerFunc{
			"":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
			"<html>": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		} {
			response, err := lambda.Streaming(h)(t.Context(), event(t, "httpapi"))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := io.ReadAll(response)
			if a, body := prelude(t, raw); a.StatusCode != 200 || body != want || want != "" && a.Headers["Content-Type"] != "text/html; charset=utf-8" {
				t.Errorf("%+v %q", a, body)
			}
		}
		var failed error
		response, err := lambda.Streaming(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for failed == nil {
				_, failed = io.WriteString(w, "more")
			}
		}))(t.Context(), event(t, "url"))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Close() // as the runtime does
		synctest.Wait()
		if failed == nil {
			t.Error("it writes on")
		}
	})
}

// A panic before the response is one of the invocation, which the runtime reports; one
// in the middle breaks the response off.
func TestStreamingPanics(t *testing.T) {
	t.Parallel()
	func() {
		defer func() {
			if p := recover(); p != "before" {
				t.Errorf("recovered %v", p)
			}
		}()
		_, _ = lambda.Streaming(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("before") }))(t.Context(), event(t, "url"))
	}()
	response, err := lambda.Streaming(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("after")
	}))(t.Context(), event(t, "url"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadAll(response); err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("error %v", err)
	}
}

// The other front ends would not understand a stream.
func TestStreamingElsewhere(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"rest", "balancer", "balancerflat"} {
		_, err := lambda.Streaming(http.NotFoundHandler())(t.Context(), event(t, kind))
		if err == nil || !strings.Contains(err.Error(), "use Start") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
