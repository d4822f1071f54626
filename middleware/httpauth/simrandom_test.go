package httpauth_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// Histories that are left to luck: more requests, more instances, and faults. The
// seed decides on everything.

const (
	mostSteps    = 120
	mostRequests = 16
	mostAtOnce   = 6
)

// toss makes the history of a seed.
func toss(t *testing.T, r *rig, seed int, verbose bool) (w *world, problem string) {
	luck := rand.New(rand.NewPCG(uint64(seed), 0))
	p := tossPlan(luck)
	r.ready(p)
	synctest.Test(t, func(*testing.T) {
		w = r.newWorld(p)
		w.luck, w.verbose = luck, verbose
		w.note("plan: %+v", p)
		w.enter("alice")
		for range mostSteps {
			if w.problem == "" {
				w.stumble()
			}
		}
		w.shared.broken = false
		w.finish()
		w.probe()
		problem = w.problem
		w.close()
	})
	return w, problem
}

func tossPlan(luck *rand.Rand) plan {
	return plan{
		instances:   one(luck, 1, 1, 2, 2, 3),
		coordinator: luck.IntN(2) == 0,
		grace:       one(luck, 0, 0, 10*time.Second),
		revoke:      luck.IntN(3) == 0,
		pace:        one(luck, 0, time.Millisecond, 70*time.Millisecond),
		faults:      luck.IntN(3) > 0,
	}
}

// one returns one of several, each as likely as the other.
func one[T any](luck *rand.Rand, of ...T) T { return of[luck.IntN(len(of))] }

// stumble makes one step, whichever comes.
func (w *world) stumble() {
	steps := w.enabled()
	active := 0
	for _, c := range w.calls {
		if c.moment != over {
			active++
		}
	}
	n := w.luck.IntN(100)
	switch {
	case n < 25 && active < mostAtOnce && len(w.calls) < mostRequests:
		w.invent()
	case n < 37:
		w.steps++
		time.Sleep(w.while())
		w.settle()
	case n < 41 && w.plan.faults:
		w.steps++
		w.disturb()
	case len(steps) > 0:
		w.unluckily(one(w.luck, steps...))
	}
}

// invent adds a request. Who is not signed in is likely to sign in.
func (w *world) invent() {
	kinds := []kind{look, page, page, page, page, update, update, update, signOut, signIn}
	if _, ok := w.jar[sessionCookie]; !ok {
		kinds = append(kinds, signIn, signIn, signIn)
	}
	k, who := one(w.luck, kinds...), ""
	if k == signIn {
		who = one(w.luck, "alice", "bob", "carol")
	}
	c := w.newCall(k, w.luck.IntN(len(w.kits)), who)
	c.slow = w.luck.IntN(5) == 0
	w.note("%d %s is planned at instance %d", c.id, c.kind, c.at)
}

// while is how long nothing happens.
func (w *world) while() time.Duration {
	if w.waiter() != "" {
		return 10 * time.Millisecond // what waits has a result, and will go on at once
	}
	if w.luck.IntN(25) == 0 && !w.busy() { // no server works for that long
		return one(w.luck, 16*time.Minute, 16*time.Minute, 30*time.Minute, 9*time.Hour)
	}
	return one(w.luck, 10*time.Millisecond, 900*time.Millisecond, 1100*time.Millisecond, 4*time.Second, 9*time.Second,
		11*time.Second, 28*time.Second, turn, memory+5*time.Second)
}

// disturb is a fault of the application, its network or its coordinator.
func (w *world) disturb() {
	switch w.luck.IntN(4) {
	case 0:
		w.restart(w.luck.IntN(len(w.kits)))
	case 1:
		w.shared.broken = !w.shared.broken
		w.note("the coordinator is out of order: %v", w.shared.broken)
	default:
		for _, c := range w.calls {
			if c.moment == handling {
				w.hangUp(c, "the browser hangs up")
				break
			}
		}
	}
	w.settle()
}

// restart starts an instance anew. What it was doing goes on for a moment, but
// nobody gets the answer.
func (w *world) restart(i int) {
	w.note("instance %d is restarted", i)
	w.lives[i]++
	w.kits[i] = w.boot(w.plan, place{i, w.lives[i]})
	for _, c := range w.calls {
		if c.moment == handling && c.at == i {
			w.hangUp(c, "its instance is restarted")
			w.settle() // one after the other
		}
	}
}

func (w *world) hangUp(c *call, why string) {
	w.note("%d gets no answer: %s", c.id, why)
	c.lost = true
	c.cancel()
}

// unluckily makes a step, perhaps with a fault.
func (w *world) unluckily(label string) {
	f := noFault
	unlucky := w.plan.faults && w.luck.IntN(4) == 0
	switch {
	case unlucky && label[0] == 'P':
		f = one(w.luck, unavailable, unavailable, busy, garbled, refusing, unheard, dropped, dropped, answersLate, answersLate)
		w.note("%s: %s", label, f)
	case unlucky && label[0] == 'A' && w.luck.IntN(3) == 0:
		w.hangUp(w.call(label), "the answer is lost")
	case unlucky && label[0] == 'S' && w.luck.IntN(4) == 0:
		w.double(w.call(label))
	}
	w.do(label, f)
}

// double lets a request carry the session's cookie twice: a proxy has done so, or
// another host has planted one.
func (w *world) double(c *call) {
	w.expire()
	value := w.jar[sessionCookie].value
	if value == "" {
		return
	}
	if c.conflict = w.luck.IntN(2) == 0; c.conflict {
		value = "planted"
	}
	c.also = "; " + sessionCookie + "=" + value
	w.note("%d carries two session cookies, %q at the end", c.id, value[:min(len(value), 7)])
}
