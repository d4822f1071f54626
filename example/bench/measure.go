package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/sealedauth/auth/example/bench/contender"
)

// job is something to be measured; op does it once, for one of the users.
type job struct {
	name string
	op   func(user int) error
}

// result is what was measured of a job.
type result struct {
	ns            []float64 // for one operation, in each round
	allocs, bytes float64   // of memory, for one operation
}

// results are those of several jobs, in their order.
type results struct {
	names []string
	of    map[string]*result
}

// interleave runs all jobs in each round, each for about the time of a slot, on one
// processor, so that a job pays for its garbage itself.
func interleave(jobs []job, rounds int, slot time.Duration) (*results, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	all := &results{of: map[string]*result{}}
	times := make([]int, len(jobs))
	for i, j := range jobs {
		once, err := timed(j, 4*contender.Users) // and warm
		if err != nil {
			return nil, fmt.Errorf("%s: %w", j.name, err)
		}
		times[i] = max(contender.Users, int(float64(slot)/once))
		r := new(result)
		r.allocs, r.bytes = allocations(j)
		all.names, all.of[j.name] = append(all.names, j.name), r
	}
	for round := range rounds {
		for i := range jobs {
			i = (i + round) % len(jobs) // not always after the same neighbour
			ns, err := timed(jobs[i], times[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", jobs[i].name, err)
			}
			r := all.of[jobs[i].name]
			r.ns = append(r.ns, ns)
		}
	}
	return all, nil
}

// timed returns the processor time of one operation in nanoseconds.
func timed(j job, times int) (float64, error) {
	start := processorTime()
	for i := range times {
		if err := j.op(i % contender.Users); err != nil {
			return 0, err
		}
	}
	return float64(processorTime()-start) / float64(times), nil
}

// allocations returns the pieces of memory and the bytes that an operation takes.
// What sync.Pool loses to a collection now and then is rounded away.
func allocations(j job) (pieces, bytes float64) {
	const times = 16 * contender.Users
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range times {
		_ = j.op(i % contender.Users)
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / times), float64((after.TotalAlloc - before.TotalAlloc) / times)
}

// ratio returns the median of what a takes in terms of b, round by round.
func (r *results) ratio(a, b string) float64 {
	x, y := r.of[a].ns, r.of[b].ns
	ratios := make([]float64, len(x))
	for i := range x {
		ratios[i] = x[i] / y[i]
	}
	return median(ratios)
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
