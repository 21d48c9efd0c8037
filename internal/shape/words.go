package shape

import (
	"net/netip"
	"strings"
)

// The marks that values become. They are for people to read.
const (
	anyMark     = "<*>"
	numberMark  = "<n>"
	addressMark = "<ip>"
	hexMark     = "<hex>"
)

// Limits that keep hostile lines cheap: what is behind them does not take part.
const (
	maxBytes = 1024
	maxWords = 48
)

// words cuts line at its spaces and replaces what is surely a value. Of a JSON
// object the names of the members are the words.
func words(line string) []string {
	cut := line[:min(len(line), maxBytes)]
	if strings.HasPrefix(cut, "{") {
		return objectWords(cut)
	}
	fields := strings.FieldsFunc(cut, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' })
	fields = fields[:min(len(fields), maxWords)]
	for i, word := range fields {
		fields[i] = mask(word)
	}
	return fields
}

// objectWords returns what stands before the colons of the object's top level.
// The object may be broken: that may be why somebody looks at it.
func objectWords(line string) []string {
	out := []string{"{"}
	depth, start, last := 0, -1, ""
	for i := 0; i < len(line) && len(out) < maxWords; i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			if start < 0 {
				start = i + 1
				continue
			}
			last, start = line[min(start, i):i], -1
		case '{', '[':
			if start < 0 {
				depth++
			}
		case '}', ']':
			if start < 0 {
				depth--
			}
		case ':':
			if start < 0 && depth == 1 && last != "" {
				out = append(out, last)
				last = ""
			}
		}
	}
	return out
}

// mask returns word with its values replaced: of key=value the value, of a
// quoted text the text, numbers and addresses wherever they stand.
func mask(word string) string {
	if key, value, ok := strings.Cut(word, "="); ok && key != "" && value != "" && isName(key) {
		return key + "=" + maskValue(value)
	}
	return maskPlain(word)
}

func maskValue(value string) string {
	if masked := maskPlain(value); masked != value {
		return masked
	}
	return anyMark
}

func maskPlain(word string) string {
	core := strings.Trim(word, `"'()[]<>,;:.`)
	if core == "" {
		return word
	}
	before, after, _ := strings.Cut(word, core)
	switch {
	case isAddress(core):
		return before + addressMark + after
	case len(core) >= 8 && isHex(core) && hasDigit(core) && !isDigits(core):
		return before + hexMark + after
	case hasDigit(core):
		return before + maskDigits(core) + after
	default:
		return word
	}
}

// maskDigits replaces each run of digits.
func maskDigits(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			b.WriteByte(s[i])
			i++
			continue
		}
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		b.WriteString(numberMark)
	}
	return b.String()
}

// isAddress reports whether s is an IP address, with a port or without.
func isAddress(s string) bool {
	if strings.Count(s, ".") < 3 && strings.Count(s, ":") < 2 {
		return false
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParseAddrPort(s)
	return err == nil
}

func isName(s string) bool {
	for i := range len(s) {
		if b := s[i]; b|0x20 < 'a' || b|0x20 > 'z' {
			if !isDigit(b) && b != '_' && b != '-' && b != '.' {
				return false
			}
		}
	}
	return true
}

func isHex(s string) bool {
	for i := range len(s) {
		b := s[i]
		dash := b == '-' && len(s) == 36 // of a UUID
		if !isDigit(b) && (b|0x20 < 'a' || b|0x20 > 'f') && !dash {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
