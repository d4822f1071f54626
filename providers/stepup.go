package providers

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealedauth/auth/claims"
)

// The parameters of an authorization request that ask something of the sign-in
// itself (OpenID Connect Core section 3.1.2.1).
const (
	paramMaxAge = "max_age"
	paramACR    = "acr_values"
)

// demand is what an authorization request asked of the sign-in, whoever chose it:
// the ID token has to show that it was met.
type demand struct {
	maxAge  time.Duration // since the person last authenticated
	aged    bool          // maxAge counts
	classes []string      // of which the authentication has to be; empty means any
}

// demands reads what a request asks: of the configuration, unless the one sign-in
// asks for something else.
func (c Config) demands(asked url.Values) (demand, error) {
	var d demand
	value := func(name string) string {
		if values := asked[name]; len(values) == 1 {
			return values[0]
		}
		return c.Params.Get(name)
	}
	if text := value(paramMaxAge); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return d, errors.New("max_age is not a number of seconds")
		}
		d.maxAge, d.aged = time.Duration(seconds)*time.Second, true
	}
	d.classes = strings.Fields(value(paramACR))
	return d, nil
}

const needsOpenID = "need OpenID Connect, without which nobody can tell whether they were met; leave them out"

// isZero tells whether nothing was asked.
func (d demand) isZero() bool { return !d.aged && len(d.classes) == 0 }

// check looks whether an ID token shows what was asked for (OpenID Connect Core
// sections 3.1.3.7, points 12 and 13, and 5.5.1.1).
func (d demand) check(o claims.Object, id claims.Claims) error {
	now := time.Now()
	switch {
	case d.aged && id.AuthTime.IsZero():
		return errors.New("auth_time is missing, although max_age was asked for")
	case d.aged && id.AuthTime.After(now.Add(skew)):
		return errors.New("auth_time is in the future: a clock is wrong")
	case d.aged && now.Sub(id.AuthTime) > d.maxAge+skew:
		return errors.New("the person authenticated longer ago than max_age allows")
	case len(d.classes) > 0 && !slices.Contains(d.classes, o.String("acr")):
		return errors.New("acr is none of the acr_values that were asked for")
	}
	return nil
}

// sessionEnd returns when the provider wants sessions that come of this sign-in to have
// ended, whatever they are used for, or the zero time if it does not say (the claim
// session_expiry of the OpenID Foundation's interoperability profile for enterprises,
// IPSIE). It is false for what is not a time.
func sessionEnd(o claims.Object) (end time.Time, ok bool) {
	if _, present := o.Raw("session_expiry"); !present {
		return end, true
	}
	seconds, ok := o.Int("session_expiry")
	const latest = 253402300799 // in the year 9999
	if !ok || seconds <= 0 || seconds > latest {
		return end, false
	}
	return time.Unix(seconds, 0), true
}

// authTime returns when the person authenticated, as far as the provider says so. A
// clock that is ahead does not make it more recent than now.
func authTime(o claims.Object) time.Time {
	id, err := claims.Parse(o)
	if now := time.Now(); err == nil && id.AuthTime.After(now) {
		return now
	}
	return id.AuthTime
}
