package serverless_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// function is an AWS Lambda function: a process with the real loop of aws-lambda-go,
// an emulator of the Runtime API that it talks to, and a front end that makes events
// of requests. One request at a time reaches it, and between two of them the process
// is stopped, as Lambda freezes its machine.
type function struct {
	t     *testing.T
	front front
	cmd   *exec.Cmd

	one   sync.Mutex // request at a time
	idle  chan struct{}
	next  chan *invocation
	mu    sync.Mutex
	under map[string]*invocation // way, by id

	cold time.Duration // from the start of the process to its first call of the API
}

type invocation struct {
	id      string
	payload []byte
	outcome chan outcome
}

// outcome is what the function has posted. A stream goes on while it is read.
type outcome struct {
	failed      bool
	contentType string
	body        io.ReadCloser
}

// startFunction runs a program as a Lambda function behind a front end.
func startFunction(t *testing.T, binary string, f front, env ...string) *function {
	t.Helper()
	fn := &function{t: t, front: f, idle: make(chan struct{}), next: make(chan *invocation), under: map[string]*invocation{}}
	api := httptest.NewServer(fn.runtimeAPI())
	fn.cmd = command(t, binary, append(env,
		"AWS_LAMBDA_RUNTIME_API="+api.Listener.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=auth", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "AWS_REGION=eu-central-1", "_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=/var/task")...)
	began := time.Now()
	if err := fn.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = fn.cmd.Process.Kill() // also while it is stopped
		_ = fn.cmd.Wait()
		api.CloseClientConnections()
		api.Close()
	})
	fn.await()
	fn.cold = time.Since(began)
	return fn
}

// await waits until the function asks for its next event, and freezes it.
func (fn *function) await() {
	select {
	case <-fn.idle:
		_ = fn.cmd.Process.Signal(syscall.SIGSTOP)
	case <-time.After(20 * time.Second):
		fn.t.Error("the function does not ask for an event")
	}
}

// runtimeAPI is https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
func (fn *function) runtimeAPI() http.Handler {
	const base = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case fn.idle <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		select {
		case in := <-fn.next:
			h := w.Header()
			h.Set("Content-Type", "application/json")
			h.Set("Lambda-Runtime-Aws-Request-Id", in.id)
			h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(10*time.Second).UnixMilli()))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:auth")
			h.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")
			_, _ = w.Write(in.payload)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST "+base+"invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { fn.posted(w, r, false) })
	mux.HandleFunc("POST "+base+"invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { fn.posted(w, r, true) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fn.t.Errorf("the function asks for %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	})
	return mux
}

// posted passes on what the function answers. It goes on until the stream has ended.
func (fn *function) posted(w http.ResponseWriter, r *http.Request, failed bool) {
	fn.mu.Lock()
	in := fn.under[r.PathValue("id")]
	delete(fn.under, r.PathValue("id"))
	fn.mu.Unlock()
	if in == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	out, to := io.Pipe()
	in.outcome <- outcome{failed, r.Header.Get("Content-Type"), out}
	_, err := io.Copy(to, r.Body)
	_ = to.CloseWithError(err) // nil is the end
	w.WriteHeader(http.StatusAccepted)
}

// invoke sends an event, when the function has answered those before.
func (fn *function) invoke(payload []byte) outcome {
	_ = fn.cmd.Process.Signal(syscall.SIGCONT)
	in := &invocation{fmt.Sprintf("8476a536-e9f4-11e8-9739-%012d", time.Now().UnixNano()%1e12), payload, make(chan outcome, 1)}
	fn.mu.Lock()
	fn.under[in.id] = in
	fn.mu.Unlock()
	timeout := time.After(30 * time.Second)
	select {
	case fn.next <- in:
	case <-timeout:
		return broken("the function does not take the event")
	}
	select {
	case o := <-in.outcome:
		return o
	case <-timeout:
		return broken("the function does not answer")
	}
}

func broken(why string) outcome {
	return outcome{failed: true, body: io.NopCloser(strings.NewReader(why))}
}

// RoundTrip implements http.RoundTripper: it is the front end.
func (fn *function) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	size := len(r.Method + r.URL.RequestURI())
	for name, values := range r.Header {
		size += len(name) + len(strings.Join(values, ""))
	}
	if limit := fn.front.headerLimit; size > limit {
		return nil, fmt.Errorf("%s: %d bytes of headers, the limit is %d", fn.front.name, size, limit)
	}
	payload, err := json.Marshal(fn.front.event(r, body))
	if err != nil {
		return nil, err
	}
	fn.one.Lock()
	done := func() { fn.await(); fn.one.Unlock() }
	o := fn.invoke(payload)
	if o.failed {
		raw, _ := io.ReadAll(o.body)
		done()
		return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(raw)), Request: r}, nil
	}
	if fn.front.streams {
		return streamed(r, o, done)
	}
	raw, err := io.ReadAll(o.body)
	done()
	if err != nil {
		return nil, err
	}
	return fn.front.answer(r, raw)
}
