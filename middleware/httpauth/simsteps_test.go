package httpauth_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing/synctest"
	"time"
)

// A step has a label: a letter for what happens, and the number of the request.
//
//	S  a request is sent, with the cookies of that moment
//	B  an instance begins to handle it
//	P  the provider gets a refresh; the number is that of the refresh token
//	Q  its answer comes, if that is late
//	R  a request that has waited for it goes on
//	F  the application's callback ends
//	A  the answer arrives in the browser
//	T  time passes, so that access tokens expire

// footprint is what a step depends on. Two steps that do not touch the same thing,
// or only read it, can change places without a difference.
type footprint struct{ reads, writes int }

const (
	theJar    = 1 << iota
	theMemory // of instances and the provider
	theClock  // which decides whether an access token is due when a request begins
	theSecond // of a sign-in or a sign-out: they are compared with each other
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
		return footprint{writes: theClock}
	}
	before := w.changes
	w.told = false
	switch label[0] {
	case 'S':
		c := w.call(label)
		w.send(c)
		if c.kind == signIn { // which touches nothing that others have in memory
			w.begin(c)
			w.settle()
			return footprint{reads: theJar | theSecond}
		}
		return footprint{reads: theJar}
	case 'A':
		w.arrive(w.call(label))
		return footprint{writes: theJar}
	case 'B':
		c := w.call(label)
		if c.kind == signOut {
			time.Sleep(w.plan.second)
		}
		w.passes()
		w.begin(c)
	default:
		w.passes()
		w.release(label, f)
	}
	w.settle()
	for next := w.waiter(); next != "" && w.plan.orderly; next = w.waiter() {
		w.release(next, noFault)
		w.settle()
	}
	made := footprint{reads: theMemory}
	switch {
	case label[0] == 'B' && w.call(label).kind == signOut:
		made.writes |= theSecond
	case label[0] == 'B':
		made.reads |= theClock
	}
	if w.changes != before {
		made.writes |= theMemory
	}
	if w.told { // the browser knows more, although no cookie has changed
		made.writes |= theJar
	}
	return made
}

// waiter returns the step of the first request that waits for the result of a refresh,
// and "" if none does.
func (w *world) waiter() string {
	for _, label := range w.enabled() {
		if label[0] == 'R' {
			return label
		}
	}
	return ""
}

// call returns the request that a label names.
func (w *world) call(label string) *call {
	id, err := strconv.Atoi(strings.TrimRight(label[1:], "+"))
	if err != nil {
		panic(err)
	}
	return w.calls[id]
}

// passes lets the time pass that a step takes.
func (w *world) passes() {
	if w.plan.pace > 0 {
		time.Sleep(w.plan.pace)
		w.settle()
	}
}

// release lets go on what waits at a gate, if time has not ended that.
func (w *world) release(label string, f fault) {
	w.mu.Lock()
	g := w.gates[label]
	w.mu.Unlock()
	if g == nil {
		return
	}
	if label[0] == 'R' || label[0] == 'F' {
		w.active = w.call(label)
	}
	g <- f
}

// send takes the cookies of now.
func (w *world) send(c *call) {
	c.moment, c.heard = sent, w.arrivals
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
	c.cookies = w.jar.header(path) + c.also
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
	w.active = c
	w.begins(c)
	handler := w.kits[c.at].Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	serve := func() {
		defer close(c.done)
		handler.ServeHTTP(c.answer, c.request)
	}
	if w.alone || c.kind == signIn { // it need not wait for anything
		serve()
		return
	}
	go serve()
}

// settle waits until nothing moves any more, and takes note of what was handled.
func (w *world) settle() {
	synctest.Wait()
	for _, c := range w.calls {
		if c.moment != handling || !c.isDone() {
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

func (c *call) isDone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// arrive brings an answer into the browser.
func (w *world) arrive(c *call) {
	c.moment = over
	if c.lost {
		return
	}
	w.arrivals++
	before := w.jar[sessionCookie].sight
	w.jar.take(c.answer.Header()["Set-Cookie"])
	if after, ok := w.jar[sessionCookie]; ok && c.made != nil {
		after.sight = c.made
		w.jar[sessionCookie] = after
	}
	w.arrived(c, before, w.jar[sessionCookie].sight)
}

// likeness is what requests have in common that can change places: what they are, and
// what the browser knew when they were sent.
type likeness struct {
	moment moment
	kind   kind
	at     int
	slow   bool
	heard  int
	also   string
}

// enabled returns the steps that can be made now, in a fixed order.
func (w *world) enabled() []string {
	var steps []string
	first := map[likeness]bool{} // requests that differ in nothing go on in their order
	for _, c := range w.calls {
		like := likeness{c.moment, c.kind, c.at, c.slow, c.heard, c.also}
		switch {
		case c.moment == waiting && !first[like]:
			steps = append(steps, c.label("S"))
		case c.moment == sent && !first[like]:
			steps = append(steps, c.label("B"))
		case c.moment == handled:
			steps = append(steps, c.label("A"))
		}
		first[like] = true
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
		switch {
		case len(steps) > 0:
			w.do(steps[len(steps)-1], noFault)
		case w.busy(): // with a provider that does not answer
			time.Sleep(10 * time.Second)
			w.settle()
		default:
			return
		}
	}
}

// busy tells whether an instance has something to do.
func (w *world) busy() bool {
	return slices.ContainsFunc(w.calls, func(c *call) bool { return c.moment == handling })
}

// probe asks for a page on each instance, one after the other: now, and when
// nothing is remembered any more and the access token has expired, so that what the
// browser holds has to stand on its own.
func (w *world) probe() {
	w.alone = true
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
