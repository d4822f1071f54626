package token_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/token"
)

// S-80l, S-179: what most sessions do not have travels with those that do, in every
// format, and takes no room in the others.
func TestS_80l_AccountInEveryFormat(t *testing.T) {
	bubble(t, func(t *testing.T) {
		codecs := map[string]*token.Codec{
			"native": codec(t, secretA), "authjs": shared(t, token.Members{}, secretA),
		}
		for name, c := range codecs {
			plain := newToken()
			plain.Generation = 1
			tok := plain.Clone()
			tok.Account.DPoPKey, tok.Account.AuthTime = token.NewSecret(strings.Repeat("k", 43)), time.Now().Add(-time.Hour)
			tok.Account.SessionEnds = time.Now().Add(time.Hour)
			tok.Connected = []token.Account{{Provider: "other", ID: "7", DPoPKey: token.NewSecret("second"), AuthTime: time.Unix(5, 0)}}
			got, err := c.Open(sealToken(t, c, tok))
			if err != nil || !got.Equal(tok) || !got.Account.DPoPKey.Equal(tok.Account.DPoPKey) || got.Account.AuthTime.Unix() != tok.Account.AuthTime.Unix() ||
				got.Account.SessionEnds.Unix() != tok.Account.SessionEnds.Unix() {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			if got, err := c.Open(sealToken(t, c, plain)); err != nil || !got.Account.DPoPKey.IsZero() || !got.Account.AuthTime.IsZero() || !got.Account.SessionEnds.IsZero() {
				t.Errorf("%s without: %+v, %v", name, got, err)
			}
			if strings.Contains(fmt.Sprintf("%+v %#v", tok, tok), "kkk") {
				t.Errorf("%s: the key is printed", name)
			}
		}
	})
}

// Accounts with different keys, or of another time, are not the same.
func TestAccountEqual(t *testing.T) {
	t.Parallel()
	a := token.Account{Provider: "op", ID: "1", DPoPKey: token.NewSecret("a"), AuthTime: time.Unix(5, 0)}
	b, c := a, a
	b.DPoPKey, c.AuthTime = token.NewSecret("b"), time.Unix(6, 0)
	if !a.Equal(a) || a.Equal(b) || a.Equal(c) {
		t.Error("accounts are confused")
	}
}

// When somebody authenticated is what the provider says, else when they signed in.
func TestS_179_Authenticated(t *testing.T) {
	t.Parallel()
	tok := &token.Token{}
	tok.AuthTime = time.Unix(100, 0)
	if !tok.Authenticated().Equal(time.Unix(100, 0)) {
		t.Error(tok.Authenticated())
	}
	tok.Account.AuthTime = time.Unix(50, 0)
	if !tok.Authenticated().Equal(time.Unix(50, 0)) {
		t.Error(tok.Authenticated())
	}
}
