package providertest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/providers/providertest"
)

// badlySigned are the malformations of which the signature, or the form, is what
// is wrong. All others have a good one, so that a test which only checks the
// signature does not pass them by.
var badlySigned = []string{
	"alg none", "alg nOnE", "signature missing", "signature of another payload", "HS256 with the public key",
	"foreign key under the known kid", "unknown kid", "key in the header", "JSON serialisation", "encrypted", "no token", "crit",
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for kind, all := range map[string][]providertest.Malformation{"ID tokens": providertest.Malformed(), "logout tokens": providertest.MalformedLogout()} {
		var names []string
		for _, m := range all {
			names = append(names, m.Name)
			p := newParty(t, providertest.Config{})
			good := p.op.LogoutToken(nil)
			if kind == "ID tokens" {
				answer, _ := p.signIn("app")
				good, _ = answer["id_token"].(string)
			}
			bad := m.Edit(p.op, good)
			if bad == "" || bad == good {
				t.Errorf("%s, %s: nothing is wrong with it", kind, m.Name)
			}
			if signed(p.op, bad) == slices.Contains(badlySigned, m.Name) {
				t.Errorf("%s, %s: the signature is not as expected", kind, m.Name)
			}
		}
		if len(all) < 30 || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(all) {
			t.Errorf("%s: %d, some perhaps twice: %q", kind, len(all), names)
		}
	}
}

// signed tells whether a token has a good signature.
func signed(op *providertest.Server, token string) bool {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return false
	}
	key := op.SigningKey()
	_, err = jws.Verify(key.Public())
	return err == nil
}

// A malformation that is applied meets every ID token from then on.
func TestMalformationApply(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	all := providertest.Malformed()
	i := slices.IndexFunc(all, func(m providertest.Malformation) bool { return m.Name == "encrypted" })
	all[i].Apply(p.op)
	_, first := p.redeem(p.code())
	_, second := p.refresh(first["refresh_token"])
	for _, answer := range []map[string]any{first, second} {
		if token, _ := answer["id_token"].(string); strings.Count(token, ".") != 4 || answer["access_token"] == nil {
			t.Error(answer)
		}
	}
}
