package sigma

import (
	"fmt"
	"strings"
)

// modifiers are the modifiers of one item, sorted by what they do.
type modifiers struct {
	expand, windash        bool
	utf16                  string // wide, utf16le, utf16be, utf16, or empty
	base64, offset         bool
	compare                string // contains, startswith, endswith, re, cidr, lt…gte, fieldref, exists, or empty
	timePart               string // minute … year, or empty
	refCompare             string // with fieldref: contains, startswith, endswith, or empty
	ignoreCase, multi, dot bool
	cased, all, neq        bool
}

// parseModifiers reads the names behind a field and refuses combinations that
// mean nothing.
func parseModifiers(names []string) (modifiers, error) {
	var m modifiers
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return m, fmt.Errorf("modifier %q is written twice", name)
		}
		seen[name] = true
		if err := m.add(name); err != nil {
			return m, err
		}
	}
	return m, m.check()
}

func (m *modifiers) add(name string) error {
	switch name {
	case "expand":
		m.expand = true
	case "windash":
		m.windash = true
	case "wide", "utf16le", "utf16be", "utf16":
		if m.utf16 != "" {
			return fmt.Errorf("modifiers %q and %q exclude each other", m.utf16, name)
		}
		m.utf16 = name
	case "base64":
		m.base64 = true
	case "base64offset":
		m.offset = true
	case "contains", "startswith", "endswith", "re", "cidr", "lt", "lte", "gt", "gte", "fieldref", "exists":
		return m.setCompare(name)
	case "minute", "hour", "day", "week", "month", "year":
		if m.timePart != "" {
			return fmt.Errorf("modifiers %q and %q exclude each other", m.timePart, name)
		}
		m.timePart = name
	case "i", "ignorecase":
		m.ignoreCase = true
	case "m", "multiline":
		m.multi = true
	case "s", "dotall":
		m.dot = true
	case "cased":
		m.cased = true
	case "all":
		m.all = true
	case "neq":
		m.neq = true
	default:
		return fmt.Errorf("unknown modifier %q", name)
	}
	return nil
}

// setCompare notes a comparison: one per item, except that fieldref goes with
// contains, startswith and endswith, in any order.
func (m *modifiers) setCompare(name string) error {
	switch {
	case m.compare == "":
		m.compare = name
	case m.compare == "fieldref" && m.refCompare == "" && isAffix(name):
		m.refCompare = name
	case name == "fieldref" && isAffix(m.compare):
		m.compare, m.refCompare = "fieldref", m.compare
	default:
		return fmt.Errorf("modifiers %q and %q exclude each other", m.compare, name)
	}
	return nil
}

func isAffix(name string) bool {
	return name == "contains" || name == "startswith" || name == "endswith"
}

func isOrder(name string) bool {
	return name == "lt" || name == "lte" || name == "gt" || name == "gte"
}

// isText reports whether the item compares text with a Sigma string.
func (m *modifiers) isText() bool {
	return m.timePart == "" && (m.compare == "" || isAffix(m.compare))
}

func (m *modifiers) encodes() bool { return m.utf16 != "" || m.base64 || m.offset }

func (m *modifiers) check() error {
	if (m.ignoreCase || m.multi || m.dot) && m.compare != "re" {
		return fmt.Errorf("modifiers i, m and s need re")
	}
	if m.base64 && m.offset {
		return fmt.Errorf(`modifiers "base64" and "base64offset" exclude each other`)
	}
	if m.offset && (m.compare == "startswith" || m.compare == "endswith") {
		return fmt.Errorf(`modifier "base64offset" looks inside the value; %q does not go with it`, m.compare)
	}
	if m.timePart != "" && m.compare != "" && !isOrder(m.compare) {
		return fmt.Errorf("modifiers %q and %q exclude each other", m.timePart, m.compare)
	}
	if (m.windash || m.encodes()) && !m.isText() {
		return fmt.Errorf("modifier %q needs a comparison of text, not %q", m.transformation(), m.comparison())
	}
	if m.expand && !m.isText() && m.compare != "cidr" {
		return fmt.Errorf("modifier %q needs a comparison of text, not %q", "expand", m.comparison())
	}
	if m.cased && !m.isText() && m.compare != "re" && m.compare != "fieldref" {
		return fmt.Errorf("modifier %q needs a comparison of text, not %q", "cased", m.comparison())
	}
	return nil
}

func (m *modifiers) transformation() string {
	switch {
	case m.windash:
		return "windash"
	case m.utf16 != "":
		return m.utf16
	case m.base64:
		return "base64"
	}
	return "base64offset"
}

func (m *modifiers) comparison() string {
	if m.timePart != "" {
		return m.timePart
	}
	return m.compare
}

// checkKeyword refuses what has no meaning without a field.
func (m *modifiers) checkKeyword() error {
	switch {
	case m.timePart != "", m.compare == "exists", m.compare == "fieldref", isOrder(m.compare):
		return fmt.Errorf("modifier %q needs a field", m.comparison())
	}
	return nil
}

// splitKey takes a detection item's key apart into field and modifiers.
func splitKey(key string) (field string, names []string) {
	field, rest, ok := strings.Cut(key, "|")
	if !ok {
		return field, nil
	}
	return field, strings.Split(rest, "|")
}
