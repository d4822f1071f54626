package providertest_test

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/providers/providertest"
)

// Refresh tokens rotate. One that is used twice takes its whole family with it,
// but no other sign-in of the same person.
func TestRotation(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	_, first := p.redeem(p.code())
	_, other := p.redeem(p.code())
	status, second := p.refresh(first["refresh_token"])
	want(t, status, second, 200, nil)
	if second["refresh_token"] == first["refresh_token"] || second["access_token"] == first["access_token"] || second["id_token"] == nil {
		t.Fatal(second)
	}
	status, third := p.refresh(second["refresh_token"])
	want(t, status, third, 200, nil)

	status, answer := p.refresh(first["refresh_token"])
	want(t, status, answer, 400, "invalid_grant")
	for _, family := range []map[string]any{second, third} {
		status, answer = p.refresh(family["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
		status, answer = p.userInfo(family["access_token"])
		want(t, status, answer, 401, "invalid_token")
	}
	status, answer = p.refresh(other["refresh_token"])
	want(t, status, answer, 200, nil)
}

func TestRefreshRequests(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret"}, {ID: "other", Secret: "x"}}})
	_, first := p.redeem(p.code())
	for name, tc := range map[string]struct {
		changes []string
		status  int
		code    any
	}{
		"unknown token":  {[]string{"refresh_token", "x"}, 400, "invalid_grant"},
		"no token":       {[]string{"refresh_token", ""}, 400, "invalid_grant"},
		"access token":   {[]string{"refresh_token", first["access_token"].(string)}, 400, "invalid_grant"},
		"another client": {[]string{"client_id", "other", "client_secret", "x"}, 400, "invalid_grant"},
		"wrong secret":   {[]string{"client_secret", "x"}, 401, "invalid_client"},
	} {
		status, answer := p.refresh(first["refresh_token"], tc.changes...)
		if status != tc.status || answer["error"] != tc.code {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	status, answer := p.refresh(first["refresh_token"]) // none of that has spent it
	want(t, status, answer, 200, nil)
}

func TestRefreshGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, providertest.Config{RefreshGrace: 10 * time.Second})
		_, first := p.redeem(p.code())
		status, second := p.refresh(first["refresh_token"])
		want(t, status, second, 200, nil)
		time.Sleep(10*time.Second - time.Millisecond)
		status, late := p.refresh(first["refresh_token"])
		want(t, status, late, 200, nil)
		if late["refresh_token"] == second["refresh_token"] {
			t.Fatal("the late one got the same token")
		}
		status, answer := p.refresh(late["refresh_token"]) // both lines go on
		want(t, status, answer, 200, nil)
		time.Sleep(time.Millisecond) // the grace counts from the first use
		status, answer = p.refresh(first["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
		status, answer = p.refresh(second["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
	})
}

func TestNoRotation(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{NoRotation: true})
	_, first := p.redeem(p.code())
	for range 3 {
		status, answer := p.refresh(first["refresh_token"])
		want(t, status, answer, 200, nil)
		if answer["refresh_token"] != nil || answer["access_token"] == first["access_token"] {
			t.Fatal(answer)
		}
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"access_token", "refresh_token"} {
		p := newParty(t, providertest.Config{Clients: []providertest.Client{{ID: "app", Secret: "secret"}, {ID: "other", Secret: "x"}}})
		_, tokens := p.redeem(p.code())
		revoke := func(id, secret string) (int, map[string]any) {
			return p.post("/revoke", url.Values{"token": {tokens[kind].(string)}, "client_id": {id}, "client_secret": {secret}})
		}
		status, answer := revoke("app", "wrong")
		want(t, status, answer, 401, "invalid_client")
		status, answer = revoke("other", "x") // 200, as RFC 7009 asks for, but nothing happens
		want(t, status, answer, 200, nil)
		if status, _ := p.userInfo(tokens["access_token"]); status != 200 {
			t.Fatal("another client's revocation counted")
		}
		status, answer = revoke("app", "secret")
		want(t, status, answer, 200, nil)
		status, answer = p.userInfo(tokens["access_token"])
		want(t, status, answer, 401, "invalid_token")
		status, answer = p.refresh(tokens["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
		status, answer = revoke("app", "secret") // again is fine
		want(t, status, answer, 200, nil)
	}
}

// What has become of refresh tokens is counted.
func TestReuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newParty(t, providertest.Config{RefreshGrace: time.Second})
		counts := func(reuses, refusals int) {
			t.Helper()
			if p.op.Reuses() != reuses || p.op.Refusals() != refusals {
				t.Fatalf("%d reuses, %d refusals, want %d and %d", p.op.Reuses(), p.op.Refusals(), reuses, refusals)
			}
		}
		_, first := p.redeem(p.code())
		_, second := p.refresh(first["refresh_token"])
		counts(0, 0)
		p.refresh(first["refresh_token"]) // within the grace
		counts(1, 0)
		p.refresh("unknown")
		counts(1, 1)
		time.Sleep(time.Second)
		p.refresh(first["refresh_token"])
		counts(2, 2)
		p.refresh(second["refresh_token"]) // its family has ended
		counts(2, 3)
		p.refresh("unknown", "client_secret", "wrong") // another error
		counts(2, 3)
	})
}

// An administrator takes an account away: all that it allowed anybody ends.
func TestRevokeUser(t *testing.T) {
	t.Parallel()
	p := newParty(t, providertest.Config{})
	_, first := p.redeem(p.code())
	_, second := p.redeem(p.code())
	p.op.RevokeUser("bob")
	if status, _ := p.userInfo(first["access_token"]); status != 200 {
		t.Fatal("somebody else's account")
	}
	p.op.RevokeUser("alice")
	for _, tokens := range []map[string]any{first, second} {
		status, answer := p.userInfo(tokens["access_token"])
		want(t, status, answer, 401, "invalid_token")
		status, answer = p.refresh(tokens["refresh_token"])
		want(t, status, answer, 400, "invalid_grant")
	}
	_, again := p.redeem(p.code()) // who may sign in again does
	if status, _ := p.userInfo(again["access_token"]); status != 200 {
		t.Error("signed in again for nothing")
	}
}
