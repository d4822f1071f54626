package providers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// CredentialsProtocol is the protocol of a provider that checks what a person types in.
const CredentialsProtocol Protocol = "credentials"

// Authorizer is a provider that decides by what a person types into a form, such
// as a name and a password, rather than by sending them elsewhere.
type Authorizer interface {
	// Fields returns what the built-in sign-in page asks for.
	Fields() []Field

	// Authorize returns who that is. An error that matches [ErrCredentials]
	// tells that what was typed is wrong; any other, that it could not be
	// checked.
	Authorize(ctx context.Context, s Submission) (*Identity, error)
}

// Field is an input of the built-in sign-in page.
type Field struct {
	Name         string // of the form field
	Label        string // for people; Name if empty
	Type         string // text, email, tel, number or password; text if empty
	Placeholder  string
	Autocomplete string // such as username or current-password, for password managers
}

// Submission is what a person typed in. It prints as the names of its fields
// only.
type Submission struct {
	Values  url.Values    `json:"-"` // each field once, without those of the protocol
	Request *http.Request `json:"-"`
}

// Get returns a field, or "".
func (s Submission) Get(name string) string { return s.Values.Get(name) }

// Format prints the names of the fields, whatever the verb.
func (s Submission) Format(f fmt.State, _ rune) {
	names := slices.Sorted(maps.Keys(s.Values))
	_, _ = io.WriteString(f, "submission ["+strings.Join(names, " ")+"]")
}

// ErrCredentials tells that what a person typed in is wrong. Which part of it is
// not said, so that nobody can find out which accounts exist.
var ErrCredentials = errors.New("credentials are not valid")

// CredentialsError is an [ErrCredentials] with a code for the application's own
// sign-in page, such as "second_factor_required". The browser sees it.
type CredentialsError struct{ Code string }

// Error returns the code.
func (e *CredentialsError) Error() string { return ErrCredentials.Error() + ": " + e.Code }

// Unwrap returns [ErrCredentials].
func (e *CredentialsError) Unwrap() error { return ErrCredentials }

// CredentialsConfig describes a provider that checks credentials.
type CredentialsConfig struct {
	ID     string  // in URLs; "credentials" if empty
	Name   string  // for people; "Credentials" if empty
	Fields []Field // of the built-in page; user name and password if nil
	Style  Style   // of the button

	// Authorize returns who typed that in: User.ID is required. What else the
	// application wants to find in its callbacks goes into Profile, and tokens for
	// an API of its own into Account. Anything but an identity refuses the person.
	//
	// The kit does not limit how often somebody may try; the application, or
	// something before it, has to.
	Authorize func(ctx context.Context, s Submission) (*Identity, error)
}

// Credentials returns a provider that checks credentials with the
// application's own function.
func Credentials(c CredentialsConfig) Provider {
	if c.ID == "" {
		c.ID = "credentials"
	}
	if c.Name == "" {
		c.Name = "Credentials"
	}
	if c.Fields == nil {
		c.Fields = []Field{
			{Name: "username", Label: "User name", Autocomplete: "username"},
			{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password"},
		}
	}
	return &credentials{c}
}

type credentials struct{ config CredentialsConfig }

// Info implements Provider.
func (c *credentials) Info() Info {
	return Info{ID: c.config.ID, Name: c.config.Name, Protocol: CredentialsProtocol, Style: c.config.Style}
}

// Fields implements Authorizer.
func (c *credentials) Fields() []Field { return c.config.Fields }

// Check implements Checker.
func (c *credentials) Check() error {
	problem := func(format string, args ...any) error {
		return &Error{Provider: c.config.ID, Op: opConfig, Kind: ErrConfig, Detail: fmt.Sprintf(format, args...)}
	}
	var errs []error
	if c.config.Authorize == nil {
		errs = append(errs, problem("Authorize is nil; set it to the function that checks the credentials"))
	}
	for i, f := range c.config.Fields {
		if slices.ContainsFunc(c.config.Fields[:i], func(earlier Field) bool { return earlier.Name == f.Name }) {
			errs = append(errs, problem("field %q is there twice; give one another name", f.Name))
		}
		switch f.Type {
		case "", "text", "email", "tel", "number", "password":
		default:
			errs = append(errs, problem("field %q has the type %q; it has to be text, email, tel, number or password", f.Name, f.Type))
		}
		if !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`).MatchString(f.Name) || protocolField(f.Name) {
			errs = append(errs, problem("field %q has a name that a form of the kit cannot have", f.Name))
		}
	}
	return errors.Join(errs...)
}

// Authorize implements Authorizer.
func (c *credentials) Authorize(ctx context.Context, s Submission) (*Identity, error) {
	own := url.Values{}
	for name, values := range s.Values {
		if len(values) == 1 && !protocolField(name) {
			own[name] = values
		}
	}
	s.Values = own
	id, err := c.config.Authorize(ctx, s)
	switch {
	case err != nil:
		return nil, err
	case id == nil:
		return nil, ErrCredentials
	}
	return id, nil
}

// protocolField tells whether a form field is one of Auth.js clients themselves.
func protocolField(name string) bool {
	return name == "csrfToken" || name == "callbackUrl" || name == "json" || name == "redirect" || name == "redirectTo"
}

// AuthCodeURL implements Provider: there is nowhere to send anybody.
func (c *credentials) AuthCodeURL(context.Context, AuthRequest) (string, error) {
	return "", fmt.Errorf("providers: %s: authorization: %w", c.config.ID, errors.ErrUnsupported)
}

// Exchange implements Provider: nobody comes back with an answer.
func (c *credentials) Exchange(context.Context, Callback) (*Identity, error) {
	return nil, fmt.Errorf("providers: %s: callback: %w", c.config.ID, errors.ErrUnsupported)
}
