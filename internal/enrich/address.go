package enrich

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"sync/atomic"
)

// facts are what is known of one address. They are immutable.
type facts struct {
	address                string
	country, city, asName  string
	asNumber               int64
	scope, indicator, list string
}

// addressSlots is how many addresses are remembered at most, about 10 MB of them.
const addressSlots = 1 << 15

// addressCache remembers the facts of addresses: a table in which an address has
// one place, which the last one there keeps. A lost update costs time, nothing
// else.
type addressCache struct {
	seed  maphash.Seed
	slots [addressSlots]atomic.Pointer[facts]
}

func newAddressCache() *addressCache { return &addressCache{seed: maphash.MakeSeed()} }

// get returns the facts of address, which look finds where they are not
// remembered.
func (c *addressCache) get(address string, look func(string) *facts) *facts {
	slot := &c.slots[maphash.String(c.seed, address)%addressSlots]
	if f := slot.Load(); f != nil && f.address == address {
		return f
	}
	f := look(strings.Clone(address))
	slot.Store(f)
	return f
}

// lookUp asks all sources about an address.
func (e *Enricher) lookUp(text string) *facts {
	f := &facts{address: text}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return f
	}
	f.scope = scopeOf(addr)
	for _, g := range e.geo {
		g.fill(addr, f)
	}
	if e.indicators != nil {
		f.indicator, f.list = e.indicators.address(text, addr)
	}
	return f
}

// scopes are the networks that are not of the public internet, by the registries
// of IANA for special-purpose addresses (RFC 6890).
var scopes = []struct {
	network netip.Prefix
	scope   string
}{
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link_local"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("255.255.255.255/32"), "broadcast"},
	{netip.MustParsePrefix("0.0.0.0/8"), "reserved"},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved"},
	{netip.MustParsePrefix("192.0.2.0/24"), "reserved"},
	{netip.MustParsePrefix("198.18.0.0/15"), "reserved"},
	{netip.MustParsePrefix("198.51.100.0/24"), "reserved"},
	{netip.MustParsePrefix("203.0.113.0/24"), "reserved"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("fc00::/7"), "private"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("fe80::/10"), "link_local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
	{netip.MustParsePrefix("::/128"), "reserved"},
	{netip.MustParsePrefix("2001:db8::/32"), "reserved"},
	{netip.MustParsePrefix("100::/64"), "reserved"},
	{netip.MustParsePrefix("3fff::/20"), "reserved"},
}

// scopeOf returns what kind of address addr is, "" for one of the public
// internet.
func scopeOf(addr netip.Addr) string {
	for i := range scopes {
		if scopes[i].network.Contains(addr) {
			return scopes[i].scope
		}
	}
	return ""
}
