package httpauth_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// explorer makes every history of some requests that overlap. Histories that differ
// only in the order of steps that do not touch the same thing are one history
// (sleep sets, P. Godefroid, Partial-Order Methods for the Verification of
// Concurrent Systems, chapter 5): a step that was explored at a node sleeps below
// its siblings until something happens that it depends on.
type explorer struct {
	requests []errand
	plan     plan
	stack    []node
	depth    int

	histories int
	cut       int // histories that would have been another one again
	causes    map[cause]int
}

// errand is a kind of request to an instance.
type errand struct {
	kind kind
	at   int
}

type node struct {
	enabled []string
	asleep  map[string]footprint
	done    map[string]footprint // with what is below them
	next    string
	made    footprint // by next
}

// pick returns the next step. It is false if everything that follows is known.
func (e *explorer) pick(enabled []string) (string, bool) {
	if e.depth < len(e.stack) {
		return e.stack[e.depth].next, true
	}
	n := node{enabled: enabled, asleep: map[string]footprint{}, done: map[string]footprint{}}
	if e.depth > 0 {
		parent := e.stack[e.depth-1]
		for _, sleeping := range []map[string]footprint{parent.asleep, parent.done} {
			for label, f := range sleeping {
				if f.independent(parent.made) {
					n.asleep[label] = f
				}
			}
		}
	}
	if !n.advance() {
		return "", false
	}
	e.stack = append(e.stack, n)
	return n.next, true
}

// advance takes the next step of a node that is to be explored.
func (n *node) advance() bool {
	for _, label := range n.enabled {
		_, known := n.done[label]
		_, sleeps := n.asleep[label]
		if !known && !sleeps {
			n.next = label
			return true
		}
	}
	return false
}

// backtrack goes back to the last choice that is left. It is false at the end.
func (e *explorer) backtrack() bool {
	for len(e.stack) > 0 {
		n := &e.stack[len(e.stack)-1]
		n.done[n.next] = n.made
		if n.advance() {
			return true
		}
		e.stack = e.stack[:len(e.stack)-1]
	}
	return false
}

// run makes one history, and tells what is wrong with it.
func (e *explorer) run(r *rig) (problem string) {
	w := e.prepare(r)
	e.depth = 0
	whole := true
	for w.problem == "" {
		enabled := w.enabled()
		if len(enabled) == 0 {
			break
		}
		var label string
		if label, whole = e.pick(enabled); !whole {
			break
		}
		e.stack[e.depth].made = w.do(label, noFault)
		e.depth++
	}
	if whole {
		w.probe()
		e.histories++
		for why, n := range w.causes {
			e.causes[why] += n
		}
	} else {
		e.cut++
	}
	w.close()
	return w.problem
}

// prepare signs alice in and gets the requests ready.
func (e *explorer) prepare(r *rig) *world {
	w := r.newWorld(e.plan)
	w.signInAs("alice")
	time.Sleep(5 * time.Second)
	others := []string{"bob", "carol", "bob", "carol"}
	for _, q := range e.requests {
		who := ""
		if q.kind == signIn {
			who, others = others[0], others[1:]
		}
		w.newCall(q.kind, q.at, who)
	}
	w.turns = 1
	return w
}

// signInAs signs in without anything in between.
func (w *world) signInAs(who string) {
	w.newCall(signIn, 0, who)
	w.finish()
}

// explore makes all histories of some requests, until one goes wrong.
func (e *explorer) explore(t *testing.T, r *rig) (problem string) {
	for problem == "" {
		synctest.Test(t, func(*testing.T) { problem = e.run(r) })
		if problem != "" || !e.backtrack() {
			break
		}
	}
	return problem
}

// story returns the history that the explorer is at, for -history.
func (e *explorer) story() string {
	var words []string
	for _, q := range e.requests {
		words = append(words, fmt.Sprint(q.kind, "@", q.at))
	}
	words = append(words, ":")
	for _, n := range e.stack {
		words = append(words, n.next)
	}
	return strings.Join(words, " ")
}

// retell makes one history and returns its log.
func retell(t *testing.T, story string, p plan) (log []string, problem string) {
	e := &explorer{plan: p, causes: map[cause]int{}}
	requests, steps, _ := strings.Cut(story, ":")
	for _, word := range strings.Fields(requests) {
		var at int
		name, number, _ := strings.Cut(word, "@")
		_, _ = fmt.Sscan(number, &at)
		e.requests = append(e.requests, errand{kind(name), at})
	}
	synctest.Test(t, func(*testing.T) {
		w := e.prepare(newRig())
		w.verbose = true
		for _, label := range strings.Fields(steps) {
			w.do(label, noFault)
		}
		w.probe()
		w.close()
		log, problem = w.log, w.problem
	})
	return log, problem
}

// choose returns every choice of n requests, in which the order does not matter.
func choose(n int, from []errand) [][]errand {
	if n == 0 {
		return [][]errand{nil}
	}
	var all [][]errand
	for i, first := range from {
		for _, rest := range choose(n-1, from[i:]) {
			all = append(all, append([]errand{first}, rest...))
		}
	}
	return all
}

// merge adds counts up.
func merge(into, from map[cause]int) {
	for _, why := range slices.Collect(maps.Keys(from)) {
		into[why] += from[why]
	}
}
