package httpauth_test

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
)

// The simulator: one browser, several instances of the kit and a provider that
// rotates refresh tokens, on virtual time. It makes histories of requests that
// overlap, every one there is of a few requests, and of more at random with faults,
// and holds each to a model:
//
//   - nobody is signed out without a cause that the model names (see cause);
//   - nothing brings a session back that was ended;
//   - what the browser has been shown never goes back, and no change gets lost;
//   - no answer carries the session of somebody else;
//   - a refresh token is spent once by those who share a coordinator.
//
// The environment says how much: SEEDS is how many histories are made at random, and
// OVERLAP how many requests overlap in those of every order (see agenda). A failure
// tells its history, and how to make it again: with SEED or HISTORY.

// setting reads a number from the environment.
func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// tally counts over all workers.
type tally struct {
	mu        sync.Mutex
	histories int
	causes    map[cause]int
}

func (y *tally) add(histories int, causes map[cause]int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.histories += histories
	if y.causes == nil {
		y.causes = map[cause]int{}
	}
	for why, n := range causes {
		y.causes[why] += n
	}
}

// table returns what was lost, and why, with the most frequent causes first.
func (y *tally) table() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%d histories", y.histories)
	causes := slices.Collect(maps.Keys(y.causes))
	slices.SortFunc(causes, func(a, b cause) int { return y.causes[b] - y.causes[a] })
	for _, why := range causes {
		_, _ = fmt.Fprintf(&b, "\n%9d  %s", y.causes[why], why)
	}
	return b.String()
}

// share lets as many workers as there are processors do n jobs, each with a rig of
// its own. A job is false if no more are to follow.
func share(t *testing.T, n int, job func(t *testing.T, r *rig, i int) bool) {
	t.Helper()
	var next atomic.Int64
	begin := time.Now()
	t.Run("workers", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				r := newRig()
				for i := int(next.Add(1)) - 1; i < n && job(t, r, i); i = int(next.Add(1)) - 1 {
				}
			})
		}
	})
	t.Logf("%d jobs in %s", n, time.Since(begin).Round(100*time.Millisecond))
}

// S-160, S-175, F-31, F-34, F-42 to F-44: a few requests, in every order in which
// they can be sent, handled and answered.
func TestSimulateEveryOrder(t *testing.T) {
	t.Parallel()
	if history := os.Getenv("HISTORY"); history != "" {
		log, problem := retell(t, history)
		t.Log("\n" + strings.Join(log, "\n"))
		if problem != "" {
			t.Error(problem)
		}
		return
	}
	all := agenda(setting("OVERLAP", 2))
	var y tally
	share(t, len(all), func(t *testing.T, r *rig, i int) bool {
		e, begin := all[i], time.Now()
		problem := e.explore(t, r)
		if problem != "" {
			log, _ := retell(t, e.story())
			t.Errorf("%s\nHISTORY=%q go test ./middleware/httpauth -run SimulateEveryOrder -v\n%s", problem, e.story(), strings.Join(log, "\n"))
		}
		y.add(e.histories, e.causes)
		t.Logf("%s %d histories in %s", e.head(), e.histories, time.Since(begin).Round(time.Millisecond))
		return problem == ""
	})
	t.Log(y.table())
}

// F-31 to F-44, F-59, F-77: more requests, more instances, and faults.
func TestSimulateAtRandom(t *testing.T) {
	t.Parallel()
	if seed := setting("SEED", -1); seed >= 0 {
		w, problem := toss(t, newRig(), seed, true)
		t.Log("\n" + strings.Join(w.log, "\n"))
		if problem != "" {
			t.Error(problem)
		}
		return
	}
	var y tally
	share(t, setting("SEEDS", 300), func(t *testing.T, r *rig, i int) bool {
		w, problem := toss(t, r, i, false)
		if problem != "" {
			w, _ = toss(t, r, i, true)
			t.Errorf("%s\nSEED=%d go test ./middleware/httpauth -run SimulateAtRandom -v\n%s", problem, i, strings.Join(w.log, "\n"))
		}
		y.add(1, w.causes)
		if (i+1)%10000 == 0 {
			t.Logf("%d histories", i+1)
		}
		return problem == ""
	})
	t.Log(y.table())
}

// Each of these protections is worth something: without it the simulator finds a
// history in which something goes wrong that the kit promises.
func TestSimulateWithoutProtection(t *testing.T) {
	t.Parallel()
	for protection, want := range map[string]string{
		httpauth.ProtectionFlight:     "is spent twice in one place",
		httpauth.ProtectionSuccessors: "is spent twice in one place",
		httpauth.ProtectionTombstone:  "a session that was ended is back",
		httpauth.ProtectionGeneration: "older than what was there",
	} {
		t.Run(protection, func(t *testing.T) {
			t.Parallel()
			p := plan{instances: 1, pace: time.Millisecond, second: time.Second, off: protection}
			r := newRig()
			for _, requests := range choose(2, errandsAt(0, page, update, signOut)) {
				e := newExplorer(p, requests)
				if problem := e.explore(t, r); problem != "" {
					if !strings.Contains(problem, want) {
						t.Errorf("found something else: %s", problem)
					}
					t.Logf("%s: %s", problem, e.story())
					return
				}
			}
			t.Error("nothing goes wrong without it, or the simulator does not notice")
		})
	}
}

// The same seed is the same history.
func TestSimulateAgain(t *testing.T) {
	t.Parallel()
	r := newRig()
	for i := range 20 {
		one, _ := toss(t, r, i, true)
		two, _ := toss(t, r, i, true)
		if !slices.Equal(one.log, two.log) {
			t.Errorf("seed %d makes two histories", i)
		}
	}
}
