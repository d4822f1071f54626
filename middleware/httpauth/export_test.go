package httpauth

import (
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sealedauth/auth/token"
)

// The protections that SwitchOff takes out, for tests that show what they are
// worth.
const (
	ProtectionFlight     = "flight"
	ProtectionSuccessors = "successor cache"
	ProtectionTombstone  = "tombstone"
	ProtectionGeneration = "generation"
)

// SwitchOff takes one protection out of an Auth, by replacing what it stands on.
func SwitchOff(a *Auth, protection string) {
	switch protection {
	case ProtectionFlight:
		a.refreshes.flight = everyone{}
	case ProtectionSuccessors:
		a.refreshes.known = newRecent[refreshKey, outcome](0)
	case ProtectionTombstone: // the browser does not send it anywhere
		a.tombstones.jar.Path = "/nowhere"
	case ProtectionGeneration:
		a.generations.recent = newRecent[string, *token.Token](0)
	}
}

// HasCookie is what tells requests with tombstones from all others.
func HasCookie(request http.Header, name string) bool { return hasCookie(request, name) }

// everyone is a flight that joins nobody.
type everyone struct{}

func (everyone) DoChan(_ string, fn func() (any, error)) <-chan singleflight.Result {
	result := make(chan singleflight.Result, 1)
	go func() {
		v, err := fn()
		result <- singleflight.Result{Val: v, Err: err}
	}()
	return result
}

// Flight is what joins those who ask for the same thing at the same time.
type Flight = flight

// WrapFlight puts something around the flight of an Auth, for tests that decide when
// each of those who wait goes on.
func WrapFlight(a *Auth, wrap func(Flight) Flight) { a.refreshes.flight = wrap(a.refreshes.flight) }

// Forget makes an Auth forget everything that it keeps in memory, so that a test
// can use it for one history after the other.
func Forget(a *Auth) {
	a.refreshes = newRefreshes(a.log, a.refreshes.shared, a.refreshes.await)
	a.generations = newGenerations(a.generations.foreign)
	a.notBefore = newRecent[string, time.Time](maxNotBefore)
}
