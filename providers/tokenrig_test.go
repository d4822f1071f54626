package providers_test

import (
	"testing"
	"testing/synctest"

	"github.com/sealedauth/auth/providers"
)

const (
	otherIssuer   = "it is of another issuer"
	otherClient   = "it is for another client"
	unreadable    = "its claims have wrong types"
	badSubject    = "sub is missing or not 1 to 255 ASCII characters"
	wrongType     = "has the wrong type"
	expired       = "it has expired"
	wrongAZP      = "it was issued for another client (azp)"
	wrongNonce    = "nonce is not the one of this sign-in"
	wrongCodeHash = "c_hash is not of the code"
	wrongHash     = "at_hash is not of the access token"
	lookAlike     = "differs from a registered one only in its case"
	noKey         = "no key verifies the signature"
	notSigned     = "it is not a JWS signed with an allowed algorithm"
	anyReason     = "\x00any" // several checks refuse it
)

// members are claims to set in an ID token; nil removes one.
type members map[string]any

// claimCase changes the claims of an ID token. Without a reason the token is
// still a good one.
type claimCase struct {
	name string
	set  members
	why  string
}

// tokenRig is a rig whose ID tokens leave out the name, so that every good one
// is followed by a user-info request.
func tokenRig(t testing.TB, edits ...func(*setup)) *rig {
	r := newRig(t, edits...)
	r.op.EditIDToken = func(claims map[string]any) { delete(claims, "name") }
	return r
}

// checkSignIn signs in. A refused ID token gives no identity, and no request
// with its access token follows.
func checkSignIn(t testing.TB, r *rig, why string) {
	t.Helper()
	checkExchange(t, r, r.callback(newRequest()), why)
}

func checkExchange(t testing.TB, r *rig, cb providers.Callback, why string) {
	t.Helper()
	before := len(r.to("/userinfo"))
	id, err := r.exchange(cb)
	asked := len(r.to("/userinfo")) - before
	if why != "" {
		if why == anyReason {
			why = ""
		}
		refused(t, id, err, providers.ErrIDToken, why)
		if asked != 0 {
			t.Fatal("user info was asked for after a bad ID token")
		}
		return
	}
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	if id.User.ID == "" || asked != 1 {
		t.Fatalf("user %+v after %d user-info requests", id.User, asked)
	}
}

// runClaims runs each case on its own virtual clock, which stands still.
func runClaims(t *testing.T, cases []claimCase) {
	t.Helper()
	t.Parallel()
	for _, tc := range append(cases, claimCase{name: "nothing changed"}) {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := tokenRig(t)
				leaveOut := r.op.EditIDToken
				r.op.EditIDToken = func(claims map[string]any) {
					leaveOut(claims)
					for name, value := range tc.set {
						if claims[name] = value; value == nil {
							delete(claims, name)
						}
						if value == null {
							claims[name] = nil
						}
					}
				}
				checkSignIn(t, r, tc.why)
			})
		})
	}
}

// null stands for the JSON null, since nil removes a claim.
const null = "\x00null"
