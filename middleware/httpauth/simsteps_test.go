package httpauth_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing/synctest"
	"time"
)

// A step has a label: a letter for what happens, and the number of the request.
//
//	S  a request is sent, with the cookies of that moment
//	B  an instance begins to handle it
//	P  the provider gets the refresh that it has led to
//	Q  the provider's answer comes (if that is late)
//	F  the application's callback ends
//	A  the answer arrives in the browser
//	T  time passes, so that access tokens expire

// footprint is what a step depends on. Two steps that do not touch the same thing,
// or only read it, can change places without a difference.
type footprint struct{ reads, writes int }

const (
	theJar    = 1 << iota
	theMemory // of instances and the provider
)

func (f footprint) independent(of footprint) bool {
	return f.writes&(of.reads|of.writes) == 0 && of.writes&f.reads == 0
}

// do makes a step.
func (w *world) do(label string, f fault) footprint {
	w.steps++
	if label == "T" {
		w.turns--
		time.Sleep(turn)
		w.settle()
		return footprint{writes: theMemory}
	}
	id, err := strconv.Atoi(label[1:])
	if err != nil {
		panic(err)
	}
	c, before := w.calls[id], w.changes
	w.told = false
	switch label[0] {
	case 'S':
		w.send(c)
		if c.kind == signIn { // which touches nothing that others have in memory
			w.begin(c)
			w.settle()
		}
		return footprint{reads: theJar}
	case 'A':
		w.arrive(c)
		return footprint{writes: theJar}
	case 'B':
		w.passes()
		w.begin(c)
	default:
		w.passes()
		w.gate(label) <- f
	}
	w.settle()
	made := footprint{reads: theMemory}
	if w.changes != before {
		made.writes |= theMemory
	}
	if w.told { // the browser knows more, although no cookie has changed
		made.writes |= theJar
	}
	return made
}

// passes lets the time pass that a step takes.
func (w *world) passes() {
	if w.plan.pace > 0 {
		time.Sleep(w.plan.pace)
	}
}

func (w *world) gate(label string) chan fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gates[label]
}

// send takes the cookies of now.
func (w *world) send(c *call) {
	c.moment = sent
	path, method := "/page", http.MethodGet
	switch c.kind {
	case update:
		path, method, c.body = "/auth/session", http.MethodPost, `{"csrfToken":"`+w.csrf(c.at)+`","data":{}}`
	case signOut:
		path, method, c.body = "/auth/signout", http.MethodPost, url.Values{"csrfToken": {w.csrf(c.at)}}.Encode()
	case signIn:
		path = c.back
	}
	w.expire()
	c.cookies = w.jar.header(path)
	c.ready = true
	for name, value := range c.needs {
		c.ready = c.ready && w.jar[name].value == value
	}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), callKey{}, c))
	c.cancel = cancel
	r := w.request(ctx, method, path, c.cookies, c.body)
	if c.kind == look {
		r.Header.Set("Sec-Fetch-Dest", "image")
	}
	c.request = r
	w.wasSent(c)
}

// begin lets an instance handle a request, as far as it gets.
func (w *world) begin(c *call) {
	c.moment = handling
	c.began, c.where = w.steps, place{c.at, w.lives[c.at]}
	handler := w.kits[c.at].Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	go func() {
		defer close(c.done)
		handler.ServeHTTP(c.answer, c.request)
	}()
}

// settle waits until nothing moves any more, and takes note of what was handled.
func (w *world) settle() {
	synctest.Wait()
	for _, c := range w.calls {
		if c.moment != handling {
			continue
		}
		select {
		case <-c.done:
		default:
			continue
		}
		c.moment = handled
		c.cancel()
		w.wasHandled(c)
		if c.lost || len(c.answer.Header()["Set-Cookie"]) == 0 {
			w.told = w.told || c.seen != nil
			w.arrive(c) // no cookie depends on when
		}
	}
}

// arrive brings an answer into the browser.
func (w *world) arrive(c *call) {
	c.moment = over
	if c.lost {
		return
	}
	before := w.jar[sessionCookie].sight
	w.jar.take(c.answer.Header()["Set-Cookie"])
	if after, ok := w.jar[sessionCookie]; ok && c.made != nil {
		after.sight = c.made
		w.jar[sessionCookie] = after
	}
	w.arrived(c, before, w.jar[sessionCookie].sight)
}

// enabled returns the steps that can be made now, in a fixed order.
func (w *world) enabled() []string {
	var steps []string
	first := map[string]bool{} // requests that differ in nothing are sent in their order
	for _, c := range w.calls {
		switch like := fmt.Sprint(c.kind, c.at); {
		case c.moment == waiting && !first[like]:
			first[like] = true
			steps = append(steps, c.label("S"))
		case c.moment == sent:
			steps = append(steps, c.label("B"))
		case c.moment == handled:
			steps = append(steps, c.label("A"))
		}
	}
	if w.turns > 0 {
		steps = append(steps, "T")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(steps, slices.Sorted(maps.Keys(w.gates))...)
}

// finish makes all steps that are left, in any order, without faults.
func (w *world) finish() {
	for w.problem == "" {
		steps := w.enabled()
		if len(steps) == 0 {
			return
		}
		w.do(steps[len(steps)-1], noFault)
	}
}

// probe asks for a page on each instance, one after the other: now, and when
// nothing is remembered any more and the access token has expired, so that what the
// browser holds has to stand on its own.
func (w *world) probe() {
	for range 2 {
		for i := range w.kits {
			w.newCall(page, i, "")
			w.finish()
		}
		time.Sleep(memory + time.Second)
		w.settle()
	}
}

// close ends what still waits.
func (w *world) close() {
	close(w.over)
	for _, c := range w.calls {
		if c.cancel != nil {
			c.cancel()
		}
	}
	synctest.Wait()
}
