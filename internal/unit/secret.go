package unit

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// mask is what a secret prints as.
const mask = "***"

// Secret is a password, token or key. Whatever formats, logs or encodes it gets
// "***"; only Reveal returns the value. It hides the value behind a pointer, so
// that even a printer that reaches into unexported fields shows an address.
// Compare with Equal, not with ==. The zero value is no secret.
type Secret struct{ value *string }

// NewSecret returns a secret with the given value; "" is no secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal returns the value, "" where there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal reports whether the value is candidate, in a time that depends on
// neither of them. No secret equals nothing, not even "".
func (s Secret) Equal(candidate string) bool {
	want, got := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(candidate))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && !s.IsZero()
}

// String returns "***", or "" where there is no secret.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return mask
}

// GoString returns what String returns, for %#v.
func (s Secret) GoString() string { return `unit.Secret("` + s.String() + `")` }

// MarshalText returns what String returns: a secret is never written back.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes text as the value, without space around it: a file that
// holds a secret mostly ends with a newline.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(strings.TrimSpace(string(text)))
	return nil
}
