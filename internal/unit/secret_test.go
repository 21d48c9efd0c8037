package unit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const sample = "correct horse"

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	type wrapped struct {
		Public Secret
		inner  Secret
	}
	s := NewSecret(sample)
	w := wrapped{Public: s, inner: s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{s, &s, w, &w, []Secret{s}, map[string]Secret{"k": s}} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "horse") || strings.Contains(got, fmt.Sprintf("%x", "horse")) {
				t.Errorf("%s of a %T prints %s", verb, value, got)
			}
		}
	}
	data, err := json.Marshal(w)
	if err != nil || string(data) != `{"Public":"***"}` {
		t.Errorf("as JSON it is %s, %v", data, err)
	}
}

func TestSecretReveals(t *testing.T) {
	t.Parallel()
	var s Secret
	if err := s.UnmarshalText([]byte(sample + "\n")); err != nil {
		t.Fatal(err)
	}
	if got := s.Reveal(); got != sample {
		t.Errorf("Reveal returns %q, want %q", got, sample)
	}
	if s.IsZero() || !s.Equal(sample) || s.Equal("wrong") || s.Equal("") {
		t.Error("a set secret equals its value only")
	}
}

func TestSecretZero(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]Secret{"zero value": {}, "of nothing": NewSecret("")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !s.IsZero() || s.String() != "" || s.Reveal() != "" || s.Equal("") {
				t.Errorf("no secret shows as %q and equals the empty string: %v", s, s.Equal(""))
			}
		})
	}
}
