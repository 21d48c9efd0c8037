package detect

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// Hints are what a rule says to Goshawk beyond Sigma, under its top-level key
// goshawk:
//
//	goshawk:
//	    entity: [source_ip, http_host]
//	    next:
//	        - goshawk search 'source_ip:{source_ip}' --since 24h
type Hints struct {
	// Entity names the fields that an episode of the rule is about, where the
	// rule stands alone; nil for the default.
	Entity []string
	// Next says what to look at next, as commands in which {name} stands for
	// a group value; see Next.
	Next []string
}

// HintsOf returns the hints of a rule. Parts of another shape than the one
// above are ignored.
func HintsOf(m *sigma.Meta) Hints {
	attributes, _ := m.Custom["goshawk"].(map[string]any)
	return Hints{Entity: texts(attributes["entity"]), Next: texts(attributes["next"])}
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if text, ok := item.(string); ok && text != "" {
			out = append(out, text)
		}
	}
	return out
}

// FillIn replaces {name} in a command by the group's value of that name. ok is
// false when a name has no value, or one that could end the shell's quotes: the
// command is not to be shown then.
func FillIn(command string, value func(name string) (string, bool)) (filled string, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(command, "{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, closed := strings.Cut(rest, "}")
		v, known := value(name)
		if !closed || !known || !safeInShell(v) {
			return "", false
		}
		b.WriteString(v)
		command = after
	}
}

// safeInShell reports whether text taken from a log can stand in a command that
// somebody will paste. Letters, digits and what addresses, hosts and user names
// are made of pass.
func safeInShell(s string) bool {
	for _, r := range s {
		if r >= 0x80 || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-@/", r) {
			return false
		}
	}
	return s != ""
}
