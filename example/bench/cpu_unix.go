//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime returns how long this process has used processors. Other processes do
// not count, so a busy machine disturbs the result less than the time on the wall.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
