package format

import (
	"net/netip"
	"strings"
)

// Longest texts of shapes that are looked at wherever they may begin: without a
// bound a hostile line would cost the square of its length.
const (
	maxIPText     = 64
	maxNumberText = 32
	maxLevelText  = 16
)

// bounded reports whether the shape itself says where it ends, in few bytes.
func (s shape) bounded() bool {
	switch s {
	case shapeIP, shapeEndpoint, shapePort, shapeInt, shapeNumber, shapeStatus, shapeLevel, shapeTime:
		return true
	default:
		return false
	}
}

// begins judges cheaply whether a text of an unbounded shape can begin s.
func (s shape) begins(text string) bool {
	switch s {
	case shapeWord:
		return text != "" && text[0] > ' '
	case shapeHost:
		return text != "" && isHostByte(text[0])
	case shapeQuoted:
		return text != "" && text[0] == '"'
	case shapeJSON:
		return text != "" && text[0] == '{'
	default:
		return true
	}
}

// width returns the length of the bounded shape's text at the start of s, 0
// where there is none.
func (f *ownField) width(s string, c *Context) (n int, nanos int64) {
	switch f.typ.shape {
	case shapeIP:
		return ipWidth(s), 0
	case shapeEndpoint:
		return endpointWidth(s), 0
	case shapePort:
		n = leadingDigits(s[:min(len(s), maxNumberText)])
		if v, ok := parseUint(s[:n]); !ok || v > 65535 {
			return 0, 0
		}
		return n, 0
	case shapeStatus:
		n = leadingDigits(s[:min(len(s), 4)])
		if n != 3 || s[0] < '1' || s[0] > '5' {
			return 0, 0
		}
		return n, 0
	case shapeInt:
		return intWidth(s), 0
	case shapeNumber:
		return numberWidth(s), 0
	case shapeLevel:
		return levelWidth(s), 0
	case shapeTime:
		for i := range f.layouts {
			if nanos, n, ok := f.layouts[i].read(s, c, f.zone); ok {
				return n, nanos
			}
		}
	}
	return 0, 0
}

// ipWidth returns the length of the address at the start of s. A dot or a colon
// behind it is not its own.
func ipWidth(s string) int {
	n, colons := 0, 0
	for n < len(s) && n < maxIPText && (hexDigit(s[n]) >= 0 || s[n] == '.' || s[n] == ':') {
		if s[n] == ':' {
			colons++
		}
		n++
	}
	if n < len(s) && isAlnum(s[n]) {
		return 0
	}
	if colons < 2 {
		if i := strings.IndexByte(s[:n], ':'); i >= 0 {
			n = i
		}
	}
	for n > 0 && s[n-1] == '.' {
		n--
	}
	if isAddressText(s[:n]) {
		return n
	}
	if n > 1 && s[n-1] == ':' && isAddressText(s[:n-1]) {
		return n - 1
	}
	return 0
}

// isAddressText reports whether s is an address.
func isAddressText(s string) bool {
	if len(s) < 2 {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// endpointWidth returns the length of an address with a port or without.
func endpointWidth(s string) int {
	n := 0
	for n < len(s) && n < maxIPText && (hexDigit(s[n]) >= 0 || s[n] == '.' || s[n] == ':' || s[n] == '[' && n == 0 || s[n] == ']') {
		n++
	}
	if n < len(s) && isAlnum(s[n]) || n == 0 {
		return 0
	}
	for n > 0 && (s[n-1] == '.' || s[n-1] == ':') && !strings.HasSuffix(s[:n], "::") {
		n--
	}
	if _, err := netip.ParseAddrPort(s[:n]); err == nil {
		return n
	}
	if isAddressText(s[:n]) {
		return n
	}
	return 0
}

func intWidth(s string) int {
	n := 0
	if s != "" && s[0] == '-' {
		n = 1
	}
	digits := leadingDigits(s[n:min(len(s), maxNumberText)])
	if digits == 0 || n+digits == maxNumberText {
		return 0
	}
	return n + digits
}

func numberWidth(s string) int {
	n := intWidth(s)
	if n == 0 || n+1 >= len(s) || s[n] != '.' {
		return n
	}
	fraction := leadingDigits(s[n+1 : min(len(s), n+1+maxNumberText)])
	if fraction == 0 || fraction == maxNumberText {
		return n
	}
	return n + 1 + fraction
}

func levelWidth(s string) int {
	n := 0
	for n < len(s) && n < maxLevelText && isAlnum(s[n]) {
		n++
	}
	if levelOf(s[:n]) == "" {
		return 0
	}
	return n
}

func isHostByte(b byte) bool {
	return isAlnum(b) || b == '.' || b == '-' || b == '_' || b == ':' || b >= 0x80
}

// fits reports whether all of text is of the field's shape, and reads its time.
func (f *ownField) fits(text string, c *Context) (nanos int64, ok bool) {
	switch s := f.typ.shape; {
	case s == shapeTime:
		return f.readTime(text, c)
	case s.bounded():
		n, _ := f.width(text, c)
		return 0, n == len(text) && n > 0
	case s == shapeWord:
		return 0, text != "" && strings.IndexByte(text, ' ') < 0
	case s == shapeHost:
		return 0, isHostText(text)
	default:
		return 0, true
	}
}

func isHostText(text string) bool {
	for i := 0; i < len(text); i++ {
		if !isHostByte(text[i]) {
			return false
		}
	}
	return text != ""
}
