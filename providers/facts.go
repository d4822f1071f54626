package providers

// Facts are what is known of a provider beyond how to talk to it, as far as its
// documentation says. They are for people, and for tests: nothing is decided by them.
type Facts struct {
	Docs    string // URL of the provider's documentation
	Console string // URL where applications are registered

	Refresh    Support // whether a sign-in brings a refresh token
	Rotation   Support // whether a refresh brings a new refresh token, and ends the old one
	Revocation Support // whether tokens can be revoked
	Logout     Support // whether the provider's own session can be ended

	Email   string // when User.EmailVerified is true, and what that is worth
	Subject string // what User.ID is, and whether other applications see the same
	Note    string // what else is odd
}

// Support says whether a provider does something: "yes", "no", "on request" (the preset
// asks for it, or its documentation comment says how to), "depends" (on how the application
// is registered, or on the provider's settings), "metadata" (if its metadata names an
// endpoint for it), or "" if the provider's documentation does not say.
type Support string

const (
	yes        Support = "yes"
	no         Support = "no"
	onRequest  Support = "on request"
	sometimes  Support = "depends"
	byMetadata Support = "metadata"
)
