// Package claims holds what a token says about a person: the registered claims
// of RFC 7519, the profile, and the claims that an application adds.
//
// An application declares each of its claims once, with its type:
//
//	var Role = claims.NewKey[string]("role")
//
// and then writes it with Role.Set, reads it with Role.Get and guards routes
// with the rule Role.Is("admin"). Several claims at once come out as a struct
// with [As].
//
// Everything read here is read strictly, because claims decide who gets in.
// Member names match exactly (encoding/json would let "SUB" overrule "sub"), a
// name that stands twice in one object is refused, integers keep every digit,
// and depth and size are bounded. See [ParseObject].
package claims
