package providers_test

import (
	"crypto/ecdsa"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers"
)

// virtual runs a test on virtual time.
func virtual(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

// direct answers every code with an ID token that f makes of a good payload, and
// returns a function that signs in without the detour through the browser.
func (r *rig) direct(f func(payload []byte) string) func() (*providers.Identity, error) {
	r.answers["token"] = func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now()
		payload := toJSON(members{
			"iss": issuer, "aud": "app", "sub": "alice", "nonce": "the-nonce", "name": "Alice", "email": "alice@example.com",
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		})
		replyJSON(toJSON(members{"access_token": "at-1", "token_type": "Bearer", "id_token": f([]byte(payload))}))(w, nil)
	}
	cb := goodCallback()
	cb.Params.Set("iss", issuer)
	return func() (*providers.Identity, error) { return r.exchange(cb) }
}

// signWith signs with a key of the server, whether it is still in its key set or
// not.
func signWith(key *ecdsa.PrivateKey, kid string) func([]byte) string {
	return func(payload []byte) string { return compact(header("ES256", kid), payload, "ES256", key) }
}

// current returns the server's signing key.
func (r *rig) current() (*ecdsa.PrivateKey, string) {
	key := r.op.SigningKey()
	return key.Key.(*ecdsa.PrivateKey), key.KeyID
}

// A flood of ID tokens that name an unknown key costs one fetch in thirty
// seconds, on top of the first one.
func TestS_21_UnknownKeyFlood(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.mustSignIn()
		key, _ := r.current()
		n := 0
		signIn := r.direct(func(payload []byte) string { n++; return signWith(key, fmt.Sprint("unknown-", n))(payload) })
		for i, want := range []int{2, 2, 2, 3, 3, 3, 4} { // fetches after each ten seconds
			flood := 100
			if i == 0 {
				flood = 1000
			}
			for range flood {
				id, err := signIn()
				refused(t, id, err, providers.ErrIDToken, noKey)
				time.Sleep(10 * time.Second / time.Duration(flood))
			}
			if got := r.op.Count("keys"); got != want {
				t.Fatalf("%d fetches after %d s, want %d", got, 10*(i+1), want)
			}
		}
	})
}

// A flood of bad signatures under a key that is known costs none.
func TestS_21_BadSignatureFlood(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.mustSignIn()
		key, kid := r.current()
		bad := signWith(key, kid)([]byte("{}"))
		signIn := r.direct(func(payload []byte) string {
			good := signWith(key, kid)(payload)
			return good[:strings.LastIndexByte(good, '.')] + bad[strings.LastIndexByte(bad, '.'):]
		})
		for range 1000 {
			id, err := signIn()
			refused(t, id, err, providers.ErrIDToken, noKey)
			time.Sleep(10 * time.Millisecond)
		}
		if got := r.op.Count("keys"); got != 1 {
			t.Fatalf("%d fetches, want only the first", got)
		}
	})
}

// A key that the provider removed stops working when the key set is due to be
// fetched anew: after max-age, which counts between five minutes and a day.
func TestS_22_RemovedKey(t *testing.T) {
	t.Parallel()
	for cacheControl, until := range map[string]time.Duration{
		"":                               time.Hour,
		"no-store":                       time.Hour,
		"max-age=x":                      time.Hour,
		"public, max-age=7200":           2 * time.Hour,
		"max-age=0":                      5 * time.Minute,
		"max-age=10, must-revalidate":    5 * time.Minute,
		"max-age=31536000":               24 * time.Hour,
		"stale-if-error=9, max-age=1200": 20 * time.Minute,
	} {
		t.Run(cacheControl, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				r := newRig(t)
				setHeader := func(w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Cache-Control", cacheControl)
					return false
				}
				r.op.Intercept = intercept(r.op.Intercept, "keys", setHeader)
				key, kid := r.current()
				signIn := r.direct(signWith(key, kid))
				if _, err := signIn(); err != nil {
					t.Fatal(err)
				}
				r.op.RotateKey()
				r.op.DropOldKeys()
				time.Sleep(until - time.Second)
				if _, err := signIn(); err != nil {
					t.Fatalf("a second before: %v", err)
				}
				time.Sleep(time.Second)
				id, err := signIn()
				refused(t, id, err, providers.ErrIDToken, noKey)
			})
		})
	}
}

// intercept puts a handler before those of a server, for one endpoint.
func intercept(next func(string, http.ResponseWriter, *http.Request) bool, endpoint string, f func(http.ResponseWriter, *http.Request) bool) func(string, http.ResponseWriter, *http.Request) bool {
	return func(name string, w http.ResponseWriter, req *http.Request) bool {
		return name == endpoint && f(w, req) || next(name, w, req)
	}
}

