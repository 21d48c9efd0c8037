package event

import "net/netip"

// enumValue returns the value of Enum column c that equals s. What it returns is
// the constant, so that an event doesn't hold on to its payload for it.
func enumValue(c Column, s string) (string, bool) {
	for _, v := range columns[c].Values {
		if v == s {
			return v, true
		}
	}
	return "", false
}

// canonicalIP reports whether s is an address as SetIP stores it.
func canonicalIP(s string) bool {
	if isDottedQuad(s) {
		return true
	}
	addr, err := netip.ParseAddr(s)
	return err == nil && !addr.Is4In6() && addr.Zone() == "" && addr.String() == s
}
