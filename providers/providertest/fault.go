package providertest

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"time"
)

// Always means, as [Fault.Times], every request until [Server.Heal].
const Always = -1

// Everywhere stands for every endpoint that has no fault of its own.
const Everywhere = "*"

// Fault is what goes wrong with a request. Its parts can be combined; the zero
// Fault lets the request through, which is useful between others.
//
// Over a network, net/http by itself sends a GET again whose connection breaks, if
// it had used that connection before: it meets the next fault, too.
type Fault struct {
	// Times is how many requests it meets. Zero means one.
	Times int

	// What comes before the request is handled. A client that gives up in the
	// meantime is not served.
	Delay   time.Duration   // it waits this long
	Until   <-chan struct{} // it waits for this channel to be closed
	Barrier *Barrier        // it waits for others to arrive
	Refuse  bool            // the connection breaks: nothing has happened, no token is spent

	// An answer in place of the endpoint's own, which then does nothing. If both
	// are zero the endpoint answers.
	Status int    // 200 if there is only a body
	Body   string // application/json unless ContentType says otherwise

	// What happens to the answer, whosever it is. The request has been handled:
	// a refresh token is spent even if nobody gets to see its successor.
	ContentType    string        // in place of its own
	Header         http.Header   // in addition to its own, or in place of it
	AnswerDelay    time.Duration // it is held back this long
	BytesPerSecond int           // how fast the body comes; zero means at once
	Endless        bool          // the body is repeated until the client hangs up
	Disconnect     bool          // the connection breaks after so many bytes of the body:
	After          int           // zero means before the status line
}

// Fail makes the next requests of an endpoint go wrong: each meets one fault, in
// this order, after those that wait from earlier calls. See [Server.Intercept]
// for the names of the endpoints; [Everywhere] is all of them.
//
//	op.Fail("refresh", providertest.Fault{Status: 503, Times: 2}, providertest.Fault{Delay: time.Minute})
func (s *Server) Fail(endpoint string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[endpoint] = append(s.faults[endpoint], faults...)
}

// Heal drops all faults of an endpoint that no request has met yet.
func (s *Server) Heal(endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.faults, endpoint)
}

// fault takes the next fault of an endpoint.
func (s *Server) fault(endpoint string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{endpoint, Everywhere} {
		queue := s.faults[name]
		if len(queue) == 0 {
			continue
		}
		f := queue[0]
		switch {
		case f.Times < 0:
		case f.Times > 1:
			queue[0].Times--
		default:
			s.faults[name] = queue[1:]
		}
		return f
	}
	return Fault{}
}

// serve lets h answer a request, and does to it what the fault says.
func (f Fault) serve(w http.ResponseWriter, r *http.Request, h http.Handler) {
	if !f.wait(r.Context()) || f.Refuse {
		disconnect()
	}
	if !f.changes() {
		h.ServeHTTP(w, r)
		return
	}
	status, body := f.Status, []byte(f.Body)
	if status == 0 && len(body) > 0 {
		status = http.StatusOK
	}
	if status == 0 {
		own := httptest.NewRecorder()
		h.ServeHTTP(own, r)
		status, body = own.Code, own.Body.Bytes()
		for name, values := range own.Header() {
			w.Header()[name] = values
		}
	} else if len(body) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if f.ContentType != "" {
		w.Header().Set("Content-Type", f.ContentType)
	}
	if !pause(r.Context(), f.AnswerDelay) || f.Disconnect && f.After <= 0 {
		disconnect()
	}
	f.send(r.Context(), w, status, body)
}

// wait holds a request back, and tells whether its client is still there.
func (f Fault) wait(ctx context.Context) bool {
	if !pause(ctx, f.Delay) {
		return false
	}
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-ctx.Done():
			return false
		}
	}
	return f.Barrier == nil || f.Barrier.Wait(ctx) == nil
}

// changes tells whether the answer is another than the endpoint's own.
func (f Fault) changes() bool {
	return f.Status != 0 || f.Body != "" || f.ContentType != "" || f.Header != nil ||
		f.AnswerDelay > 0 || f.BytesPerSecond > 0 || f.Endless || f.Disconnect
}

// send writes the answer as slowly, as often and as far as the fault says.
func (f Fault) send(ctx context.Context, w http.ResponseWriter, status int, body []byte) {
	left, step := math.MaxInt, len(body)
	if f.Disconnect {
		left = f.After
	}
	if f.BytesPerSecond > 0 {
		step = max(1, f.BytesPerSecond/10) // ten times a second, or byte by byte
	}
	w.WriteHeader(status)
	stream := http.NewResponseController(w)
	for again := true; again; again = f.Endless && len(body) > 0 && left > 0 {
		for rest := body; len(rest) > 0 && left > 0; {
			n := min(step, left, len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				disconnect()
			}
			rest, left = rest[n:], left-n
			if f.BytesPerSecond > 0 || f.Endless {
				_ = stream.Flush()
			}
			if f.BytesPerSecond > 0 && !pause(ctx, time.Duration(n)*time.Second/time.Duration(f.BytesPerSecond)) {
				disconnect()
			}
		}
	}
	if f.Disconnect {
		_ = stream.Flush()
		disconnect()
	}
}

// disconnect ends the connection without a further byte: net/http asks handlers
// to do it this way.
func disconnect() { panic(http.ErrAbortHandler) }

// pause waits, and tells whether the client is still there.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
