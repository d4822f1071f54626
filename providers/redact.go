package providers

import (
	"fmt"
	"io"
	"log/slog"
)

// What goes to a provider and comes back from it holds secrets that are plain text,
// since they are parameters of URLs: the state, the nonce, the verifier and the code.
// A provider of the application's own may want to log what it was called with, so
// none of these types prints them, whatever the verb, nor as JSON, nor to a slog
// handler.

const hidden = "[redacted]"

// Format prints where the answer is to go.
func (r AuthRequest) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "authorization request for "+r.RedirectURL)
}

// LogValue returns what Format prints.
func (r AuthRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// MarshalJSON returns nothing of it.
func (r AuthRequest) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// Format prints where the answer has come to.
func (c Callback) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "callback at "+c.RedirectURL)
}

// LogValue returns what Format prints.
func (c Callback) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalJSON returns nothing of it.
func (c Callback) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// Format prints where the browser comes back to.
func (l Logout) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "logout request for "+l.RedirectURL)
}

// LogValue returns what Format prints.
func (l Logout) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(l)) }

// MarshalJSON returns nothing of it.
func (l Logout) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
