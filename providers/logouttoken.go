package providers

import (
	"context"
	"errors"
	"time"

	"github.com/sealedauth/auth/claims"
)

// logoutEvent is the event that makes a token a logout token.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// VerifyLogout implements LogoutVerifier. Keys, algorithms and the strict reading
// are those of ID tokens.
func (p openID) VerifyLogout(ctx context.Context, logoutToken string) (LogoutNotice, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return LogoutNotice{}, err
	}
	o, _, err := p.verifySigned(ctx, m, opLogoutToken, logoutToken)
	if err != nil {
		return LogoutNotice{}, err
	}
	notice, err := p.checkLogout(o)
	if err != nil {
		return LogoutNotice{}, p.refusal(opLogoutToken, err.Error())
	}
	return notice, nil
}

// checkLogout checks what logout tokens alone have (OpenID Connect Back-Channel
// Logout 1.0 sections 2.4 and 2.6).
//
// The specification has asked for exp only since December 2023, so providers
// made before it, such as Keycloak 23.0.3 and Ory Hydra 2, leave it out. What they
// send is good for ten minutes, as it is with a later exp: refusing it would leave
// people signed in.
func (c *client) checkLogout(o claims.Object) (LogoutNotice, error) {
	fail := func(why string) (LogoutNotice, error) { return LogoutNotice{}, errors.New(why) }
	id, err := c.checkClaims(o)
	if err != nil {
		return LogoutNotice{}, err
	}
	now := time.Now()
	_, hasNonce := o.Raw("nonce")
	_, hasSID := o.Raw("sid")
	sid := o.String("sid")
	switch {
	case hasNonce: // so that no ID token passes, nor this as one
		return fail("it has a nonce, as only ID tokens have")
	case !isLogoutEvent(o):
		return fail("events is not that of a logout alone")
	case id.Subject == "" && sid == "":
		return fail("it names neither a person nor a session")
	case id.Subject != "" && !validSubject(id.Subject), hasSID && sid == "":
		return fail("sub or sid is not usable")
	case id.ID == "":
		return fail("jti is missing")
	case len(c.Tenants) > 0 && !c.isIssuer(o.String("iss")):
		return fail(otherIssuer)
	case id.IssuedAt.Before(now.Add(-maxAge)):
		return fail(tooOld)
	case !id.ExpiresAt.IsZero() && id.ExpiresAt.Before(now.Add(-skew)):
		return fail("it has expired, or a clock is wrong")
	}
	return LogoutNotice{Subject: id.Subject, SessionID: sid, ID: id.ID, IssuedAt: id.IssuedAt}, nil
}

// isLogoutEvent reports whether the events of a token are a logout and nothing
// else. What a provider adds to the event is not looked at.
func isLogoutEvent(o claims.Object) bool {
	events, _ := o.Object("events")
	_, logout := events.Object(logoutEvent)
	return logout && len(events.Names()) == 1
}
