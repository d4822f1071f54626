package providers

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sealedauth/auth/claims"
)

// Fields says where in a profile the user's fields are. Empty ones mean the standard
// claims of OpenID Connect Core section 5.1.
//
// A field is a path: the name of a member, or names with dots between them that lead
// through nested objects. In a list, a number picks an element, counted from 0, and
// [primary,verified] picks the first object of which these members are true. Several
// paths with spaces between them are joined by spaces, as first and last names are; a
// URL with paths in braces is filled in, escaped unless there is a + before the path.
// Alternatives have | between them: the first that is not empty counts.
//
//	Fields{ID: "data.id", Name: "first_name last_name|login", Email: "emails.[primary].address"}
//
// EmailVerified is the path to a member that is true if the provider has verified that
// the person controls the address.
type Fields struct{ ID, Name, Email, EmailVerified, Image string }

// user maps a profile.
func (c Config) user(profile claims.Profile) User {
	f := c.Fields
	first := func(field, standard string) string {
		if field == "" {
			field = standard
		}
		for alternative := range strings.SplitSeq(field, "|") {
			if s := compose(profile, alternative); s != "" {
				return s
			}
		}
		return ""
	}
	u := User{
		ID:    first(f.ID, "sub"),
		Name:  first(f.Name, "name|nickname|preferred_username"),
		Email: first(f.Email, "email"),
		Image: first(f.Image, "picture"),
	}
	verified := f.EmailVerified
	if verified == "" {
		verified = "email_verified"
	}
	u.EmailVerified = c.Dialect.VerifiedOnly && u.Email != "" || isTrue(profile, verified, c.Dialect.LooseTrue)
	return u
}

// compose returns the text of one alternative of a field.
func compose(o claims.Object, field string) string {
	if strings.Contains(field, "{") {
		s, _ := expand(field, func(path string) string { return textAt(o, path) })
		return s
	}
	var parts []string
	for path := range strings.FieldsSeq(field) {
		if s := textAt(o, path); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// textAt returns the text at the end of a path.
func textAt(o claims.Object, path string) string {
	before, last := cutLast(path)
	if holder, ok := objectAt(o, before); ok {
		return holder.Text(last)
	}
	return elementAt(o, before, last)
}

// isTrue reports whether a path leads to true.
func isTrue(o claims.Object, path string, loosely bool) bool {
	before, last := cutLast(path)
	holder, ok := objectAt(o, before)
	return ok && (holder.Bool(last) || loosely && slices.Contains([]string{"true", "1"}, holder.Text(last)))
}

// objectAt returns the object at the end of a path; the object itself if that is empty.
func objectAt(o claims.Object, path string) (claims.Object, bool) {
	for path != "" {
		name, rest, _ := strings.Cut(path, ".")
		inner, ok := o.Object(name)
		if !ok {
			var index string
			index, rest, _ = strings.Cut(rest, ".")
			if inner, ok = pick(o.Array(name), index); !ok {
				return claims.Object{}, false
			}
		}
		o, path = inner, rest
	}
	return o, true
}

// elementAt returns the text of which an index is the number in the list at the end of
// a path.
func elementAt(o claims.Object, path, index string) string {
	before, name := cutLast(path)
	holder, _ := objectAt(o, before)
	list, _ := holder.Strings(name)
	if raw, _ := holder.Raw(name); len(raw) == 0 || raw[0] != '[' { // a text alone is no list
		return ""
	}
	if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(list) {
		return list[i]
	}
	return ""
}

// pick returns the element of a list of objects that an index names.
func pick(list []claims.Object, index string) (claims.Object, bool) {
	if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(list) {
		return list[i], true
	}
	members, isChoice := strings.CutPrefix(strings.TrimSuffix(index, "]"), "[")
	for _, o := range list {
		all := isChoice
		for name := range strings.SplitSeq(members, ",") {
			all = all && o.Bool(name)
		}
		if all {
			return o, true
		}
	}
	return claims.Object{}, false
}

// cutLast splits a path before its last name.
func cutLast(path string) (before, last string) {
	switch i := strings.LastIndexByte(path, '.'); i {
	case -1:
		return "", path
	case 0:
		return ".", path[1:] // where nothing is
	default:
		return path[:i], path[i+1:]
	}
}
