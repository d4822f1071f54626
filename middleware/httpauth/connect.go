package httpauth

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/token"
)

// Connect sends somebody who is signed in to another provider, to add their
// account there to the session: GitHub for somebody who signed in with Google.
// The account's access token is then at hand by [ClientFor], and is renewed like
// the first one. The browser comes back to target. Call it from a handler of the
// application that only the application's own pages can reach, such as a POST with
// a CSRF token.
//
// The SignIn callback is asked, with Token set, and the JWT callback gets
// TriggerConnect. To remove an account, take it out of Token.Connected with
// [Update].
func Connect(w http.ResponseWriter, r *http.Request, provider, target string) error {
	s := stateOf(r.Context())
	if s == nil {
		return ErrNotMounted
	}
	s.mu.Lock()
	session, failed := s.session, s.err
	s.mu.Unlock()
	if session == nil || failed != nil {
		return ErrNoSession
	}
	p, known := s.auth.providers[provider]
	if known && p.Info().FormPost { // its answer comes without the session's cookie
		return fmt.Errorf("auth: connect: provider %q answers by a cross-site POST, which does not show the session", provider)
	}
	if !known || p.Info().Protocol == providers.CredentialsProtocol {
		return fmt.Errorf("auth: connect: there is no provider %q to send anybody to", provider)
	}
	if s.auth.strict() {
		return errors.New("auth: connect: a session that is SameSite=Strict is not there when the browser comes back; set Config.SameSite to Lax")
	}
	v := &visit{Auth: s.auth, w: w, r: r, origin: s.origin}
	private(w.Header())
	// This request does not show the transactions that are under way, so this one
	// replaces the one before. Some providers take letters and digits only.
	where, err := v.depart(p, transaction{State: "connect" + provider + newID(), Target: v.target(target), Session: session.token.ID}, nil)
	if err != nil {
		return fmt.Errorf("auth: connect: %w", err)
	}
	v.redirect(where)
	return nil
}

// connected adds the account that somebody comes back with to the session that
// they left with.
func (v *visit) connected(id *providers.Identity, tx transaction) {
	s := &state{auth: v.Auth, request: v.r, header: v.w.Header(), origin: v.origin}
	if !s.open(time.Now()) || s.token.ID != tx.Session {
		v.fail(KindTransaction, codeExpired, errTransaction)
		return
	}
	ctx, base := v.r.Context(), s.token.Generation
	if decide := v.cfg.Callbacks.SignIn; decide != nil {
		e := &SignInEvent{Request: v.r, Provider: id.Account.Provider, User: &id.User, Account: &id.Account, Profile: id.Profile, Token: s.token}
		if err := decide(ctx, e); err != nil {
			v.refuse(err, e.RedirectTo)
			return
		}
	}
	if err := connect(s.token, id.Account); err != nil {
		v.fail(KindDenied, codeAccessDenied, err)
		return
	}
	if fill := v.cfg.Callbacks.JWT; fill != nil {
		e := &JWTEvent{Request: v.r, Trigger: TriggerConnect, Token: s.token, User: &id.User, Account: s.token.AccountAt(id.Account.Provider), Profile: id.Profile}
		if err := fill(ctx, e); err != nil {
			v.refuse(err, "")
			return
		}
	}
	advance(s.token, time.Now())
	err := s.save(base)
	for n := 0; errors.Is(err, ErrConcurrentUpdate) && n < maxOvertaken; n++ { // another request was faster
		newest, ok := v.generations.newer(&token.Token{Claims: s.token.Claims, Generation: base}, time.Now())
		if !ok {
			break
		}
		newest.Connected = s.token.Connected
		s.token, base = newest, newest.Generation
		advance(s.token, time.Now())
		err = s.save(base)
	}
	if err != nil {
		v.failSave(err)
		return
	}
	v.redirect(v.checkedTarget(tx))
}

// connect puts an account into the token, in place of one at the same provider.
// The account of the sign-in is only replaced by itself, with new tokens.
func connect(t *token.Token, a token.Account) error {
	if a.Provider == t.Account.Provider {
		if a.ID != t.Account.ID {
			return fmt.Errorf("%w: that is another account at the provider of the sign-in", claims.ErrUnmet)
		}
		if a.AuthTime.IsZero() { // that the provider does not say is no proof
			a.AuthTime = t.Account.AuthTime
		}
		t.Account = a
		return nil
	}
	a.IDToken, a.AuthTime = token.Secret{}, time.Time{} // only those of the sign-in are needed
	connected := []token.Account{a}
	for _, other := range t.Connected {
		if other.Provider != a.Provider {
			connected = append(connected, other)
		}
	}
	t.Connected = connected
	return nil
}
