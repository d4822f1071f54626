package providers

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// FromEnv returns a provider for each AUTH_<ID>_ID in the environment, by the
// conventions of Auth.js: AUTH_GOOGLE_ID and AUTH_GOOGLE_SECRET make [Google];
// for providers that every customer has their own of, AUTH_<ID>_ISSUER names it.
// An id that no preset has is an OpenID provider of that name if it has an
// issuer. Providers come in the order of their ids.
//
// It is what a nil Config.Providers means. With the build tag authnopresets it knows no
// presets, and everything is an OpenID provider that has an issuer.
func FromEnv() ([]Provider, error) {
	var found []Provider
	var errs []error
	names := os.Environ()
	slices.Sort(names)
	for _, entry := range names {
		name, clientID, _ := strings.Cut(entry, "=")
		id, ok := idOf(name)
		if !ok || clientID == "" {
			continue
		}
		p, err := fromEnv(id, clientID)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found = append(found, p)
	}
	slices.SortFunc(found, func(a, b Provider) int { return strings.Compare(a.Info().ID, b.Info().ID) })
	return found, errors.Join(errs...)
}

// idOf returns the provider id in a variable's name, such as google in
// AUTH_GOOGLE_ID.
func idOf(name string) (string, bool) {
	name, ok := strings.CutPrefix(name, "AUTH_")
	name, isID := strings.CutSuffix(name, "_ID")
	return strings.ReplaceAll(strings.ToLower(name), "_", "-"), ok && isID && name != ""
}

func fromEnv(id, clientID string) (Provider, error) {
	e := environment{id: clientID, prefix: EnvPrefix(id)}
	e.secret, e.issuer = e.get("SECRET"), e.get("ISSUER")
	all := known()
	i := slices.IndexFunc(all, func(p preset) bool { return p.id == id })
	if i < 0 && e.issuer == "" {
		return nil, fmt.Errorf("%w: %sID names a provider without a preset; set %sISSUER to use it with OpenID Connect",
			ErrConfig, e.prefix, e.prefix)
	}
	if i < 0 {
		return OIDC(Config{ID: id, ClientID: clientID, ClientSecret: e.secret, Issuer: e.issuer}), nil
	}
	p := all[i].make(e)
	if needs, ok := p.(interface{ issuerExample() string }); ok && e.issuer == "" && needs.issuerExample() != "" {
		return nil, fmt.Errorf("%w: %sID is set but %sISSUER is not; set it to the provider's issuer, such as %s",
			ErrConfig, e.prefix, e.prefix, needs.issuerExample())
	}
	return p, nil
}

// issuerExample is what the issuer may look like, of a provider that every customer has
// an own one of.
func (c *client) issuerExample() string { return c.example }
