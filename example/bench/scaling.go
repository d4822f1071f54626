package main

import (
	"runtime"
	"sync"
	"time"

	"github.com/sealedauth/auth/example/bench/contender"
)

// measureScaling returns how many times as many decodes two goroutines get done as
// one, on two processors. This is time on the wall, so the machine has to have two
// that are free.
//
// An empty program collects its garbage every four megabytes, some thousand sessions,
// which two goroutines mostly wait for. So this is measured beside a heap of some
// size, as servers have one.
func measureScaling(rounds int, slot time.Duration, heap int) ([3]float64, error) {
	ballast := make([]byte, heap)
	defer runtime.KeepAlive(ballast)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	all, err := contender.All()
	if err != nil {
		return [3]float64{}, err
	}
	var kit contender.Contender
	for _, c := range all {
		if c.Name == contender.Kit {
			kit = c
		}
	}
	var found [3]float64
	for i, size := range contender.Sizes() {
		sessions, err := contender.Sessions(size)
		if err != nil {
			return found, err
		}
		p, err := contender.Prepare(kit.Codec, sessions)
		if err != nil {
			return found, err
		}
		var ratios []float64
		for range rounds {
			one := throughput(1, slot, kit, p)
			ratios = append(ratios, throughput(2, slot, kit, p)/one)
		}
		found[i] = median(ratios)
	}
	return found, nil
}

// throughput returns the decodes in a second.
func throughput(goroutines int, slot time.Duration, c contender.Contender, p *contender.Prepared) float64 {
	runtime.GOMAXPROCS(goroutines)
	done := make([]int, goroutines)
	start := time.Now()
	var wait sync.WaitGroup
	for g := range goroutines {
		wait.Go(func() {
			n := 0
			for ; time.Since(start) < slot; n += contender.Users {
				for _, r := range p.Requests {
					_, _ = c.Decode(r) // which was tried before
				}
			}
			done[g] = n
		})
	}
	wait.Wait()
	total := 0
	for _, n := range done {
		total += n
	}
	return float64(total) / time.Since(start).Seconds()
}
