//go:build race

package httpauth_test

import "time"

// slack is what a limit of time becomes where the race detector is at work, which
// makes everything ten times as slow.
func slack(d time.Duration) time.Duration { return 20 * d }

const raceDetector = true
