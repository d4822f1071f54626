package httpauth_test

import (
	"fmt"
	"slices"
	"strconv"
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
	}
	w.close()
	return w.problem
}

// prepare signs alice in and gets the requests ready.
func (e *explorer) prepare(r *rig) *world {
	w := r.newWorld(e.plan)
	w.enter("alice")
	time.Sleep(5 * time.Second)
	others := []string{"bob", "carol", "bob", "carol"}
	for _, q := range e.requests {
		who := ""
		if q.kind == signIn {
			who, others = others[0], others[1:]
		}
		w.newCall(q.kind, q.at, who)
	}
	if w.turns = 1; e.plan.due {
		w.do("T", noFault)
	}
	return w
}

// explore makes all histories of some requests, until one goes wrong.
func (e *explorer) explore(t *testing.T, r *rig) (problem string) {
	for problem == "" {
		r.ready(e.plan)
		synctest.Test(t, func(*testing.T) { problem = e.run(r) })
		if problem != "" || !e.backtrack() {
			break
		}
	}
	return problem
}

// agenda returns what is explored, so that at most n requests overlap.
//
// Up to two: all kinds at one instance, pages and updates at two; access tokens expire
// at any moment, and those who have waited for a refresh go on in any order. From three
// on, those go on at once, one after the other. Of three at two instances, and of four,
// which are at one, access tokens have expired before all of them.
//
// What makes no difference is explored once: requests that are alike, and the order of
// steps that do not touch the same thing (see footprint). Faults are left to
// TestSimulateAtRandom, and so is everything in which memory ends.
func agenda(n int) []*explorer {
	one := plan{instances: 1, pace: time.Millisecond, second: time.Second}
	each, changing := errandsAt(0, look, page, update, signOut, signIn), errandsAt(0, page, update)
	two := slices.Concat(changing, errandsAt(1, page, update))
	all := explorers(nil, one, 1, each)
	for size := 2; size <= n; size++ {
		one.orderly, one.due = size > 2, size > 3
		all = explorers(all, one, size, each)
		moment := one
		moment.pace = 0 // nothing takes any time
		all = explorers(all, moment, size, changing)
		for _, p := range pairs() {
			p.orderly, p.due = size > 2, size > 2
			if size < 4 {
				all = explorers(all, p, size, two)
			}
		}
	}
	slices.Reverse(all) // the longest first, so that nobody waits for them at the end
	return all
}

// pairs returns the plans for two instances.
func pairs() []plan {
	p := plan{instances: 2, pace: time.Millisecond, second: time.Second}
	coordinated, patient := p, p
	coordinated.coordinator, patient.grace = true, 10*time.Second
	return []plan{p, coordinated, patient}
}

func errandsAt(instance int, kinds ...kind) []errand {
	var all []errand
	for _, k := range kinds {
		all = append(all, errand{k, instance})
	}
	return all
}

// explorers adds those of n requests, which use all instances.
func explorers(to []*explorer, p plan, n int, from []errand) []*explorer {
	for _, requests := range choose(n, from) {
		used := map[int]bool{}
		for _, q := range requests {
			used[q.at] = true
		}
		if len(used) == p.instances {
			to = append(to, newExplorer(p, requests))
		}
	}
	return to
}

func newExplorer(p plan, requests []errand) *explorer {
	return &explorer{plan: p, requests: requests, causes: map[cause]int{}}
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

// head returns what the explorer explores: the plan, and the requests.
func (e *explorer) head() string {
	p := e.plan
	words := []string{fmt.Sprintf("%d/%t/%s/%s/%t/%t", p.instances, p.coordinator, p.grace, p.pace, p.due, p.orderly)}
	for _, q := range e.requests {
		words = append(words, fmt.Sprint(q.kind, "@", q.at))
	}
	return strings.Join(append(words, ":"), " ")
}

// story returns the history that the explorer is at.
func (e *explorer) story() string {
	words := []string{e.head()}
	for _, n := range e.stack {
		words = append(words, n.next)
	}
	return strings.Join(words, " ")
}

// retell makes the history of a story, and returns its log.
func retell(t *testing.T, story string) (log []string, problem string) {
	head, steps, _ := strings.Cut(story, ":")
	words := strings.Fields(head)
	settings := strings.Split(words[0], "/")
	p := plan{second: time.Second, coordinator: settings[1] == "true", due: settings[4] == "true", orderly: settings[5] == "true"}
	p.instances, _ = strconv.Atoi(settings[0])
	p.grace, _ = time.ParseDuration(settings[2])
	p.pace, _ = time.ParseDuration(settings[3])
	e := newExplorer(p, nil)
	for _, word := range words[1:] {
		name, number, _ := strings.Cut(word, "@")
		instance, _ := strconv.Atoi(number)
		e.requests = append(e.requests, errand{kind(name), instance})
	}
	r := newRig()
	r.ready(p)
	synctest.Test(t, func(*testing.T) {
		w := e.prepare(r)
		w.verbose = true
		for _, label := range strings.Fields(steps) {
			if slices.Contains(w.enabled(), label) {
				w.do(label, noFault)
			}
		}
		w.finish()
		w.probe()
		log, problem = w.log, w.problem
		w.close()
	})
	return log, problem
}
