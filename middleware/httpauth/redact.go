package httpauth

import (
	"fmt"
	"io"
)

// fmt and slog print what a value holds, also in fields that are not exported, and
// there without the methods that redact it. So what holds the configuration, or a
// request with its cookies, says itself how it is printed.

// Format prints whose kit it is.
func (a *Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "auth of "+a.cfg.Audience) }

// Format prints where the person comes from.
func (e SignInEvent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sign-in at "+e.Provider) }

// Format prints why the callback is called.
func (e JWTEvent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "jwt "+string(e.Trigger)) }

// Format prints what the event is of.
func (e SessionEvent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session") }

// Format prints whose redirect it is.
func (e RedirectEvent) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "redirect at "+e.BaseURL)
}

// Format prints what has happened.
func (e SignedInEvent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "signed in") }

// Format prints what has happened.
func (e SignedOutEvent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "signed out") }

// Format prints the provider, and the error if there is one.
func (e RefreshEvent) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "refresh at "+e.Provider)
	if e.Err != nil {
		_, _ = io.WriteString(f, ": "+e.Err.Error())
	}
}

// Format prints kind and error.
func (e ErrorEvent) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, string(e.Kind))
	if e.Err != nil {
		_, _ = io.WriteString(f, ": "+e.Err.Error())
	}
}

// Format prints where the token goes.
func (b *bearer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "client at "+b.provider) }

// Format prints whose session it is. What it shows to the browser is its JSON form.
func (s Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session of "+s.User.ID) }
