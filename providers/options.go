package providers

import (
	"crypto"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/sealedauth/auth/claims"
)

// Option changes the [Config] of a preset.
type Option interface{ apply(*Config) }

type optionFunc func(*Config)

func (f optionFunc) apply(c *Config) { f(c) }

// WithScopes asks for these scopes in addition to those of the preset.
func WithScopes(scopes ...string) Option {
	return optionFunc(func(c *Config) { c.further = append(slices.Clip(c.further), scopes...) })
}

// WithParam adds a parameter to the authorization request, in place of the
// preset's parameter of that name. An empty value leaves the parameter out.
func WithParam(name, value string) Option {
	return optionFunc(func(c *Config) {
		params := url.Values{}
		for k, v := range c.Params {
			params[k] = v
		}
		params.Set(name, value)
		if value == "" {
			params.Del(name)
		}
		c.Params = params
	})
}

// WithID gives the provider another id and name, so that two of a kind can stand
// beside each other.
func WithID(id, name string) Option {
	return optionFunc(func(c *Config) { c.ID, c.Name = id, name })
}

// WithBaseURL names a self-hosted server, for presets that say so.
func WithBaseURL(base string) Option {
	return optionFunc(func(c *Config) { c.base = strings.TrimSuffix(base, "/") })
}

// WithTenants lists the tenants that are let in, see [Config.Tenants].
func WithTenants(tenants ...string) Option {
	return optionFunc(func(c *Config) { c.Tenants = tenants })
}

// WithMetadata gives the provider's metadata, the JSON of its discovery
// document, so that it is not fetched.
func WithMetadata(document []byte) Option {
	return optionFunc(func(c *Config) {
		o, err := claims.ParseObject(document)
		c.document = &o
		c.err = errors.Join(c.err, err)
	})
}

// WithKeys gives the provider's keys, the JSON of its key set, so that they are
// not fetched. They then change only with the configuration.
func WithKeys(document []byte) Option {
	return optionFunc(func(c *Config) {
		o, err := claims.ParseObject(document)
		c.keys = parseKeys(o)
		if err == nil && len(c.keys) == 0 {
			err = errors.New("the key set has no usable key")
		}
		c.err = errors.Join(c.err, err)
	})
}

// WithDPoP binds the tokens to a key; see [Config.DPoP].
func WithDPoP() Option { return optionFunc(func(c *Config) { c.DPoP = true }) }

// WithResources names the APIs that access tokens are for; see [Config.Resources].
func WithResources(uris ...string) Option {
	return optionFunc(func(c *Config) { c.Resources = append(slices.Clip(c.Resources), uris...) })
}

// WithPush pushes authorization requests; see [Config.Push].
func WithPush() Option { return optionFunc(func(c *Config) { c.Push = true }) }

// WithClientKey lets the client prove itself by its key instead of a secret, which
// then is empty; see [Config.ClientKey]. The key id may be empty.
func WithClientKey(key crypto.Signer, keyID string) Option {
	return optionFunc(func(c *Config) {
		if key == nil { // it must not make a public client of it
			c.err = errors.Join(c.err, errors.New("WithClientKey is given no key"))
		}
		c.ClientKey, c.ClientKeyID = key, keyID
	})
}
