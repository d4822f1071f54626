//go:build !race

package httpauth_test

import "time"

// slack is what a limit of time becomes on a machine that does other things too.
func slack(d time.Duration) time.Duration { return 2 * d }

const raceDetector = false
