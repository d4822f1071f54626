package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	runtime "github.com/aws/aws-lambda-go/lambda"
)

// Start serves the function's events with h. It does not return.
func Start(h http.Handler) { runtime.Start(Handler(h)) }

// StartStreaming is [Start] for a function URL whose invoke mode is RESPONSE_STREAM:
// what the handler flushes reaches the browser at once. It does not return.
func StartStreaming(h http.Handler) { runtime.Start(Streaming(h)) }

// Handler returns a handler for lambda.Start of aws-lambda-go. A response is sent
// when the handler has returned. A panic ends the process, which is what the runtime
// does with panics; use a recovering middleware.
func Handler(h http.Handler) runtime.Handler { return handler{h} }

type handler struct{ next http.Handler }

// Invoke implements lambda.Handler of aws-lambda-go.
func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e, r, err := read(ctx, payload)
	if err != nil {
		return nil, err
	}
	w := newBuffered(r.Method)
	h.next.ServeHTTP(w, r)
	w.finish()
	a, err := e.answer(w)
	if err != nil {
		return nil, err
	}
	return json.Marshal(a)
}

// StreamingHandler is what [Streaming] returns.
type StreamingHandler = func(ctx context.Context, payload json.RawMessage) (*events.LambdaFunctionURLStreamingResponse, error)

// Streaming returns a handler for lambda.Start of aws-lambda-go that streams. Other
// front ends, and function URLs in the mode BUFFERED, do not understand what it says.
func Streaming(h http.Handler) StreamingHandler {
	return func(ctx context.Context, payload json.RawMessage) (*events.LambdaFunctionURLStreamingResponse, error) {
		e, r, err := read(ctx, payload)
		if err != nil {
			return nil, err
		}
		if e.kind() != format2 {
			return nil, errors.New("lambda: only function URLs stream; use Start instead of StartStreaming behind a REST API or a load balancer")
		}
		out, in := io.Pipe()
		w := newStreamed(r.Method, in)
		panicked := make(chan any, 1)
		go func() {
			defer func() { _ = in.Close() }()
			defer func() {
				if p := recover(); p != nil {
					_ = in.CloseWithError(fmt.Errorf("lambda: the handler panicked: %v", p))
					panicked <- p
				}
			}()
			h.ServeHTTP(w, r)
			w.finish()
		}()
		select {
		case <-w.begun:
		case p := <-panicked:
			panic(p) // in the runtime's goroutine, which reports it
		}
		headers, cookies := folded(w.sent)
		return &events.LambdaFunctionURLStreamingResponse{StatusCode: w.status, Headers: headers, Cookies: cookies, Body: out}, nil
	}
}
