// The command bench measures the kit's codec against its peers and against the limit
// of the standard library, and prints tables in Markdown: make bench in the root of
// the module.
//
// All contenders run in each round, one after the other, and the tables show the
// medians of the ratios within the rounds: a neighbour on the same machine then
// disturbs both sides of a ratio alike. Time is processor time of this process, with
// the garbage collection that a contender causes.
package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/oauth2-proxy/oauth2-proxy/v7/pkg/logger"
)

func main() {
	rounds := flag.Int("rounds", 14, "how often everything runs")
	slot := flag.Duration("slot", 50*time.Millisecond, "how long each contender runs in a round")
	node := flag.String("node", "", "folder of the server with @auth/express, to measure that too")
	role := flag.String("serve", "", "be the server that is measured; for internal use")
	flag.Parse()
	logger.SetOutput(io.Discard) // oauth2-proxy warns of large cookies
	logger.SetErrOutput(io.Discard)
	if err := run(*rounds, *slot, *node, *role); err != nil {
		slog.Error("bench", "error", err)
		os.Exit(1)
	}
}

func run(rounds int, slot time.Duration, node, role string) error {
	switch {
	case role != "":
		return serve(role)
	case node != "":
		t, err := loopback(node, rounds)
		if err != nil {
			return err
		}
		t.print(os.Stdout)
		return nil
	}
	fmt.Printf("%s, %s/%s; %d rounds of %v\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, rounds, slot)
	codecs, err := measureCodecs(rounds, slot)
	if err != nil {
		return err
	}
	requests, err := measureEcho(rounds, slot)
	if err != nil {
		return err
	}
	scaling, err := measureScaling(rounds, slot, 64<<20)
	if err != nil {
		return err
	}
	alone, err := measureScaling(rounds, slot, 0)
	if err != nil {
		return err
	}
	targets(codecs, requests, scaling, alone).print(os.Stdout)
	for _, t := range codecs.details() {
		t.print(os.Stdout)
	}
	requests.details("A request in Echo, in memory").print(os.Stdout)
	return nil
}
