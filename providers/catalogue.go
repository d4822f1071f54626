package providers

import (
	"os"
	"slices"
	"strings"
)

// preset makes a provider of the kit from what the environment says.
type preset struct {
	id   string
	make func(env environment) Provider
}

// environment is what AUTH_<ID>_* says of one provider.
type environment struct{ id, secret, issuer, prefix string }

// get returns a further variable, such as AUTH_APPLE_TEAM for TEAM.
func (e environment) get(name string) string { return os.Getenv(e.prefix + name) }

// presets lists what [FromEnv] knows and docs/providers.md shows, in the order of the
// ids. Each group stands beside its constructors.
func presets() []preset {
	all := slices.Concat(bigPresets(), platformPresets(), selfHostedPresets(), socialPresets(), regionalPresets(),
		mediaPresets(), workPresets(), developerPresets(), gamePresets())
	slices.SortFunc(all, func(a, b preset) int { return strings.Compare(a.id, b.id) })
	return all
}

// aliases lists the ids under which Auth.js has a preset a second time. Who has it there
// keeps the id, which is part of the callback URL and of sub.
func aliases() []preset {
	return []preset{
		{"azure-ad", func(e environment) Provider {
			return MicrosoftEntraID(e.id, e.secret, e.issuer, WithID("azure-ad", "Microsoft"))
		}},
	}
}

// bigPresets lists what has a file of its own.
func bigPresets() []preset {
	return []preset{
		{"apple", appleFromEnv},
		{"github", based(GitHub)},
		{"google", plain(Google)},
		{"microsoft-entra-id", tenant(MicrosoftEntraID)},
	}
}

// plain is a provider that there is one of.
func plain(constructor func(clientID, clientSecret string, options ...Option) Provider) func(environment) Provider {
	return func(e environment) Provider { return constructor(e.id, e.secret) }
}

// based is a provider that can also be self-hosted.
func based(constructor func(clientID, clientSecret string, options ...Option) Provider) func(environment) Provider {
	return func(e environment) Provider {
		if e.issuer == "" {
			return constructor(e.id, e.secret)
		}
		return constructor(e.id, e.secret, WithBaseURL(e.issuer))
	}
}

// tenant is a provider of which every customer has an own one, that the issuer names.
func tenant(constructor func(clientID, clientSecret, issuer string, options ...Option) Provider) func(environment) Provider {
	return func(e environment) Provider { return constructor(e.id, e.secret, e.issuer) }
}
