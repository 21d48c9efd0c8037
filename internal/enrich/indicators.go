package enrich

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// maxLists is how many lists of indicators there may be.
const maxLists = 1 << 15

// kind is what an indicator is.
type kind uint8

const (
	kindAddress kind = iota + 1
	kindNetwork
	kindDomain
	kindHash
	kindURL
)

// indicators is a set of indicators that knows the list of each. A million take
// 38 MB: addresses, domains, hashes and URLs are kept as hashes of 128 bits under
// two random seeds, which no two of them share in practice.
type indicators struct {
	seeds [2]maphash.Seed
	keys  []key128
	// lists holds, beside each key, the number of its list plus 1.
	lists []uint16
	count int
	names []string
	// networks are by their number of bits, those of IPv4 as IPv6 does them.
	networks map[int]map[netip.Prefix]uint16
	lengths  []int
	// which kinds there are, so that others cost nothing.
	kinds [kindURL + 1]bool
}

type key128 struct{ a, b uint64 }

func newIndicators() *indicators {
	return &indicators{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, networks: map[int]map[netip.Prefix]uint16{}}
}

func (s *indicators) hash(k kind, value []byte) key128 {
	return key128{maphash.Bytes(s.seeds[0], value) + uint64(k), maphash.Bytes(s.seeds[1], value) + uint64(k)}
}

// add puts an indicator, in its canonical form, into the set. The list that has
// it first keeps it.
func (s *indicators) add(i indicator, list uint16) {
	s.kinds[i.kind] = true
	if i.kind == kindNetwork {
		s.addNetwork(i.network, list)
		return
	}
	if (s.count+1)*3 > len(s.keys)*2 {
		s.grow()
	}
	if s.insert(s.hash(i.kind, []byte(i.value)), list+1) {
		s.count++
	}
}

func (s *indicators) addNetwork(network netip.Prefix, list uint16) {
	bits := network.Bits()
	if network.Addr().Is4() {
		bits += 96
	}
	if s.networks[bits] == nil {
		s.networks[bits] = map[netip.Prefix]uint16{}
		s.lengths = append(s.lengths, bits)
		slices.SortFunc(s.lengths, func(a, b int) int { return b - a }) // the narrowest network wins
	}
	if _, known := s.networks[bits][network]; !known {
		s.networks[bits][network] = list
		s.count++
	}
}

func (s *indicators) grow() {
	keys, lists := s.keys, s.lists
	size := max(1024, 2*len(keys))
	s.keys, s.lists = make([]key128, size), make([]uint16, size)
	for i, list := range lists {
		if list != 0 {
			s.insert(keys[i], list)
		}
	}
}

func (s *indicators) insert(k key128, list uint16) bool {
	mask := uint64(len(s.keys) - 1)
	for i := k.a & mask; ; i = (i + 1) & mask {
		if s.lists[i] == 0 {
			s.keys[i], s.lists[i] = k, list
			return true
		}
		if s.keys[i] == k {
			return false
		}
	}
}

// bytes is about how much memory s takes.
func (s *indicators) bytes() int64 {
	n := int64(len(s.keys)) * 18
	for _, networks := range s.networks {
		n += int64(len(networks)) * 64
	}
	return n
}

// find returns the list of an indicator.
func (s *indicators) find(kind kind, value []byte) (list string, ok bool) {
	if len(s.keys) == 0 || !s.kinds[kind] {
		return "", false
	}
	k := s.hash(kind, value)
	mask := uint64(len(s.keys) - 1)
	for i := k.a & mask; s.lists[i] != 0; i = (i + 1) & mask {
		if s.keys[i] == k {
			return s.names[s.lists[i]-1], true
		}
	}
	return "", false
}

// address returns the indicator that an address is or lies in, and its list.
func (s *indicators) address(text string, addr netip.Addr) (value, list string) {
	if list, ok := s.find(kindAddress, []byte(text)); ok {
		return text, list
	}
	for _, bits := range s.lengths {
		if addr.Is4() {
			bits -= 96
		}
		if bits < 0 || bits > addr.BitLen() {
			continue
		}
		network, err := addr.Prefix(bits)
		if err != nil {
			continue
		}
		if addr.Is4() {
			bits += 96
		}
		if number, ok := s.networks[bits][network]; ok {
			return network.String(), s.names[number]
		}
	}
	return "", ""
}

// apply looks at the domains, hashes and URLs of an event, and at the addresses
// that a DNS server answered.
func (s *indicators) apply(ev *event.Event) {
	if s.kinds[kindHash] {
		s.hashes(ev)
	}
	if s.kinds[kindURL] {
		s.url(ev)
	}
	if s.kinds[kindDomain] {
		s.domain(ev, ev.Text(event.DNSQuery))
		s.domain(ev, ev.Text(event.HTTPHost))
		s.domain(ev, behind(ev.Text(event.EmailFrom), '@'))
	}
	for _, answer := range ev.List(event.DNSAnswer) {
		if addr, err := netip.ParseAddr(answer); err == nil {
			if value, list := s.address(addr.Unmap().String(), addr.Unmap()); list != "" {
				mark(ev, value, list)
			}
		} else {
			s.domain(ev, answer)
		}
	}
}

// behind returns what follows the last b in s, "" where there is none.
func behind(s string, b byte) string {
	i := strings.LastIndexByte(s, b)
	if i < 0 {
		return ""
	}
	return s[i+1:]
}

// maxDomain is the length of the longest name of DNS.
const maxDomain = 253

// domain marks ev where name, or a domain that it lies in, is an indicator.
func (s *indicators) domain(ev *event.Event, name string) {
	var space [maxDomain]byte
	text, ok := canonicalDomain(space[:0], name)
	if !ok {
		return
	}
	for {
		if list, ok := s.find(kindDomain, text); ok {
			mark(ev, string(text), list)
			return
		}
		dot := slices.Index(text, '.')
		if dot < 0 {
			return
		}
		text = text[dot+1:]
	}
}

// hashes looks at the file's hash, and at the list that Sysmon writes:
// "SHA1=...,MD5=...".
func (s *indicators) hashes(ev *event.Event) {
	s.fileHash(ev, ev.Text(event.FileHash))
	for _, name := range [...]string{"Hashes", "Hash", "md5", "sha1", "sha256"} {
		v, ok := ev.ExtraField(name)
		if !ok || v.Kind != event.KindString {
			continue
		}
		for part := range strings.SplitSeq(v.Text, ",") {
			s.fileHash(ev, part[strings.IndexByte(part, '=')+1:])
		}
	}
}

func (s *indicators) fileHash(ev *event.Event, text string) {
	var space [64]byte
	if hash, ok := canonicalHash(space[:0], text); ok {
		if list, ok := s.find(kindHash, hash); ok {
			mark(ev, string(hash), list)
		}
	}
}

// maxURL is the longest URL that is looked up.
const maxURL = 2048

// url looks up the host with the request's target, and the target where it is a
// whole URL.
func (s *indicators) url(ev *event.Event) {
	target := ev.Text(event.RequestPath)
	if target == "" || len(target) > maxURL {
		return
	}
	var space [maxURL + maxDomain]byte
	url := space[:0]
	if host := ev.Text(event.HTTPHost); target[0] == '/' && host != "" && len(host) <= maxDomain {
		url = append(append(url, host...), target...)
	} else {
		url = append(url, target...)
	}
	url, ok := canonicalURL(url)
	if !ok {
		return
	}
	if list, ok := s.find(kindURL, url); ok {
		mark(ev, string(url), list)
	}
}