// While the endpoint is down, or serves nonsense, the keys that are known serve
// for a day, and not longer.
func TestS_22_EndpointDown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		down http.HandlerFunc
		kind error
	}{
		"500":         {reply(500, "text/plain", "down"), providers.ErrUnavailable},
		"empty set":   {replyJSON(`{"keys":[]}`), providers.ErrResponse},
		"not JSON":    {reply(200, "text/html", "<html>"), providers.ErrResponse},
		"redirection": {reply(302, "", ""), providers.ErrResponse},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				r := newRig(t)
				key, kid := r.current()
				signIn := r.direct(signWith(key, kid))
				if _, err := signIn(); err != nil {
					t.Fatal(err)
				}
				r.answers["keys"] = tc.down
				for _, wait := range []time.Duration{2 * time.Hour, 10 * time.Hour, 12*time.Hour - time.Second} {
					time.Sleep(wait)
					if _, err := signIn(); err != nil {
						t.Fatalf("after another %v: %v", wait, err)
					}
				}
				time.Sleep(time.Second)
				id, err := signIn()
				refused(t, id, err, tc.kind, "keys")
				delete(r.answers, "keys")
				time.Sleep(5 * time.Second) // the rest after a failure
				if _, err := signIn(); err != nil {
					t.Fatalf("after recovery: %v", err)
				}
			})
		})
	}
}

// The metadata serves on, too, when the provider breaks it later.
func TestMetadataStale(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(map[string]any){
		"other issuer":  func(d map[string]any) { d["issuer"] = "https://evil.example" },
		"http endpoint": func(d map[string]any) { d["token_endpoint"] = "http://op.example.com/token" },
		"no keys":       func(d map[string]any) { delete(d, "jwks_uri") },
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				r := newRig(t)
				r.mustSignIn()
				r.op.EditMetadata = edit
				time.Sleep(24*time.Hour - time.Second)
				r.mustSignIn()
				time.Sleep(time.Second)
				id, err := r.exchange(goodCallback())
				refused(t, id, err, providers.ErrResponse, "discovery")
				if n := len(r.to("/token")); n != 2 {
					t.Fatalf("%d token requests", n)
				}
			})
		})
	}
}

// A new key works at once, for whoever comes first.
func TestS_23_Rotation(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.mustSignIn()
		for i := range 3 {
			r.op.RotateKey()
			r.mustSignIn()
			r.op.DropOldKeys()
			r.mustSignIn()
			if got := r.op.Count("keys"); got != i+2 {
				t.Fatalf("%d fetches after %d rotations", got, i+1)
			}
			time.Sleep(30 * time.Second)
		}
	})
}

// The provider rotates between the sign-in and its token, with the old key gone.
func TestS_23_RotationJustBeforeSigning(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.mustSignIn()
		r.rotateAtToken()
		r.mustSignIn()
		if got := r.op.Count("keys"); got != 2 {
			t.Fatalf("%d fetches", got)
		}
	})
}

// Many come with the new key before it is known. They wait for the one fetch; a
// rest between fetches does not turn them away.
func TestS_23_ManyAtARotation(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.mustSignIn()
		r.op.RotateKey()
		g := gate{"/keys", r.next, make(chan struct{})}
		r.next = g
		var all sync.WaitGroup
		errs := make([]error, 50)
		for i := range errs {
			cb := r.callback(newRequest())
			all.Go(func() { _, errs[i] = r.exchange(cb) })
			synctest.Wait()
		}
		close(g.open)
		all.Wait()
		for i, err := range errs {
			if err != nil {
				t.Fatalf("number %d: %v", i, err)
			}
		}
		if n := len(r.to("/keys")); n != 2 {
			t.Fatalf("%d fetches", n)
		}
	})
}

// If the new key cannot be fetched, nobody knows whether the token is good: that
// passes, and must not look like a forged token, which would end a session.
func TestS_23_RotationWhileDown(t *testing.T) {
	virtual(t, func(t *testing.T) {
		r := newRig(t)
		r.mustSignIn()
		r.op.RotateKey()
		r.answers["keys"] = reply(503, "text/plain", "down")
		for range 2 { // the second is inside the rest
			id, err := r.signIn()
			refused(t, id, err, providers.ErrUnavailable, "keys")
		}
		if got := r.op.Count("keys"); got != 2 {
			t.Fatalf("%d fetches", got)
		}
		delete(r.answers, "keys")
		time.Sleep(30 * time.Second)
		r.mustSignIn()
	})
}
