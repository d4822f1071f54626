package httpauth_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/token"
)

// Histories in which the simulator has found a bug.
func TestSimulateWhatWasFound(t *testing.T) {
	t.Parallel()
	for what, history := range map[string]string{
		"two changes in one millisecond, that looked alike, counted as one": "1/false/0s/0s/false/false update@0 update@0 : S0 S1 B0 B1 F0 F1 A0 A1",
		"a change and a refresh in one millisecond were taken for the same": "1/false/0s/0s/false/false update@0 page@0 : S0 B0 T S1 B1 P1@0 F0 R1 A0 A1",
		"the tombstone of a sign-in overwrote that of a later sign-out":     "1/false/0s/1ms/false/false sign-in@0 sign-in@0 update@0 sign-out@0 : S0 S1 A1 S2 B2 S3 B3 A3 A0 F2 A2",
	} {
		log, problem := retell(t, history)
		if problem != "" {
			t.Errorf("%s: %s", what, problem)
		}
		if len(log) == 0 {
			t.Errorf("%s: nothing happens", what)
		}
	}
}

// The first of them with changes from a handler, which are tried again.
func TestUpdatesOfOneMillisecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		gate := make(chan struct{})
		a.mux.HandleFunc("/more", func(_ http.ResponseWriter, r *http.Request) {
			err := httpauth.Update(r.Context(), func(tok *token.Token) error {
				n, _ := count.Get(tok)
				count.Set(tok, n+1)
				<-gate
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		b := a.browser()
		b.signIn("alice")
		time.Sleep(time.Second)
		var done sync.WaitGroup
		for range 2 {
			done.Go(func() { b.get("/more") })
		}
		synctest.Wait() // each has seen the session without the other's change
		close(gate)
		done.Wait()
		last := opened(t, b.get("/more"))
		if n, _ := count.Get(last); n != 3 {
			t.Errorf("3 changes make %d", n)
		}
	})
}
