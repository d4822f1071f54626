package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnmet is matched by the error of a rule that does not let someone through.
var ErrUnmet = errors.New("claims: rule not met")

// Rule decides whether the holder of claims gets through: nil means yes. The
// error is for the log; what the person is told does not depend on it.
// Applications may write their own:
//
//	func(h claims.Holder) error {
//		if strings.HasSuffix(h.Payload().Email, "@example.com") { return nil }
//		return claims.ErrUnmet
//	}
type Rule func(h Holder) error

// unmet names the claim, never its value.
func unmet(claim string) error { return fmt.Errorf("%w: claim %q", ErrUnmet, claim) }

// All is the rule that every one of these rules is met. Without rules it is
// met.
func All(rules ...Rule) Rule {
	return func(h Holder) error {
		for _, rule := range rules {
			if err := rule(h); err != nil {
				return err
			}
		}
		return nil
	}
}

// Any is the rule that at least one of these rules is met. Without rules it is
// not met.
func Any(rules ...Rule) Rule {
	return func(h Holder) error {
		errs := make([]error, 0, len(rules)+1)
		for _, rule := range rules {
			err := rule(h)
			if err == nil {
				return nil
			}
			errs = append(errs, err)
		}
		return errors.Join(append(errs, ErrUnmet)...)
	}
}

// Contains is the rule that a claim which is a list, such as roles or groups,
// holds every one of these values. Without values it is not met, so that an
// empty list from a configuration does not open a door; for one value of several
// use [Any].
func Contains[E comparable](k Key[[]E], values ...E) Rule {
	return func(h Holder) error {
		list, ok := k.Get(h)
		if !ok || len(values) == 0 {
			return unmet(k.name)
		}
		for _, v := range values {
			if !slices.Contains(list, v) {
				return unmet(k.name)
			}
		}
		return nil
	}
}

// HasScope is the rule that every one of these OAuth scopes was granted. A
// holder with a method Scopes() []string is asked for the scopes of its access
// token; other holders by their claim "scope" (RFC 8693 section 4.2), which
// separates scopes by spaces. Without scopes the rule is not met.
func HasScope(scopes ...string) Rule {
	return func(h Holder) error {
		granted := scopesOf(h)
		if len(scopes) == 0 {
			return unmet("scope")
		}
		for _, s := range scopes {
			if !slices.Contains(granted, s) {
				return unmet("scope")
			}
		}
		return nil
	}
}

func scopesOf(h Holder) []string {
	if s, ok := h.(interface{ Scopes() []string }); ok {
		return s.Scopes()
	}
	scope, _ := NewKey[string]("scope").Get(h)
	return strings.Fields(scope)
}

// HasAudience is the rule that the token is meant for at least one of these
// audiences (aud, RFC 7519 section 4.1.3). Without audiences it is not met.
func HasAudience(audiences ...string) Rule {
	return func(h Holder) error {
		c := h.Payload()
		if c != nil && slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(c.Audience, a) }) {
			return nil
		}
		return unmet("aud")
	}
}
