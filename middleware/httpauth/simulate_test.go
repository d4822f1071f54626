package httpauth_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// kinds are what requests of one instance are for.
func errands() []errand {
	return []errand{{look, 0}, {page, 0}, {update, 0}, {signOut, 0}, {signIn, 0}}
}

// onePlan is one instance, which stands still for a millisecond between two steps.
func onePlan(off string) plan { return plan{instances: 1, pace: time.Millisecond, off: off} }

// setting reads a number from the environment: make simulate sets them.
func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// Every order in which requests that overlap can be sent, handled and answered:
// nobody is signed out without a cause that the model names, nothing brings a
// session back that was ended, no older state replaces a newer one, no answer
// carries somebody else's session, and each refresh token is spent once. OVERLAP
// says how many requests overlap.
func TestSimulateEveryOrder(t *testing.T) {
	t.Parallel()
	r, total, causes, begin := newRig(), 0, map[cause]int{}, time.Now()
	for n := 1; n <= setting("OVERLAP", 2); n++ {
		for _, requests := range choose(n, errands()) {
			e := &explorer{requests: requests, plan: onePlan(""), causes: map[cause]int{}}
			if problem := e.explore(t, r); problem != "" {
				t.Fatalf("%s\nHISTORY=%q go test ./middleware/httpauth -run SimulateAgain -v", problem, e.story())
			}
			total += e.histories
			merge(causes, e.causes)
		}
	}
	t.Logf("%d histories in %v", total, time.Since(begin).Round(time.Millisecond))
	for why, n := range causes {
		t.Logf("%8d %s", n, why)
	}
}

// Without any one of these protections the kit breaks, and the simulation finds how.
// The cache of successors is not among them: within one instance, what generations
// remember makes up for it.
func TestSimulationFindsWhatIsMissing(t *testing.T) {
	t.Parallel()
	for off, requests := range map[string][]errand{
		httpauth.ProtectionFlight:     {{page, 0}, {page, 0}},
		httpauth.ProtectionTombstone:  {{page, 0}, {signOut, 0}},
		httpauth.ProtectionGeneration: {{page, 0}, {update, 0}},
	} {
		t.Run(off, func(t *testing.T) {
			t.Parallel()
			whole := &explorer{requests: requests, plan: onePlan(""), causes: map[cause]int{}}
			if problem := whole.explore(t, newRig()); problem != "" {
				t.Fatalf("with every protection: %s", problem)
			}
			e := &explorer{requests: requests, plan: onePlan(off), causes: map[cause]int{}}
			problem := e.explore(t, newRig())
			if problem == "" {
				t.Fatalf("%d histories without %s, and nothing is wrong", e.histories, off)
			}
			t.Logf("%s\n%s", problem, e.story())
		})
	}
}

// Long histories of more requests, chosen at random. SEEDS says how many, SEED
// repeats one and tells it.
func TestSimulateAtRandom(t *testing.T) {
	t.Parallel()
	r, causes, begin := newRig(), map[cause]int{}, time.Now()
	first, last := 1, setting("SEEDS", 300)
	if seed := setting("SEED", 0); seed > 0 {
		first, last = seed, seed
	}
	for seed := first; seed <= last; seed++ {
		var problem string
		var told []string
		synctest.Test(t, func(*testing.T) { problem, told = wander(r, uint64(seed), first == last, causes) })
		for _, line := range told {
			t.Log(line)
		}
		if problem != "" {
			t.Fatalf("%s\nSEED=%d go test ./middleware/httpauth -run SimulateAtRandom -v", problem, seed)
		}
	}
	t.Logf("%d histories in %v", last-first+1, time.Since(begin).Round(time.Millisecond))
	for why, n := range causes {
		t.Logf("%8d %s", n, why)
	}
}

// wander makes the history of a seed: up to nine requests, with a provider that
// fails now and then.
func wander(r *rig, seed uint64, verbose bool, causes map[cause]int) (problem string, told []string) {
	dice := rand.New(rand.NewPCG(seed, 1))
	p := onePlan("")
	w := r.newWorld(p)
	w.verbose = verbose
	w.signInAs("alice")
	time.Sleep(5 * time.Second)
	ends := map[kind]bool{}
	all, people := errands(), []string{"bob", "carol"}
	for range 3 + dice.IntN(7) {
		q := all[dice.IntN(len(all))]
		// One of each: of several sign-outs under way at once, the answer that arrives
		// last brings its tombstone, and that of the others is gone.
		if q.kind == signIn || q.kind == signOut {
			if ends[q.kind] {
				q.kind = page
			}
			ends[q.kind] = true
		}
		who := ""
		if q.kind == signIn {
			who = people[dice.IntN(len(people))]
		}
		w.newCall(q.kind, dice.IntN(p.instances), who)
	}
	w.turns = 1 + dice.IntN(2)
	for w.problem == "" {
		steps := w.enabled()
		if len(steps) == 0 {
			break
		}
		step, f := steps[dice.IntN(len(steps))], noFault
		if faults := []fault{unavailable, busy, garbled}; step[0] == 'P' && dice.IntN(4) == 0 {
			f = faults[dice.IntN(len(faults))]
		}
		w.do(step, f)
	}
	w.probe()
	merge(causes, w.causes)
	w.close()
	return w.problem, w.log
}

// A history that the test above has found, told step by step.
func TestSimulateAgain(t *testing.T) {
	t.Parallel()
	history := os.Getenv("HISTORY")
	if history == "" { // one that is known, so that this does not go unused
		history = "page@0 sign-out@0 : S1 S2 B2 A2 B1 A1"
	}
	told, problem := retell(t, history, onePlan(""))
	t.Log(strings.Join(told, "\n"))
	if problem != "" {
		t.Error(problem)
	}
	if len(told) == 0 {
		t.Error(fmt.Sprint("nothing to tell of ", history))
	}
}
